/** The loop for some domains: as events bring them, or rechecks. RunCloud is asked for as little as one call. */
import { SETTLING_MS } from '../../core/certificates/decide.ts';
import type { MappingEvent } from '../../core/domain/mapping-request.ts';
import { LIST_AGE_FOR_UNKNOWN_CLOCK_MS } from '../../core/domain/pending-adds.ts';
import { type DomainRecord, isOurs } from '../../core/domain/record.ts';
import type { Desired } from '../../core/plan/desired.ts';
import { holds } from '../../core/plan/hold.ts';
import { plan } from '../../core/plan/plan.ts';
import type { HostName } from '../../core/values/host-name.ts';
import { epoch, MINUTE, SECOND, sayDuration } from '../../core/values/time.ts';
import type { Records } from '../../ledger/ledger.ts';
import type { RunCloudReader } from '../../runcloud/domains.ts';
import { RunCloudError } from '../../runcloud/error.ts';
import { asStop } from '../abort.ts';
import { act, mark, noteStop } from '../apply/act.ts';
import { type Applied, NOTHING } from '../apply/context.ts';
import type { World } from '../dependencies.ts';
import { type Lease, type WithLease, withLease } from '../lease.ts';
import { forOneRun } from '../observe/cached-dns.ts';
import { askNetwork, type NetworkRead, readNetwork } from '../observe/desired.ts';
import { lookAtAll, type Memory, type Observation, readerUnder, recall, requestsOf } from '../observe/observe.ts';
import { lookAround, readOutsideBriefly, type Sight } from '../observe/probe.ts';

// Whoever holds the lease may be done in a moment, or may have a long plan before it.
const RECHECK_WHEN_BUSY_MS = 5 * SECOND;
// What stopped a run concerns more than one domain; the next look is not worth having much sooner.
const RECHECK_WHEN_STOPPED_MS = MINUTE;
// Further away than this the schedule of `reconcile` comes first, and SQS delays no longer either.
const LONGEST_RECHECK_MS = 15 * MINUTE;

// Each takes two or three requests; a network of a thousand mappings is read whole with twenty.
const MOST_ASKED_ONE_BY_ONE = 10;

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
  given: World,
  domains: readonly HostName[],
  adding: readonly HostName[],
  until: number,
  get: { readonly records: () => Promise<Records>; readonly whenBusy?: () => Promise<unknown> },
): Promise<WithLease<Applied>> {
  const world = forOneRun(given);
  const ran = await withLease(world, adding, async (lease) => {
    const applied = await syncUnderLease(world, await get.records(), lease, until);
    noteStop(world, lease, applied.stop, 'some');
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
  observation = mark(lease, made, observation);
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
  // Where all names share one certificate, only the list tells how many they are.
  const isCounted = !(mayAdd && lease.notes.certificateMode?.mode === 'basic');
  if (facts && tally && isEnough && isDatable && isCounted && lease.inDoubt.length === 0) {
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
 * Looks at these domains from outside, due or not, since somebody asks about them now, and keeps what is seen. The limits of Let's Encrypt are counted over
 * all domains, so where a certificate may be asked for, all of them are read.
 */
async function lookOutside(
  world: World,
  records: Records,
  lease: Lease,
  until: number,
): Promise<{ looked: Records; certificates: Memory['certificates'] }> {
  const patience = lease.patience(until);
  const outside = await readOutsideBriefly(world, patience, lease.notes);
  lease.note(outside.news);
  const sights = [...records.values()]
    .map((record): Sight => ({ record, actual: record.state.seen }))
    .filter(({ record, actual }) => (actual ? isOurs(record.state, actual) : outside.mode === 'basic'))
    .filter(({ record }) => record.wish?.kind !== 'unmapped');
  const looked = new Map(records);
  for (const [domain, state] of await lookAround(world, sights, outside, patience)) {
    const record = records.get(domain) as DomainRecord;
    lease.keep(record, state);
    looked.set(domain, { ...record, state });
  }
  const shared = lease.notes.sharedCertificate ?? undefined;
  // Only these may end in a request for a certificate.
  const isOpen = [...looked.values()].some(
    ({ wish, state: { owned, seen, look } }) =>
      owned !== undefined &&
      seen !== undefined &&
      wish?.kind !== 'unmapped' &&
      look?.certificate?.verdict.kind !== 'valid',
  );
  const counted = isOpen ? await world.ledger.readAll() : looked;
  return { looked, certificates: { ...outside, shared, requests: requestsOf(counted, shared) } };
}

/** Asks the network about these domains one by one, or reads all of it where that is less. */
async function askAbout(world: World, records: Records, lease: Lease, until: number): Promise<NetworkRead> {
  const patience = lease.patience(until);
  const isMany = records.size > MOST_ASKED_ONE_BY_ONE;
  return isMany ? readNetwork(world, patience) : askNetwork(world, lease.notes.network, records, patience);
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
