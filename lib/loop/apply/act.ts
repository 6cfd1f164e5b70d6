/** What runs over some domains and runs over all of them have in common: looking at everything, and doing what was planned. */

import { marked } from '../../core/domain/transitions.ts';
import { holds, type Stop } from '../../core/plan/hold.ts';
import type { Plan } from '../../core/plan/plan.ts';
import { isLedgerStep, type RunCloudStep, type Step } from '../../core/plan/step.ts';
import { epoch, iso, LATEST_LIST_MS, SECOND } from '../../core/values/time.ts';
import { createCertificateReader, createCertificateWriter } from '../../runcloud/certificates.ts';
import { createReader, createWriter, type RunCloudReader } from '../../runcloud/domains.ts';
import type { World } from '../dependencies.ts';
import type { Lease } from '../lease.ts';
import type { NetworkRead } from '../observe/desired.ts';
import { type FreshObservation, type Looking, type Observation, observe, remember } from '../observe/observe.ts';
import { type Applied, apply, applyToLedger } from './apply.ts';

/** Time that must be left when the last request to RunCloud is sent (ms): its time-out (30 s), and 10 s to write things down. */
export const RESERVE_MS = 40 * SECOND;

/** What came of a run that did nothing. */
export const NOTHING: Applied = { done: [], held: [], failed: [], writes: 0, stop: undefined };

/** Takes the lease and the moment (ms) to end by; returns what reads RunCloud and holds on to the lease meanwhile: a long list takes minutes. */
export function readerUnder(lease: Lease, { runcloud }: World, until: number): RunCloudReader {
  return createReader(runcloud, lease.patience(until));
}

/**
 * Takes what the network said; looks at everything, and remembers what is seen. Throws RunCloudError where RunCloud's list cannot be
 * proven whole, and LeaseLostError.
 */
export async function lookAtAll(
  world: World,
  reader: RunCloudReader,
  network: NetworkRead,
  lease: Lease,
  { whom, until }: { readonly whom: Looking['whom']; readonly until: number },
): Promise<FreshObservation> {
  const patience = lease.patience(until);
  const fresh = await observe(world, reader, network, lease, { whom, patience });
  // Reading may have taken long; what another run wrote meanwhile must not be overwritten.
  await lease.ensure();
  await remember(lease, fresh);
  // A list that is late may still show it, but not for ever. Also what was unmapped since: then it is to go.
  lease.resolve(
    ({ domain, until }) =>
      fresh.input.ledger.get(domain)?.state.seen !== undefined || world.clock.now() > epoch(until) + LATEST_LIST_MS,
  );
  return fresh;
}

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
