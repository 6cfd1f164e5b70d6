import {
  type AttributeValue,
  BatchWriteItemCommand,
  CreateTableCommand,
  DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DomainRecord } from '../../lib/core/domain/record.ts';
import type { HostName } from '../../lib/core/values/host-name.ts';
import { DAY, iso, MINUTE } from '../../lib/core/values/time.ts';
import { dynamoLedger } from '../../lib/ledger/dynamo.ts';
import { LeaseLostError, type Ledger, type Records } from '../../lib/ledger/ledger.ts';
import { NewerLedgerError, SCHEMA } from '../../lib/ledger/schema.ts';
import { type DynamoFault, DynamoStandIn } from '../support/aws/dynamo.ts';
import { Process010 } from '../support/aws/dynamo-0.1.0.ts';
import { START, simulatedClock } from '../support/clock.ts';
import { keep } from '../support/ledger.ts';
import { APPLICATION_STATE, LEASE_END, PENDING_ADDS, RECORDS } from '../support/ledger-0.1.0.ts';
import { Died } from '../support/mortal.ts';
import { mapped, shops, unmapped } from '../support/world.ts';
import { describeLedger } from './contract.ts';
import { fillTable010 } from './table-0.1.0.ts';
import { describeUpgrades, type Stored } from './upgrade-contract.ts';

const standIn = new DynamoStandIn();
let endpoint: string;
let client: DynamoDBClient;
let tables = 0;

function connect(): DynamoDBClient {
  const credentials = { accessKeyId: 'testing', secretAccessKey: 'testing' };
  return new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
}

beforeAll(async () => {
  endpoint = await standIn.listen();
  client = connect();
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

/** A table with the items that 0.1.0 wrote. */
async function copy010(): Promise<Stored> {
  await open();
  return fillTable010(client, table());
}

describeUpgrades('ledger in DynamoDB', copy010);

describe('a table of 0.1.0', () => {
  const ttlMs = MINUTE;
  const after = { now: LEASE_END, ttlMs, pendingAdds: [] };
  const full = 'full.example' as HostName;
  const fresh = 'fresh.example' as HostName;
  let stored: Stored;
  let old: Process010;
  beforeEach(async () => {
    stored = await copy010();
    old = new Process010(client, table(), 'old');
    standIn.calls.length = 0;
    standIn.fault = () => undefined;
  });

  it('costs three requests more than others, once', async () => {
    const ledger = stored.open();
    await ledger.acquire({ ...after, holder: 'a' });
    expect(standIn.calls).toEqual(['UpdateItem', 'GetItem', 'UpdateItem', 'UpdateItem']);
    await ledger.release('a', [], {});
    standIn.calls.length = 0;
    await ledger.acquire({ ...after, holder: 'b' });
    expect(standIn.calls).toEqual(['UpdateItem']);
  });

  it('loses nothing when whoever brings it up to date dies at any request, before it or after', async () => {
    let deaths = 0;
    for (let isDone = false; !isDone; ) {
      const [mine, at] = [await copy010(), deaths];
      let asked = 0;
      const died = (): boolean => asked > at;
      // Even deaths are before a request reaches DynamoDB, odd ones after.
      const dying = connect();
      dying.middlewareStack.add(
        (next) => async (args) => {
          if (died() || asked++ >= at) throw new Died('before');
          const result = await next(args);
          if (asked++ >= at) throw new Died('after');
          return result;
        },
        { step: 'initialize' },
      );
      const ledger = dynamoLedger(dying, table(), simulatedClock());
      const pendingAdds = [{ domain: fresh, since: iso(LEASE_END), until: iso(LEASE_END + ttlMs) }];
      try {
        await ledger.acquire({ ...after, holder: 'dying', pendingAdds });
        const states = RECORDS.map(({ domain, state }) => [domain, state] as const);
        await ledger.save('dying', { states: new Map(states.slice(0, 4)), application: APPLICATION_STATE });
        await ledger.release('dying', PENDING_ADDS, { states: new Map(states.slice(4)) });
        isDone = true;
      } catch (error) {
        expect(error).toBeInstanceOf(Died);
        deaths += 1;
      }
      dying.destroy();
      // An event comes in between, from whoever holds no lease.
      const event = mapped(fresh, simulatedClock());
      await mine.open().recordRequests([event]);
      const answer = await mine.open().acquire({ ...after, now: LEASE_END + ttlMs, holder: 'next' });
      expect(answer).toEqual({
        kind: 'acquired',
        application: APPLICATION_STATE,
        pendingAdds: expect.arrayContaining([...PENDING_ADDS]),
      });
      const records = await mine.open().readAll();
      expect(records.get(fresh)?.request).toEqual(event.request);
      expect(RECORDS.map(({ domain }) => records.get(domain))).toEqual(RECORDS);
    }
    // Before and after each of six requests, the first of which is refused and has no after.
    expect(deaths).toBe(11);
  });

  it('is brought up to date by one of two that come at once', async () => {
    const ledgers = [stored.open(), stored.open()];
    const answers = await Promise.all(
      ledgers.map(async (each, index) => each.acquire({ ...after, holder: `${index}` })),
    );
    expect(answers.map(({ kind }) => kind).toSorted()).toEqual(['acquired', 'busy']);
    expect(await stored.open().readApplication()).toEqual(APPLICATION_STATE);
  });

  it('is not touched any more by who was so slow at it that another took the lease', async () => {
    const slow = connect();
    let requests = 0;
    slow.middlewareStack.add(
      (next) => async (args) => {
        // Between taking the lease and bringing the item up to date.
        if (++requests === 4) {
          const ledger = stored.open();
          await ledger.acquire({ ...after, now: LEASE_END + ttlMs, holder: 'other' });
          await ledger.save('other', { application: { abort: null } });
        }
        return next(args);
      },
      { step: 'initialize' },
    );
    const ledger = dynamoLedger(slow, table(), simulatedClock());
    await expect(ledger.acquire({ ...after, holder: 'slow' })).rejects.toThrow(LeaseLostError);
    expect(await stored.open().readApplication()).toEqual({ ...APPLICATION_STATE, abort: null });
    slow.destroy();
  });

  it('is left to a 0.1.0 that holds the lease, and taken over with what that wrote last', async () => {
    const ledger = stored.open();
    expect(await old.acquire(LEASE_END, ttlMs)).toBe(true);
    expect(await ledger.acquire({ ...after, holder: 'new' })).toEqual({
      kind: 'busy',
      until: iso(LEASE_END + ttlMs),
    });
    const dueAt = iso(LEASE_END);
    const state = JSON.stringify({ trouble: { attempts: 1, dueAt, why: 'w', whatToDo: 't', under: 'u' } });
    expect(await old.release(full, state, ['tally', '{"owned":7,"removals":[]}'])).toBe(true);
    expect(await ledger.acquire({ ...after, holder: 'new' })).toMatchObject({
      kind: 'acquired',
      pendingAdds: PENDING_ADDS,
      application: { ...APPLICATION_STATE, removals: { owned: 7, removals: [] } },
    });
    expect((await ledger.read([full])).get(full)?.state).toEqual({
      failure: { attempts: 1, dueAt, why: 'w', whatToDo: 't', requestOrder: 'u' },
    });
  });

  it('shows a 0.1.0 that holds the lease the events that others record, so that it drops none of them', async () => {
    const event = mapped(fresh, simulatedClock());
    await old.acquire(LEASE_END, ttlMs);
    const ledger = stored.open();
    await ledger.acquire({ ...after, holder: 'new' });
    await ledger.recordRequests([event]);
    expect(await old.wish(fresh)).toBe(JSON.stringify(event.request));
  });

  it('is out of reach for a 0.1.0 once it was taken over, for ever', async () => {
    const ledger = stored.open();
    expect(await old.acquire(LEASE_END, ttlMs)).toBe(true);
    const later = LEASE_END + ttlMs;
    expect(await ledger.acquire({ ...after, now: later, holder: 'new' })).toMatchObject({ kind: 'acquired' });
    // Its lease has run out, and it does not know yet.
    expect(await old.release(full, '{}', ['tally', '{"owned":0,"removals":[]}'])).toBe(false);
    const far = later + 1_000 * DAY;
    expect(await old.acquire(far, ttlMs)).toBe(false);
    await ledger.release('new', [], {});
    expect(await old.acquire(far, ttlMs)).toBe(false);
    // It does not stumble over what it finds there.
    expect(await old.notes()).toMatchObject({ network: APPLICATION_STATE.network });
    expect(sorted(await ledger.readAll())).toEqual(RECORDS);
    expect(await ledger.readApplication()).toEqual(APPLICATION_STATE);
  });

  it('takes the events that a 0.1.0 goes on recording: the newest request holds, whoever wrote it', async () => {
    const clock = simulatedClock(LEASE_END);
    const ledger = stored.open();
    const byOld = mapped(fresh, clock);
    clock.advance(MINUTE);
    const byNew = unmapped(fresh, clock);
    await ledger.acquire({ ...after, holder: 'new' });
    await ledger.recordRequests([byNew]);
    // Late, and in vain: 0.1.0 sees nothing newer under the name it knows.
    expect(await old.record(byOld)).toBe(true);
    expect((await ledger.read([fresh])).get(fresh)?.request).toEqual(byNew.request);
    clock.advance(MINUTE);
    const newest = mapped(fresh, clock);
    expect(await old.record(newest)).toBe(true);
    expect((await ledger.readAll()).get(fresh)?.request).toEqual(newest.request);
    expect((await ledger.recordRequests([byNew])).get(fresh)?.request).toEqual(newest.request);
    // What was read before that is not dropped.
    await ledger.drop('new', [{ domain: fresh, request: byNew.request, state: {} }]);
    expect((await ledger.read([fresh])).get(fresh)?.request).toEqual(newest.request);
    await ledger.drop('new', [{ domain: fresh, request: newest.request, state: {} }]);
    expect((await ledger.read([fresh])).size).toBe(0);
  });

  it('keeps nothing under the names of 0.1.0 once an event and a run have been over a domain', async () => {
    const ledger = stored.open();
    await ledger.acquire({ ...after, holder: 'new' });
    await ledger.recordRequests([mapped(full, simulatedClock(LEASE_END))]);
    await ledger.release('new', [], { states: new Map([[full, { removedAt: iso(START) }]]) });
    const content = (await stored.content()) as readonly Record<string, unknown>[];
    const names = (id: string) => Object.keys(content.find((item) => (item['id'] as { S: string }).S === id) ?? {});
    expect(names(full).toSorted()).toEqual(['id', 'request', 'requestOrder', 'schema', 'state']);
    expect(names('application').toSorted()).toEqual(
      ['id', 'schema', 'readBy', 'holder', 'until', 'pendingAdds', ...Object.keys(APPLICATION_STATE)].toSorted(),
    );
  });

  it.each([
    ['a number', { N: '0' }],
    ['a text', { S: '0' }],
  ])('gives up a lease whose "until" somebody sets to 0 by hand, as %s, whatever its form', async (_, until) => {
    const set = async (): Promise<void> => {
      const change = {
        UpdateExpression: 'SET #until = :until',
        ExpressionAttributeNames: { '#until': 'until' },
        ExpressionAttributeValues: { ':until': until as AttributeValue },
      };
      await client.send(new UpdateItemCommand({ TableName: table(), Key: { id: { S: 'application' } }, ...change }));
    };
    const ledger = stored.open();
    const before = { ...after, now: START };
    expect(await ledger.acquire({ ...before, holder: 'a' })).toMatchObject({ kind: 'busy' });
    await set();
    expect(await ledger.leaseUntil()).toBeUndefined();
    expect(await ledger.acquire({ ...before, holder: 'a' })).toMatchObject({ kind: 'acquired' });
    expect(await ledger.acquire({ ...before, holder: 'b' })).toMatchObject({ kind: 'busy' });
    await set();
    expect(await ledger.acquire({ ...before, holder: 'b' })).toMatchObject({ kind: 'acquired' });
  });
});

describe('a table that becomes newer while a process is at it', () => {
  const shop = 'shop.example' as HostName;
  const clock = simulatedClock();

  it('refuses the events that come without a lease, at the latest after a minute', async () => {
    const stored = await copy010();
    const ledger = dynamoLedger(client, table(), clock);
    await ledger.acquire({ holder: 'a', now: LEASE_END, ttlMs: MINUTE, pendingAdds: [] });
    standIn.calls.length = 0;
    await ledger.recordRequests([mapped(shop, clock)]);
    expect(standIn.calls).toEqual(['UpdateItem']);
    await stored.claim(SCHEMA + 1, '9.8.0');
    clock.advance(MINUTE);
    const content = await stored.content();
    await expect(ledger.recordRequests([mapped(shop, clock)])).rejects.toThrow(NewerLedgerError);
    expect(await stored.content()).toEqual(content);
  });

  it('lets no event into the item of a domain that is newer already', async () => {
    const stored = await copy010();
    const ledger = dynamoLedger(client, table(), clock);
    await ledger.acquire({ holder: 'a', now: LEASE_END, ttlMs: MINUTE, pendingAdds: [] });
    const Item = { id: { S: shop }, schema: { N: String(SCHEMA + 1) }, state: { S: '{"later":true}' } };
    await client.send(new PutItemCommand({ TableName: table(), Item }));
    const content = await stored.content();
    await expect(ledger.recordRequests([mapped(shop, clock)])).rejects.toThrow(NewerLedgerError);
    await expect(ledger.read([shop])).rejects.toThrow(NewerLedgerError);
    expect(await stored.content()).toEqual(content);
  });
});

describe('the ledger in DynamoDB', () => {
  const shop = 'shop.example' as HostName;
  const clock = simulatedClock();
  let ledger: Ledger;
  beforeEach(async () => {
    ledger = await open();
    standIn.calls.length = 0;
    standIn.fault = () => undefined;
  });

  it('takes three requests for an event: the lease, the request, and the last words with the lease', async () => {
    await ledger.acquire({ holder: 'a', now: START, ttlMs: MINUTE, pendingAdds: [] });
    await ledger.recordRequests([mapped(shop, clock)]);
    await ledger.release('a', [], {
      states: new Map([[shop, {}]]),
      application: { removals: { owned: 1, removals: [] } },
    });
    expect(standIn.calls).toEqual(['UpdateItem', 'UpdateItem', 'TransactWriteItems']);
  });

  it('reads a table of several pages', async () => {
    // 600 items of 5,000 bytes, of which a page of DynamoDB, 1 MB, holds 200.
    const state = { seen: seen(1), owned: { id: 1, since: iso(START), by: 'added' as const } };
    const domains = shops(600);
    for (let at = 0; at < domains.length; at += 25) {
      const items = domains
        .slice(at, at + 25)
        .map((id) => ({ id: { S: id }, state: { S: JSON.stringify(state) }, notOurs: { S: 'x'.repeat(4_700) } }));
      const requests = items.map((Item) => ({ PutRequest: { Item } }));
      await client.send(new BatchWriteItemCommand({ RequestItems: { [table()]: requests } }));
    }
    standIn.calls.length = 0;
    expect((await ledger.readAll()).size).toBe(600);
    expect(standIn.calls).toEqual(['Scan', 'Scan', 'Scan']);
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

  it('reads on where DynamoDB leaves keys unread, and gives up where it never reads them', async () => {
    const ledger = await open();
    const clock = simulatedClock();
    await ledger.recordRequests(shops(3).map((name) => mapped(name, clock)));
    let left = 3;
    standIn.fault = (operation) => (operation === 'BatchGetItem' && left-- > 0 ? 'unprocessed' : undefined);
    const names = shops(3) as HostName[];
    expect((await ledger.read(names)).size).toBe(3);
    left = Number.POSITIVE_INFINITY;
    const asked = standIn.calls.length;
    await expect(ledger.read(names)).rejects.toThrow(/^DynamoDB left 4 items of the ledger unread.*throttled\.$/);
    expect(standIn.calls.length - asked).toBe(10);
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
    // What it remembered does not come back with a new request.
    expect((await ledger.recordRequests([mapped(shop, clock)])).get(shop)?.state).toEqual({});
  });
});

function sorted(records: Records): readonly DomainRecord[] {
  return [...records.values()].sort((a, b) => (a.domain < b.domain ? -1 : 1));
}

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
