import type { RunAbort } from '../core/plan/hold.ts';
import { iso } from '../core/values/time.ts';
import { LeaseLostError } from '../ledger/ledger.ts';
import { RunCloudError } from '../runcloud/error.ts';
import { messageOf } from '../util/log.ts';
import type { Dependencies } from './dependencies.ts';
import type { Lease } from './lease.ts';

/** @throws `error` itself unless it is RunCloud's or a lost lease: then the ledger failed, or this program is at fault. */
export function asAbort(error: unknown): RunAbort {
  if (error instanceof RunCloudError || error instanceof LeaseLostError) {
    return { why: messageOf(error), whatToDo: error.whatToDo };
  }
  throw error;
}

/**
 * Stages why the run ended early, for `status` and the doctor. Only a run over `all` domains clears what an earlier one staged: a run
 * over `some` may have asked RunCloud nothing, so its success proves nothing.
 */
export function stageAbort(deps: Dependencies, lease: Lease, abort: RunAbort | undefined, over: 'all' | 'some'): void {
  if (abort) {
    deps.log.warn('A run ended early', { why: abort.why });
    lease.stageApplication({ abort: { ...abort, at: iso(deps.clock.now()) } });
  } else if (over === 'all' && lease.application.abort) {
    lease.stageApplication({ abort: null });
  }
}
