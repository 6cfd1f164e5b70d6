import { MINUTE, SECOND } from './time.ts';

const FIRST_DELAY_MS = 5 * SECOND;

/**
 * The longest that SQS delays a message (ms):
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
export const LONGEST_DELAY_MS = 15 * MINUTE;

export type RecheckDelay =
  | { readonly kind: 'send'; readonly afterMs: number }
  /** It would come after the next run over all domains. `worn-out`: only because it came back so often before. */
  | { readonly kind: 'left-to-schedule'; readonly because: 'later' | 'worn-out' };

/**
 * When a domain comes back to `sync`: after `wantedMs`, but never sooner than 5, 10, 20, 40 … seconds, which double with
 * every `hop` (how often it came back already). So a chain of rechecks ends by itself: its delays outgrow the schedule,
 * which does the same work. Lambda would otherwise have to end it, and drops the message:
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 *
 * Without a schedule, or with one that comes less often than every 15 minutes, the chain goes on every 15 minutes.
 */
export function recheckDelay(wantedMs: number, hop: number, reconcileEveryMs: number | undefined): RecheckDelay {
  const longestMs = Math.min(LONGEST_DELAY_MS, reconcileEveryMs ?? Number.POSITIVE_INFINITY);
  if (!(wantedMs <= longestMs)) return { kind: 'left-to-schedule', because: 'later' };
  const leastMs = FIRST_DELAY_MS * 2 ** hop;
  if (leastMs <= longestMs) return { kind: 'send', afterMs: Math.max(wantedMs, leastMs) };
  if (longestMs === reconcileEveryMs) return { kind: 'left-to-schedule', because: 'worn-out' };
  return { kind: 'send', afterMs: longestMs };
}
