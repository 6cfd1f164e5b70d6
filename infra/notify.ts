/** The way of an event out: a rule of the bus, and a queue for `notify`. */
import { nameOf } from './names.ts';
import { deliver, LONGEST_RETENTION_S } from './queues.ts';

/** Ours alone. Events in have this source too where they came through the webhooks, and they are told to nobody. */
const PATTERN = JSON.stringify({
  source: ['multisite-runcloud'],
  'detail-type': [
    'domain.added',
    'domain.removed',
    'domain.live',
    'domain.not-live',
    'dns.lost',
    'dns.restored',
    'certificate.issued',
    'certificate.failed',
    'certificate.expiring',
    'removals.held',
    'quota.low',
    'notify.test',
  ],
});

/** Each gets a message of its own, so that one that fails holds up no other. The same as in lib/notify/queued.ts. */
const RECEIVERS = ['webhook', 'slack'] as const;

/**
 * `notify` gives a message up by its age, and puts it aside itself. So often it comes back only where the function itself fails, each time
 * for 13 minutes.
 */
const RECEIVES = 100;

export function createNotifyQueue(bus: sst.aws.Bus, undelivered: sst.aws.Queue): sst.aws.Queue {
  const queue = new sst.aws.Queue('NotifyQueue', {
    // Six times the time-out of `notify`, and a bit.
    visibilityTimeout: '13 minutes',
    dlq: { queue: undelivered.arn, retry: RECEIVES },
    transform: { queue: { name: nameOf('notify'), messageRetentionSeconds: LONGEST_RETENTION_S } },
  });
  deliver(
    bus,
    { queue, policy: 'NotifyQueuePolicy' },
    { queue: undelivered, policy: 'NotifyDeadLettersPolicy' },
    {
      id: 'NotifyRule',
      part: 'notify',
      description: 'What changed, to the queue of notify',
      pattern: PATTERN,
      targets: RECEIVERS.map((receiver) => ({
        id: `NotifyTarget${receiver === 'webhook' ? 'Webhook' : 'Slack'}`,
        targetId: `notify-${receiver}`,
        // The whole event: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
        inputTransformer: { inputTemplate: `{"receiver":"${receiver}","event":<aws.events.event.json>}` },
      })),
    },
  );
  return queue;
}
