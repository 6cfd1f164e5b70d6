/**
 * DynamoDB in this process: dynalite, and before it what dynalite lacks: transactions, and faults when they are wanted.
 * One request is worked on at a time, which makes a transaction all or nothing.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';

type Body = Record<string, unknown>;
type Reply = { readonly status: number; readonly body: Body };
type TransactItem = { readonly Update?: Body; readonly ConditionCheck?: Body };

/** `conflict`: refused because of another transaction. `lost`: carried out, and the connection breaks before the answer. */
export type DynamoFault = 'conflict' | 'lost';

const REFUSED = 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException';

export class DynamoStandIn {
  readonly #dynalite = dynalite({ createTableMs: 0 });
  readonly #server: Server;
  readonly #carriedOut = new Set<string>();
  #last: Promise<unknown> = Promise.resolve();
  #inner = '';
  /** Operations that were asked for, in order, as in `UpdateItem`. */
  readonly calls: string[] = [];
  /** Asked for each request; `undefined` lets it pass. */
  fault: (operation: string) => DynamoFault | undefined = () => undefined;

  constructor() {
    this.#server = createServer((request, response) => {
      this.#last = this.#last
        .then(async () => this.#answer(request, response))
        .catch((error: unknown) => response.destroy(error as Error));
    });
  }

  /** Listens; returns the address for AWS_ENDPOINT_URL. */
  async listen(): Promise<string> {
    this.#inner = await listen(this.#dynalite);
    return listen(this.#server);
  }

  async close(): Promise<void> {
    for (const server of [this.#server, this.#dynalite]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body: Body = JSON.parse(Buffer.concat(parts).toString() || '{}');
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    this.calls.push(operation);
    const fault = this.fault(operation);
    const reply =
      fault === 'conflict'
        ? conflict(operation)
        : operation === 'TransactWriteItems'
          ? await this.#transact(body, request)
          : await this.#forward(operation, body, request);
    if (fault === 'lost') response.destroy();
    else
      response
        .writeHead(reply.status, { 'content-type': 'application/x-amz-json-1.0' })
        .end(JSON.stringify(reply.body));
  }

  async #transact(body: Body, request: IncomingMessage): Promise<Reply> {
    const token = String(body['ClientRequestToken']);
    if (this.#carriedOut.has(token)) return { status: 200, body: {} };
    const items = body['TransactItems'] as readonly TransactItem[];
    const before: Reply[] = [];
    const replies: Reply[] = [];
    for (const { Update, ConditionCheck } of items) {
      const item = Update ?? ConditionCheck ?? {};
      const { TableName, Key } = item;
      before.push(await this.#forward('GetItem', { TableName, Key, ConsistentRead: true }, request));
      replies.push(await this.#forward('UpdateItem', item, request));
    }
    const refused = replies.some((reply) => reply.status !== 200);
    for (const [index, { Update, ConditionCheck }] of items.entries()) {
      const { TableName, Key } = Update ?? ConditionCheck ?? {};
      const Item = before[index]?.body['Item'];
      if (!refused && Update) continue;
      if (Item) await this.#forward('PutItem', { TableName, Item }, request);
      else await this.#forward('DeleteItem', { TableName, Key }, request);
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

  async #forward(operation: string, body: Body, { headers }: IncomingMessage): Promise<Reply> {
    const answer = await fetch(this.#inner, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDB_20120810.${operation}`,
        authorization: headers.authorization ?? '',
        'x-amz-date': String(headers['x-amz-date'] ?? ''),
      },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: (await answer.json()) as Body };
  }
}

function conflict(operation: string): Reply {
  if (operation === 'TransactWriteItems') return cancelled([{ Code: 'TransactionConflict' }, { Code: 'None' }]);
  return {
    status: 400,
    body: {
      __type: 'com.amazonaws.dynamodb.v20120810#TransactionConflictException',
      message: 'Transaction is ongoing for the item',
    },
  };
}

function cancelled(reasons: readonly { readonly Code: string }[]): Reply {
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
