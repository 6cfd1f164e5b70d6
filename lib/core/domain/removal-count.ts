/** Counts of owned and removed domains, stored with the application so that a sync need not read every record. */

import type { HostName } from '../values/host-name.ts';
import { DAY, epoch, type IsoTime, iso, MINUTE } from '../values/time.ts';
import { ownsAny, removalsSent } from './ownership.ts';
import type { DomainRecord, DomainState } from './record.ts';

/** Removals of one ten-minute slot. The time of the last one stands for all. */
type Slot = { readonly until: IsoTime; readonly count: number };

export type RemovalCounter = {
  readonly owned: number;
  /** Oldest first. They reach back a day before the newest one. */
  readonly removals: readonly Slot[];
};

// A slot counts a removal for at most ten minutes too long, and keeps a day in 145 entries.
const SLOT_MS = 10 * MINUTE;

/** Counts from scratch. Needed where no counter is stored yet. */
export function removalCounterOf(records: Iterable<DomainRecord>, now: number): RemovalCounter {
  let owned = 0;
  const times: IsoTime[] = [];
  for (const { state } of records) {
    if (ownsAny(state)) owned += 1;
    for (const time of [state.removedAt, ...removalsSent(state).map(({ at }) => at)]) {
      if (time !== undefined && time > iso(now - DAY)) times.push(time);
    }
  }
  return { owned, removals: times.sort().reduce<readonly Slot[]>(withRemoval, []) };
}

/** The counter after one record changed; the very same object where the change does not count. */
export function removalCounterAfter(counter: RemovalCounter, before: DomainState, after: DomainState): RemovalCounter {
  const owned = counter.owned + (ownsAny(after) ? 1 : 0) - (ownsAny(before) ? 1 : 0);
  const removals = removalsAfter(counter.removals, before, after);
  return owned === counter.owned && removals === counter.removals ? counter : { owned, removals };
}

function removalsAfter(slots: readonly Slot[], before: DomainState, after: DomainState): readonly Slot[] {
  const isCarriedOut = after.removedAt !== undefined && after.removedAt !== before.removedAt;
  const ended = sentIn(before, after);
  const begun = sentIn(after, before);
  // What is carried out was counted when it was sent.
  const carriedOut = isCarriedOut && ended.length === 0 ? [after.removedAt] : [];
  const kept = isCarriedOut ? slots : ended.reduce(withoutRemoval, slots);
  return [...begun, ...carriedOut].reduce((each, at) => withRemoval(withinDay(each, at), at), kept);
}

/** The removals of which no outcome is known in the one state, and that are not in the other. */
function sentIn(state: DomainState, other: DomainState): IsoTime[] {
  const others = removalsSent(other);
  return removalsSent(state).flatMap(({ id, at }) =>
    others.some((each) => each.id === id && each.at === at) ? [] : [at],
  );
}

function withinDay(slots: readonly Slot[], at: IsoTime): readonly Slot[] {
  return slots.filter(({ until }) => until > iso(epoch(at) - DAY));
}

/** Of which object a removal was sent within the last day whose outcome is not known. */
export function unansweredRemovals(
  records: Iterable<DomainRecord>,
  now: number,
): { readonly domain: HostName; readonly id: number }[] {
  const from = iso(now - DAY);
  return [...records].flatMap(({ domain, state }) =>
    removalsSent(state).flatMap(({ id, at }) => (at > from ? [{ domain, id }] : [])),
  );
}

/** Removals in the 24 hours before `now` (ms), at most ten minutes' worth too many and never too few. */
export function removedLastDay({ removals }: RemovalCounter, now: number): number {
  // A time further ahead than a slot was written by a clock that was wrong.
  const [from, to] = [iso(now - DAY), iso(now + SLOT_MS)];
  return removals.reduce((sum, { until, count }) => (until > from && until <= to ? sum + count : sum), 0);
}

function withRemoval(slots: readonly Slot[], at: IsoTime): readonly Slot[] {
  const same = slots.find(({ until }) => slotOf(until) === slotOf(at));
  if (!same) return [...slots, { until: at, count: 1 }].sort((a, b) => epoch(a.until) - epoch(b.until));
  const more = { until: iso(Math.max(epoch(at), epoch(same.until))), count: same.count + 1 };
  return slots.map((slot) => (slot === same ? more : slot));
}

function withoutRemoval(slots: readonly Slot[], at: IsoTime): readonly Slot[] {
  return slots.flatMap((slot) => {
    if (slotOf(slot.until) !== slotOf(at)) return [slot];
    return slot.count > 1 ? [{ ...slot, count: slot.count - 1 }] : [];
  });
}

function slotOf(time: IsoTime): number {
  return Math.floor(epoch(time) / SLOT_MS);
}
