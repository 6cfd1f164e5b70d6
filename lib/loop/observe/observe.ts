/** Looking: what RunCloud has and what the ledger remembers, put side by side for the planner. */

import { afterSuccess, type CertificateRequest, type Issuing } from '../../core/certificates/requests.ts';
import { type Facts, type Fleet, factsOf, LATEST_LIST_MS } from '../../core/domain/application.ts';
import { type Doubt, isOurDoing } from '../../core/domain/pending-adds.ts';
import { type DomainRecord, type DomainState, isOurs } from '../../core/domain/record.ts';
import { removedLastDay, type Tally, tallyOf } from '../../core/domain/removal-count.ts';
import { type ActualDomain, ActualIndex, wildcardSuffix } from '../../core/domain/runcloud-domain.ts';
import { isSpent, witness } from '../../core/domain/transitions.ts';
import type { KnownNetwork } from '../../core/network/credibility.ts';
import { type Desired, mappedDomains } from '../../core/plan/desired.ts';
import type { CertificateInput, PlanInput, PlanSettings } from '../../core/plan/input.ts';
import { type HostName, parseMapping } from '../../core/values/host-name.ts';
import { epoch, iso } from '../../core/values/time.ts';
import type { Notes, Records } from '../../ledger/ledger.ts';
import type { Patience } from '../../runcloud/api.ts';
import { createReader, type RunCloudReader } from '../../runcloud/domains.ts';
import type { World } from '../dependencies.ts';
import type { Lease } from '../lease.ts';
import { desiredFrom, type NetworkRead } from './desired.ts';
import { isDue, lookAround, type Outside, readOutside, readOutsideBriefly, type Sight } from './probe.ts';

export type Observation = {
  /** `fresh`: RunCloud's list was read in this run. `remembered`: it is what the last reading showed. */
  readonly from: 'fresh' | 'remembered';
  readonly input: PlanInput;
  readonly facts: Facts;
};

export type FreshObservation = Observation & {
  /** States that the fresh reading changed, and records that are no longer needed: to be saved by who holds the lease. */
  readonly changed: ReadonlyMap<HostName, DomainState>;
  readonly tally: Tally;
  readonly spent: readonly DomainRecord[];
  /** What to remember of the network, the server and the certificates, where it is new. */
  readonly news: Notes;
};

/** What was known before this run: the adds that are in doubt, and the notes. */
export type Before = { readonly inDoubt: readonly Doubt[]; readonly notes: Notes };

/** What is looked at from outside: all that is due, or these domains, due or not; and how long that may take. */
export type Looking = { readonly whom: 'all' | ReadonlySet<HostName>; readonly patience: Patience };

/**
 * Reads RunCloud's whole list and the whole ledger, and looks at the domains that are due from outside. Takes what the network
 * said, and what was known before. Changes nothing. Throws RunCloudError where the list cannot be proven whole.
 */
export async function observe(
  world: World,
  reader: RunCloudReader,
  network: NetworkRead,
  { inDoubt, notes }: Before,
  { whom, patience }: Looking,
): Promise<FreshObservation> {
  const { ledger, clock } = world;
  // The ledger is read after RunCloud: a wish that arrives meanwhile is seen, and RunCloud's state cannot be newer than it.
  const [start, pausedBefore] = [clock.now(), world.runcloud.pausedMs];
  const actual = await reader.listDomains();
  const tookMs = clock.now() - start - (world.runcloud.pausedMs - pausedBefore);
  const facts = { ...factsOf(actual, iso(clock.now())), tookMs };
  const read = whom === 'all' ? readOutside : readOutsideBriefly;
  const outside = await read(world, patience, { ...notes, facts });
  const records = await ledger.readAll();
  const now = clock.now();
  const index = new ActualIndex(actual);
  const doubts = Map.groupBy(inDoubt, (doubt) => doubt.domain);
  const current = new Map(records);
  const changed = new Map<HostName, DomainState>();
  const spent: DomainRecord[] = [];
  for (const domain of new Set([...records.keys(), ...domainsOf(actual)])) {
    const record = records.get(domain) ?? { domain, wish: undefined, state: {} };
    const found = index.find(domain);
    const isOurs = found !== undefined && isOurDoing(found, doubts.get(domain) ?? [], notes.clock);
    const state = witness(record.state, found, isOurs, now);
    const isOver = isSpent({ ...record, state }, now);
    if (isOver) spent.push(record);
    if (state === record.state) continue;
    if (!isOver) changed.set(domain, state);
    current.set(domain, { ...record, state });
  }
  const owned = [...current.values()].flatMap(({ domain, state }) => (state.owned ? [domain] : []));
  const { desired, ownHost, known } = desiredFrom(network, world, notes.network, owned);

  const all = sightsOf(desired, current, index, outside);
  // One certificate for all names: before it is issued anew each of them is looked at, also what was well a while ago.
  const isAnew = outside.mode === 'basic' && whom === 'all' && all.some(isWanting);
  const sights = all.filter((sight) =>
    whom === 'all' ? isAnew || isDue(sight, outside, notes, now) : whom.has(sight.record.domain),
  );
  for (const [domain, state] of await lookAround(world, sights, outside, patience)) {
    const record = current.get(domain) ?? { domain, wish: undefined, state: {} };
    changed.set(domain, state);
    current.set(domain, { ...record, state });
  }
  const tally = tallyOf(current.values(), now);
  const shared = sharedOf(notes, current, now);
  const certificates: CertificateInput = {
    ...outside,
    shared,
    requests: requestsOf(current, shared),
    scope: whom === 'all' ? 'all' : 'some',
  };
  const fleet = fleetOf(tally, facts, now);
  return {
    from: 'fresh',
    facts,
    input: {
      desired,
      ownHost,
      actual,
      ledger: current,
      fleet,
      certificates,
      settings: protecting(world),
      now: clock.now(),
    },
    changed,
    tally,
    spent,
    news: {
      ...outside.news,
      ...(known && { network: known }),
      ...((shared ?? null) !== (notes.sharedCertificate ?? null) && { sharedCertificate: shared ?? null }),
    },
  };
}

/** The domains on RunCloud; and in mode `basic` those that are to come, because they come only once they point here. */
function sightsOf(desired: Desired, current: Records, index: ActualIndex, { mode }: Outside): Sight[] {
  const sights: Sight[] = [];
  const absent = mode === 'basic' ? mappedDomains(desired, current) : new Set<HostName>();
  for (const domain of new Set([...current.keys(), ...absent])) {
    const actual = index.find(domain);
    const record = current.get(domain) ?? { domain, wish: undefined, state: {} };
    if (actual ? wildcardSuffix(actual) === undefined : absent.has(domain)) {
      sights.push({ record, actual, apart: index.apart(domain) });
    }
  }
  return sights;
}

function isWanting({ record: { state }, actual }: Sight): boolean {
  return actual !== undefined && isOurs(state, actual) && state.look?.certificate?.verdict.kind !== 'valid';
}

/** Once every owned domain has a valid certificate the shared one has come, and only its week of requests counts on. */
function sharedOf({ sharedCertificate: before }: Notes, current: Records, now: number): Issuing | undefined {
  if (!before) return undefined;
  const isWell = [...current.values()].every(
    ({ state: { owned, seen, look } }) => !owned || !seen || look?.certificate?.verdict.kind === 'valid',
  );
  return isWell ? afterSuccess(before, now) : before;
}

/** Keeps what a fresh reading showed. Throws LeaseLostError. */
export async function remember(lease: Lease, { changed, spent, facts, tally, news }: FreshObservation): Promise<void> {
  lease.keepCounted(changed, tally);
  lease.note({ facts, ...news });
  await lease.drop(spent);
}

/** Before RunCloud's list was ever read. */
export const NO_FACTS: Facts = {
  observedAt: iso(0),
  primary: undefined,
  wildcards: [],
  highestId: 0,
  isDated: false,
  count: 0,
};

/** What is remembered of the application, as far as that is enough to plan with. */
export type Memory = {
  readonly facts: Facts;
  readonly tally: Tally;
  readonly network: KnownNetwork | undefined;
  readonly certificates: Omit<CertificateInput, 'scope'>;
};

/**
 * Takes some records, what is remembered of the application, and what the network said; puts them together as the planner
 * wants them, without asking RunCloud. Right as far as nobody changed these domains by hand since; who writes after it
 * checks that again.
 */
export function recall(world: World, records: Records, memory: Memory, network: NetworkRead): Observation {
  const { clock } = world;
  const { facts, tally } = memory;
  const certificates = { ...memory.certificates, scope: 'some' } as const;
  const now = clock.now();
  const seen = [...records.values()].flatMap((record) => record.state.seen ?? []);
  const actual: ActualDomain[] = [...seen, ...(facts.primary ? [facts.primary] : []), ...facts.wildcards];
  const owned = [...records.values()].flatMap(({ domain, state }) => (state.owned ? [domain] : []));
  const { desired, ownHost } = desiredFrom(network, world, memory.network, owned);
  const fleet = fleetOf(tally, facts, now);
  return {
    from: 'remembered',
    facts,
    input: { desired, ownHost, actual, ledger: records, fleet, certificates, settings: protecting(world), now },
  };
}

/** Takes records and what is remembered of the shared certificate; returns all requests for certificates among them. */
export function requestsOf(records: Records, shared: Issuing | undefined): CertificateRequest[] {
  const own = [...records.values()].flatMap(({ state }) => state.issuing?.requests ?? []);
  return [...own, ...(shared?.requests ?? [])];
}

/** The host in the network's address is nobody's mapping, also where the main site calls itself otherwise. */
function protecting({ network, settings }: World): PlanSettings {
  const parsed = network && parseMapping(network.host);
  if (!parsed?.ok || settings.protectedDomains.includes(parsed.domain)) return settings;
  return { ...settings, protectedDomains: [...settings.protectedDomains, parsed.domain] };
}

function fleetOf(tally: Tally, facts: Facts, now: number): Fleet {
  return { owned: tally.owned, removedLastDay: removedLastDay(tally, now), present: facts.count };
}

/** The domains that the objects on RunCloud stand for; objects whose name is no host name (`*.shop.example`) have none. */
function domainsOf(actual: readonly ActualDomain[]): HostName[] {
  return actual.flatMap(({ name }) => {
    const parsed = parseMapping(name);
    return parsed.ok ? [parsed.domain] : [];
  });
}

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
