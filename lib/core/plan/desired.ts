/**
 * What is wanted of each domain: the left column of the planner's legend, from wherever the wishes come.
 *
 *   mapped    the network has it, or the newest event says so and the network does not know better
 *   unmapped  the newest event says so, it was signed, and the network (where it can be asked) agrees
 *   missing   a complete list lacks it, and nobody said why
 *   unread    the list could not be read whole
 *   unknown   there is no list, and no event ever spoke of it
 */

import { type MappingRequest, requestOrder } from '../domain/mapping-request.ts';
import { type DomainRecord, standingRequest } from '../domain/record.ts';
import type { HostName, NamedAs } from '../values/host-name.ts';
import type { IsoTime } from '../values/time.ts';

/** One mapping of the network's own list. */
export type Mapping = { readonly domain: HostName; readonly namedAs: NamedAs };

/** Where the wishes come from. */
export type DesiredSource =
  /** No list is configured: the events in the ledger are all that is known, and silence means nothing. */
  | { readonly from: 'events' }
  /**
   * The network's list, proven whole: what it lacks is missing. Unless there is a doubt: then it may lack something that is
   * mapped, and nothing is removed for want of it.
   */
  | {
      readonly from: 'network';
      readonly readAt: IsoTime;
      readonly mappings: readonly Mapping[];
      readonly doubt: string | undefined;
    }
  /** The network was asked about single domains. */
  | { readonly from: 'asked'; readonly answers: ReadonlyMap<HostName, DomainAnswer> }
  /** The network's list could not be read whole, for the reason given: nothing may be removed. */
  | { readonly from: 'nowhere'; readonly why: string };

/** What the network says about one domain. */
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
      /** Whether something speaks for its going: an event unmapped it, or a list that is doubted lacks it. */
      readonly against: 'event' | 'list' | 'nothing';
    }
  | { readonly kind: 'unknown' };

/** Takes where the wishes come from and the ledger; returns every domain that is mapped. */
export function mappedDomains(desired: DesiredSource, ledger: ReadonlyMap<HostName, DomainRecord>): Set<HostName> {
  const listed = mappedIn(desired);
  const domains = new Set(listed.keys());
  for (const record of ledger.values()) {
    if (desiredStateOf(record, desired, listed).kind === 'mapped') domains.add(record.domain);
  }
  return domains;
}

/** Takes where the wishes come from; returns what its list names, where it has one. */
export function mappedIn(desired: DesiredSource): Map<HostName, NamedAs> {
  const listed = new Map<HostName, NamedAs>();
  if (desired.from === 'network') {
    for (const { domain, namedAs } of desired.mappings) {
      // One list may name both forms: then both are to be served.
      if (listed.get(domain) !== 'www') listed.set(domain, namedAs);
    }
  }
  return listed;
}

/** Takes where the wishes come from; returns why the network's word counts for adding at most, or undefined. */
export function cautionOf(desired: DesiredSource): string | undefined {
  if (desired.from === 'nowhere') return `The network could not be read whole: ${desired.why}.`;
  return desired.from === 'network' && desired.doubt !== undefined
    ? `The network's list is doubted, so nothing is removed for want of being listed: ${desired.doubt}.`
    : undefined;
}

/** Takes a domain's record, where the wishes come from and what that lists (`listOf`); returns what is wanted of the domain. */
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
 * Takes a domain's record, where the wishes come from and what is wanted of it; returns the wish (`wishOrder`) that the network
 * contradicts by it, where there is one that was not known to be. What happened after it was asked it cannot know.
 */
export function refutedBy(record: DomainRecord, desired: DesiredSource, want: DesiredState): string | undefined {
  const request = standingRequest(record);
  if (!request) return undefined;
  const readAt = readAtOf(record.domain, desired);
  if (readAt === undefined || request.occurredAt > readAt) return undefined;
  const isContradicted =
    request.kind === 'mapped' ? want.kind === 'missing' || want.kind === 'unknown' : want.kind === 'mapped';
  return isContradicted ? requestOrder(request) : undefined;
}

/** When the network was asked about a domain; undefined where it gave no answer that counts. */
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
  // Mapped after the list was read: the list cannot know it yet.
  if (request?.kind === 'mapped' && request.occurredAt > readAt) return request;
  return request?.kind === 'unmapped' ? { kind: 'unmapped' } : otherwise;
}
