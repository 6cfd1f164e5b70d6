/** The text of a `.env` file, read and changed so that Node's `parseEnv` gives back what was meant. */
import { isDeepStrictEqual, parseEnv } from 'node:util';
import { Refusal } from './refusal.ts';

type Values = Readonly<Record<string, string>>;

/** What may stand without quotes in whatever reads such files: a shell, systemd, Docker. */
const PLAIN = /^[\w./:@%+=,-]+$/;
const ASSIGNMENT = /[ \t]*(?:export )?[ \t]*([^=\n]*?)[ \t\r]*=/y;
const COMMENT = /[ \t]*#[ \t]*(?:(\w+)=)?/y;

/** A piece of the text: from a line's begin to the end of its last line, the line break included. */
type Piece = { readonly end: number } & (
  | { readonly kind: 'assignment'; readonly name: string; readonly from: number; readonly to: number }
  /** `#NAME=…` names a setting that is left at its default. */
  | { readonly kind: 'comment'; readonly name: string | undefined }
  | { readonly kind: 'other' }
);

/**
 * The values in the text.
 * @throws Refusal where Node takes the lines for something else than a person does: a change could hit the wrong one
 */
export function readEnv(text: string): Values {
  const values = parsed(text);
  const names = new Set(piecesOf(text).flatMap((piece) => (piece.kind === 'assignment' ? [piece.name] : [])));
  const odd = [...names].find((name) => !Object.hasOwn(values, name));
  if (odd === undefined) return values;
  throw new Refusal(
    `Node does not read the line of ${printable(odd)} in .env as a setting. Usually a quote before it has no end, or the line before it has a blank behind its =. Mend that first.`,
  );
}

/**
 * The text with these values, and everything else as it was. An empty value stands for a setting that is not given.
 * @throws Refusal, which names the setting and repeats no value
 */
export function editEnv(text: string, changes: Values): string {
  const lineBreak = text.includes('\r\n') ? '\r\n' : '\n';
  let edited = text;
  for (const [name, value] of Object.entries(changes)) edited = withValue(edited, name, value, lineBreak);
  const before = parsed(text);
  // What was not given and is not to be needs no line.
  const written = Object.entries(changes).filter(([name, value]) => value !== '' || Object.hasOwn(before, name));
  const expected = { ...before, ...Object.fromEntries(written) };
  if (isDeepStrictEqual(parsed(edited), expected)) return edited;
  const wrong = Object.keys(changes).find((name) => parsed(edited)[name] !== expected[name]);
  throw new Refusal(
    `${wrong ?? 'A setting'} cannot be changed in .env without changing something else there. Put every setting on a line of its own, with its quotes closed, and run this again.`,
  );
}

function withValue(text: string, name: string, value: string, lineBreak: string): string {
  const written = quoted(name, value);
  const pieces = piecesOf(text);
  // Of several lines for one name Node takes the last.
  const there = pieces.findLast((piece) => piece.kind === 'assignment' && piece.name === name);
  if (there?.kind === 'assignment') return text.slice(0, there.from) + written + text.slice(there.to);
  if (value === '') return text;
  const commented = pieces.findLast((piece) => piece.kind === 'comment' && piece.name === name);
  const at = commented?.end ?? text.length;
  const before = text.slice(0, at);
  const gap = before === '' || before.endsWith('\n') ? '' : lineBreak;
  return `${before}${gap}${name}=${written}${lineBreak}${text.slice(at)}`;
}

/** @throws Refusal if `.env` has no way to write the value */
function quoted(name: string, value: string): string {
  if (value === '' || PLAIN.test(value)) return value;
  // Without quotes the value must not begin with one: whether it ends would depend on the lines that follow.
  const quotes = ['"', "'", '`', ...(/^["'`]/.test(value) ? [] : [''])];
  const ways = quotes.map((quote) => `${quote}${value}${quote}`);
  const way = /[\r\n\0]/.test(value)
    ? undefined
    : ways.find((each) => isDeepStrictEqual(parsed(`A=${each}\nB=1\n`), { A: value, B: '1' }));
  if (way !== undefined) return way;
  throw new Refusal(
    `The value of ${name} cannot stand in .env: it has a line break, a character that is none, or all three kinds of quotes (" ' \`). Choose another value.`,
  );
}

function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < text.length; ) {
    const piece = pieceAt(text, at);
    pieces.push(piece);
    at = piece.end;
  }
  return pieces;
}

function pieceAt(text: string, at: number): Piece {
  const end = endOfLine(text, at);
  const comment = matchAt(COMMENT, text, at);
  if (comment) return { kind: 'comment', name: comment[1], end };
  const assignment = matchAt(ASSIGNMENT, text, at);
  const [all = '', name = ''] = assignment ?? [];
  if (name === '') return { kind: 'other', end };
  return { kind: 'assignment', name, ...valueAt(text, at + all.length) };
}

/** `from` stands right behind the equals sign. */
function valueAt(text: string, from: number): { from: number; to: number; end: number } {
  const end = endOfLine(text, from);
  const line = text.slice(from, end);
  const begin = from + line.length - line.trimStart().length;
  const quote = text[begin] ?? '';
  if (`"'\``.includes(quote) && quote !== '') {
    const close = text.indexOf(quote, begin + 1);
    // A quote without an end belongs to the value, and so does what looks like a comment behind it.
    if (close < 0) return { from, to: from + line.trimEnd().length, end };
    return { from: begin, to: close + 1, end: endOfLine(text, close) };
  }
  const [value = ''] = line.split('#', 1);
  if (value.trim() === '')
    return { from, to: line.includes('#') ? from : from + value.replace(/\r?\n?$/, '').length, end };
  return { from: begin, to: from + value.trimEnd().length, end };
}

function endOfLine(text: string, from: number): number {
  const at = text.indexOf('\n', from);
  return at < 0 ? text.length : at + 1;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function parsed(text: string): Values {
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(parseEnv(text))) if (value !== undefined) values[name] = value;
  return values;
}

/** A value may have come into the place of a name. */
function printable(name: string): string {
  return /^[A-Z][A-Z0-9_]{0,59}$/.test(name) ? name : 'a setting';
}
