/** How many requests were sent to RunCloud, by day and by what they were for. RunCloud's API does not tell it: only its panel does. */
import { DAY, iso } from '../values/time.ts';

/** In the order in which people are told of them. `looks` are reads of one object, of the server and of what became of a write. */
export const CALL_KINDS = ['lists', 'changes', 'certificates', 'looks'] as const;
export type CallKind = (typeof CALL_KINDS)[number];

export type CallCounts = { readonly [Kind in CallKind]?: number };

/** A day in UTC, such as `2026-11-27`. The order of the text is the order in time. */
export type Day = string;

/** In no order. */
export type CallsByDay = Readonly<Record<Day, CallCounts>>;

/** Two billing periods: the present one is counted, and the one before it can be compared with RunCloud's panel. */
export const DAYS_KEPT = 62;

export function dayOf(ms: number): Day {
  return iso(ms).slice(0, 10);
}

export function sumOf(counts: CallCounts): number {
  return CALL_KINDS.reduce((sum, kind) => sum + (counts[kind] ?? 0), 0);
}

/** One request more. */
export function withCall(calls: CallsByDay, kind: CallKind, now: number): CallsByDay {
  return addCalls(calls, { [dayOf(now)]: { [kind]: 1 } });
}

export function addCalls(some: CallsByDay, others: CallsByDay): CallsByDay {
  return combine(some, others, (one, other) => one + other);
}

/** `others` are among `some`. */
export function withoutCalls(some: CallsByDay, others: CallsByDay): CallsByDay {
  const rest = combine(some, others, (one, other) => Math.max(0, one - other));
  return Object.fromEntries(Object.entries(rest).filter(([, counts]) => sumOf(counts) > 0));
}

/** Days that are long over go. So does one that a clock wrote which was ahead: tomorrow it would count for what others sent. */
export function presentCalls(calls: CallsByDay, now: number): CallsByDay {
  const [first, last] = [dayOf(now - DAYS_KEPT * DAY), dayOf(now + DAY)];
  const kept = Object.entries(calls).filter(([day]) => day >= first && day <= last);
  return kept.length === Object.keys(calls).length ? calls : Object.fromEntries(kept);
}

/** Of the days from `start` on (epoch ms). */
export function callsSince(calls: CallsByDay, start: number): CallCounts {
  const first = dayOf(start);
  return Object.entries(calls)
    .filter(([day]) => day >= first)
    .reduce<CallCounts>((sum, [, counts]) => combineCounts(sum, counts, (one, other) => one + other), {});
}

type Combine = (one: number, other: number) => number;

/** A day of which `others` has nothing stays as it is. */
function combine(some: CallsByDay, others: CallsByDay, how: Combine): CallsByDay {
  const days = Object.entries(others);
  if (days.length === 0) return some;
  const combined = days.map(([day, counts]) => [day, combineCounts(some[day] ?? {}, counts, how)] as const);
  return { ...some, ...Object.fromEntries(combined) };
}

function combineCounts(some: CallCounts, others: CallCounts, how: Combine): CallCounts {
  const counts = CALL_KINDS.map((kind) => [kind, how(some[kind] ?? 0, others[kind] ?? 0)] as const);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}
