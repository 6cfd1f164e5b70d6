/** Lambda function `sync`: messages of the queue, which are events of the bus, to the loop. */
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { parseMessage } from '../lib/intake/event.ts';
import { messageOf } from '../lib/log.ts';
import { syncDomains, syncEvents } from '../lib/loop/run.ts';
import type { World } from '../lib/loop/world.ts';

/** What is used of the event. */
export type SyncEvent = { readonly Records: readonly Pick<SQSRecord, 'messageId' | 'body'>[] };
export type SyncHandler = (
  event: SyncEvent,
  context: { getRemainingTimeInMillis(): number },
) => Promise<SQSBatchResponse>;

/** Time that must be left when the last request to RunCloud is sent: its time-out (30 s), and 5 s to write things down. */
export const RESERVE_MS = 35_000;

/**
 * Takes the world; returns the handler. Messages it reports as failed come back; all others are done with, because their
 * wishes are in the ledger by then, and whatever is left to do comes back as a recheck or with the next reconcile.
 */
export function syncHandler(world: World): SyncHandler {
  return async ({ Records }, context) => {
    const { clock, log } = world;
    const now = clock.now();
    const until = now + context.getRemainingTimeInMillis() - RESERVE_MS;
    const messages = Records.map(({ messageId, body }) => ({ messageId, ...parseMessage(body) }));
    const events = messages.filter((message) => message.kind === 'event');
    const rechecks = messages.filter((message) => message.kind === 'recheck');
    const malformed = messages.filter((message) => message.kind === 'malformed');
    for (const { messageId, why } of malformed) log.error('A message was not understood', { messageId, why });
    const failed = new Set(malformed.map((message) => message.messageId));

    // A message that fails is tried again as a whole: only a ledger that does not answer leads here.
    const guard = async (
      part: readonly { readonly messageId: string }[],
      work: () => Promise<unknown>,
    ): Promise<void> => {
      try {
        if (part.length > 0) await work();
      } catch (error) {
        log.error('Messages could not be worked on', { messages: part.length, why: messageOf(error) });
        for (const { messageId } of part) failed.add(messageId);
      }
    };
    await guard(events, async () =>
      syncEvents(
        world,
        events.map(({ event }) => event),
        until,
      ),
    );
    const domains = [...new Set(rechecks.flatMap((message) => message.domains))];
    await guard(rechecks, async () => syncDomains(world, domains, until));
    return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) };
  };
}
