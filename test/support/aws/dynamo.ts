/**
 * DynamoDB in this process: dynalite, and before it what dynalite lacks: transactions, and faults when they are wanted.
 * One request is worked on at a time, which makes a transaction all or nothing.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';
import { Pool } from 'undici';

type Body = Record<string, unknown>;
export type DynamoReply = { readonly status: number; readonly body: Body };
type TransactItem = { readonly Update?: Body; readonly ConditionCheck?: Body };

/**
 * `conflict`: refused because of another transaction. `throttled`: one request too many at the moment. `lost`: carried out,
 * and the connection breaks before the answer. `in-progress`: sent again too early to be told. `no-table`: there is none.
 * `unprocessed`: a batch is answered, and none of it done.
 */
export type DynamoFault = 'conflict' | 'throttled' | 'lost' | 'in-progress' | 'no-table' | 'unprocessed';

const REFUSED = 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException';

export class DynamoStandIn {
  readonly #dynalite = dynalite({ createTableMs: 0 });
  readonly #server: Server;
  readonly #carriedOut = new Set<string>();
  #last: Promise<unknown> = Promise.resolve();
  #inner: Pool | undefined;
  /** Operations that were asked for, in order, as in `UpdateItem`. */
  readonly calls: string[] = [];
  /** Asked for each request; `undefined` lets it pass. */
  fault: (operation: string) => DynamoFault | undefined = () => undefined;

  constructor() {
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
  }

  /** Listens; returns the address for AWS_ENDPOINT_URL. */
  async listen(): Promise<string> {
    this.#inner = new Pool(await listen(this.#dynalite));
    return listen(this.#server);
  }

  async close(): Promise<void> {
    await this.#inner?.close();
    for (const server of [this.#server, this.#dynalite]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const reply = await this.answer(operation, JSON.parse(Buffer.concat(parts).toString() || '{}'));
    if (!reply) response.destroy();
    else
      response
        .writeHead(reply.status, { 'content-type': 'application/x-amz-json-1.0' })
        .end(JSON.stringify(reply.body));
  }

  /** Undefined: the answer gets lost. */
  async answer(operation: string, body: Body): Promise<DynamoReply | undefined> {
    const answered = this.#last.then(async () => this.#reply(operation, body));
    this.#last = answered.catch(() => undefined);
    return answered;
  }

  async #reply(operation: string, body: Body): Promise<DynamoReply | undefined> {
    this.calls.push(operation);
    const fault = this.fault(operation);
    if (fault === 'conflict') return conflict(operation);
    if (fault === 'in-progress')
      return refused('TransactionInProgressException', 'The transaction is still in progress');
    if (fault === 'throttled') return throttled(operation);
    if (fault === 'no-table') return refused('ResourceNotFoundException', 'Requested resource not found');
    if (fault === 'unprocessed' && operation === 'BatchGetItem') {
      return { status: 200, body: { Responses: {}, UnprocessedKeys: body['RequestItems'] } };
    }
    const reply = await (operation === 'TransactWriteItems' ? this.#transact(body) : this.#forward(operation, body));
    if (operation === 'CreateTable' && reply.status === 200) await this.#untilActive(body);
    return fault === 'lost' ? undefined : reply;
  }

  async #transact(body: Body): Promise<DynamoReply> {
    const token = String(body['ClientRequestToken']);
    if (this.#carriedOut.has(token)) return { status: 200, body: {} };
    const items = body['TransactItems'] as readonly TransactItem[];
    const before: DynamoReply[] = [];
    const replies: DynamoReply[] = [];
    for (const { Update, ConditionCheck } of items) {
      const item = Update ?? ConditionCheck ?? {};
      const { TableName, Key } = item;
      before.push(await this.#forward('GetItem', { TableName, Key, ConsistentRead: true }));
      replies.push(await this.#forward('UpdateItem', item));
    }
    const refused = replies.some((reply) => reply.status !== 200);
    for (const [index, { Update, ConditionCheck }] of items.entries()) {
      const { TableName, Key } = Update ?? ConditionCheck ?? {};
      const Item = before[index]?.body['Item'];
      if (!refused && Update) continue;
      if (Item) await this.#forward('PutItem', { TableName, Item });
      else await this.#forward('DeleteItem', { TableName, Key });
    }
    if (!refused) {
      this.#carriedOut.add(token);
      return { status: 200, body: {} };
    }
    const other = replies.find((reply) => reply.status !== 200 && reply.body['__type'] !== REFUSED);
    return (
      other ??
      cancelled(replies.map((reply) => (reply.status === 200 ? { Code: 'None' } : { Code: 'ConditionalCheckFailed' })))
    );
  }

  /** Even with `createTableMs: 0` dynalite answers a moment before the table can be used. */
  async #untilActive({ TableName }: Body): Promise<void> {
    for (;;) {
      const { body } = await this.#forward('DescribeTable', { TableName });
      if ((body['Table'] as Body)['TableStatus'] === 'ACTIVE') return;
    }
  }

  async #forward(operation: string, body: Body): Promise<DynamoReply> {
    if (!this.#inner) throw new Error('it does not listen yet');
    const answer = await this.#inner.request({
      path: '/',
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDB_20120810.${operation}`,
        // It is not checked, and must be there.
        authorization: 'AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=a, Signature=a',
        'x-amz-date': '20261122T080000Z',
      },
      body: JSON.stringify(body),
    });
    return { status: answer.statusCode, body: (await answer.body.json()) as Body };
  }
}

function conflict(operation: string): DynamoReply {
  if (operation === 'TransactWriteItems') return cancelled([{ Code: 'TransactionConflict' }, { Code: 'None' }]);
  return refused('TransactionConflictException', 'Transaction is ongoing for the item');
}

function throttled(operation: string): DynamoReply {
  if (operation === 'TransactWriteItems') return cancelled([{ Code: 'None' }, { Code: 'ThrottlingError' }]);
  return refused('ProvisionedThroughputExceededException', 'The level of configured throughput was exceeded');
}

function refused(type: string, message: string): DynamoReply {
  return { status: 400, body: { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message } };
}

function cancelled(reasons: readonly { readonly Code: string }[]): DynamoReply {
  return {
    status: 400,
    body: {
      __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
      Message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.map(({ Code }) => Code).join(', ')}]`,
      CancellationReasons: reasons,
    },
  };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
