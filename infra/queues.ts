/** Queues, and who may send to them. */
import { nameOf } from './names.ts';

/** 14 days, the most SQS allows: whoever gets the alarm may be on holiday. */
export const LONGEST_RETENTION_S = 1_209_600;

/** The most EventBridge allows: a day, and the attempts it makes in a day. */
const MOST_TRIED = { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 };

export function deadLetterQueue(id: string, part: string): sst.aws.Queue {
  return new sst.aws.Queue(id, {
    transform: { queue: { name: nameOf(part), messageRetentionSeconds: LONGEST_RETENTION_S } },
  });
}

/** `policy`: the resource that says who may send to the queue. */
export type GuardedQueue = { readonly queue: sst.aws.Queue; readonly policy: string };

export type Rule = {
  readonly id: string;
  readonly part: string;
  readonly description: string;
  readonly pattern: string;
  readonly targets: readonly {
    readonly id: string;
    readonly targetId: string;
    readonly inputTransformer?: { readonly inputTemplate: string };
  }[];
};

/**
 * What a rule of the bus matches, to a queue; what cannot be delivered within a day, to `undelivered`.
 *
 * Not `bus.subscribeQueue`: with it SST lets SNS, S3 and EventBridge send to the queue on behalf of any account, and whoever takes the
 * messages trusts them: `sync` as it trusts signed ones.
 */
export function deliver(
  bus: sst.aws.Bus,
  { queue, policy }: GuardedQueue,
  undelivered: GuardedQueue,
  { id, part, description, pattern, targets }: Rule,
): void {
  const eventBusName = bus.name;
  const rule = new aws.cloudwatch.EventRule(id, {
    name: nameOf(part),
    description,
    eventBusName,
    eventPattern: pattern,
  });
  // The policies come first: EventBridge does not try again what it may not send
  // (https://docs.aws.amazon.com/eventbridge/latest/userguide/rule-dlq.html).
  const dependsOn = [allowOnly(rule, policy, queue), allowOnly(rule, undelivered.policy, undelivered.queue)];
  for (const { id: target, ...more } of targets) {
    const deadLetterConfig = { arn: undelivered.queue.arn };
    const to = { rule: rule.name, eventBusName, arn: queue.arn, retryPolicy: MOST_TRIED, deadLetterConfig, ...more };
    new aws.cloudwatch.EventTarget(target, to, { dependsOn });
  }
}

/** Lets one rule send to the queue, and no other service or account. Roles of this account have their own policies. */
function allowOnly(rule: aws.cloudwatch.EventRule, id: string, queue: sst.aws.Queue): aws.sqs.QueuePolicy {
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
