/** Looking: what RunCloud has and what the ledger remembers, put side by side for the planner. */
import { type Doubt, isOurDoing } from '../core/doubt.ts';
import { type HostName, parseMapping } from '../core/host-name.ts';
import type { KnownNetwork } from '../core/network.ts';
import type { PlanInput } from '../core/plan.ts';
import {
  type ActualDomain,
  ActualIndex,
  type DomainRecord,
  type DomainState,
  type Facts,
  type Fleet,
  factsOf,
} from '../core/record.ts';
import { isSpent, witness } from '../core/settle.ts';
import { removedLastDay, type Tally, tallyOf } from '../core/tally.ts';
import { iso } from '../core/time.ts';
import type { Notes, Records } from '../ledger/ledger.ts';
import type { RunCloudReader } from '../runcloud/domains.ts';
import { desiredFrom, type NetworkRead } from './desired.ts';
import type { Lease } from './lease.ts';
import type { World } from './world.ts';

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
  /** What to remember of the network; undefined: what is remembered stands. */
  readonly network: KnownNetwork | undefined;
};

/** What was known before this run: the adds that are in doubt, and the notes. */
export type Before = { readonly inDoubt: readonly Doubt[]; readonly notes: Notes };

/**
 * Reads RunCloud's whole list and the whole ledger. Takes what the network said, and what was known before. Changes nothing.
 * Throws RunCloudError where the list cannot be proven whole.
 */
export async function observe(
  world: World,
  reader: RunCloudReader,
  network: NetworkRead,
  { inDoubt, notes }: Before,
): Promise<FreshObservation> {
  const { ledger, clock, settings } = world;
  // The ledger is read after RunCloud: a wish that arrives meanwhile is seen, and RunCloud's state cannot be newer than it.
  const [start, pausedBefore] = [clock.now(), world.runcloud.pausedMs];
  const actual = await reader.listDomains();
  const tookMs = clock.now() - start - (world.runcloud.pausedMs - pausedBefore);
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
  const facts = { ...factsOf(actual, iso(now)), tookMs };
  const tally = tallyOf(current.values(), now);
  const owned = [...current.values()].flatMap(({ domain, state }) => (state.owned ? [domain] : []));
  const { desired, ownHost, known } = desiredFrom(network, world, notes.network, owned);
  return {
    from: 'fresh',
    facts,
    input: { desired, ownHost, actual, ledger: current, fleet: fleetOf(tally, facts, now), settings, now },
    changed,
    tally,
    spent,
    network: known,
  };
}

/** Keeps what a fresh reading showed. Throws LeaseLostError. */
export async function remember(
  lease: Lease,
  { changed, spent, facts, tally, network }: FreshObservation,
): Promise<void> {
  lease.keepCounted(changed, tally);
  lease.note({ facts, ...(network && { network }) });
  await lease.drop(spent);
}

/** What is remembered of the application, as far as that is enough to plan with. */
export type Memory = { readonly facts: Facts; readonly tally: Tally; readonly network: KnownNetwork | undefined };

/**
 * Takes some records, what is remembered of the application, and what the network said; puts them together as the planner
 * wants them, without asking RunCloud. Right as far as nobody changed these domains by hand since; who writes after it
 * checks that again.
 */
export function recall(world: World, records: Records, memory: Memory, network: NetworkRead): Observation {
  const { clock, settings } = world;
  const { facts, tally } = memory;
  const now = clock.now();
  const seen = [...records.values()].flatMap((record) => record.state.seen ?? []);
  const actual: ActualDomain[] = [...seen, ...(facts.primary ? [facts.primary] : []), ...facts.wildcards];
  const { desired, ownHost } = desiredFrom(network, world, memory.network, []);
  return {
    from: 'remembered',
    facts,
    input: { desired, ownHost, actual, ledger: records, fleet: fleetOf(tally, facts, now), settings, now },
  };
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
