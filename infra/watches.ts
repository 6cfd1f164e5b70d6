/** What the alarms watch, what each means, and what to do about it. */
import type { Functions } from './functions.ts';
import { lostMessages } from './lost-messages.ts';
import type { Messages } from './messages.ts';
import { nameOf } from './names.ts';
import { FIVE_MINUTES_S, type Watch } from './watch.ts';

const TEN_MINUTES_S = 600;
/** Requests in five minutes. A network that is moved over sends each of its domains once, and is not refused. */
const FLOOD = 200;

export function watches(functions: Functions, messages: Messages, api: sst.aws.ApiGatewayV2): readonly Watch[] {
  return [
    ...lostMessages(messages),
    ...failures(functions),
    droppedStarts(functions),
    refusals(api),
    flood(api),
    waiting(messages),
    ...reported(),
  ];
}

function failures({ webhook, sync, reconcile, query, notify }: Functions): Watch[] {
  const watch = (part: string, metricName: string, fn: sst.aws.Function, means: string, whatToDo: string): Watch => ({
    name: `${part}-${metricName.toLowerCase()}`,
    means,
    whatToDo,
    when: {
      namespace: 'AWS/Lambda',
      metricName,
      dimensions: { FunctionName: fn.name },
      statistic: 'Sum',
      period: FIVE_MINUTES_S,
      evaluationPeriods: 1,
      threshold: 1,
      comparisonOperator: 'GreaterThanOrEqualToThreshold',
      // Lambda reports nothing without an invocation.
      treatMissingData: 'notBreaching',
    },
  });
  const parts = [
    ['webhook', webhook, 'Senders got 5xx and have to send again.'],
    ['sync', sync, 'Its messages come back, seven times at most.'],
    ['reconcile', reconcile, 'The next run comes in ten minutes.'],
    ['query', query, 'Who asked got no answer, and has to ask again.'],
    ['notify', notify, 'Its messages come back. What is told comes late, or twice.'],
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
      `The function ${part} could not run, because the account reached its limit of concurrent executions. ${then}`,
      'Ask AWS for a higher quota "Concurrent executions", or find out what else uses it up.',
    ),
  ]);
}

/** `webhook` answers 503 if it cannot keep an event, and `query` if it has no answer. Lambda counts neither as an error. */
function refusals(api: sst.aws.ApiGatewayV2): Watch {
  return {
    name: 'webhook-refusals',
    means:
      'Webhooks or queries get 5xx. The events of such webhooks are not kept, and their senders have to send them again.',
    whatToDo: `Read the logs of webhook and of query, /aws/lambda/${nameOf('webhook')} and /aws/lambda/${nameOf('query')}. The secret of webhooks may be empty, or the secret, the bus or the ledger out of reach.`,
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

/** Lambda queues what the schedule sends, and drops it if it cannot start the function within ten minutes. */
function droppedStarts({ reconcile }: Functions): Watch {
  return {
    name: 'reconcile-dropped',
    means: 'Lambda dropped a start of reconcile: it failed, or could not begin within ten minutes.',
    whatToDo: `Read its log group, /aws/lambda/${nameOf('reconcile')}. If the function is throttled, see that alarm. Otherwise see whether its concurrency was set to 0 by hand.`,
    when: {
      namespace: 'AWS/Lambda',
      metricName: 'AsyncEventsDropped',
      dimensions: { FunctionName: reconcile.name },
      statistic: 'Sum',
      period: FIVE_MINUTES_S,
      evaluationPeriods: 1,
      threshold: 1,
      comparisonOperator: 'GreaterThanOrEqualToThreshold',
      treatMissingData: 'notBreaching',
    },
  };
}

/** A network's bridge sends some events a day, and tries a refused one again with growing pauses. */
function flood(api: sst.aws.ApiGatewayV2): Watch {
  return {
    name: 'webhook-flood',
    means: `More than ${FLOOD} requests in five minutes are answered 4xx, for ten minutes: somebody tries to get in, or a sender has a wrong key or address.`,
    whatToDo: `Read the logs of webhook and of query, /aws/lambda/${nameOf('webhook')} and /aws/lambda/${nameOf('query')}: each refusal says why. While API Gateway answers 429, genuine webhooks may be refused too, and their senders send them again.`,
    when: {
      namespace: 'AWS/ApiGateway',
      metricName: '4xx',
      dimensions: { ApiId: api.nodes.api.id },
      statistic: 'Sum',
      period: FIVE_MINUTES_S,
      evaluationPeriods: 2,
      threshold: FLOOD,
      comparisonOperator: 'GreaterThanThreshold',
      treatMissingData: 'notBreaching',
    },
  };
}

function waiting({ queue }: Messages): Watch {
  return {
    name: 'sync-waiting',
    means: 'Mappings have been waiting in the queue for more than ten minutes.',
    whatToDo:
      'The function sync does not receive them, or fails. Read its log, and see whether its trigger is enabled.',
    when: {
      namespace: 'AWS/SQS',
      metricName: 'ApproximateAgeOfOldestMessage',
      dimensions: { QueueName: queue.nodes.queue.name },
      statistic: 'Maximum',
      period: FIVE_MINUTES_S,
      // AWS does not say whether the age of a delayed message counts from its sending. A recheck has a delay of a
      // quarter of an hour at most. It may be older than ten minutes for five minutes, in two periods but never in
      // three.
      evaluationPeriods: 3,
      threshold: 600,
      comparisonOperator: 'GreaterThanThreshold',
      treatMissingData: 'notBreaching',
    },
  };
}

/** Metrics that reconcile emits at the end of every run, zeros too. */
function reported(): Watch[] {
  const own = { namespace: $app.name, dimensions: { Stage: $app.stage } };
  const count = (name: string, metricName: string, means: string, whatToDo: string, threshold = 1): Watch => ({
    name,
    means,
    whatToDo,
    when: {
      ...own,
      metricName,
      statistic: 'Maximum',
      period: TEN_MINUTES_S,
      evaluationPeriods: 1,
      threshold,
      comparisonOperator: 'GreaterThanOrEqualToThreshold',
      // Nothing is reported between two runs, nor by a run that fails. The last value holds.
      treatMissingData: 'ignore',
    },
  });
  return [
    {
      name: 'needs-person',
      means:
        'For half an hour something has been held or has failed that a person has to see to: a domain is not added, changed or removed, or has no certificate.',
      whatToDo: `Invoke ${nameOf('reconcile')} with {"action":"status"}. It counts them by their codes, and each row says what to do.`,
      when: {
        ...own,
        metricName: 'NeedsPerson',
        statistic: 'Maximum',
        period: TEN_MINUTES_S,
        // A step that failed once is tried again within that time.
        evaluationPeriods: 3,
        threshold: 1,
        comparisonOperator: 'GreaterThanOrEqualToThreshold',
        // A run that ended early reports nothing. The last value holds.
        treatMissingData: 'ignore',
      },
    },
    {
      name: 'reconcile-missing',
      means: 'No reconcile has succeeded for half an hour. Changes by hand and lost events are not mended.',
      whatToDo: `Right after the first deployment, put the settings into the secrets. Otherwise invoke ${nameOf('reconcile')} with {"action":"status"} and read its log.`,
      when: {
        // Fills in zeros before the alarm evaluates. For missing values CloudWatch uses older ones for a few periods
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
        "For an hour the service could not read the network's lists whole, or doubts them. It removes no domain for missing there, and finds no mapping whose event was lost.",
      whatToDo: `Invoke ${nameOf('reconcile')} with {"action":"doctor"}. It says what is wrong.`,
      when: {
        ...own,
        metricName: 'NetworkRead',
        statistic: 'Maximum',
        period: TEN_MINUTES_S,
        evaluationPeriods: 6,
        threshold: 1,
        comparisonOperator: 'LessThanThreshold',
        // Nothing is reported without a network. A run that fails has an alarm of its own.
        treatMissingData: 'ignore',
      },
    },
    count(
      'held-by-brake',
      'HeldByBrake',
      'The plan has more removals than the brake allows. The brake holds all of them.',
      `Invoke ${nameOf('reconcile')} with {"action":"plan"}. Read the plan. If it is right, invoke it with {"action":"apply","checksum":"…"}.`,
    ),
    count(
      'certificates-failed',
      'CertificatesFailed',
      'Domains point to the server and have no valid certificate, although one was requested.',
      `Invoke ${nameOf('reconcile')} with {"action":"status"}. It says which, and why.`,
    ),
    count(
      'certificates-expiring',
      'CertificatesExpiring',
      'Certificates have less than a third of their lifetime left, or have expired. They should have been renewed by now.',
      `Invoke ${nameOf('reconcile')} with {"action":"status"}. It says which, and why they are not renewed.`,
    ),
    count(
      'quota-low',
      'QuotaUsedPercent',
      "This service alone has used 80 % of RunCloud's calls of this month (RUNCLOUD_CALLS_PER_MONTH). At 100 % RunCloud blocks every request of its owner until the reset.",
      `Invoke ${nameOf('reconcile')} with {"action":"quota"}. It says on what, and how long the rest lasts. The service itself keeps the last tenth for events, removals and certificates.`,
      80,
    ),
  ];
}
