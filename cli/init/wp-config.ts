/** Reads the constants of the plugin's own RunCloud integration in the text of a `wp-config.php`. Runs no PHP. */

export type Constants = {
  readonly values: Readonly<Record<string, string>>;
  /** Constants whose value only PHP knows. `why` completes "NAME could not be read: …". */
  readonly unreadable: readonly { readonly name: string; readonly why: string }[];
};

const NAMES: readonly string[] = [
  'WU_RUNCLOUD_API_TOKEN',
  'WU_RUNCLOUD_API_KEY',
  'WU_RUNCLOUD_API_SECRET',
  'WU_RUNCLOUD_SERVER_ID',
  'WU_RUNCLOUD_APP_ID',
];

/** `value` is a text or a number, `computed` a text with variables in it. Only the spelling of the others matters. */
type Token = { readonly kind: 'value' | 'computed' | 'word' | 'mark'; readonly text: string };

// What PHP skips (white space, comments, HTML), and what it reads. Both match where the last match ended.
const SKIPPED = /(?:\s+|\?>[\s\S]*?(?:<\?(?:php\b|=)|$)|(?:\/\/|#(?!\[))(?:(?!\?>)[^\r\n])*|\/\*[\s\S]*?(?:\*\/|$))+/y;
const READ =
  /<<<[ \t]*(["']?)(\w+)\1\r?\n[\s\S]*?\n[ \t]*\2\b|('(?:[^'\\]|\\[\s\S])*')|("(?:[^"\\]|\\[\s\S])*")|(\d+(?![\w.]))|(\$?\\?[A-Za-z_][\w\\]*|\d[\w.]*)|->|::|[\s\S]/y;

export function readConstants(php: string): Constants {
  const tokens = tokensOf(php);
  const found = new Map<string, Set<string | undefined>>();
  for (let index = 0; index < tokens.length; index++) {
    const definition = defined(tokens, index) ?? constant(tokens, index);
    if (!definition || !NAMES.includes(definition.name)) continue;
    found.set(definition.name, (found.get(definition.name) ?? new Set()).add(definition.value));
  }
  const values: Record<string, string> = {};
  const unreadable: { name: string; why: string }[] = [];
  for (const [name, all] of found) {
    const [value] = all;
    if (all.size > 1) unreadable.push({ name, why: 'it is defined in several ways' });
    else if (value === undefined) unreadable.push({ name, why: 'its value is computed' });
    else if (value.trim() !== '') values[name] = value.trim();
  }
  return { values, unreadable };
}

/** `define('NAME', 'value')`, perhaps with a third argument, or a comma at the end. */
function defined(tokens: readonly Token[], at: number): { name: string; value: string | undefined } | undefined {
  const [before, call, open, name, comma, value, end] = [-1, 0, 1, 2, 3, 4, 5].map((step) => tokens[at + step]);
  if (call?.kind !== 'word' || !/^\\?define$/i.test(call.text)) return undefined;
  if (before && /^(->|::|function)$/i.test(before.text)) return undefined;
  if (open?.text !== '(' || name?.kind !== 'value' || !isMark(comma, ',')) return undefined;
  const isPlain = value?.kind === 'value' && (isMark(end, ')') || isMark(end, ','));
  return { name: name.text, value: isPlain ? value.text : undefined };
}

/** `const NAME = 'value';` */
function constant(tokens: readonly Token[], at: number): { name: string; value: string | undefined } | undefined {
  const [word, name, equals, value, end] = tokens.slice(at, at + 5);
  if (word?.kind !== 'word' || word.text.toLowerCase() !== 'const') return undefined;
  if (name?.kind !== 'word' || !isMark(equals, '=')) return undefined;
  const isPlain = value?.kind === 'value' && (isMark(end, ';') || isMark(end, ','));
  return { name: name.text, value: isPlain ? value.text : undefined };
}

function isMark(token: Token | undefined, text: string): boolean {
  return token?.kind === 'mark' && token.text === text;
}

function tokensOf(php: string): Token[] {
  const tokens: Token[] = [];
  // Text before the opening tag is no PHP.
  const startup = /<\?(?:php\b|=)/.exec(php);
  let at = startup ? startup.index + startup[0].length : php.length;
  while (at < php.length) {
    SKIPPED.lastIndex = at;
    at += SKIPPED.exec(php)?.[0].length ?? 0;
    READ.lastIndex = at;
    const match = READ.exec(php);
    if (!match) break;
    const [all, , heredoc, single, double, number, word] = match;
    at += all.length;
    if (heredoc !== undefined) tokens.push({ kind: 'computed', text: '' });
    else if (single !== undefined) tokens.push({ kind: 'value', text: unescapeSingle(single.slice(1, -1)) });
    else if (double !== undefined) tokens.push(readDouble(double.slice(1, -1)));
    else if (number !== undefined) tokens.push({ kind: 'value', text: number });
    else tokens.push({ kind: word === undefined ? 'mark' : 'word', text: all });
  }
  return tokens;
}

function unescapeSingle(text: string): string {
  return text.replace(/\\([\\'])/g, '$1');
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\', $: '$', '"': '"' };

function readDouble(text: string): Token {
  const withoutEscapes = text.replace(/\\[\s\S]/g, '');
  // Variables, and escapes for code points, which nobody writes into a setting.
  if (/\$[A-Za-z_{]/.test(withoutEscapes) || /\\[xu0-7vef]/.test(text.replace(/\\\\/g, ''))) {
    return { kind: 'computed', text: '' };
  }
  return { kind: 'value', text: text.replace(/\\([\s\S])/g, (all, each: string) => ESCAPES[each] ?? all) };
}
