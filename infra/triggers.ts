/** What starts the functions: HTTP, the queue, the schedule. */
import type { Functions } from './functions.ts';
import type { Messages } from './messages.ts';
import type { Options } from './options.ts';

/**
 * One line of the access log. It has the route instead of the path, because the path of the plugin's webhook holds a
 * secret. It has no address and no browser of the caller, which nobody needs to know.
 */
const ACCESS_LOG = JSON.stringify({
  time: '$context.requestTime',
  requestId: '$context.requestId',
  route: '$context.routeKey',
  status: '$context.status',
  latencyMs: '$context.responseLatency',
  integrationLatencyMs: '$context.integrationLatency',
  integrationError: '$context.integrationErrorMessage',
  error: '$context.error.message',
});

export function createTriggers(
  { webhook, sync, reconcile, query, notify }: Functions,
  { queue, notifyQueue, deadLetters }: Messages,
  { webhookDomain }: Options,
) {
  const api = new sst.aws.ApiGatewayV2('Api', {
    // By default SST allows every origin. No browser has any business here.
    cors: false,
    accessLog: { retention: '1 month' },
    ...(webhookDomain.kind !== 'none' && { domain: domainOf(webhookDomain) }),
    transform: {
      stage: (stage) => {
        // A network maps a few domains a day. More requests than these are a mistake or an attack: AWS answers 429.
        stage.defaultRouteSettings = { throttlingRateLimit: 20, throttlingBurstLimit: 100 };
        stage.accessLogSettings = $output(stage.accessLogSettings).apply((settings) => {
          if (settings === undefined) throw new Error('SST made no log group for the access log.');
          return { destinationArn: settings.destinationArn, format: ACCESS_LOG };
        });
      },
    },
  });
  // ANY, because the function answers other methods itself: 405, with `allow`.
  api.route('ANY /webhooks', webhook.arn);
  // The plugin's webhook, and a slash at the end, which API Gateway allows in no route.
  api.route('ANY /webhooks/{proxy+}', webhook.arn);
  api.route('ANY /queries', query.arn);
  api.route('ANY /queries/{proxy+}', query.arn);

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
  return { api };
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

function domainOf(webhookDomain: Exclude<Options['webhookDomain'], { kind: 'none' }>) {
  const { name } = webhookDomain;
  // Route 53 proves that the domain is ours, and SST makes certificate and record there.
  if (webhookDomain.kind === 'route-53') return { name };
  return { name, dns: false as const, cert: webhookDomain.certificateArn };
}

/** Where the DNS record of the webhooks' domain has to point. */
export function targetOf(api: sst.aws.ApiGatewayV2): $util.Output<string> {
  return api.nodes.domainName.domainNameConfiguration.targetDomainName;
}
