/** Lambda function `notify`: tells the receivers of what its queue holds. */
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { isSqsEvent } from '../lib/aws/invocation.ts';
import { lambdaEnvironment, loadedWhenNeeded } from '../lib/aws/lambda.ts';
import type { Notify } from '../lib/aws/notify.ts';

/** The part of Lambda's event that is used. */
export type NotifyEvent = {
  readonly Records: readonly Pick<SQSRecord, 'messageId' | 'body' | 'receiptHandle' | 'attributes'>[];
};
export type NotifyHandler = (event: NotifyEvent) => Promise<SQSBatchResponse & { readonly why?: string }>;

const EXPLAIN =
  'This is no batch of messages from SQS. The function "notify" takes those of its own queue. To send a test message, invoke "reconcile" with {"action":"notify"}.';

/** A message that it reports as failed comes back when its receiver is tried again. */
export function notifyHandler(open: () => Promise<Notify>): NotifyHandler {
  return async (event) => {
    if (!isSqsEvent(event)) return { batchItemFailures: [], why: EXPLAIN };
    const notify = await open();
    const failed = await notify(event.Records);
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

const environment = lambdaEnvironment();

export const handler: NotifyHandler = notifyHandler(
  loadedWhenNeeded(async () => {
    const { notifyOnAws } = await import('../lib/aws/notify.ts');
    const notify = notifyOnAws(process.env, environment);
    return async () => notify;
  }),
);
