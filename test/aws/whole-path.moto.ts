/**
 * The packages that a deployment would upload, with the rule, the queues and the table as it would make them, in moto: a
 * webhook becomes an event, the event a message, and the message a domain on RunCloud.
 */
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { systemClock } from '../../lib/util/clock.ts';
import { signedHeaders } from '../../local/stand-in/network.ts';
import { StandInRunCloud } from '../../local/stand-in/runcloud.ts';
import { RUNTIME, runtimeOf } from '../functions/runtime.ts';
import { all, type Evaluation, evaluate, one, packageOf, removePackages } from '../infra/evaluation.ts';
import { havePlatform } from '../infra/platform.ts';
import { CREDENTIALS } from '../support/aws/cloud.ts';
import { LambdaProcess } from '../support/lambda.ts';
import { HERE, NOBODY } from '../support/nobody.ts';
import { key, keyText } from '../support/webhooks.ts';

const moto = inject('moto');
const SECRET = 'multisite-runcloud/production';

describe.skipIf('missing' in moto || !(await havePlatform()))(`in moto, under ${RUNTIME}`, () => {
  const url = 'missing' in moto ? '' : moto.url;
  const aws = {
    endpoint: url,
    region: CREDENTIALS.AWS_REGION,
    credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
  };
  const [dynamo, events, secrets] = [
    new DynamoDBClient(aws),
    new EventBridgeClient(aws),
    new SecretsManagerClient(aws),
  ];
  const sqs = new SQSClient({ ...aws, useQueueUrlAsEndpoint: false });
  const runcloud = new StandInRunCloud({ ...HERE, clock: systemClock, authorization: 'Bearer token' });
  const processes: LambdaProcess[] = [];
  let evaluation: Evaluation;
  let names: Record<string, string>;
  let queueUrl: string;
  let deadUrl: string;

  beforeAll(async () => {
    await fetch(`${url}/moto-api/reset`, { method: 'POST' });
    evaluation = await evaluate('production');
    const input = <T>(type: string, name: string): T => one(evaluation, type, name).inputs as T;
    const table = input<{ hashKey: string; attributes: readonly { name: string; type: 'S' }[] }>(
      'dynamodb/table:Table',
      '',
    );
    await dynamo.send(
      new CreateTableCommand({
        TableName: 'ledger',
        AttributeDefinitions: table.attributes.map(({ name, type }) => ({ AttributeName: name, AttributeType: type })),
        KeySchema: [{ AttributeName: table.hashKey, KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    deadUrl = (await sqs.send(new CreateQueueCommand({ QueueName: 'dead' }))).QueueUrl ?? '';
    const queue = all(evaluation, 'sqs/queue:Queue').find(({ inputs }) => inputs['redrivePolicy']);
    const { maxReceiveCount } = JSON.parse(String(queue?.inputs['redrivePolicy']));
    const deadLetterTargetArn = await arnOf(deadUrl);
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount });
    const made = await sqs.send(new CreateQueueCommand({ QueueName: 'sync', Attributes: { RedrivePolicy } }));
    queueUrl = made.QueueUrl ?? '';
    await events.send(new CreateEventBusCommand({ Name: 'bus' }));
    const { eventPattern } = input<{ eventPattern: string }>('cloudwatch/eventRule:EventRule', '');
    await events.send(new PutRuleCommand({ Name: 'mappings', EventBusName: 'bus', EventPattern: eventPattern }));
    const Targets = [{ Id: 'sync', Arn: await arnOf(queueUrl) }];
    await events.send(new PutTargetsCommand({ Rule: 'mappings', EventBusName: 'bus', Targets }));
    await secrets.send(new CreateSecretCommand({ Name: SECRET }));
    names = {
      ...CREDENTIALS,
      AWS_ENDPOINT_URL: url,
      RUNCLOUD_SECRET_ID: SECRET,
      EVENT_BUS: 'bus',
      LEDGER_TABLE: 'ledger',
      SYNC_QUEUE_URL: queueUrl,
    };
  });
  afterAll(async () => {
    await Promise.all(processes.map(async (each) => each.close()));
    await runcloud.close();
    removePackages();
  });

  async function arnOf(address: string): Promise<string> {
    const attributes = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: address, AttributeNames: ['QueueArn'] }),
    );
    return attributes.Attributes?.['QueueArn'] ?? '';
  }

  function lambda(name: string): LambdaProcess {
    const made = new LambdaProcess(runtimeOf(packageOf(evaluation, `functions/${name}`), names));
    processes.push(made);
    return made;
  }

  async function settings(changes: object = {}): Promise<void> {
    const given = {
      WU_RUNCLOUD_API_TOKEN: 'token',
      WU_RUNCLOUD_SERVER_ID: StandInRunCloud.serverId,
      WU_RUNCLOUD_APP_ID: StandInRunCloud.appId,
      RUNCLOUD_API_URL: await runcloud.listen(),
      ...NOBODY,
      WEBHOOK_SECRET: keyText(1),
      POLICY: 'sync',
      WWW: 'never',
      ...changes,
    };
    await secrets.send(new PutSecretValueCommand({ SecretId: SECRET, SecretString: JSON.stringify(given) }));
  }

  async function say(webhook: LambdaProcess, domain: string, type = 'domain.mapped', fill = 1): Promise<number> {
    const body = JSON.stringify({ type, timestamp: new Date().toISOString(), data: { domain } });
    const headers = signedHeaders(key(fill), body, Date.now(), `msg_${domain}_${type}`);
    const requestContext = { http: { method: 'POST' } };
    const invoked = await webhook.invoke({
      rawPath: '/webhooks',
      headers,
      requestContext,
      body,
      isBase64Encoded: false,
    });
    if (invoked.kind !== 'answered') throw new Error(JSON.stringify(invoked));
    return (invoked.payload as { statusCode: number }).statusCode;
  }

  async function receive(address: string): Promise<readonly Message[]> {
    const command = new ReceiveMessageCommand({ QueueUrl: address, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 });
    return (await sqs.send(command)).Messages ?? [];
  }

  /** What Lambda does for the queue: a batch to `sync`, and what it reports as failed comes back at once. */
  async function deliver(sync: LambdaProcess): Promise<number> {
    const messages = await receive(queueUrl);
    if (messages.length === 0) return 0;
    const Records = messages.map(({ MessageId = '', Body = '' }) => ({ messageId: MessageId, body: Body }));
    const invoked = await sync.invoke({ Records });
    if (invoked.kind !== 'answered') throw new Error(`${JSON.stringify(invoked)}\n${sync.printed}`);
    const { batchItemFailures } = invoked.payload as { batchItemFailures: readonly { itemIdentifier: string }[] };
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    const [back, done] = [true, false].map((isFailed) =>
      messages.filter(({ MessageId = '' }) => failed.has(MessageId) === isFailed),
    );
    for (const { ReceiptHandle } of back ?? []) {
      await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: queueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
    }
    const Entries = (done ?? []).map(({ MessageId, ReceiptHandle }) => ({ Id: MessageId, ReceiptHandle }));
    if (Entries.length > 0) await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    return messages.length;
  }

  it('an empty secret is explained by all three, and takes nothing', async () => {
    expect(await say(lambda('webhook'), 'early.example')).toBe(503);
    const reconcile = lambda('reconcile');
    await reconcile.invoke({ action: 'reconcile' });
    expect(reconcile.printed).toMatch(/multisite-runcloud\/production.*WU_RUNCLOUD_API_TOKEN.*npm run secret/);
  });

  it('webhooks come to RunCloud and go again, and events from elsewhere on AWS do too', async () => {
    await settings();
    const [webhook, sync] = [lambda('webhook'), lambda('sync')];
    for (const name of ['a', 'b', 'c']) expect(await say(webhook, `${name}.example`)).toBe(202);
    const Detail = JSON.stringify({ domain: 'd.example' });
    const other = { EventBusName: 'bus', Source: 'my.shop', DetailType: 'domain.mapped', Detail };
    await events.send(new PutEventsCommand({ Entries: [other, { ...other, DetailType: 'something.else' }] }));
    let delivered = 0;
    while (delivered < 4) delivered += await deliver(sync);
    expect(runcloud.names).toEqual(['a.example', 'b.example', 'c.example', 'd.example', 'network.example']);
    expect(await say(webhook, 'b.example', 'domain.unmapped')).toBe(202);
    while ((await deliver(sync)) === 0);
    expect(runcloud.names).not.toContain('b.example');
    const ended = await lambda('reconcile').invoke({ action: 'reconcile' });
    expect(ended).toMatchObject({ kind: 'answered', payload: { ok: true, writes: 0 } });
  });

  it('a rotation has no gap: the key from before is taken, and the new one', async () => {
    await settings({ WEBHOOK_SECRET: keyText(2) });
    const webhook = lambda('webhook');
    expect(await say(webhook, 'a.example', 'domain.mapped', 1)).toBe(202);
    expect(await say(webhook, 'a.example', 'domain.mapped', 2)).toBe(202);
    expect(await say(webhook, 'a.example', 'domain.mapped', 3)).toBe(401);
  });

  it('a message that nobody understands ends among the dead after five deliveries, and holds up nobody', async () => {
    const Entries = [{ EventBusName: 'bus', Source: 'x', DetailType: 'domain.mapped', Detail: '{"no":"domain"}' }];
    await events.send(new PutEventsCommand({ Entries }));
    const sync = lambda('sync');
    let dead: readonly Message[] = [];
    for (let turn = 0; turn < 30 && dead.length === 0; turn++) {
      await deliver(sync);
      dead = await receive(deadUrl);
    }
    expect(dead.map(({ Body = '' }) => JSON.parse(Body).detail)).toEqual([{ no: 'domain' }]);
    expect(sync.printed).toContain('A message was not understood');
  });
});
