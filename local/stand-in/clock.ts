import { type Clock, systemClock } from '../../lib/util/clock.ts';

/** A clock that can be advanced, so that nobody waits for what takes minutes. Sleeping takes real time. */
export type MovableClock = Clock & { advance(ms: number): void };

/** The clock is `behindMs` behind at first, so that a story that advances it ends in the present. */
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
