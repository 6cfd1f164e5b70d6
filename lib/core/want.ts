/**
 * What is wanted of each domain: the left column of the planner's legend, from wherever the wishes come.
 *
 *   mapped    the network has it, or the newest event says so and the network does not know better
 *   unmapped  the newest event says so, it was signed, and the network (where it can be asked) agrees
 *   missing   a complete list lacks it, and nobody said why
 *   unread    the list could not be read whole
 *   unknown   there is no list, and no event ever spoke of it
 */
import type { HostName, NamedAs } from './host-name.ts';
import type { DomainRecord } from './record.ts';
import type { IsoTime } from './time.ts';
import type { Wish } from './wish.ts';

/** One mapping of the network's own list. */
export type Mapping = { readonly domain: HostName; readonly namedAs: NamedAs };

/** Where the wishes come from. */
export type Desired =
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
  | { readonly from: 'asked'; readonly answers: ReadonlyMap<HostName, Asked> }
  /** The network's list could not be read whole, for the reason given: nothing may be removed. */
  | { readonly from: 'nowhere'; readonly why: string };

/** What the network says about one domain. */
export type Asked =
  | { readonly kind: 'mapped'; readonly namedAs: NamedAs }
  | { readonly kind: 'absent'; readonly readAt: IsoTime }
  | { readonly kind: 'unasked'; readonly why: string };

export type Want =
  | { readonly kind: 'mapped'; readonly namedAs: NamedAs }
  | { readonly kind: 'unmapped' }
  | { readonly kind: 'missing'; readonly readAt: IsoTime }
  | { readonly kind: 'unread'; readonly why: string; readonly askedOff: boolean }
  | { readonly kind: 'unknown' };

/** Takes where the wishes come from and the ledger; returns every domain that is mapped. */
export function mappedDomains(desired: Desired, ledger: ReadonlyMap<HostName, DomainRecord>): Set<HostName> {
  const listed = listOf(desired);
  const domains = new Set(listed.keys());
  for (const record of ledger.values()) {
    if (wantOf(record, desired, listed).kind === 'mapped') domains.add(record.domain);
  }
  return domains;
}

/** Takes where the wishes come from; returns what its list names, where it has one. */
export function listOf(desired: Desired): Map<HostName, NamedAs> {
  const listed = new Map<HostName, NamedAs>();
  if (desired.from === 'network') {
    for (const { domain, namedAs } of desired.mappings) {
      // One list may name both forms: then both are to be served.
      if (listed.get(domain) !== 'www') listed.set(domain, namedAs);
    }
  }
  return listed;
}

/** Takes a domain's record, where the wishes come from and what that lists (`listOf`); returns what is wanted of the domain. */
export function wantOf(record: DomainRecord, desired: Desired, mapped: ReadonlyMap<HostName, NamedAs>): Want {
  const { wish } = record;
  switch (desired.from) {
    case 'events':
      if (wish?.kind === 'mapped') return wish;
      return { kind: wish ? 'unmapped' : 'unknown' };
    case 'nowhere':
      return unread(wish, desired.why);
    case 'network': {
      const namedAs = mapped.get(record.domain);
      if (namedAs) return { kind: 'mapped', namedAs };
      if (desired.doubt !== undefined) return unread(wish, desired.doubt);
      return notListed(wish, desired.readAt, { kind: 'missing', readAt: desired.readAt });
    }
    case 'asked': {
      const asked = desired.answers.get(record.domain);
      if (asked?.kind === 'mapped') return asked;
      if (asked?.kind === 'absent') return notListed(wish, asked.readAt, { kind: 'unknown' });
      return unread(wish, asked?.why ?? 'it was not asked about this domain');
    }
  }
}

function unread(wish: Wish | undefined, why: string): Want {
  if (wish?.kind === 'mapped') return wish;
  return { kind: 'unread', why, askedOff: wish !== undefined };
}

/** The network was read and lacks the domain. */
function notListed(wish: Wish | undefined, readAt: IsoTime, otherwise: Want): Want {
  // Mapped after the list was read: the list cannot know it yet.
  if (wish?.kind === 'mapped' && wish.occurredAt > readAt) return wish;
  return wish?.kind === 'unmapped' ? { kind: 'unmapped' } : otherwise;
}
