/** The way of events and of the clock in the evaluated deployment. Run by deployment.test.ts. */
import { beforeAll, expect, it } from 'vitest';
import { SOURCE } from '../../lib/aws/bus-source.ts';
import { RECONCILE_EVERY_MS } from '../../lib/aws/schedule.ts';
import { OUTGOING_TYPES } from '../../lib/core/report/outgoing.ts';
import { MINUTE } from '../../lib/core/values/time.ts';
import { parseQueued } from '../../lib/notify/queued.ts';
import { all, type Evaluation, type Evaluations, one } from './evaluation.ts';

const TWO_WEEKS_S = 1_209_600;

/** The evaluations are read when a test runs: they are not made yet when it is defined. */
export function describeMessages(evaluations: () => Evaluations): void {
  let production: Evaluation;
  beforeAll(() => {
    ({ production } = evaluations());
  });

  const named = (name: string) => {
    const found = all(production, 'sqs/queue:Queue').find(({ inputs }) => inputs['name'] === name);
    if (found === undefined) throw new Error(`no queue ${name}`);
    return found;
  };
  const queue = () => named('multisite-runcloud-production-sync');
  const deadLetters = (of: string) => named(`multisite-runcloud-production-${of}-dead-letters`);
  const pattern = { 'detail-type': ['domain.mapped', 'domain.unmapped'] };

  it('of both kinds, from any source, go from the bus to the queue of sync', () => {
    const bus = 'multisite-runcloud-production';
    const rule = one(production, 'cloudwatch/eventRule:EventRule', '-mappings').inputs;
    expect(one(production, 'cloudwatch/eventBus:EventBus').inputs).toMatchObject({ name: bus });
    expect(rule).toMatchObject({ eventBusName: bus });
    expect(JSON.parse(String(rule['eventPattern']))).toEqual(pattern);
    expect(one(production, 'cloudwatch/eventTarget:EventTarget', 'Mapping').inputs).toMatchObject({
      eventBusName: bus,
      rule: rule['name'],
      arn: queue().arn,
    });
  });

  it('that EventBridge cannot deliver are tried for a day, then put aside', () => {
    expect(one(production, 'cloudwatch/eventTarget:EventTarget', 'Mapping').inputs).toMatchObject({
      retryPolicy: { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 },
      deadLetterConfig: { arn: deadLetters('delivery').arn },
    });
  });

  it('are kept in an archive for 30 days, to be replayed', () => {
    const archive = one(production, 'cloudwatch/eventArchive:EventArchive').inputs;
    expect(archive).toMatchObject({
      eventSourceArn: one(production, 'cloudwatch/eventBus:EventBus').arn,
      retentionDays: 30,
    });
    expect(JSON.parse(String(archive['eventPattern']))).toEqual(pattern);
  });

  it('wait in the queue for two weeks at most, and are put aside when eight attempts failed', () => {
    expect(queue().inputs).toMatchObject({ messageRetentionSeconds: TWO_WEEKS_S, visibilityTimeoutSeconds: 780 });
    expect(JSON.parse(String(queue().inputs['redrivePolicy']))).toEqual({
      deadLetterTargetArn: deadLetters('sync').arn,
      maxReceiveCount: 8,
    });
  });

  it('that were put aside stay for two weeks, and go nowhere from there', () => {
    expect(all(production, 'sqs/queue:Queue')).toHaveLength(6);
    for (const of of ['sync', 'delivery', 'schedule', 'notify']) {
      expect(deadLetters(of).inputs['messageRetentionSeconds']).toBe(TWO_WEEKS_S);
      expect(deadLetters(of).inputs['redrivePolicy']).toBeUndefined();
    }
  });

  it('come to sync by the hundred, to two at once, and only those that failed come back', () => {
    expect(one(production, 'lambda/eventSourceMapping:EventSourceMapping', 'Sync').inputs).toEqual({
      eventSourceArn: queue().arn,
      functionName: one(production, 'lambda/function:Function', '-sync').arn,
      batchSize: 100,
      maximumBatchingWindowInSeconds: 2,
      functionResponseTypes: ['ReportBatchItemFailures'],
      scalingConfig: { maximumConcurrency: 2 },
    });
  });

  it('out of our own source and types go to the queue of notify, once for each receiver; those in never do', () => {
    const rule = one(production, 'cloudwatch/eventRule:EventRule', '-notify').inputs;
    expect(JSON.parse(String(rule['eventPattern']))).toEqual({ source: [SOURCE], 'detail-type': OUTGOING_TYPES });
    const targets = all(production, 'cloudwatch/eventTarget:EventTarget').filter(({ id }) => id.startsWith('Notify'));
    expect(targets).toHaveLength(2);
    for (const { inputs } of targets) {
      expect(inputs).toMatchObject({
        rule: rule['name'],
        eventBusName: 'multisite-runcloud-production',
        arn: named('multisite-runcloud-production-notify').arn,
        retryPolicy: { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 },
        deadLetterConfig: { arn: deadLetters('notify').arn },
      });
    }
  });

  it('out are written into that queue as notify reads them', () => {
    const detail = { id: 'run.1', at: '2026-11-22T08:00:00.000Z', domain: 'shop.example' };
    const receivers = all(production, 'cloudwatch/eventTarget:EventTarget').flatMap(({ inputs }) => {
      const transformer = inputs['inputTransformer'] as { readonly inputTemplate: string } | undefined;
      if (!transformer) return [];
      const event = { version: '0', 'detail-type': 'dns.lost', source: SOURCE, detail };
      const body = transformer.inputTemplate.replace('<aws.events.event.json>', JSON.stringify(event));
      const parsed = parseQueued(body);
      expect(parsed).toMatchObject({ event: { type: 'dns.lost', detail } });
      return typeof parsed === 'string' ? [] : parsed.receiver;
    });
    expect(receivers.toSorted()).toEqual(['slack', 'webhook']);
  });

  it('out come to notify by the ten, to two at once, and are put aside by SQS only where notify itself fails a hundred times', () => {
    const notify = named('multisite-runcloud-production-notify');
    expect(one(production, 'lambda/eventSourceMapping:EventSourceMapping', 'Notify').inputs).toMatchObject({
      eventSourceArn: notify.arn,
      functionName: one(production, 'lambda/function:Function', '-notify').arn,
      batchSize: 10,
      functionResponseTypes: ['ReportBatchItemFailures'],
      scalingConfig: { maximumConcurrency: 2 },
    });
    expect(notify.inputs).toMatchObject({ messageRetentionSeconds: TWO_WEEKS_S, visibilityTimeoutSeconds: 780 });
    expect(JSON.parse(String(notify.inputs['redrivePolicy']))).toEqual({
      deadLetterTargetArn: deadLetters('notify').arn,
      maxReceiveCount: 100,
    });
  });

  it('that sync sends to itself are let through by Lambda, which knows no end of them but its own', () => {
    expect(one(production, 'lambda/functionRecursionConfig:FunctionRecursionConfig').inputs).toEqual({
      functionName: 'multisite-runcloud-production-sync',
      recursiveLoop: 'Allow',
    });
  });

  it('of the clock start reconcile every ten minutes, and are put aside when three attempts failed', () => {
    const { inputs } = one(production, 'scheduler/schedule:Schedule');
    const target = inputs['target'] as Record<string, unknown>;
    expect(inputs).toMatchObject({
      scheduleExpression: `rate(${RECONCILE_EVERY_MS / MINUTE} minutes)`,
      state: 'ENABLED',
    });
    expect(target).toMatchObject({
      arn: one(production, 'lambda/function:Function', '-reconcile').arn,
      roleArn: one(production, 'iam/role:Role', 'EveryTenMinutes').arn,
      retryPolicy: { maximumRetryAttempts: 2 },
      deadLetterConfig: { arn: deadLetters('schedule').arn },
    });
    expect(JSON.parse(String(target['input']))).toEqual({ action: 'reconcile', by: 'schedule' });
  });
}
