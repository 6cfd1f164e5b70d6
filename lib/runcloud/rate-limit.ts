/**
 * The request budget of RunCloud's API: when the next request may be sent.
 *
 * Every answer carries `X-RateLimit-Limit` and `X-RateLimit-Remaining`, and too many requests give 429. How long a window
 * is, whether it is per key or per address, and whether a 429 names its end is not documented (the headers used here are
 * those of the framework RunCloud is built with), so every source of knowledge is used in turn, down to a guess that is safe.
 */
import { DAY, MINUTE, SECOND } from '../core/values/time.ts';

/** The limit one third-party text gives for API v3, used until an answer tells better. */
const ASSUMED_LIMIT = 60;
const WINDOW_MS = MINUTE;
const LONGEST_BACK_OFF_MS = 15 * MINUTE;

export type Budget = {
  /** Requests a window, as announced or assumed. */
  readonly limit: number;
  /** What the last answer said is left; undefined before the first answer, and where answers do not say. */
  readonly remaining: number | undefined;
  /** When the window of `remaining` began, at the latest (ms since 1970). */
  readonly windowStart: number;
  /** When requests were sent within the last window (ms since 1970), oldest first. */
  readonly sent: readonly number[];
  /** Nothing is sent before this moment (ms since 1970): the end of a 429. */
  readonly quietUntil: number;
  /** How many 429 came in a row. */
  readonly refusals: number;
};

/** What an answer says about the budget. Names of headers in lower case. */
export type Answer = { readonly status: number; readonly headers: Readonly<Record<string, string | undefined>> };

/** Takes the end of a 429 that an earlier run met (ms since 1970, 0 for none); returns the budget to begin with. */
export function freshBudget(quietUntil: number): Budget {
  return { limit: ASSUMED_LIMIT, remaining: undefined, windowStart: 0, sent: [], quietUntil, refusals: 0 };
}

/** Takes the budget and the time (ms); returns the moment (ms) from which the next request may be sent, `now` or later. */
export function nextSlot(budget: Budget, now: number): number {
  return Math.max(now, budget.quietUntil, windowSlot(budget, now));
}

function windowSlot({ limit, remaining, windowStart, sent }: Budget, now: number): number {
  const windowEnd = windowStart + WINDOW_MS;
  if (remaining === undefined || now >= windowEnd) {
    // No word from RunCloud: never more than the limit in any stretch of one window.
    const recent = sent.filter((time) => time > now - WINDOW_MS);
    return recent.length < limit ? now : (recent.at(-limit) as number) + WINDOW_MS;
  }
  if (remaining === 0) return windowEnd;
  // The last fifth is spread over the rest of the window: others live on the same budget.
  if (remaining > limit / 5) return now;
  const last = sent.at(-1) ?? now;
  return Math.max(now, last + (windowEnd - last) / (remaining + 1));
}

/** Takes the budget and when a request is being sent (ms); returns the budget with it counted. */
export function afterSending(budget: Budget, now: number): Budget {
  const { remaining } = budget;
  return {
    ...budget,
    sent: [...budget.sent.filter((time) => time > now - WINDOW_MS), now],
    // Until its answer says better: several requests may be under way.
    remaining: remaining === undefined ? undefined : Math.max(0, remaining - 1),
  };
}

/** Takes the budget, an answer and when it came (ms); returns what is known now. */
export function afterAnswer(budget: Budget, { status, headers }: Answer, now: number): Budget {
  const limit = count(headers['x-ratelimit-limit']) ?? budget.limit;
  const remaining = count(headers['x-ratelimit-remaining']);
  const isNewWindow = now >= budget.windowStart + WINDOW_MS || (remaining ?? 0) > (budget.remaining ?? -1);
  const known = {
    ...budget,
    limit: Math.max(1, limit),
    remaining,
    // The window began before this answer, at the latest.
    windowStart: isNewWindow ? now : budget.windowStart,
  };
  if (status !== 429) return { ...known, refusals: 0 };
  const backOff = Math.min(LONGEST_BACK_OFF_MS, MINUTE * 2 ** budget.refusals);
  const quietUntil =
    retryAfter(headers['retry-after'], now) ?? reset(headers['x-ratelimit-reset'], now) ?? now + backOff;
  // Whatever was left of a stale count: after the pause the answer decides.
  return {
    ...known,
    remaining: undefined,
    quietUntil: Math.max(budget.quietUntil, quietUntil),
    refusals: budget.refusals + 1,
  };
}

/** RFC 9110 section 10.2.3: seconds, or a date. Undefined where unreadable. */
function retryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const seconds = count(value);
  // What is neither whole seconds nor begins like a date (`Sun, 22 Nov 2026 …`) is not guessed at.
  if (seconds === undefined && !/^[a-z]{3},/i.test(value)) return undefined;
  const until = seconds === undefined ? Date.parse(value) : now + seconds * 1_000;
  return Number.isNaN(until) ? undefined : within(until, now);
}

/** Laravel sends seconds since 1970; some APIs send the seconds that are left. */
function reset(value: string | undefined, now: number): number | undefined {
  const seconds = count(value);
  if (seconds === undefined) return undefined;
  const until = seconds > 1_000_000_000 ? seconds * 1_000 : now + seconds * 1_000;
  return within(until, now);
}

/** At least a second, for clocks that differ. At most a day: a header that is wrong must not silence the service for ever. */
function within(until: number, now: number): number {
  return Math.min(Math.max(until, now + SECOND), now + DAY);
}

function count(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,12}$/.test(value.trim()) ? Number(value) : undefined;
}
