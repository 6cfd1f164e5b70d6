import { ENGLISH } from './en.ts';
import { GUJARATI } from './gu.ts';
import { INDONESIAN } from './id.ts';
import type { Texts } from './texts.ts';
import { THAI } from './th.ts';

/** In the order in which a page offers them. */
export const LANGUAGES: Readonly<Record<Texts['lang'], Texts>> = {
  en: ENGLISH,
  th: THAI,
  gu: GUJARATI,
  id: INDONESIAN,
};

// What browsers send has some ten languages in about a hundred characters.
const LONGEST_HEADER = 1_000;
// Longer than any tag in use.
const LONGEST_TAG = 100;

/**
 * The language that `?lang=` asks for, else the one of these that `Accept-Language` likes best, else English. Both come from
 * outside, and whatever they hold has an answer. `*` asks for no language of ours.
 *
 * @example chooseLanguage({ asked: undefined, accept: 'fr, th-TH;q=0.8, en;q=0.5' }) is Thai.
 */
export function chooseLanguage({
  asked,
  accept,
}: {
  readonly asked: string | undefined;
  readonly accept: string | undefined;
}): Texts {
  return known(asked ?? '') ?? accepted(accept ?? '') ?? ENGLISH;
}

/** Of languages that are liked equally the first one counts. */
function accepted(header: string): Texts | undefined {
  const ranges = header
    .slice(0, LONGEST_HEADER)
    .split(',')
    .map((range) => {
      const [tag = '', weight] = range.split(';', 2);
      return { texts: known(tag.trim()), quality: qualityOf(weight) };
    });
  // Sorting is stable.
  return ranges
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality)
    .find(({ texts }) => texts)?.texts;
}

/** RFC 9110, section 12.4.2. A weight that cannot be read counts for nothing, as 0 does: not acceptable. */
function qualityOf(weight: string | undefined): number {
  if (weight === undefined) return 1;
  const [, quality = '0'] = /^\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*$/i.exec(weight) ?? [];
  return Number(quality);
}

/** By the first subtag: `th-TH` is Thai. `in` is what Java and old Android say for Indonesian. */
function known(tag: string): Texts | undefined {
  const [language = ''] = tag.slice(0, LONGEST_TAG).toLowerCase().split(/[-_]/, 1);
  const code = language === 'in' ? 'id' : language;
  return Object.values(LANGUAGES).find(({ lang }) => lang === code);
}
