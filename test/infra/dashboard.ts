/** What the dashboard of the evaluated deployment shows. Run by deployment.test.ts. */
import { beforeAll, expect, it } from 'vitest';
import { countStates } from '../../lib/core/report/domain-states.ts';
import { all, type Evaluation, type Evaluations, one } from './evaluation.ts';

type Widget = {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: {
    readonly title: string;
    readonly region?: string;
    readonly metrics?: readonly (readonly unknown[])[];
    readonly query?: string;
    readonly alarms?: readonly string[];
  };
};

/** The evaluations are read once they are made. */
export function describeDashboard(evaluations: () => Evaluations): void {
  let production: Evaluation;
  let widgets: readonly Widget[];
  beforeAll(() => {
    ({ production } = evaluations());
    const { dashboardBody } = one(production, 'cloudwatch/dashboard:Dashboard').inputs;
    ({ widgets } = JSON.parse(String(dashboardBody)));
  });

  const metrics = () =>
    widgets
      .flatMap(({ properties }) => properties.metrics ?? [])
      .map(([namespace, name, dimension, value]) => [namespace, name, dimension, value].map(String));
  const queries = () => widgets.flatMap(({ properties: { query } }) => query ?? []);

  it('is called as the stage is', () => {
    expect(one(production, 'cloudwatch/dashboard:Dashboard').inputs['dashboardName']).toBe(
      'multisite-runcloud-production',
    );
  });

  it('shows domains, runs, the queue, RunCloud, certificates, functions and webhooks, and all alarms', () => {
    const shown = metrics().map(([namespace, name]) => `${namespace} ${name}`);
    expect(shown).toEqual(
      expect.arrayContaining([
        'multisite-runcloud ReconcileSucceeded',
        'multisite-runcloud CertificatesFailed',
        'multisite-runcloud CertificatesExpiring',
        'multisite-runcloud HeldByBrake',
        'multisite-runcloud NeedsPerson',
        'AWS/SQS ApproximateAgeOfOldestMessage',
        'AWS/SQS ApproximateNumberOfMessagesVisible',
        'AWS/Lambda Errors',
        'AWS/Lambda Throttles',
        'AWS/Lambda Duration',
        'AWS/ApiGateway 4xx',
        'AWS/ApiGateway 5xx',
      ]),
    );
    expect(queries().join()).toMatch(/sum\(runcloudRequests\)/);
    const alarms = all(production, 'cloudwatch/metricAlarm:MetricAlarm').map(({ arn }) => arn);
    expect(widgets.flatMap(({ properties }) => properties.alarms ?? []).sort()).toEqual(alarms.sort());
  });

  it('shows every state that a domain may be in', () => {
    const states = Object.keys(countStates([]));
    expect(
      [
        ...queries()
          .join()
          .matchAll(/latest\((\w+)\)/g),
      ]
        .map(([, name]) => name)
        .sort(),
    ).toEqual(states.sort());
  });

  it('shows what exists: queues, functions, the API, logs, by the names that AWS knows them by', () => {
    const names = (type: string) => all(production, type).map(({ inputs }) => inputs['name']);
    const known: Readonly<Record<string, readonly unknown[]>> = {
      QueueName: names('sqs/queue:Queue'),
      FunctionName: names('lambda/function:Function'),
      ApiId: [`${one(production, 'apigatewayv2/api:Api').id}-id`],
      Stage: ['production'],
    };
    for (const [, , dimension = '', value] of metrics()) expect(known[dimension]).toContain(value);
    const sources = queries().flatMap((query) => [...query.matchAll(/SOURCE '([^']+)'/g)].map(([, name]) => name));
    expect(sources).toHaveLength(3);
    for (const source of sources) expect(names('cloudwatch/logGroup:LogGroup')).toContain(source);
  });

  it('is about the region of the deployment, and no widget lies on another', () => {
    const cells = widgets.flatMap(({ x, y, width, height }) =>
      Array.from({ length: width * height }, (_, index) => `${x + (index % width)},${y + Math.floor(index / width)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    for (const { x, width, type, properties } of widgets) {
      expect(x + width).toBeLessThanOrEqual(24);
      if (type !== 'alarm') expect(properties.region).toBe('eu-central-1');
    }
  });
}
