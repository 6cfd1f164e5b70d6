/**
 * Whether this machine's clock is to be believed in a run. Order, grace and brake all compare stored times with it: under a wrong clock
 * nothing is removed, and no stored time is corrected.
 */
import { CLOCK_TOLERANCE_MS, formatDuration } from '../values/time.ts';
import type { DesiredSource } from './desired-source.ts';

/** `aheadMs` is positive where the other clock is ahead of this one. */
export type OutsideClock = { readonly whose: string; readonly aheadMs: number };

/**
 * Why the clock is not believed; without a full stop. Undefined: every outside clock that was heard in this run agrees with it, or none
 * was heard and nothing speaks against it. `stored`: whether the ledger has times that are ahead of this clock.
 */
export function clockDoubt(heard: readonly OutsideClock[], stored: 'ahead' | 'past'): string | undefined {
  const [off] = heard.filter(({ aheadMs }) => Math.abs(aheadMs) > CLOCK_TOLERANCE_MS);
  if (off) {
    const where = off.aheadMs > 0 ? 'ahead of' : 'behind';
    return `the clock of ${off.whose} is ${formatDuration(Math.abs(off.aheadMs))} ${where} that of this machine`;
  }
  return stored === 'ahead' && heard.length === 0
    ? 'the ledger has times that are ahead of the clock of this machine, and no other clock could be asked'
    : undefined;
}

/** What is desired under a clock that is not believed: enough to add and to keep. */
export function underClockDoubt(desired: DesiredSource, why: string | undefined): DesiredSource {
  if (why === undefined) return desired;
  if (desired.from === 'events') return { from: 'nowhere', why };
  if (desired.from !== 'network' || desired.doubt !== undefined) return desired;
  const { asked: _, ...list } = desired;
  return { ...list, doubt: why };
}
