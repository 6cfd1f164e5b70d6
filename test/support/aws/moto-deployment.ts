/** A deployment as the evaluated configuration describes it, in moto, with its packages as processes of their own. */
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateEventBusCommand,
  EventBridgeClient,
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
import { SECRET_KINDS, secretNameOf, settingsFor } from '../../../lib/aws/secret-name.ts';
import { systemClock } from '../../../lib/util/clock.ts';
import { signedHeaders } from '../../../local/stand-in/network.ts';
import { StandInRunCloud } from '../../../local/stand-in/runcloud.ts';
import { runtimeOf } from '../../functions/runtime.ts';
import { all, type Evaluation, evaluate, one, packageOf, removePackages } from '../../infra/evaluation.ts';
import { LambdaProcess } from '../lambda.ts';
import { HERE, NOBODY } from '../nobody.ts';
import { key, keyText } from '../webhooks.ts';
import { CREDENTIALS } from './cloud.ts';

const STAGE = 'production';

export class MotoDeployment {
  readonly events: EventBridgeClient;
  readonly dynamo: DynamoDBClient;
  readonly runcloud = new StandInRunCloud({ ...HERE, clock: systemClock, authorization: 'Bearer token' });
  readonly evaluation: Evaluation;
  readonly #sqs: SQSClient;
  readonly #secrets: SecretsManagerClient;
  readonly #processes: LambdaProcess[] = [];
  #names: Readonly<Record<string, string>> = {};
  #queueUrl = '';
  #notifyUrl = '';
  #deadUrl = '';

  private constructor(url: string, evaluation: Evaluation) {
    const aws = {
      endpoint: url,
      region: CREDENTIALS.AWS_REGION,
      credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
    };
    this.evaluation = evaluation;
    this.dynamo = new DynamoDBClient(aws);
    this.events = new EventBridgeClient(aws);
    this.#secrets = new SecretsManagerClient(aws);
    this.#sqs = new SQSClient({ ...aws, useQueueUrlAsEndpoint: false });
  }

  /** Empties moto at this address, and makes the table, the bus with its rule, the queues and two empty secrets there. */
  static async open(url: string): Promise<MotoDeployment> {
    await fetch(`${url}/moto-api/reset`, { method: 'POST' });
    const deployment = new MotoDeployment(url, await evaluate(STAGE));
    await deployment.#create(url);
    return deployment;
  }

  async close(): Promise<void> {
    await Promise.all(this.#processes.map(async (each) => each.close()));
    await this.runcloud.close();
    removePackages();
  }

  async #create(url: string): Promise<void> {
    await this.createTable('ledger');
    this.#deadUrl = (await this.#sqs.send(new CreateQueueCommand({ QueueName: 'dead' }))).QueueUrl ?? '';
    const queue = all(this.evaluation, 'sqs/queue:Queue').find(({ inputs }) =>
      String(inputs['name']).endsWith('-sync'),
    );
    const { maxReceiveCount } = JSON.parse(String(queue?.inputs['redrivePolicy']));
    const deadLetterTargetArn = await this.#arnOf(this.#deadUrl);
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount });
    const made = await this.#sqs.send(new CreateQueueCommand({ QueueName: 'sync', Attributes: { RedrivePolicy } }));
    this.#queueUrl = made.QueueUrl ?? '';
    await this.events.send(new CreateEventBusCommand({ Name: 'bus' }));
    const { eventPattern } = one(this.evaluation, 'cloudwatch/eventRule:EventRule', '-mappings').inputs as {
      eventPattern: string;
    };
    await this.events.send(new PutRuleCommand({ Name: 'mappings', EventBusName: 'bus', EventPattern: eventPattern }));
    const Targets = [{ Id: 'sync', Arn: await this.#arnOf(this.#queueUrl) }];
    await this.events.send(new PutTargetsCommand({ Rule: 'mappings', EventBusName: 'bus', Targets }));
    this.#notifyUrl = await this.#createNotify();
    for (const kind of SECRET_KINDS) {
      await this.#secrets.send(new CreateSecretCommand({ Name: secretNameOf(STAGE, kind) }));
    }
    this.#names = {
      ...CREDENTIALS,
      AWS_ENDPOINT_URL: url,
      WEBHOOK_SECRET_ID: secretNameOf(STAGE, 'webhook'),
      RUNCLOUD_SECRET_ID: secretNameOf(STAGE, 'runcloud'),
      EVENT_BUS: 'bus',
      API_URL: 'https://api.example',
      LEDGER_TABLE: 'ledger',
      SYNC_QUEUE_URL: this.#queueUrl,
      NOTIFY_QUEUE_URL: this.#notifyUrl,
      NOTIFY_DEAD_LETTERS_URL: this.#deadUrl,
    };
  }

  /** The queue of notify, its rule, and the targets with what they make of an event. Returns its address. */
  async #createNotify(): Promise<string> {
    const { QueueUrl = '' } = await this.#sqs.send(new CreateQueueCommand({ QueueName: 'notify' }));
    const { eventPattern } = one(this.evaluation, 'cloudwatch/eventRule:EventRule', '-notify').inputs as {
      eventPattern: string;
    };
    await this.events.send(new PutRuleCommand({ Name: 'notify', EventBusName: 'bus', EventPattern: eventPattern }));
    const Arn = await this.#arnOf(QueueUrl);
    const Targets = all(this.evaluation, 'cloudwatch/eventTarget:EventTarget').flatMap(({ inputs }) => {
      const transformer = inputs['inputTransformer'] as { readonly inputTemplate: string } | undefined;
      if (!transformer) return [];
      const InputTransformer = { InputTemplate: transformer.inputTemplate };
      return [{ Id: String(inputs['targetId']), Arn, InputTransformer }];
    });
    await this.events.send(new PutTargetsCommand({ Rule: 'notify', EventBusName: 'bus', Targets }));
    return QueueUrl;
  }

  /** Makes a table with the keys of the deployment's ledger. */
  async createTable(TableName: string): Promise<void> {
    const { attributes, hashKey } = one(this.evaluation, 'dynamodb/table:Table').inputs as {
      hashKey: string;
      attributes: readonly { name: string; type: 'S' }[];
    };
    await this.dynamo.send(
      new CreateTableCommand({
        TableName,
        AttributeDefinitions: attributes.map(({ name, type }) => ({ AttributeName: name, AttributeType: type })),
        KeySchema: [{ AttributeName: hashKey, KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
  }

  async #arnOf(QueueUrl: string): Promise<string> {
    const attributes = await this.#sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    return attributes.Attributes?.['QueueArn'] ?? '';
  }

  /** A process of the function. `names` come before those of the deployment. It ends with the deployment. */
  lambda(name: string, names: Readonly<Record<string, string>> = {}): LambdaProcess {
    const made = new LambdaProcess(
      runtimeOf(packageOf(this.evaluation, `functions/${name}`), { ...this.#names, ...names }),
    );
    this.#processes.push(made);
    return made;
  }

  async putSettings(changes: object = {}): Promise<void> {
    const settings = {
      WU_RUNCLOUD_API_TOKEN: 'token',
      WU_RUNCLOUD_SERVER_ID: StandInRunCloud.serverId,
      WU_RUNCLOUD_APP_ID: StandInRunCloud.appId,
      RUNCLOUD_API_URL: await this.runcloud.listen(),
      ...NOBODY,
      WEBHOOK_SECRET: keyText(1),
      POLICY: 'sync',
      WWW: 'never',
      ...changes,
    };
    for (const kind of SECRET_KINDS) {
      const SecretString = JSON.stringify(settingsFor<unknown>(kind, settings));
      await this.#secrets.send(new PutSecretValueCommand({ SecretId: secretNameOf(STAGE, kind), SecretString }));
    }
  }

  /** Sends a signed webhook; returns the status of the answer. */
  async say(webhook: LambdaProcess, domain: string, type = 'domain.mapped', fill = 1): Promise<number> {
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

  async receiveDead(): Promise<readonly Message[]> {
    return this.#receive(this.#deadUrl);
  }

  async #receive(QueueUrl: string): Promise<readonly Message[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: 1,
      MessageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp'],
    });
    return (await this.#sqs.send(command)).Messages ?? [];
  }

  /** The same for the queue of notify. */
  async deliverNotices(notify: LambdaProcess): Promise<number> {
    return this.#deliver(notify, this.#notifyUrl);
  }

  /** What Lambda does for the queue: a batch to `sync`. What it reports as failed comes back at once, as if the wait were over. */
  async deliver(sync: LambdaProcess): Promise<number> {
    return this.#deliver(sync, this.#queueUrl);
  }

  async #deliver(sync: LambdaProcess, QueueUrl: string): Promise<number> {
    const messages = await this.#receive(QueueUrl);
    if (messages.length === 0) return 0;
    const Records = messages.map(({ MessageId = '', Body = '', ReceiptHandle, Attributes }) => ({
      messageId: MessageId,
      body: Body,
      receiptHandle: ReceiptHandle,
      attributes: Attributes,
    }));
    const invoked = await sync.invoke({ Records });
    if (invoked.kind !== 'answered') throw new Error(`${JSON.stringify(invoked)}\n${sync.printed}`);
    const { batchItemFailures } = invoked.payload as { batchItemFailures: readonly { itemIdentifier: string }[] };
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    const [back, done] = [true, false].map((isFailed) =>
      messages.filter(({ MessageId = '' }) => failed.has(MessageId) === isFailed),
    );
    for (const { ReceiptHandle } of back ?? []) {
      await this.#sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
    }
    const Entries = (done ?? []).map(({ MessageId, ReceiptHandle }) => ({ Id: MessageId, ReceiptHandle }));
    if (Entries.length > 0) await this.#sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    return messages.length;
  }
}
