import { describe, expect, it } from 'vitest';
import { looksBlocked, type Refusal, type Situation } from '../../../lib/core/quota/blocked.ts';
import { HOUR, MINUTE } from '../../../lib/core/values/time.ts';

const AT_EASE: Situation = { share: 0.2, hasWorked: true };
const NEAR: Situation = { share: 0.95, hasWorked: false };
const refusal = (status: number, partial: Partial<Refusal> = {}): Refusal => ({
  status,
  form: 'json',
  of: 'list',
  takenAgoMs: Number.POSITIVE_INFINITY,
  limited: { count: 0, forMs: 0, pauseMs: undefined },
  ...partial,
});

describe('a refusal of RunCloud', () => {
  it.each([402, 403, 429])(
    'with %i near the quota is its end, whatever was asked for and in whatever form',
    (status) => {
      expect(looksBlocked(refusal(status, { form: 'other', of: 'look' }), NEAR)).toBe(true);
      expect(looksBlocked(refusal(status, { form: 'other', of: 'look' }), { ...NEAR, share: 0.949 })).toBe(false);
    },
  );

  it.each([200, 401, 404, 422, 500])('with %i is never the end of the quota', (status) => {
    for (const situation of [AT_EASE, NEAR]) expect(looksBlocked(refusal(status), situation)).toBe(false);
  });

  it.each([402, 403])('of a change (%i) says nothing, also near the quota', (status) => {
    for (const situation of [AT_EASE, NEAR]) {
      expect(looksBlocked(refusal(status, { of: 'change' }), situation)).toBe(false);
    }
  });

  it('to pay for the list is, and to pay for one object may be about it alone', () => {
    expect(looksBlocked(refusal(402), { share: 0, hasWorked: false })).toBe(true);
    expect(looksBlocked(refusal(402, { of: 'look' }), AT_EASE)).toBe(false);
    expect(looksBlocked(refusal(402, { form: 'other' }), AT_EASE)).toBe(false);
  });

  it('to show the list is, where it was shown before', () => {
    expect(looksBlocked(refusal(403), AT_EASE)).toBe(true);
    expect(looksBlocked(refusal(403), { ...AT_EASE, hasWorked: false })).toBe(false);
    expect(looksBlocked(refusal(403, { of: 'look' }), AT_EASE)).toBe(false);
    expect(looksBlocked(refusal(403, { form: 'other' }), AT_EASE)).toBe(false);
  });

  it.each([402, 403])('with %i is not, where RunCloud took another call just before', (status) => {
    for (const situation of [AT_EASE, NEAR]) {
      expect(looksBlocked(refusal(status, { takenAgoMs: 5 * MINUTE }), situation)).toBe(false);
      expect(looksBlocked(refusal(status, { takenAgoMs: 5 * MINUTE + 1 }), situation)).toBe(true);
    }
  });

  it.each([
    [5, 15 * MINUTE, undefined, true],
    [4, 15 * MINUTE, undefined, false],
    [5, 15 * MINUTE - 1, undefined, false],
    // Others that use up each minute's calls: the rate limit names the end of the minute.
    [15, 15 * MINUTE, MINUTE, false],
    [60, HOUR - 1, MINUTE, false],
    [60, HOUR, MINUTE, true],
    [5, 15 * MINUTE, 5 * MINUTE, false],
    [5, 15 * MINUTE, 5 * MINUTE + 1, true],
  ])('with 429 %i times in a row for %i ms, and a pause of %s, is %s', (count, forMs, pauseMs, isBlocked) => {
    const limited = { count, forMs, pauseMs };
    expect(looksBlocked(refusal(429, { of: 'look', limited }), AT_EASE)).toBe(isBlocked);
    expect(looksBlocked(refusal(429, { form: 'other', limited }), AT_EASE)).toBe(false);
  });
});
