/** What starts the functions: HTTP, the queue, the clock. */
import type { Functions } from './functions.ts';
import type { Messages } from './messages.ts';

/**
 * One line of the access log. Without the path, because the path of the plugin's webhook holds a secret (the route's key
 * has `{token}` in its place), and without the caller's address and browser, which nobody here needs to know.
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

/** Takes the functions and the queue; connects them. Returns the HTTP API. */
export function createTriggers({ webhook, sync, reconcile }: Functions, { queue, deadLetters }: Messages) {
  const api = new sst.aws.ApiGatewayV2('Api', {
    // Without this SST allows every origin, and no browser has any business here.
    cors: false,
    accessLog: { retention: '1 month' },
    transform: {
      stage: (stage) => {
        // A network maps a few domains a day. More than this is a mistake or an attack, and is answered 429 by AWS.
        stage.defaultRouteSettings = { throttlingRateLimit: 20, throttlingBurstLimit: 100 };
        stage.accessLogSettings = $output(stage.accessLogSettings).apply((settings) => {
          if (settings === undefined) throw new Error('SST made no log group for the access log.');
          return { destinationArn: settings.destinationArn, format: ACCESS_LOG };
        });
      },
    },
  });
  // ANY, because the function itself answers other methods: 405, with `allow`.
  api.route('ANY /webhooks', webhook.arn);
  api.route('ANY /webhooks/ultimate-multisite/{token}', webhook.arn);

  queue.subscribe(sync.arn, {
    // One run for many events costs one reading of RunCloud's list; two seconds are what a burst takes to arrive.
    batch: { size: 100, window: '2 seconds', partialResponses: true },
    transform: {
      eventSourceMapping: {
        // The least AWS allows. The second one finds the lease taken and gives its messages back.
        scalingConfig: { maximumConcurrency: 2 },
      },
    },
  });

  new sst.aws.CronV2('EveryTenMinutes', {
    schedule: 'rate(10 minutes)',
    function: reconcile,
    event: { action: 'reconcile' },
    // For starts that Lambda did not take; what becomes of the run itself, the alarms watch.
    retries: 2,
    dlq: deadLetters.schedule.arn,
  });
  return { api };
}
