import { randomUUID } from 'node:crypto';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { HostName } from '../core/values/host-name.ts';
import { LONGEST_DELAY_MS } from '../core/values/recheck-delay.ts';
import { iso, SECOND } from '../core/values/time.ts';
import { type BusEvent, checkEvent, recheckEvent } from '../intake/event.ts';
import type { Dependencies } from '../loop/dependencies.ts';
import type { Clock } from '../util/clock.ts';
import { CLIENT } from './client.ts';

// A name has at most 255 octets, and a message 256 KiB.
const DOMAINS_A_MESSAGE = 500;

/** Sends to the queue of `sync` directly, in the form of an event from the bus. The bus knows no delay. */
export function delayedMessages(queueUrl: string, clock: Clock): Dependencies['recheck'] {
  const client = queueClient();
  return async (domains, afterMs, hop) => {
    const delayMs = Math.min(LONGEST_DELAY_MS, Math.max(0, afterMs));
    for (let at = 0; at < domains.length; at += DOMAINS_A_MESSAGE) {
      const event = recheckEvent(domains.slice(at, at + DOMAINS_A_MESSAGE), hop);
      const command = new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: envelope(event, clock),
        DelaySeconds: Math.ceil(delayMs / SECOND),
      });
      await client.send(command);
    }
  };
}

/** A look that the customer of the domain asks for. @throws if the queue does not take it */
export async function sendCheck(queueUrl: string, clock: Clock, domain: HostName): Promise<void> {
  checks ??= queueClient();
  await checks.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: envelope(checkEvent(domain), clock) }));
}

let checks: SQSClient | undefined;

function queueClient(): SQSClient {
  // By default the SDK takes the host of the queue's address instead of AWS_ENDPOINT_URL.
  return new SQSClient({ ...CLIENT, useQueueUrlAsEndpoint: false });
}

function envelope(event: BusEvent, clock: Clock): string {
  return JSON.stringify({
    version: '0',
    id: randomUUID(),
    source: 'multisite-runcloud',
    time: iso(clock.now()),
    ...event,
  });
}
