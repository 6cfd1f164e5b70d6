/**
 * Whatever a door lets in is carried to its end: through the queue, into every ledger, and out of it as it came. What is not
 * understood on the way stays visible.
 */
import { DatabaseSync } from 'node:sqlite';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syncHandler } from '../../functions/sync.ts';
import { answer } from '../../lib/console.ts';
import type { DomainRecord } from '../../lib/core/domain/record.ts';
import { epoch, iso, MINUTE } from '../../lib/core/values/time.ts';
import { webhookReceiver } from '../../lib/intake/delivery.ts';
import { parseMessage } from '../../lib/intake/event.ts';
import { receive } from '../../lib/intake/receive.ts';
import { dynamoLedger } from '../../lib/ledger/dynamo.ts';
import type { Ledger } from '../../lib/ledger/ledger.ts';
import { memoryLedger } from '../../lib/ledger/memory.ts';
import { sqliteLedger } from '../../lib/ledger/sqlite.ts';
import { jsonLog } from '../../lib/util/log.ts';
import { Secret } from '../../lib/util/secret.ts';
import { openQueue, type Queue } from '../../local/queue.ts';
import { signedHeaders } from '../../local/stand-in/network.ts';
import { DynamoStandIn } from '../support/aws/dynamo.ts';
import { START, simulatedClock } from '../support/clock.ts';
import { runsOf } from '../support/property-runs.ts';
import { key } from '../support/webhooks.ts';
import { createWorld } from '../support/world.ts';
import { domains, headerIds, ids, networks, siteIds, times, types } from './odd-input.ts';

const URL_TOKEN = 'MARKED-url-token-0123456789';
const clock = simulatedClock();
const log = jsonLog(clock, () => {});
const standIn = new DynamoStandIn();
let client: DynamoDBClient;
let tables = 0;

beforeAll(async () => {
  const credentials = { accessKeyId: 'testing', secretAccessKey: 'testing' };
  client = new DynamoDBClient({ endpoint: await standIn.listen(), region: 'us-east-1', credentials });
});
afterAll(async () => {
  client.destroy();
  await standIn.close();
});

async function dynamo(): Promise<Ledger> {
  const TableName = `carried-${tables++}`;
  const AttributeDefinitions = [{ AttributeName: 'id', AttributeType: 'S' as const }];
  const KeySchema = [{ AttributeName: 'id', KeyType: 'HASH' as const }];
  await client.send(
    new CreateTableCommand({ TableName, AttributeDefinitions, KeySchema, BillingMode: 'PAY_PER_REQUEST' }),
  );
  return dynamoLedger(client, TableName, clock);
}

function receiver(queue: Queue) {
  const settings = { keys: [key(1)], urlToken: new Secret(URL_TOKEN), network: undefined, publicUrl: undefined };
  return { open: async () => webhookReceiver(settings, queue, clock), clock, log };
}

/** Sends what is in the queue through `sync` into the ledger; returns the records, and how many messages failed. */
async function carry(bodies: readonly string[], ledger: Ledger) {
  const sync = syncHandler(async () => ({ kind: 'unready', why: 'no settings', ledger, clock }), log);
  const Records = bodies.map((body, index) => ({ messageId: String(index), body }));
  const { batchItemFailures } = await sync({ Records }, { getRemainingTimeInMillis: () => MINUTE });
  const back = batchItemFailures.map(({ itemIdentifier }) => parseMessage(bodies[Number(itemIdentifier)] ?? ''));
  // Whether a network counts, only the settings can say, so its first event comes back until they are there.
  const named = back.flatMap((message) => (message.kind === 'event' && message.event.network ? [message.event] : []));
  if (named.length > 0) await ledger.recordRequests(named);
  return { records: [...(await ledger.readAll()).values()], failed: back.length - named.length };
}

/** The records are the same in every ledger, and `sync` is done with all messages. */
async function expectCarried(bodies: readonly string[], ledgers: readonly Ledger[]): Promise<readonly DomainRecord[]> {
  const [first, ...others] = await Promise.all(ledgers.map(async (ledger) => carry(bodies, ledger)));
  expect(first?.failed).toBe(0);
  for (const other of others) expect(byDomain(other.records)).toEqual(byDomain(first?.records ?? []));
  return first?.records ?? [];
}

function byDomain(records: readonly DomainRecord[]): DomainRecord[] {
  return records.toSorted((a, b) => (a.domain < b.domain ? -1 : 1));
}

async function post(queue: Queue, body: string, id: string) {
  const headers = signedHeaders(key(1), body, clock.now(), id);
  return receive({ method: 'POST', path: '/webhooks', headers, body: Buffer.from(body) }, receiver(queue));
}

/** A queue of its own, and what is in it. */
function openOwnQueue() {
  const queue = openQueue(new DatabaseSync(':memory:'), clock);
  return { queue, bodies: () => queue.receive(100, MINUTE).map(({ body }) => body) };
}

describe('what the door lets in', () => {
  const body = fc.record(
    {
      type: types,
      timestamp: times,
      data: fc.record({ domain: domains, siteId: siteIds, network: networks }, { requiredKeys: ['domain'] }),
    },
    { requiredKeys: ['type', 'data'] },
  );

  it('by a signature is understood by the queue, and the same in every ledger', async () => {
    const table = await dynamo();
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(body, headerIds, async (given, id) => {
        const { queue, bodies } = openOwnQueue();
        const response = await post(queue, JSON.stringify(given), id);
        expect([202, 400, 401]).toContain(response.status);
        const queued = bodies();
        expect(queued).toHaveLength(response.status === 202 ? 1 : 0);
        if (response.status !== 202) return;
        accepted += 1;
        const [record] = await expectCarried(queued, [memoryLedger(), sqliteLedger(new DatabaseSync(':memory:'))]);
        expect(record).toMatchObject({ domain: response.body['domain'], request: { eventId: id } });
        await carry(queued, table);
      }),
      runsOf('deliveries'),
    );
    expect(accepted).toBeGreaterThan(10);
    const stored = [...(await table.readAll()).values()];
    expect(stored.length).toBeGreaterThan(3);
    for (const { request } of stored) expect(iso(epoch(request?.occurredAt ?? iso(0)))).toBe(request?.occurredAt);
  });

  it('of events on the bus is the same in every ledger, whatever the order of what happened at once', async () => {
    const detail = fc.record(
      { id: ids, domain: fc.constantFrom('shop.example', 'www.shop.example'), siteId: siteIds, occurredAt: times },
      { requiredKeys: ['domain'] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(types, detail), { minLength: 1, maxLength: 4 }), async (events) => {
        const bodies = events.map(([type, given], index) =>
          JSON.stringify({ id: `bus-${index}`, 'detail-type': type, time: iso(clock.now()), detail: given }),
        );
        const understood = bodies.filter((text) => parseMessage(text).kind === 'event');
        await expectCarried(understood, [memoryLedger(), sqliteLedger(new DatabaseSync(':memory:')), await dynamo()]);
      }),
      runsOf('events in every ledger'),
    );
  });

  it("by the plugin's secret address is understood too, whatever the date of its row", async () => {
    const dates = fc.oneof(
      fc.constantFrom('0000-00-00 00:00:00', '0000-01-01 00:00:00', '1969-12-31 23:59:59', '9999-12-31 23:59:59', null),
      fc.constantFrom('2026-11-22 06:16:40', '2026-02-30 00:00:00', ''),
    );
    const payload = fc.record({
      domain_id: fc.constantFrom<unknown>(3, '3', '9'.repeat(400)),
      domain_domain: domains,
      domain_site_id: siteIds,
      domain_date_created: dates,
    });
    await fc.assert(
      fc.asyncProperty(payload, async (given) => {
        const { queue, bodies } = openOwnQueue();
        const path = `/webhooks/ultimate-multisite/${URL_TOKEN}`;
        const headers = { 'content-type': 'application/json' };
        const sent = Buffer.from(JSON.stringify(given));
        const { status } = await receive({ method: 'POST', path, headers, body: sent }, receiver(queue));
        const queued = bodies();
        expect(queued).toHaveLength(status === 202 ? 1 : 0);
        await expectCarried(queued, [memoryLedger(), sqliteLedger(new DatabaseSync(':memory:'))]);
      }),
      runsOf('deliveries'),
    );
  });

  it('of the console is recorded as it was asked for', async () => {
    const world = await createWorld({ settings: { policy: 'observe' } });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('map', 'unmap'), domains, async (action, domain) => {
        const { summary } = await answer(world, { action, domain }, world.clock.now() + MINUTE);
        expect(summary).toMatch(/It is recorded that|refused/);
      }),
      runsOf('events in every ledger'),
    );
    for (const { domain, request } of (await world.ledger.readAll()).values()) {
      if (!request) continue;
      expect(iso(epoch(request.occurredAt))).toBe(request.occurredAt);
      expect(domain).toMatch(/^[a-z0-9.-]{3,253}$/);
    }
  });
});

describe('a time', () => {
  const bodyAt = (timestamp: unknown) =>
    JSON.stringify({ type: 'domain.mapped', timestamp, data: { domain: 'shop.example' } });

  it.each([
    ['of the year -1 in UTC', '0000-01-01T00:00:00+01:00'],
    ['of the year 0', '0000-06-01T00:00:00Z'],
    ['before 1970', '1969-12-31T23:59:59.999Z'],
    ['before 1970 in UTC alone', '1970-01-01T00:59:59+01:00'],
    ['beyond the year 9999 in UTC', '9999-12-31T23:59:59-01:00'],
    ['of a leap second', '2016-12-31T23:59:60Z'],
    ['with a t in lower case', '2026-11-22t08:00:00Z'],
    ['with a z in lower case', '2026-11-22T08:00:00z'],
    ['without seconds', '2026-11-22T08:00Z'],
    ['without a zone', '2026-11-22T08:00:00'],
    ['that is a number', START],
  ])('%s is refused with 400, and nothing is queued', async (_name, timestamp) => {
    const { queue, bodies } = openOwnQueue();
    const { status, body } = await post(queue, bodyAt(timestamp), 'msg_1');
    expect(status).toBe(400);
    expect(body['why']).toMatch(/timestamp must be an ISO time with its zone.*1970 to 9999|more than 5 minutes ahead/);
    expect(bodies()).toEqual([]);
  });

  it.each([
    ['the first', '1970-01-01T01:00:00+01:00', '1970-01-01T00:00:00.000Z'],
    ['one with many digits', '2026-11-22T07:59:59.9999999Z', '2026-11-22T07:59:59.999Z'],
  ])('%s that can be stored is taken', async (_name, timestamp, occurredAt) => {
    const { queue, bodies } = openOwnQueue();
    expect((await post(queue, bodyAt(timestamp), 'msg_1')).status).toBe(202);
    const [record] = await expectCarried(bodies(), [memoryLedger()]);
    expect(record?.request?.occurredAt).toBe(occurredAt);
  });

  it('of an event that was put on the bus by hand is refused in the same words', () => {
    const detail = { domain: 'shop.example', occurredAt: '0000-01-01T00:00:00+01:00' };
    const message = { id: 'bus', 'detail-type': 'domain.mapped', time: iso(START), detail };
    expect(parseMessage(JSON.stringify(message))).toEqual({
      kind: 'malformed',
      why: expect.stringMatching(/detail\.occurredAt must be an ISO time .* in the years 1970 to 9999/),
    });
  });
});

describe('the id of an event', () => {
  it.each(['é', '\u{1f600}', '\ud800', '\u0000', 'x'.repeat(257), ''])(
    '%j is no id, so an event on the bus that gives it has that of the bus',
    (id) => {
      const message = {
        id: 'bus',
        'detail-type': 'domain.mapped',
        time: iso(START),
        detail: { id, domain: 'a.example' },
      };
      expect(parseMessage(JSON.stringify(message))).toMatchObject({ event: { request: { eventId: 'bus' } } });
    },
  );

  it('of a webhook is refused where not every ledger would sort it alike', async () => {
    const { queue } = openOwnQueue();
    const body = JSON.stringify({ type: 'domain.mapped', data: { domain: 'shop.example' } });
    expect((await post(queue, body, 'msg_é')).body['why']).toMatch(/webhook-id is not of 1 to 256 printable ASCII/);
    expect((await post(queue, body, `${'~ '.repeat(127)}~~`)).status).toBe(202);
  });
});
