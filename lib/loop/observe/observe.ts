import { LATEST_LIST_MS, snapshotOf } from '../../core/domain/application.ts';
import { isOutcomeOf, isResolved, type PendingAdd } from '../../core/domain/pending-adds.ts';
import type { DomainRecord, DomainState } from '../../core/domain/record.ts';
import { type ActualDomain, ActualIndex } from '../../core/domain/runcloud-domain.ts';
import { applyBeside, applyListing, isDisposable } from '../../core/domain/transitions.ts';
import { type HostName, parseMapping } from '../../core/values/host-name.ts';
import { epoch, iso } from '../../core/values/time.ts';
import type { ApplicationState, Records } from '../../ledger/ledger.ts';
import type { RunCloudReader } from '../../runcloud/domains.ts';
import type { RequestOptions } from '../../util/request-options.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Lease } from '../lease.ts';
import { type Present, readAllPresent, redate } from '../present.ts';
import { timeForAges } from '../run-clock.ts';
import type { NetworkRead } from './desired.ts';
import { withNewerRecords } from './list-age.ts';
import { changedIn, complete, type ProbeScope, type WholeObservation } from './observation.ts';
import { readServerInfo, readServerInfoBriefly } from './server-info.ts';
import { stageObservation } from './stage.ts';

/** What the ledger remembers beside the records. A lease has both. */
export type Remembered = {
  readonly pendingAdds: readonly PendingAdd[];
  readonly application: ApplicationState;
  /** All records as they were before the list is read. Absent: this run holds the lease, so no other changes their states. */
  readonly recordsBefore?: Records;
};

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
  // Records of domains that were unmapped since count too: an object that shows under a pending add is to be removed then. By whatever clock
  // this run has: a pending add that is kept for too long makes an object ours that somebody made by hand.
  const index = new ActualIndex(fresh.input.actual);
  lease.resolvePending(
    (pending) =>
      isResolved(pending, index, fresh.stored.records.get(pending.domain)?.state ?? {}) ||
      deps.clock.now() > epoch(pending.until) + LATEST_LIST_MS,
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

type Applied = {
  readonly current: Map<HostName, DomainRecord>;
  readonly changedStates: Map<HostName, DomainState>;
  readonly disposable: DomainRecord[];
  /** Whether the list differs from what was remembered of RunCloud. */
  readonly differs: boolean;
};

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
