/** What a run over all domains leaves in the ledger of how it ended. It goes with the last changes, so it costs no request. */
import { type EndedRun, withRun } from '../../core/report/run-history.ts';
import { iso } from '../../core/values/time.ts';
import { stageAbort } from '../abort.ts';
import { type Applied, goesOn, hasProgress } from '../apply/context.ts';
import { endProgress } from '../apply/progress.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Lease } from '../lease.ts';

type Ended = {
  /** Epoch ms. */
  readonly startedAt: number;
  readonly next: 'write back' | 'nothing';
};

/** An adoption in the midst of an import ends neither, and what the import came to stays. */
export function stageEnd(deps: Dependencies, lease: Lease, applied: Applied, { startedAt, next }: Ended): void {
  stageHistory(deps, lease, applied, startedAt);
  if (next === 'nothing' && !applied.abort && lease.application.abort?.progress) return;
  stageAbort(deps, lease, applied.abort, 'all', hasProgress(applied) ? 'progress' : 'none');
  if (!goesOn(applied)) endProgress(lease);
}

function stageHistory(deps: Dependencies, lease: Lease, applied: Applied, startedAt: number): void {
  const { done, held, failed, abort } = applied;
  const now = deps.clock.now();
  const run: EndedRun = {
    at: iso(now),
    tookMs: Math.max(0, now - startedAt),
    done: done.length,
    held: held.length,
    failed: failed.length,
    ...(abort && { aborted: { why: abort.why, ...(goesOn(applied) && { progress: true }) } }),
  };
  lease.stageApplication({ runs: withRun(lease.application.runs, run) });
}
