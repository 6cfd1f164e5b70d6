import type { RunAbort } from '../core/plan/hold.ts';
import { iso } from '../core/values/time.ts';
import { LeaseLostError } from '../ledger/ledger.ts';
import { RunCloudError } from '../runcloud/error.ts';
import { messageOf } from '../util/log.ts';
import type { Dependencies } from './dependencies.ts';
import type { Lease } from './lease.ts';

/** Takes what was thrown; returns what ends a run in words. Anything unforeseen is thrown on: a fault of this program. */
export function asAbort(error: unknown): RunAbort {
  if (error instanceof RunCloudError || error instanceof LeaseLostError) {
    return { why: messageOf(error), whatToDo: error.whatToDo };
  }
  throw error;
}

/**
 * Takes what ended a run early, or undefined where it came to its end, and over how much it went; notes that for those who ask. A run
 * over some domains may have asked nobody, so it does not take back what another one noted.
 */
export function stageAbort(deps: Dependencies, lease: Lease, abort: RunAbort | undefined, over: 'all' | 'some'): void {
  if (abort) {
    deps.log.warn('A run ended early', { why: abort.why });
    lease.stageNotes({ abort: { ...abort, at: iso(deps.clock.now()) } });
  } else if (over === 'all' && lease.application.abort) {
    lease.stageNotes({ abort: null });
  }
}
