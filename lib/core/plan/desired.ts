/**
 * The desired state of each domain: the left column of the table in `rows.ts`.
 *
 *   mapped    the network maps it; or the newest event does, and no answer that counts contradicts it
 *   unmapped  the newest event unmapped it, and the network agrees, or is not configured
 *   missing   a whole list lacks it, and no event unmapped it
 *   unread    no list counts, the list is doubted and lacks it, or the network could not be asked about it
 *   unknown   no list is configured, or the network was asked about this domain alone; and no event speaks of it
 */

import { type MappingRequest, requestOrder } from '../domain/mapping-request.ts';
import { type DomainRecord, standingRequest } from '../domain/record.ts';
import type { HostName, NamedAs } from '../values/host-name.ts';
import type { IsoTime } from '../values/time.ts';

export type Mapping = { readonly domain: HostName; readonly namedAs: NamedAs };

/** Where the desired state comes from. */
export type DesiredSource =
  /** No network is configured. A domain without an event proves nothing. */
  | { readonly from: 'events' }
  /** A whole list: what it lacks is missing. With a doubt, nothing is removed for want of being listed. */
  | {
      readonly from: 'network';
      readonly readAt: IsoTime;
      readonly mappings: readonly Mapping[];
      readonly doubt: string | undefined;
    }
  /** The network was asked about single domains. Where one is to be removed, the loop reads the whole lists instead. */
  | { readonly from: 'asked'; readonly answers: ReadonlyMap<HostName, DomainAnswer> }
  /** No list of the network counts now, so nothing is removed. `why` ends without a full stop. */
  | { readonly from: 'nowhere'; readonly why: string };

export type DomainAnswer =
  | { readonly kind: 'mapped'; readonly namedAs: NamedAs; readonly readAt: IsoTime }
  | { readonly kind: 'absent'; readonly readAt: IsoTime }
  | { readonly kind: 'unasked'; readonly why: string };

export type DesiredState =
  | { readonly kind: 'mapped'; readonly namedAs: NamedAs }
  | { readonly kind: 'unmapped' }
  | { readonly kind: 'missing'; readonly readAt: IsoTime }
  | {
      readonly kind: 'unread';
      readonly why: string;
      /** What speaks for a removal all the same: an event unmapped it, or a doubted list lacks it. */
      readonly against: 'event' | 'list' | 'nothing';
    }
  | { readonly kind: 'unknown' };

/** Every domain whose desired state is `mapped`, in the ledger or not. */
export function mappedDomains(desired: DesiredSource, ledger: ReadonlyMap<HostName, DomainRecord>): Set<HostName> {
  const listed = mappedIn(desired);
  const domains = new Set(listed.keys());
  for (const record of ledger.values()) {
    if (desiredStateOf(record, desired, listed).kind === 'mapped') domains.add(record.domain);
  }
  return domains;
}

/** The network's list by domain; empty where there is none. Made once, because every domain is looked up in it. */
export function mappedIn(desired: DesiredSource): Map<HostName, NamedAs> {
  const listed = new Map<HostName, NamedAs>();
  if (desired.from === 'network') {
    for (const { domain, namedAs } of desired.mappings) {
      // Where the list names both forms, both must be served.
      if (listed.get(domain) !== 'www') listed.set(domain, namedAs);
    }
  }
  return listed;
}

/** A sentence about why nothing is removed for want of being listed. Undefined: a list is believed, or none is needed. */
export function cautionOf(desired: DesiredSource): string | undefined {
  if (desired.from === 'nowhere') return `No list of the network counts now, so nothing is removed: ${desired.why}.`;
  return desired.from === 'network' && desired.doubt !== undefined
    ? `The network's list is doubted, so nothing is removed for want of being listed: ${desired.doubt}.`
    : undefined;
}

/** `mapped` is `mappedIn(desired)`. */
export function desiredStateOf(
  record: DomainRecord,
  desired: DesiredSource,
  mapped: ReadonlyMap<HostName, NamedAs>,
): DesiredState {
  const request = standingRequest(record);
  switch (desired.from) {
    case 'events':
      if (request?.kind === 'mapped') return request;
      return { kind: request ? 'unmapped' : 'unknown' };
    case 'nowhere':
      return unread(request, desired.why, 'nothing');
    case 'network': {
      const namedAs = mapped.get(record.domain);
      if (namedAs) return { kind: 'mapped', namedAs };
      if (desired.doubt !== undefined) return unread(request, desired.doubt, 'list');
      return notListed(request, desired.readAt, { kind: 'missing', readAt: desired.readAt });
    }
    case 'asked': {
      const asked = desired.answers.get(record.domain);
      if (asked?.kind === 'mapped') return { kind: 'mapped', namedAs: asked.namedAs };
      if (asked?.kind === 'absent') return absentByName(request, asked.readAt);
      return unread(request, asked?.why ?? 'it was not asked about this domain', 'nothing');
    }
  }
}

/**
 * `requestOrder` of the standing request, where the network contradicts it. A request that is newer than the network's answer
 * stands: the network could not know of it yet.
 */
export function refutedBy(record: DomainRecord, desired: DesiredSource, state: DesiredState): string | undefined {
  const request = standingRequest(record);
  if (!request) return undefined;
  const readAt = readAtOf(record.domain, desired);
  if (readAt === undefined || request.occurredAt > readAt) return undefined;
  const isContradicted =
    request.kind === 'mapped' ? state.kind === 'missing' || state.kind === 'unknown' : state.kind === 'mapped';
  return isContradicted ? requestOrder(request) : undefined;
}

/** When the network gave the answer that counts for this domain. */
function readAtOf(domain: HostName, desired: DesiredSource): IsoTime | undefined {
  if (desired.from === 'network') return desired.readAt;
  if (desired.from !== 'asked') return undefined;
  const asked = desired.answers.get(domain);
  return asked?.kind === 'unasked' ? undefined : asked?.readAt;
}

function unread(request: MappingRequest | undefined, why: string, against: 'list' | 'nothing'): DesiredState {
  if (request?.kind === 'mapped') return request;
  return { kind: 'unread', why, against: request ? 'event' : against };
}

/**
 * One answer about one name may come from a cache or from half a database. It leads to an add, a keep or a hold, never to a removal:
 * what an event unmapped waits for the whole list.
 */
function absentByName(request: MappingRequest | undefined, readAt: IsoTime): DesiredState {
  const state = notListed(request, readAt, { kind: 'unknown' });
  return state.kind === 'unmapped' ? unread(request, 'only this name was asked for', 'nothing') : state;
}

/** The network was read and lacks the domain. */
function notListed(request: MappingRequest | undefined, readAt: IsoTime, otherwise: DesiredState): DesiredState {
  // Mapped after the network was read.
  if (request?.kind === 'mapped' && request.occurredAt > readAt) return request;
  return request?.kind === 'unmapped' ? { kind: 'unmapped' } : otherwise;
}
