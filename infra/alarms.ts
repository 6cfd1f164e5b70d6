/** What a person must be told of: alarms, and the topic they speak through. */
import type { Functions } from './functions.ts';
import type { Messages } from './messages.ts';
import { nameOf } from './names.ts';
import type { Options } from './options.ts';

type Watch = {
  /** What the alarm is called within the deployment. */
  readonly name: string;
  /** What it means. */
  readonly means: string;
  readonly todo: string;
  readonly when: Pick<
    aws.cloudwatch.MetricAlarmArgs,
    | 'namespace'
    | 'metricName'
    | 'dimensions'
    | 'statistic'
    | 'period'
    | 'metricQueries'
    | 'threshold'
    | 'comparisonOperator'
    | 'evaluationPeriods'
    | 'treatMissingData'
  >;
};

const FIVE_MINUTES_S = 300;
const TEN_MINUTES_S = 600;

/** Takes what is watched and the options; makes the alarms and their topic, and subscribes the e-mail address if one is given. */
export function createAlarms(
  functions: Functions,
  messages: Messages,
  api: sst.aws.ApiGatewayV2,
  { alarmEmail }: Options,
) {
  const topic = new aws.sns.Topic('Alarms', { name: nameOf('alarms') });
  const watches = [
    ...lostMessages(messages),
    ...failures(functions),
    unanswered(api),
    waiting(messages),
    ...reported(),
  ];
  const alarms = watches.map(
    ({ name, means, todo, when }) =>
      new aws.cloudwatch.MetricAlarm(
        `Alarm${name.replaceAll(/(?:^|-)(\w)/g, (_all, letter: string) => letter.toUpperCase())}`,
        {
          ...when,
          name: nameOf(name),
          alarmDescription: `${means} ${todo} More in docs/aws-operations.md, section "Alarms".`,
          alarmActions: [topic.arn],
          okActions: [topic.arn],
        },
      ),
  );
  const { json } = aws.iam.getPolicyDocumentOutput({
    statements: [
      {
        actions: ['sns:Publish'],
        resources: [topic.arn],
        principals: [{ type: 'Service', identifiers: ['cloudwatch.amazonaws.com'] }],
        conditions: [{ test: 'ArnEquals', variable: 'aws:SourceArn', values: alarms.map(({ arn }) => arn) }],
      },
    ],
  });
  new aws.sns.TopicPolicy('AlarmsPolicy', { arn: topic.arn, policy: json });
  if (alarmEmail !== undefined) {
    new aws.sns.TopicSubscription('AlarmsEmail', { topic: topic.arn, protocol: 'email', endpoint: alarmEmail });
  }
  return { topic };
}

/** A message nobody works on any more: a mapping that may be lost until the network's list is read, or a missed run. */
function lostMessages({ deadLetters }: Messages): Watch[] {
  const watch = (name: string, queue: sst.aws.Queue, means: string, todo: string): Watch => ({
    name,
    means,
    todo,
    when: {
      namespace: 'AWS/SQS',
      metricName: 'ApproximateNumberOfMessagesVisible',
      dimensions: { QueueName: queue.nodes.queue.name },
      statistic: 'Maximum',
      period: FIVE_MINUTES_S,
      evaluationPeriods: 1,
      threshold: 1,
      comparisonOperator: 'GreaterThanOrEqualToThreshold',
      // SQS reports nothing for a queue that was left alone for hours.
      treatMissingData: 'notBreaching',
    },
  });
  return [
    watch(
      'sync-dead-letters',
      deadLetters.sync,
      'Mappings came through the queue five times and could not be worked on.',
      'Read the log of sync. Purge what it does not understand; for the rest mend the cause, then start a DLQ redrive of this queue in the SQS console.',
    ),
    watch(
      'delivery-dead-letters',
      deadLetters.delivery,
      'EventBridge could not put mappings into the queue of sync.',
      'Each message carries its ERROR_CODE. Mend that, then replay that time from the archive of the bus and purge this queue.',
    ),
    watch(
      'schedule-dead-letters',
      deadLetters.schedule,
      'The schedule could not start reconcile, three times over.',
      'Each message carries its error. The next start is ten minutes away; when it works again, purge this queue.',
    ),
  ];
}

function failures({ webhook, sync, reconcile }: Functions): Watch[] {
  const watch = (part: string, metricName: string, fn: sst.aws.Function, means: string, todo: string): Watch => ({
    name: `${part}-${metricName.toLowerCase()}`,
    means,
    todo,
    when: {
      namespace: 'AWS/Lambda',
      metricName,
      dimensions: { FunctionName: fn.name },
      statistic: 'Sum',
      period: FIVE_MINUTES_S,
      evaluationPeriods: 1,
      threshold: 1,
      comparisonOperator: 'GreaterThanOrEqualToThreshold',
      // No invocation, no data.
      treatMissingData: 'notBreaching',
    },
  });
  const parts = [
    ['webhook', webhook, 'Senders were answered 5xx, and have to send again.'],
    ['sync', sync, 'Its messages come back, five times at most.'],
    ['reconcile', reconcile, 'The next run comes in ten minutes.'],
  ] as const;
  return parts.flatMap(([part, fn, then]) => [
    watch(
      part,
      'Errors',
      fn,
      `The function ${part} ended with an error or ran out of time. ${then}`,
      `Read its log group, /aws/lambda/${nameOf(part)}.`,
    ),
    watch(
      part,
      'Throttles',
      fn,
      `The function ${part} could not run, because the account's limit of functions at once was reached. ${then}`,
      'Ask AWS for a higher quota "Concurrent executions", or find out what else uses it up.',
    ),
  ]);
}

/** What `webhook` cannot do it answers with 503, which is no error of the function to Lambda. */
function unanswered(api: sst.aws.ApiGatewayV2): Watch {
  return {
    name: 'webhook-refusals',
    means: 'Webhooks are answered 5xx: they are not kept, and their senders have to send them again.',
    todo: `Read the log of webhook, /aws/lambda/${nameOf('webhook')}: the secret may be empty or out of reach, or the bus.`,
    when: {
      namespace: 'AWS/ApiGateway',
      metricName: '5xx',
      dimensions: { ApiId: api.nodes.api.id },
      statistic: 'Sum',
      period: FIVE_MINUTES_S,
      evaluationPeriods: 1,
      threshold: 1,
      comparisonOperator: 'GreaterThanOrEqualToThreshold',
      treatMissingData: 'notBreaching',
    },
  };
}

function waiting({ queue }: Messages): Watch {
  return {
    name: 'sync-waiting',
    means: 'Mappings have been waiting in the queue for more than ten minutes.',
    todo: 'The function sync does not take them, or fails at them: read its log, and look whether its trigger is enabled.',
    when: {
      namespace: 'AWS/SQS',
      metricName: 'ApproximateAgeOfOldestMessage',
      dimensions: { QueueName: queue.nodes.queue.name },
      statistic: 'Maximum',
      period: FIVE_MINUTES_S,
      // AWS does not say whether a message sent with a delay counts from its sending. Rechecks are delayed by a quarter
      // of an hour at most: such a one would be older than ten minutes for five, which touches two periods, never three.
      evaluationPeriods: 3,
      threshold: 600,
      comparisonOperator: 'GreaterThanThreshold',
      treatMissingData: 'notBreaching',
    },
  };
}

/** What reconcile itself reports at the end of every run, zeros too. */
function reported(): Watch[] {
  const own = { namespace: $app.name, dimensions: { Stage: $app.stage } };
  const count = (name: string, metricName: string, means: string, todo: string): Watch => ({
    name,
    means,
    todo,
    when: {
      ...own,
      metricName,
      statistic: 'Maximum',
      period: TEN_MINUTES_S,
      evaluationPeriods: 1,
      threshold: 1,
      comparisonOperator: 'GreaterThanOrEqualToThreshold',
      // Between two runs nothing is reported, and a run that fails reports nothing: the last word holds.
      treatMissingData: 'ignore',
    },
  });
  return [
    {
      name: 'reconcile-missing',
      means: 'No reconcile has succeeded for half an hour: what changes on either side is not mended.',
      todo: `Right after the first deployment: put the settings into the secret. Else invoke ${nameOf('reconcile')} with {"action":"status"} and read its log.`,
      when: {
        // Missing values as zeros, before the alarm looks: else CloudWatch goes on with older ones for a few periods
        // (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html).
        metricQueries: [
          {
            id: 'succeeded',
            metric: { ...own, metricName: 'ReconcileSucceeded', stat: 'Sum', period: TEN_MINUTES_S },
          },
          { id: 'filled', expression: 'FILL(succeeded, 0)', label: 'ReconcileSucceeded', returnData: true },
        ],
        evaluationPeriods: 3,
        threshold: 1,
        comparisonOperator: 'LessThanThreshold',
        // A metric that never had a value cannot be filled.
        treatMissingData: 'breaching',
      },
    },
    {
      name: 'network-unread',
      means:
        "The network's lists could not be read whole, or are doubted, for an hour: nothing is removed, and what only they tell is not added.",
      todo: `Invoke ${nameOf('reconcile')} with {"action":"doctor"}: it says what is wrong.`,
      when: {
        ...own,
        metricName: 'NetworkRead',
        statistic: 'Maximum',
        period: TEN_MINUTES_S,
        evaluationPeriods: 6,
        threshold: 1,
        comparisonOperator: 'LessThanThreshold',
        // Without a network nothing is reported; a run that fails has an alarm of its own.
        treatMissingData: 'ignore',
      },
    },
    count(
      'held-by-brake',
      'HeldByBrake',
      'More domains are to be removed than the brake lets through: none of them is.',
      `Invoke ${nameOf('reconcile')} with {"action":"plan"}, read it, and if it is right {"action":"apply","checksum":"…"}.`,
    ),
    count(
      'certificates-failed',
      'CertificatesFailed',
      'Domains point to the server and have no valid certificate, although one was asked for.',
      `Invoke ${nameOf('reconcile')} with {"action":"status"}: it says which, and why.`,
    ),
    count(
      'certificates-expiring',
      'CertificatesExpiring',
      'Certificates have less than a third of their life left, or none, and should have been renewed by now.',
      `Invoke ${nameOf('reconcile')} with {"action":"status"}: it says which, and what keeps them from being renewed.`,
    ),
  ];
}
