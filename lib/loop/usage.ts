import { type Usage, usageOf } from '../core/quota/usage.ts';
import type { ApplicationState } from '../ledger/ledger.ts';
import type { Dependencies } from './dependencies.ts';

/** With the requests that the ledger does not have yet. */
export function usageNow(
  { runcloud, quota, clock }: Pick<Dependencies, 'runcloud' | 'quota' | 'clock'>,
  { calls = {} }: ApplicationState,
): Usage {
  return usageOf(runcloud.meter.on(calls), quota, clock.now());
}
