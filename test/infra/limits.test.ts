import { describe, expect, it } from 'vitest';
import type { Resource } from './cloud.ts';
import { complaints } from './limits.ts';

const resource = (type: string, inputs: Record<string, unknown>, arn = type): Resource => ({
  type: `aws:${type}`,
  id: 'It',
  arn,
  inputs,
  isRetained: false,
});

/** A value at a path of names with dots between them. */
const nested = (path: string, value: unknown): Record<string, unknown> =>
  path.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as Record<string, unknown>;

const MAPPING = { eventSourceArn: 'queue', functionName: 'function', batchSize: 10 };
const polled = (queue: object, fn: object, mapping: object) => [
  resource('sqs/queue:Queue', { visibilityTimeoutSeconds: 780, ...queue }, 'queue'),
  resource('lambda/function:Function', { timeout: 120, ...fn }, 'function'),
  resource('lambda/eventSourceMapping:EventSourceMapping', { ...MAPPING, ...mapping }),
];
const redriven = (maxReceiveCount: unknown, deadLetterTargetArn: string) => [
  resource('sqs/queue:Queue', { redrivePolicy: JSON.stringify({ maxReceiveCount, deadLetterTargetArn }) }, 'queue'),
  resource('sqs/queue:Queue', {}, 'dead'),
];
const ALARM = { period: 60, evaluationPeriods: 1 };

describe('what AWS would refuse', () => {
  it.each([
    ['lambda/function:Function', 'timeout', [1, 900], [0, 901, 1.5, '10']],
    ['lambda/function:Function', 'memorySize', [128, 10_240], [127, 10_241]],
    ['lambda/functionEventInvokeConfig:FunctionEventInvokeConfig', 'maximumRetryAttempts', [0, 2], [-1, 3]],
    [
      'lambda/functionEventInvokeConfig:FunctionEventInvokeConfig',
      'maximumEventAgeInSeconds',
      [60, 21_600],
      [59, 21_601],
    ],
    ['sqs/queue:Queue', 'visibilityTimeoutSeconds', [0, 43_200], [-1, 43_201]],
    ['sqs/queue:Queue', 'messageRetentionSeconds', [60, 1_209_600], [59, 1_209_601]],
    ['sqs/queue:Queue', 'delaySeconds', [0, 900], [901]],
    ['cloudwatch/eventTarget:EventTarget', 'retryPolicy.maximumRetryAttempts', [0, 185], [-1, 186]],
    ['cloudwatch/eventTarget:EventTarget', 'retryPolicy.maximumEventAgeInSeconds', [60, 86_400], [59, 86_401]],
    ['scheduler/schedule:Schedule', 'target.retryPolicy.maximumRetryAttempts', [0, 185], [-1, 186]],
    ['scheduler/schedule:Schedule', 'target.retryPolicy.maximumEventAgeInSeconds', [60, 86_400], [59, 86_401]],
    ['apigatewayv2/stage:Stage', 'defaultRouteSettings.throttlingRateLimit', [0, 10_000], [-1, 10_001]],
    ['apigatewayv2/stage:Stage', 'defaultRouteSettings.throttlingBurstLimit', [0, 5_000], [-1, 5_001]],
    ['cloudwatch/eventArchive:EventArchive', 'retentionDays', [0, 36_500], [-1, 36_501]],
    ['cloudwatch/logGroup:LogGroup', 'retentionInDays', [0, 1, 30, 3653], [2, 31, 10_000]],
    ['secretsmanager/secret:Secret', 'recoveryWindowInDays', [0, 7, 30], [1, 6, 31]],
    [
      'scheduler/schedule:Schedule',
      'scheduleExpression',
      ['rate(10 minutes)', 'rate(1 hour)', 'cron(0 3 * * ? *)', 'at(2026-11-22T00:00:00)'],
      ['10 minutes', 'rate(0 minutes)', 'rate(5 weeks)', 'cron(0 3 * * *)'],
    ],
    ['lambda/function:Function', 'name', ['a'.repeat(64)], ['a'.repeat(65), 'a.b', 'a b']],
    ['sqs/queue:Queue', 'name', ['a'.repeat(80)], ['a'.repeat(81), 'a/b']],
    ['iam/role:Role', 'name', ['a'.repeat(64)], ['a'.repeat(65), 'a/b']],
    ['dynamodb/table:Table', 'name', ['abc'], ['ab', 'a/b', 'a'.repeat(256)]],
    ['secretsmanager/secret:Secret', 'name', ['app/stage'], ['app stage', 'app?']],
    ['cloudwatch/eventBus:EventBus', 'name', ['app-stage'], ['app stage', 'a'.repeat(257)]],
    ['cloudwatch/eventRule:EventRule', 'name', ['a'.repeat(64)], ['a'.repeat(65), 'a/b']],
    ['cloudwatch/eventTarget:EventTarget', 'targetId', ['a-b'], ['a b', 'a'.repeat(65)]],
    ['cloudwatch/eventArchive:EventArchive', 'name', ['a'.repeat(48)], ['a'.repeat(49), 'a/b']],
    ['scheduler/schedule:Schedule', 'name', ['a'.repeat(64)], ['a'.repeat(65)]],
    ['cloudwatch/dashboard:Dashboard', 'dashboardName', ['a-B_1'], ['a b', 'a'.repeat(256)]],
    ['sns/topic:Topic', 'name', ['a-b'], ['a.b', 'a'.repeat(257)]],
    ['apigatewayv2/route:Route', 'routeKey', ['ANY /a/{b}', '$default'], ['/a', 'FETCH /a', 'GET a']],
  ])('%s, %s', (type, field, good, bad) => {
    const rest = type === 'scheduler/schedule:Schedule' ? { scheduleExpression: 'rate(1 day)' } : {};
    const about = (value: unknown) => complaints([resource(type, { ...rest, ...nested(field, value) })]);
    expect(good.filter((value) => about(value).length > 0)).toEqual([]);
    expect(bad.filter((value) => about(value).length === 0)).toEqual([]);
  });

  it('descriptions that are too long', () => {
    const long = 'a'.repeat(5_000);
    expect(
      complaints([
        resource('lambda/function:Function', { description: long }),
        resource('secretsmanager/secret:Secret', { description: long }),
        resource('cloudwatch/eventRule:EventRule', { description: long }),
        resource('cloudwatch/eventArchive:EventArchive', { description: long }),
        resource('cloudwatch/metricAlarm:MetricAlarm', { ...ALARM, alarmDescription: long }),
        resource('cloudwatch/metricAlarm:MetricAlarm', { ...ALARM, name: long }),
        resource('cloudwatch/logGroup:LogGroup', { name: long }),
      ]),
    ).toHaveLength(7);
  });

  it('an environment of more than 4 KiB', () => {
    const variables = { A: 'a'.repeat(4_096) };
    expect(complaints([resource('lambda/function:Function', { environment: { variables } })])).toHaveLength(1);
  });

  it.each([
    ['more than ten messages without a window', {}, {}, { batchSize: 11 }],
    [
      'a window of more than five minutes',
      { visibilityTimeoutSeconds: 2_000 },
      {},
      { maximumBatchingWindowInSeconds: 301 },
    ],
    ['a batch of more than 10,000', {}, {}, { batchSize: 10_001, maximumBatchingWindowInSeconds: 1 }],
    ['messages that come back within six time-outs', { visibilityTimeoutSeconds: 719 }, {}, {}],
    [
      'messages that come back within six time-outs and the window',
      { visibilityTimeoutSeconds: 721 },
      {},
      { maximumBatchingWindowInSeconds: 2 },
    ],
    ['fewer than two at once', {}, {}, { scalingConfig: { maximumConcurrency: 1 } }],
    ['a queue that is not there', {}, {}, { eventSourceArn: 'another' }],
    ['a function that is not there', {}, {}, { functionName: 'another' }],
  ])('%s', (_what, queue, fn, mapping) => {
    expect(complaints(polled(queue, fn, mapping))).toHaveLength(1);
  });

  it.each([
    [722, { batchSize: 100, maximumBatchingWindowInSeconds: 2, scalingConfig: { maximumConcurrency: 2 } }],
    [720, { batchSize: 1, maximumBatchingWindowInSeconds: 0, scalingConfig: { maximumConcurrency: 1_000 } }],
    [1_020, { batchSize: 10_000, maximumBatchingWindowInSeconds: 300 }],
  ])(
    'nothing about a queue whose messages come back after %i s, polled with %j',
    (visibilityTimeoutSeconds, mapping) => {
      expect(complaints(polled({ visibilityTimeoutSeconds }, {}, mapping))).toEqual([]);
    },
  );

  it('a dead-letter queue that is not there, and a count of receives that SQS does not take', () => {
    expect(complaints(redriven(5, 'dead'))).toEqual([]);
    expect(complaints(redriven(5, 'another'))).toHaveLength(1);
    expect(complaints(redriven(0, 'dead'))).toHaveLength(1);
    expect(complaints(redriven(1_001, 'dead'))).toHaveLength(1);
  });

  it.each([
    ['a period between those that exist', { period: 90 }],
    ['no period', { period: undefined }],
    ['a look back of more than a day', { period: 600, evaluationPeriods: 145 }],
    ['a look back of more than a week', { period: 3_600, evaluationPeriods: 169 }],
    ['no evaluation at all', { evaluationPeriods: 0, datapointsToAlarm: 0 }],
    ['more breaching periods than periods', { evaluationPeriods: 2, datapointsToAlarm: 3 }],
    ['a bad period within an expression', { period: undefined, metricQueries: [{ metric: { period: 45 } }, {}] }],
  ])('an alarm with %s', (_what, inputs) => {
    expect(complaints([resource('cloudwatch/metricAlarm:MetricAlarm', { ...ALARM, ...inputs })])).toHaveLength(1);
  });

  it.each([{ period: 30 }, { period: 600, evaluationPeriods: 144 }, { period: 3_600, evaluationPeriods: 168 }])(
    'nothing about an alarm with %j',
    (inputs) => {
      expect(complaints([resource('cloudwatch/metricAlarm:MetricAlarm', { ...ALARM, ...inputs })])).toEqual([]);
    },
  );

  it('a key that is no attribute, and an attribute that is in no key', () => {
    const table = (inputs: object) => complaints([resource('dynamodb/table:Table', { hashKey: 'id', ...inputs })]);
    expect(table({ attributes: [{ name: 'id' }] })).toEqual([]);
    expect(table({ attributes: [] })).toHaveLength(1);
    expect(table({ attributes: [{ name: 'id' }, { name: 'unused' }] })).toHaveLength(1);
    expect(table({ attributes: [{ name: 'id' }], rangeKey: 'at' })).toHaveLength(1);
    expect(table({ attributes: [{ name: 'id' }], globalSecondaryIndexes: [{ hashKey: 'at' }] })).toHaveLength(1);
    expect(table({ attributes: [{ name: 'id' }], localSecondaryIndexes: [{ rangeKey: 'at' }] })).toHaveLength(1);
  });
});
