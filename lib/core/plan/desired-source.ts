/** Where the desired state comes from. */
import type { HostName, NamedAs } from '../values/host-name.ts';
import type { IsoTime } from '../values/time.ts';

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

type WholeList = { readonly from: 'network'; readonly readAt: IsoTime; readonly mappings: readonly Mapping[] };
/** What it lacks is missing. */
export type BelievedList = WholeList & { readonly doubt: undefined };
/** It may lack what is mapped, so nothing is removed for want of being listed. */
export type DoubtedList = WholeList & { readonly doubt: string };

export type DomainAnswer =
  | { readonly kind: 'mapped'; readonly namedAs: NamedAs; readonly readAt: IsoTime }
  | { readonly kind: 'absent'; readonly readAt: IsoTime }
  | { readonly kind: 'unasked'; readonly why: string; readonly readAt?: never };
