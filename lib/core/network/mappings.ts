/**
 * What the network's own records want served: the plugin's list of mappings, and the list of sites, put together.
 *
 * A mapping counts when it is active and its site is alive, whatever its stage: the plugin calls a domain done only after
 * RunCloud has it, and failed after half an hour without DNS.
 */
import type { Mapping } from '../plan/desired.ts';
import { type HostName, parseMapping } from '../values/host-name.ts';
import type { IsoTime } from '../values/time.ts';

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

export type WantedMappings = {
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
): WantedMappings {
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
