/** Who may do what in the evaluated deployment. Run by deployment.test.ts. */
import { beforeAll, describe, expect, it } from 'vitest';
import { RECEIVERS_ITEM } from '../../lib/aws/receiver-states.ts';
import { all, type Evaluation, type Evaluations, one, RUNCLOUD_SECRET_ARN, WEBHOOK_SECRET_ARN } from './evaluation.ts';

type Statement = {
  readonly Effect: string;
  readonly Action: readonly string[] | string;
  readonly Resource: readonly string[];
  readonly Principal?: unknown;
  readonly Condition?: unknown;
};

const NETWORK = 'arn:aws:iam::aws:policy/service-role/AWSLambdaENIManagementAccess';
const KEEP = ['BatchGetItem', 'ConditionCheckItem', 'GetItem', 'Scan', 'UpdateItem'].map((name) => `dynamodb:${name}`);

function statements(policy: unknown): readonly Statement[] {
  return (typeof policy === 'string' ? JSON.parse(policy) : policy).Statement;
}

/** The evaluations are read when a test runs: they are not made yet when it is defined. */
export function describeRights(evaluations: () => Evaluations): void {
  let production: Evaluation;
  let full: Evaluation;
  beforeAll(() => {
    ({ production, full } = evaluations());
  });

  const role = (evaluation: Evaluation, id: string) => one(evaluation, 'iam/role:Role', `-${id}Role-`).inputs;

  /** What a role may do, as `action resource`, with what is the same in every ARN left out. */
  function rightsOf(evaluation: Evaluation, id: string): string[] {
    const policies = role(evaluation, id)['inlinePolicies'] as readonly { policy: string }[];
    return policies
      .flatMap(({ policy }) => statements(policy))
      .flatMap(({ Action, Resource }) => [Action].flat().flatMap((action) => Resource.map((arn) => `${action} ${arn}`)))
      .map((right) => right.replaceAll('eu-central-1:123456789012:', ''))
      .sort();
  }
  const secretOf = (arn: string) => `secretsmanager:GetSecretValue ${arn.replace('eu-central-1:123456789012:', '')}`;
  const secret = (kind: string) => secretOf(one(production, 'secretsmanager/secret:Secret', `/${kind}`).arn);
  const logOf = (part: string) =>
    ['CreateLogStream', 'PutLogEvents'].map(
      (action) => `logs:${action} arn:aws:logs:log-group:/aws/lambda/multisite-runcloud-production-${part}:*`,
    );
  const ledger = () => `arn:aws:dynamodb:table/${one(production, 'dynamodb/table:Table').inputs['name']}`;
  const queue = 'arn:aws:sqs:multisite-runcloud-production-sync';
  const putEvents = 'events:PutEvents arn:aws:events:event-bus/multisite-runcloud-production';

  it('of webhook: to read what it judges requests by, to put events on the bus', () => {
    expect(rightsOf(production, 'Webhook')).toEqual([putEvents, ...logOf('webhook'), secret('webhook')]);
  });

  it.each([
    ['Webhook', 'webhook'],
    ['Query', 'query'],
    ['Notify', 'notify'],
  ])('of %s do not reach the RunCloud token, by its secret nor by its name', (id, part) => {
    for (const evaluation of [production, full]) {
      expect(JSON.stringify(role(evaluation, id))).not.toMatch(/runcloud-x7Yz09|\/runcloud-/);
      const { environment } = one(evaluation, 'lambda/function:Function', `-${part}`).inputs;
      expect(JSON.stringify(environment)).not.toMatch(/RUNCLOUD_SECRET|runcloud-x7Yz09|\/runcloud-/);
    }
  });

  it('of sync: to read its settings, to keep the ledger, to take messages and send rechecks, to put events on the bus', () => {
    const messages = [
      'ChangeMessageVisibility',
      'DeleteMessage',
      'GetQueueAttributes',
      'ReceiveMessage',
      'SendMessage',
    ];
    expect(rightsOf(production, 'Sync')).toEqual([
      ...KEEP.map((action) => `${action} ${ledger()}`),
      putEvents,
      ...logOf('sync'),
      secret('runcloud'),
      secret('webhook'),
      ...messages.map((name) => `sqs:${name} ${queue}`),
    ]);
  });

  it('of reconcile: to read its settings, to keep the ledger, to send rechecks, to put events on the bus', () => {
    expect(rightsOf(production, 'Reconcile')).toEqual([
      ...KEEP.map((action) => `${action} ${ledger()}`),
      putEvents,
      ...logOf('reconcile'),
      secret('runcloud'),
      secret('webhook'),
      `sqs:SendMessage ${queue}`,
    ]);
  });

  it('of query: to read whose signatures count, to read the ledger, and to ask for a look at a domain', () => {
    expect(rightsOf(production, 'Query')).toEqual([
      ...['BatchGetItem', 'GetItem', 'Scan'].map((name) => `dynamodb:${name} ${ledger()}`),
      ...logOf('query'),
      secret('webhook'),
      `sqs:SendMessage ${queue}`,
    ]);
  });

  it('of notify: to read whom to tell, to take messages and put them aside, to remember how receivers are and nothing else', () => {
    const messages = ['ChangeMessageVisibility', 'DeleteMessage', 'GetQueueAttributes', 'ReceiveMessage'];
    expect(rightsOf(production, 'Notify')).toEqual([
      ...['GetItem', 'UpdateItem'].map((name) => `dynamodb:${name} ${ledger()}`),
      ...logOf('notify'),
      secret('webhook'),
      ...messages.map((name) => `sqs:${name} arn:aws:sqs:multisite-runcloud-production-notify`),
      'sqs:SendMessage arn:aws:sqs:multisite-runcloud-production-notify-dead-letters',
    ]);
    const policies = role(production, 'Notify')['inlinePolicies'] as readonly { policy: string }[];
    const conditions = policies
      .flatMap(({ policy }) => statements(policy))
      .filter(({ Action }) => [Action].flat().some((action) => action.startsWith('dynamodb:')))
      .map(({ Condition }) => Condition);
    expect(conditions).toEqual([
      {
        'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [RECEIVERS_ITEM] },
        Null: { 'dynamodb:LeadingKeys': ['false'] },
      },
    ]);
  });

  it('of the schedule: to start reconcile, to put aside what did not start', () => {
    expect(rightsOf(production, 'EveryTenMinutes')).toEqual([
      'lambda:InvokeFunction arn:aws:lambda:function:multisite-runcloud-production-reconcile',
      'sqs:SendMessage arn:aws:sqs:multisite-runcloud-production-schedule-dead-letters',
    ]);
  });

  it('go to existing secrets where they are named, and to no others', () => {
    const secretsOf = (id: string) => rightsOf(full, id).filter((right) => right.startsWith('secretsmanager:'));
    const both = [secretOf(RUNCLOUD_SECRET_ARN), secretOf(WEBHOOK_SECRET_ARN)];
    for (const id of ['Webhook', 'Query', 'Notify']) expect(secretsOf(id)).toEqual([secretOf(WEBHOOK_SECRET_ARN)]);
    for (const id of ['Sync', 'Reconcile']) expect(secretsOf(id)).toEqual(both);
  });

  it('never cover all actions or all resources, in any policy; only of its own log a function writes any stream', () => {
    const policies = [production, full].flatMap((evaluation) => [
      ...all(evaluation, 'iam/role:Role').flatMap(({ inputs }) =>
        ((inputs['inlinePolicies'] ?? []) as readonly { policy: string }[]).map(({ policy }) => policy),
      ),
      ...['sqs/queuePolicy:QueuePolicy', 'sns/topicPolicy:TopicPolicy'].flatMap((type) =>
        all(evaluation, type).map(({ inputs }) => inputs['policy'] as string),
      ),
    ]);
    expect(policies.length).toBeGreaterThan(10);
    const ownLog = /:log-group:\/aws\/lambda\/multisite-runcloud-[\w-]+:\*"/g;
    expect(policies.filter((policy) => policy.replaceAll(ownLog, '"').includes('*'))).toEqual([]);
  });

  it("come from none of AWS's own policies, but for the one to make network interfaces where there is a network", () => {
    for (const id of ['Webhook', 'Sync', 'Reconcile', 'Query', 'Notify'])
      expect(role(production, id)['managedPolicyArns']).toEqual([]);
    expect(role(full, 'Webhook')['managedPolicyArns']).toEqual([]);
    for (const id of ['Sync', 'Reconcile']) expect(role(full, id)['managedPolicyArns']).toEqual([NETWORK]);
  });

  it('of the schedule are for schedules of this account', () => {
    expect(statements(role(production, 'EveryTenMinutes')['assumeRolePolicy'])).toMatchObject([
      { Condition: { StringEquals: { 'aws:SourceAccount': ['123456789012'] } } },
    ]);
  });

  it.each([
    ['Webhook', 'lambda.amazonaws.com'],
    ['Sync', 'lambda.amazonaws.com'],
    ['Reconcile', 'lambda.amazonaws.com'],
    ['Query', 'lambda.amazonaws.com'],
    ['Notify', 'lambda.amazonaws.com'],
    ['EveryTenMinutes', 'scheduler.amazonaws.com'],
  ])('of %s are for %s, and for nobody of the account', (id, service) => {
    const trusted = statements(role(production, id)['assumeRolePolicy']);
    const flat = (value: unknown): unknown => [value].flat();
    expect(
      trusted.map(({ Effect, Action, Principal }) => [
        Effect,
        flat(Action),
        Object.entries(Principal as object).map(([kind, names]) => [kind, flat(names)]),
      ]),
    ).toEqual([['Allow', ['sts:AssumeRole'], [['Service', [service]]]]]);
  });

  it('to send to a queue of events, whose messages count as signed, and to its dead letters has its own rule alone', () => {
    const ruleOf = (name: string) =>
      `arn:aws:events:eu-central-1:123456789012:rule/multisite-runcloud-production/multisite-runcloud-production-${name}`;
    for (const name of ['mappings', 'notify']) {
      expect(one(production, 'cloudwatch/eventRule:EventRule', `-${name}`).arn).toBe(ruleOf(name));
    }
    const policies = all(production, 'sqs/queuePolicy:QueuePolicy');
    const queueOf = (inputs: Readonly<Record<string, unknown>>) => String(inputs['queueUrl']).split('/').at(-1) ?? '';
    const rules = {
      'multisite-runcloud-production-delivery-dead-letters': 'mappings',
      'multisite-runcloud-production-notify': 'notify',
      'multisite-runcloud-production-notify-dead-letters': 'notify',
      'multisite-runcloud-production-sync': 'mappings',
    };
    expect(policies.map(({ inputs }) => queueOf(inputs)).sort()).toEqual(Object.keys(rules));
    for (const { inputs } of policies) {
      const name = queueOf(inputs);
      expect(statements(inputs['policy'])).toEqual([
        {
          Effect: 'Allow',
          Action: ['sqs:SendMessage'],
          Resource: [`arn:aws:sqs:eu-central-1:123456789012:${name}`],
          Principal: { Service: ['events.amazonaws.com'] },
          Condition: { ArnEquals: { 'aws:SourceArn': [ruleOf(rules[name as keyof typeof rules])] } },
        },
      ]);
    }
  });

  it('to speak through the topic have our alarms alone', () => {
    const topic = one(production, 'sns/topic:Topic').arn;
    const alarms = all(production, 'cloudwatch/metricAlarm:MetricAlarm').map(({ arn }) => arn);
    const { inputs } = one(production, 'sns/topicPolicy:TopicPolicy');
    expect(inputs['arn']).toBe(topic);
    expect(statements(inputs['policy'])).toEqual([
      {
        Effect: 'Allow',
        Action: ['sns:Publish'],
        Resource: [topic],
        Principal: { Service: ['cloudwatch.amazonaws.com'] },
        Condition: { ArnEquals: { 'aws:SourceArn': expect.arrayContaining(alarms) } },
      },
    ]);
  });

  describe('from outside', () => {
    const functionArn = (part: string) => one(production, 'lambda/function:Function', `-${part}`).arn;

    it('end at two routes to webhook, and at three to query', () => {
      const routes = all(production, 'apigatewayv2/route:Route').map(({ inputs }) => inputs['routeKey']);
      const own = [
        'ANY /domains/{proxy+}',
        'ANY /queries',
        'ANY /queries/{proxy+}',
        'ANY /webhooks',
        'ANY /webhooks/{proxy+}',
      ];
      expect(routes.sort()).toEqual(own);
      const targets = all(production, 'apigatewayv2/integration:Integration').map(({ inputs }) => inputs);
      for (const each of targets) expect(each).toMatchObject({ payloadFormatVersion: '2.0' });
      const [query, webhook] = [functionArn('query'), functionArn('webhook')];
      expect(targets.map(({ integrationUri }) => integrationUri).sort()).toEqual([
        query,
        query,
        query,
        webhook,
        webhook,
      ]);
    });

    it('reach no function by another way', () => {
      expect(all(production, 'lambda/functionUrl:FunctionUrl')).toEqual([]);
      for (const { inputs } of all(production, 'lambda/permission:Permission')) {
        expect(inputs).toMatchObject({
          function: expect.stringMatching(/-(webhook|query)$/),
          principal: 'apigateway.amazonaws.com',
          sourceArn: 'arn:aws:execute-api:eu-central-1:123456789012:api/*',
        });
      }
    });

    it('let no browser of another origin in', () => {
      expect(one(production, 'apigatewayv2/api:Api').inputs['corsConfiguration']).toEqual({});
    });

    it('are throttled', () => {
      expect(one(production, 'apigatewayv2/stage:Stage').inputs['defaultRouteSettings']).toEqual({
        throttlingRateLimit: 20,
        throttlingBurstLimit: 100,
      });
    });

    it('leave a line without the path, which holds a secret, and without who it was', () => {
      const settings = one(production, 'apigatewayv2/stage:Stage').inputs['accessLogSettings'] as Record<
        string,
        string
      >;
      const format = JSON.parse(settings['format'] ?? '');
      expect(Object.values(format).sort()).toEqual([
        '$context.error.message',
        '$context.integrationErrorMessage',
        '$context.integrationLatency',
        '$context.requestId',
        '$context.requestTime',
        '$context.responseLatency',
        '$context.routeKey',
        '$context.status',
      ]);
      expect(settings['destinationArn']).toContain(':log-group:/aws/vendedlogs/apis/');
    });
  });
}
