import { describe, expect, it } from 'vitest';
import { DAY, MINUTE, SECOND } from '../../lib/core/values/time.ts';
import { pauseAfter } from '../../local/next-run.ts';

const NOW = Date.parse('2026-11-22T08:00:00.000Z');
const TIMES = { now: NOW, quietUntil: 0, reconcileEveryMs: 5 * MINUTE };
const ended = { ok: true, summary: '' };
const gotOn = { ...ended, progress: { done: 1, of: 2, started_at: '' } };

describe('the schedule on one machine', () => {
  it('waits for its interval after a run that came to its end, or ended early without getting on', () => {
    expect(pauseAfter(ended, TIMES)).toBe(5 * MINUTE);
    expect(pauseAfter({ ...ended, ok: false }, { ...TIMES, quietUntil: NOW + DAY })).toBe(5 * MINUTE);
  });

  it('goes on at once after a run that got on, once the queue had its turn', () => {
    expect(pauseAfter(gotOn, TIMES)).toBe(10 * SECOND);
    expect(pauseAfter(gotOn, { ...TIMES, quietUntil: NOW - DAY })).toBe(10 * SECOND);
  });

  it("goes on when RunCloud's pause is over, and after its interval at the latest", () => {
    expect(pauseAfter(gotOn, { ...TIMES, quietUntil: NOW + MINUTE })).toBe(MINUTE);
    expect(pauseAfter(gotOn, { ...TIMES, quietUntil: NOW + DAY })).toBe(5 * MINUTE);
    expect(pauseAfter(gotOn, { ...TIMES, reconcileEveryMs: SECOND })).toBe(SECOND);
  });

  it('tries again soon where another run was at work', () => {
    expect(pauseAfter({ ...ended, ok: false, busy: true }, TIMES)).toBe(10 * SECOND);
  });

  it('has no interval where only the console reconciles', () => {
    expect(pauseAfter(gotOn, { ...TIMES, reconcileEveryMs: undefined })).toBeUndefined();
  });
});
