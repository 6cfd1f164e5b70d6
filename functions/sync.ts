/** Lambda function `sync`: hands the events and rechecks in its queue to the loop. */
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { lambdaEnvironment, loadedWhenNeeded } from '../lib/aws/lambda.ts';
import { type Message, parseMessage } from '../lib/intake/event.ts';
import { RESERVE_MS } from '../lib/loop/apply/context.ts';
import type { Dependencies, Startup } from '../lib/loop/dependencies.ts';
import { admit } from '../lib/loop/runs/admit.ts';
import { syncDomains, syncEvents } from '../lib/loop/runs/sync.ts';
import { explain, type Log } from '../lib/util/log.ts';

/** The part of Lambda's event that is used. */
export type SyncEvent = { readonly Records: readonly Pick<SQSRecord, 'messageId' | 'body'>[] };
export type SyncHandler = (
  event: SyncEvent,
  context: { getRemainingTimeInMillis(): number },
) => Promise<SQSBatchResponse>;

type Of<Kind> = Extract<Message, { kind: Kind }> & { readonly messageId: string };
type Work = { readonly events: readonly Of<'event'>[]; readonly rechecks: readonly Of<'recheck'>[] };

/**
 * A message that it reports as failed comes back. All others are done with: their requests are in the ledger by then,
 * and a recheck or the next reconcile does the rest.
 */
export function syncHandler(open: () => Promise<Startup>, log: Log): SyncHandler {
  return async ({ Records }, context) => {
    const messages = Records.map(({ messageId, body }) => ({ messageId, ...parseMessage(body) }));
    const events = messages.filter((message) => message.kind === 'event');
    const rechecks = messages.filter((message) => message.kind === 'recheck');
    const malformed = messages.filter((message) => message.kind === 'malformed');
    for (const { messageId, why } of malformed) log.error('A message was not understood', { messageId, why });
    const failed = new Set(malformed.map((message) => message.messageId));

    // Only a ledger that does not answer, or is newer than this version, leads here. Then all messages of the part come back.
    const guard: Guard = async (part, work) => {
      try {
        if (part.length > 0) await work();
      } catch (error) {
        log.error('Messages could not be worked on', { messages: part.length, why: explain(error) });
        for (const { messageId } of part) failed.add(messageId);
      }
    };
    const startup = await open();
    if (startup.kind === 'ready') {
      await workOff({ events, rechecks }, startup.deps, context.getRemainingTimeInMillis(), guard);
    } else {
      log.error('There are no settings to work with, so events are only recorded', { why: startup.why });
      const { ledger, clock } = startup;
      await guard(events, async () => {
        const mappings = events.map(({ event }) => event);
        const { admitted } = await admit({ ledger, clock, log }, undefined, mappings);
        if (admitted.length > 0) await ledger.recordRequests(admitted);
      });
    }
    return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

type Guard = (part: readonly { readonly messageId: string }[], work: () => Promise<unknown>) => Promise<void>;

async function workOff(
  { events, rechecks }: Work,
  deps: Dependencies,
  remainingMs: number,
  guard: Guard,
): Promise<void> {
  const deadline = deps.clock.now() + remainingMs - RESERVE_MS;
  const mappings = events.map(({ event }) => event);
  await guard(events, async () => syncEvents(deps, mappings, deadline));
  const domains = [...new Set(rechecks.flatMap((message) => message.domains))];
  await guard(rechecks, async () => syncDomains(deps, domains, deadline));
}

const environment = lambdaEnvironment();
const open = loadedWhenNeeded(async () => {
  const { dependenciesOnAws } = await import('../lib/aws/dependencies.ts');
  return dependenciesOnAws(process.env, environment);
});

export const handler: SyncHandler = syncHandler(open, environment.log);
