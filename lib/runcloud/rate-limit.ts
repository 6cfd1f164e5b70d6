/**
 * RunCloud's rate limit: when the next request may be sent.
 *
 * Every answer carries `X-RateLimit-Limit` and `X-RateLimit-Remaining`; too many requests give 429. Not documented are
 * the length of a window, whether it is per token or per address, and whether a 429 names its end. RunCloud is built
 * with Laravel, whose headers are read here. If they are missing, a cautious assumption takes their place.
 */
import { CLOCK_TOLERANCE_MS, DAY, MINUTE, SECOND } from '../core/values/time.ts';

/** Requests a minute that one third-party text gives for API v3. Used until an answer announces a limit. */
const ASSUMED_LIMIT = 60;
const WINDOW_MS = MINUTE;
const LONGEST_BACK_OFF_MS = 15 * MINUTE;
const LONGEST_PAUSE_MS = DAY;

export type Budget = {
  /** Requests a window: announced, or assumed. */
  readonly limit: number;
  /** Requests left by the last answer's header. Undefined before the first answer, and if answers lack the header. */
  readonly remaining: number | undefined;
  /** Latest time at which the window of `remaining` may have begun (epoch ms). */
  readonly windowStart: number;
  /** Times of the requests in the last window (epoch ms), oldest first. */
  readonly sent: readonly number[];
  /** End of the pause that a 429 asked for (epoch ms; 0 if none did). */
  readonly quietUntil: number;
  /** 429s in a row. */
  readonly refusals: number;
};

/** The names of headers are in lower case. */
export type Answer = { readonly status: number; readonly headers: Readonly<Record<string, string | undefined>> };

/**
 * What a process begins with. `quietUntil` is the end of a pause that an earlier one was asked for (epoch ms, or 0).
 */
export function freshBudget(quietUntil: number): Budget {
  return { limit: ASSUMED_LIMIT, remaining: undefined, windowStart: 0, sent: [], quietUntil, refusals: 0 };
}

/**
 * Earliest time (epoch ms) for the next request: the latest of the 429 pause, the window of `X-RateLimit-Remaining`,
 * and without that header the assumed 60 a minute.
 */
export function nextSlot(budget: Budget, now: number): number {
  const present = presentBudget(budget, now);
  return Math.max(now, present.quietUntil, windowSlot(present, now));
}

/** Without what was noted while the clock of this process was ahead. The same object where nothing was. */
export function presentBudget(budget: Budget, now: number): Budget {
  const { windowStart, sent, quietUntil } = budget;
  const latest = now + CLOCK_TOLERANCE_MS;
  const isWindowAhead = windowStart > latest || (sent.at(-1) ?? 0) > latest;
  const isPauseAhead = quietUntil > latest + LONGEST_PAUSE_MS;
  if (!isWindowAhead && !isPauseAhead) return budget;
  return {
    ...budget,
    // The next answer brings another count. Until then the assumed limit holds for what is sent from now on.
    ...(isWindowAhead && { remaining: undefined, windowStart: 0, sent: sent.filter((time) => time <= latest) }),
    ...(isPauseAhead && { quietUntil: 0 }),
  };
}

function windowSlot({ limit, remaining, windowStart, sent }: Budget, now: number): number {
  const windowEnd = windowStart + WINDOW_MS;
  if (remaining === undefined || now >= windowEnd) {
    // RunCloud announces nothing: never more than the limit in any stretch of one window.
    const oldest = sent.at(-limit);
    return oldest === undefined ? now : oldest + WINDOW_MS;
  }
  // Other clients share the limit, so the last fifth is spread over the rest of the window.
  if (remaining > limit / 5) return now;
  const last = sent.at(-1) ?? now;
  return Math.max(now, last + (windowEnd - last) / (remaining + 1));
}

/** Counts a request that is being sent at `now`. */
export function afterSending(budget: Budget, now: number): Budget {
  const present = presentBudget(budget, now);
  const { remaining } = present;
  return {
    ...present,
    sent: [...present.sent.filter((time) => time > now - WINDOW_MS), now],
    // Several requests may be under way before the first answer comes.
    remaining: remaining === undefined ? undefined : Math.max(0, remaining - 1),
  };
}

/**
 * Takes in the headers of an answer that came at `now`. A 429 without a readable end pauses for 1, 2, 4 … 15 minutes.
 */
export function afterAnswer(before: Budget, { status, headers }: Answer, now: number): Budget {
  const budget = presentBudget(before, now);
  const limit = count(headers['x-ratelimit-limit']) ?? budget.limit;
  const remaining = count(headers['x-ratelimit-remaining']);
  const isNewWindow = now >= budget.windowStart + WINDOW_MS || (remaining ?? 0) > (budget.remaining ?? -1);
  const known = {
    ...budget,
    limit: Math.max(1, limit),
    remaining,
    // RunCloud began the window before it answered.
    windowStart: isNewWindow ? now : budget.windowStart,
  };
  if (status !== 429) return { ...known, refusals: 0 };
  const backOff = Math.min(LONGEST_BACK_OFF_MS, MINUTE * 2 ** budget.refusals);
  const quietUntil =
    retryAfter(headers['retry-after'], now) ?? reset(headers['x-ratelimit-reset'], now) ?? now + backOff;
  // The count is stale after the pause. The next answer brings another.
  return {
    ...known,
    remaining: undefined,
    quietUntil: Math.max(budget.quietUntil, quietUntil),
    refusals: budget.refusals + 1,
  };
}

/** RFC 9110 section 10.2.3: seconds, or a date. */
function retryAfter(value: string | undefined, now: number): number | undefined {
  const seconds = count(value);
  // A date begins like `Sun, 22 Nov 2026 …`. Date.parse would guess at anything else.
  if (seconds === undefined && !value?.match(/^[a-z]{3},/i)) return undefined;
  const until = seconds === undefined ? Date.parse(`${value}`) : now + seconds * 1_000;
  return Number.isNaN(until) ? undefined : within(until, now);
}

/** Laravel sends epoch seconds. Other APIs send the seconds that are left. */
function reset(value: string | undefined, now: number): number | undefined {
  const seconds = count(value);
  if (seconds === undefined) return undefined;
  const until = seconds > 1_000_000_000 ? seconds * 1_000 : now + seconds * 1_000;
  return within(until, now);
}

/**
 * At least a second, because clocks differ. At most a day, because a wrong header must not silence the service for
 * ever.
 */
function within(until: number, now: number): number {
  return Math.min(Math.max(until, now + SECOND), now + LONGEST_PAUSE_MS);
}

function count(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,12}$/.test(value.trim()) ? Number(value) : undefined;
}
