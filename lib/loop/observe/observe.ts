/** Looking: what RunCloud has and what the ledger remembers, put side by side for the planner. */

import { afterSuccess, type CertificateRequest, type IssuanceHistory } from '../../core/certificates/requests.ts';
import {
  type ApplicationSnapshot,
  type DomainCounts,
  LATEST_LIST_MS,
  snapshotOf,
} from '../../core/domain/application.ts';
import { isOutcomeOf, type PendingAdd } from '../../core/domain/pending-adds.ts';
import { type DomainRecord, type DomainState, isOurs } from '../../core/domain/record.ts';
import { type RemovalCounter, removalCounterOf, removedLastDay } from '../../core/domain/removal-count.ts';
import { type ActualDomain, ActualIndex, wildcardSuffix } from '../../core/domain/runcloud-domain.ts';
import { applyListing, isDisposable } from '../../core/domain/transitions.ts';
import type { KnownNetwork } from '../../core/network/credibility.ts';
import { type DesiredSource, mappedDomains } from '../../core/plan/desired.ts';
import type { CertificateInput, PlanInput, PlanSettings } from '../../core/plan/input.ts';
import { type HostName, parseMapping } from '../../core/values/host-name.ts';
import { epoch, iso } from '../../core/values/time.ts';
import type { ApplicationState, Records } from '../../ledger/ledger.ts';
import { createReader, type RunCloudReader } from '../../runcloud/domains.ts';
import type { RequestOptions } from '../../util/request-options.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Lease } from '../lease.ts';
import { desiredFrom, type NetworkRead } from './desired.ts';
import {
  isDue,
  type ProbeTarget,
  probeTargets,
  readServerInfo,
  readServerInfoBriefly,
  type ServerInfo,
} from './probe.ts';

export type Observation = {
  /** `fresh`: RunCloud's list was read in this run. `remembered`: it is what the last reading showed. */
  readonly from: 'fresh' | 'remembered';
  readonly input: PlanInput;
  readonly snapshot: ApplicationSnapshot;
};

export type FreshObservation = Observation & {
  /** States that the fresh reading changed, and records that are no longer needed: to be saved by who holds the lease. */
  readonly changed: ReadonlyMap<HostName, DomainState>;
  readonly removals: RemovalCounter;
  readonly disposable: readonly DomainRecord[];
  /** What to remember of the network, the server and the certificates, where it is new. */
  readonly news: ApplicationState;
};

/** What was known before this run: the adds that are in doubt, and the notes. */
export type Remembered = { readonly pendingAdds: readonly PendingAdd[]; readonly application: ApplicationState };

/** What is looked at from outside: all that is due, or these domains, due or not; and how long that may take. */
export type ProbeScope = { readonly scope: 'all' | ReadonlySet<HostName>; readonly options: RequestOptions };

/**
 * Reads RunCloud's whole list and the whole ledger, and looks at the domains that are due from outside. Takes what the network
 * said, and what was known before. Changes nothing. Throws RunCloudError where the list cannot be proven whole.
 */
export async function observe(
  deps: Dependencies,
  reader: RunCloudReader,
  network: NetworkRead,
  { pendingAdds, application }: Remembered,
  { scope, options }: ProbeScope,
): Promise<FreshObservation> {
  const { ledger, clock } = deps;
  // The ledger is read after RunCloud: a wish that arrives meanwhile is seen, and RunCloud's state cannot be newer than it.
  const [start, pausedBefore] = [clock.now(), deps.runcloud.pausedMs];
  const actual = await reader.listDomains();
  const tookMs = clock.now() - start - (deps.runcloud.pausedMs - pausedBefore);
  const snapshot = { ...snapshotOf(actual, iso(clock.now())), tookMs };
  const read = scope === 'all' ? readServerInfo : readServerInfoBriefly;
  const outside = await read(deps, options, { ...application, snapshot });
  const records = await ledger.readAll();
  const now = clock.now();
  const index = new ActualIndex(actual);
  const pendingByDomain = Map.groupBy(pendingAdds, ({ domain }) => domain);
  const current = new Map(records);
  const changed = new Map<HostName, DomainState>();
  const disposable: DomainRecord[] = [];
  for (const domain of new Set([...records.keys(), ...domainsOf(actual)])) {
    const record = records.get(domain) ?? { domain, request: undefined, state: {} };
    const found = index.find(domain);
    const isOurs = found !== undefined && isOutcomeOf(pendingByDomain.get(domain) ?? [], found);
    const state = applyListing(record.state, found, isOurs, now);
    const isOver = isDisposable({ ...record, state }, now);
    if (isOver) disposable.push(record);
    if (state === record.state) continue;
    if (!isOver) changed.set(domain, state);
    current.set(domain, { ...record, state });
  }
  const owned = [...current.values()].flatMap(({ domain, state }) => (state.owned ? [domain] : []));
  const { desired, ownHost, known } = desiredFrom(network, deps, application.network, owned);

  const all = targetsOf(desired, current, index, outside);
  // One certificate for all names: before it is issued anew each of them is looked at, also what was well a while ago.
  const isAnew = outside.mode === 'basic' && scope === 'all' && all.some(isWanting);
  const targets = all.filter((target) =>
    scope === 'all' ? isAnew || isDue(target, outside, application, now) : scope.has(target.record.domain),
  );
  for (const [domain, state] of await probeTargets(deps, targets, outside, options)) {
    const record = current.get(domain) ?? { domain, request: undefined, state: {} };
    changed.set(domain, state);
    current.set(domain, { ...record, state });
  }
  const removals = removalCounterOf(current.values(), now);
  const shared = sharedOf(application, current, now);
  const certificates: CertificateInput = {
    ...outside,
    shared,
    requests: requestsOf(current, shared),
    scope: scope === 'all' ? 'all' : 'some',
  };
  const counts = countsOf(removals, snapshot, now);
  return {
    from: 'fresh',
    snapshot,
    input: {
      desired,
      ownHost,
      actual,
      ledger: current,
      counts,
      certificates,
      settings: protecting(deps),
      now: clock.now(),
    },
    changed,
    removals,
    disposable,
    news: {
      ...outside.news,
      ...(known && { network: known }),
      ...((shared ?? null) !== (application.sharedCertificate ?? null) && { sharedCertificate: shared ?? null }),
    },
  };
}

/** The domains on RunCloud; and in mode `basic` those that are to come, because they come only once they point here. */
function targetsOf(desired: DesiredSource, current: Records, index: ActualIndex, { mode }: ServerInfo): ProbeTarget[] {
  const targets: ProbeTarget[] = [];
  const absent = mode === 'basic' ? mappedDomains(desired, current) : new Set<HostName>();
  for (const domain of new Set([...current.keys(), ...absent])) {
    const actual = index.find(domain);
    const record = current.get(domain) ?? { domain, request: undefined, state: {} };
    if (actual ? wildcardSuffix(actual) === undefined : absent.has(domain)) {
      targets.push({ record, actual, apart: index.apart(domain) });
    }
  }
  return targets;
}

function isWanting({ record: { state }, actual }: ProbeTarget): boolean {
  return actual !== undefined && isOurs(state, actual) && state.probe?.certificate?.verdict.kind !== 'valid';
}

/** Once every owned domain has a valid certificate the shared one has come, and only its week of requests counts on. */
function sharedOf(
  { sharedCertificate: before }: ApplicationState,
  current: Records,
  now: number,
): IssuanceHistory | undefined {
  if (!before) return undefined;
  const isWell = [...current.values()].every(
    ({ state: { owned, seen, probe } }) => !owned || !seen || probe?.certificate?.verdict.kind === 'valid',
  );
  return isWell ? afterSuccess(before, now) : before;
}

/** Keeps what a fresh reading showed. Throws LeaseLostError. */
export async function stageObservation(
  lease: Lease,
  { changed, disposable, snapshot, removals, news }: FreshObservation,
): Promise<void> {
  lease.stageCountedStates(changed, removals);
  lease.stageNotes({ snapshot, ...news });
  await lease.drop(disposable);
}

/** Before RunCloud's list was ever read. */
export const NO_SNAPSHOT: ApplicationSnapshot = {
  observedAt: iso(0),
  primary: undefined,
  wildcards: [],
  highestId: 0,
  count: 0,
};

/** What is remembered of the application, as far as that is enough to plan with. */
export type RememberedApplication = {
  readonly snapshot: ApplicationSnapshot;
  readonly removals: RemovalCounter;
  readonly network: KnownNetwork | undefined;
  readonly certificates: Omit<CertificateInput, 'scope'>;
};

/**
 * Takes some records, what is remembered of the application, and what the network said; puts them together as the planner
 * wants them, without asking RunCloud. Right as far as nobody changed these domains by hand since; who writes after it
 * checks that again.
 */
export function recallObservation(
  deps: Dependencies,
  records: Records,
  memory: RememberedApplication,
  network: NetworkRead,
): Observation {
  const { clock } = deps;
  const { snapshot, removals } = memory;
  const certificates = { ...memory.certificates, scope: 'some' } as const;
  const now = clock.now();
  const seen = [...records.values()].flatMap((record) => record.state.seen ?? []);
  const actual: ActualDomain[] = [...seen, ...(snapshot.primary ? [snapshot.primary] : []), ...snapshot.wildcards];
  const owned = [...records.values()].flatMap(({ domain, state }) => (state.owned ? [domain] : []));
  const { desired, ownHost } = desiredFrom(network, deps, memory.network, owned);
  const counts = countsOf(removals, snapshot, now);
  return {
    from: 'remembered',
    snapshot,
    input: { desired, ownHost, actual, ledger: records, counts, certificates, settings: protecting(deps), now },
  };
}

/** Takes records and what is remembered of the shared certificate; returns all requests for certificates among them. */
export function requestsOf(records: Records, shared: IssuanceHistory | undefined): CertificateRequest[] {
  const own = [...records.values()].flatMap(({ state }) => state.issuance?.requests ?? []);
  return [...own, ...(shared?.requests ?? [])];
}

/** The host in the network's address is nobody's mapping, also where the main site calls itself otherwise. */
function protecting({ network, settings }: Dependencies): PlanSettings {
  const parsed = network && parseMapping(network.host);
  if (!parsed?.ok || settings.protectedDomains.includes(parsed.domain)) return settings;
  return { ...settings, protectedDomains: [...settings.protectedDomains, parsed.domain] };
}

function countsOf(removals: RemovalCounter, snapshot: ApplicationSnapshot, now: number): DomainCounts {
  return { owned: removals.owned, removedLastDay: removedLastDay(removals, now), present: snapshot.count };
}

/** The domains that the objects on RunCloud stand for; objects whose name is no host name (`*.shop.example`) have none. */
function domainsOf(actual: readonly ActualDomain[]): HostName[] {
  return actual.flatMap(({ name }) => {
    const parsed = parseMapping(name);
    return parsed.ok ? [parsed.domain] : [];
  });
}

/** Takes the lease and the moment (ms) to end by; returns what reads RunCloud and holds on to the lease meanwhile: a long list takes minutes. */
export function leasedReader(lease: Lease, { runcloud }: Dependencies, deadline: number): RunCloudReader {
  return createReader(runcloud, lease.requestOptions(deadline));
}

/**
 * Takes what the network said; looks at everything, and remembers what is seen. Throws RunCloudError where RunCloud's list cannot be
 * proven whole, and LeaseLostError.
 */
export async function observeAll(
  deps: Dependencies,
  reader: RunCloudReader,
  network: NetworkRead,
  lease: Lease,
  { scope, deadline }: { readonly scope: ProbeScope['scope']; readonly deadline: number },
): Promise<FreshObservation> {
  const options = lease.requestOptions(deadline);
  const fresh = await observe(deps, reader, network, lease, { scope, options });
  // Reading may have taken long; what another run wrote meanwhile must not be overwritten.
  await lease.ensure();
  await stageObservation(lease, fresh);
  // A list that is late may still show it, but not for ever. Also what was unmapped since: then it is to go.
  lease.resolvePending(
    ({ domain, until }) =>
      fresh.input.ledger.get(domain)?.state.seen !== undefined || deps.clock.now() > epoch(until) + LATEST_LIST_MS,
  );
  return fresh;
}
