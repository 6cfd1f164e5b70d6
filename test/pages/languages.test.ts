/** Which language the customer's page is in. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseLanguage, LANGUAGES } from '../../lib/pages/texts/languages.ts';

function chosen(accept: string | undefined, asked?: string): string {
  return chooseLanguage({ asked, accept }).lang;
}

describe('the language of a page', () => {
  it('is English where nobody says anything', () => {
    expect(chosen(undefined)).toBe('en');
    expect(chosen('')).toBe('en');
  });

  it.each([
    ['th', 'th'],
    ['th-TH,th;q=0.9,en-US;q=0.8,en;q=0.7', 'th'],
    ['gu-IN, gu;q=0.9, hi;q=0.8, en;q=0.7', 'gu'],
    ['gu-Gujr-IN', 'gu'],
    ['id-ID,id;q=0.9', 'id'],
    ['ID', 'id'],
  ])('is what the browser is set to, with or without a region: %s', (accept, language) => {
    expect(chosen(accept)).toBe(language);
  });

  it('is Indonesian for its old code too', () => {
    expect(chosen('in-ID, en;q=0.5')).toBe('id');
    expect(chosen(undefined, 'in')).toBe('id');
  });

  it.each([
    ['en;q=0.5, gu;q=0.9', 'gu'],
    ['th;q=0.001, gu;q=0.01', 'gu'],
    ['th;q=1.000, gu;q=0.999', 'th'],
    ['fr, de;q=0.9, th;q=0.1', 'th'],
    ['th ; Q=0.2 , id ; q=0.4', 'id'],
  ])('is the known one of the greatest weight: %s', (accept, language) => {
    expect(chosen(accept)).toBe(language);
  });

  it('is the first of those that are liked equally', () => {
    expect(chosen('gu, th')).toBe('gu');
    expect(chosen('th;q=0.8, gu;q=0.8')).toBe('th');
  });

  it.each(['th;q=0', 'th;q=0.000', 'th;q=2', 'th;q=1.5', 'th;q=-1', 'th;q=high', 'th;q=', 'th;level=1'])(
    'is not one whose weight is nothing or cannot be read: %s',
    (accept) => {
      expect(chosen(accept)).toBe('en');
    },
  );

  it.each(['*', 'fr, *;q=0.5', 'tha', 'the', 'indonesian', 'constructor', '__proto__', ',;,', ';q=1'])(
    'is English where no known one is asked for: %s',
    (accept) => {
      expect(chosen(accept)).toBe('en');
    },
  );

  it('is what the link or the visitor chose, whatever the browser is set to', () => {
    expect(chosen('th', 'gu')).toBe('gu');
    expect(chosen('th', 'en')).toBe('en');
    expect(chosen('th', 'ID')).toBe('id');
    expect(chosen('en', 'th_TH')).toBe('th');
  });

  it.each(['', 'fr', 'toString', 'th ', 'th,gu', '<script>'])(
    'is the browser’s where the choice is not known: %j',
    (asked) => {
      expect(chosen('gu', asked)).toBe('gu');
    },
  );

  it('is looked for at the beginning of a header that is too long, and nowhere else', () => {
    expect(chosen(`th;q=0.5,${'x,'.repeat(100_000)}gu`)).toBe('th');
  });

  it('is found for each that a page offers', () => {
    for (const { lang } of Object.values(LANGUAGES)) expect(chosen(undefined, lang)).toBe(lang);
  });

  it('is one of these whatever comes in, and the choice alone decides where it is known', () => {
    const languages = ['en', 'th', 'gu', 'id'];
    const header = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'enthguid-*;q=01., ') }));
    fc.assert(
      fc.property(fc.option(header, { nil: undefined }), fc.option(header, { nil: undefined }), (asked, accept) => {
        expect(languages).toContain(chosen(accept, asked));
        expect(languages.map((lang) => chosen(accept, lang))).toEqual(languages);
      }),
    );
  });

  it('is the heaviest of distinct weights, in whatever order they come', () => {
    const weights = fc.uniqueArray(fc.integer({ min: 1, max: 1000 }), { minLength: 4, maxLength: 4 });
    const tags = fc.shuffledSubarray(['en-GB', 'th-TH', 'gu-IN', 'id-ID', 'fr', 'de-AT'], {
      minLength: 4,
      maxLength: 4,
    });
    fc.assert(
      fc.property(tags, weights, (languages, thousandths) => {
        const ranges = languages.map((tag, index) => ({ tag, weight: (thousandths[index] ?? 0) / 1000 }));
        const known = ranges.filter(({ tag }) => tag !== 'fr' && tag !== 'de-AT');
        const [best] = known.toSorted((a, b) => b.weight - a.weight);
        const header = ranges.map(({ tag, weight }) => `${tag};q=${weight}`).join(', ');
        expect(chosen(header)).toBe(best?.tag.slice(0, 2));
      }),
    );
  });
});
