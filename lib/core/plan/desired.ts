/**
 * The desired state of each domain: the left column of the table in `rows.ts`.
 *
 *   mapped    the network maps it; or the newest event does, and no answer that counts contradicts it
 *   unmapped  the newest event unmapped it, and the network agrees, or is not configured
 *   missing   a whole list lacks it, and no event unmapped it
 *   unread    no list counts, the list is doubted and lacks it, a row of it that is not understood may be it, or the network could not be
 *             asked about it
 *   unknown   no list is configured, or the network was asked about this domain alone; and no event speaks of it
 */

import { type MappingRequest, type MapRequest, requestOrder } from '../domain/mapping-request.ts';
import { type DomainRecord, standingRequest } from '../domain/record.ts';
import type { HostName, NamedAs } from '../values/host-name.ts';
import type { IsoTime } from '../values/time.ts';
import type { BelievedList, DesiredSource, DoubtedList } from './desired-source.ts';
import { describeOddRows } from './odd-rows.ts';
import { lookUp, proveByEvent, type RemovalProof, type Unconfirmed } from './proof.ts';

export type DesiredState =
  | { readonly kind: 'mapped'; readonly namedAs: NamedAs }
  | { readonly kind: 'unmapped'; readonly proof: RemovalProof | Unconfirmed }
  | { readonly kind: 'missing'; readonly readAt: IsoTime; readonly proof: RemovalProof | Unconfirmed }
  | {
      readonly kind: 'unread';
      readonly why: string;
      /**
       * What speaks for a removal all the same: an event unmapped it, a doubted list lacks it, or a list has only a row that may be it or
       * not.
       */
      readonly against: 'event' | 'list' | 'row' | 'nothing';
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

/** A sentence about the rows of the network's list that are not understood. Undefined: there is none. */
export function remarkOn(desired: DesiredSource): string | undefined {
  return desired.from === 'network' ? describeOddRows(desired.odd) : undefined;
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
      return request ? { kind: 'unmapped', proof: proveByEvent(desired, request) } : { kind: 'unknown' };
    case 'nowhere':
      return unread(request, desired.why, 'nothing');
    case 'network':
      return desired.doubt === undefined
        ? byBelievedList(record.domain, request, desired, mapped)
        : byDoubtedList(record.domain, request, desired, mapped);
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
  return desired.from === 'asked' ? desired.answers.get(domain)?.readAt : undefined;
}

function unread(request: MappingRequest | undefined, why: string, against: 'list' | 'nothing'): DesiredState {
  if (request?.kind === 'mapped') return request;
  return { kind: 'unread', why, against: request ? 'event' : against };
}

/** One answer about one name is no proof: what an event unmapped waits for the whole list. */
function absentByName(request: MappingRequest | undefined, readAt: IsoTime): DesiredState {
  if (isNewerThan(readAt, request)) return request;
  return request?.kind === 'unmapped'
    ? { kind: 'unread', why: 'only this name was asked for', against: 'event' }
    : { kind: 'unknown' };
}

function byBelievedList(
  domain: HostName,
  request: MappingRequest | undefined,
  list: BelievedList,
  mapped: ReadonlyMap<HostName, NamedAs>,
): DesiredState {
  const found = lookUp(list, mapped, domain);
  if (typeof found === 'string') return { kind: 'mapped', namedAs: found };
  if (found.kind === 'maybe-listed') {
    return request?.kind === 'mapped' ? request : { kind: 'unread', why: found.row.what, against: 'row' };
  }
  if (isNewerThan(list.readAt, request)) return request;
  if (request?.kind === 'unmapped') return { kind: 'unmapped', proof: found };
  return { kind: 'missing', readAt: list.readAt, proof: found };
}

function byDoubtedList(
  domain: HostName,
  request: MappingRequest | undefined,
  { doubt }: DoubtedList,
  mapped: ReadonlyMap<HostName, NamedAs>,
): DesiredState {
  const namedAs = mapped.get(domain);
  return namedAs ? { kind: 'mapped', namedAs } : unread(request, doubt, 'list');
}

/** Mapped after the network was read: that reading cannot know it yet. */
function isNewerThan(readAt: IsoTime, request: MappingRequest | undefined): request is MapRequest {
  return request?.kind === 'mapped' && request.occurredAt > readAt;
}
