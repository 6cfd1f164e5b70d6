import type { RunAbort } from '../core/plan/hold.ts';
import { iso } from '../core/values/time.ts';
import { LeaseLostError } from '../ledger/ledger.ts';
import { RunCloudError } from '../runcloud/error.ts';
import { messageOf } from '../util/log.ts';
import type { Dependencies } from './dependencies.ts';
import type { Lease } from './lease.ts';

/** @throws `error` itself unless it is RunCloud's or a lost lease: then the ledger failed, or this program is at fault. */
export function asAbort(error: unknown): RunAbort {
  if (error instanceof LeaseLostError) return { why: messageOf(error), whatToDo: error.whatToDo };
  if (error instanceof RunCloudError) {
    const passes = error.fault === 'no-time-left' || error.fault === 'rate-limited';
    return { why: messageOf(error), whatToDo: error.whatToDo, ...(passes && { passes }) };
  }
  throw error;
}

/**
 * Stages why the run ended early, for `status` and the doctor. Only a run over `all` domains clears what an earlier one staged: a run
 * over `some` may have asked RunCloud nothing, so its success proves nothing.
 */
export function stageAbort(
  deps: Dependencies,
  lease: Lease,
  abort: RunAbort | undefined,
  over: 'all' | 'some',
  progress: 'progress' | 'none' = 'none',
): void {
  if (abort) {
    const { why, whatToDo, passes } = abort;
    const goesOn = passes === true && progress === 'progress';
    if (goesOn) deps.log.info('A run ended, and the next one goes on with its work', { why });
    else deps.log.warn('A run ended early', { why });
    // Events in the midst of a long import meet the same limit, and the import goes on.
    if (over === 'some' && passes && lease.application.abort?.progress) return;
    const at = iso(deps.clock.now());
    lease.stageApplication({
      abort: { why, whatToDo, at, ...(goesOn && { progress: true }) },
    });
  } else if (over === 'all' && lease.application.abort) {
    lease.stageApplication({ abort: null });
  }
}
