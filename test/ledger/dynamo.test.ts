import { BatchWriteItemCommand, CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HostName } from '../../lib/core/values/host-name.ts';
import { iso, MINUTE } from '../../lib/core/values/time.ts';
import { dynamoLedger } from '../../lib/ledger/dynamo.ts';
import type { Ledger } from '../../lib/ledger/ledger.ts';
import { type DynamoFault, DynamoStandIn } from '../support/aws/dynamo.ts';
import { START, simulatedClock } from '../support/clock.ts';
import { keep } from '../support/ledger.ts';
import { mapped, shops } from '../support/world.ts';
import { describeLedger } from './contract.ts';

const standIn = new DynamoStandIn();
let client: DynamoDBClient;
let tables = 0;

beforeAll(async () => {
  const endpoint = await standIn.listen();
  const credentials = { accessKeyId: 'testing', secretAccessKey: 'testing' };
  client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
});
afterAll(async () => {
  client.destroy();
  await standIn.close();
});

const table = (): string => `ledger-${tables}`;

/** A ledger in a new table, as the deployment makes it. */
async function open(): Promise<Ledger> {
  tables += 1;
  const TableName = table();
  const AttributeDefinitions = [{ AttributeName: 'id', AttributeType: 'S' as const }];
  const KeySchema = [{ AttributeName: 'id', KeyType: 'HASH' as const }];
  await client.send(
    new CreateTableCommand({ TableName, AttributeDefinitions, KeySchema, BillingMode: 'PAY_PER_REQUEST' }),
  );
  return dynamoLedger(client, TableName, simulatedClock());
}

describeLedger('ledger in DynamoDB', open);

describe('the ledger in DynamoDB', () => {
  const shop = 'shop.example' as HostName;
  const clock = simulatedClock();
  let ledger: Ledger;
  beforeEach(async () => {
    ledger = await open();
    standIn.calls.length = 0;
    standIn.fault = () => undefined;
  });

  it('takes three requests for an event: the lease, the wish, and the last words with the lease', async () => {
    await ledger.acquire({ holder: 'a', now: START, ttlMs: MINUTE, pendingAdds: [] });
    await ledger.recordRequests([mapped(shop, clock)]);
    await ledger.release('a', [], {
      states: new Map([[shop, {}]]),
      application: { removals: { owned: 1, removals: [] } },
    });
    expect(standIn.calls).toEqual(['UpdateItem', 'UpdateItem', 'TransactWriteItems']);
  });

  it('reads 10,000 domains in pages', async () => {
    const state = { seen: seen(1), owned: { id: 1, since: iso(START), by: 'added' as const } };
    const domains = shops(10_000);
    for (let at = 0; at < domains.length; at += 25) {
      const items = domains.slice(at, at + 25).map((id) => ({ id: { S: id }, state: { S: JSON.stringify(state) } }));
      const requests = items.map((Item) => ({ PutRequest: { Item } }));
      await client.send(new BatchWriteItemCommand({ RequestItems: { [table()]: requests } }));
    }
    standIn.calls.length = 0;
    expect((await ledger.readAll()).size).toBe(10_000);
    expect(standIn.calls.every((call) => call === 'Scan')).toBe(true);
    expect(standIn.calls.length).toBeLessThan(10);
  });

  it('drops a hundred records with one transaction, so that none is in the way of another', async () => {
    const domains = shops(99) as HostName[];
    await keep(ledger, { states: new Map(domains.map((domain) => [domain, {}])) });
    await ledger.acquire({ holder: 'a', now: START, ttlMs: MINUTE, pendingAdds: [] });
    standIn.calls.length = 0;
    await ledger.drop(
      'a',
      domains.map((domain) => ({ domain, request: undefined, state: {} })),
    );
    expect(standIn.calls).toEqual(['TransactWriteItems']);
    expect((await ledger.readAll()).size).toBe(0);
  });

  it('waits for a transaction that is in its way, and for DynamoDB when it is asked too much', async () => {
    let conflicts = 6;
    standIn.fault = (operation) => {
      if (conflicts-- <= 0 || conflicts % 2 === 0) return undefined;
      return operation === 'TransactWriteItems' ? 'throttled' : 'conflict';
    };
    expect(await ledger.acquire({ holder: 'a', now: START, ttlMs: MINUTE, pendingAdds: [] })).toMatchObject({
      kind: 'acquired',
    });
    await ledger.recordRequests([mapped(shop, clock)]);
    await ledger.release('a', [], { application: { abort: null } });
    expect(standIn.calls).toHaveLength(6);
    expect(await ledger.readApplication()).toEqual({ abort: null });
  });

  it('is not confused by answers that are lost: the SDK asks again', async () => {
    const doubt = { domain: shop, since: iso(START), until: iso(START + MINUTE) };
    let turn = 0;
    standIn.fault = () => (turn++ % 2 === 0 ? 'lost' : undefined);
    const request = { holder: 'a', now: START, ttlMs: MINUTE, pendingAdds: [doubt] };
    expect(await ledger.acquire(request)).toEqual({ kind: 'acquired', pendingAdds: [], application: {} });
    const records = await ledger.recordRequests([mapped(shop, clock)]);
    expect(records.get(shop)?.request?.kind).toBe('mapped');
    turn = 0;
    await ledger.release('a', [doubt], { states: new Map([[shop, { removedAt: iso(START) }]]) });
    standIn.fault = () => undefined;
    expect((await ledger.read([shop])).get(shop)?.state).toEqual({ removedAt: iso(START) });
    expect(await ledger.acquire({ ...request, holder: 'b' })).toMatchObject({ kind: 'acquired', pendingAdds: [doubt] });
  });

  it('asks again under the same token while DynamoDB does not know what became of a transaction', async () => {
    await ledger.acquire({ holder: 'a', now: START, ttlMs: MINUTE, pendingAdds: [] });
    const faults: (DynamoFault | undefined)[] = ['lost', 'in-progress', 'in-progress', 'in-progress'];
    standIn.fault = (operation) => (operation === 'TransactWriteItems' ? faults.shift() : undefined);
    // It was carried out the first time: as another transaction it would find its lease given back.
    await ledger.release('a', [], { application: { abort: null } });
    expect(await ledger.readApplication()).toEqual({ abort: null });
  });

  it('shows a dropped record to nobody, whether or not its time to live has passed', async () => {
    await keep(ledger, { states: new Map([[shop, { missingSince: iso(START) }]]) });
    await ledger.acquire({ holder: 'a', now: START, ttlMs: MINUTE, pendingAdds: [] });
    await ledger.drop('a', [{ domain: shop, request: undefined, state: {} }]);
    expect((await ledger.readAll()).size).toBe(0);
    expect((await ledger.read([shop])).size).toBe(0);
    // What it remembered does not come back with a new wish.
    expect((await ledger.recordRequests([mapped(shop, clock)])).get(shop)?.state).toEqual({});
  });
});

function seen(id: number) {
  return {
    id,
    name: 'shop.example',
    type: 'alias',
    www: false,
    redirection: 'none',
    wildcard: false,
  };
}
