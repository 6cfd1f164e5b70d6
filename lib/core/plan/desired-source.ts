/** Where the desired state comes from. */

import type { HostName, NamedAs } from '../values/host-name.ts';
import type { IsoTime } from '../values/time.ts';
import type { OddRow } from './odd-rows.ts';

export type Mapping = { readonly domain: HostName; readonly namedAs: NamedAs };

export type DesiredSource =
  | EventsOnly
  | BelievedList
  | DoubtedList
  /** The network was asked about single domains: enough to add and to keep. To remove, the loop reads the whole lists. */
  | { readonly from: 'asked'; readonly answers: ReadonlyMap<HostName, DomainAnswer> }
  /** No list of the network counts now, so nothing is removed. `why` ends without a full stop. */
  | { readonly from: 'nowhere'; readonly why: string };

/** No network is configured. A domain without an event proves nothing. */
export type EventsOnly = { readonly from: 'events' };

type WholeList = {
  readonly from: 'network';
  readonly readAt: IsoTime;
  readonly mappings: readonly Mapping[];
  /** Rows that are not understood. What they may stand for counts as listed. */
  readonly odd: readonly OddRow[];
};
/** What it lacks is missing. It goes only where the question for its name came to the same: `asked` has those answers. */
export type BelievedList = WholeList & {
  readonly doubt: undefined;
  readonly asked: ReadonlyMap<HostName, AgreeingAnswer>;
};
/** It may lack what is mapped, so nothing is removed for want of being listed. */
export type DoubtedList = WholeList & { readonly doubt: string };

/** An answer by name that does not contradict a list which lacks the name. */
export type AgreeingAnswer = Exclude<DomainAnswer, { readonly kind: 'mapped' }>;

export type DomainAnswer =
  | { readonly kind: 'mapped'; readonly namedAs: NamedAs; readonly readAt: IsoTime }
  | { readonly kind: 'absent'; readonly readAt: IsoTime }
  | { readonly kind: 'unasked'; readonly why: string; readonly readAt?: never };
