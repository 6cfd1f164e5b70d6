/**
 * What a removal needs. A removal step holds a proof, and only this file can make one.
 *
 *   a network is configured   its whole list is believed and lacks the domain
 *   none is configured        a signed event said that the domain was unmapped
 *
 * An answer about one name may come from a cache or from half a database, so it makes none. Whose the domain is, and whether its
 * grace is over, is decided elsewhere (rows.ts).
 */
import type { UnmapRequest } from '../domain/mapping-request.ts';
import type { HostName, NamedAs } from '../values/host-name.ts';
import type { IsoTime } from '../values/time.ts';
import type { BelievedList, EventsOnly } from './desired-source.ts';

declare const proven: unique symbol;

export type RemovalProof = { readonly [proven]: true } & (
  | { readonly kind: 'whole-list'; readonly readAt: IsoTime }
  | { readonly kind: 'signed-event'; readonly eventId: string }
);

/** What the list says of a domain: how it names it, or the proof that it does not. `listed` is `mappedIn` of this list. */
export function lookUp(
  { readAt }: BelievedList,
  listed: ReadonlyMap<HostName, NamedAs>,
  domain: HostName,
): NamedAs | RemovalProof {
  return listed.get(domain) ?? ({ kind: 'whole-list', readAt } as RemovalProof);
}

export function proveByEvent(_: EventsOnly, { eventId }: UnmapRequest): RemovalProof {
  return { kind: 'signed-event', eventId } as RemovalProof;
}
