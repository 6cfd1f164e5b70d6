import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LONGEST_DELAY_MS, recheckDelay } from '../../../lib/core/values/recheck-delay.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../../lib/core/values/time.ts';

describe('a domain that comes back', () => {
  it.each([
    [0, 5],
    [1, 10],
    [2, 20],
    [6, 320],
  ])('after %i returns waits for %i s, where it is due at once', (hop, seconds) => {
    expect(recheckDelay(0, hop, 10 * MINUTE)).toEqual({ kind: 'send', afterMs: seconds * SECOND });
  });

  it('waits as long as it has to, where that is longer', () => {
    expect(recheckDelay(61 * SECOND, 3, 10 * MINUTE)).toEqual({ kind: 'send', afterMs: 61 * SECOND });
    expect(recheckDelay(61 * SECOND, 4, 10 * MINUTE)).toEqual({ kind: 'send', afterMs: 80 * SECOND });
  });

  it('is sent where it comes just with the next run over all domains, or just as late as SQS can send it', () => {
    expect(recheckDelay(10 * MINUTE, 0, 10 * MINUTE)).toEqual({ kind: 'send', afterMs: 10 * MINUTE });
    expect(recheckDelay(0, 2, 20 * SECOND)).toEqual({ kind: 'send', afterMs: 20 * SECOND });
    expect(recheckDelay(15 * MINUTE, 0, undefined)).toEqual({ kind: 'send', afterMs: 15 * MINUTE });
  });

  it('is left to the schedule once its delays outgrow that', () => {
    expect(recheckDelay(0, 7, 10 * MINUTE)).toEqual({ kind: 'left-to-schedule', because: 'worn-out' });
  });

  it.each([
    [11 * MINUTE, 10 * MINUTE],
    [16 * MINUTE, undefined],
    [16 * MINUTE, 20 * DAY],
    [Number.NaN, undefined],
  ])('in %d ms is left to a schedule of %d ms', (wantedMs, reconcileEveryMs) => {
    expect(recheckDelay(wantedMs, 0, reconcileEveryMs)).toEqual({ kind: 'left-to-schedule', because: 'later' });
  });

  it.each([undefined, HOUR])('comes back every 15 minutes for ever where the schedule is %s', (reconcileEveryMs) => {
    for (const hop of [8, 100, 5_000]) {
      expect(recheckDelay(0, hop, reconcileEveryMs)).toEqual({ kind: 'send', afterMs: LONGEST_DELAY_MS });
    }
  });

  it('never comes sooner than the time before, nor later than SQS can send it, nor than the schedule', () => {
    const schedule = fc.option(fc.integer({ min: SECOND, max: 20 * DAY }), { nil: undefined });
    fc.assert(
      fc.property(fc.integer({ min: -HOUR, max: HOUR }), fc.nat(200), schedule, (wantedMs, hop, reconcileEveryMs) => {
        const [now, next] = [hop, hop + 1].map((each) => recheckDelay(wantedMs, each, reconcileEveryMs));
        if (now?.kind !== 'send') {
          expect(next).toEqual(now);
          return;
        }
        expect(now.afterMs).toBeGreaterThanOrEqual(wantedMs);
        expect(now.afterMs).toBeLessThanOrEqual(Math.min(LONGEST_DELAY_MS, reconcileEveryMs ?? LONGEST_DELAY_MS));
        if (next?.kind === 'send') expect(next.afterMs).toBeGreaterThanOrEqual(now.afterMs);
      }),
    );
  });
});
