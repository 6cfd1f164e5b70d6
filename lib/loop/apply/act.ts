/** What runs over some domains and runs over all of them have in common: looking at everything, and doing what was planned. */

import { marked } from '../../core/domain/transitions.ts';
import { holds, type Stop } from '../../core/plan/hold.ts';
import type { Plan } from '../../core/plan/plan.ts';
import { isLedgerStep, type RunCloudStep, type Step } from '../../core/plan/step.ts';
import { iso } from '../../core/values/time.ts';
import { createCertificateReader, createCertificateWriter } from '../../runcloud/certificates.ts';
import { createWriter, type RunCloudReader } from '../../runcloud/domains.ts';
import type { World } from '../dependencies.ts';
import type { Lease } from '../lease.ts';
import type { Observation } from '../observe/observe.ts';
import { apply, applyToLedger } from './apply.ts';
import { type Applied, NOTHING } from './context.ts';

/**
 * Takes the steps of a plan; does them as far as POLICY lets it. Under `observe` no writer exists, so nothing can be written: each
 * step that would touch RunCloud becomes a hold. Throws only where the ledger fails.
 */
export async function act(
  world: World,
  steps: readonly Step[],
  observation: Observation,
  reader: RunCloudReader,
  lease: Lease,
  until: number,
): Promise<Applied> {
  const { policy } = world.settings;
  const recorded = applyToLedger(world, lease, steps.filter(isLedgerStep), observation);
  const open = steps.filter((step): step is RunCloudStep => !isLedgerStep(step));
  if (policy === 'observe') {
    return { ...NOTHING, done: recorded, held: open.map((step) => holds.policy(step.domain, step.action, policy)) };
  }
  const patience = lease.patience(until);
  const writer = createWriter(world.runcloud, patience);
  const certificates = {
    reader: createCertificateReader(world.runcloud, patience),
    writer: createCertificateWriter(world.runcloud, patience),
  };
  const applied = await apply(open, { world, reader, writer, certificates, lease, observation });
  return { ...applied, done: [...recorded, ...applied.done] };
}

/**
 * Takes what ended a run early, or undefined where it came to its end, and over how much it went; notes that for those who ask. A run
 * over some domains may have asked nobody, so it does not take back what another one noted.
 */
export function noteStop(world: World, lease: Lease, stop: Stop | undefined, over: 'all' | 'some'): void {
  if (stop) {
    world.log.warn('A run ended early', { why: stop.why });
    lease.note({ stop: { ...stop, at: iso(world.clock.now()) } });
  } else if (over === 'all' && lease.notes.stop) {
    lease.note({ stop: null });
  }
}

/** Takes a plan; keeps what it marks, and returns the observation with that in it, for what is settled later in the run. */
export function mark<O extends Observation>(lease: Lease, { marks }: Plan, observation: O): O {
  const ledger = new Map(observation.input.ledger);
  for (const each of marks) {
    const record = ledger.get(each.domain) ?? { domain: each.domain, wish: undefined, state: {} };
    const state = marked(record.state, each);
    lease.keep(record, state);
    ledger.set(each.domain, { ...record, state });
  }
  return { ...observation, input: { ...observation.input, ledger } };
}
