/** The loop for all domains, which makes good whatever events missed; and what an operator asks of all of them at once. */

import { tallyOf } from '../../core/domain/removal-count.ts';
import { planAdoption, type ToAdopt } from '../../core/plan/adopt.ts';
import type { PlanInput } from '../../core/plan/input.ts';
import { type Plan, plan } from '../../core/plan/plan.ts';
import type { Step } from '../../core/plan/step.ts';
import { countCertificates } from '../../core/report/status.ts';
import { epoch, iso } from '../../core/values/time.ts';
import type { Notes } from '../../ledger/ledger.ts';
import { createReader } from '../../runcloud/domains.ts';
import { RunCloudError } from '../../runcloud/error.ts';
import { asStop } from '../abort.ts';
import { act, mark, noteStop } from '../apply/act.ts';
import type { Applied } from '../apply/context.ts';
import { writeBack } from '../apply/mark-done.ts';
import type { World } from '../dependencies.ts';
import { type WithLease, withLease } from '../lease.ts';
import { forOneRun } from '../observe/cached-dns.ts';
import { type NetworkRead, readNetwork } from '../observe/desired.ts';
import { lookAtAll, NO_FACTS, type Observation, observe, readerUnder, recall, requestsOf } from '../observe/observe.ts';
import { knownOutside } from '../observe/probe.ts';

export type Ran = { readonly plan: Plan; readonly applied: Applied; readonly input: PlanInput };

/**
 * Takes the moment (ms) to end by. Looks at everything, mends what differs and returns what came of it, or that another
 * run is at work. Throws RunCloudError where RunCloud could not be asked: then nothing was changed.
 */
export async function reconcile(world: World, until: number): Promise<WithLease<Ran>> {
  const ran = await full(
    world,
    until,
    (observation) => {
      const made = plan(observation.input);
      return { plan: made, steps: made.steps, next: 'write back' };
    },
    ({ done, held, failed, stop }) => {
      const at = iso(world.clock.now());
      return stop ? {} : { lastReconcile: { at, done: done.length, held: held.length, failed: failed.length } };
    },
  );
  if (ran.kind === 'ran') {
    const { plan: made, applied, input } = ran.result;
    const { failed, expiring } = countCertificates(input);
    world.measure({
      ReconcileSucceeded: applied.stop ? 0 : 1,
      HeldByBrake: made.braked.length,
      ...(world.network && { NetworkRead: made.caution === undefined ? 1 : 0 }),
      CertificatesFailed: failed,
      CertificatesExpiring: expiring,
    });
  }
  return ran;
}

export type Checked =
  | { readonly kind: 'applied'; readonly ran: Ran }
  | { readonly kind: 'differs'; readonly plan: Plan };

/**
 * Takes the checksum of a plan somebody looked through. Does that plan, with the removals its brake holds, if it is still
 * what the planner says; does nothing otherwise and returns the plan as it is now.
 */
export async function applyChecked(world: World, checksum: string, until: number): Promise<WithLease<Checked>> {
  const ran = await full(world, until, (observation) => {
    const made = plan(observation.input);
    const approved = made.checksum === checksum ? [...made.steps, ...made.braked] : [];
    const braked = new Set(made.braked.map((step) => step.domain as string));
    const lifted = approved.length > 0 ? made.holds.filter((hold) => !braked.has(hold.domain)) : made.holds;
    const next = made.checksum === checksum ? 'write back' : 'nothing';
    return { plan: { ...made, holds: lifted }, steps: approved, next };
  });
  if (ran.kind === 'busy') return ran;
  const same = ran.result.plan.checksum === checksum;
  const result: Checked = same ? { kind: 'applied', ran: ran.result } : { kind: 'differs', plan: ran.result.plan };
  return { kind: 'ran', result };
}

/** Takes what an operator wants adopted; writes nothing but the ledger. */
export async function adopt(world: World, wanted: ToAdopt, until: number): Promise<WithLease<Ran>> {
  return full(world, until, ({ input }) => {
    // What is mapped is what the network says; events that it may have contradicted do not stand in for it.
    const isUnknown = wanted === 'all' && input.desired.from === 'nowhere';
    const made = planAdoption(isUnknown ? [] : wanted, input);
    return { plan: made, steps: made.steps, next: 'nothing' };
  });
}

/** What of a plan is to be done, and whether the network is told afterwards which domains are live. */
type Chosen = { readonly plan: Plan; readonly steps: readonly Step[]; readonly next: 'write back' | 'nothing' };

async function full(
  given: World,
  until: number,
  choose: (observation: Observation) => Chosen,
  noteOf: (applied: Applied) => Notes = () => ({}),
): Promise<WithLease<Ran>> {
  const world = forOneRun(given);
  return withLease(world, [], async (lease) => {
    const reader = readerUnder(lease, world, until);
    try {
      const network = await readNetwork(world, lease.patience(until));
      const observation = await lookAtAll(world, reader, network, lease, { whom: 'all', until });
      const chosen = choose(observation);
      const marked = mark(lease, chosen.plan, observation);
      const applied = await act(world, chosen.steps, marked, reader, lease, until);
      const all = { ...applied, held: [...chosen.plan.holds, ...applied.held] };
      noteStop(world, lease, applied.stop, 'all');
      lease.note(noteOf(all));
      if (chosen.next === 'write back' && !applied.stop) {
        const changed = new Set([...chosen.steps, ...chosen.plan.marks].map(({ domain }) => domain));
        await writeBack(world, { network, observation, changed }, lease, until);
      }
      return { plan: chosen.plan, applied: all, input: observation.input };
    } catch (error) {
      if (error instanceof RunCloudError) noteStop(world, lease, asStop(error), 'all');
      throw error;
    }
  });
}

/** Returns what `reconcile` would do now. Writes neither RunCloud nor the ledger, and needs no lease. Throws RunCloudError. */
export async function look(
  given: World,
  until: number,
): Promise<{ plan: Plan; observation: Observation; notes: Notes }> {
  const world = forOneRun(given);
  const notes = await world.ledger.readNotes();
  if (notes.quietUntil) world.runcloud.keepQuietUntil(epoch(notes.quietUntil));
  const network = await readNetwork(world, { until });
  const reader = createReader(world.runcloud, { until });
  const looking = { whom: 'all', patience: { until } } as const;
  const observation = await observe(world, reader, network, { inDoubt: [], notes }, looking);
  return { plan: plan(observation.input), observation, notes };
}

/** Returns the same as far as the ledger remembers it, for when RunCloud cannot be asked. Asks nobody else. */
export async function lookBack(world: World): Promise<{ plan: Plan; observation: Observation; notes: Notes }> {
  const notes = await world.ledger.readNotes();
  const records = await world.ledger.readAll();
  const tally = notes.tally ?? tallyOf(records.values(), world.clock.now());
  const shared = notes.sharedCertificate ?? undefined;
  const certificates = { ...knownOutside(notes), shared, requests: requestsOf(records, shared) };
  const memory = { facts: notes.facts ?? NO_FACTS, tally, network: notes.network, certificates };
  const network: NetworkRead = world.network ? { kind: 'unasked' } : { kind: 'none' };
  const observation = recall(world, records, memory, network);
  return { plan: plan(observation.input), observation, notes };
}
