/** Delivers messages of a queue, each for one receiver. */
import {
  afterAttempt,
  type NextAction,
  type NotTried,
  type ReceiverName,
  type ReceiverState,
  stateAfter,
  untried,
} from '../core/report/delivery.ts';
import type { OutgoingEvent } from '../core/report/outgoing.ts';
import { labelOf } from '../core/report/receivers.ts';
import { iso } from '../core/values/time.ts';
import type { Clock } from '../util/clock.ts';
import type { Log } from '../util/log.ts';
import type { Send } from './sender.ts';
import type { Receiver } from './settings.ts';

export type QueuedEvent = {
  readonly messageId: string;
  readonly receiver: ReceiverName;
  readonly event: OutgoingEvent;
  /** Deliveries by the queue, with this one: from 1 on. No fewer than attempts, as what waited for a receiver came too. */
  readonly attempts: number;
  /** When it was put into the queue (epoch ms). */
  readonly since: number;
};

/** What becomes of a message. `dropped`: nobody is to be told of it. */
export type Outcome = NextAction | NotTried | { readonly kind: 'dropped' };

export type BatchResult = {
  /** By the message's id. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly states: ReadonlyMap<ReceiverName, ReceiverState>;
};

type Parts = { readonly send: Send; readonly clock: Clock; readonly log: Log };

/**
 * One after the other for each receiver, the oldest first. While a receiver pauses nothing is sent to it, whatever batch it comes in: so a
 * batch for a receiver that hangs takes ten seconds, and messages that come at once do not count as so many failures.
 */
export async function deliverBatch(
  messages: readonly QueuedEvent[],
  receivers: readonly Receiver[],
  states: ReadonlyMap<ReceiverName, ReceiverState>,
  parts: Parts,
): Promise<BatchResult> {
  const outcomes = new Map<string, Outcome>(messages.map(({ messageId }) => [messageId, { kind: 'dropped' }]));
  const after = new Map(states);
  await Promise.all(
    receivers.map(async (receiver) => {
      const own = messages.filter((message) => message.receiver === receiver.name);
      const { ended, state } = await deliverTo(receiver, own, states.get(receiver.name) ?? {}, parts);
      for (const [messageId, outcome] of ended) outcomes.set(messageId, outcome);
      after.set(receiver.name, state);
    }),
  );
  return { outcomes, states: after };
}

async function deliverTo(
  receiver: Receiver,
  messages: readonly QueuedEvent[],
  before: ReceiverState,
  { send, clock, log }: Parts,
): Promise<{ readonly ended: ReadonlyMap<string, Outcome>; readonly state: ReceiverState }> {
  const ended = new Map<string, Outcome>();
  let state = before;
  for (const { messageId, event, attempts, since } of messages.toSorted((a, b) => a.since - b.since)) {
    if (state.off) {
      ended.set(messageId, { kind: 'dropped' });
      continue;
    }
    const next =
      untried({ since, state, now: clock.now() }) ??
      afterAttempt(await send(receiver, event), { attempts, since, state, now: clock.now() });
    const { id } = event.detail;
    ended.set(messageId, next);
    logNext(log, labelOf(receiver), id, next);
    state = stateAfter(state, next, { id, now: clock.now() });
  }
  return { ended, state };
}

export function logNext(log: Log, receiver: string, id: string, next: NextAction | NotTried): void {
  switch (next.kind) {
    case 'delivered':
      log.info('An event was told', { receiver, id });
      break;
    case 'off':
      log.error('A receiver is switched off', { receiver, why: next.why });
      break;
    case 'given-up':
    case 'expired':
      log.error('An event was given up', { receiver, id, why: next.why });
      break;
    case 'again':
      log.warn('An event could not be told', { receiver, id, why: next.why, again: iso(next.at) });
      break;
    case 'waits':
      log.info('An event waits for its receiver', { receiver, id, until: iso(next.until) });
      break;
  }
}
