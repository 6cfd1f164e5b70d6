import { describe, expect, it } from 'vitest';
import {
  type Doubt,
  isFreshlyMade,
  isOurDoing,
  isSameClock,
  learnClock,
  type RunCloudClock,
} from '../../../lib/core/domain/pending-adds.ts';
import { DAY, HOUR, iso, MINUTE, SECOND } from '../../../lib/core/values/time.ts';
import { NOW, object, SHOP } from '../builders.ts';

/** RunCloud's clock in a zone so many hours from UTC. */
function zone(hours: number): RunCloudClock {
  return { zoneMs: hours * HOUR, aheadMs: hours * HOUR };
}

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
    expect(isOurDoing(object('shop.example', { createdAt: NOW + after }), [doubt], undefined)).toBe(answer);
  });

  it('reads the date by the clock of RunCloud', () => {
    const made = object('shop.example', { createdAt: NOW + 8 * HOUR + SECOND });
    expect(isOurDoing(made, [doubt], zone(8))).toBe(true);
    expect(isOurDoing(made, [doubt], undefined)).toBe(false);
    expect(isOurDoing(made, [doubt], zone(-8))).toBe(false);
  });

  it('without a doubt nothing is ours', () => {
    expect(isOurDoing(object('shop.example', { createdAt: NOW }), [], zone(0))).toBe(false);
  });

  it("any of several doubts will do, and what was made between them is somebody else's", () => {
    const later: Doubt = { domain: SHOP, since: iso(NOW + HOUR), until: iso(NOW + HOUR + MINUTE) };
    const madeAt = (ms: number) =>
      isOurDoing(object('shop.example', { createdAt: NOW + ms }), [doubt, later], undefined);
    expect([madeAt(0), madeAt(30 * MINUTE), madeAt(HOUR)]).toEqual([true, false, true]);
  });

  it('without a date nothing is ours', () => {
    expect(isOurDoing(object('shop.example'), [doubt], undefined)).toBe(false);
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
    expect(isFreshlyMade(object('shop.example', { createdAt: NOW + distance }), NOW, 0, undefined, MINUTE)).toBe(
      answer,
    );
  });

  it('without a date nothing speaks against it', () => {
    expect(isFreshlyMade(object('shop.example'), NOW, 0, zone(8), DAY)).toBe(true);
  });
});

describe('isFreshlyMade, by a request that took long', () => {
  it.each([
    [-45 * SECOND, true],
    [-45 * SECOND - 1, false],
  ])('made %d ms before the answer to a request of 30 s: %j', (distance, answer) => {
    expect(isFreshlyMade(object('shop.example', { createdAt: NOW + distance }), NOW, 30 * SECOND, zone(0), DAY)).toBe(
      answer,
    );
  });
});

describe('isFreshlyMade, by what is known', () => {
  const seconds = 15 * SECOND;
  const cases: [string, number, RunCloudClock | undefined, number, boolean][] = [
    ['in the known zone it is new, however old the list is', 8, zone(8), 100 * DAY, true],
    ['a quarter of an hour off it is old, where the list is as old', 7.75, zone(8), 15 * MINUTE, false],
    ['an hour off it may be summer time, where nothing unlisted is an hour old', 9, zone(8), HOUR - seconds - 1, true],
    ['an hour off it is old where it may have been made unlisted', 7, zone(8), HOUR - seconds, false],
    [
      'in an unknown zone it is new where nothing unlisted is a quarter of an hour old',
      8,
      undefined,
      14 * MINUTE,
      true,
    ],
    ['in an unknown zone nothing is sure where the list is older', 8, undefined, 15 * MINUTE - seconds, false],
  ];
  it.each(cases)('%s', (_, hours, known, listAge, answer) => {
    expect(isFreshlyMade(object('shop.example', { createdAt: NOW + hours * HOUR }), NOW, 0, known, listAge)).toBe(
      answer,
    );
  });
});

describe('learnClock', () => {
  it('takes the zone from the answer, and the distance from our own clock, which may be off', () => {
    const added = object('shop.example', { createdAt: NOW + 8 * HOUR - 3 * SECOND });
    const learned = learnClock(added, NOW, NOW - 40 * SECOND);
    expect(learned).toEqual({ zoneMs: 8 * HOUR, aheadMs: 8 * HOUR + 37 * SECOND });
    expect(isFreshlyMade(added, NOW, 0, learned, DAY)).toBe(true);
  });

  it('learns nothing without a date', () => {
    expect(learnClock(object('shop.example'), NOW, NOW)).toBeUndefined();
  });

  it('tells a change from the seconds that a request takes', () => {
    const known = zone(8);
    expect(isSameClock({ ...known, aheadMs: known.aheadMs + 5 * SECOND }, known)).toBe(true);
    expect(isSameClock({ ...known, aheadMs: known.aheadMs - 5 * SECOND - 1 }, known)).toBe(false);
    expect(isSameClock({ ...known, zoneMs: 9 * HOUR }, known)).toBe(false);
    expect(isSameClock(known, undefined)).toBe(false);
  });
});
