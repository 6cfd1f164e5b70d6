import type { Clock } from '../../lib/util/clock.ts';

export type SimulatedClock = Clock & { sleep: Clock['sleep']; advance(ms: number): void };

export const START = Date.parse('2026-11-22T08:00:00.000Z');

/** A clock in which sleeping takes no time: it moves on by what was to be slept. */
export function simulatedClock(start = START): SimulatedClock {
  let now = start;
  return {
    now: () => now,
    sleep: async (ms) => {
      now += ms;
    },
    advance: (ms) => {
      now += ms;
    },
  };
}

/** The clock of a machine that is `aheadMs` ahead of another one, which it moves on with. */
export type SkewedClock = SimulatedClock & { aheadMs: number };

export function skewedClock(truth: SimulatedClock): SkewedClock {
  const clock = { ...truth, aheadMs: 0, now: () => truth.now() + clock.aheadMs };
  return clock;
}
