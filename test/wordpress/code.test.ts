/** The bridge's code: it keeps WordPress's coding standards, and its texts are ready for translators. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { program } from './parts.ts';

const phpcs = program('phpcs');
const CODE = 'multisite-runcloud-bridge/class-clock.php';

/** A copy of the bridge, in which a test may do as it likes. */
function copyOfBridge(): string {
  const folder = join(mkdtempSync(join(tmpdir(), 'bridge-code-')), 'wordpress');
  cpSync('wordpress', folder, { recursive: true });
  return folder;
}

// In CI the package is there, or somebody has said that it could not be had: then nobody takes a skipped test for a passed one.
describe.skipIf(phpcs === undefined && !(process.env['CI'] && process.env['WITHOUT_PHPCS'] !== '1'))('phpcs', () => {
  /** Runs it; returns what it found, as names of rules by file. */
  const check = (folder: string) => {
    const { stdout, stderr } = spawnSync(
      phpcs ?? 'phpcs',
      ['--no-cache', '--report=json', `--standard=${join(folder, 'phpcs.xml')}`],
      { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
    );
    if (!stdout.startsWith('{')) throw new Error(`phpcs (Debian's php-codesniffer) did not run: ${stdout}${stderr}`);
    const { files } = JSON.parse(stdout) as { files: Record<string, { messages: { source: string }[] }> };
    return Object.fromEntries(
      Object.entries(files).map(([file, { messages }]) => [file, messages.map(({ source }) => source)]),
    );
  };

  it('finds nothing in the loader, the classes and the tools', () => {
    const found = check('wordpress');
    expect(Object.keys(found)).toContain('multisite-runcloud-bridge.php');
    expect(Object.keys(found)).toContain(CODE);
    for (const tool of ['make-pot.php', 'make-mo.php']) expect(Object.keys(found)).toContain(`tools/${tool}`);
    expect(Object.entries(found).filter(([, rules]) => rules.length > 0)).toEqual([]);
  });

  const method = (line: string) =>
    `<?php\n/**\n * A file.\n *\n * @package A\n */\n\nnamespace A;\n\n/**\n * A class.\n */\nfinal class A {\n\n\t/**\n\t * Does it.\n\t */\n\tpublic static function f() {\n\t\t${line}\n\t}\n}\n`;
  const BAD: [string, string, string][] = [
    ['spaces in the place of a tab', method('f();').replace('\t\tf();', '        f();'), 'Generic.WhiteSpace'],
    ['brackets without spaces', method('f(1);'), 'PEAR.Functions.FunctionCallSignature'],
    ['a condition without spaces', method('if (1) {\n\t\t\tf();\n\t\t}'), 'PSR2.ControlStructures'],
    ['no braces', method('if ( 1 )\n\t\t\tf();'), 'Generic.ControlStructures.InlineControlStructure'],
    ['a short array', method('f( [ 1 ] );'), 'Generic.Arrays.DisallowShortArraySyntax'],
    ['needless double quotes', method('f( "a" );'), 'Squiz.Strings.DoubleQuoteUsage.NotRequired'],
    ['an error that is silenced', method('@f();'), 'Generic.PHP.NoSilencedErrors'],
    ['eval', method("eval( 'a' );"), 'Squiz.PHP.Eval'],
    ['a function that WordPress has a better one for', method('curl_init();'), 'Generic.PHP.ForbiddenFunctions'],
    ['a trace of debugging', method('var_dump( 1 );'), 'Generic.PHP.ForbiddenFunctions'],
    ['TRUE', method('f( TRUE );'), 'Generic.PHP.LowerCaseConstant'],
    ['and', method('f( 1 and 2 );'), 'Squiz.Operators.ValidLogicalOperators'],
    ['code that is commented out', method('// f( 1 );\n\t\t// g( 2 );\n\t\tf();'), 'Squiz.PHP.CommentedOutCode'],
    ['a comment that is no sentence', method('// what\n\t\tf();'), 'Squiz.Commenting.InlineComment'],
    [
      'a function without a comment',
      method('f();').replace(/\t\/\*\*[^/]*\/\n/, ''),
      'PEAR.Commenting.FunctionComment',
    ],
    ['a parameter without a comment', method('f();').replace('f()', 'f( $a )'), 'PEAR.Commenting.FunctionComment'],
    ['no visibility', method('f();').replace('public ', ''), 'Squiz.Scope.MethodScope'],
    ['no namespace', method('f();').replace('namespace A;\n\n', ''), 'PSR1.Classes.ClassDeclaration.MissingNamespace'],
    ['two classes', `${method('f();')}\n/**\n * B.\n */\nclass B {\n}\n`, 'Generic.Files.OneObjectStructurePerFile'],
    ['what PHP cannot read', method('f( ;'), 'Generic.PHP.Syntax'],
    [
      'a constant in small letters',
      method('f();').replace('{\n\n', '{\n\n\tconst A_b = 1;\n\n'),
      'UpperCaseConstantName',
    ],
    ['a closing tag', `${method('f();')}?>\n`, 'PSR2.Files.ClosingTag'],
  ];
  const fileOf = (name: string) => `${name.toLowerCase().replaceAll(' ', '-')}.php`;
  let found: Record<string, string[]>;
  beforeAll(() => {
    const folder = copyOfBridge();
    for (const [name, code] of BAD) writeFileSync(join(folder, 'multisite-runcloud-bridge', fileOf(name)), code);
    writeFileSync(join(folder, 'multisite-runcloud-bridge/good.php'), method('f();').replace('class A', 'class Good'));
    found = check(folder);
  });

  it.each(BAD)('would find %s', (name, _code, rule) => {
    expect(found[`multisite-runcloud-bridge/${fileOf(name)}`]?.join()).toContain(rule);
  });

  it('finds nothing in what these cases are made of', () => {
    expect(found['multisite-runcloud-bridge/good.php']).toEqual([]);
  });
});

describe.skipIf(program('php') === undefined)('the template for translators', () => {
  const POT = 'multisite-runcloud-bridge/languages/multisite-runcloud-bridge.pot';
  const make = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(program('php') as string, ['wordpress/tools/make-pot.php', ...args], {
      encoding: 'utf8',
    });
    return { status, said: stdout + stderr };
  };
  /** A copy of the bridge with one more line of code. */
  const withLine = (line: string) => {
    const folder = copyOfBridge();
    const file = join(folder, CODE);
    writeFileSync(file, `${readFileSync(file, 'utf8')}\n${line}\n`);
    return folder;
  };
  const DOMAIN = "'multisite-runcloud-bridge'";

  it('is what the sources say', () => {
    expect(make('--check')).toEqual({ status: 0, said: '' });
    const pot = readFileSync(join('wordpress', POT), 'utf8');
    expect(pot).toContain('#. translators: 1: host name, 2: number of a site.\n');
    expect(pot).toContain('msgid "Not sent: %1$s is still wanted, by site %2$d."');
    expect(pot).toContain(`msgid "It is the clock: this server's is %1$d seconds %2$s."`);
  });

  it.each([
    ['a text is added', `__( 'New.', ${DOMAIN} );`, 'msgid "New."\nmsgstr ""\n'],
    ['one has a plural', `/* translators: %d: a. */\n_n( '%d b', '%d bs', 2, ${DOMAIN} );`, '#. translators: %d: a.\n'],
    ['one has a context', `_x( 'c', 'as in d', ${DOMAIN} );`, 'msgctxt "as in d"\nmsgid "c"\n'],
    ['one has quotes', `__( 'It\\'s "e" \\\\ f', ${DOMAIN} );`, 'msgid "It\'s \\"e\\" \\\\ f"\n'],
  ])('is stale as soon as %s, and made anew by the script', (_name, line, entry) => {
    const folder = withLine(line);
    const { status, said } = make('--check', folder);
    expect(status).toBe(1);
    expect(said).toMatch(/is not what the sources say\. Run: php wordpress\/tools\/make-pot\.php/);
    expect(make(folder)).toEqual({ status: 0, said: '' });
    expect(readFileSync(join(folder, POT), 'utf8')).toContain(entry);
    expect(make('--check', folder)).toEqual({ status: 0, said: '' });
  });

  it('is stale as soon as a text is gone, or the file itself', () => {
    const folder = copyOfBridge();
    const file = join(folder, 'multisite-runcloud-bridge/class-cli.php');
    writeFileSync(file, readFileSync(file, 'utf8').replace('Nothing to send.', 'There is nothing to send.'));
    expect(make('--check', folder).status).toBe(1);
    const empty = copyOfBridge();
    rmSync(join(empty, POT));
    expect(make('--check', empty).status).toBe(1);
  });

  it.each([
    ['without a text domain', "__( 'a' );", 'the domain is not a literal text'],
    ['with another text domain', "__( 'a', 'default' );", 'the text domain is not multisite-runcloud-bridge'],
    ['whose text domain is no literal', "__( 'a', Bridge::SLUG );", 'the domain is not a literal text'],
    ['that is put together', `esc_html__( 'a' . $b, ${DOMAIN} );`, 'the text is not a literal text'],
    ['with a variable in it', `esc_html__( "a $b", ${DOMAIN} );`, 'the text is not a literal text'],
    ['with a placeholder that nobody explains', `__( '%s a', ${DOMAIN} );`, 'no comment for translators'],
    [
      'whose explanation is further up',
      `/* translators: %s: b. */\n\n__( '%s a', ${DOMAIN} );`,
      'no comment for translators',
    ],
  ])('cannot be made of a text %s', (_name, line, why) => {
    const { status, said } = make('--check', withLine(line));
    expect(status).toBe(1);
    expect(said).toContain(why);
    expect(said).toMatch(/^multisite-runcloud-bridge\/class-clock\.php, line \d+: /);
  });

  it('is explained by --help, which makes nothing', () => {
    const { status, said } = make('--help');
    expect(status).toBe(0);
    expect(said).toMatch(/^php wordpress\/tools\/make-pot\.php \[--check\]/);
    expect(Math.max(...said.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});

describe.skipIf(program('php') === undefined)('the translations', () => {
  const LANGUAGES = 'multisite-runcloud-bridge/languages';
  const make = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(program('php') as string, ['wordpress/tools/make-mo.php', ...args], {
      encoding: 'utf8',
    });
    return { status, said: stdout + stderr };
  };
  /** A copy of the bridge with a changed Thai translation. */
  const withChange = (from: string | RegExp, to: string) => {
    const folder = copyOfBridge();
    const file = join(folder, LANGUAGES, 'multisite-runcloud-bridge-th.po');
    const text = readFileSync(file, 'utf8');
    expect(text).toMatch(from);
    writeFileSync(file, text.replace(from, to));
    return folder;
  };

  it('have every text of the template, with its placeholders, and are compiled', () => {
    expect(make('--check')).toEqual({ status: 0, said: '' });
    expect(readdirSync(join('wordpress', LANGUAGES)).filter((name) => name.endsWith('.mo'))).toEqual(
      ['gu', 'id_ID', 'th'].map((locale) => `multisite-runcloud-bridge-${locale}.mo`),
    );
  });

  it.each<[string, string | RegExp, string, RegExp]>([
    ['a text is missing', /\nmsgid "Send test"\nmsgstr ".*"\n/, '\n', /not translated \(msgstr\): "Send test"/],
    ['a text is empty', /(msgid "Send test"\nmsgstr) ".*"/, '$1 ""', /not translated \(msgstr\): "Send test"/],
    ['a form of a plural is missing', /msgstr\[0\] ".*"/, '', /not translated \(msgstr\[0\]\): "%s domain:"/],
    [
      'a text is marked as a guess',
      /(?=#: .*\nmsgid "Send test")/,
      '#, fuzzy\n',
      /not translated \(msgstr\): "Send test"/,
    ],
    [
      'a placeholder is gone',
      /(msgid "Live since %s\."\nmsgstr) ".*"/,
      '$1 "?"',
      /other placeholders \(msgstr\): "Live since %s\."/,
    ],
    ['a placeholder is another one', /(msgid "There is no delivery %d\."\nmsgstr ".*)%d/, '$1%s', /other placeholders/],
    [
      'a text is of before',
      'msgid "Send test"',
      'msgid "Send a test"',
      /there is no such text any more: "Send a test"/,
    ],
    ['its head is gone', /"Plural-Forms.*"\n/, '', /no Plural-Forms/],
    ['a text is another one', /(msgid "Send test"\nmsgstr) ".*"/, '$1 "?"', /its \.mo is not what it says\. Run: php/],
  ])('are not right where %s', (_name, from, to, why) => {
    const { status, said } = make('--check', withChange(from, to));
    expect(status).toBe(1);
    expect(said).toMatch(why);
    expect(said).toMatch(/^multisite-runcloud-bridge-th\.po: /);
  });

  it('are compiled anew by the script, which leaves alone what is not right', () => {
    const changed = withChange(/(msgid "Send test"\nmsgstr) ".*"/, '$1 "?"');
    expect(make(changed)).toEqual({ status: 0, said: '' });
    expect(make('--check', changed).status).toBe(0);
    const wrong = withChange(/(msgid "Send test"\nmsgstr) ".*"/, '$1 ""');
    const mo = join(wrong, LANGUAGES, 'multisite-runcloud-bridge-th.mo');
    const before = readFileSync(mo);
    expect(make(wrong).status).toBe(1);
    expect(readFileSync(mo).equals(before)).toBe(true);
  });

  it('are explained by --help', () => {
    const { status, said } = make('--help');
    expect(status).toBe(0);
    expect(said).toMatch(/^php wordpress\/tools\/make-mo\.php \[--check\]/);
  });
});
