/** Queues, and who may send to them. */
import { nameOf } from './names.ts';

/** 14 days, the most SQS allows: whoever gets the alarm may be on holiday. */
export const LONGEST_RETENTION_S = 1_209_600;

/** The most EventBridge allows: a day, and the attempts it makes in a day. */
export const MOST_TRIED = { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 };

export function deadLetterQueue(id: string, part: string): sst.aws.Queue {
  return new sst.aws.Queue(id, {
    transform: { queue: { name: nameOf(part), messageRetentionSeconds: LONGEST_RETENTION_S } },
  });
}

/** Lets one rule send to the queue, and no other service or account. Roles of this account have their own policies. */
export function allowOnly(rule: aws.cloudwatch.EventRule, id: string, queue: sst.aws.Queue): aws.sqs.QueuePolicy {
  const { json } = aws.iam.getPolicyDocumentOutput({
    statements: [
      {
        actions: ['sqs:SendMessage'],
        resources: [queue.arn],
        principals: [{ type: 'Service', identifiers: ['events.amazonaws.com'] }],
        conditions: [{ test: 'ArnEquals', variable: 'aws:SourceArn', values: [rule.arn] }],
      },
    ],
  });
  return new aws.sqs.QueuePolicy(id, { queueUrl: queue.url, policy: json });
}
