/**
 * A complete reading can still prove nothing. The plugin's database layer turns a failed read into an empty list, and
 * MULTISITE_URL can come to lead to a copy of the network, a staging site or a parked domain. Acting on such a list would remove
 * every domain.
 *
 *   the reading                                                              what follows
 *   ───────────────────────────────────────────────────────────────────────  ────────────────────────────────────────────────
 *   has no sites                                                             nothing is believed
 *   has another title or main host than before, and fewer than half of ours  nothing is believed for a day, then all of it
 *   has no mappings, while some domains are ours                             nothing is believed until it stays so for GRACE
 *   has a row without any name                                               doubted until the row is mended
 *   has another title or main host than before, and at least half of ours    doubted for a day
 *   else                                                                     believed
 *
 * The first row that fits decides; of an empty list that has stayed so, the first one after it. From a doubted list domains are added; for want of being listed none is removed. Another row that is
 * not understood stops only what it may itself stand for (odd-rows.ts).
 */

import type { DesiredSource, Mapping } from '../plan/desired-source.ts';
import { describeOddRows } from '../plan/odd-rows.ts';
import type { HostName } from '../values/host-name.ts';
import { DAY, epoch, type IsoTime, iso } from '../values/time.ts';
import { type NetworkReading, ownHostOf, wantedBy } from './mappings.ts';

/** What tells one network from another: its title, and the host of its main site. */
export type NetworkIdentity = { readonly label: string; readonly host: HostName | undefined };

/** Kept in the ledger from one reading to the next. */
export type KnownNetwork = NetworkIdentity & {
  /** When it took the place of another network. Absent: it has been this one from the first reading on. */
  readonly since?: IsoTime;
  /** Another network that answers under MULTISITE_URL now and is not believed yet. */
  readonly rival?: NetworkIdentity & { readonly since: IsoTime };
  /** When its list of mappings first was empty although domains of it are ours. */
  readonly emptySince?: IsoTime;
};

export type NetworkSummary = {
  readonly label: string;
  readonly mappings: number;
  readonly sites: number;
  /** Domains, each counted once under both forms of its name. */
  readonly wanted: number;
  /** Why nothing is removed for want of being listed. Undefined: the list is believed. */
  readonly doubt: string | undefined;
  /** A sentence about the rows that are not understood. */
  readonly odd?: string | undefined;
};

export function summariseNetwork({ label, domains, sites }: NetworkReading, desired: DesiredSource): NetworkSummary {
  const numbers = { label, mappings: domains.length, sites: sites.length };
  if (desired.from === 'network') {
    const wanted = new Set(desired.mappings.map(({ domain }) => domain)).size;
    return { ...numbers, wanted, doubt: desired.doubt, odd: describeOddRows(desired.odd) };
  }
  // Stryker disable next-line ConditionalExpression: no other source has a reason.
  return { ...numbers, wanted: 0, doubt: desired.from === 'nowhere' ? desired.why : undefined };
}

export type Judgement = {
  readonly desired: DesiredSource;
  /** What the ledger keeps from now on. Undefined: it keeps what it has. */
  readonly known: KnownNetwork | undefined;
};

// Time for a person to notice that MULTISITE_URL leads elsewhere.
const IDENTITY_MS = DAY;

/** Judges a complete reading by the table above. `urlHost` is the host in MULTISITE_URL, which may be an IP address. */
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
  const { mappings, odd, doubt: nameless } = wantedBy(domains, sites, identity.host);
  const list = { from: 'network', readAt, mappings, odd } as const;
  const recognised = recognise(identity, before, readAt, listsMostOf(owned, mappings));
  if (recognised.rival) {
    const why = `it is ${formatIdentity(recognised.rival)} since ${recognised.rival.since} and was ${formatIdentity(recognised)} before, and it lists fewer than half of the domains that are ours. MULTISITE_URL may lead to another network. It is believed if it stays so for a day`;
    return nowhere(why, recognised);
  }
  const isEmpty = domains.length === 0 && owned.length > 0;
  const emptySince = isEmpty ? iso(Math.min(epoch(before?.emptySince ?? readAt), epoch(readAt))) : undefined;
  const known = { ...recognised, ...(emptySince && { emptySince }) };
  if (emptySince && (readAt === emptySince || epoch(readAt) - epoch(emptySince) < graceMs)) {
    return nowhere(
      `its list of mappings has been empty since ${emptySince}, and an empty list is believed only if it stays so for GRACE`,
      known,
    );
  }
  const isYoung = epoch(readAt) - epoch(known.since ?? iso(0)) < IDENTITY_MS;
  const change = isYoung
    ? `it is ${formatIdentity(known)} only since ${known.since} and was another network before. It is believed after a day`
    : undefined;
  const doubt = nameless ?? change;
  const desired: DesiredSource = doubt === undefined ? { ...list, doubt, asked: new Map() } : { ...list, doubt };
  return { desired, known };
}

function nowhere(why: string, known: KnownNetwork | undefined): Judgement {
  return { desired: { from: 'nowhere', why }, known };
}

/** A new title may be a rename and a new host a move: a network that lists most of our domains counts as the same one. */
function recognise(
  identity: NetworkIdentity,
  before: KnownNetwork | undefined,
  readAt: IsoTime,
  listsOurs: boolean,
): KnownNetwork {
  if (!before) return identity;
  if (isSame(identity, before)) return { ...identity, ...(before.since && { since: before.since }) };
  if (listsOurs) return { ...identity, since: readAt };
  const since = before.rival && isSame(identity, before.rival) ? before.rival.since : readAt;
  if (epoch(readAt) - epoch(since) >= IDENTITY_MS) return { ...identity, since };
  const { emptySince: _, ...rest } = before;
  return { ...rest, rival: { ...identity, since } };
}

function isSame(a: NetworkIdentity, b: NetworkIdentity): boolean {
  return a.label === b.label && a.host === b.host;
}

function formatIdentity({ label, host }: NetworkIdentity): string {
  return `"${label}"${host === undefined ? '' : ` on ${host}`}`;
}

/** Where none is owned, nothing is lost with any list. */
function listsMostOf(owned: readonly HostName[], mappings: readonly Mapping[]): boolean {
  const listed = new Set(mappings.map((mapping) => mapping.domain));
  return owned.filter((domain) => listed.has(domain)).length * 2 >= owned.length;
}
