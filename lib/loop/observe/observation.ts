/** An observation: all that the planner needs. What is known of RunCloud comes from its list (observe.ts) or from the ledger (recall-all.ts). */
import { afterSuccess, type IssuanceHistory } from '../../core/certificates/requests.ts';
import type { ApplicationSnapshot } from '../../core/domain/application.ts';
import { isOurs, ownsAny } from '../../core/domain/ownership.ts';
import type { DomainRecord, DomainState } from '../../core/domain/record.ts';
import { type RemovalCounter, removalCounterOf } from '../../core/domain/removal-count.ts';
import { type ActualDomain, type ActualIndex, wildcardSuffix } from '../../core/domain/runcloud-domain.ts';
import { mappedDomains, mappedIn } from '../../core/plan/desired.ts';
import type { DesiredSource } from '../../core/plan/desired-source.ts';
import type { PlanInput } from '../../core/plan/input.ts';
import type { HostName } from '../../core/values/host-name.ts';
import type { ApplicationState, Records } from '../../ledger/ledger.ts';
import type { RequestOptions } from '../../util/request-options.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Present } from '../present.ts';
import { timeForAges } from '../run-clock.ts';
import { usageNow } from '../usage.ts';
import { desiredFrom, type NetworkRead } from './desired.ts';
import { certificateRequests, countsOf, ownedDomains, withNetworkProtected } from './plan-input.ts';
import { isDue, type ProbeTarget, probeTargets } from './probe.ts';
import type { ServerInfo } from './remembered-server.ts';

export type Observation = {
  /** `fresh`: RunCloud's list was read in this run. `remembered`: the ledger's copy of an earlier one (recall-all.ts). */
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

/** `all`: probe what is due. A set: probe these domains, due or not, because somebody asks about them now. */
export type ProbeScope = 'all' | ReadonlySet<HostName>;

/** What is known of RunCloud and of the records, before anything is probed. */
export type KnownState = Pick<WholeObservation, 'from' | 'snapshot' | 'stored' | 'disposable'> & {
  readonly serverInfo: ServerInfo;
  readonly actual: readonly ActualDomain[];
  readonly index: ActualIndex;
  readonly current: Map<HostName, DomainRecord>;
  readonly changedStates: Map<HostName, DomainState>;
};

/** Probes what is due, and puts the planner's input together. */
export async function complete(
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

/** What counts for less than it says is saved so, whatever a list shows. */
export function changedIn({ records, changed }: Present): Map<HostName, DomainState> {
  return new Map(changed.map(({ domain }) => [domain, (records.get(domain) as DomainRecord).state]));
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
