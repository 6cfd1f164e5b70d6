/** Events as they go out: what happened to many domains in one run is one message. */
import {
  type ApplicationEvent,
  DOMAIN_EVENT_TYPES,
  type DomainEvent,
  type DomainEventType,
  type DomainView,
  eventId,
} from '../domain/event.ts';
import type { HostName } from '../values/host-name.ts';
import type { IsoTime } from '../values/time.ts';

type Words = { readonly reason?: string; readonly whatToDo?: string };
type About = { readonly id: string; readonly at: IsoTime } & Words;
type Placed = About & {
  /**
   * Grows from message to message, over all runs. Of two messages about a domain the one with the higher number holds: those of one run
   * may share `at`, and `at` of many domains is that of the first of them.
   */
  readonly sequence: number;
};

/** `id` is the same for each delivery. Names are in ASCII. */
export type OutgoingEvent =
  | {
      readonly type: DomainEventType;
      readonly detail: Placed & { readonly domain: HostName; readonly before: DomainView; readonly after: DomainView };
    }
  /** Of many domains. `before` and `after` are what all of them share; `leftOut` counts those beyond `domains`. */
  | {
      readonly type: DomainEventType;
      readonly detail: Placed & Named & { readonly before: Partial<DomainView>; readonly after: Partial<DomainView> };
    }
  | {
      readonly type: 'removals.held';
      readonly detail: Placed & Named & { readonly before: object; readonly after: object };
    }
  | {
      readonly type: 'quota.low';
      readonly detail: Placed & { readonly before: object; readonly after: object };
    }
  /** In no history, so it has no place in it either. */
  | {
      readonly type: 'notify.test';
      readonly detail: About & { readonly before: object; readonly after: object };
    };

/** All there are. */
export const OUTGOING_TYPES = [...DOMAIN_EVENT_TYPES, 'removals.held', 'quota.low', 'notify.test'] as const;

/** A message that has no place among the others yet. */
type Unplaced = (sequence: number) => OutgoingEvent;

type Named = { readonly domains: readonly string[]; readonly count: number; readonly leftOut: number };

export type NamedEvent = { readonly domain: HostName; readonly event: DomainEvent };

/** The messages of one run, and the number of the last event among them. */
export type RunMessages = { readonly upTo: number; readonly messages: readonly OutgoingEvent[] };

const BUNDLED_FROM = 10;
/** Characters of names. A message of EventBridge holds 256 KB: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
const MOST_NAMED = 100_000;

/**
 * Run by run, each in its order. The n-th event of each domain in a run goes out before any that is the domain's next one, so bundles keep
 * the order of each domain. A run that is told again is told in the same messages.
 *
 * A run's last message takes the number of its last event as its place, and those before it the numbers before: no run has more messages
 * than events, so no other run has these. An event's own number is no place, because a bundle lies between others.
 */
export function messagesOf(
  ofDomains: readonly NamedEvent[],
  ofApplication: readonly ApplicationEvent[],
): readonly RunMessages[] {
  const runs = Map.groupBy([...ofDomains.map(({ event }) => event), ...ofApplication], ({ run }) => run);
  const named = Map.groupBy(ofDomains, ({ event }) => event.run);
  const own = Map.groupBy(ofApplication, ({ run }) => run);
  return [...runs]
    .map(([run, events]): RunMessages => {
      const layers = layersOf((named.get(run) ?? []).toSorted((a, b) => a.event.number - b.event.number));
      const upTo = Math.max(...events.map(({ number }) => number));
      const unplaced = [
        ...layers.flatMap((layer, index) => messagesOfLayer(run, index + 1, layer)),
        ...(own.get(run) ?? []).map(ofTheApplication),
      ];
      const before = upTo - unplaced.length;
      return { upTo, messages: unplaced.map((placed, index) => placed(before + index + 1)) };
    })
    .sort((a, b) => a.upTo - b.upTo);
}

function layersOf(events: readonly NamedEvent[]): readonly (readonly NamedEvent[])[] {
  const layers: NamedEvent[][] = [];
  const counts = new Map<HostName, number>();
  for (const each of events) {
    const index = counts.get(each.domain) ?? 0;
    counts.set(each.domain, index + 1);
    const layer = layers[index] ?? [];
    layers[index] = layer;
    layer.push(each);
  }
  return layers;
}

function messagesOfLayer(run: string, layer: number, events: readonly NamedEvent[]): readonly Unplaced[] {
  return [...Map.groupBy(events, ({ event }) => event.type)].flatMap(([type, alike]) =>
    alike.length < BUNDLED_FROM ? alike.map(single) : [bundle(`${run}.${layer}.${type}`, type, alike)],
  );
}

function single({ domain, event }: NamedEvent): Unplaced {
  const { type, at, before, after } = event;
  const id = eventId(event);
  return (sequence) => ({ type, detail: { id, sequence, domain, at, before, after, ...wordsOf(event) } });
}

function bundle(id: string, type: DomainEventType, events: readonly NamedEvent[]): Unplaced {
  const [first] = events as readonly [NamedEvent, ...NamedEvent[]];
  const isShared = (of: (each: DomainEvent) => string | undefined): boolean =>
    events.every(({ event }) => of(event) === of(first.event));
  const { at, before, after, reason, whatToDo } = first.event;
  return (sequence) => ({
    type,
    detail: {
      id,
      sequence,
      ...namesOf(events.map(({ domain }) => domain)),
      at,
      before: sharedOf(before, (axis) => isShared((event) => event.before[axis])),
      after: sharedOf(after, (axis) => isShared((event) => event.after[axis])),
      ...(isShared((event) => event.reason) && isShared((event) => event.whatToDo) && wordsOf({ reason, whatToDo })),
    },
  });
}

function ofTheApplication(event: ApplicationEvent): Unplaced {
  return (sequence) => {
    const about = { id: eventId(event), sequence, at: event.at, ...wordsOf(event) };
    if (event.type === 'quota.low')
      return { type: event.type, detail: { ...about, before: event.before, after: event.after } };
    const { type, domains, before, after } = event;
    return { type, detail: { ...about, ...namesOf(domains, after.held), before, after } };
  };
}

function namesOf(names: readonly string[], count = names.length): Named {
  let room = MOST_NAMED;
  const domains = names.filter(({ length }) => {
    room -= length;
    return room >= 0;
  });
  return { domains, count, leftOut: count - domains.length };
}

function sharedOf(view: DomainView, isShared: (axis: keyof DomainView) => boolean): Partial<DomainView> {
  const axes = Object.entries(view) as [keyof DomainView, string][];
  return Object.fromEntries(axes.filter(([axis]) => isShared(axis)));
}

function wordsOf({ reason, whatToDo }: { readonly [Name in keyof Words]: Words[Name] | undefined }): Words {
  return { ...(reason !== undefined && { reason }), ...(whatToDo !== undefined && { whatToDo }) };
}
