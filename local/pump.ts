/**
 * Hands the messages of the queue to `sync`, one batch at a time, as Lambda does. What is no message is not tried again: eight
 * attempts, after which SQS makes a dead letter of it, understand it no better than the first.
 */
import type { SyncHandler } from '../functions/sync.ts';
import { MINUTE, SECOND } from '../lib/core/values/time.ts';
import { parseMessage } from '../lib/intake/event.ts';
import type { Clock } from '../lib/util/clock.ts';
import { type Log, messageOf } from '../lib/util/log.ts';
import type { EndedBatch, Queue, Received } from './queue.ts';

export type Pump = {
  /** Why messages could not be received, or not be done with, the last time. Undefined: they could. */
  error(): string | undefined;
  /** Resolves once the present batch has ended. */
  stop(): Promise<void>;
};

/** Messages that come back. `early`: those of them that came too early, and did not fail. */
type Delivered = { readonly failed: ReadonlySet<string>; readonly early: ReadonlySet<string> };

const BATCH = 100;
/** Longest run (ms). Its messages stay hidden for longer, so that no two batches have the same one. */
export const RUN_MS = 5 * MINUTE;
const HIDE_MS = RUN_MS + MINUTE;
// Nothing signals that a delayed message is due, so it may be seen this late.
const LONGEST_NAP_MS = SECOND;

type PumpedQueue = Pick<Queue, 'receive' | 'end' | 'bury' | 'nextAt' | 'onPut'>;

export function startPump(queue: PumpedQueue, sync: SyncHandler, { clock, log }: { clock: Clock; log: Log }): Pump {
  let stopping = false;
  let lastError: string | undefined;
  let wake = (): void => {};
  queue.onPut(() => wake());

  const nap = async (): Promise<void> => {
    if (stopping) return;
    const wait = Math.min(LONGEST_NAP_MS, Math.max(0, (queue.nextAt() ?? Number.POSITIVE_INFINITY) - clock.now()));
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, wait);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  };

  const work = async (): Promise<void> => {
    while (!stopping) {
      try {
        const received = queue.receive(BATCH, HIDE_MS);
        lastError = undefined;
        if (received.length === 0) {
          await nap();
          continue;
        }
        const messages = buryMalformed(received);
        if (messages.length === 0) continue;
        const { failed, early } = await deliver(messages);
        await end({
          done: messages.map(({ messageId }) => messageId).filter((id) => !failed.has(id)),
          failed: [...failed].filter((id) => !early.has(id)),
          early: [...early],
        });
      } catch (error) {
        // A full disk or a locked database may pass. What was accepted waits in the database.
        await pauseAfter(error);
      }
    }
  };

  const pauseAfter = async (error: unknown): Promise<void> => {
    lastError = messageOf(error);
    log.error('The queue cannot be read or written', { why: lastError });
    await new Promise((resolve) => setTimeout(resolve, LONGEST_NAP_MS));
  };

  /** No other batch begins before this one is written down. Of a process that stops meanwhile the messages come again. */
  const end = async (batch: EndedBatch): Promise<void> => {
    for (;;) {
      try {
        return queue.end(batch);
      } catch (error) {
        await pauseAfter(error);
        if (stopping) return;
      }
    }
  };

  const buryMalformed = (received: readonly Received[]): readonly Received[] => {
    const malformed = received.flatMap(({ messageId, body }) => {
      const message = parseMessage(body);
      return message.kind === 'malformed' ? [{ messageId, why: message.why }] : [];
    });
    if (malformed.length === 0) return received;
    queue.bury(malformed);
    for (const { messageId, why } of malformed) {
      log.error('A message was not understood, and is a dead letter now', { messageId, why });
    }
    const buried = new Set(malformed.map(({ messageId }) => messageId));
    return received.filter(({ messageId }) => !buried.has(messageId));
  };

  const deliver = async (messages: readonly Received[]): Promise<Delivered> => {
    const end = clock.now() + RUN_MS;
    try {
      const answer = await sync({ Records: messages }, { getRemainingTimeInMillis: () => end - clock.now() });
      const failed = new Set(answer.batchItemFailures.map((failure) => failure.itemIdentifier));
      return { failed, early: new Set(answer.early) };
    } catch (error) {
      log.error('A batch failed as a whole', { messages: messages.length, why: messageOf(error) });
      return { failed: new Set(messages.map(({ messageId }) => messageId)), early: new Set() };
    }
  };

  const worked = work();
  return {
    error: () => lastError,
    stop: async () => {
      stopping = true;
      wake();
      await worked;
    },
  };
}
