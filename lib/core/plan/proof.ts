/**
 * What a removal needs. A removal step holds a proof, and only this file can make one.
 *
 *   a network is configured   its whole list is believed and lacks the domain, and so does its answer to the question for the name
 *   none is configured        a signed event said that the domain was unmapped
 *
 * An answer about one name may come from a cache or from half a database, and so may a list: by itself neither makes a proof. Whose the
 * domain is, and whether its grace is over, is decided elsewhere (rows.ts).
 */
import type { UnmapRequest } from '../domain/mapping-request.ts';
import type { HostName, NamedAs } from '../values/host-name.ts';
import type { IsoTime } from '../values/time.ts';
import type { BelievedList, EventsOnly } from './desired-source.ts';
import { type OddRow, oddRowFor } from './odd-rows.ts';

declare const proven: unique symbol;

export type RemovalProof = { readonly [proven]: true } & (
  | { readonly kind: 'whole-list'; readonly readAt: IsoTime; readonly askedAt: IsoTime }
  | { readonly kind: 'signed-event'; readonly eventId: string }
);

/** The list lacks the domain, and the question for its name did not come to the same. */
export type Unconfirmed = {
  readonly kind: 'unconfirmed';
  /** Why the network could not be asked. Undefined: it was not asked yet. */
  readonly why: string | undefined;
};

/** The list has a row that is not understood and may stand for the domain. */
export type MaybeListed = { readonly kind: 'maybe-listed'; readonly row: OddRow };

/** What the list says of a domain: how it names it, or that it lacks it, proven or not. `listed` is `mappedIn` of this list. */
export function lookUp(
  { readAt, asked, odd }: BelievedList,
  listed: ReadonlyMap<HostName, NamedAs>,
  domain: HostName,
): NamedAs | MaybeListed | RemovalProof | Unconfirmed {
  const namedAs = listed.get(domain);
  if (namedAs) return namedAs;
  const row = oddRowFor(domain, odd);
  if (row) return { kind: 'maybe-listed', row };
  const answer = asked.get(domain);
  if (answer?.kind === 'absent') {
    return { kind: 'whole-list', readAt, askedAt: answer.readAt } as RemovalProof;
  }
  return { kind: 'unconfirmed', why: answer?.why };
}

export function proveByEvent(_: EventsOnly, { eventId }: UnmapRequest): RemovalProof {
  return { kind: 'signed-event', eventId } as RemovalProof;
}
