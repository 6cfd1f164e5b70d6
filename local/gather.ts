/**
 * Unmaps of the same two seconds reach the pump as one batch, as SQS has it on AWS: each batch with an unmap may have the network's lists
 * read whole, and one reading serves all of them. It begins after the last one is on disk, so none is judged by a list that is older than
 * its event. A map costs no such reading and waits for nothing.
 */
import { SECOND } from '../lib/core/values/time.ts';
import type { Bus } from '../lib/intake/event.ts';
import type { Clock } from '../lib/util/clock.ts';
import type { Queue } from './queue.ts';

/** From the first unmap on. */
export const GATHER_MS = 2 * SECOND;

export function gatherUnmaps(queue: Pick<Queue, 'put' | 'putUntil'>, clock: Clock): Bus {
  let endsAt = 0;
  return {
    put: async (event) => {
      if (event['detail-type'] !== 'domain.unmapped') return queue.put(event);
      const now = clock.now();
      const isOpen = endsAt > now && endsAt <= now + GATHER_MS;
      // Also where the clock was set back meanwhile.
      if (!isOpen) endsAt = now + GATHER_MS;
      return queue.putUntil(event, endsAt);
    },
  };
}
