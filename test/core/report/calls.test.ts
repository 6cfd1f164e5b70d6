import { describe, expect, it } from 'vitest';
import { usageOf } from '../../../lib/core/quota/usage.ts';
import { describeList, describeUsage, isAlarming, listReading, reportUsage } from '../../../lib/core/report/calls.ts';
import { DAY, iso, MINUTE } from '../../../lib/core/values/time.ts';

const NOON = Date.parse('2026-11-27T12:00:00Z');
const CALLS = { '2026-11-20': { lists: 690 }, '2026-11-26': { lists: 500, changes: 34, certificates: 12, looks: 4 } };
const usage = (callsPerMonth?: number) =>
  usageOf(CALLS, { billingDay: 1, ...(callsPerMonth !== undefined && { callsPerMonth }) }, NOON);

describe('calls to RunCloud in words', () => {
  it('say how many, on what, and what a day takes', () => {
    expect(describeUsage(usage())).toMatch(
      /^1,240 calls to RunCloud since 2026-11-01: lists 1,190, changes 34, certificates 12, looks 4\. A day takes some 178\. How many RunCloud's plan has is not known: set RUNCLOUD_CALLS_PER_MONTH/,
    );
    expect(describeUsage(usageOf({}, { billingDay: 1 }, NOON))).toMatch(
      /^0 calls to RunCloud since 2026-11-01\. A day takes some 0\. /,
    );
  });

  it('say how long they last', () => {
    expect(describeUsage(usage(120_000))).toMatch(
      /That is 1 % of the 120,000 a month\. They last until 2026-12-01, when RunCloud counts anew\.$/,
    );
    expect(describeUsage(usage(1_500))).toMatch(
      /82 % of the 1,500 a month\. If it goes on like this they are used up on 2026-11-28, and RunCloud counts anew on 2026-12-01\.$/,
    );
    expect(describeUsage(usage(1_240))).toMatch(/100 % of the 1,240 a month\. They are used up until 2026-12-01\.$/);
  });

  it('alarm from 80 % on, or where they will not last', () => {
    expect(isAlarming(usage(), NOON)).toBe(false);
    expect(isAlarming(usage(120_000), NOON)).toBe(false);
    expect(isAlarming(usage(1_550), NOON)).toBe(true);
    // 71 %, and 2.9 days are left of 4.
    expect(isAlarming(usage(1_750), NOON)).toBe(true);
  });

  it('do not alarm by what the first three days of a month foretell', () => {
    const first = Date.parse('2026-11-03T23:00:00Z');
    const early = usageOf({ '2026-11-02': { lists: 500 } }, { callsPerMonth: 10_000, billingDay: 1 }, first);
    expect(early.quota?.runsOutAt).toBeDefined();
    expect(isAlarming(early, first)).toBe(false);
    expect(isAlarming(early, first + 2 * DAY)).toBe(true);
  });

  it('are figures for programs', () => {
    expect(reportUsage(usage())).toEqual({
      used: 1_240,
      on: { lists: 1_190, changes: 34, certificates: 12, looks: 4 },
      a_day: { lists: 170, changes: 5, certificates: 2, looks: 1 },
      since: '2026-11-01T00:00:00.000Z',
      reset_at: '2026-12-01T00:00:00.000Z',
    });
    expect(reportUsage(usage(120_000))).toMatchObject({ quota: 120_000, percent: 1 });
    expect(reportUsage(usage(120_000))).not.toHaveProperty('runs_out_at');
    expect(reportUsage(usage(1_500)).runs_out_at).toBe('2026-11-28T23:03:22.247Z');
  });
});

describe('the list of RunCloud in words', () => {
  const read = { observedAt: iso(NOON - 40 * MINUTE), count: 100 };

  it('say how long ago it was read, and when it is next', () => {
    const reading = listReading(read, undefined, usage(), NOON);
    expect(reading).toEqual({ readAt: read.observedAt, nextAt: '2026-11-27T12:20:00.000Z', mood: 'quiet' });
    expect(reading && describeList(reading, NOON)).toBe(
      "RunCloud's list was read 40 minutes ago. Where nothing is to be done it is read next at 2026-11-27T12:20:00.000Z.",
    );
    expect(listReading(read, iso(NOON), usage(), NOON)?.nextAt).toBe('2026-11-27T11:30:00.000Z');
    expect(listReading(undefined, undefined, usage(), NOON)).toBeUndefined();
  });

  it('say what it means that the calls for reading are spent', () => {
    const reading = listReading(read, undefined, usage(1_300), NOON);
    expect(reading && describeList(reading, NOON - 41 * MINUTE)).toBe(
      "RunCloud's list was read 1 second ago. What is left of the quota is not for reading it: a change by hand shows after 2026-12-01T00:00:00.000Z.",
    );
  });
});
