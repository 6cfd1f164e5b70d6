/** Tells receivers of events, beside the pump: nothing else waits for it. One loop for each, so that none holds up another. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAttempt } from '../lib/core/report/delivery.ts';
import { labelOf, type ReceiverStanding } from '../lib/core/report/receivers.ts';
import { SECOND } from '../lib/core/values/time.ts';
import { logNext } from '../lib/notify/batch.ts';
import type { Send } from '../lib/notify/sender.ts';
import type { Receiver } from '../lib/notify/settings.ts';
import type { Clock } from '../lib/util/clock.ts';
import { type Log, messageOf } from '../lib/util/log.ts';
import type { Deliveries } from './deliveries.ts';
import type { LocalOutbox } from './outbox.ts';

export type Notifier = {
  /** Resolves within moments: what is under way is broken off, and comes again. */
  stop(): Promise<void>;
};

// Nothing signals that an event is in the outbox, or due again.
const NAP_MS = SECOND;

export type NotifierParts = {
  readonly receivers: readonly Receiver[];
  readonly deliveries: Deliveries;
  readonly outbox: Pick<LocalOutbox, 'take' | 'done'>;
  readonly send: Send;
  readonly clock: Clock;
  readonly log: Log;
};

export function startNotifier({ receivers, deliveries, outbox, send, clock, log }: NotifierParts): Notifier {
  const stopping = new AbortController();

  const work = async (receiver: Receiver): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        if (!(await deliverNext(receiver, { deliveries, send, clock, log }, stopping.signal)))
          await nap(stopping.signal);
      } catch (error) {
        log.error('What is to be told cannot be read or written', { why: messageOf(error) });
        await nap(stopping.signal);
      }
    }
  };

  const accept = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        deliveries.accept(outbox, clock.now());
      } catch (error) {
        log.error('The outbox cannot be read or written', { why: messageOf(error) });
      }
      await nap(stopping.signal);
    }
  };

  const working = Promise.all([accept(), ...receivers.map(work)]);
  return {
    stop: async () => {
      stopping.abort();
      await working;
    },
  };
}

/** Returns whether something was due. */
export async function deliverNext(
  receiver: Receiver,
  { deliveries, send, clock, log }: Pick<NotifierParts, 'deliveries' | 'send' | 'clock' | 'log'>,
  signal: AbortSignal,
): Promise<boolean> {
  const { name } = receiver;
  const delivery = deliveries.next(name, clock.now());
  if (!delivery) return false;
  const result = await send(receiver, delivery.event, signal);
  // It may have arrived, or not. It comes again with the same id.
  if (signal.aborted) return true;
  const now = clock.now();
  const state = deliveries.state(name, now);
  const next = afterAttempt(result, { attempts: delivery.attempts + 1, since: delivery.since, state, now });
  deliveries.record(name, delivery, next, now);
  logNext(log, labelOf(receiver), delivery.event.detail.id, next);
  return true;
}

/** How all receivers are. */
export function standingsOf(
  receivers: readonly Receiver[],
  deliveries: Pick<Deliveries, 'state' | 'undelivered'>,
  now: number,
): readonly ReceiverStanding[] {
  return receivers.map(({ name, host }) => ({
    name,
    host,
    state: deliveries.state(name, now),
    undelivered: deliveries.undelivered(name),
  }));
}

/** Until `signal`, at most. */
async function nap(signal: AbortSignal): Promise<void> {
  await sleep(NAP_MS, undefined, { signal }).catch(() => undefined);
}
