import { epoch } from '../core/values/time.ts';
import type { ApplicationState } from '../ledger/ledger.ts';
import type { Dependencies } from './dependencies.ts';
import { usageNow } from './usage.ts';

/** Tells the client for RunCloud what the ledger remembers of pauses and of the quota, before the first request of a run. */
export function recallLimits(
  deps: Pick<Dependencies, 'runcloud' | 'quota' | 'clock'>,
  application: ApplicationState,
): void {
  const { quietUntil, block, snapshot } = application;
  deps.runcloud.limits.recall({
    quietUntil: quietUntil === undefined ? 0 : epoch(quietUntil),
    block: block ?? undefined,
    situation: { share: usageNow(deps, application).quota?.share ?? 0, hasWorked: snapshot !== undefined },
  });
}
