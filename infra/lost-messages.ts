/** The alarms for dead letters. */
import type { Messages } from './messages.ts';
import { nameOf } from './names.ts';
import { FIVE_MINUTES_S, type Watch } from './watch.ts';

/** Messages that nobody works on any more. A mapping among them is lost until a reconcile reads the network's list. */
export function lostMessages({ deadLetters }: Messages): Watch[] {
  const watch = (name: string, queue: sst.aws.Queue, means: string, whatToDo: string): Watch => ({
    name,
    means,
    whatToDo,
    when: {
      namespace: 'AWS/SQS',
      metricName: 'ApproximateNumberOfMessagesVisible',
      dimensions: { QueueName: queue.nodes.queue.name },
      statistic: 'Maximum',
      period: FIVE_MINUTES_S,
      evaluationPeriods: 1,
      threshold: 1,
      comparisonOperator: 'GreaterThanOrEqualToThreshold',
      // SQS reports nothing for a queue that was idle for hours.
      treatMissingData: 'notBreaching',
    },
  });
  return [
    watch(
      'sync-dead-letters',
      deadLetters.sync,
      'The function sync received mappings eight times, in two hours, and failed each time.',
      'Read the log of sync. Purge the messages it does not understand. For the others mend the cause, then start a DLQ redrive of this queue in the SQS console.',
    ),
    watch(
      'delivery-dead-letters',
      deadLetters.delivery,
      'EventBridge could not put mappings into the queue of sync.',
      'Each message carries its ERROR_CODE. Mend the cause, replay the time of the messages from the archive of the bus, and purge this queue.',
    ),
    watch(
      'schedule-dead-letters',
      deadLetters.schedule,
      'The schedule could not start reconcile at three attempts.',
      'Each message carries its error. The schedule tries again every ten minutes. Once it succeeds, purge this queue.',
    ),
    watch(
      'notify-dead-letters',
      deadLetters.notify,
      'NOTIFY_URL or SLACK_WEBHOOK_URL did not take events for a day, so they were given up.',
      `Each message says why, in its attribute "why". Invoke ${nameOf('reconcile')} with {"action":"doctor"} to see whether it still fails. When it is mended, start a DLQ redrive of this queue to ${nameOf('notify')}, or purge it.`,
    ),
  ];
}
