/** What the network asked for, domain by domain, and which of two wishes is the newer one. */
import type { HostName, NamedAs } from '../values/host-name.ts';
import type { IsoTime } from '../values/time.ts';

/**
 * `signed`: the bridge, the event bus or the console said so. `hint`: an unsigned webhook behind a secret address did;
 * it may add, never remove, and the types below have no way to say otherwise.
 */
export type Trust = 'signed' | 'hint';

type RequestOrigin = {
  /** Identity of the event that brought the wish: a second delivery of it changes nothing. */
  readonly eventId: string;
  readonly occurredAt: IsoTime;
  readonly siteId?: number;
};

export type MapRequest = RequestOrigin & { readonly kind: 'mapped'; readonly trust: Trust; readonly namedAs: NamedAs };
export type UnmapRequest = RequestOrigin & { readonly kind: 'unmapped'; readonly trust: 'signed' };
export type MappingRequest = MapRequest | UnmapRequest;

/** One event of the way in: a wish for one domain. */
export type MappingEvent = { readonly domain: HostName; readonly request: MappingRequest };

/**
 * Takes a wish; returns its place among all wishes for the same domain as text: the greater one holds, whatever order
 * they arrive in. Later wins; at the same instant a mapping wins over its removal (the choice that loses no customer),
 * signed over hint, and last the event's identity, so that two deliveries never tie and never flap.
 */
export function requestOrder(request: MappingRequest): string {
  const kind = request.kind === 'mapped' ? '1' : '0';
  const trust = request.trust === 'signed' ? '1' : '0';
  return `${request.occurredAt} ${kind}${trust} ${request.eventId}`;
}

/** Takes a wish that arrived and the one that stands; returns whether the new one replaces it. */
export function supersedes(arrived: MappingRequest, standing: MappingRequest | undefined): boolean {
  return standing === undefined || requestOrder(arrived) > requestOrder(standing);
}
