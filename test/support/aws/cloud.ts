/** All of AWS that the functions ask, at one address for AWS_ENDPOINT_URL. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { settingsFor } from '../../../lib/aws/secret-name.ts';
import type { Clock } from '../../../lib/util/clock.ts';
import { DynamoStandIn } from './dynamo.ts';
import { type MessagesOptions, MessagesStandIn } from './messages.ts';
import { StandInSecretsManager } from './secrets-manager.ts';

/** What the deployment calls its resources. */
export const NAMES = {
  WEBHOOK_SECRET_ID: 'multisite-runcloud/test/webhook',
  RUNCLOUD_SECRET_ID: 'multisite-runcloud/test/runcloud',
  EVENT_BUS: 'multisite-runcloud-test',
  API_URL: 'https://api.example',
  LEDGER_TABLE: 'multisite-runcloud-test-ledger',
  SYNC_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/123456789012/multisite-runcloud-test',
  NOTIFY_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/123456789012/multisite-runcloud-test-notify',
  NOTIFY_DEAD_LETTERS_URL:
    'https://sqs.eu-central-1.amazonaws.com/123456789012/multisite-runcloud-test-notify-dead-letters',
  STAGE: 'test',
} as const;

export const CREDENTIALS = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'testing',
  AWS_SECRET_ACCESS_KEY: 'testing',
} as const;

export class Cloud {
  readonly secrets: StandInSecretsManager;
  readonly dynamo = new DynamoStandIn();
  readonly messages: MessagesStandIn;
  /** Operations that were asked for, as in `PutEvents`. */
  readonly calls: string[] = [];
  readonly #server: Server;

  constructor(clock: Clock, messages: Partial<MessagesOptions> = {}) {
    this.secrets = new StandInSecretsManager(clock);
    this.messages = new MessagesStandIn({ chance: () => 0.5, ...messages, clock });
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
  }

  /** Makes the table and an two empty secrets, as the deployment does. Returns the environment of a function. */
  async listen(): Promise<Record<string, string>> {
    await this.dynamo.listen();
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    this.secrets.create(NAMES.WEBHOOK_SECRET_ID);
    this.secrets.create(NAMES.RUNCLOUD_SECRET_ID);
    await createTable(endpoint);
    this.calls.length = 0;
    return { ...NAMES, ...CREDENTIALS, AWS_ENDPOINT_URL: endpoint };
  }

  /** Puts each setting into its secret. */
  putSettings(values: Readonly<Record<string, string | number>>): void {
    this.secrets.put(NAMES.WEBHOOK_SECRET_ID, JSON.stringify(settingsFor('webhook', values)));
    this.secrets.put(NAMES.RUNCLOUD_SECRET_ID, JSON.stringify(settingsFor('runcloud', values)));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await this.dynamo.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    const target = String(request.headers['x-amz-target']);
    const operation = target.split('.').at(-1) ?? '';
    this.calls.push(operation);
    const parameters = JSON.parse(body.toString() || '{}');
    const answered = this.messages.answer(operation, parameters);
    if (answered) return end(response, { status: 200, body: answered });
    if (target.startsWith('DynamoDB')) {
      const reply = await this.dynamo.answer(operation, parameters);
      return reply ? end(response, reply) : void response.destroy();
    }
    const reply = this.secrets.reply(operation, parameters, request.headers.authorization);
    if (typeof reply === 'string') response.destroy();
    else response.writeHead(reply.status, { 'content-type': 'application/x-amz-json-1.1' }).end(reply.text);
  }
}

function end(response: ServerResponse, { status, body }: { readonly status: number; readonly body: object }): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
}

/** Makes the table of the ledger as the deployment does. */
export async function createTable(endpoint: string): Promise<void> {
  const credentials = { accessKeyId: 'testing', secretAccessKey: 'testing' };
  const client = new DynamoDBClient({ endpoint, region: CREDENTIALS.AWS_REGION, credentials });
  await client.send(
    new CreateTableCommand({
      TableName: NAMES.LEDGER_TABLE,
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  client.destroy();
}
