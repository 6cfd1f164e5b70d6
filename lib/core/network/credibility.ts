/**
 * What the network's own records want served: the plugin's list of mappings, and the list of sites, put together.
 *
 * A mapping counts when it is active and its site is alive, whatever its stage: the plugin calls a domain done only after
 * RunCloud has it, and failed after half an hour without DNS.
 */

import type { Desired, Mapping } from '../plan/desired.ts';
import { type HostName, parseMapping } from '../values/host-name.ts';
import { DAY, epoch, type IsoTime } from '../values/time.ts';

/** A row of the plugin's list of mappings. */
export type NetworkDomain = {
  readonly id: number;
  /** As the network spells it. */
  readonly name: string;
  /** The site (blog) it belongs to. */
  readonly siteId: number;
  readonly isActive: boolean;
  readonly stage: string;
  readonly isSecure: boolean;
};

/** A site of the network. */
export type NetworkSite = {
  /** WordPress' blog id. */
  readonly id: number;
  /** The host it was made on: one below the network's host, or that host itself where sites are directories. */
  readonly host: string;
  /** Deleted, archived or spam. */
  readonly isGone: boolean;
};

export type Wanted = {
  readonly mappings: readonly Mapping[];
  /** Rows that want something which cannot be understood, in words. As long as there are any, nothing is missing for sure. */
  readonly faults: readonly string[];
};

/**
 * Takes both lists and the network's own host; returns what is to be served. The network's own host is never among it: it
 * is the primary domain's business.
 */
export function wantedBy(
  domains: readonly NetworkDomain[],
  sites: readonly NetworkSite[],
  ownHost: HostName | undefined,
): Wanted {
  const alive = sites.filter((site) => !site.isGone);
  const named = [
    ...living(domains, sites).map(({ name, id }) => ({ name, of: `mapping ${id}` })),
    ...alive.map(({ host, id }) => ({ name: host, of: `site ${id}` })),
  ];
  const mappings = new Map<string, Mapping>();
  const faults: string[] = [];
  for (const { name, of } of named) {
    const parsed = parseMapping(name);
    if (!parsed.ok) {
      // An address of this machine, where the network is tried out: not wanted anywhere, and no fault.
      if (name !== alive[0]?.host) faults.push(`${of}: ${parsed.why}`);
    } else if (parsed.domain !== ownHost) {
      mappings.set(`${parsed.domain} ${parsed.namedAs}`, { domain: parsed.domain, namedAs: parsed.namedAs });
    }
  }
  return { mappings: [...mappings.values()], faults };
}

/** Takes rows of one domain under both forms of its name, and their sites; returns the mapping that counts, or undefined. */
export function mappingAmong(rows: readonly NetworkDomain[], sites: readonly NetworkSite[]): Mapping | undefined {
  const mappings = living(rows, sites).flatMap(({ name }): Mapping[] => {
    const parsed = parseMapping(name);
    return parsed.ok ? [{ domain: parsed.domain, namedAs: parsed.namedAs }] : [];
  });
  return mappings.find((mapping) => mapping.namedAs === 'www') ?? mappings[0];
}

/** Takes rows and sites; returns the rows that are active, of sites that are there. */
export function living(domains: readonly NetworkDomain[], sites: readonly NetworkSite[]): readonly NetworkDomain[] {
  const alive = new Set(sites.filter((site) => !site.isGone).map((site) => site.id));
  return domains.filter((domain) => domain.isActive && alive.has(domain.siteId));
}

/** A complete reading of the network. */
export type NetworkReading = {
  /** When it began. */
  readonly readAt: IsoTime;
  /** What the network calls itself. */
  readonly label: string;
  readonly domains: readonly NetworkDomain[];
  readonly sites: readonly NetworkSite[];
};

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
export type NetworkLook = {
  readonly label: string;
  readonly mappings: number;
  readonly sites: number;
  /** Domains that are to be on RunCloud by it. */
  readonly wanted: number;
  /** Why nothing may be removed by it, where that is so. */
  readonly doubt: string | undefined;
};

/** Takes a reading and what is wanted by it; returns it in numbers. */
export function lookOf({ label, domains, sites }: NetworkReading, desired: Desired): NetworkLook {
  const numbers = { label, mappings: domains.length, sites: sites.length };
  if (desired.from === 'network') {
    const wanted = new Set(desired.mappings.map(({ domain }) => domain)).size;
    return { ...numbers, wanted, doubt: desired.doubt };
  }
  return { ...numbers, wanted: 0, doubt: desired.from === 'nowhere' ? desired.why : undefined };
}

export type Judged = {
  readonly desired: Desired;
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
): Judged {
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

function nowhere(why: string, known: KnownNetwork | undefined): Judged {
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

/**
 * Takes the host in the network's address and its sites; returns its own host: that of its first site, which is the main one and
 * below which its subdomains are, or else the one in the address (which may be another way in). Undefined where neither is a name.
 */
export function ownHostOf(urlHost: string, sites: readonly NetworkSite[]): HostName | undefined {
  const first = sites.reduce<NetworkSite | undefined>(
    (least, site) => (least && least.id < site.id ? least : site),
    undefined,
  );
  for (const name of [first?.host ?? '', urlHost]) {
    const parsed = parseMapping(name);
    if (parsed.ok) return parsed.domain;
  }
  return undefined;
}

function listsMostOf(owned: readonly HostName[], mappings: readonly Mapping[]): boolean {
  const listed = new Set(mappings.map((mapping) => mapping.domain));
  return owned.length > 0 && owned.filter((domain) => listed.has(domain)).length * 2 >= owned.length;
}

function sayFaults(faults: readonly string[]): string {
  const [first = '', ...rest] = faults;
  return rest.length === 0 ? first : `${first}; and ${rest.length} more`;
}
