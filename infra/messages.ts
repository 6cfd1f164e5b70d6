/** The way of an event: bus, archive, rule and queue, with a dead-letter queue for each thing that can fail. */
import { deploymentName, nameOf } from './names.ts';

export type Messages = {
  readonly bus: sst.aws.Bus;
  readonly queue: sst.aws.Queue;
  /** What failed: `sync` with a message, EventBridge with a delivery to the queue, the schedule with a start. */
  readonly deadLetters: {
    readonly sync: sst.aws.Queue;
    readonly delivery: sst.aws.Queue;
    readonly schedule: sst.aws.Queue;
  };
};

const EVENT_PATTERN = JSON.stringify({ 'detail-type': ['domain.mapped', 'domain.unmapped'] });

/** 14 days, the most SQS allows: whoever gets the alarm may be on holiday. */
const LONGEST_RETENTION_S = 1_209_600;

/** Receives of a message before SQS puts it aside. AWS advises at least 5, so that a throttled function loses none. */
const RECEIVES = 8;

const ARCHIVE_DAYS = 30;

export function createMessages(): Messages {
  const deadLetters = {
    sync: deadLetterQueue('SyncDeadLetters', 'sync-dead-letters'),
    delivery: deadLetterQueue('DeliveryDeadLetters', 'delivery-dead-letters'),
    schedule: deadLetterQueue('ScheduleDeadLetters', 'schedule-dead-letters'),
  };
  const queue = new sst.aws.Queue('SyncQueue', {
    // AWS advises six times the time-out of `sync`, plus the two seconds of the batch window: a bit over 12 minutes.
    // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    visibilityTimeout: '13 minutes',
    dlq: { queue: deadLetters.sync.arn, retry: RECEIVES },
    transform: { queue: { name: nameOf('sync'), messageRetentionSeconds: LONGEST_RETENTION_S } },
  });
  const bus = new sst.aws.Bus('Bus', { transform: { bus: { name: deploymentName() } } });
  new aws.cloudwatch.EventArchive('BusArchive', {
    name: deploymentName(),
    description: 'Mappings of the last 30 days, for a replay',
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
 * Not `bus.subscribeQueue`: with it SST lets SNS, S3 and EventBridge send to the queue on behalf of any account, and
 * `sync` trusts the messages of this queue like signed ones.
 */
function deliver(bus: sst.aws.Bus, queue: sst.aws.Queue, undelivered: sst.aws.Queue): void {
  const rule = new aws.cloudwatch.EventRule('MappingRule', {
    name: nameOf('mappings'),
    description: 'Mappings of any source on this bus, to the queue of sync',
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
      // The most EventBridge allows: a day, and the attempts it makes in a day.
      retryPolicy: { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 },
      deadLetterConfig: { arn: undelivered.arn },
    },
    // The policies come first: EventBridge does not try again what it may not send
    // (https://docs.aws.amazon.com/eventbridge/latest/userguide/rule-dlq.html).
    { dependsOn: policies },
  );
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
