import { describe, expect, it } from 'vitest';
import { readConstants } from '../../../cli/init/wp-config.ts';

const read = (php: string) => readConstants(`<?php\n${php}\n`);
const TOKEN = 'WU_RUNCLOUD_API_TOKEN';

describe('constants of a wp-config.php', () => {
  it('are all read out of an ordinary file', () => {
    const file = `<?php
/** The base configuration for WordPress */
define( 'DB_NAME', 'wp' ); // ** Database settings ** //
define('AUTH_KEY', 'x?>#//\\'');
$table_prefix = 'wp_';
define('WU_RUNCLOUD_API_TOKEN', 'abc');
define('WU_RUNCLOUD_SERVER_ID', '7');
define('WU_RUNCLOUD_APP_ID', 12);
if ( ! defined( 'ABSPATH' ) ) { define( 'ABSPATH', __DIR__ . '/' ); }
require_once ABSPATH . 'wp-settings.php';
`;
    expect(readConstants(file)).toEqual({
      values: { [TOKEN]: 'abc', WU_RUNCLOUD_SERVER_ID: '7', WU_RUNCLOUD_APP_ID: '12' },
      unreadable: [],
    });
  });

  it.each([
    ['single quotes', `define('${TOKEN}', 'abc');`, 'abc'],
    ['double quotes', `define("${TOKEN}", "abc");`, 'abc'],
    ['no spaces', `define('${TOKEN}','abc');`, 'abc'],
    ['many spaces and lines', `define  (\n\t'${TOKEN}'  ,\r\n 'abc'\n ) ;`, 'abc'],
    ['capitals, which PHP takes for functions', `DEFINE('${TOKEN}', 'abc');`, 'abc'],
    ['a leading backslash', `\\define('${TOKEN}', 'abc');`, 'abc'],
    ['a third argument', `define('${TOKEN}', 'abc', false);`, 'abc'],
    ['a comma at the end', `define('${TOKEN}', 'abc',);`, 'abc'],
    ['const', `const ${TOKEN} = 'abc';`, 'abc'],
    ['comments in the middle', `define(/* ' */ '${TOKEN}', # it's\n 'abc' // "\n);`, 'abc'],
    ['escapes in single quotes', `define('${TOKEN}', 'a\\'b\\\\c\\n');`, "a'b\\c\\n"],
    ['escapes in double quotes', `define('${TOKEN}', "a\\"b\\\\c\\$d\\qe");`, 'a"b\\c$d\\qe'],
    ['a dollar that is no variable', `define('${TOKEN}', "a$ 5$");`, 'a$ 5$'],
    ['signs of comments in the value', `define('${TOKEN}', 'a//b#c/*d*/');`, 'a//b#c/*d*/'],
    ['a condition around it', `if (!defined('${TOKEN}')) define('${TOKEN}', 'abc');`, 'abc'],
    ['an attribute before it', `#[Pure]\ndefine('${TOKEN}', 'abc');`, 'abc'],
    ['const after other code', `$a = 1; const ${TOKEN} = 'abc', B = 2;`, 'abc'],
    ['an escaped dollar before a word', `define('${TOKEN}', "abc\\$d\\\ne");`, 'abc$d\\\ne'],
    ['the same twice', `define('${TOKEN}', 'abc'); define('${TOKEN}', 'abc');`, 'abc'],
    ['spaces around the value', `define('${TOKEN}', ' abc ');`, 'abc'],
    ['a comment that the end of PHP ends', `// ?><?php define('${TOKEN}', 'abc');`, 'abc'],
    ['a text with the word in it before', `$x = "define('${TOKEN}', 'no');"; define('${TOKEN}', 'abc');`, 'abc'],
  ])('are read with %s', (_, php, value) => {
    expect(read(php)).toEqual({ values: { [TOKEN]: value }, unreadable: [] });
  });

  it.each([
    ['a line comment', `// define('${TOKEN}', 'no');`],
    ['a hash comment', `# define('${TOKEN}', 'no');`],
    ['a block comment', `/*\n define('${TOKEN}', 'no');\n*/`],
    ['a comment without an end', `/* define('${TOKEN}', 'no');`],
    ['a text', `echo "define('${TOKEN}', 'no');";`],
    ['a heredoc', `$x = <<<EOT\ndefine('${TOKEN}', 'no');\n  EOT;`],
    ['HTML', `?>define('${TOKEN}', 'no');`],
    ['a method', `$this->define('${TOKEN}', 'no'); X::define('${TOKEN}', 'no');`],
    ['an empty value', `define('${TOKEN}', '');`],
    ['another constant', `define('WU_RUNCLOUD_OTHER', 'no'); define('${TOKEN}_OLD', 'no');`],
    ['another function', `undefine('${TOKEN}', 'no'); defined('${TOKEN}', 'no'); other('${TOKEN}', 'no');`],
    ['the making of a function', `function define('${TOKEN}', 'no') {}`],
    ['a list', `define['${TOKEN}', 'no']; ['${TOKEN}', 'no'];`],
    ['a constant that names it', `define(${TOKEN}, 'no'); define('${TOKEN}'); define('${TOKEN}' => 'no');`],
    ['an assignment', `$${TOKEN} = 'no'; ${TOKEN} = 'no'; let ${TOKEN} = 'no'; const '${TOKEN}' = 'no';`],
    ['a comparison', `const ${TOKEN} == 'no';`.replace('const', 'echo')],
    ['a blank value', `define('${TOKEN}', ' ');`],
  ])('are not taken from %s', (_, php) => {
    expect(read(php)).toEqual({ values: {}, unreadable: [] });
  });

  it.each([
    ['getenv', `define('${TOKEN}', getenv('${TOKEN}'));`],
    ['$_ENV', `define('${TOKEN}', $_ENV['TOKEN']);`],
    ['parts', `define('${TOKEN}', 'MARKED' . 'def');`],
    ['a text with a variable', `define('${TOKEN}', "MARKED$x");`],
    ['a text with an expression', `define('${TOKEN}', "MARKED{$x}");`],
    ['code points', `define('${TOKEN}', "\\x41MARKED");`],
    ['a heredoc', `define('${TOKEN}', <<<EOT\nMARKED\nEOT);`],
    ['a function', `define('${TOKEN}', trim('MARKED'));`],
    ['another constant', `define('${TOKEN}', MARKED);`],
    ['parts, as const', `const ${TOKEN} = 'MARKED' . 'b';`],
    ['another constant, as const', `const ${TOKEN} = MARKED;`],
    ['a choice', `define('${TOKEN}', $x ? 'MARKED' : 'b');`],
    ['nothing more, because the file is cut', `define('${TOKEN}', 'MARKED'`],
  ])('that are made of %s are named as not readable, without what stands there', (_, php) => {
    const found = read(php);
    expect(found).toEqual({ values: {}, unreadable: [{ name: TOKEN, why: 'its value is computed' }] });
    expect(JSON.stringify(found)).not.toContain('MARKED');
  });

  it('never make the reading fail, wherever the file is cut', () => {
    const file = `<?php define("${TOKEN}", 'a\\'b' /* x */ . <<<A\nb\nA);\nconst ${TOKEN} = "x$y"; // c\n?>z<?= 1`;
    for (let end = 0; end <= file.length; end++) {
      expect(readConstants(file.slice(0, end)).values).toEqual({});
    }
  });

  it('that have several values are not guessed', () => {
    const php = `if (LIVE) { define('${TOKEN}', 'a'); } else { define('${TOKEN}', 'b'); }`;
    expect(read(php)).toEqual({ values: {}, unreadable: [{ name: TOKEN, why: 'it is defined in several ways' }] });
  });

  it('are none in a file that is no PHP, or empty', () => {
    for (const text of ['', `define('${TOKEN}', 'abc');`, 'PK\u0003\u0004']) {
      expect(readConstants(text)).toEqual({ values: {}, unreadable: [] });
    }
  });
});
