import type { HostName, NamedAs } from '../values/host-name.ts';
import type { NetworkName } from '../values/network-name.ts';
import type { IsoTime } from '../values/time.ts';

/**
 * `signed`: the event came from the bridge, the event bus or the console. `hint`: it came from the plugin's unsigned webhook
 * behind a secret address. A hint may add and never remove, so `UnmapRequest` cannot be one.
 */
export type Trust = 'signed' | 'hint';

type RequestOrigin = {
  /** The event that brought the request. A second delivery of it changes nothing. */
  readonly eventId: string;
  readonly occurredAt: IsoTime;
  readonly siteId?: number;
};

export type MapRequest = RequestOrigin & { readonly kind: 'mapped'; readonly trust: Trust; readonly namedAs: NamedAs };
export type UnmapRequest = RequestOrigin & { readonly kind: 'unmapped'; readonly trust: 'signed' };
export type MappingRequest = MapRequest | UnmapRequest;

/**
 * Whether a text from outside can be the id of an event. It is the last part of `requestOrder`, by which every ledger sorts, and of
 * ASCII alone all of them have the same order: SQLite and DynamoDB compare bytes of UTF-8, JavaScript units of UTF-16.
 */
export function isEventId(text: string): boolean {
  return /^[\x20-\x7e]{1,256}$/.test(text);
}

/** What every way in ends as. `network`: the one it comes from, where the event names it. */
export type MappingEvent = {
  readonly domain: HostName;
  readonly request: MappingRequest;
  readonly network?: NetworkName | undefined;
};

/**
 * Rank of a request among all requests for its domain, as text: the greatest stands, in whatever order they arrive.
 * The later one wins. At the same instant a mapping wins over a removal, because that choice loses no customer; then signed
 * over hint; then the greater event id, so that no two events tie.
 */
export function requestOrder(request: MappingRequest): string {
  const kind = request.kind === 'mapped' ? '1' : '0';
  const trust = request.trust === 'signed' ? '1' : '0';
  return `${request.occurredAt} ${kind}${trust} ${request.eventId}`;
}

/** Whether the request that arrived replaces the one in the ledger. A second delivery of the same event does not. */
export function supersedes(arrived: MappingRequest, standing: MappingRequest | undefined): boolean {
  return standing === undefined || requestOrder(arrived) > requestOrder(standing);
}
