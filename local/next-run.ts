import type { Answer } from '../lib/console.ts';
import { SECOND } from '../lib/core/values/time.ts';

// The lease is taken: the pump works on the queue, as right after a start with messages in it.
const BUSY_RETRY_MS = 10 * SECOND;
// Between two runs of one work the pump gets the lease, for the messages that came meanwhile.
const TURN_OF_QUEUE_MS = 10 * SECOND;

type Times = {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** End of a pause that RunCloud asked for (epoch ms; 0 if it did not). */
  readonly quietUntil: number;
  readonly reconcileEveryMs: number | undefined;
};

/**
 * How long the schedule waits after a run (ms). Only a run that got on is followed by the next one at once: it changed RunCloud, whose limit
 * holds for the next one as well, so the schedule does not turn in vain.
 */
export function pauseAfter(ran: Answer, { now, quietUntil, reconcileEveryMs }: Times): number | undefined {
  if (ran['busy'] === true) return BUSY_RETRY_MS;
  if (ran['progress'] === undefined || reconcileEveryMs === undefined) return reconcileEveryMs;
  return Math.min(reconcileEveryMs, Math.max(TURN_OF_QUEUE_MS, quietUntil - now));
}
