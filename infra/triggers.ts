/** What starts the functions: HTTP, the queue, the schedule. */
import type { Functions } from './functions.ts';
import type { Messages } from './messages.ts';

export function createTriggers(
  { webhook, sync, reconcile, query, notify }: Functions,
  { queue, notifyQueue, deadLetters }: Messages,
  api: sst.aws.ApiGatewayV2,
): void {
  // ANY, because the function answers other methods itself: 405, with `allow`.
  api.route('ANY /webhooks', webhook.arn);
  // The plugin's webhook, and a slash at the end, which API Gateway allows in no route.
  api.route('ANY /webhooks/{proxy+}', webhook.arn);
  api.route('ANY /queries', query.arn);
  api.route('ANY /queries/{proxy+}', query.arn);
  api.route('ANY /domains/{proxy+}', query.arn);

  queue.subscribe(sync.arn, {
    // A burst of events arrives within two seconds, and one run for all of it reads RunCloud's list and the network's lists once.
    batch: { size: 100, window: '2 seconds', partialResponses: true },
    transform: {
      eventSourceMapping: {
        // The least AWS allows. A second run finds the lease taken and gives its messages back.
        scalingConfig: { maximumConcurrency: 2 },
      },
    },
  });

  notifyQueue.subscribe(notify.arn, {
    batch: { size: 10, partialResponses: true },
    transform: { eventSourceMapping: { scalingConfig: { maximumConcurrency: 2 } } },
  });

  new sst.aws.CronV2('EveryTenMinutes', {
    schedule: 'rate(10 minutes)',
    function: reconcile,
    event: { action: 'reconcile', by: 'schedule' },
    // For starts that Lambda refused. The alarms watch the runs themselves.
    retries: 2,
    dlq: deadLetters.schedule.arn,
    transform: { role: { assumeRolePolicy: schedulerOfThisAccount() } },
  });
}

/** Else a schedule of another account could be given this role: https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html */
function schedulerOfThisAccount(): $util.Output<string> {
  return aws.iam.getPolicyDocumentOutput({
    statements: [
      {
        actions: ['sts:AssumeRole'],
        principals: [{ type: 'Service', identifiers: ['scheduler.amazonaws.com'] }],
        conditions: [
          { test: 'StringEquals', variable: 'aws:SourceAccount', values: [aws.getCallerIdentityOutput().accountId] },
        ],
      },
    ],
  }).json;
}
