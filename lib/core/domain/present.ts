/** What every time in a record counts for where a clock that was ahead wrote it (`values/present.ts`). */
import { type IssuanceHistory, WEEK } from '../certificates/requests.ts';
import { isAhead, type TimeRules, withoutAhead } from '../values/present.ts';
import { CLOCK_TOLERANCE_MS, DAY, iso } from '../values/time.ts';
import { type MappingRequest, requestOrder, supersedes } from './mapping-request.ts';
import type { Contest, DomainRecord, DomainState } from './record.ts';

export const ISSUANCE_TIMES: TimeRules<IssuanceHistory> = {
  requests: {
    // It was sent, and Let's Encrypt counts it. So it counts as sent now: towards the limits for a week, and its pause begins.
    at: 'now',
    // No limit lasts longer (requests.ts). The request itself goes on counting.
    spent: { until: ['whole', 2 * WEEK] },
  },
  notBefore: ['nothing', 2 * WEEK],
  // RunCloud is asked again what is installed, before any request.
  obstacle: { at: 'whole' },
  // Whom RunCloud blamed stays to blame.
  blamed: { at: 'now' },
};

const STATE_TIMES: TimeRules<DomainState> = {
  // Only whether it was added a moment ago is asked. The brake leaves out a removal that is ahead.
  owned: { since: 'long ago', removalSentAt: 'nothing' },
  ownedWww: { since: 'long ago', removalSentAt: 'nothing' },
  // A step that failed is tried again within a day. Now it is due, and its attempts go on counting.
  failure: { dueAt: ['now', DAY] },
  // The grace, and the wait before an object counts as gone, begin anew with the next list.
  missingSince: 'nothing',
  goneSince: 'nothing',
  // The brake leaves it out, as its counter does (removal-count.ts).
  removedAt: 'nothing',
  // It gets its own turn as the record's request.
  contested: { by: { occurredAt: 'as told' } },
  probe: {
    // Due at once.
    at: 'long ago',
    dns: { since: 'now' },
    www: { since: 'now' },
    certificate: { since: 'now', verdict: { until: 'as told', expiringFrom: 'as told' } },
    leftAt: 'now',
    unaskedSince: 'now',
    dnsHalfSince: 'now',
    wwwHalfSince: 'now',
  },
  issuance: ISSUANCE_TIMES,
  // What was accepted is not sent again. What failed is.
  writtenBack: { at: 'long ago' },
  // It has to rest for an hour from now on.
  told: { unrest: { live: { since: 'now', at: 'now' }, dns: { since: 'now', at: 'now' } } },
  // It happened, and its number says what came after it.
  events: { at: 'now' },
};

/** The very same object where no time in it is ahead. */
export function presentState(state: DomainState, now: number): DomainState {
  return withoutAhead(state, STATE_TIMES, now);
}

/**
 * The record with its times as they count. A request that is ahead counts as sent a little while ago: whatever happens from now on
 * is newer, and what is repeated from before is not. The same object where nothing is ahead.
 */
export function presentRecord(record: DomainRecord, now: number): DomainRecord {
  if (record.state.contested) {
    const { contested, ...state } = record.state;
    return presentRecord({ ...record, ...decided(record.request, contested, now), state }, now);
  }
  const state = presentState(record.state, now);
  const { request } = record;
  if (request && isAhead(request.occurredAt, now)) {
    const counted = redated(request, now);
    return { ...record, request: counted, state: withOrder(state, requestOrder(request), requestOrder(counted)) };
  }
  return state === record.state ? record : { ...record, state };
}

/**
 * Of a request that is ahead still, the one that came after it is the newer one. Where it is ahead no more, the clock was behind, or that
 * time was reached before any clock was heard: then a mapping wins, because that choice loses no customer.
 */
function decided(
  standing: MappingRequest | undefined,
  { eventId, by }: Contest,
  now: number,
): Pick<DomainRecord, 'request'> {
  if (standing?.eventId !== eventId) return { request: standing };
  const isNewer = isAhead(standing.occurredAt, now) || by.kind === 'mapped' || supersedes(by, standing);
  return { request: isNewer ? by : standing };
}

/**
 * The record with what becomes of a request that the ledger did not take for the sake of one that is ahead. The very same record where
 * nothing is to be decided: it would not have counted under a right clock either.
 */
export function withContest(record: DomainRecord, arrived: MappingRequest, now: number): DomainRecord {
  const { request, state } = record;
  if (!request || request.eventId === arrived.eventId || !isAhead(request.occurredAt, now)) return record;
  if (!supersedes(arrived, redated(request, now))) return record;
  const { contested: before } = state;
  if (before?.eventId === request.eventId && !supersedes(arrived, before.by)) return record;
  return { ...record, state: { ...state, contested: { eventId: request.eventId, by: arrived } } };
}

function redated<Request extends MappingRequest>(request: Request, now: number): Request {
  return { ...request, occurredAt: iso(now - CLOCK_TOLERANCE_MS) };
}

/** What the network contradicted stays void, and what failed goes on waiting, also under the request's new time. */
function withOrder(state: DomainState, before: string, after: string): DomainState {
  const { refuted, failure } = state;
  if (refuted !== before && failure?.requestOrder !== before) return state;
  return {
    ...state,
    ...(refuted === before && { refuted: after }),
    ...(failure?.requestOrder === before && { failure: { ...failure, requestOrder: after } }),
  };
}
