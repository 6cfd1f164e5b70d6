/** What runs over some domains and runs over all of them have in common: looking at everything, and doing what was planned. */

import { applyUpdate } from '../../core/domain/transitions.ts';
import { holds, type RunAbort } from '../../core/plan/hold.ts';
import type { Plan } from '../../core/plan/plan.ts';
import { isLedgerStep, type RunCloudStep, type Step } from '../../core/plan/step.ts';
import { iso } from '../../core/values/time.ts';
import { createCertificateReader, createCertificateWriter } from '../../runcloud/certificates.ts';
import { createWriter, type RunCloudReader } from '../../runcloud/domains.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Lease } from '../lease.ts';
import type { Observation } from '../observe/observe.ts';
import { apply, applyToLedger } from './apply.ts';
import { type Applied, NOTHING } from './context.ts';

/**
 * Takes the steps of a plan; does them as far as POLICY lets it. Under `observe` no writer exists, so nothing can be written: each
 * step that would touch RunCloud becomes a hold. Throws only where the ledger fails.
 */
export async function applyPlan(
  deps: Dependencies,
  steps: readonly Step[],
  observation: Observation,
  reader: RunCloudReader,
  lease: Lease,
  deadline: number,
): Promise<Applied> {
  const { policy } = deps.settings;
  const recorded = applyToLedger(deps, lease, steps.filter(isLedgerStep), observation);
  const open = steps.filter((step): step is RunCloudStep => !isLedgerStep(step));
  if (policy === 'observe') {
    return { ...NOTHING, done: recorded, held: open.map((step) => holds.policy(step.domain, step.action, policy)) };
  }
  const options = lease.requestOptions(deadline);
  const writer = createWriter(deps.runcloud, options);
  const certificates = {
    reader: createCertificateReader(deps.runcloud, options),
    writer: createCertificateWriter(deps.runcloud, options),
  };
  const applied = await apply(open, { deps, reader, writer, certificates, lease, observation });
  return { ...applied, done: [...recorded, ...applied.done] };
}

/**
 * Takes what ended a run early, or undefined where it came to its end, and over how much it went; notes that for those who ask. A run
 * over some domains may have asked nobody, so it does not take back what another one noted.
 */
export function stageAbort(deps: Dependencies, lease: Lease, stop: RunAbort | undefined, over: 'all' | 'some'): void {
  if (stop) {
    deps.log.warn('A run ended early', { why: stop.why });
    lease.stageNotes({ abort: { ...stop, at: iso(deps.clock.now()) } });
  } else if (over === 'all' && lease.application.abort) {
    lease.stageNotes({ abort: null });
  }
}

/** Takes a plan; keeps what it marks, and returns the observation with that in it, for what is settled later in the run. */
export function stageUpdates<O extends Observation>(lease: Lease, { updates }: Plan, observation: O): O {
  const ledger = new Map(observation.input.ledger);
  for (const each of updates) {
    const record = ledger.get(each.domain) ?? { domain: each.domain, request: undefined, state: {} };
    const state = applyUpdate(record.state, each);
    lease.stageState(record, state);
    ledger.set(each.domain, { ...record, state });
  }
  return { ...observation, input: { ...observation.input, ledger } };
}
