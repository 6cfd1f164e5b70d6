/**
 * What becomes of an event out after an attempt to deliver it.
 *
 *   2xx                       it is delivered
 *   410                       nobody wants it any more: the receiver is switched off
 *   400, 413, 415, 422        the receiver does not take this event: others go on
 *   anything else, or none    the receiver fails: nothing is sent to it for a while, and all its events wait
 *
 * What failed is tried again after growing pauses, for a day. Then it is given up. A receiver's pauses grow with its failures, and an
 * event's with its refusals: neither counts for the other.
 */
import { type TimeRules, withoutAhead } from '../values/present.ts';
import { DAY, epoch, HOUR, type IsoTime, iso, MINUTE, SECOND } from '../values/time.ts';

/** `webhook`: NOTIFY_URL. `slack`: SLACK_WEBHOOK_URL. */
export type ReceiverName = 'webhook' | 'slack';

export type SendResult =
  /** `says`: what it answered, made safe. */
  | { readonly kind: 'answered'; readonly status: number; readonly says: string; readonly retryAfterMs?: number }
  /** No answer, or nothing was sent. */
  | { readonly kind: 'failed'; readonly why: string };

export type NextAction =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'off'; readonly why: string }
  /** `at`: epoch ms. */
  | { readonly kind: 'again'; readonly at: number; readonly why: string; readonly concerns: Concerned }
  | { readonly kind: 'given-up'; readonly why: string; readonly concerns: Concerned };

type Concerned = 'event' | 'receiver';

/** What becomes of an event whose receiver pauses, so nothing is sent. */
export type NotTried =
  /** `until`: epoch ms. */
  | { readonly kind: 'waits'; readonly until: number }
  /** It waited for a day, and so long the receiver failed. */
  | { readonly kind: 'expired'; readonly why: string };

/** How a receiver is. What is absent did not happen. */
export type ReceiverState = {
  readonly deliveredAt?: IsoTime;
  /** It failed at the last attempt. `times`: in a row. Until `nextAt` nothing is sent. */
  readonly failing?: {
    readonly since: IsoTime;
    readonly times: number;
    readonly why: string;
    readonly nextAt: IsoTime;
  };
  /** The last event that it answered and did not take. `since`: of the first one, where there are several. */
  readonly refused?: {
    readonly id: string;
    readonly since: IsoTime;
    readonly why: string;
    readonly nextAt: IsoTime;
  };
  readonly off?: { readonly at: IsoTime; readonly why: string };
  /** The last event that was given up. */
  readonly givenUp?: { readonly at: IsoTime; readonly why: string };
};

/** So long an event is tried. */
export const TRIED_FOR_MS = DAY;
const PAUSES_MS = [5 * SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE] as const;
const LAST_PAUSE_MS = 2 * HOUR;
/** Whatever a receiver asks for. SQS hides a message for twelve hours at most. */
export const LONGEST_PAUSE_MS = 6 * HOUR;

const NOT_THIS_EVENT: ReadonlySet<number> = new Set([400, 413, 415, 422]);

export type Tried = {
  /** How often this event was refused, with this attempt: from 1 on. */
  readonly attempts: number;
  /** When it was there to be sent first (epoch ms). */
  readonly since: number;
  /** Before this attempt. */
  readonly state: ReceiverState;
  readonly now: number;
};

export function afterAttempt(result: SendResult, tried: Tried): NextAction {
  const failure = failureOf(result);
  if (failure === 'none') return { kind: 'delivered' };
  if (failure.concerns === 'nobody') return { kind: 'off', why: failure.why };
  const { why, concerns, retryAfterMs = 0 } = failure;
  const { now, state } = tried;
  const since = concerns === 'receiver' ? failedSince(tried) : tried.since;
  const leftMs = since + TRIED_FOR_MS - now;
  if (leftMs <= 0) return { kind: 'given-up', why, concerns };
  const attempts = concerns === 'receiver' ? (state.failing?.times ?? 0) + 1 : tried.attempts;
  const pauseMs = Math.min(PAUSES_MS[attempts - 1] ?? LAST_PAUSE_MS, leftMs);
  return { kind: 'again', at: now + Math.max(pauseMs, Math.min(retryAfterMs, LONGEST_PAUSE_MS)), why, concerns };
}

/** A service that was stopped for days finds events that nobody has tried to send for a day. */
function failedSince({ since, state, now }: Omit<Tried, 'attempts'>): number {
  return Math.max(since, state.failing ? epoch(state.failing.since) : now);
}

/** While it lasts nothing is sent. Undefined: the receiver does not pause. */
export function pauseOf({ failing }: ReceiverState, now: number): ReceiverState['failing'] {
  return failing && epoch(failing.nextAt) > now ? failing : undefined;
}

/** Ends its pause: somebody may have mended it. */
export function resumed(state: ReceiverState, now: number): ReceiverState {
  const pause = pauseOf(state, now);
  return pause ? { ...state, failing: { ...pause, nextAt: iso(now) } } : state;
}

/** Undefined: the receiver does not pause, so the event is to be sent. */
export function untried(waiting: Omit<Tried, 'attempts'>): NotTried | undefined {
  const pause = pauseOf(waiting.state, waiting.now);
  if (!pause) return undefined;
  const isExpired = failedSince(waiting) + TRIED_FOR_MS <= waiting.now;
  return isExpired ? { kind: 'expired', why: pause.why } : { kind: 'waits', until: epoch(pause.nextAt) };
}

type Failure = {
  readonly why: string;
  readonly concerns: Concerned | 'nobody';
  readonly retryAfterMs?: number | undefined;
};

function failureOf(result: SendResult): Failure | 'none' {
  if (result.kind === 'failed') return { why: result.why, concerns: 'receiver' };
  const { status, says, retryAfterMs } = result;
  if (status >= 200 && status < 300) return 'none';
  const answered = `it answered ${status}${says === '' ? '' : ` (${says})`}`;
  if (status === 410) return { why: answered, concerns: 'nobody' };
  if (status >= 300 && status < 400) {
    return { why: `it answered ${status}, a redirection, and redirections are not followed`, concerns: 'receiver' };
  }
  return { why: answered, concerns: NOT_THIS_EVENT.has(status) ? 'event' : 'receiver', retryAfterMs };
}

/** `id`: of the event that was tried. */
export function stateAfter(
  before: ReceiverState,
  next: NextAction | NotTried,
  { id, now }: { readonly id: string; readonly now: number },
): ReceiverState {
  const at = iso(now);
  switch (next.kind) {
    case 'delivered':
      return { ...answeredFor(before, id), deliveredAt: at };
    case 'off':
      return { ...answeredFor(before, id), off: { at, why: next.why } };
    case 'again':
      return next.concerns === 'receiver'
        ? { ...before, failing: failingAfter(before, next.why, next.at, now) }
        : {
            ...answeredFor(before),
            refused: { id, since: before.refused?.since ?? at, why: next.why, nextAt: iso(next.at) },
          };
    case 'given-up': {
      const givenUp = { at, why: next.why };
      return next.concerns === 'receiver'
        ? { ...before, failing: failingAfter(before, next.why, now + LAST_PAUSE_MS, now), givenUp }
        : { ...answeredFor(before, id), givenUp };
    }
    case 'waits':
      return before;
    case 'expired':
      return { ...before, givenUp: { at, why: next.why } };
  }
}

/** Whatever was answered, the receiver answers. `ended`: the event that is not tried again. */
function answeredFor({ failing: _, refused, ...rest }: ReceiverState, ended?: string): ReceiverState {
  return { ...rest, ...(refused && refused.id !== ended && { refused }) };
}

function failingAfter(
  { failing }: ReceiverState,
  why: string,
  nextAt: number,
  now: number,
): NonNullable<ReceiverState['failing']> {
  return { since: failing?.since ?? iso(now), times: (failing?.times ?? 0) + 1, why, nextAt: iso(nextAt) };
}

const RULES: TimeRules<ReceiverState> = {
  deliveredAt: 'nothing',
  failing: { since: 'now', nextAt: ['now', LONGEST_PAUSE_MS] },
  refused: { since: 'now', nextAt: ['now', LONGEST_PAUSE_MS] },
  off: { at: 'now' },
  givenUp: { at: 'now' },
};

/** Without times that a clock wrote which was ahead. */
export function presentState(state: ReceiverState, now: number): ReceiverState {
  return withoutAhead(state, RULES, now);
}
