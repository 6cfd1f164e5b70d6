/**
 * A fresh observation: all that the planner needs, read in this run. The network's lists come from the caller (desired.ts).
 *
 * - Read RunCloud's whole list.
 * - Read the server's addresses and the certificate mode, where they are old (server-info.ts).
 * - Read the whole ledger. It comes after RunCloud, so that no record is older than the list it is compared with, and a mapping request
 *   that arrives meanwhile counts. Without the lease, another run may change both meanwhile: what it recorded counts more than the list
 *   (list-age.ts).
 * - Apply the list to the records: what is there, what is gone, and which pending add made an object (ours by its id).
 * - Probe the domains that are due (probe.ts).
 */
import { afterSuccess, type IssuanceHistory } from '../../core/certificates/requests.ts';
import { type ApplicationSnapshot, knownToAll, LATEST_LIST_MS, snapshotOf } from '../../core/domain/application.ts';
import { isOurs, ownsAny } from '../../core/domain/ownership.ts';
import { isOutcomeOf, isResolved, type PendingAdd } from '../../core/domain/pending-adds.ts';
import type { DomainRecord, DomainState, RecordUpdate } from '../../core/domain/record.ts';
import { type RemovalCounter, removalCounterOf } from '../../core/domain/removal-count.ts';
import { type ActualDomain, ActualIndex, wildcardSuffix } from '../../core/domain/runcloud-domain.ts';
import { applyBeside, applyListing, applyUpdate, isDisposable } from '../../core/domain/transitions.ts';
import { mappedDomains, mappedIn } from '../../core/plan/desired.ts';
import type { DesiredSource } from '../../core/plan/desired-source.ts';
import type { PlanInput } from '../../core/plan/input.ts';
import { type HostName, parseMapping } from '../../core/values/host-name.ts';
import { epoch, iso } from '../../core/values/time.ts';
import type { ApplicationState, Records } from '../../ledger/ledger.ts';
import type { RunCloudReader } from '../../runcloud/domains.ts';
import type { RequestOptions } from '../../util/request-options.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Lease } from '../lease.ts';
import { type Present, readAllPresent, redate } from '../present.ts';
import { timeForAges } from '../run-clock.ts';
import { usageNow } from '../usage.ts';
import { desiredFrom, type NetworkRead } from './desired.ts';
import { withNewerRecords } from './list-age.ts';
import { certificateRequests, countsOf, ownedDomains, withNetworkProtected } from './plan-input.ts';
import { isDue, type ProbeTarget, probeTargets } from './probe.ts';
import type { ServerInfo } from './remembered-server.ts';
import { readServerInfo, readServerInfoBriefly } from './server-info.ts';

export type Observation = {
  /** `fresh`: RunCloud's list was read in this run. `remembered`: the ledger's copy of an earlier one (recall.ts). */
  readonly from: 'fresh' | 'remembered';
  readonly input: PlanInput;
  readonly snapshot: ApplicationSnapshot;
};

/** Of all domains. */
export type WholeObservation = Observation & {
  readonly changedStates: ReadonlyMap<HostName, DomainState>;
  /** The ledger as it was read, and what of it has to be saved anew. */
  readonly stored: Present;
  /** Counts the changed states. */
  readonly removals: RemovalCounter;
  /** Records that nothing needs any more. */
  readonly disposable: readonly DomainRecord[];
  /** Changed parts of the application's state, other than its snapshot and its removals. */
  readonly applicationChanges: ApplicationState;
};

/** What the ledger remembers beside the records. A lease has both. */
export type Remembered = {
  readonly pendingAdds: readonly PendingAdd[];
  readonly application: ApplicationState;
  /** All records as they were before the list is read. Absent: this run holds the lease, so no other changes their states. */
  readonly recordsBefore?: Records;
};

/** `all`: probe what is due. A set: probe these domains, due or not, because somebody asks about them now. */
export type ProbeScope = 'all' | ReadonlySet<HostName>;

/**
 * Observes and stages what is new.
 * @throws RunCloudError where RunCloud's list cannot be proven whole; LeaseLostError.
 */
export async function observeAll(
  deps: Dependencies,
  reader: RunCloudReader,
  network: NetworkRead,
  lease: Lease,
  { scope, deadline }: { readonly scope: ProbeScope; readonly deadline: number },
): Promise<WholeObservation> {
  const fresh = await observe(deps, reader, network, lease, { scope, options: lease.requestOptions(deadline) });
  // Reading may have taken long. What another run wrote meanwhile must not be overwritten.
  await lease.ensure();
  await redate(deps.ledger, fresh.stored);
  await stageObservation(lease, fresh);
  // Records of domains that were unmapped since count too: an object that shows under a pending add is to be removed then.
  const index = new ActualIndex(fresh.input.actual);
  lease.resolvePending(
    (pending) =>
      isResolved(pending, index, fresh.input.ledger.get(pending.domain)?.state ?? {}) ||
      timeForAges(deps) > epoch(pending.until) + LATEST_LIST_MS,
  );
  return fresh;
}

/**
 * Writes nothing, so it needs no lease.
 * @throws RunCloudError where RunCloud's list cannot be proven whole.
 */
export async function observe(
  deps: Dependencies,
  reader: RunCloudReader,
  network: NetworkRead,
  { pendingAdds, application, recordsBefore }: Remembered,
  { scope, options }: { readonly scope: ProbeScope; readonly options: RequestOptions },
): Promise<WholeObservation> {
  const { clock } = deps;
  const [start, pausedBefore] = [clock.now(), deps.runcloud.pausedMs];
  const listed = await reader.listDomains();
  const tookMs = clock.now() - start - (deps.runcloud.pausedMs - pausedBefore);
  const snapshot = { ...snapshotOf(listed, iso(clock.now())), tookMs };
  const readInfo = scope === 'all' ? readServerInfo : readServerInfoBriefly;
  const serverInfo = await readInfo(deps, options, { ...application, snapshot });
  const stored = await readAllPresent(deps);
  const actual = recordsBefore ? withNewerRecords(listed, recordsBefore, stored.records) : listed;
  const index = new ActualIndex(actual);
  const known = { from: 'fresh', snapshot, serverInfo, stored, actual, index } as const;
  const times = { now: clock.now(), ages: timeForAges(deps) };
  const { differs, ...applied } = applyList(stored, actual, index, pendingAdds, times);
  const whole = await complete(deps, { ...known, ...applied }, network, application, { scope, options });
  if (!differs) return whole;
  return { ...whole, applicationChanges: { ...whole.applicationChanges, listDifferedAt: snapshot.observedAt } };
}

/**
 * The same from what the ledger remembers of RunCloud's last list, where one was read. It is right as long as nobody changed anything by
 * hand since. Stages what is new.
 * @throws LeaseLostError
 */
export async function recallAll(
  deps: Dependencies,
  network: NetworkRead,
  lease: Lease,
  deadline: number,
): Promise<WholeObservation | undefined> {
  const { application } = lease;
  const { snapshot } = application;
  if (!snapshot) return undefined;
  const options = lease.requestOptions(deadline);
  const serverInfo = await readServerInfo(deps, options, application);
  const stored = await readAllPresent(deps);
  const seen = [...stored.records.values()].flatMap(({ state }) => state.seen ?? []);
  const actual = [...new Map([...seen, ...knownToAll(snapshot)].map((object) => [object.id, object])).values()];
  const known = {
    from: 'remembered',
    snapshot,
    serverInfo,
    stored,
    actual,
    index: new ActualIndex(actual),
    current: new Map(stored.records),
    changedStates: changedIn(stored),
    disposable: [],
  } as const;
  const whole = await complete(deps, known, network, application, { scope: 'all', options });
  await lease.ensure();
  await redate(deps.ledger, stored);
  await stageObservation(lease, whole);
  return whole;
}

/** What is known of RunCloud and of the records, before anything is probed. */
type KnownState = Pick<WholeObservation, 'from' | 'snapshot' | 'stored' | 'disposable'> & {
  readonly serverInfo: ServerInfo;
  readonly actual: readonly ActualDomain[];
  readonly index: ActualIndex;
  readonly current: Map<HostName, DomainRecord>;
  readonly changedStates: Map<HostName, DomainState>;
};

/** Probes what is due, and puts the planner's input together. */
async function complete(
  deps: Dependencies,
  { from, snapshot, stored, disposable, serverInfo, actual, index, current, changedStates }: KnownState,
  network: NetworkRead,
  application: ApplicationState,
  { scope, options }: { readonly scope: ProbeScope; readonly options: RequestOptions },
): Promise<WholeObservation> {
  const { clock } = deps;
  const now = clock.now();
  const { desired, ownHost, known } = desiredFrom(network, deps, application.network, ownedDomains(current));

  const all = targetsOf(desired, current, index, serverInfo);
  // All names share one certificate. Before it is issued anew each of them is probed, also those that were well a while ago.
  const isAllDue = serverInfo.mode === 'basic' && scope === 'all' && all.some(lacksCertificate);
  const targets = all.filter((target) =>
    scope === 'all' ? isAllDue || isDue(target, serverInfo, application, now) : scope.has(target.record.domain),
  );
  for (const [domain, state] of await probeTargets(deps, targets, serverInfo, options)) {
    const record = current.get(domain) ?? { domain, request: undefined, state: {} };
    if (record.unreadable === undefined) changedStates.set(domain, state);
    current.set(domain, { ...record, state });
  }
  const ages = timeForAges(deps);
  const removals = removalCounterOf(current.values(), ages);
  const shared = sharedIssuance(application, current, ages);
  const { server, mode } = serverInfo;
  return {
    from,
    snapshot,
    input: {
      desired,
      ownHost,
      actual,
      ledger: current,
      counts: countsOf(removals, snapshot, now),
      scope: scope !== 'all' ? 'some' : from === 'fresh' ? 'all' : 'recalled',
      certificates: { server, mode, shared, requests: certificateRequests(current, shared) },
      usage: usageNow(deps, application),
      settings: withNetworkProtected(deps),
      now: clock.now(),
    },
    changedStates,
    stored,
    removals,
    disposable,
    applicationChanges: {
      ...serverInfo.changes,
      ...(known && { network: known }),
      ...((shared ?? null) !== (application.sharedCertificate ?? null) && { sharedCertificate: shared ?? null }),
    },
  };
}

/** Stages the record updates of a plan, and returns the observation with them: later in the run the records must have them. */
export function stageUpdates<O extends Observation>(lease: Lease, updates: readonly RecordUpdate[], observation: O): O {
  const ledger = new Map(observation.input.ledger);
  for (const each of updates) {
    const record = ledger.get(each.domain) ?? { domain: each.domain, request: undefined, state: {} };
    const state = applyUpdate(record.state, each);
    lease.stageState(record, state);
    ledger.set(each.domain, { ...record, state });
  }
  return { ...observation, input: { ...observation.input, ledger } };
}

async function stageObservation(lease: Lease, fresh: WholeObservation): Promise<void> {
  lease.stageCountedStates(fresh.changedStates, fresh.removals);
  lease.stageApplication({ snapshot: fresh.snapshot, ...fresh.applicationChanges });
  await lease.drop(fresh.disposable);
}

type Applied = {
  readonly current: Map<HostName, DomainRecord>;
  readonly changedStates: Map<HostName, DomainState>;
  readonly disposable: DomainRecord[];
  /** Whether the list differs from what was remembered of RunCloud. */
  readonly differs: boolean;
};

/** What counts for less than it says is saved so, whatever a list shows. */
function changedIn({ records, changed }: Present): Map<HostName, DomainState> {
  return new Map(changed.map(({ domain }) => [domain, (records.get(domain) as DomainRecord).state]));
}

function applyList(
  stored: Present,
  actual: readonly ActualDomain[],
  index: ActualIndex,
  pendingAdds: readonly PendingAdd[],
  { now, ages }: { readonly now: number; readonly ages: number },
): Applied {
  const { records } = stored;
  const pendingByDomain = Map.groupBy(pendingAdds, ({ domain }) => domain);
  const current = new Map(records);
  const changedStates = changedIn(stored);
  const disposable: DomainRecord[] = [];
  let differs = false;
  for (const domain of new Set([...records.keys(), ...domainsOf(actual)])) {
    const record = records.get(domain) ?? { domain, request: undefined, state: {} };
    const found = index.find(domain);
    const beside = index.apart(domain);
    const pending = pendingByDomain.get(domain) ?? [];
    const isOurDoing = (object: ActualDomain): boolean => isOutcomeOf(pending, object);
    const listed = applyListing(record.state, found, found !== undefined && isOurDoing(found), now, ages);
    const state = beside ? applyBeside(listed, beside, isOurDoing(beside), now, ages) : listed;
    // What the list and the probes show of a row that cannot be read is shown to people, and not written over that row.
    const isReadable = record.unreadable === undefined;
    const isOver = isReadable && isDisposable({ ...record, state }, ages);
    if (isOver) {
      disposable.push(record);
      changedStates.delete(domain);
    }
    if (state === record.state) continue;
    differs ||= !isSameObject(record.state, state);
    if (!isOver && isReadable) changedStates.set(domain, state);
    current.set(domain, { ...record, state });
  }
  return { current, changedStates, disposable, differs };
}

/** Whether RunCloud has for the domain what it had when it was last looked at. */
function isSameObject({ seen: before }: DomainState, { seen: after }: DomainState): boolean {
  return JSON.stringify(before) === JSON.stringify(after);
}

/** Objects whose name is no host name (`*.shop.example`) stand for no domain. */
function domainsOf(actual: readonly ActualDomain[]): HostName[] {
  return actual.flatMap(({ name }) => {
    const parsed = parseMapping(name);
    return parsed.ok ? [parsed.domain] : [];
  });
}

/** The domains on RunCloud. In mode `basic` also those that are mapped and not there: they are added once they point here. */
function targetsOf(desired: DesiredSource, current: Records, index: ActualIndex, { mode }: ServerInfo): ProbeTarget[] {
  const targets: ProbeTarget[] = [];
  const mapped = mappedIn(desired);
  const absent = mode === 'basic' ? mappedDomains(desired, current) : new Set<HostName>();
  for (const domain of new Set([...current.keys(), ...absent])) {
    const actual = index.find(domain);
    const record = current.get(domain) ?? { domain, request: undefined, state: {} };
    if (actual ? wildcardSuffix(actual) === undefined : absent.has(domain)) {
      targets.push({ record, actual, apart: index.apart(domain) ?? 'none', namedAs: mapped.get(domain) });
    }
  }
  return targets;
}

function lacksCertificate({ record: { state }, actual }: ProbeTarget): boolean {
  return actual !== undefined && isOurs(state, actual) && state.probe?.certificate?.verdict.kind !== 'valid';
}

/** Once every owned domain shows a valid certificate the shared one is issued, and only its requests of the last week still count. */
function sharedIssuance(
  { sharedCertificate: before }: ApplicationState,
  current: Records,
  now: number,
): IssuanceHistory | undefined {
  if (!before) return undefined;
  const isIssued = [...current.values()].every(
    ({ state }) => !ownsAny(state) || !state.seen || state.probe?.certificate?.verdict.kind === 'valid',
  );
  return isIssued ? afterSuccess(before, now) : before;
}
