import { randomUUID } from 'node:crypto';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { HostName } from '../core/values/host-name.ts';
import { iso, MINUTE, SECOND } from '../core/values/time.ts';
import { recheckEvent } from '../intake/event.ts';
import type { Clock } from '../util/clock.ts';
import { CLIENT } from './client.ts';

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html: no message waits longer.
const LONGEST_DELAY_MS = 15 * MINUTE;
// 255 octets a name at most: far below the 256 KiB of a message.
const DOMAINS_A_MESSAGE = 500;

/** Brings domains back to `sync` after so many milliseconds, 15 minutes at most. */
export type Recheck = (domains: readonly HostName[], afterMs: number) => Promise<void>;

/** Takes the address of the queue that feeds `sync`, and the clock; returns what sends rechecks there, as the bus would. */
export function delayedMessages(queueUrl: string, clock: Clock): Recheck {
  // Else AWS_ENDPOINT_URL would have no say over the host in the queue's address.
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
