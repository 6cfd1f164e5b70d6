/**
 * The loop: observe, plan, apply, record. `syncEvents` and `syncDomains` run it for some domains and ask RunCloud for as
 * little as one call; `reconcile` runs it for everything, and is what makes good whatever the others missed.
 */
import { planAdoption, type ToAdopt } from '../core/adoption.ts';
import { SETTLING_MS } from '../core/certify.ts';
import { LIST_AGE_FOR_UNKNOWN_CLOCK_MS } from '../core/doubt.ts';
import { holds, type Stop } from '../core/hold.ts';
import type { HostName } from '../core/host-name.ts';
import { isLedgerStep, type Plan, type PlanInput, plan, type RunCloudStep, type Step } from '../core/plan.ts';
import { type DomainRecord, isOurs } from '../core/record.ts';
import { countCertificates } from '../core/status.ts';
import { tallyOf } from '../core/tally.ts';
import { epoch, iso, LATEST_LIST_MS, MINUTE, SECOND, sayDuration } from '../core/time.ts';
import type { Desired } from '../core/want.ts';
import type { MappingEvent } from '../core/wish.ts';
import type { Notes, Records } from '../ledger/ledger.ts';
import { createCertificateReader, createCertificateWriter } from '../runcloud/certificates.ts';
import { createReader, createWriter, type RunCloudReader } from '../runcloud/domains.ts';
import { RunCloudError } from '../runcloud/error.ts';
import { type Applied, apply, applyToLedger, asStop } from './apply.ts';
import { askNetwork, type NetworkRead, readNetwork } from './desired.ts';
import { type Lease, type WithLease, withLease } from './lease.ts';
import {
  type FreshObservation,
  type Looking,
  type Memory,
  NO_FACTS,
  type Observation,
  observe,
  recall,
  remember,
  requestsOf,
} from './observe.ts';
import { isDue, knownOutside, lookAround, readOutside, type Sight } from './outside.ts';
import type { World } from './world.ts';
import { writeBack } from './write-back.ts';

// Whoever holds the lease may be done in a moment, or may have a long plan before it.
const RECHECK_WHEN_BUSY_MS = 5 * SECOND;
// What stopped a run concerns more than one domain; the next look is not worth having much sooner.
const RECHECK_WHEN_STOPPED_MS = MINUTE;
// Further away than this the schedule of `reconcile` comes first, and SQS delays no longer either.
const LONGEST_RECHECK_MS = 15 * MINUTE;

/** Time that must be left when the last request to RunCloud is sent (ms): its time-out (30 s), and 10 s to write things down. */
export const RESERVE_MS = 40 * SECOND;

const NOTHING: Applied = { done: [], held: [], failed: [], writes: 0, stop: undefined };

// Each takes two or three requests; a network of a thousand mappings is read whole with twenty.
const MOST_ASKED_ONE_BY_ONE = 10;

export type Ran = { readonly plan: Plan; readonly applied: Applied; readonly input: PlanInput };

/**
 * Takes events and the moment (ms) to end by. Records their wishes before anything else; then does what can be done for
 * their domains, and asks for a recheck of the rest. Returns what came of it, or that another run is at work.
 * Throws only where the ledger fails: then the events are to be delivered again.
 */
export async function syncEvents(
  world: World,
  events: readonly MappingEvent[],
  until: number,
): Promise<WithLease<Applied>> {
  const domains = [...new Set(events.map((event) => event.domain))];
  // Only mapped ones can be added; to call more of them "in doubt" could make a foreign domain look like ours.
  const mapped = world.settings.policy === 'observe' ? [] : events.filter((event) => event.wish.kind === 'mapped');
  const adding = [...new Set(mapped.map((event) => event.domain))];
  const record = async (): Promise<Records> => world.ledger.recordWishes(events);
  return targeted(world, domains, adding, until, { records: record, whenBusy: record });
}

/** The same for domains whose wishes are in the ledger already: what `world.recheck` brings back. */
export async function syncDomains(
  world: World,
  domains: readonly HostName[],
  until: number,
): Promise<WithLease<Applied>> {
  return targeted(world, domains, [], until, { records: async () => world.ledger.read(domains) });
}

async function targeted(
  world: World,
  domains: readonly HostName[],
  adding: readonly HostName[],
  until: number,
  get: { readonly records: () => Promise<Records>; readonly whenBusy?: () => Promise<unknown> },
): Promise<WithLease<Applied>> {
  const ran = await withLease(world, adding, async (lease) => {
    const applied = await syncUnderLease(world, await get.records(), lease, until);
    noteStop(world, lease, applied.stop);
    return applied;
  });
  if (ran.kind === 'busy') {
    // Wishes are recorded all the same, so nothing is lost with the message that brought them.
    await get.whenBusy?.();
    await world.recheck(domains, RECHECK_WHEN_BUSY_MS);
  } else {
    await recheckUnfinished(world, ran.result);
  }
  return ran;
}

/** A certificate is asked for a moment after its domain was added, and seen a moment after it was asked for. */
async function recheckCertificates(world: World, { done }: Applied, { input }: Observation): Promise<void> {
  // The others are looked after in whole runs: AutoSSL by RunCloud, and a shared certificate for all its names together.
  if (input.certificates.mode !== 'advanced') return;
  const fresh = done.filter(({ action }) => action === 'add' || action === 'issue').map(({ domain }) => domain);
  if (fresh.length > 0) await recheckSoon(world, fresh, SETTLING_MS + SECOND);
}

async function syncUnderLease(world: World, records: Records, lease: Lease, until: number): Promise<Applied> {
  const reader = readerUnder(lease, world, until);
  let observation: Observation;
  try {
    observation = await lookForSome(world, reader, records, lease, until);
  } catch (error) {
    const stop = asStop(error);
    const held = [...records.values()].map(({ domain, wish }) =>
      holds.stopped(domain, wish?.kind === 'unmapped' ? 'remove' : 'add', stop),
    );
    return { ...NOTHING, held, stop };
  }
  const made = plan({ ...observation.input, desired: desiredOf(observation.input.desired, records) });
  const applied = await act(world, made.steps, observation, reader, lease, until);
  await recheckCertificates(world, applied, observation);
  // The rest of the application is not what was asked about.
  const concerning = made.holds.filter((hold) => records.has(hold.domain as HostName));
  return { ...applied, held: [...concerning, ...applied.held] };
}

/** What is wanted of these domains alone: of the others it is not known here whether they are on RunCloud. */
function desiredOf(desired: Desired, records: Records): Desired {
  if (desired.from !== 'network') return desired;
  return { ...desired, mappings: desired.mappings.filter(({ domain }) => records.has(domain)) };
}

/** What is remembered, where that is enough for what is to be done; else a fresh look, for the reasons given in it. */
async function lookForSome(
  world: World,
  reader: RunCloudReader,
  records: Records,
  lease: Lease,
  until: number,
): Promise<Observation> {
  const { facts, tally } = lease.notes;
  const network = await askAbout(world, records, lease, until);
  const toRemove = [...records.values()].filter(({ wish, state }) => state.owned && wish?.kind === 'unmapped');
  // Where RunCloud does not say which domain is the primary one, only a fresh list tells how many would be left; and what
  // is ours and was not listed is given up only when it is not listed again.
  const isEnough = toRemove.length === 0 || (facts?.primary && toRemove.every(({ state }) => !state.goneSince));
  // Before RunCloud's clock is known, only a young list tells a new object from an old one.
  const isYoung = facts && world.clock.now() - epoch(facts.observedAt) < LIST_AGE_FOR_UNKNOWN_CLOCK_MS;
  const mayAdd = [...records.values()].some(({ wish, state }) => !state.seen && wish?.kind === 'mapped');
  const isDatable = lease.notes.clock || !facts?.isDated || isYoung || !mayAdd;
  if (facts && tally && isEnough && isDatable && lease.inDoubt.length === 0) {
    const { looked, certificates } = await lookOutside(world, records, lease, until);
    return recall(world, looked, { facts, tally, network: lease.notes.network, certificates }, network);
  }
  // A list that cannot be read to its end in time would only cost requests: `reconcile` has more of it.
  if (facts?.tookMs && world.clock.now() + facts.tookMs > until) {
    throw new RunCloudError(
      'no-time-left',
      `RunCloud's whole list is needed first, and reading it took ${sayDuration(facts.tookMs)}, which is longer than this run has.`,
      'Nothing: the next run over all domains reads it.',
    );
  }
  const fresh = await lookAtAll(world, reader, network, lease, { whom: new Set(records.keys()), until });
  const some = new Map([...fresh.input.ledger].filter(([domain]) => records.has(domain)));
  return { ...fresh, input: { ...fresh.input, ledger: some } };
}

/**
 * Looks at these domains from outside, as far as that is due, and keeps what is seen. The limits of Let's Encrypt are counted over
 * all domains, so where a certificate may be asked for, all of them are read.
 */
async function lookOutside(
  world: World,
  records: Records,
  lease: Lease,
  until: number,
): Promise<{ looked: Records; certificates: Memory['certificates'] }> {
  const patience = { until, before: async () => lease.ensure() };
  const outside = await readOutside(world, patience, lease.notes);
  lease.note(outside.news);
  const now = world.clock.now();
  const sights = [...records.values()]
    .map((record): Sight => ({ record, actual: record.state.seen }))
    .filter(({ record, actual }) => (actual ? isOurs(record.state, actual) : outside.mode === 'basic'))
    .filter((sight) => sight.record.wish?.kind !== 'unmapped' && isDue(sight, now));
  const looked = new Map(records);
  for (const [domain, state] of await lookAround(world, sights, outside, patience)) {
    const record = records.get(domain) as DomainRecord;
    lease.keep(record, state);
    looked.set(domain, { ...record, state });
  }
  const shared = lease.notes.sharedCertificate ?? undefined;
  const isOpen = sights.some(
    ({ record }) => looked.get(record.domain)?.state.look?.certificate?.verdict.kind !== 'valid',
  );
  const counted = isOpen ? await world.ledger.readAll() : looked;
  return { looked, certificates: { ...outside, shared, requests: requestsOf(counted, shared) } };
}

/** Asks the network about these domains one by one, or reads all of it where that is less. */
async function askAbout(world: World, records: Records, lease: Lease, until: number): Promise<NetworkRead> {
  const patience = { until, before: async () => lease.ensure() };
  const isMany = records.size > MOST_ASKED_ONE_BY_ONE;
  return isMany ? readNetwork(world, patience) : askNetwork(world, lease.notes.network, records, patience);
}

/** Reading a long list takes minutes: the lease is held on to meanwhile. */
function readerUnder(lease: Lease, { runcloud }: World, until: number): RunCloudReader {
  return createReader(runcloud, { until, before: async () => lease.ensure() });
}

async function lookAtAll(
  world: World,
  reader: RunCloudReader,
  network: NetworkRead,
  lease: Lease,
  { whom, until }: { readonly whom: Looking['whom']; readonly until: number },
): Promise<FreshObservation> {
  const patience = { until, before: async () => lease.ensure() };
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
  return full(world, until, (observation) => {
    const made = planAdoption(wanted, observation.input);
    return { plan: made, steps: made.steps, next: 'nothing' };
  });
}

/** What of a plan is to be done, and whether the network is told afterwards which domains are live. */
type Chosen = { readonly plan: Plan; readonly steps: readonly Step[]; readonly next: 'write back' | 'nothing' };

async function full(
  world: World,
  until: number,
  choose: (observation: Observation) => Chosen,
  noteOf: (applied: Applied) => Notes = () => ({}),
): Promise<WithLease<Ran>> {
  return withLease(world, [], async (lease) => {
    const reader = readerUnder(lease, world, until);
    try {
      const network = await readNetwork(world, { until, before: async () => lease.ensure() });
      const observation = await lookAtAll(world, reader, network, lease, { whom: 'all', until });
      const chosen = choose(observation);
      mark(lease, chosen.plan, observation);
      const applied = await act(world, chosen.steps, observation, reader, lease, until);
      const all = { ...applied, held: [...chosen.plan.holds, ...applied.held] };
      noteStop(world, lease, applied.stop);
      lease.note(noteOf(all));
      if (chosen.next === 'write back' && !applied.stop) {
        const changed = new Set([...chosen.steps, ...chosen.plan.marks].map(({ domain }) => domain));
        await writeBack(world, { network, observation, changed }, lease, until);
      }
      return { plan: chosen.plan, applied: all, input: observation.input };
    } catch (error) {
      if (error instanceof RunCloudError) noteStop(world, lease, asStop(error));
      throw error;
    }
  });
}

/** Returns what `reconcile` would do now. Writes neither RunCloud nor the ledger, and needs no lease. Throws RunCloudError. */
export async function look(
  world: World,
  until: number,
): Promise<{ plan: Plan; observation: Observation; notes: Notes }> {
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

/** Under `observe` no writer exists, so nothing can be written: each step that would touch RunCloud becomes a hold. */
async function act(
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
  const patience = { until, before: async () => lease.ensure() };
  const writer = createWriter(world.runcloud, patience);
  const certificates = {
    reader: createCertificateReader(world.runcloud, patience),
    writer: createCertificateWriter(world.runcloud, patience),
  };
  const applied = await apply(open, { world, reader, writer, certificates, lease, observation });
  return { ...applied, done: [...recorded, ...applied.done] };
}

function mark(lease: Lease, { marks }: Plan, { input }: Observation): void {
  for (const { domain, missingSince } of marks) {
    const before = input.ledger.get(domain)?.state ?? {};
    const { missingSince: _, ...state } = before;
    lease.keep({ domain, state: before }, missingSince ? { ...state, missingSince } : state);
  }
}

function noteStop(world: World, lease: Lease, stop: Stop | undefined): void {
  if (stop) {
    world.log.warn('A run ended early', { why: stop.why });
    lease.note({ stop: { ...stop, at: iso(world.clock.now()) } });
  } else if (lease.notes.stop) {
    lease.note({ stop: null });
  }
}

async function recheckUnfinished(world: World, { failed, held }: Applied): Promise<void> {
  const now = world.clock.now();
  const quietFor = world.runcloud.quietUntil - now;
  const stopped = held.filter((hold) => hold.code === 'stopped').map((hold) => hold.domain as HostName);
  if (stopped.length > 0) await recheckSoon(world, stopped, Math.max(RECHECK_WHEN_STOPPED_MS, quietFor));
  for (const { domain, dueAt } of failed) await recheckSoon(world, [domain], Date.parse(dueAt) - now);
}

async function recheckSoon(world: World, domains: readonly HostName[], afterMs: number): Promise<void> {
  if (afterMs <= LONGEST_RECHECK_MS) await world.recheck(domains, afterMs);
}
