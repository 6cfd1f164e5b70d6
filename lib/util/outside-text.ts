/**
 * The one rule for texts that others write: RunCloud, the network, DNS, whoever stands in between. They are made safe before anything
 * of them is thrown, stored, logged or shown.
 *
 * - A known secret is removed wherever it stands, however short it is, as it is and as URLs and JSON write it.
 * - So is what may be a key that nobody knows: PEM blocks, cut ones too, and long runs of base64 or hex.
 * - Links of Let's Encrypt stay whole: the one that un-pauses an account is its only remedy, and has a token in it.
 * - Control characters become spaces, so nothing forges a line of a log or commands a terminal.
 * - What is long is cut.
 */
import { printable } from '../core/values/text.ts';
import type { Secret } from './secret.ts';

const REMOVED = '[removed]';
// RunCloud hands on messages of Let's Encrypt. They have some 250 characters and end with the date that counts.
const LONGEST = 600;
// The link that un-pauses an account has some 700.
const LONGEST_LINK = 2_000;

export function cleanText(text: string, secrets: readonly Secret[] = [], longest = LONGEST): string {
  const cleaned: string[] = [];
  let left = longest;
  for (const { kind, part } of partsOf(printable(withoutSecrets(text, secrets)))) {
    if (kind === 'link') {
      cleaned.push(part);
      continue;
    }
    const shown = withoutKeys(part);
    cleaned.push(shown.length > left ? `${shown.slice(0, left).toWellFormed()}…` : shown);
    left = Math.max(0, left - shown.length);
  }
  return cleaned.join('');
}

/** A name or a value of one word. */
export function cleanWord(text: string): string {
  return cleanText(text, [], LONGEST_WORD);
}

// The longest host name.
const LONGEST_WORD = 253;

function withoutSecrets(text: string, secrets: readonly Secret[]): string {
  const spellings = new Set(secrets.flatMap((secret) => spellingsOf(secret.reveal())));
  // The longest first: one may be a part of another.
  const known = [...spellings].filter((each) => each !== '').sort((a, b) => b.length - a.length);
  if (known.length === 0) return text;
  return text.replace(new RegExp(known.map(literally).join('|'), 'g'), REMOVED);
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function spellingsOf(secret: string): string[] {
  return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];
}

type Part = { readonly kind: 'text' | 'link'; readonly part: string };

function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(/https:\\?\/\\?\/[^\s"'<>]+/g)) {
    const written = found.replace(SENTENCE_END, '');
    // JSON that PHP wrote has `\/`.
    const link = written.replaceAll('\\/', '/');
    if (!isOfLetsEncrypt(link)) continue;
    parts.push({ kind: 'text', part: text.slice(end, index) }, { kind: 'link', part: link });
    end = index + written.length;
  }
  return [...parts, { kind: 'text', part: text.slice(end) }];
}

/** No part of a link. A secret that was removed from it is. */
const SENTENCE_END = /(?:[.,;:!?)}\\]|(?<!\[removed)\])+$/;

function isOfLetsEncrypt(link: string): boolean {
  if (link.length > LONGEST_LINK || !URL.canParse(link)) return false;
  const { hostname, username, port } = new URL(link);
  return /(?:^|\.)letsencrypt\.org$/.test(hostname) && username === '' && port === '';
}

/** Long addresses and host names stay, because they are lower-case. */
function withoutKeys(text: string): string {
  return text
    .replace(/-----BEGIN[\s\S]*?(?:-----END[^-]*-----|$)/g, REMOVED)
    .replace(/[\w+/=-]{40,}/g, (run) =>
      /^[\da-f]+$/i.test(run) || (/[A-Z]/.test(run) && /[a-z]/.test(run)) ? REMOVED : run,
    );
}

/** Every text in an answer, made printable: the last wall before a terminal. Line ends stay, for Markdown. */
export function printableIn<T>(value: T): T {
  if (typeof value === 'string') return value.split('\n').map(printable).join('\n') as T;
  if (Array.isArray(value)) return value.map(printableIn) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, printableIn(each)])) as T;
}

/** JSON leaves what is above U+007F as it is. The same JSON, without a character that a terminal obeys. */
export function printableJson(json: string): string {
  return json.replace(/[\u007F-\u009F\p{Zl}\p{Zp}\p{Cf}]/gu, (character) =>
    character.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}
