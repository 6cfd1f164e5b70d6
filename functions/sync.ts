/** Lambda function `sync`: hands the events and rechecks in its queue to the loop. */
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { resourceName } from '../lib/aws/environment.ts';
import { EXPLAIN_SQS, isSqsEvent } from '../lib/aws/invocation.ts';
import { lambdaEnvironment, loadedWhenNeeded } from '../lib/aws/lambda.ts';
import type { FailedMessage } from '../lib/aws/redelivery.ts';
import type { HostName } from '../lib/core/values/host-name.ts';
import { type Message, parseMessage } from '../lib/intake/event.ts';
import { RESERVE_MS } from '../lib/loop/apply/context.ts';
import type { Dependencies, Startup } from '../lib/loop/dependencies.ts';
import { recordWithoutSettings } from '../lib/loop/runs/admit.ts';
import { checkDomains } from '../lib/loop/runs/check.ts';
import type { Hops } from '../lib/loop/runs/recheck.ts';
import { syncDomains, syncEvents, TooEarlyError } from '../lib/loop/runs/sync.ts';
import { explain, type Log } from '../lib/util/log.ts';

/** The part of Lambda's event that is used. */
export type SyncEvent = { readonly Records: readonly (Pick<SQSRecord, 'messageId' | 'body'> & FailedMessage)[] };
export type SyncHandler = (
  event: SyncEvent,
  context: { getRemainingTimeInMillis(): number },
) => Promise<SQSBatchResponse & { readonly why?: string; readonly early?: readonly string[] }>;

type Of<Kind> = Extract<Message, { kind: Kind }> & { readonly messageId: string };
type Work = {
  readonly events: readonly Of<'event'>[];
  readonly rechecks: readonly Of<'recheck'>[];
  readonly checks: readonly Of<'check'>[];
};

/**
 * A message that it reports as failed comes back, when `redeliver` says. `early`: of those, the ones that another run is in the way of. All
 * others are done with: their requests are in the ledger by then, or refused, and a recheck or the next reconcile does the rest.
 */
export function syncHandler(
  open: () => Promise<Startup>,
  log: Log,
  redeliver: (failed: readonly FailedMessage[]) => Promise<void> = async () => {},
): SyncHandler {
  return async (event, context) => {
    if (!isSqsEvent(event)) return { batchItemFailures: [], why: EXPLAIN_SQS };
    const { Records } = event;
    const messages = Records.map(({ messageId, body }) => ({ messageId, ...parseMessage(body) }));
    const events = messages.filter((message) => message.kind === 'event');
    const rechecks = messages.filter((message) => message.kind === 'recheck');
    const checks = messages.filter((message) => message.kind === 'check');
    const malformed = messages.filter((message) => message.kind === 'malformed');
    for (const { messageId, why } of malformed) log.error('A message was not understood', { messageId, why });
    const failed = new Set(malformed.map((message) => message.messageId));
    const early: string[] = [];
    // Only a ledger that does not answer, or is newer than this version, leads here. Then all messages of the part come back.
    const guard: Guard = async (part, work) => {
      try {
        if (part.length > 0) await work();
      } catch (error) {
        for (const { messageId } of part) failed.add(messageId);
        if (error instanceof TooEarlyError) {
          early.push(...part.map(({ messageId }) => messageId));
          log.info('Messages came too early', { messages: part.length, why: error.message });
          return;
        }
        log.error('Messages could not be worked on', { messages: part.length, why: explain(error) });
      }
    };
    const startup = await open();
    if (startup.kind === 'ready') {
      await workOff({ events, rechecks, checks }, startup.deps, context.getRemainingTimeInMillis(), guard);
    } else {
      log.error('There are no settings to work with, so events are only recorded', { why: startup.why });
      const { ledger, clock } = startup;
      await guard(events, async () => {
        const left = new Set(
          await recordWithoutSettings(
            { ledger, clock, log },
            events.map(({ event }) => event),
          ),
        );
        for (const { messageId, event } of events) if (left.has(event)) failed.add(messageId);
      });
    }
    await redeliver(Records.filter(({ messageId }) => failed.has(messageId)));
    return {
      batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })),
      ...(early.length > 0 && { early }),
    };
  };
}

type Guard = (part: readonly { readonly messageId: string }[], work: () => Promise<unknown>) => Promise<void>;

async function workOff(
  { events, rechecks, checks }: Work,
  deps: Dependencies,
  remainingMs: number,
  guard: Guard,
): Promise<void> {
  const deadline = deps.clock.now() + remainingMs - RESERVE_MS;
  const mappings = events.map(({ event }) => event);
  await guard(events, async () => syncEvents(deps, mappings, deadline));
  await guard(rechecks, async () => syncDomains(deps, hopsOf(rechecks), deadline));
  await guard(checks, async () =>
    checkDomains(
      deps,
      checks.map(({ domain }) => domain),
      deadline,
    ),
  );
}

/** A domain that several messages name has the hops of the longest chain: only that one is near its end. */
function hopsOf(rechecks: Work['rechecks']): Hops {
  const hops = new Map<HostName, number>();
  for (const { domains, hop } of rechecks) {
    for (const domain of domains) hops.set(domain, Math.max(hop, hops.get(domain) ?? hop));
  }
  return hops;
}

const environment = lambdaEnvironment();
const open = loadedWhenNeeded(async () => {
  const { dependenciesOnAws } = await import('../lib/aws/dependencies.ts');
  return dependenciesOnAws(process.env, environment);
});

const redeliver = async (failed: readonly FailedMessage[]): Promise<void> => {
  if (failed.length === 0) return;
  const { redelivery } = await import('../lib/aws/redelivery.ts');
  await redelivery(resourceName(process.env, 'SYNC_QUEUE_URL'), environment.log)(failed);
};

export const handler: SyncHandler = syncHandler(open, environment.log, redeliver);
