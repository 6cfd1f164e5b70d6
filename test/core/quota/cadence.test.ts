import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cadenceOf, callsForList, nextListAt, WATCHFUL_MS } from '../../../lib/core/quota/cadence.ts';
import { type Usage, usageOf } from '../../../lib/core/quota/usage.ts';
import { DAY, epoch, HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';

const START = Date.parse('2026-11-01T00:00:00Z');

/** At the start of a month of 30 days. */
function usage(used = 0, callsPerMonth?: number, now = START): Usage {
  const settings = { billingDay: 1, ...(callsPerMonth !== undefined && { callsPerMonth }) };
  return usageOf({ '2026-11-01': { lists: used } }, settings, now);
}

describe('the list of RunCloud, where nothing happens', () => {
  it.each([
    [0, undefined, HOUR],
    [100, undefined, HOUR],
    [1_000, undefined, HOUR],
    [1_001, undefined, (26 / 25) * HOUR],
    [10_000, undefined, 6 * HOUR],
    [1_000, 400_000, HOUR],
    [10_000, 400_000, HOUR],
    [10_000, 200_000, 2 * HOUR],
    [10_000, 20_000, 6 * HOUR],
  ])('of %i domains, with %s calls a month, is read every %i ms', (objects, callsPerMonth, everyMs) => {
    const cadence = cadenceOf(objects, usage(0, callsPerMonth), undefined, START);
    expect(cadence).toEqual({ everyMs: expect.closeTo(everyMs, 3), mood: 'quiet' });
  });

  it('is read more often for three hours after it differed from what was remembered', () => {
    const at = (objects: number, age: number, quota?: number) =>
      cadenceOf(objects, usage(0, quota), iso(START - age), START);
    expect(at(100, 0)).toEqual({ everyMs: 10 * MINUTE, mood: 'watchful' });
    expect(at(100, WATCHFUL_MS - 1)).toEqual({ everyMs: 10 * MINUTE, mood: 'watchful' });
    expect(at(100, WATCHFUL_MS)).toEqual({ everyMs: HOUR, mood: 'quiet' });
    // Not more than the calls carry, also where somebody changes something every day.
    expect(at(1_000, 0)).toEqual({ everyMs: 24 * MINUTE, mood: 'watchful' });
    expect(at(10_000, 0, 400_000)).toEqual({ everyMs: 40 * MINUTE, mood: 'watchful' });
  });

  it('is read less often the more of the quota is used, and not at all of the last tenth', () => {
    expect(cadenceOf(10_000, usage(180_000, 400_000), undefined, START).everyMs).toBe(2 * HOUR);
    expect(cadenceOf(10_000, usage(359_750, 400_000), undefined, START)).toEqual({ everyMs: 6 * HOUR, mood: 'quiet' });
    const spent = cadenceOf(10_000, usage(359_751, 400_000), undefined, START);
    expect(spent).toEqual({ everyMs: 30 * DAY, mood: 'spent' });
    expect(nextListAt(iso(START), spent, usage(359_751, 400_000))).toBe('2026-12-01T00:00:00.000Z');
    expect(nextListAt(iso(START), { everyMs: HOUR, mood: 'quiet' }, usage())).toBe('2026-11-01T01:00:00.000Z');
  });

  it('never uses up the quota by being read, in whatever month', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 50_000 }),
        fc.integer({ min: 1_000, max: 1_000_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom(undefined, iso(START)),
        (objects, quota, share, differedAt) => {
          let used = Math.floor(quota * share);
          const before = used;
          const end = epoch(usage().resetAt);
          for (let now = START, lists = 0; now < end && lists < 5_000; lists++) {
            const cadence = cadenceOf(objects, usage(used, quota, now), differedAt, now);
            expect(cadence.everyMs).toBeGreaterThanOrEqual(cadence.mood === 'spent' ? 1 : 10 * MINUTE);
            if (cadence.mood !== 'spent') used += callsForList(objects);
            now += cadence.everyMs;
          }
          expect(used).toBeLessThanOrEqual(Math.max(before, 0.9 * quota));
        },
      ),
      { numRuns: 100 },
    );
  });
});
