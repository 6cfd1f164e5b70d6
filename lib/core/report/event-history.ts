/** What was told of the last 90 days, for people: newest first. */
import { type ApplicationEvent, eventId, HISTORY_DAYS } from '../domain/event.ts';
import type { DomainRecord } from '../domain/record.ts';
import type { HostName } from '../values/host-name.ts';
import { quantity } from '../values/text.ts';
import { DAY, epoch, type IsoTime } from '../values/time.ts';

/** As the console answers it, so in snake case. */
export type ListedEvent = {
  readonly id: string;
  readonly type: string;
  /** Absent: it is of the application. */
  readonly domain?: HostName;
  /** Of the application: the first of those that it is about. */
  readonly domains?: readonly string[];
  readonly at: IsoTime;
  readonly before: object;
  readonly after: object;
  readonly reason?: string;
  readonly what_to_do?: string;
};

export type HistoryInput = {
  readonly records: Iterable<DomainRecord>;
  readonly ofApplication: readonly ApplicationEvent[];
  /** Number of the last event that was told. */
  readonly toldUpTo: number;
  readonly limit: number;
  readonly now: number;
};

export const DEFAULT_LIMIT = 200;

/** `matching` counts those beyond `limit` as well, and `untold` those of them that nobody took yet. */
export function listEvents({ records, ofApplication, toldUpTo, limit, now }: HistoryInput): {
  readonly events: readonly ListedEvent[];
  readonly matching: number;
  readonly untold: number;
} {
  const ofDomains = [...records].flatMap(({ domain, state }) =>
    (state.events ?? []).map((event) => ({ ...event, domain })),
  );
  const recent = [...ofDomains, ...ofApplication].filter(({ at }) => epoch(at) > now - HISTORY_DAYS * DAY);
  const events = recent
    .sort((a, b) => b.number - a.number)
    .slice(0, limit)
    .map(({ number, run, whatToDo, ...event }): ListedEvent => {
      return {
        id: eventId({ number, run, at: event.at }),
        ...event,
        ...(whatToDo !== undefined && { what_to_do: whatToDo }),
      };
    });
  const untold = recent.filter(({ number }) => number > toldUpTo).length;
  return { events, matching: recent.length, untold };
}

/** `about`: absent where all domains are asked for. */
export function describeEvents(
  { events, matching, untold }: ReturnType<typeof listEvents>,
  about: HostName | undefined,
): string {
  const whose = about === undefined ? '' : ` of ${about}`;
  const [newest] = events;
  if (!newest) return `No event${whose} within the last ${HISTORY_DAYS} days.`;
  const shown = matching > events.length ? ` Shown are the newest ${events.length}.` : '';
  const ofDomain = newest.domain === undefined || about !== undefined ? '' : ` of ${newest.domain}`;
  const waiting =
    untold === 0 ? '' : ` Nobody was told of ${untold} of them yet: the next run over all domains tells them.`;
  return `${quantity(matching, 'event')}${whose} within the last ${HISTORY_DAYS} days, the newest at ${newest.at}: ${newest.type}${ofDomain}.${shown}${waiting}`;
}
