import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallsByDay } from '../../../lib/core/quota/calls.ts';
import { daysOf, periodOf, usageOf } from '../../../lib/core/quota/usage.ts';
import { DAY } from '../../../lib/core/values/time.ts';

const NOON = Date.parse('2026-11-27T12:00:00Z');
const at = (time: string): number => Date.parse(time);

describe('a billing period', () => {
  it.each([
    ['2026-11-27T12:00:00Z', 1, '2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z'],
    ['2026-11-27T00:00:00Z', 27, '2026-11-27T00:00:00Z', '2026-12-27T00:00:00Z'],
    ['2026-11-26T23:59:59Z', 27, '2026-10-27T00:00:00Z', '2026-11-27T00:00:00Z'],
    ['2027-01-03T00:00:00Z', 28, '2026-12-28T00:00:00Z', '2027-01-28T00:00:00Z'],
  ])('that holds %s and begins on day %i goes from %s to %s', (now, day, start, end) => {
    expect(periodOf(at(now), day)).toEqual({ start: at(start), end: at(end) });
  });

  it('holds the moment it is asked for, and lasts for a month', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: 1, max: 28 }), (now, day) => {
        const { start, end } = periodOf(now, day);
        expect(start <= now && now < end).toBe(true);
        expect((end - start) / DAY).toBeGreaterThanOrEqual(28);
        expect((end - start) / DAY).toBeLessThanOrEqual(31);
      }),
    );
  });
});

describe('the use of a quota', () => {
  it('counts the present period, and on what', () => {
    const calls = { '2026-10-31': { lists: 900 }, '2026-11-01': { lists: 100 }, '2026-11-27': { changes: 5 } };
    expect(usageOf(calls, { billingDay: 1 }, NOON)).toMatchObject({
      used: 105,
      by: { lists: 100, changes: 5 },
      since: '2026-11-01T00:00:00.000Z',
      resetAt: '2026-12-01T00:00:00.000Z',
    });
    expect(usageOf(calls, { billingDay: 1 }, NOON)).not.toHaveProperty('quota');
  });

  it('lists each day of the period up to today', () => {
    const calls = { '2026-10-31': { lists: 9 }, '2026-11-01': { lists: 1 }, '2026-11-03': { changes: 5 } };
    const days = (counted: CallsByDay, now: number) => daysOf(usageOf(counted, { billingDay: 1 }, now), now);
    expect(days(calls, at('2026-11-03T23:59:59Z'))).toEqual([
      { day: '2026-11-01', by: { lists: 1 } },
      { day: '2026-11-02', by: {} },
      { day: '2026-11-03', by: { changes: 5 } },
    ]);
    expect(daysOf(usageOf({}, { billingDay: 1 }, at('2026-11-30T23:59:59Z')), at('2026-12-01T00:00:01Z'))).toHaveLength(
      30,
    );
    expect(days({}, at('2026-11-01T00:00:00Z'))).toEqual([{ day: '2026-11-01', by: {} }]);
  });

  it('takes the last seven whole days for a day, those without a call too', () => {
    const calls = {
      '2026-11-19': { lists: 9_000 },
      '2026-11-20': { lists: 140 },
      '2026-11-26': { lists: 70, looks: 3 },
    };
    expect(usageOf({ ...calls, '2026-11-27': { lists: 1 } }, { billingDay: 1 }, NOON).perDay).toEqual({ lists: 30 });
  });

  it('takes days in whatever order they are stored', () => {
    const calls = { '2026-11-26': { lists: 70 }, '2026-11-20': { lists: 140 } };
    expect(usageOf(calls, { billingDay: 1 }, NOON).perDay).toEqual({ lists: 30 });
  });

  it('has today alone to go by on the first day', () => {
    expect(usageOf({ '2026-11-27': { lists: 40 } }, { billingDay: 1 }, NOON).perDay).toEqual({ lists: 40 });
    expect(usageOf({}, { billingDay: 1 }, NOON).perDay).toEqual({});
  });

  it('foretells when it runs out, and not beyond the reset', () => {
    const calls = { '2026-11-26': { lists: 100 } };
    const quotaOf = (callsPerMonth: number) => usageOf(calls, { callsPerMonth, billingDay: 1 }, NOON).quota;
    expect(quotaOf(300)).toEqual({ calls: 300, share: 1 / 3, runsOutAt: '2026-11-29T12:00:00.000Z' });
    expect(quotaOf(1_000)).toEqual({ calls: 1_000, share: 0.1 });
    expect(quotaOf(100)).toEqual({ calls: 100, share: 1, runsOutAt: '2026-11-27T12:00:00.000Z' });
    expect(quotaOf(50)).toEqual({ calls: 50, share: 2, runsOutAt: '2026-11-27T12:00:00.000Z' });
    // 3.5 days are left: what lasts exactly until then does not run out.
    expect(quotaOf(450)).toEqual({ calls: 450, share: 100 / 450 });
    expect(usageOf({}, { callsPerMonth: 100, billingDay: 1 }, NOON).quota).toEqual({ calls: 100, share: 0 });
  });
});
