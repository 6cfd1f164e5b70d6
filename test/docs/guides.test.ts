/** The set-up guides are one page in three languages, and speak of nothing that is not there. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HELP as HELP_OF_INIT } from '../../cli/init/arguments.ts';
import { parseSettings } from '../../lib/settings.ts';
import { keyText } from '../support/webhooks.ts';
import { commandNames, helpOf, settingNames } from './names.ts';
import { linksOf, pages, ROOT, textOf, withoutCode } from './pages.ts';

const GUIDES = [
  { page: 'docs/th/README.md', script: /\p{Script=Thai}/u, bridge: 'th' },
  { page: 'docs/gu/README.md', script: /\p{Script=Gujarati}/u, bridge: 'gu' },
  { page: 'docs/id/README.md', script: /\p{Script=Latin}/u, bridge: 'id_ID' },
] as const;
const [first, ...others] = GUIDES;
const BRIDGE = 'wordpress/multisite-runcloud-bridge';

describe.each(others)('$page', ({ page }) => {
  it(`has the sections of ${first.page}, with the same lists, tables, code, links and numbers in each`, () => {
    expect(sectionsOf(page)).toEqual(sectionsOf(first.page));
  });
});

describe.each(GUIDES)('$page', ({ page, script, bridge }) => {
  const { inline, blocks } = codeOf(textOf(page));
  const lines = blocks.flatMap((block) => block.split('\n')).map((line) => line.trim());

  it('is in its language, but for names', () => {
    const prose = withoutCode(textOf(page)).replace(/`[^`]*`/g, '');
    const foreign = prose.split('\n').filter((line) => /\p{L}/u.test(line) && !script.test(line));
    expect(foreign).toEqual([]);
  });

  it('leads to the other two, and to the page in English', () => {
    const targets = linksOf(page).flatMap(({ leadsTo }) => (leadsTo === 'outside' ? [] : leadsTo.file));
    const wanted = ['README.md', ...GUIDES.map((guide) => guide.page).filter((each) => each !== page)];
    expect(targets).toEqual(expect.arrayContaining(wanted));
  });

  it('has no line of code that is in no page in English', () => {
    const guides = new Set<string>(GUIDES.map((guide) => guide.page));
    const english = pages()
      .filter((each) => !guides.has(each))
      .map(textOf)
      .join('\n');
    expect(lines.filter((line) => !english.includes(line))).toEqual([]);
  });

  it('has only commands of mrc that there are, with options that they take', async () => {
    const known = await commandNames();
    const wrong: string[] = [];
    const calls = [...inline, ...lines].flatMap((code) => [...code.matchAll(/\bmrc ([a-z]+)([^&|]*)/g)]);
    for (const [call, command = '', rest = ''] of calls) {
      const help = command === 'init' ? HELP_OF_INIT : await helpOf(known.includes(command) ? command : '');
      const options = [...rest.matchAll(/--[a-z-]+/g)].map(([option]) => option);
      if (!known.includes(command) || !options.every((option) => help.includes(option))) wrong.push(call);
    }
    expect(calls.length).toBeGreaterThan(20);
    expect(wrong).toEqual([]);
  });

  it('has only settings that there are, with values that are right', () => {
    const names = settingNames();
    const settings = inline.filter((code) => /^[A-Z][A-Z0-9_]*(?:\*|=\S*)?$/.test(code));
    expect(settings.length).toBeGreaterThan(20);
    expect(settings.filter((code) => !isSetting(code, names))).toEqual([]);
  });

  it('has only constants, commands and actions of the bridge that there are', () => {
    const php = readdirSync(join(ROOT, BRIDGE))
      .filter((file) => file.endsWith('.php'))
      .map((file) => textOf(join(BRIDGE, file)))
      .join('\n');
    const cli = textOf(join(BRIDGE, 'class-cli.php'));
    const constants = [...lines.join('\n').matchAll(/define\( '(\w+)'/g)].map(([, name]) => name);
    const actions = inline.filter((code) => /^multisite_runcloud_\w+$/.test(code));
    const commands = inline.flatMap((code) => /^wp runcloud-bridge (\S+)$/.exec(code)?.[1] ?? []);
    expect([constants.length, actions.length, commands.length]).toEqual([2, 1, 2]);
    expect(constants.filter((name) => !php.includes(`defined( '${name}' )`))).toEqual([]);
    expect(actions.filter((name) => !php.includes(`do_action( '${name}'`))).toEqual([]);
    expect(commands.filter((name) => !cli.includes(`public static function ${name.replace('-', '_')}(`))).toEqual([]);
  });

  it('calls the screens and buttons of the bridge what they are called in its language', () => {
    const translations = textOf(`${BRIDGE}/languages/multisite-runcloud-bridge-${bridge}.po`);
    const labels = [...textOf(page).matchAll(/\*([^*\n]+)\* \(\*([^*\n]+)\*\)/g)];
    const wrong = labels.filter(
      ([, label, english]) => !translations.includes(`msgid "${english}"\nmsgstr "${label}"\n`),
    );
    expect(labels.length).toBeGreaterThan(0);
    expect(wrong.map(([text]) => text)).toEqual([]);
  });

  it('has only scripts of npm and files that there are', () => {
    const { scripts } = JSON.parse(textOf('package.json'));
    const called = [...inline, ...lines].flatMap((code) => [...code.matchAll(/npm (?:run )?([a-z:]+)/g)]);
    const unknown = called.map(([, name = '']) => name).filter((name) => name !== 'ci' && !(name in scripts));
    const files = inline.filter((code) => /^wordpress\//.test(code) && !existsSync(join(ROOT, code)));
    expect({ unknown, files }).toEqual({ unknown: [], files: [] });
  });
});

type Section = {
  readonly level: number;
  readonly items: readonly string[];
  readonly tableRows: number;
  readonly paragraphs: number;
  readonly blocks: readonly string[];
  /** In alphabetical order, as the next ones: sentences are put together otherwise in each language. */
  readonly inline: readonly string[];
  readonly links: readonly string[];
  readonly numbers: readonly string[];
};

/** From the first heading of the second level on. The list of languages above it is another one on each page. */
function sectionsOf(page: string): Section[] {
  const text = textOf(page);
  return text
    .slice(text.indexOf('\n## '))
    .split(/^(?=#{2,6} )/m)
    .filter((section) => section.trim() !== '')
    .map((section) => {
      const prose = withoutCode(section);
      const { inline, blocks } = codeOf(section);
      const targets = [...prose.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target);
      const words = prose.replace(/`[^`\n]*`|\]\([^)]+\)/g, ' ');
      return {
        level: /^#+/.exec(section)?.[0].length ?? 0,
        items: [...prose.matchAll(/^(?:-|\d+\.) /gm)].map(([mark]) => mark),
        tableRows: [...prose.matchAll(/^\|/gm)].length,
        paragraphs: prose.split(/\n\n+/).filter((part) => part.trim() !== '').length,
        blocks,
        inline: inline.toSorted(),
        links: targets.toSorted(),
        numbers: [...words.matchAll(/\d+(?:\.\d+)?/g)].map(([digits]) => digits).toSorted(),
      };
    });
}

function codeOf(text: string): { readonly inline: readonly string[]; readonly blocks: readonly string[] } {
  return {
    inline: [...withoutCode(text).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code),
    blocks: [...text.matchAll(/^( *)```\w*\n([\s\S]*?)^\1```$/gm)].map(([, , code = '']) => code.trim()),
  };
}

/** `NAME`, `NAME=value`, or the beginning of several: `NAME_*`. */
function isSetting(code: string, names: ReadonlySet<string>): boolean {
  if (code.endsWith('*')) return [...names].some((name) => name.startsWith(code.slice(0, -1)));
  const [name = '', value] = code.split('=', 2);
  if (value === undefined) return names.has(name);
  const others = {
    WU_RUNCLOUD_API_TOKEN: 'token',
    WU_RUNCLOUD_SERVER_ID: '7',
    WU_RUNCLOUD_APP_ID: '12',
    WEBHOOK_SECRET: keyText(1),
    POLICY: 'observe',
    MULTISITE_URL: 'https://network.example',
    MULTISITE_API_KEY: 'key',
    MULTISITE_API_SECRET: 'secret',
  };
  return names.has(name) && parseSettings({ ...others, [name]: value }).ok;
}
