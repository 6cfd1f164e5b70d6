import { describe, expect, it } from 'vitest';
import { looksBlocked, type Refusal, type Situation } from '../../../lib/core/quota/blocked.ts';
import { MINUTE } from '../../../lib/core/values/time.ts';

const AT_EASE: Situation = { share: 0.2, hasWorked: true };
const NEAR: Situation = { share: 0.95, hasWorked: false };
const refusal = (status: number, partial: Partial<Refusal> = {}): Refusal => ({
  status,
  form: 'json',
  of: 'list',
  inARow: 0,
  takenAgoMs: Number.POSITIVE_INFINITY,
  ...partial,
});

describe('a refusal of RunCloud', () => {
  it.each([402, 403, 429])(
    'with %i near the quota is its end, whatever was asked for and in whatever form',
    (status) => {
      expect(looksBlocked(refusal(status, { form: 'other', of: 'other' }), NEAR)).toBe(true);
      expect(looksBlocked(refusal(status, { form: 'other', of: 'other' }), { ...NEAR, share: 0.949 })).toBe(false);
    },
  );

  it.each([200, 401, 404, 422, 500])('with %i is never the end of the quota', (status) => {
    for (const situation of [AT_EASE, NEAR]) expect(looksBlocked(refusal(status), situation)).toBe(false);
  });

  it('to pay is, with RunCloud’s words', () => {
    expect(looksBlocked(refusal(402, { of: 'other' }), { share: 0, hasWorked: false })).toBe(true);
    expect(looksBlocked(refusal(402, { form: 'other' }), AT_EASE)).toBe(false);
  });

  it('to show the list is, where it was shown before', () => {
    expect(looksBlocked(refusal(403), AT_EASE)).toBe(true);
    expect(looksBlocked(refusal(403), { ...AT_EASE, hasWorked: false })).toBe(false);
    // One object, or one change: that may be about it alone.
    expect(looksBlocked(refusal(403, { of: 'other' }), AT_EASE)).toBe(false);
    expect(looksBlocked(refusal(403, { form: 'other' }), AT_EASE)).toBe(false);
    // The calls are not used up where others were taken just before.
    expect(looksBlocked(refusal(403, { takenAgoMs: 5 * MINUTE }), AT_EASE)).toBe(false);
    expect(looksBlocked(refusal(403, { takenAgoMs: 5 * MINUTE + 1 }), AT_EASE)).toBe(true);
  });

  it('that comes five times in a row, minutes apart, is no limit a minute', () => {
    expect(looksBlocked(refusal(429, { inARow: 4 }), AT_EASE)).toBe(false);
    expect(looksBlocked(refusal(429, { inARow: 5 }), AT_EASE)).toBe(true);
    expect(looksBlocked(refusal(429, { inARow: 5, form: 'other' }), AT_EASE)).toBe(false);
  });
});
