/** What is wanted: from the network's own records where they can be asked, else from the events that were recorded. */

import { type DomainRecord, standingRequest } from '../../core/domain/record.ts';
import { judgeReading, type KnownNetwork } from '../../core/network/credibility.ts';
import { mappingAmong, type NetworkReading, type NetworkSite, ownHostOf } from '../../core/network/mappings.ts';
import type { DesiredSource, DomainAnswer } from '../../core/plan/desired.ts';
import { type HostName, isSubdomain, type NamedAs } from '../../core/values/host-name.ts';
import { iso } from '../../core/values/time.ts';
import type { Records } from '../../ledger/ledger.ts';
import { NetworkError } from '../../multisite/error.ts';
import { createNetworkReader, type NetworkReader } from '../../multisite/network.ts';
import { explain } from '../../util/log.ts';
import type { RequestOptions } from '../../util/request-options.ts';
import type { Dependencies } from '../dependencies.ts';

/** `none`: no network is configured. `failed`: its lists could not be proven whole. `asked`: about some domains only. `unasked`: not now. */
export type NetworkRead =
  | { readonly kind: 'asked'; readonly desired: DesiredSource }
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly error: NetworkError }
  | { readonly kind: 'unasked' }
  | { readonly kind: 'read'; readonly reading: NetworkReading; readonly clockAheadMs: number | undefined };

/** Reads the network's whole lists. Throws nothing that the network could cause. */
export async function readNetwork(
  { network, clock, log }: Dependencies,
  options: RequestOptions,
): Promise<NetworkRead> {
  if (!network) return { kind: 'none' };
  const readAt = iso(clock.now());
  const reader = createNetworkReader(network, options);
  try {
    const { label, clockAheadMs } = await reader.authenticate();
    return { kind: 'read', reading: { readAt, label, ...(await reader.readLists()) }, clockAheadMs };
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    log.warn('The network could not be read', { fault: error.fault, why: error.message });
    return { kind: 'failed', error };
  }
}

/**
 * Asks the network about some domains only. Takes what is known of it and their records. What is to be removed by an event is
 * never removed on a single answer, which is proven by nothing: then the whole lists are read.
 */
export async function askNetwork(
  deps: Dependencies,
  known: KnownNetwork | undefined,
  records: Records,
  options: RequestOptions,
): Promise<NetworkRead> {
  const { network, clock } = deps;
  if (!network) return { kind: 'none' };
  const reader = createNetworkReader(network, options);
  const host = known?.host ?? ownHostOf(network.host, []);
  const answers = new Map<HostName, DomainAnswer>();
  let unreachable: string | undefined;
  for (const record of records.values()) {
    const readAt = iso(clock.now());
    try {
      const answer = unreachable ?? (await askAbout(record.domain, reader, host));
      answers.set(record.domain, typeof answer === 'string' ? { kind: 'unasked', why: answer } : { ...answer, readAt });
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      unreachable = explain(error);
      answers.set(record.domain, { kind: 'unasked', why: unreachable });
    }
  }
  const toGo = [...records.values()].filter(
    (record) => isToGo(record) && answers.get(record.domain)?.kind === 'absent',
  );
  if (toGo.length > 0) {
    const whole = await readNetwork(deps, options);
    if (whole.kind !== 'failed') return whole;
    for (const { domain } of toGo) answers.set(domain, { kind: 'unasked', why: explain(whole.error) });
  }
  return { kind: 'asked', desired: { from: 'asked', answers } };
}

function isToGo(record: DomainRecord): boolean {
  return record.state.owned !== undefined && standingRequest(record)?.kind === 'unmapped';
}

type Answer = { readonly kind: 'mapped'; readonly namedAs: NamedAs } | { readonly kind: 'absent' };

/** Returns what the network says of this domain, or why it cannot be asked about it. */
async function askAbout(domain: HostName, reader: NetworkReader, host: HostName | undefined): Promise<Answer | string> {
  const rows = await reader.findDomains(domain);
  const sites: NetworkSite[] = [];
  for (const { siteId } of rows) {
    const site = await reader.findSite(siteId);
    if (site) sites.push(site);
  }
  const mapping = mappingAmong(rows, sites);
  if (mapping) return { kind: 'mapped', namedAs: mapping.namedAs };
  if (host && isSubdomain(domain, host)) {
    return 'a site on a subdomain may have no mapping of its own, and sites are not asked for by name';
  }
  return { kind: 'absent' };
}

export type DesiredReading = {
  readonly desired: DesiredSource;
  readonly ownHost: HostName | undefined;
  /** What to remember of the network; undefined: what is remembered stands. */
  readonly known: KnownNetwork | undefined;
};

/** Takes what the network said, what was known of it and the domains that are owned; returns what is wanted. */
export function desiredFrom(
  read: NetworkRead,
  { network, settings }: Dependencies,
  before: KnownNetwork | undefined,
  owned: readonly HostName[],
): DesiredReading {
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
