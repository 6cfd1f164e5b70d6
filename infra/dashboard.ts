/** One page in CloudWatch that shows how the stage is doing. Docs: docs/aws-operations.md, section "Dashboard". */
import type { Messages } from './messages.ts';
import { deploymentName, nameOf } from './names.ts';

/** The whole width of a dashboard is 24. */
const HALF = 12;
const HEIGHT = 6;

type Widget = { readonly type: string; readonly properties: object };

export function createDashboard(
  { deadLetters }: Messages,
  api: sst.aws.ApiGatewayV2,
  alarms: readonly aws.cloudwatch.MetricAlarm[],
  region: string,
): aws.cloudwatch.Dashboard {
  const own = (name: string, label: string) => [$app.name, name, 'Stage', $app.stage, { label }];
  const ofFunction = (part: string, name: string, stat = 'Sum') => [
    'AWS/Lambda',
    name,
    'FunctionName',
    nameOf(part),
    { label: part, stat },
  ];
  const ofQueue = (name: $util.Input<string>, metric: string, label: string) => [
    'AWS/SQS',
    metric,
    'QueueName',
    name,
    { label },
  ];
  const ofApi = (name: string, label: string) => ['AWS/ApiGateway', name, 'ApiId', api.nodes.api.id, { label }];
  const PARTS = ['webhook', 'sync', 'reconcile', 'query', 'notify'];

  const graph = (title: string, metrics: readonly unknown[], stat: string): Widget => ({
    type: 'metric',
    properties: { title, region, view: 'timeSeries', period: 300, stat, metrics },
  });
  const fromLogs = (title: string, parts: readonly string[], query: string, view: object): Widget => {
    const sources = parts.map((part) => `SOURCE '/aws/lambda/${nameOf(part)}'`);
    return { type: 'log', properties: { title, region, query: [...sources, query].join(' | '), ...view } };
  };

  const widgets: readonly Widget[] = [
    { type: 'alarm', properties: { title: 'Alarms', alarms: alarms.map(({ arn }) => arn) } },
    fromLogs(
      'Domains by state',
      ['reconcile'],
      `filter ispresent(DomainsLive) | stats ${STATES.map(([field, label]) => `latest(${field}) as ${label}`).join(', ')} by bin(10m)`,
      { view: 'timeSeries', stacked: true },
    ),
    graph(
      'Certificates and removals that need a person',
      [
        own('CertificatesFailed', 'certificates failed'),
        own('CertificatesExpiring', 'certificates expiring'),
        own('HeldByBrake', 'removals held by the brake'),
        own('NeedsPerson', 'all that needs a person'),
      ],
      'Maximum',
    ),
    graph(
      'Runs over all domains',
      [own('ReconcileSucceeded', 'succeeded'), own('NetworkRead', "network's lists believed")],
      'Sum',
    ),
    graph(
      'Longest run (ms)',
      PARTS.map((part) => ofFunction(part, 'Duration', 'Maximum')),
      'Maximum',
    ),
    fromLogs(
      'Requests to RunCloud, by the hour',
      ['sync', 'reconcile'],
      'filter ispresent(runcloudRequests) | stats sum(runcloudRequests) as requests by bin(1h)',
      { view: 'bar' },
    ),
    graph(
      'Oldest message in the queue of sync (s)',
      [ofQueue(nameOf('sync'), 'ApproximateAgeOfOldestMessage', 'age')],
      'Maximum',
    ),
    graph(
      'Messages put aside',
      Object.entries(deadLetters).map(([of, queue]) =>
        ofQueue(queue.nodes.queue.name, 'ApproximateNumberOfMessagesVisible', of),
      ),
      'Maximum',
    ),
    graph(
      'Errors of functions, and starts that were throttled',
      [...PARTS.map((part) => ofFunction(part, 'Errors')), ...PARTS.map((part) => ofFunction(part, 'Throttles'))],
      'Sum',
    ),
    graph('Webhooks', [ofApi('Count', 'all'), ofApi('4xx', '4xx'), ofApi('5xx', '5xx')], 'Sum'),
  ];
  return new aws.cloudwatch.Dashboard('Dashboard', {
    dashboardName: deploymentName(),
    dashboardBody: $jsonStringify({
      widgets: widgets.map((widget, index) => ({
        ...widget,
        x: (index % 2) * HALF,
        y: Math.floor(index / 2) * HEIGHT,
        width: HALF,
        height: HEIGHT,
      })),
    }),
  });
}

/** Fields of the line that reconcile writes into its log (lib/core/report/domain-states.ts), and what they are called here. */
const STATES = [
  ['DomainsLive', 'live'],
  ['DomainsWithoutCertificate', 'without_certificate'],
  ['DomainsNotPointing', 'not_pointing'],
  ['DomainsNotOnRunCloud', 'not_on_runcloud'],
  ['DomainsNotOurs', 'not_ours'],
] as const;
