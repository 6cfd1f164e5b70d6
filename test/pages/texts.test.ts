/** The texts of the customer's page: the same in every language. */
import { describe, expect, it } from 'vitest';
import { LANGUAGES } from '../../lib/pages/texts/languages.ts';
import type { Texts } from '../../lib/pages/texts/texts.ts';

/** What the functions among the texts are called with, by the place of the function. */
const PLACEHOLDERS: Readonly<Record<string, readonly string[]>> = {
  title: ['domain'],
  'states.proxied': ['by'],
  'records.copy': ['value'],
  'host.known': ['provider'],
  'host.unknown': ['nameServers'],
  'host.link': ['provider'],
  'proxy.text': ['by'],
  'mail.subject': ['domain'],
  'mail.body': ['domain', 'records', 'url'],
  'mail.record': ['type', 'name', 'value'],
  'mail.removal': ['type', 'name', 'now'],
  'check.looked': ['time'],
  expires: ['date'],
};

// Four or five short sentences: more than that nobody reads on a telephone.
const LONGEST_TEXT = 400;

const languages = Object.values(LANGUAGES);
const foreign = languages.filter(({ lang }) => lang !== 'en');

describe.each(languages)('the texts in $name', (texts) => {
  it('stand under the code of their language', () => {
    expect(LANGUAGES[texts.lang]).toBe(texts);
  });

  it('are all there, and none is empty', () => {
    expect(flat(texts).map(({ place }) => place)).toEqual(flat(LANGUAGES.en).map(({ place }) => place));
    expect(placesWhere(texts, (text) => text.trim() === '')).toEqual([]);
  });

  it('name everything that they are given', () => {
    const missing = Object.entries(PLACEHOLDERS).flatMap(([place, names]) => {
      const shown = flat(texts)
        .filter((each) => each.place === place || each.place.startsWith(`${place}.`))
        .map(({ text }) => text)
        .join('\n');
      return names.filter((name) => !shown.includes(placeholder(name))).map((name) => `${place}: ${name}`);
    });
    expect(missing).toEqual([]);
  });

  it('hold no HTML, no space at an end, and no two in a row', () => {
    expect(placesWhere(texts, (text) => /[<>&]|^\s|\s$| {2}/.test(text))).toEqual([]);
  });

  it(`are short: at most ${LONGEST_TEXT} characters each`, () => {
    expect(placesWhere(texts, (text) => text.length > LONGEST_TEXT)).toEqual([]);
  });
});

describe.each(foreign)('the texts in $name', (texts) => {
  it('are nowhere left in English', () => {
    const english = new Map(flat(LANGUAGES.en).map(({ place, text }) => [place, text]));
    const same = flat(texts).filter(({ place, text }) => english.get(place) === text);
    expect(same.map(({ place }) => place)).toEqual([]);
  });

  it('call the switch of the proxy what it is called there', () => {
    expect(texts.states.proxied({ by: 'Cloudflare' }).text).toContain('“DNS only”');
    expect(texts.proxy.text({ by: 'Cloudflare' })).toContain('“DNS only”');
  });
});

describe.each(foreign.filter(({ lang }) => lang !== 'id'))('the texts in $name', (texts) => {
  it('are written in its script', () => {
    const script = { th: /\p{Script=Thai}/u, gu: /\p{Script=Gujarati}/u }[texts.lang as 'th' | 'gu'];
    expect(placesWhere(texts, (text, place) => place !== 'lang' && !script.test(text))).toEqual([]);
  });
});

it('every text that is a function is called with known arguments here', () => {
  expect(functionsOf(LANGUAGES.en).toSorted()).toEqual(Object.keys(PLACEHOLDERS).toSorted());
});

type Placed = { readonly place: string; readonly text: string };

/** All texts with their places. Functions are called with placeholders. */
function flat(value: unknown, place = ''): Placed[] {
  if (typeof value === 'string') return [{ place, text: value }];
  if (typeof value === 'function') {
    const names = PLACEHOLDERS[place] ?? [];
    return flat(value(Object.fromEntries(names.map((name) => [name, placeholder(name)]))), place);
  }
  return entriesOf(value).flatMap(([name, each]) => flat(each, join(place, name)));
}

function functionsOf(value: unknown, place = ''): string[] {
  if (typeof value === 'function') return [place];
  return typeof value === 'string'
    ? []
    : entriesOf(value).flatMap(([name, each]) => functionsOf(each, join(place, name)));
}

function entriesOf(value: unknown): [string, unknown][] {
  if (typeof value !== 'object' || value === null) throw new Error(`This is no text: ${String(value)}`);
  return Object.entries(value);
}

function join(place: string, name: string): string {
  return place === '' ? name : `${place}.${name}`;
}

function placeholder(name: string): string {
  return `{${name}}`;
}

function placesWhere(texts: Texts, isWrong: (text: string, place: string) => boolean): string[] {
  return flat(texts)
    .filter(({ place, text }) => isWrong(text, place))
    .map(({ place, text }) => `${place}: ${text}`);
}
