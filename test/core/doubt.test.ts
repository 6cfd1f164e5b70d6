import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clockAhead, type Doubt, isFreshlyMade, isOurDoing, mergeDoubts } from '../../lib/core/doubt.ts';
import { DAY, HOUR, iso, MINUTE, SECOND } from '../../lib/core/time.ts';
import { host, NAMES, NOW, object, SHOP } from './builders.ts';

describe('isOurDoing', () => {
  const doubt: Doubt = { domain: SHOP, since: iso(NOW), until: iso(NOW + MINUTE) };

  it.each([
    ['while the add was under way', 30 * SECOND, true],
    ['in the second it began', 0, true],
    ['a little before, as whole seconds are cut off', -5 * SECOND, true],
    ['before', -5 * SECOND - 1, false],
    ['a little later, as the answer was on its way', MINUTE + 5 * SECOND, true],
    ['long after', MINUTE + 5 * SECOND + 1, false],
  ])('made %s (%d ms): %j', (_, after, answer) => {
    expect(isOurDoing(object('shop.example', { createdAt: NOW + after }), doubt, 0)).toBe(answer);
  });

  it('reads the date by the clock of RunCloud', () => {
    const made = object('shop.example', { createdAt: NOW + 8 * HOUR + SECOND });
    expect(isOurDoing(made, doubt, 8 * HOUR)).toBe(true);
    expect(isOurDoing(made, doubt, 0)).toBe(false);
    expect(isOurDoing(made, doubt, -8 * HOUR)).toBe(false);
  });

  it('without a doubt nothing is ours', () => {
    expect(isOurDoing(object('shop.example', { createdAt: NOW }), undefined, 0)).toBe(false);
  });

  it('without a date nothing is ours', () => {
    expect(isOurDoing(object('shop.example'), doubt, 0)).toBe(false);
  });
});

describe('isFreshlyMade', () => {
  it.each([
    ['in the second of the answer', 0, true],
    ['a little before', -15 * SECOND, true],
    ['a little later, by clocks that differ', 15 * SECOND, true],
    ['more than a little before', -15 * SECOND - 1, false],
    ['more than a little later', 15 * SECOND + 1, false],
    ['in the zone of India', 5.5 * HOUR, true],
    ['in the zone of Nepal', 5.75 * HOUR - 15 * SECOND, true],
    ['in the first zone of the day', 14 * HOUR + 15 * SECOND, true],
    ['in the last one', -12 * HOUR, true],
    ['in no zone', 5.6 * HOUR, false],
    ['beyond all zones', -14.25 * HOUR, false],
    ['and beyond in the other direction', 14.25 * HOUR, false],
    ['the day before', -DAY, false],
  ])('what was made %s (%d ms): %j', (_, distance, answer) => {
    expect(isFreshlyMade(object('shop.example', { createdAt: NOW + distance }), NOW)).toBe(answer);
  });

  it('without a date nothing speaks against it', () => {
    expect(isFreshlyMade(object('shop.example'), NOW)).toBe(true);
  });
});

describe('clockAhead', () => {
  const madeAt = (createdAt: number) => object('shop.example', { createdAt });

  it.each([
    ['is learnt from what was made just now', madeAt(NOW + 8 * HOUR), 0, 8 * HOUR],
    ['may be behind', madeAt(NOW - 5 * HOUR), 0, -5 * HOUR],
    ['stays within the seconds that a request takes', madeAt(NOW - 5 * SECOND), 0, 0],
    ['stays in the other direction too', madeAt(NOW + HOUR + 5 * SECOND), HOUR, HOUR],
    ['changes beyond that', madeAt(NOW - 5 * SECOND - 1), 0, -5 * SECOND - 1],
    ['stays where there is no date', object('shop.example'), HOUR, HOUR],
  ])('%s', (_, added, known, ahead) => {
    expect(clockAhead(added, NOW, known)).toBe(ahead);
  });

  it('is known well enough after one answer to tell what was made then', () => {
    fc.assert(
      fc.property(fc.integer({ min: -14, max: 14 }), fc.nat(4_000), (hours, took) => {
        const zone = hours * HOUR;
        const createdAt = Math.floor((NOW - took + zone) / SECOND) * SECOND;
        const ahead = clockAhead(madeAt(createdAt), NOW, 0);
        const doubt = { domain: SHOP, since: iso(NOW - took), until: iso(NOW) };
        expect(isOurDoing(madeAt(createdAt), doubt, ahead)).toBe(true);
      }),
    );
  });
});

describe('mergeDoubts', () => {
  const doubt = (domain: Doubt['domain'], since: number, until: number): Doubt => ({
    domain,
    since: iso(NOW + since),
    until: iso(NOW + until),
  });

  it('of several doubts about one domain there is one, over all their time', () => {
    const merged = mergeDoubts([doubt(SHOP, 2, 3), doubt(SHOP, 1, 2), doubt(SHOP, 3, 5)]);
    expect([...merged]).toEqual([[SHOP, doubt(SHOP, 1, 5)]]);
  });

  it('leaves doubts about different domains apart', () => {
    const other = host('other.example');
    const merged = mergeDoubts([doubt(SHOP, 1, 2), doubt(other, 3, 4)]);
    expect([...merged.values()]).toEqual([doubt(SHOP, 1, 2), doubt(other, 3, 4)]);
  });

  it('does not depend on the order, and spans each of them', () => {
    const doubts = fc.array(
      fc
        .record({ domain: fc.constantFrom(...NAMES), since: fc.nat(9), lasted: fc.nat(9) })
        .map(({ domain, since, lasted }) => doubt(domain, since, since + lasted)),
    );
    const twice = doubts.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(twice, ([all, reordered]) => {
        const merged = mergeDoubts(all);
        expect(mergeDoubts(reordered)).toEqual(merged);
        for (const { domain, since, until } of all) {
          const one = merged.get(domain);
          expect(one && one.since <= since && one.until >= until).toBe(true);
        }
      }),
    );
  });
});
