/** Whether a complete reading of the network is believed, and what is wanted by it. */

import type { DesiredSource, Mapping } from '../plan/desired.ts';
import type { HostName } from '../values/host-name.ts';
import { DAY, epoch, type IsoTime } from '../values/time.ts';
import { type NetworkReading, ownHostOf, wantedBy } from './mappings.ts';

/** Which network it is: what it calls itself, and the host of its main site. */
export type NetworkIdentity = { readonly label: string; readonly host: HostName | undefined };

/** What is remembered of the network from reading to reading. */
export type KnownNetwork = NetworkIdentity & {
  /** Since when it has been this one, where it was another one before. */
  readonly since?: IsoTime;
  /** Another network that answers under the address, and since when. */
  readonly rival?: NetworkIdentity & { readonly since: IsoTime };
  /** Since when its list has been empty while domains of it were owned. */
  readonly emptySince?: IsoTime;
};

/** A reading in numbers, for people. */
export type NetworkSummary = {
  readonly label: string;
  readonly mappings: number;
  readonly sites: number;
  /** Domains that are to be on RunCloud by it. */
  readonly wanted: number;
  /** Why nothing may be removed by it, where that is so. */
  readonly doubt: string | undefined;
};

/** Takes a reading and what is wanted by it; returns it in numbers. */
export function summariseNetwork({ label, domains, sites }: NetworkReading, desired: DesiredSource): NetworkSummary {
  const numbers = { label, mappings: domains.length, sites: sites.length };
  if (desired.from === 'network') {
    const wanted = new Set(desired.mappings.map(({ domain }) => domain)).size;
    return { ...numbers, wanted, doubt: desired.doubt };
  }
  return { ...numbers, wanted: 0, doubt: desired.from === 'nowhere' ? desired.why : undefined };
}

export type Judgement = {
  readonly desired: DesiredSource;
  /** What to remember; undefined: what is remembered stands. */
  readonly known: KnownNetwork | undefined;
};

// Time for somebody to notice that the address leads elsewhere.
const IDENTITY_MS = DAY;

/**
 * Takes a complete reading, what is known of the network, the domains that are owned, the host in its address and the grace (ms);
 * returns what is wanted by it. Three things make a complete reading prove nothing: no sites at all, mappings that are suddenly none
 * (the plugin's database layer turns a failed read into an empty list), and a network that is not the one it was.
 */
export function judgeReading(
  reading: NetworkReading,
  before: KnownNetwork | undefined,
  owned: readonly HostName[],
  { urlHost, graceMs }: { readonly urlHost: string; readonly graceMs: number },
): Judgement {
  const { readAt, domains, sites } = reading;
  if (sites.length === 0) {
    return nowhere('its list of sites is empty, and every network has its main site', undefined);
  }
  const identity = { label: reading.label, host: ownHostOf(urlHost, sites) };
  const { mappings, faults } = wantedBy(domains, sites, identity.host);
  const known = recognise(identity, before, readAt, owned.length === 0 || listsMostOf(owned, mappings));
  if (known.rival) {
    const why = `it is ${sayIdentity(known.rival)} since ${known.rival.since}, was ${sayIdentity(known)} before, and few of the former mappings are there. MULTISITE_URL may lead to another network; it is believed if it stays so for a day`;
    return nowhere(why, known);
  }
  if (domains.length === 0 && owned.length > 0) {
    const emptySince = before?.emptySince && before.emptySince <= readAt ? before.emptySince : readAt;
    const withEmpty = { ...known, emptySince };
    if (readAt === emptySince || epoch(readAt) - epoch(emptySince) < graceMs) {
      return nowhere(
        `its list of mappings is empty since ${emptySince}, which is believed only if it stays so`,
        withEmpty,
      );
    }
    return { desired: { from: 'network', readAt, mappings, doubt: undefined }, known: withEmpty };
  }
  const isYoung = known.since !== undefined && epoch(readAt) - epoch(known.since) < IDENTITY_MS;
  const young = isYoung ? `it is ${sayIdentity(known)} only since ${known.since}, and another one before` : undefined;
  const doubt = faults.length > 0 ? sayFaults(faults) : young;
  return { desired: { from: 'network', readAt, mappings, doubt }, known };
}

function nowhere(why: string, known: KnownNetwork | undefined): Judgement {
  return { desired: { from: 'nowhere', why }, known };
}

/** Another title may be a rename, and another host a move: where it has the domains that are ours it is taken for the same network. */
function recognise(
  identity: NetworkIdentity,
  before: KnownNetwork | undefined,
  readAt: IsoTime,
  hasOurs: boolean,
): KnownNetwork {
  if (!before) return identity;
  if (isSame(identity, before)) return { ...identity, ...(before.since && { since: before.since }) };
  if (hasOurs) return { ...identity, since: readAt };
  const since = before.rival && isSame(identity, before.rival) ? before.rival.since : readAt;
  if (epoch(readAt) - epoch(since) >= IDENTITY_MS) return { ...identity, since };
  const { emptySince: _, ...rest } = before;
  return { ...rest, rival: { ...identity, since } };
}

function isSame(a: NetworkIdentity, b: NetworkIdentity): boolean {
  return a.label === b.label && a.host === b.host;
}

function sayIdentity({ label, host }: NetworkIdentity): string {
  return `"${label}"${host === undefined ? '' : ` on ${host}`}`;
}

function listsMostOf(owned: readonly HostName[], mappings: readonly Mapping[]): boolean {
  const listed = new Set(mappings.map((mapping) => mapping.domain));
  return owned.length > 0 && owned.filter((domain) => listed.has(domain)).length * 2 >= owned.length;
}

function sayFaults(faults: readonly string[]): string {
  const [first = '', ...rest] = faults;
  return rest.length === 0 ? first : `${first}; and ${rest.length} more`;
}
