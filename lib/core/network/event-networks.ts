/**
 * Which network may speak. A copy of the network (a staging site, a restored backup, a laptop) signs with the same key, and
 * what somebody tries out there must not reach RunCloud. So events name the network they come from.
 *
 * | the event names | on record is | then |
 * |---|---|---|
 * | none: another producer, a bridge from before | any | it counts |
 * | a network | none | it counts. If it is signed, its network is on record from now on |
 * | a network on another host than the lists' own | none | it is refused |
 * | a network on the lists' own host | one on another host | it counts, and if it is signed it is on record from now on |
 * | the network on record | that one | it counts |
 * | another one | any | it is refused and nothing of it is recorded |
 *
 * A network that the settings name is always the one on record. The address under which its lists are read is not asked: it may be
 * another way in, past a proxy or a firewall. What the lists say of the main site is.
 */
import type { MappingEvent, MappingRequest } from '../domain/mapping-request.ts';
import type { HostName } from '../values/host-name.ts';
import { hostOf, type NetworkName } from '../values/network-name.ts';
import { quantity } from '../values/text.ts';
import { DAY, epoch, type IsoTime, iso } from '../values/time.ts';

/** What is remembered of the networks that events named. */
export type EventNetworks = {
  readonly onRecord?: NetworkName;
  /** The newest first; one for each domain and network. */
  readonly refused?: readonly RefusedEvent[];
};

export type RefusedEvent = {
  readonly network: NetworkName;
  readonly domain: HostName;
  readonly kind: MappingRequest['kind'];
  /** When it was refused. */
  readonly at: IsoTime;
};

/** What is known before the events are looked at. */
export type NetworkKnowledge = {
  /** Of the settings. */
  readonly configured: NetworkName | undefined;
  readonly remembered: EventNetworks | undefined;
  /** The main site's host, as the network's lists give it. Undefined: no lists were read yet. */
  readonly listedHost: HostName | undefined;
};

export type Admission = {
  readonly admitted: readonly MappingEvent[];
  readonly refused: readonly RefusedEvent[];
  readonly onRecord: NetworkName | undefined;
  /** Whether it was one of these events that put its network on record. */
  readonly isNew: boolean;
};

const SHOWN_FOR_MS = 7 * DAY;
// Enough to see what a copy does. All of it is one note of the ledger.
const MOST_REFUSED = 20;

export function admitEvents(events: readonly MappingEvent[], known: NetworkKnowledge, now: number): Admission {
  const before = onRecordOf(known);
  const signed = events.flatMap(({ network, request }) => (network && request.trust === 'signed' ? [network] : []));
  const onRecord = before ?? signed.find((network) => !isRefused(network, known));
  const judged = { ...known, remembered: onRecord && { onRecord } };
  const refused = events.flatMap(({ network, domain, request: { kind } }) =>
    network && isRefused(network, judged) ? [{ network, domain, kind, at: iso(now) }] : [],
  );
  const admitted = events.filter(({ network }) => !network || !isRefused(network, judged));
  return { admitted, refused, onRecord, isNew: onRecord !== before };
}

/** Whether events of this network do not count. */
export function isRefused(network: NetworkName, known: NetworkKnowledge): boolean {
  const onRecord = onRecordOf(known);
  if (onRecord) return network !== onRecord;
  return known.listedHost !== undefined && hostOf(network) !== known.listedHost;
}

/** The network whose events count, in words: the one on record, else what the lists say. */
export function expectedNetwork(known: NetworkKnowledge): string | undefined {
  return onRecordOf(known) ?? known.listedHost;
}

/** What an event put on record counts only while the lists do not name another host: a copy may have spoken first. */
function onRecordOf({ configured, remembered, listedHost }: NetworkKnowledge): NetworkName | undefined {
  if (configured || !remembered?.onRecord) return configured;
  return listedHost === undefined || hostOf(remembered.onRecord) === listedHost ? remembered.onRecord : undefined;
}

/** What to remember after an admission; undefined where that is what is remembered already. */
export function afterAdmission(
  before: EventNetworks | undefined,
  { refused, onRecord }: Pick<Admission, 'refused' | 'onRecord'>,
): EventNetworks | undefined {
  if (refused.length === 0 && before?.onRecord === onRecord) return undefined;
  const newest = new Map<string, RefusedEvent>();
  // Whatever their age: under a clock that is wrong a recent one would be dropped.
  for (const event of [...refused.toReversed(), ...(before?.refused ?? [])]) {
    const key = `${event.domain} ${event.network}`;
    if (!newest.has(key)) newest.set(key, event);
  }
  return { ...(onRecord && { onRecord }), refused: [...newest.values()].slice(0, MOST_REFUSED) };
}

/** Why an event is refused and the way on, in words for the sender and for the operator. `expected`: see {@link expectedNetwork}. */
export function explainRefusal(network: NetworkName, expected: string | undefined): string {
  return `This comes from the network ${network}, and the network on record is ${expected}, so nothing of it is done. If ${network} is a copy, take the bridge's constants out of its wp-config.php. If the network has moved, set NETWORK=${network} in the settings of this service.`;
}

/** What was refused within a week, in words; undefined where nothing was. */
export function describeRefused(
  known: NetworkKnowledge,
  now: number,
): { readonly found: string; readonly whatToDo: string } | undefined {
  const refused = recent(known.remembered?.refused, now).filter(({ network }) => isRefused(network, known));
  const [last] = refused;
  if (!last) return undefined;
  const names = [...new Set(refused.map(({ network }) => network))].join(', ');
  return {
    found: `Events about ${quantity(refused.length, 'domain')} were refused within a week, because they come from another network (${names}) than the one on record (${expectedNetwork(known)}). The last one said at ${last.at} that ${last.domain} was ${last.kind}.`,
    whatToDo: `If ${last.network} is a copy, take the bridge's constants out of its wp-config.php. If the network has moved, set NETWORK=${last.network}; then reconcile, or send the events again from the bridge's screen.`,
  };
}

/** A time from the future was written by a clock that was ahead, and counts for nothing. */
function recent(refused: readonly RefusedEvent[] = [], now: number): readonly RefusedEvent[] {
  return refused.filter(({ at }) => epoch(at) > now - SHOWN_FOR_MS && epoch(at) <= now);
}
