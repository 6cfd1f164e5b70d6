/** The ways of events, in and out: bus, archive, rules and queues, with a dead-letter queue for each thing that can fail. */
import { deploymentName, nameOf } from './names.ts';
import { createNotifyQueue } from './notify.ts';
import { deadLetterQueue, deliver, LONGEST_RETENTION_S } from './queues.ts';

export type Messages = {
  readonly bus: sst.aws.Bus;
  readonly queue: sst.aws.Queue;
  /** Of events out, for `notify`. */
  readonly notifyQueue: sst.aws.Queue;
  /**
   * What failed: `sync` with a message, EventBridge with a delivery to its queue, the schedule with a start; receivers of events out, for a
   * day.
   */
  readonly deadLetters: {
    readonly sync: sst.aws.Queue;
    readonly delivery: sst.aws.Queue;
    readonly schedule: sst.aws.Queue;
    readonly notify: sst.aws.Queue;
  };
};

const EVENT_PATTERN = JSON.stringify({ 'detail-type': ['domain.mapped', 'domain.unmapped'] });

/** Receives of a message before SQS puts it aside. AWS advises at least 5, so that a throttled function loses none. */
const RECEIVES = 8;

const ARCHIVE_DAYS = 30;

export function createMessages(): Messages {
  const deadLetters = {
    sync: deadLetterQueue('SyncDeadLetters', 'sync-dead-letters'),
    delivery: deadLetterQueue('DeliveryDeadLetters', 'delivery-dead-letters'),
    schedule: deadLetterQueue('ScheduleDeadLetters', 'schedule-dead-letters'),
    notify: deadLetterQueue('NotifyDeadLetters', 'notify-dead-letters'),
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
  deliver(
    bus,
    { queue, policy: 'SyncQueuePolicy' },
    { queue: deadLetters.delivery, policy: 'DeliveryDeadLettersPolicy' },
    {
      id: 'MappingRule',
      part: 'mappings',
      description: 'Mappings of any source on this bus, to the queue of sync',
      pattern: EVENT_PATTERN,
      targets: [{ id: 'MappingTarget', targetId: 'sync-queue' }],
    },
  );
  return { bus, queue, notifyQueue: createNotifyQueue(bus, deadLetters.notify), deadLetters };
}
