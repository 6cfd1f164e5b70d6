import { randomUUID } from 'node:crypto';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { HostName } from '../core/values/host-name.ts';
import { iso, MINUTE, SECOND } from '../core/values/time.ts';
import { recheckEvent } from '../intake/event.ts';
import type { Clock } from '../util/clock.ts';
import { CLIENT } from './client.ts';

// The most SQS allows: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
const LONGEST_DELAY_MS = 15 * MINUTE;
// A name has at most 255 octets, and a message 256 KiB.
const DOMAINS_A_MESSAGE = 500;

/** Sends domains to `sync` again, after `afterMs` but no later than in 15 minutes. */
export type Recheck = (domains: readonly HostName[], afterMs: number) => Promise<void>;

/** Sends to the queue of `sync` directly, in the form of an event from the bus. The bus knows no delay. */
export function delayedMessages(queueUrl: string, clock: Clock): Recheck {
  // By default the SDK takes the host of the queue's address instead of AWS_ENDPOINT_URL.
  const client = new SQSClient({ ...CLIENT, useQueueUrlAsEndpoint: false });
  return async (domains, afterMs) => {
    const delayMs = Math.min(LONGEST_DELAY_MS, Math.max(0, afterMs));
    for (let at = 0; at < domains.length; at += DOMAINS_A_MESSAGE) {
      const event = recheckEvent(domains.slice(at, at + DOMAINS_A_MESSAGE));
      const envelope = {
        version: '0',
        id: randomUUID(),
        source: 'multisite-runcloud',
        time: iso(clock.now()),
        ...event,
      };
      const command = new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: JSON.stringify(envelope),
        DelaySeconds: Math.ceil(delayMs / SECOND),
      });
      await client.send(command);
    }
  };
}
