/**
 * From the plugin's list of mappings and the network's list of sites to the domains that are wanted.
 *
 * A mapping counts if it is active and its site is neither deleted, archived nor spam. Its stage does not matter: the plugin
 * calls a domain done only after RunCloud has it, and failed after half an hour without DNS.
 */
import type { Mapping } from '../plan/desired-source.ts';
import { namesMeantBy, type OddRow, oddRowFor } from '../plan/odd-rows.ts';
import { type HostName, type NamedAs, parseMapping, quote } from '../values/host-name.ts';
import type { IsoTime } from '../values/time.ts';

const NO_NAMES = { domains: [], below: [] };

/** A row of the plugin's list of mappings. */
export type NetworkDomain = {
  readonly id: number;
  /** As the network spells it. */
  readonly name: string;
  /** WordPress' blog id. */
  readonly siteId: number;
  readonly isActive: boolean;
  /** Empty where it is no text. */
  readonly stage: string;
  readonly isSecure: boolean;
  /** Why it cannot be told whether the row counts. What is not known is empty or 0 then. Absent: it can. */
  readonly unclear?: string;
};

/** A site of the network. */
export type NetworkSite = {
  /** WordPress' blog id. */
  readonly id: number;
  /** A name below the network's own host, or that host itself in a network of directories. */
  readonly host: string;
  /** Deleted, archived or spam. */
  readonly isGone: boolean;
  /** Why it cannot be told whether the site lives. What is not known is empty or 0 then. Absent: it can. */
  readonly unclear?: string;
};

export type WantedMappings = {
  readonly mappings: readonly Mapping[];
  /** Rows that are not understood. */
  readonly odd: readonly OddRow[];
  /** A row that may stand for any domain, because it has no name. While there is one, none is surely missing. */
  readonly doubt: string | undefined;
};

/** Mappings and hosts of sites alike. The network's own host is left out: the application's primary domain serves it. */
export function wantedBy(
  domains: readonly NetworkDomain[],
  sites: readonly NetworkSite[],
  ownHost: HostName | undefined,
): WantedMappings {
  const alive = sites.filter(isAlive);
  const rows = living(domains, sites);
  // A network that is tried out on one machine has an address such as `localhost`: no fault, and nothing to add.
  const mainHost = alive[0]?.host;
  const mappings = new Map<string, Mapping>();
  const odd = [...rows.filter(({ stage }) => stage === '').map(withoutStage), ...unclearRows(domains, sites)];
  const add = (name: string, of: string): void => {
    const parsed = parseMapping(name);
    if (!parsed.ok) {
      if (name !== mainHost) odd.push({ what: `${of}: ${parsed.why}`, standsFor: namesMeantBy(name) });
    } else if (parsed.domain !== ownHost) {
      mappings.set(`${parsed.domain} ${parsed.namedAs}`, { domain: parsed.domain, namedAs: parsed.namedAs });
    }
  };
  for (const { name, id } of rows) add(name, `mapping ${id}`);
  for (const { host, id } of alive) add(host, `site ${id}`);
  return { mappings: [...mappings.values()], odd, doubt: nameless(domains, sites) };
}

export type NameAnswer =
  | { readonly kind: 'mapped'; readonly namedAs: NamedAs }
  | { readonly kind: 'absent' }
  /** Of all its rows only one that is not understood may count. */
  | { readonly kind: 'unclear'; readonly why: string };

/** What the network says of one domain. `rows` are all that name it, `sites` those of the rows and those with the domain for an address. */
export function answerAbout(
  domain: HostName,
  rows: readonly NetworkDomain[],
  sites: readonly NetworkSite[],
): NameAnswer {
  const { mappings, odd } = wantedBy(rows, sites, undefined);
  // Of both forms of one name, `www.shop.example` decides: it asks for more names than `shop.example` does.
  const forms = mappings.filter((mapping) => mapping.domain === domain).map(({ namedAs }) => namedAs);
  const namedAs = forms.find((form) => form === 'www') ?? forms[0];
  if (namedAs) return { kind: 'mapped', namedAs };
  const row = oddRowFor(domain, odd);
  return row ? { kind: 'unclear', why: row.what } : { kind: 'absent' };
}

/** The rows that count. A row whose site is not in the list is an orphan and does not. */
export function living(domains: readonly NetworkDomain[], sites: readonly NetworkSite[]): readonly NetworkDomain[] {
  const alive = new Set(sites.filter(isAlive).map((site) => site.id));
  return domains.filter((domain) => domain.unclear === undefined && domain.isActive && alive.has(domain.siteId));
}

function isAlive({ isGone, unclear }: NetworkSite): boolean {
  return !isGone && unclear === undefined;
}

/** The stage decides nothing but what is set to `done`. */
function withoutStage({ id, name }: NetworkDomain): OddRow {
  const what = `mapping ${id} (${quote(name)}): its "stage" is empty or no text, so it is never set to done`;
  return { what, standsFor: NO_NAMES };
}

/** Its site is gone, or not in the list: then the row is known not to count, whatever else is odd about it. */
function isDead({ siteId }: NetworkDomain, byId: ReadonlyMap<number, NetworkSite>): boolean {
  return siteId !== 0 && !byId.has(0) && (byId.get(siteId)?.isGone ?? true);
}

/** Rows that may count or not. */
function unclearRows(domains: readonly NetworkDomain[], sites: readonly NetworkSite[]): OddRow[] {
  const byId = new Map(sites.map((site) => [site.id, site]));
  const rows = domains.flatMap((row): OddRow[] => {
    if (row.unclear === undefined || isDead(row, byId)) return [];
    const what = `mapping ${row.id} (${quote(row.name)}): ${row.unclear}`;
    return [{ what, standsFor: namesMeantBy(row.name) }];
  });
  const unclearSites = sites.filter((site) => site.unclear !== undefined && !site.isGone);
  return [...rows, ...unclearSites.map((site) => unclearSite(site, domains, byId))];
}

/** With a site all its mappings are unclear. A site without a number may be that of every mapping whose site is not in the list. */
function unclearSite(
  { id, host, unclear }: NetworkSite,
  domains: readonly NetworkDomain[],
  byId: ReadonlyMap<number, NetworkSite>,
): OddRow {
  const itsOwn = domains.filter(({ siteId, isActive }) => isActive && (id === 0 ? !byId.has(siteId) : siteId === id));
  const meant = [host, ...itsOwn.map(({ name }) => name)].map(namesMeantBy);
  return {
    what: `site ${id} (${quote(host)}): ${unclear}`,
    standsFor: {
      domains: meant.flatMap((names) => names.domains),
      below: meant.flatMap((names) => names.below),
    },
  };
}

function nameless(domains: readonly NetworkDomain[], sites: readonly NetworkSite[]): string | undefined {
  const byId = new Map(sites.map((site) => [site.id, site]));
  const row = domains.find(
    (each) => isBlank(each.name) && (each.unclear !== undefined || (each.isActive && !isDead(each, byId))),
  );
  if (row) return `mapping ${row.id} has no name${asShown(row.name)}`;
  const site = sites.find(({ host, isGone, unclear }) => isBlank(host) && (unclear !== undefined || !isGone));
  return site && `site ${site.id} has no name${asShown(site.host)}`;
}

/** Nothing that a name is made of: also a space, a dot, or characters that nobody sees, some of which count as letters (U+3164). */
function isBlank(name: string): boolean {
  return !/(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{N}]/u.test(name);
}

function asShown(name: string): string {
  return name === '' ? '' : ` (${quote(name)})`;
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
  const [first] = sites.filter(({ id }) => id > 0).toSorted((a, b) => a.id - b.id);
  for (const name of first ? [first.host, urlHost] : [urlHost]) {
    const parsed = parseMapping(name);
    if (parsed.ok) return parsed.domain;
  }
  return undefined;
}
