/** Tells receivers on AWS: settings from the secret of webhooks, how receivers are from the ledger's table, what is given up into a queue. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { customerLinks, publicLinks } from '../intake/customer-links.ts';
import { parseReceiverSettings } from '../intake/settings.ts';
import { deliverBatch, type Outcome, type QueuedEvent } from '../notify/batch.ts';
import { parseQueued } from '../notify/queued.ts';
import { type Send, sender } from '../notify/sender.ts';
import { type NotifySettings, parseNotifySettings } from '../notify/settings.ts';
import { explain, messageOf } from '../util/log.ts';
import type { RawSettings } from '../util/raw-settings.ts';
import { CLIENT } from './client.ts';
import { resourceName } from './environment.ts';
import type { LambdaEnvironment } from './lambda.ts';
import { receiverStates } from './receiver-states.ts';
import { type FailedMessage, redelivery } from './redelivery.ts';
import { SecretSource } from './secret.ts';
import { SecretUnreadyError, wrongSettings } from './secret-error.ts';
import type { SecretRef } from './secret-name.ts';

export type Queued = Pick<SQSRecord, 'messageId' | 'body' | 'receiptHandle' | 'attributes'>;
/** Returns the ids of those messages that come back. */
export type Notify = (records: readonly Queued[]) => Promise<readonly string[]>;

/**
 * The environment has to hold WEBHOOK_SECRET_ID, LEDGER_TABLE, NOTIFY_QUEUE_URL, NOTIFY_DEAD_LETTERS_URL, API_URL and STAGE.
 * @throws Error if it lacks one of them
 */
export function notifyOnAws(
  environment: NodeJS.ProcessEnv,
  { clock, log }: Pick<LambdaEnvironment, 'clock' | 'log'>,
): Notify {
  const ref: SecretRef = { kind: 'webhook', id: resourceName(environment, 'WEBHOOK_SECRET_ID') };
  const secret = new SecretSource(ref, { clock, log });
  const states = receiverStates(new DynamoDBClient(CLIENT), resourceName(environment, 'LEDGER_TABLE'), clock);
  const redeliver = redelivery(resourceName(environment, 'NOTIFY_QUEUE_URL'), log);
  const bury = deadLetters(resourceName(environment, 'NOTIFY_DEAD_LETTERS_URL'));
  const apiUrl = resourceName(environment, 'API_URL');
  const mrc = ` --stage ${resourceName(environment, 'STAGE')}`;
  let opened: { readonly from: RawSettings; readonly settings: NotifySettings; readonly send: Send } | undefined;

  const open = async () => {
    const from = await secret.get();
    if (opened?.from === from) return opened;
    const parsed = parseNotifySettings(from);
    if (!parsed.ok) throw wrongSettings(parsed.faults, ref);
    const receiver = parseReceiverSettings(from);
    if (!receiver.ok) throw wrongSettings(receiver.faults, ref);
    const linkFor = publicLinks(customerLinks(receiver.settings, () => apiUrl));
    opened = { from, settings: parsed.settings, send: sender(parsed.settings, { clock, mrc, linkFor }) };
    return opened;
  };

  const deliver = async (messages: readonly QueuedEvent[]): Promise<ReadonlyMap<string, Outcome>> => {
    const { settings, send } = await open();
    const { receivers } = settings;
    const before = await states.read(receivers);
    const { outcomes, states: after } = await deliverBatch(messages, receivers, before, { send, clock, log });
    try {
      await states.write(receivers, after);
    } catch (error) {
      // What was delivered would otherwise be delivered again.
      log.error('How the receivers are could not be written down', { why: messageOf(error) });
    }
    return outcomes;
  };

  return async (records) => {
    const failed: (FailedMessage & { readonly messageId: string })[] = [];
    const putAside = async (record: Queued, why: string): Promise<void> => {
      try {
        await bury(record.body, why);
      } catch (error) {
        log.error('A message could not be put aside, and comes back', { why: messageOf(error) });
        failed.push(record);
      }
    };
    const messages: QueuedEvent[] = [];
    for (const record of records) {
      const parsed = parseQueued(record.body);
      if (typeof parsed === 'string') {
        log.error('A message was not understood', { messageId: record.messageId, why: parsed });
        await putAside(record, parsed);
        continue;
      }
      const { ApproximateReceiveCount, SentTimestamp } = record.attributes;
      const times = { attempts: Number(ApproximateReceiveCount), since: Math.min(Number(SentTimestamp), clock.now()) };
      messages.push({ messageId: record.messageId, ...parsed, ...times });
    }
    const understood = records.filter(({ messageId }) => messages.some((message) => message.messageId === messageId));
    try {
      const outcomes = messages.length === 0 ? new Map<string, Outcome>() : await deliver(messages);
      for (const record of understood) {
        const outcome = outcomes.get(record.messageId);
        if (outcome?.kind === 'again') failed.push({ ...record, afterMs: outcome.at - clock.now() });
        if (outcome?.kind === 'waits') failed.push({ ...record, afterMs: outcome.until - clock.now() });
        if (outcome?.kind === 'given-up' || outcome?.kind === 'expired') await putAside(record, outcome.why);
      }
    } catch (error) {
      const isUnready = error instanceof SecretUnreadyError;
      log.error(isUnready ? 'There are no settings to work with' : 'Events could not be told', { why: explain(error) });
      failed.push(...understood);
    }
    await redeliver(failed);
    return failed.map(({ messageId }) => messageId);
  };
}

function deadLetters(queueUrl: string): (body: string, why: string) => Promise<void> {
  let client: SQSClient | undefined;
  return async (MessageBody, why) => {
    client ??= new SQSClient({ ...CLIENT, useQueueUrlAsEndpoint: false });
    const MessageAttributes = { why: { DataType: 'String', StringValue: why } };
    await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody, MessageAttributes }));
  };
}
