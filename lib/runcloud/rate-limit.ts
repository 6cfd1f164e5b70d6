/**
 * RunCloud's rate limit: when the next request may be sent.
 *
 * Every answer carries `X-RateLimit-Limit` and `X-RateLimit-Remaining`; too many requests give 429. Not documented are
 * the length of a window, whether it is per token or per address, and whether a 429 names its end. RunCloud is built
 * with Laravel, whose headers are read here. If they are missing, a cautious assumption takes their place.
 *
 * The length is learned. Who is alone sees a fixed window end by a count that rises to all but its own requests. Until
 * one length is known, the last tenth of a window looks for that end, and what is assumed is never too short.
 */
import { CLOCK_TOLERANCE_MS, DAY, HOUR, MINUTE, SECOND } from '../core/values/time.ts';

/** Requests a minute that one third-party text gives for API v3. Used until an answer announces a limit. */
const ASSUMED_LIMIT = 60;
const ASSUMED_WINDOW_MS = MINUTE;
// What is named beyond that is a ban, or the monthly quota.
const LONGEST_WINDOW_MS = HOUR;
const LONGEST_BACK_OFF_MS = 15 * MINUTE;
const LONGEST_PAUSE_MS = DAY;

/** A request that was sent: the how many-th of this process, and when (epoch ms). */
export type SentRequest = { readonly nth: number; readonly at: number };

export type Budget = {
  /** Requests a window: announced, or assumed. */
  readonly limit: number;
  /** Requests left for sure: the last count, less those under way. Undefined before the first count, and after a 429. */
  readonly remaining: number | undefined;
  /** Latest time at which the window of `remaining` may have begun (epoch ms). */
  readonly windowStart: number;
  /** End of that window (epoch ms), where RunCloud names it. */
  readonly windowEnd: number | undefined;
  /** Length of a window (ms): learned, or assumed. */
  readonly length: number;
  /** How long a window went on for sure (ms; 0 if that is not known). */
  readonly lasted: number;
  /** Earliest time at which the window may have begun (epoch ms). Undefined where its start was not seen. */
  readonly openedAfter: number | undefined;
  /** When others drew on the limit (epoch ms; 0 if they did not). */
  readonly othersAt: number;
  /** The last count, and the request that it answered. */
  readonly lastCount: Count | undefined;
  /**
   * Latest times at which RunCloud may have counted the requests of the last window (epoch ms), oldest first: that of
   * the answer, and until it comes that of the request.
   */
  readonly sent: readonly number[];
  /** How many were sent in all, and how many of them are not answered. */
  readonly sentCount: number;
  readonly underWay: number;
  /** End of the pause that a 429 asked for (epoch ms; 0 if none did). */
  readonly quietUntil: number;
  /** 429s in a row. */
  readonly refusals: number;
};

type Count = {
  readonly remaining: number;
  readonly sentAt: number;
  /** `sentCount` and `underWay` when the answer came. */
  readonly sentCount: number;
  readonly underWay: number;
};

/** The names of headers are in lower case. */
export type Answer = { readonly status: number; readonly headers: Readonly<Record<string, string | undefined>> };

const NOTHING_LEARNED = {
  windowEnd: undefined,
  length: ASSUMED_WINDOW_MS,
  lasted: 0,
  openedAfter: undefined,
  lastCount: undefined,
} satisfies Partial<Budget>;

/**
 * What a process begins with. `quietUntil` is the end of a pause that an earlier one was asked for (epoch ms, or 0).
 */
export function freshBudget(quietUntil: number): Budget {
  return {
    ...NOTHING_LEARNED,
    limit: ASSUMED_LIMIT,
    remaining: undefined,
    windowStart: 0,
    othersAt: 0,
    sent: [],
    sentCount: 0,
    underWay: 0,
    quietUntil,
    refusals: 0,
  };
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
  const { windowStart, windowEnd = 0, othersAt, sent, quietUntil } = budget;
  const latest = now + CLOCK_TOLERANCE_MS;
  const isWindowAhead =
    Math.max(windowStart, othersAt, sent.at(-1) ?? 0) > latest || windowEnd > latest + LONGEST_PAUSE_MS;
  const isPauseAhead = quietUntil > latest + LONGEST_PAUSE_MS;
  if (!isWindowAhead && !isPauseAhead) return budget;
  return {
    ...budget,
    // The next answer brings another count. Until then the assumed limit holds for what is sent from now on.
    ...(isWindowAhead && {
      ...NOTHING_LEARNED,
      remaining: undefined,
      windowStart: 0,
      othersAt: 0,
      sent: sent.filter((time) => time <= latest),
    }),
    ...(isPauseAhead && { quietUntil: 0 }),
  };
}

function windowSlot(budget: Budget, now: number): number {
  const { limit, remaining, windowStart, windowEnd, length, lasted, openedAfter, othersAt, sent } = budget;
  const end = windowEnd ?? windowStart + length;
  if (remaining === undefined || now >= end) {
    // RunCloud announces nothing: never more than the limit in any stretch of one window.
    const oldest = sent.filter((time) => time >= (windowEnd ?? 0)).at(-limit);
    return oldest === undefined ? now : oldest + length;
  }
  if (remaining === 0) return end;
  const last = sent.at(-1) ?? now;
  if (now < othersAt + 2 * length) {
    // Others share the limit, so the last fifth is spread over the rest of the window.
    return remaining > limit / 5 ? now : last + (end - last) / (remaining + 1);
  }
  const isLengthKnown = windowEnd !== undefined || lasted >= length / 2;
  if (isLengthKnown || remaining > Math.ceil(limit / 10)) return now;
  // Each time later by the same factor: so the end is noticed soon, whether a window lasts for a second or a minute.
  const sure = openedAfter === undefined ? 0 : lasted;
  const age = Math.max(SECOND, sure, last - windowStart);
  return windowStart + age * (length / age) ** (1 / (remaining + 1));
}

/** Counts a request that is being sent at `now`. */
export function afterSending(budget: Budget, now: number): Budget {
  const present = presentBudget(budget, now);
  const { remaining, sent, length } = present;
  return {
    ...present,
    sent: [...sent.filter((time) => time > now - length), now],
    sentCount: present.sentCount + 1,
    underWay: present.underWay + 1,
    // Several requests may be under way before the first answer comes.
    remaining: remaining === undefined ? undefined : Math.max(0, remaining - 1),
  };
}

/** Gives up at `now` that an answer comes. RunCloud may have counted the request. */
export function afterSilence(before: Budget, request: SentRequest, now: number): Budget {
  const budget = presentBudget(before, now);
  const place = budget.sent.indexOf(request.at);
  return {
    ...budget,
    sent: [...budget.sent.filter((_, index) => index !== place), now],
    underWay: budget.underWay - 1,
  };
}

/**
 * Takes in the headers of an answer that came at `now`. A 429 without a readable end pauses for 1, 2, 4 … 15 minutes.
 */
export function afterAnswer(before: Budget, answer: Answer, request: SentRequest, now: number): Budget {
  const { status, headers } = answer;
  const present = afterSilence(before, request, now);
  const limit = Math.max(1, count(headers['x-ratelimit-limit']) ?? present.limit);
  // Another limit may have another window.
  const known = limit === present.limit ? present : { ...present, ...NOTHING_LEARNED, limit };
  const remaining = count(headers['x-ratelimit-remaining']);
  const counted = remaining === undefined ? known : afterCount(known, remaining, status, request, now);
  const named = reset(headers, now);
  if (status !== 429) {
    const isEnd = named !== undefined && named <= now + LONGEST_WINDOW_MS;
    return { ...counted, ...(isEnd && { windowEnd: Math.max(named, counted.windowEnd ?? 0) }), refusals: 0 };
  }
  const pauseEnd = retryAfter(headers['retry-after'], now) ?? named;
  const backOff = Math.min(LONGEST_BACK_OFF_MS, MINUTE * 2 ** present.refusals);
  // Whoever is refused right after a window should have ended is still in it. Later it may be another one.
  const isSameWindow = request.at < known.windowStart + 1.5 * known.length;
  const length = isSameWindow && pauseEnd !== undefined ? pauseEnd - known.windowStart : 0;
  return {
    ...counted,
    // What was learned is wrong, or others draw. And the count is stale after the pause. The next answer brings another.
    ...NOTHING_LEARNED,
    length: Math.min(Math.max(ASSUMED_WINDOW_MS, length), LONGEST_WINDOW_MS),
    remaining: undefined,
    windowEnd: pauseEnd,
    quietUntil: Math.max(present.quietUntil, pauseEnd ?? now + backOff),
    refusals: present.refusals + 1,
  };
}

function afterCount(budget: Budget, remaining: number, status: number, request: SentRequest, now: number): Budget {
  const { limit, windowStart, windowEnd, length, lasted, lastCount: last, sent, sentCount, underWay } = budget;
  const left = Math.max(0, remaining - underWay);
  const lastCount: Count = { remaining, sentAt: request.at, sentCount, underWay };
  // RunCloud began the window before it answered.
  const anew = { lastCount, remaining: left, windowStart: now, windowEnd: undefined, openedAfter: undefined };
  if (last === undefined || budget.remaining === undefined) return { ...budget, ...anew };
  // RunCloud counted at most so many requests of this process since the last count.
  const ours = last.underWay + sentCount - last.sentCount;
  const wasOvertaken = request.nth <= last.sentCount;
  // A request lowers the count of its own window, so what has not fallen is another window's.
  if (remaining >= last.remaining && !wasOvertaken && status !== 429) {
    const used = limit - remaining;
    const drewOthers = used > Math.max(ours, sent.length);
    // A sliding window gives back a part, and a request that is not counted gives back none.
    const isWhole = used <= ours && remaining > last.remaining;
    return {
      ...budget,
      ...anew,
      length: isWhole ? learnedLength(budget, now) : length,
      openedAfter: isWhole ? last.sentAt : undefined,
      othersAt: drewOthers ? now : budget.othersAt,
    };
  }
  const othersAt = last.remaining - remaining > ours ? now : budget.othersAt;
  if (now >= (windowEnd ?? windowStart + length)) return { ...budget, ...anew, othersAt };
  const known = { ...budget, othersAt, remaining: Math.min(budget.remaining, left) };
  // RunCloud may have counted it before the last count, and even in the window before.
  if (wasOvertaken) return known;
  // Fewer requests than were sent may have been counted, or others' too: then it may be another window.
  if (last.remaining - remaining !== ours) return { ...known, lastCount };
  return { ...known, lastCount, lasted: Math.max(lasted, Math.min(length, request.at - windowStart)) };
}

/** From before one window began until after the next one did, no window is longer. A clock that was put back measures less. */
function learnedLength({ length, lasted, openedAfter }: Budget, now: number): number {
  const span = openedAfter === undefined ? length : now - openedAfter;
  return span < Math.max(SECOND, lasted) ? length : Math.min(length, span);
}

/** RFC 9110 section 10.2.3: seconds, or a date. */
function retryAfter(value: string | undefined, now: number): number | undefined {
  const seconds = count(value);
  // A date begins like `Sun, 22 Nov 2026 …`. Date.parse would guess at anything else.
  if (seconds === undefined && !value?.match(/^[a-z]{3},/i)) return undefined;
  const until = seconds === undefined ? Date.parse(`${value}`) : now + seconds * 1_000;
  return Number.isNaN(until) ? undefined : within(until, now);
}

/** Laravel sends epoch seconds, by a clock that `Date` tells. Other APIs send the seconds that are left. */
function reset(headers: Answer['headers'], now: number): number | undefined {
  const seconds = count(headers['x-ratelimit-reset']);
  if (seconds === undefined) return undefined;
  if (seconds <= 1_000_000_000) return within(now + seconds * 1_000, now);
  const date = Date.parse(headers['date'] ?? '');
  const ahead = Number.isNaN(date) ? 0 : date - now;
  return within(seconds * 1_000 - ahead, now);
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
