/** Counts of owned and removed domains, stored with the application so that a sync need not read every record. */

import { DAY, epoch, type IsoTime, iso, MINUTE } from '../values/time.ts';
import { isOurs, ownsAny } from './ownership.ts';
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
    for (const time of [state.removedAt, state.removalSentAt]) {
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
  if (before.removalSentAt !== undefined) {
    // It was counted when it was sent.
    if (isCarriedOut || after.removalSentAt !== undefined) return slots;
    return withoutRemoval(slots, before.removalSentAt);
  }
  const at = isCarriedOut ? after.removedAt : after.removalSentAt;
  return at === undefined
    ? slots
    : withRemoval(
        slots.filter(({ until }) => until > iso(epoch(at) - DAY)),
        at,
      );
}

/**
 * Removals that were sent within the last day, and RunCloud still shows the object. Where such a removal is planned again, it counts as
 * planned.
 */
export function countUnproven(records: Iterable<DomainRecord>, now: number): number {
  let count = 0;
  for (const { state } of records) {
    const { removalSentAt, seen } = state;
    if (removalSentAt !== undefined && removalSentAt > iso(now - DAY) && seen && isOurs(state, seen)) count += 1;
  }
  return count;
}

/** Removals in the 24 hours before `now` (ms), at most ten minutes' worth too many and never too few. */
export function removedLastDay({ removals }: RemovalCounter, now: number): number {
  // A time further ahead than a slot was written by a clock that was wrong.
  const [from, to] = [iso(now - DAY), iso(now + SLOT_MS)];
  return removals.reduce((sum, { until, count }) => (until > from && until <= to ? sum + count : sum), 0);
}

function withRemoval(slots: readonly Slot[], at: IsoTime): readonly Slot[] {
  const last = slots.at(-1);
  if (!last || slotOf(last.until) !== slotOf(at)) return [...slots, { until: at, count: 1 }];
  return [...slots.slice(0, -1), { until: iso(Math.max(epoch(at), epoch(last.until))), count: last.count + 1 }];
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
