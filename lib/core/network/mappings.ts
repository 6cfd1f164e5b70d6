/**
 * From the plugin's list of mappings and the network's list of sites to the domains that are wanted.
 *
 * A mapping counts if it is active and its site is neither deleted, archived nor spam. Its stage does not matter: the plugin
 * calls a domain done only after RunCloud has it, and failed after half an hour without DNS.
 */
import type { Mapping } from '../plan/desired-source.ts';
import { type HostName, parseMapping } from '../values/host-name.ts';
import type { IsoTime } from '../values/time.ts';

/** A row of the plugin's list of mappings. */
export type NetworkDomain = {
  readonly id: number;
  /** As the network spells it. */
  readonly name: string;
  /** WordPress' blog id. */
  readonly siteId: number;
  readonly isActive: boolean;
  readonly stage: string;
  readonly isSecure: boolean;
};

/** A site of the network. */
export type NetworkSite = {
  /** WordPress' blog id. */
  readonly id: number;
  /** A name below the network's own host, or that host itself in a network of directories. */
  readonly host: string;
  /** Deleted, archived or spam. */
  readonly isGone: boolean;
};

export type WantedMappings = {
  readonly mappings: readonly Mapping[];
  /** Rows whose name is no host name, and why. Each may stand for any domain, so while there is one, none is surely missing. */
  readonly faults: readonly string[];
};

/** Mappings and hosts of sites alike. The network's own host is left out: the application's primary domain serves it. */
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
  // A network that is tried out on one machine has an address such as `localhost`: no fault, and nothing to add.
  const mainHost = alive[0]?.host;
  const mappings = new Map<string, Mapping>();
  const faults: string[] = [];
  for (const { name, of } of named) {
    const parsed = parseMapping(name);
    if (!parsed.ok) {
      if (name !== mainHost) faults.push(`${of}: ${parsed.why}`);
    } else if (parsed.domain !== ownHost) {
      mappings.set(`${parsed.domain} ${parsed.namedAs}`, { domain: parsed.domain, namedAs: parsed.namedAs });
    }
  }
  return { mappings: [...mappings.values()], faults };
}

/** Of the rows for both forms of one name, `www.shop.example` decides: it asks for more names than `shop.example` does. */
export function mappingAmong(rows: readonly NetworkDomain[], sites: readonly NetworkSite[]): Mapping | undefined {
  const mappings = living(rows, sites).flatMap(({ name }): Mapping[] => {
    const parsed = parseMapping(name);
    return parsed.ok ? [{ domain: parsed.domain, namedAs: parsed.namedAs }] : [];
  });
  return mappings.find((mapping) => mapping.namedAs === 'www') ?? mappings[0];
}

/** The rows that count. A row whose site is not in the list is an orphan and does not. */
export function living(domains: readonly NetworkDomain[], sites: readonly NetworkSite[]): readonly NetworkDomain[] {
  const alive = new Set(sites.filter((site) => !site.isGone).map((site) => site.id));
  return domains.filter((domain) => domain.isActive && alive.has(domain.siteId));
}

/** Both lists, each read whole. */
export type NetworkReading = {
  /** When the reading began: an event after that is news to it. */
  readonly readAt: IsoTime;
  /** The network's title. */
  readonly label: string;
  readonly domains: readonly NetworkDomain[];
  readonly sites: readonly NetworkSite[];
};

/**
 * The host of the site with the lowest id, which is the main one; else the host in MULTISITE_URL, which may be another way in.
 * Undefined where neither is a host name.
 */
export function ownHostOf(urlHost: string, sites: readonly NetworkSite[]): HostName | undefined {
  const [first] = sites.toSorted((a, b) => a.id - b.id);
  for (const name of first ? [first.host, urlHost] : [urlHost]) {
    const parsed = parseMapping(name);
    if (parsed.ok) return parsed.domain;
  }
  return undefined;
}
