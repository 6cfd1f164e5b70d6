/** How many domains are owned and were removed lately, kept beside the ledger so that one event need not count them all. */

import { DAY, epoch, type IsoTime, iso, MINUTE } from '../values/time.ts';
import type { DomainRecord, DomainState } from './record.ts';

/** Removals that lie close together, as one entry: the time of the last of them stands for all. */
type Removals = { readonly until: IsoTime; readonly count: number };

export type RemovalCounter = {
  readonly owned: number;
  /** Removals of about the last day, oldest first. */
  readonly removals: readonly Removals[];
};

// Rounding up to a slot counts a removal for ten minutes longer than a day at most, and keeps a day of them in 145 entries.
const SLOT_MS = 10 * MINUTE;

/** Takes all records and the time (ms); returns their tally. */
export function removalCounterOf(records: Iterable<DomainRecord>, now: number): RemovalCounter {
  let owned = 0;
  const times: IsoTime[] = [];
  for (const { state } of records) {
    if (state.owned) owned += 1;
    if (state.removedAt && state.removedAt > iso(now - DAY)) times.push(state.removedAt);
  }
  let removals: RemovalCounter = { owned, removals: [] };
  for (const at of times.sort()) removals = { owned, removals: withRemoval(removals.removals, at) };
  return removals;
}

/** Takes the tally, and the state of one domain before and after a change; returns the tally after it. */
export function removalCounterAfter(removals: RemovalCounter, before: DomainState, after: DomainState): RemovalCounter {
  const owned = removals.owned + (after.owned ? 1 : 0) - (before.owned ? 1 : 0);
  const { removedAt } = after;
  if (!removedAt || removedAt === before.removedAt) return owned === removals.owned ? removals : { ...removals, owned };
  const recent = removals.removals.filter(({ until }) => until > iso(epoch(removedAt) - DAY));
  return { owned, removals: withRemoval(recent, removedAt) };
}

/** Takes the tally and the time (ms); returns how many domains were removed in the 24 hours before. */
export function removedLastDay({ removals }: RemovalCounter, now: number): number {
  // What lies further ahead than a slot comes from a clock that was wrong.
  const [from, to] = [iso(now - DAY), iso(now + SLOT_MS)];
  return removals.reduce((sum, { until, count }) => (until > from && until <= to ? sum + count : sum), 0);
}

function withRemoval(removals: readonly Removals[], at: IsoTime): readonly Removals[] {
  const last = removals.at(-1);
  if (!last || slotOf(last.until) !== slotOf(at)) return [...removals, { until: at, count: 1 }];
  return [...removals.slice(0, -1), { until: at > last.until ? at : last.until, count: last.count + 1 }];
}

function slotOf(time: IsoTime): number {
  return Math.floor(epoch(time) / SLOT_MS);
}
