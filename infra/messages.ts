/** The way of an event: bus, archive, rule, queue, and where it lies when it could not be delivered. */
import { deploymentName, nameOf } from './names.ts';

export type Messages = {
  readonly bus: sst.aws.Bus;
  readonly queue: sst.aws.Queue;
  /** By what did not succeed: `sync` could not work on a message, EventBridge could not deliver, reconcile could not be started. */
  readonly deadLetters: {
    readonly sync: sst.aws.Queue;
    readonly delivery: sst.aws.Queue;
    readonly schedule: sst.aws.Queue;
  };
};

const EVENT_PATTERN = JSON.stringify({ 'detail-type': ['domain.mapped', 'domain.unmapped'] });

/** The most SQS allows (14 days), in seconds: somebody may be on holiday when an alarm comes. */
const LONGEST_RETENTION_S = 1_209_600;

/** How often a message is received before it is put aside. AWS advises 5 at least, so that a throttled function does not lose any. */
const RECEIVES = 5;

const ARCHIVE_DAYS = 30;

/** Makes all of it. */
export function createMessages(): Messages {
  const deadLetters = {
    sync: deadLetterQueue('SyncDeadLetters', 'sync-dead-letters'),
    delivery: deadLetterQueue('DeliveryDeadLetters', 'delivery-dead-letters'),
    schedule: deadLetterQueue('ScheduleDeadLetters', 'schedule-dead-letters'),
  };
  const queue = new sst.aws.Queue('SyncQueue', {
    // AWS advises six times the time-out of `sync` and the two seconds in which a batch is gathered: a bit over 12 minutes.
    // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    visibilityTimeout: '13 minutes',
    dlq: { queue: deadLetters.sync.arn, retry: RECEIVES },
    transform: { queue: { name: nameOf('sync'), messageRetentionSeconds: LONGEST_RETENTION_S } },
  });
  const bus = new sst.aws.Bus('Bus', { transform: { bus: { name: deploymentName() } } });
  new aws.cloudwatch.EventArchive('BusArchive', {
    name: deploymentName(),
    description: 'Mappings of the last month, to be replayed',
    eventSourceArn: bus.arn,
    eventPattern: EVENT_PATTERN,
    retentionDays: ARCHIVE_DAYS,
  });
  deliver(bus, queue, deadLetters.delivery);
  return { bus, queue, deadLetters };
}

function deadLetterQueue(id: string, part: string): sst.aws.Queue {
  return new sst.aws.Queue(id, {
    transform: { queue: { name: nameOf(part), messageRetentionSeconds: LONGEST_RETENTION_S } },
  });
}

/**
 * Rule and target from AWS's own resources rather than `bus.subscribeQueue`: with that, SST lets SNS, S3 and EventBridge
 * send to the queue for anybody, from any account, and `sync` takes a message in this queue for a signed one.
 */
function deliver(bus: sst.aws.Bus, queue: sst.aws.Queue, undelivered: sst.aws.Queue): void {
  const rule = new aws.cloudwatch.EventRule('MappingRule', {
    name: nameOf('mappings'),
    description: 'Mappings, from any source on this bus, to the queue of sync',
    eventBusName: bus.name,
    eventPattern: EVENT_PATTERN,
  });
  const policies = [
    allowOnly(rule, 'SyncQueuePolicy', queue),
    allowOnly(rule, 'DeliveryDeadLettersPolicy', undelivered),
  ];
  new aws.cloudwatch.EventTarget(
    'MappingTarget',
    {
      rule: rule.name,
      eventBusName: bus.name,
      targetId: 'sync-queue',
      arn: queue.arn,
      // The most EventBridge allows: a day, and as many attempts as it makes in one.
      retryPolicy: { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 },
      deadLetterConfig: { arn: undelivered.arn },
    },
    // What may not be sent is not tried again (https://docs.aws.amazon.com/eventbridge/latest/userguide/rule-dlq.html):
    // the policies stand before the first event comes.
    { dependsOn: policies },
  );
}

/** One rule may send to the queue, and no other service and no other account. Roles of this account go by their own policies. */
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
