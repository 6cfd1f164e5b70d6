/** What the pages list is what the code has: holds, settings, actions, checks. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { answer } from '../../lib/console.ts';
import { WAIT_CAUSES } from '../../lib/core/certificates/decision.ts';
import { SETTING_NAMES } from '../../lib/setting-names.ts';
import { parseSettings } from '../../lib/settings.ts';
import { readLocalSettings } from '../../local/environment.ts';
import { keyText } from '../support/webhooks.ts';
import { commandNames, settingNames } from './names.ts';
import { headingsOf, namesInTables, ROOT, textOf } from './pages.ts';

describe('docs/holds.md', () => {
  it('has a heading for every code of a hold, and for no other', () => {
    const codes = [...membersOf('HoldCode'), ...WAIT_CAUSES];
    const headings = headingsOf('docs/holds.md').filter((heading) => /^[a-z]/.test(heading));
    expect(headings.toSorted()).toEqual(codes.toSorted());
  });
});

describe('docs/troubleshooting.md', () => {
  it('names every check of the doctor, and no other', () => {
    expect(namesInTables('docs/troubleshooting.md').toSorted()).toEqual(membersOf('CheckName').toSorted());
  });
});

describe('docs/console.md', () => {
  it('shows every action as the console shows it to who sends an unknown one', async () => {
    const { summary } = await answer({} as Parameters<typeof answer>[0], { action: 'unknown' }, 0);
    const known = [...summary.matchAll(/\{[^}]*\}/g)].map(([example]) => example);
    expect(known.length).toBeGreaterThan(0);
    const shown = namesInTables('docs/console.md').filter((name) => name.startsWith('{'));
    expect(shown.toSorted()).toEqual(known.toSorted());
  });
});

describe('docs/mrc.md', () => {
  it('has a line for every command, and for no other', async () => {
    const commands = await commandNames();
    const shown = [...textOf('docs/mrc.md').matchAll(/^\| `mrc .*?\|/gm)].flatMap(([cell]) =>
      [...cell.matchAll(/`mrc (\S+?)[ `]/g)].map(([, name]) => name),
    );
    expect([...new Set(shown)].toSorted()).toEqual(commands.toSorted());
  });
});

describe('CONTRIBUTING.md', () => {
  const text = textOf('CONTRIBUTING.md');

  it('names only files and folders that are there', () => {
    const paths = [...text.matchAll(/(?<![\w/.])(?:cli|functions|lib|local|infra|docs|test|wordpress)\/[\w./-]*/g)];
    const missing = paths.map(([path]) => path.replace(/\.$/, '')).filter((path) => !existsSync(join(ROOT, path)));
    expect(missing).toEqual([]);
  });

  it.each(['lib/core', 'lib/loop'])('names every room of %s, and no other', (folder) => {
    const [, rooms = ''] = new RegExp(`^${folder}/ .*\n((?: {2}\\S.*\n)+)`, 'm').exec(text) ?? [];
    const named = [...rooms.matchAll(/^ {2}(\S+)\//gm)].map(([, room]) => room);
    const there = readdirSync(join(ROOT, folder), { withFileTypes: true }).filter((each) => each.isDirectory());
    expect(named.toSorted()).toEqual(there.map(({ name }) => name).sort());
  });
});

describe('settings', () => {
  it('.env.example names every setting, and no other', () => {
    const names = examples().map(({ name }) => name);
    expect(names.toSorted()).toEqual([...settingNames()].sort());
  });

  it('are the names of which the service warns of no other', () => {
    const ofOneMachine = new Set<string>();
    readLocalSettings(new Proxy<NodeJS.ProcessEnv>({}, { get: (_, name) => void ofOneMachine.add(String(name)) }));
    const names = [...settingNames()].filter((name) => !ofOneMachine.has(name));
    expect(SETTING_NAMES.toSorted()).toEqual(names.sort());
  });

  it('docs/settings.md explains every setting, and no other', () => {
    const names = namesInTables('docs/settings.md');
    expect(names.toSorted()).toEqual([...settingNames()].sort());
  });

  it('.env.example shows the defaults, and is right once what is required is filled in', () => {
    const required = {
      WU_RUNCLOUD_API_TOKEN: 'token',
      WU_RUNCLOUD_SERVER_ID: '7',
      WU_RUNCLOUD_APP_ID: '12',
      WEBHOOK_SECRET: keyText(1),
      POLICY: 'observe',
    };
    const shown = { ...Object.fromEntries(examples().map(({ name, value }) => [name, value])), ...required };
    const parsed = parseSettings(shown, []);
    expect(parsed).toMatchObject({ ok: true });
    expect(parsed).toEqual(parseSettings(required));
    expect(readLocalSettings(shown)).toEqual(readLocalSettings({}));
  });

  it('.env.example is as empty as it should be where it is copied and nothing is filled in', () => {
    const active = Object.fromEntries(
      examples()
        .filter(({ isActive }) => isActive)
        .map(({ name, value }) => [name, value]),
    );
    const parsed = parseSettings(active);
    expect(parsed.ok ? [] : parsed.faults.map((fault) => fault.split(' ', 1)[0])).toEqual([
      'WU_RUNCLOUD_API_TOKEN',
      'WU_RUNCLOUD_SERVER_ID',
      'WEBHOOK_SECRET',
    ]);
  });
});

type Example = { readonly name: string; readonly value: string; readonly isActive: boolean };

function examples(): Example[] {
  return [...textOf('.env.example').matchAll(/^(#?)([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(
    ([, mark, name = '', value = '']) => ({ name, value, isActive: mark === '' }),
  );
}

/** The members of a union of texts, read out of the one file of lib/core that has the type. */
function membersOf(type: string): string[] {
  const files = readdirSync(join(ROOT, 'lib/core'), { recursive: true, encoding: 'utf8' });
  const union = new RegExp(`^export type ${type} =([^;]+);`, 'm');
  const [members = ''] = files
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => union.exec(textOf(join('lib/core', file)))?.[1] ?? []);
  const names = [...members.matchAll(/'([^']+)'/g)].map(([, name = '']) => name);
  if (names.length === 0) throw new Error(`There is no type ${type} in lib/core.`);
  return names;
}
