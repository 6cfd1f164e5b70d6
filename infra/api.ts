/** The address that the internet reaches: webhooks, queries and customers' pages. Its routes stand with the other triggers. */
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

export function createApi({ webhookDomain }: Options): sst.aws.ApiGatewayV2 {
  return new sst.aws.ApiGatewayV2('Api', {
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
