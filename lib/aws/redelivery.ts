import { ChangeMessageVisibilityBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { backOff } from '../core/values/backoff.ts';
import { SECOND } from '../core/values/time.ts';
import { type Log, messageOf } from '../util/log.ts';
import { CLIENT } from './client.ts';

/** `afterMs`: when it comes back. */
export type FailedMessage = Partial<Pick<SQSRecord, 'receiptHandle' | 'attributes'>> & { readonly afterMs?: number };

// The most SQS takes: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibilityBatch.html
const MOST_AT_ONCE = 10;

/**
 * Lets failed messages come back after 1, 2, 4 … minutes, an hour at most, where they do not say when. By itself SQS shows them only after the
 * queue's visibility timeout, which has to be six times as long as the function may run.
 *
 * Where SQS cannot be asked, they come back after that.
 */
export function redelivery(queueUrl: string, log: Log): (failed: readonly FailedMessage[]) => Promise<void> {
  const client = new SQSClient({ ...CLIENT, useQueueUrlAsEndpoint: false });
  return async (failed) => {
    for (let at = 0; at < failed.length; at += MOST_AT_ONCE) {
      const Entries = failed.slice(at, at + MOST_AT_ONCE).map(({ receiptHandle, attributes, afterMs }, index) => ({
        Id: String(index),
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: Math.ceil((afterMs ?? backOff(Number(attributes?.ApproximateReceiveCount ?? 1))) / SECOND),
      }));
      try {
        const { Failed = [] } = await client.send(
          new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries }),
        );
        if (Failed.length > 0) log.warn('Messages come back later than they should', { why: Failed[0]?.Message });
      } catch (error) {
        log.warn('Messages come back later than they should', { why: messageOf(error) });
      }
    }
  };
}
