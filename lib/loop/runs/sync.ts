/**
 * A run over some domains: those that events name, or rechecks. In the usual case it costs RunCloud one request.
 *
 * - Refuse events of another network (event-networks.ts).
 * - Take the lease. Where another run holds it, record the mapping requests all the same and recheck soon.
 * - Record the mapping requests before anything else, so that a crash loses none.
 * - Ask the network about these domains one by one; read its whole lists where there are many (desired.ts).
 * - Recall RunCloud's state from the ledger (recall.ts). Where that is not enough, read RunCloud's whole list (observe.ts).
 * - Plan for these domains alone (plan-confirmed.ts).
 * - Apply the plan (apply.ts), which checks each object that is to be changed or removed before it does so.
 * - Recheck what failed or was left for later, and new domains for their certificates (recheck.ts).
 */
import type { CertificateMode } from '../../core/certificates/mode.ts';
import type { MappingEvent } from '../../core/domain/mapping-request.ts';
import { ownsAny } from '../../core/domain/ownership.ts';
import type { DomainRecord } from '../../core/domain/record.ts';
import { admitEvents, afterAdmission } from '../../core/network/event-networks.ts';
import type { DesiredSource } from '../../core/plan/desired-source.ts';
import { type Hold, holds, type RunAbort } from '../../core/plan/hold.ts';
import { isCarriedOut } from '../../core/plan/policy.ts';
import { keepHoldsOf } from '../../core/report/kept-holds.ts';
import type { HostName } from '../../core/values/host-name.ts';
import { formatDuration, iso, SECOND } from '../../core/values/time.ts';
import type { Records } from '../../ledger/ledger.ts';
import { createReader, type RunCloudReader } from '../../runcloud/domains.ts';
import { RunCloudError } from '../../runcloud/error.ts';
import { asAbort, stageAbort } from '../abort.ts';
import { applyPlan } from '../apply/apply.ts';
import { type Applied, NOTHING } from '../apply/context.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Lease } from '../lease.ts';
import { withRunDns } from '../observe/cached-dns.ts';
import { askNetwork, desiredFrom, type NetworkRead, readNetwork } from '../observe/desired.ts';
import type { Observation } from '../observe/observation.ts';
import { observeAll } from '../observe/observe.ts';
import { ownedDomains } from '../observe/plan-input.ts';
import { probeSome } from '../observe/probe-some.ts';
import { recallObservation, rememberedApplication } from '../observe/recall.ts';
import { readServerInfoBriefly } from '../observe/server-info.ts';
import { stagePresent, stageUpdates } from '../observe/stage.ts';
import { type Present, readAllPresent, readPresent, recordPresent } from '../present.ts';
import { withRunClock } from '../run-clock.ts';
import { usageNow } from '../usage.ts';
import { type WithLease, withLease } from '../with-lease.ts';
import { admit, networkKnowledge } from './admit.ts';
import { type Planned, planConfirmed } from './plan-confirmed.ts';
import { type Hops, planRechecks, sendRechecks, wantedRechecks, withWornOut } from './recheck.ts';

// The run that holds the lease may be done in a moment, or may have a long plan before it.
const RECHECK_WHEN_BUSY_MS = 5 * SECOND;
// One domain takes three or four requests. A network with a thousand mappings is read whole with twenty.
const MOST_ASKED_ONE_BY_ONE = 10;

/** Nothing failed: another run is in the way of the events, which have to be delivered again. */
export class TooEarlyError extends Error {
  override readonly name = 'TooEarlyError';
}

/**
 * Stores the requests before it acts, so that a crash loses none, and rechecks what is unfinished at `deadline` (epoch ms).
 * @throws if the ledger fails, TooEarlyError too: deliver the events again then.
 */
export async function syncEvents(
  dependencies: Dependencies,
  events: readonly MappingEvent[],
  deadline: number,
): Promise<WithLease<Applied>> {
  const deps = withRunClock(dependencies, deadline);
  const { admitted, isNew } = await admit(deps, deps.eventsFrom, events);
  if (admitted.length === 0) {
    return withLease(deps, [], async (lease) => {
      stageNetworks(lease, events, admitted, deps);
      return NOTHING;
    });
  }
  const domains = [...new Set(admitted.map((event) => event.domain))];
  // Only what may be added is announced: under an announced name an object made by hand could count as ours.
  const mapped = isCarriedOut(deps.settings.policy, 'add')
    ? admitted.filter((event) => event.request.kind === 'mapped')
    : [];
  const adding = [...new Set(mapped.map((event) => event.domain))];
  const record = async () => recordPresent(deps, admitted);
  const records = async (lease: Lease): Promise<Present> => {
    stageNetworks(lease, events, admitted, deps);
    return record();
  };
  const whenBusy = async (): Promise<void> => {
    if (isNew) throw new TooEarlyError('The first event that names its network waits until the other run has ended.');
    const { undecided } = await record();
    if (undecided.length > 0) {
      throw new TooEarlyError('Which of two requests is the newer one is decided when the other run has ended.');
    }
  };
  const hops = new Map(domains.map((domain) => [domain, 0]));
  return runOverSome(deps, hops, adding, deadline, { records, whenBusy });
}

/**
 * Under the lease the events are judged again: only there no other run puts a network on record meanwhile. While another run holds
 * it, what was refused is in the log alone.
 *
 * @throws if another run did: deliver the events again then.
 */
function stageNetworks(
  lease: Lease,
  events: readonly MappingEvent[],
  admitted: readonly MappingEvent[],
  { clock, eventsFrom }: Dependencies,
): void {
  const known = networkKnowledge(eventsFrom, lease.application);
  const admission = admitEvents(events, known, clock.now());
  const isSame =
    admission.admitted.length === admitted.length && admission.admitted.every((event, at) => event === admitted[at]);
  if (!isSame) {
    throw new TooEarlyError('Another run put a network on record meanwhile, so the events are judged anew.');
  }
  const eventNetworks = afterAdmission(known.remembered, admission);
  if (eventNetworks) lease.stageApplication({ eventNetworks });
}

/**
 * The same for domains whose requests are in the ledger already: for rechecks.
 * @throws if the ledger fails.
 */
export async function syncDomains(
  dependencies: Dependencies,
  hops: Hops,
  deadline: number,
): Promise<WithLease<Applied>> {
  const deps = withRunClock(dependencies, deadline);
  return runOverSome(deps, hops, [], deadline, { records: async () => readPresent(deps, [...hops.keys()]) });
}

async function runOverSome(
  dependencies: Dependencies,
  hops: Hops,
  adding: readonly HostName[],
  deadline: number,
  get: { readonly records: (lease: Lease) => Promise<Present>; readonly whenBusy?: () => Promise<unknown> },
): Promise<WithLease<Applied>> {
  const deps = withRunDns(dependencies);
  const ran = await withLease(deps, adding, async (lease) => {
    const records = await stagePresent(deps, await get.records(lease), lease);
    const { applied, mode } = await syncUnderLease(deps, records, lease, deadline);
    const times = { now: deps.clock.now(), quietUntil: deps.runcloud.limits.quietUntil };
    const rechecks = planRechecks(wantedRechecks(applied, mode, times), hops, deps);
    stageAbort(deps, lease, applied.abort && withWornOut(applied.abort, rechecks), 'some');
    stageHolds(deps, lease, new Set(records.keys()), applied);
    return { applied, rechecks };
  });
  if (ran.kind === 'busy') {
    await get.whenBusy?.();
    const wanted = new Map([...hops.keys()].map((domain) => [domain, RECHECK_WHEN_BUSY_MS]));
    await sendRechecks(deps, planRechecks(wanted, hops, deps));
    return ran;
  }
  await sendRechecks(deps, ran.result.rechecks);
  return { kind: 'ran', result: ran.result.applied };
}

/** For those who ask the ledger before the next run over all domains. */
function stageHolds(
  { clock, settings }: Dependencies,
  lease: Lease,
  domains: ReadonlySet<string>,
  { held }: Applied,
): void {
  const before = lease.application.keptHolds;
  const keptHolds = keepHoldsOf(domains, { held, at: iso(clock.now()), before }, settings.subdomains);
  const isAsBefore = JSON.stringify(keptHolds) === JSON.stringify(before ?? { alike: [], leftOut: 0 });
  if (!isAsBefore) lease.stageApplication({ keptHolds });
}

type Synced = { readonly applied: Applied; readonly mode: CertificateMode | undefined };

async function syncUnderLease(deps: Dependencies, records: Records, lease: Lease, deadline: number): Promise<Synced> {
  const reader = createReader(deps.runcloud, lease.requestOptions(deadline));
  let planned: Planned<Observation>;
  try {
    const { input, ...observed } = await observeSome(deps, reader, records, lease, deadline);
    const aboutThese = { ...observed, input: { ...input, desired: onlyAbout(records, input.desired) } };
    planned = await planConfirmed(deps, aboutThese, lease.requestOptions(deadline));
  } catch (error) {
    const abort = asAbort(error);
    const held = [...records.values()].map(({ domain, request }) =>
      holds.stopped(domain, request?.kind === 'unmapped' ? 'remove' : 'add', abort),
    );
    return { applied: { ...NOTHING, held, abort }, mode: undefined };
  }
  const observation = stageUpdates(lease, planned.plan.updates, planned.observation);
  const applied = await applyPlan(deps, planned.plan.steps, observation, reader, lease, deadline);
  // A fresh list brings holds of domains that nobody asked about.
  const held = planned.plan.holds.filter((hold) => records.has(hold.domain as HostName));
  const undecided = [...records.values()].flatMap(undecidedHold);
  return {
    applied: { ...applied, held: [...undecided, ...held, ...applied.held] },
    mode: observation.input.certificates.mode,
  };
}

function undecidedHold({ domain, state: { contested } }: DomainRecord): readonly Hold[] {
  if (!contested) return [];
  const abort: RunAbort = {
    why: 'Another request about it has a time that is ahead of the clock of this machine, and no other clock tells which of the two is the newer one.',
    whatToDo:
      'Nothing, if RunCloud could not be asked: the next run decides. Otherwise set the clock that is wrong by a time server (NTP).',
  };
  return [holds.stopped(domain, contested.by.kind === 'unmapped' ? 'remove' : 'add', abort)];
}

/** Of the other mappings in the network's lists it is not known here whether they are on RunCloud: they would look absent. */
function onlyAbout(records: Records, desired: DesiredSource): DesiredSource {
  if (desired.from !== 'network') return desired;
  return { ...desired, mappings: desired.mappings.filter(({ domain }) => records.has(domain)) };
}

/** Recalls RunCloud's state if the ledger remembers enough; else reads RunCloud's whole list. @throws RunCloudError, LeaseLostError */
async function observeSome(
  deps: Dependencies,
  reader: RunCloudReader,
  records: Records,
  lease: Lease,
  deadline: number,
): Promise<Observation> {
  const { snapshot } = lease.application;
  const network = await askAbout(deps, records, lease, deadline);
  if (isRememberedEnough(records, lease)) {
    const serverInfo = await readServerInfoBriefly(deps, lease.requestOptions(deadline), lease.application);
    lease.stageApplication(serverInfo.changes);
    const probed = await probeSome(deps, { records, serverInfo, occasion: 'run' }, lease, deadline);
    // Let's Encrypt counts its limits over all domains, so all records are read where a certificate may be asked for.
    const counted = mayIssue(probed) ? (await readAllPresent(deps)).records : probed;
    const remembered = rememberedApplication(lease.application, serverInfo, {
      counted,
      usage: usageNow(deps, lease.application),
      now: deps.clock.now(),
    });
    const desired = desiredFrom(network, deps, remembered.network, ownedDomains(probed));
    return recallObservation(deps, probed, remembered, desired);
  }
  // Half a list proves nothing and spends RunCloud's limit. `reconcile` has more time.
  if (snapshot?.tookMs && deps.clock.now() + snapshot.tookMs > deadline) {
    throw new RunCloudError(
      'no-time-left',
      `RunCloud's whole list must be read first. The last time that took ${formatDuration(snapshot.tookMs)}, and this run has less time left.`,
      'Nothing: the next run over all domains reads it.',
    );
  }
  const fresh = await observeAll(deps, reader, network, lease, { scope: new Set(records.keys()), deadline });
  const some = new Map([...fresh.input.ledger].filter(([domain]) => records.has(domain)));
  return { ...fresh, input: { ...fresh.input, ledger: some } };
}

/** Whether the ledger remembers enough of RunCloud to plan for these records. */
function isRememberedEnough(records: Records, { application, pendingAdds }: Lease): boolean {
  const { snapshot, removals, certificateMode } = application;
  // Only a list shows what a pending add made.
  if (!snapshot || !removals || pendingAdds.length > 0) return false;
  const all = [...records.values()];
  // Where RunCloud shows no primary domain, only a fresh list tells how many would be left after a removal. And a domain of ours that
  // the last list lacked is given up only if another list lacks it too.
  const removable = all.filter(({ request, state }) => ownsAny(state) && request?.kind === 'unmapped');
  if (removable.some(({ state }) => !snapshot.primary || state.goneSince)) return false;
  // Of two objects of a domain the ledger remembers only the one that serves it.
  if (removable.some(({ state }) => state.ownedWww)) return false;
  // Where all names share one certificate, only a fresh list tells how many they are.
  const mayAdd = all.some(({ request, state }) => !state.seen && request?.kind === 'mapped');
  return !(mayAdd && certificateMode?.mode === 'basic');
}

/** Asks the network about each domain, or reads its whole lists where that takes fewer requests. */
async function askAbout(deps: Dependencies, records: Records, lease: Lease, deadline: number): Promise<NetworkRead> {
  const options = lease.requestOptions(deadline);
  const isMany = records.size > MOST_ASKED_ONE_BY_ONE;
  return isMany ? readNetwork(deps, options) : askNetwork(deps, records, lease.application.network, options);
}

function mayIssue(records: Records): boolean {
  return [...records.values()].some(
    ({ request, state }) =>
      ownsAny(state) &&
      state.seen !== undefined &&
      request?.kind !== 'unmapped' &&
      state.probe?.certificate?.verdict.kind !== 'valid',
  );
}
