import { type Clock, systemClock } from '../../lib/util/clock.ts';

/** A clock that can be moved on, so that nobody has to wait for what takes minutes. Sleeping takes its time all the same. */
export type MovableClock = Clock & { advance(ms: number): void };

/** Takes how far the clock is behind at first (ms), for a story that ends in the present; returns it. */
export function movableClock(behindMs: number): MovableClock {
  let offset = -behindMs;
  return {
    now: () => systemClock.now() + offset,
    sleep: systemClock.sleep,
    advance: (ms) => {
      offset += ms;
    },
  };
}
