/** What is wanted: from the network's own records where they can be asked, else from the events that were recorded. */
import { type HostName, isSubdomain, type NamedAs } from '../core/host-name.ts';
import {
  judgeReading,
  type KnownNetwork,
  mappingAmong,
  type NetworkReading,
  type NetworkSite,
  ownHostOf,
} from '../core/network.ts';
import type { DomainRecord } from '../core/record.ts';
import { iso } from '../core/time.ts';
import { type Asked, type Desired, standingWish } from '../core/want.ts';
import type { Records } from '../ledger/ledger.ts';
import { explain } from '../log.ts';
import type { Patience } from '../multisite/api.ts';
import { NetworkError } from '../multisite/error.ts';
import { createNetworkReader, type NetworkReader } from '../multisite/network.ts';
import type { World } from './world.ts';

/** `none`: no network is configured. `failed`: its lists could not be proven whole. `asked`: about some domains only. `unasked`: not now. */
export type NetworkRead =
  | { readonly kind: 'asked'; readonly desired: Desired }
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly error: NetworkError }
  | { readonly kind: 'unasked' }
  | { readonly kind: 'read'; readonly reading: NetworkReading; readonly clockAheadMs: number | undefined };

/** Reads the network's whole lists. Throws nothing that the network could cause. */
export async function readNetwork({ network, clock, log }: World, patience: Patience): Promise<NetworkRead> {
  if (!network) return { kind: 'none' };
  const readAt = iso(clock.now());
  const reader = createNetworkReader(network, patience);
  try {
    const { label, clockAheadMs } = await reader.greet();
    return { kind: 'read', reading: { readAt, label, ...(await reader.readLists()) }, clockAheadMs };
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    log.warn('The network could not be read', { fault: error.fault, why: error.message });
    return { kind: 'failed', error };
  }
}

/** Asks the network about some domains only. Takes what is known of it and their records. */
export async function askNetwork(
  { network, clock }: World,
  known: KnownNetwork | undefined,
  records: Records,
  patience: Patience,
): Promise<NetworkRead> {
  if (!network) return { kind: 'none' };
  const reader = createNetworkReader(network, patience);
  const host = known?.host ?? ownHostOf(network.host, []);
  const answers = new Map<HostName, Asked>();
  let unreachable: string | undefined;
  for (const record of records.values()) {
    const readAt = iso(clock.now());
    try {
      const answer = unreachable ?? (await askAbout(record, reader, { host, known }));
      answers.set(record.domain, typeof answer === 'string' ? { kind: 'unasked', why: answer } : { ...answer, readAt });
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      unreachable = explain(error);
      answers.set(record.domain, { kind: 'unasked', why: unreachable });
    }
  }
  return { kind: 'asked', desired: { from: 'asked', answers } };
}

type Answer = { readonly kind: 'mapped'; readonly namedAs: NamedAs } | { readonly kind: 'absent' };
type Bearings = { readonly host: HostName | undefined; readonly known: KnownNetwork | undefined };

/** Returns what the network says of this domain, or why it cannot be asked about it. */
async function askAbout(record: DomainRecord, reader: NetworkReader, bearings: Bearings): Promise<Answer | string> {
  const { domain } = record;
  const rows = await reader.findDomains(domain);
  const sites: NetworkSite[] = [];
  for (const { siteId } of rows) {
    const site = await reader.findSite(siteId);
    if (site) sites.push(site);
  }
  const mapping = mappingAmong(rows, sites);
  if (mapping) return { kind: 'mapped', namedAs: mapping.namedAs };
  if (sites.some((site) => !site.isGone && site.host === domain)) return { kind: 'mapped', namedAs: 'bare' };
  if (bearings.host && isSubdomain(domain, bearings.host)) {
    return 'a site on a subdomain may have no mapping of its own, and sites are not asked for by name';
  }
  const isToGo = record.state.owned !== undefined && standingWish(record)?.kind === 'unmapped';
  return (isToGo ? await whyUnsure(domain, reader, bearings) : undefined) ?? { kind: 'absent' };
}

/**
 * A single answer is believed as little as a whole list before something is removed for it: the network must be the one that is
 * known, must have mappings at all, and no living site may have the domain for its own host.
 */
async function whyUnsure(domain: HostName, reader: NetworkReader, { known }: Bearings): Promise<string | undefined> {
  const { label } = await reader.greet();
  if (known && known.label !== label) return `it calls itself "${label}" and was "${known.label}" before`;
  if (!(await reader.hasDomains())) return 'its list of mappings is empty, which only whole readings can show to be so';
  const isSite = (await reader.findSites(domain)).some((site) => !site.isGone);
  return isSite ? 'a living site has this name for its own host, which only whole lists tell more of' : undefined;
}

export type DesiredNow = {
  readonly desired: Desired;
  readonly ownHost: HostName | undefined;
  /** What to remember of the network; undefined: what is remembered stands. */
  readonly known: KnownNetwork | undefined;
};

/** Takes what the network said, what was known of it and the domains that are owned; returns what is wanted. */
export function desiredFrom(
  read: NetworkRead,
  { network, settings }: World,
  before: KnownNetwork | undefined,
  owned: readonly HostName[],
): DesiredNow {
  const urlHost = network?.host ?? '';
  const ownHost = before?.host ?? ownHostOf(urlHost, []);
  switch (read.kind) {
    case 'none':
      return { desired: { from: 'events' }, ownHost: undefined, known: undefined };
    case 'failed':
      return { desired: { from: 'nowhere', why: explain(read.error) }, ownHost, known: undefined };
    case 'unasked':
      return { desired: { from: 'nowhere', why: 'it was not asked' }, ownHost, known: undefined };
    case 'asked':
      return { desired: read.desired, ownHost, known: undefined };
    case 'read': {
      const judged = judgeReading(read.reading, before, owned, { urlHost, graceMs: settings.graceMs });
      return { ...judged, ownHost: judged.known?.host ?? ownHost };
    }
  }
}
