/** The loop for some domains: as events bring them, or rechecks. RunCloud is asked for as little as one call. */
import { AFTER_ADD_MS } from '../../core/certificates/request-waits.ts';
import type { MappingEvent } from '../../core/domain/mapping-request.ts';
import { type DomainRecord, isOurs } from '../../core/domain/record.ts';
import type { DesiredSource } from '../../core/plan/desired.ts';
import { holds } from '../../core/plan/hold.ts';
import { plan } from '../../core/plan/plan.ts';
import { isCarriedOut } from '../../core/plan/policy.ts';
import type { HostName } from '../../core/values/host-name.ts';
import { formatDuration, MINUTE, SECOND } from '../../core/values/time.ts';
import type { Records } from '../../ledger/ledger.ts';
import type { RunCloudReader } from '../../runcloud/domains.ts';
import { RunCloudError } from '../../runcloud/error.ts';
import { asAbort, stageAbort } from '../abort.ts';
import { applyPlan } from '../apply/apply.ts';
import { type Applied, NOTHING } from '../apply/context.ts';
import { stageUpdates } from '../apply/record-outcome.ts';
import type { Dependencies } from '../dependencies.ts';
import { type Lease, type WithLease, withLease } from '../lease.ts';
import { withRunDns } from '../observe/cached-dns.ts';
import { askNetwork, type NetworkRead, readNetwork } from '../observe/desired.ts';
import {
  leasedReader,
  type Observation,
  observeAll,
  type RememberedApplication,
  recallObservation,
  requestsOf,
} from '../observe/observe.ts';
import { type ProbeTarget, probeTargets, readServerInfoBriefly } from '../observe/probe.ts';

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
  deps: Dependencies,
  events: readonly MappingEvent[],
  deadline: number,
): Promise<WithLease<Applied>> {
  const domains = [...new Set(events.map((event) => event.domain))];
  // Only mapped ones can be added; to call more of them "in doubt" could make a foreign domain look like ours.
  const mapped = isCarriedOut(deps.settings.policy, 'add')
    ? events.filter((event) => event.request.kind === 'mapped')
    : [];
  const adding = [...new Set(mapped.map((event) => event.domain))];
  const record = async (): Promise<Records> => deps.ledger.recordRequests(events);
  return runOverSome(deps, domains, adding, deadline, { records: record, whenBusy: record });
}

/** The same for domains whose wishes are in the ledger already: what `world.recheck` brings back. */
export async function syncDomains(
  deps: Dependencies,
  domains: readonly HostName[],
  deadline: number,
): Promise<WithLease<Applied>> {
  return runOverSome(deps, domains, [], deadline, { records: async () => deps.ledger.read(domains) });
}

async function runOverSome(
  given: Dependencies,
  domains: readonly HostName[],
  adding: readonly HostName[],
  deadline: number,
  get: { readonly records: () => Promise<Records>; readonly whenBusy?: () => Promise<unknown> },
): Promise<WithLease<Applied>> {
  const deps = withRunDns(given);
  const ran = await withLease(deps, adding, async (lease) => {
    const applied = await syncUnderLease(deps, await get.records(), lease, deadline);
    stageAbort(deps, lease, applied.abort, 'some');
    return applied;
  });
  if (ran.kind === 'busy') {
    // Wishes are recorded all the same, so nothing is lost with the message that brought them.
    await get.whenBusy?.();
    await deps.recheck(domains, RECHECK_WHEN_BUSY_MS);
  } else {
    await recheckUnfinished(deps, ran.result);
  }
  return ran;
}

/** A certificate is asked for a moment after its domain was added, and seen a moment after it was asked for. */
async function recheckCertificates(deps: Dependencies, { done }: Applied, { input }: Observation): Promise<void> {
  // The others are looked after in whole runs: AutoSSL by RunCloud, and a shared certificate for all its names together.
  if (input.certificates.mode !== 'advanced') return;
  const fresh = done.filter(({ action }) => action === 'add' || action === 'issue').map(({ domain }) => domain);
  if (fresh.length > 0) await recheckSoon(deps, fresh, AFTER_ADD_MS + SECOND);
}

async function syncUnderLease(deps: Dependencies, records: Records, lease: Lease, deadline: number): Promise<Applied> {
  const reader = leasedReader(lease, deps, deadline);
  let observation: Observation;
  try {
    observation = await observeSome(deps, reader, records, lease, deadline);
  } catch (error) {
    const abort = asAbort(error);
    const held = [...records.values()].map(({ domain, request }) =>
      holds.stopped(domain, request?.kind === 'unmapped' ? 'remove' : 'add', abort),
    );
    return { ...NOTHING, held, abort };
  }
  const made = plan({ ...observation.input, desired: desiredOf(observation.input.desired, records) });
  observation = stageUpdates(lease, made, observation);
  const applied = await applyPlan(deps, made.steps, observation, reader, lease, deadline);
  await recheckCertificates(deps, applied, observation);
  // The rest of the application is not what was asked about.
  const concerning = made.holds.filter((hold) => records.has(hold.domain as HostName));
  return { ...applied, held: [...concerning, ...applied.held] };
}

/** What is wanted of these domains alone: of the others it is not known here whether they are on RunCloud. */
function desiredOf(desired: DesiredSource, records: Records): DesiredSource {
  if (desired.from !== 'network') return desired;
  return { ...desired, mappings: desired.mappings.filter(({ domain }) => records.has(domain)) };
}

/** What is remembered, where that is enough for what is to be done; else a fresh look, for the reasons given in it. */
async function observeSome(
  deps: Dependencies,
  reader: RunCloudReader,
  records: Records,
  lease: Lease,
  deadline: number,
): Promise<Observation> {
  const { snapshot, removals } = lease.application;
  const network = await askAbout(deps, records, lease, deadline);
  const toRemove = [...records.values()].filter(({ request, state }) => state.owned && request?.kind === 'unmapped');
  // Where RunCloud does not say which domain is the primary one, only a fresh list tells how many would be left; and what
  // is ours and was not listed is given up only when it is not listed again.
  const isEnough = toRemove.length === 0 || (snapshot?.primary && toRemove.every(({ state }) => !state.goneSince));
  const mayAdd = [...records.values()].some(({ request, state }) => !state.seen && request?.kind === 'mapped');
  // Where all names share one certificate, only the list tells how many they are.
  const isCounted = !(mayAdd && lease.application.certificateMode?.mode === 'basic');
  if (snapshot && removals && isEnough && isCounted && lease.pendingAdds.length === 0) {
    const { looked, certificates } = await probeSome(deps, records, lease, deadline);
    return recallObservation(
      deps,
      looked,
      { snapshot, removals, network: lease.application.network, certificates },
      network,
    );
  }
  // A list that cannot be read to its end in time would only cost requests: `reconcile` has more of it.
  if (snapshot?.tookMs && deps.clock.now() + snapshot.tookMs > deadline) {
    throw new RunCloudError(
      'no-time-left',
      `RunCloud's whole list is needed first, and reading it took ${formatDuration(snapshot.tookMs)}, which is longer than this run has.`,
      'Nothing: the next run over all domains reads it.',
    );
  }
  const fresh = await observeAll(deps, reader, network, lease, { scope: new Set(records.keys()), deadline });
  const some = new Map([...fresh.input.ledger].filter(([domain]) => records.has(domain)));
  return { ...fresh, input: { ...fresh.input, ledger: some } };
}

/**
 * Looks at these domains from outside, due or not, since somebody asks about them now, and keeps what is seen. The limits of Let's Encrypt are counted over
 * all domains, so where a certificate may be asked for, all of them are read.
 */
async function probeSome(
  deps: Dependencies,
  records: Records,
  lease: Lease,
  deadline: number,
): Promise<{ looked: Records; certificates: RememberedApplication['certificates'] }> {
  const options = lease.requestOptions(deadline);
  const outside = await readServerInfoBriefly(deps, options, lease.application);
  lease.stageNotes(outside.news);
  const targets = [...records.values()]
    .map((record): ProbeTarget => ({ record, actual: record.state.seen }))
    .filter(({ record, actual }) => (actual ? isOurs(record.state, actual) : outside.mode === 'basic'))
    .filter(({ record }) => record.request?.kind !== 'unmapped');
  const looked = new Map(records);
  for (const [domain, state] of await probeTargets(deps, targets, outside, options)) {
    const record = records.get(domain) as DomainRecord;
    lease.stageState(record, state);
    looked.set(domain, { ...record, state });
  }
  const shared = lease.application.sharedCertificate ?? undefined;
  // Only these may end in a request for a certificate.
  const isOpen = [...looked.values()].some(
    ({ request, state: { owned, seen, probe } }) =>
      owned !== undefined &&
      seen !== undefined &&
      request?.kind !== 'unmapped' &&
      probe?.certificate?.verdict.kind !== 'valid',
  );
  const counted = isOpen ? await deps.ledger.readAll() : looked;
  return { looked, certificates: { ...outside, shared, requests: requestsOf(counted, shared) } };
}

/** Asks the network about these domains one by one, or reads all of it where that is less. */
async function askAbout(deps: Dependencies, records: Records, lease: Lease, deadline: number): Promise<NetworkRead> {
  const options = lease.requestOptions(deadline);
  const isMany = records.size > MOST_ASKED_ONE_BY_ONE;
  return isMany ? readNetwork(deps, options) : askNetwork(deps, lease.application.network, records, options);
}

async function recheckUnfinished(deps: Dependencies, { failed, held }: Applied): Promise<void> {
  const now = deps.clock.now();
  const quietFor = deps.runcloud.quietUntil - now;
  const stopped = held.filter((hold) => hold.code === 'stopped').map((hold) => hold.domain as HostName);
  if (stopped.length > 0) await recheckSoon(deps, stopped, Math.max(RECHECK_WHEN_STOPPED_MS, quietFor));
  for (const { domain, dueAt } of failed) await recheckSoon(deps, [domain], Date.parse(dueAt) - now);
}

async function recheckSoon(deps: Dependencies, domains: readonly HostName[], afterMs: number): Promise<void> {
  if (afterMs <= LONGEST_RECHECK_MS) await deps.recheck(domains, afterMs);
}
