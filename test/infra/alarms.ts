/** What a person is told of in the evaluated deployment. Run by deployment.test.ts. */
import { beforeAll, expect, it } from 'vitest';
import { embeddedMetrics } from '../../lib/aws/metrics.ts';
import type { Metrics } from '../../lib/loop/dependencies.ts';
import { systemClock } from '../../lib/util/clock.ts';
import { namesInTables } from '../docs/pages.ts';
import { all, type Evaluation, type Evaluations, one } from './evaluation.ts';

const PREFIX = 'multisite-runcloud-production-';
const LOUD = { threshold: 1, comparisonOperator: 'GreaterThanOrEqualToThreshold', evaluationPeriods: 1 };
const OWN = { namespace: 'multisite-runcloud', dimensions: { Stage: 'production' } };

/** The evaluations are read when a test runs: they are not made yet when it is defined. */
export function describeAlarms(evaluations: () => Evaluations): void {
  let production: Evaluation;
  let full: Evaluation;
  beforeAll(() => {
    ({ production, full } = evaluations());
  });

  const alarms = () => all(production, 'cloudwatch/metricAlarm:MetricAlarm');
  const alarm = (name: string) => {
    const found = alarms().find(({ inputs }) => inputs['name'] === `${PREFIX}${name}`);
    if (found === undefined) throw new Error(`no alarm ${name}`);
    return found.inputs;
  };

  it('are these', () => {
    const names = alarms().map(({ inputs }) => String(inputs['name']).replace(PREFIX, ''));
    expect(names.sort()).toEqual([
      'certificates-expiring',
      'certificates-failed',
      'delivery-dead-letters',
      'held-by-brake',
      'needs-person',
      'network-unread',
      'notify-dead-letters',
      'notify-errors',
      'notify-throttles',
      'query-errors',
      'query-throttles',
      'quota-low',
      'reconcile-dropped',
      'reconcile-errors',
      'reconcile-missing',
      'reconcile-throttles',
      'schedule-dead-letters',
      'sync-dead-letters',
      'sync-errors',
      'sync-throttles',
      'sync-waiting',
      'webhook-errors',
      'webhook-flood',
      'webhook-refusals',
      'webhook-throttles',
    ]);
  });

  it('are each explained in docs/aws-operations.md, and no other', () => {
    const names = alarms().map(({ inputs }) => String(inputs['name']).replace(PREFIX, ''));
    expect(namesInTables('docs/aws-operations.md').toSorted()).toEqual(names.sort());
  });

  it('watch queues and functions that exist, by the names that AWS knows them by', () => {
    const names = (type: string) => all(production, type).map(({ inputs }) => inputs['name']);
    for (const { inputs } of alarms()) {
      const { QueueName, FunctionName, ApiId, Stage } = (inputs['dimensions'] ?? { Stage: 'production' }) as Record<
        string,
        string
      >;
      if (QueueName) expect(names('sqs/queue:Queue')).toContain(QueueName);
      else if (FunctionName) expect(names('lambda/function:Function')).toContain(FunctionName);
      else if (ApiId) expect(ApiId).toBe(`${one(production, 'apigatewayv2/api:Api').id}-id`);
      else expect(Stage).toBe('production');
    }
  });

  it.each(['webhook-refusals', 'webhook-flood'])('%s, which watches the whole API, names both logs', (name) => {
    for (const part of ['webhook', 'query'])
      expect(alarm(name)['alarmDescription']).toContain(`/aws/lambda/${PREFIX}${part}`);
  });

  it('tell when webhooks are answered 5xx, which no function reports', () => {
    expect(alarm('webhook-refusals')).toMatchObject({
      ...LOUD,
      namespace: 'AWS/ApiGateway',
      metricName: '5xx',
      statistic: 'Sum',
      period: 300,
      treatMissingData: 'notBreaching',
    });
  });

  it('tell of a flood of refused requests, and not of a sender that tries a few times', () => {
    expect(alarm('webhook-flood')).toMatchObject({
      namespace: 'AWS/ApiGateway',
      metricName: '4xx',
      dimensions: { ApiId: `${one(production, 'apigatewayv2/api:Api').id}-id` },
      statistic: 'Sum',
      period: 300,
      evaluationPeriods: 2,
      threshold: 200,
      comparisonOperator: 'GreaterThanThreshold',
      treatMissingData: 'notBreaching',
    });
  });

  it('tell of a start of reconcile that Lambda dropped', () => {
    expect(alarm('reconcile-dropped')).toMatchObject({
      ...LOUD,
      namespace: 'AWS/Lambda',
      metricName: 'AsyncEventsDropped',
      dimensions: { FunctionName: `${PREFIX}reconcile` },
      statistic: 'Sum',
      period: 300,
      treatMissingData: 'notBreaching',
    });
  });

  it('watch of our own figures those that are metrics', () => {
    const lines: string[] = [];
    const own = alarms().flatMap(({ inputs }) => {
      const queries = (inputs['metricQueries'] ?? []) as readonly { metric?: { metricName: string } }[];
      const isOwn = inputs['namespace'] === OWN.namespace;
      return [...(isOwn ? [inputs['metricName']] : []), ...queries.flatMap(({ metric }) => metric?.metricName ?? [])];
    });
    expect(own.length).toBeGreaterThan(4);
    embeddedMetrics('production', systemClock, (line) => lines.push(line))(
      Object.fromEntries(own.map((name) => [name, 1])) as Metrics,
    );
    const [{ Metrics: declared }] = JSON.parse(lines[0] ?? '')._aws.CloudWatchMetrics;
    expect(declared.map(({ Name }: { Name: string }) => Name)).toEqual([...new Set(own)]);
  });

  it('speak when they begin and when they end, and say what to do', () => {
    const topic = one(production, 'sns/topic:Topic').arn;
    for (const { inputs } of alarms()) {
      expect(inputs).toMatchObject({
        alarmActions: [topic],
        okActions: [topic],
        alarmDescription: expect.stringMatching(/^[A-Z].+\. .+ More in docs\/aws-operations\.md, section "Alarms"\.$/),
      });
    }
  });

  it.each(['sync', 'delivery', 'schedule', 'notify'])('tell of a single message in the dead letters of %s', (of) => {
    expect(alarm(`${of}-dead-letters`)).toMatchObject({
      ...LOUD,
      namespace: 'AWS/SQS',
      metricName: 'ApproximateNumberOfMessagesVisible',
      dimensions: { QueueName: `${PREFIX}${of}-dead-letters` },
      statistic: 'Maximum',
      period: 300,
      treatMissingData: 'notBreaching',
    });
  });

  it.each(
    ['webhook', 'sync', 'reconcile', 'query', 'notify'].flatMap((part) => [
      [part, 'Errors'] as const,
      [part, 'Throttles'] as const,
    ]),
  )('tell of one of the %s %s in five minutes', (part, metricName) => {
    expect(alarm(`${part}-${metricName.toLowerCase()}`)).toMatchObject({
      ...LOUD,
      namespace: 'AWS/Lambda',
      metricName,
      dimensions: { FunctionName: `${PREFIX}${part}` },
      statistic: 'Sum',
      period: 300,
      treatMissingData: 'notBreaching',
    });
  });

  it('tell of mappings that wait for more than ten minutes, and not of a recheck that is meant to', () => {
    expect(alarm('sync-waiting')).toMatchObject({
      namespace: 'AWS/SQS',
      metricName: 'ApproximateAgeOfOldestMessage',
      dimensions: { QueueName: `${PREFIX}sync` },
      statistic: 'Maximum',
      period: 300,
      evaluationPeriods: 3,
      threshold: 600,
      comparisonOperator: 'GreaterThanThreshold',
      treatMissingData: 'notBreaching',
    });
  });

  it('tell of half an hour without a reconcile that succeeded, also when none reports at all', () => {
    const inputs = alarm('reconcile-missing');
    expect(inputs).toMatchObject({
      evaluationPeriods: 3,
      threshold: 1,
      comparisonOperator: 'LessThanThreshold',
      treatMissingData: 'breaching',
    });
    expect(inputs['metricQueries']).toEqual([
      { id: 'succeeded', metric: { ...OWN, metricName: 'ReconcileSucceeded', stat: 'Sum', period: 600 } },
      { id: 'filled', expression: 'FILL(succeeded, 0)', label: 'ReconcileSucceeded', returnData: true },
    ]);
  });

  it.each([
    ['held-by-brake', 'HeldByBrake'],
    ['certificates-failed', 'CertificatesFailed'],
    ['certificates-expiring', 'CertificatesExpiring'],
  ])('%s lasts from one report of %s to the next', (name, metricName) => {
    expect(alarm(name)).toMatchObject({
      ...LOUD,
      ...OWN,
      metricName,
      statistic: 'Maximum',
      period: 600,
      treatMissingData: 'ignore',
    });
  });

  it('tell of the calls to RunCloud from 80 % of the quota on', () => {
    expect(alarm('quota-low')).toMatchObject({
      ...OWN,
      metricName: 'QuotaUsedPercent',
      threshold: 80,
      comparisonOperator: 'GreaterThanOrEqualToThreshold',
      treatMissingData: 'ignore',
    });
  });

  it('tell of anything that needs a person for half an hour, and not of a step that failed once', () => {
    expect(alarm('needs-person')).toMatchObject({
      ...OWN,
      metricName: 'NeedsPerson',
      statistic: 'Maximum',
      period: 600,
      evaluationPeriods: 3,
      threshold: 1,
      comparisonOperator: 'GreaterThanOrEqualToThreshold',
      treatMissingData: 'ignore',
    });
  });

  it('tell of a network whose lists were not believed for an hour', () => {
    expect(alarm('network-unread')).toMatchObject({
      ...OWN,
      metricName: 'NetworkRead',
      statistic: 'Maximum',
      period: 600,
      evaluationPeriods: 6,
      threshold: 1,
      comparisonOperator: 'LessThanThreshold',
      treatMissingData: 'ignore',
    });
  });

  it('go by e-mail to whom the deployment names, and to nobody else', () => {
    expect(all(production, 'sns/topicSubscription:TopicSubscription')).toEqual([]);
    expect(one(full, 'sns/topicSubscription:TopicSubscription').inputs).toEqual({
      topic: one(full, 'sns/topic:Topic').arn,
      protocol: 'email',
      endpoint: 'ops@example.org',
    });
  });
}
