/**
 * The ledger in one DynamoDB table: an item for each domain, and one for the application with the lease and the notes.
 *
 * An event costs three requests: the lease is taken, the request is recorded, and the lease is given back together with what
 * came of it, in one transaction. Where something is to be told of it, that is saved before, which costs one more. One that names its
 * network costs another, which reads the network on record, and a removal two: its request is read again, and the removal recorded before it is sent. Whatever only the holder of the lease may do is done on condition that it holds it.
 */
import {
  type AttributeValue,
  BatchGetItemCommand,
  type DynamoDBClient,
  paginateScan,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { type MappingRequest, requestOrder, supersedes } from '../core/domain/mapping-request.ts';
import type { DomainRecord } from '../core/domain/record.ts';
import type { HostName } from '../core/values/host-name.ts';
import { DAY, iso } from '../core/values/time.ts';
import type { Clock } from '../util/clock.ts';
import {
  APPLICATION,
  applicationOf,
  GIVEN_BACK,
  type Item,
  isDropped,
  json,
  leaseEnd,
  REQUEST,
  REQUEST_OF_FORM_1,
  TODAYS,
  toRecord,
} from './dynamo-items.ts';
import { acquireLease, heldBy } from './dynamo-lease.ts';
import { type Change, FIRST_PAUSE_MS, reasonsOf } from './dynamo-requests.ts';
import { DynamoTable } from './dynamo-table.ts';
import { type Changes, type Ledger, ONE_WRITE, type Records } from './ledger.ts';

// At most 100 items in a transaction or a batch: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
const MOST_AT_ONCE = 100;
// After the pauses before it, 13 s in all: a run of `sync` has two minutes, and its messages come back.
const LONGEST_UNPROCESSED_PAUSE_MS = 6_400;
const UPDATES_AT_ONCE = 25;
// For people a dropped record stays in the table until DynamoDB's time to live takes it away.
const DROPPED_KEPT_MS = 30 * DAY;
const ORDERS = [REQUEST.order, REQUEST_OF_FORM_1.order];
const HAS_NO_REQUEST = ORDERS.map((order) => `attribute_not_exists(#${order})`).join(' AND ');
const IS_NEWER = ORDERS.map((order) => `(attribute_not_exists(#${order}) OR #${order} < :order)`).join(' AND ');
/** The newest is this one. */
const IS_STILL =
  `(${ORDERS.map((order) => `#${order} = :order`).join(' OR ')}) AND ` +
  ORDERS.map((order) => `(attribute_not_exists(#${order}) OR #${order} <= :order)`).join(' AND ');
const IS_KNOWN = '(attribute_not_exists(#schema) OR #schema <= :newest)';

/** `name` is that of a table with the key `id` and the time to live `expiresAt`. */
export function dynamoLedger(client: DynamoDBClient, name: string, clock: Clock): Ledger {
  const table = new DynamoTable(client, name, clock);

  /** What does not fit in one transaction is written before; the last one takes the notes and `last` with it. */
  const keep = async (
    holder: string,
    { states = new Map(), application = {} }: Changes,
    last: Item = {},
  ): Promise<void> => {
    const writes = [...states].map(([domain, state]) =>
      table.part(domain, { set: { ...TODAYS, state: json(state) }, remove: ['expiresAt'] }),
    );
    const parts = inParts(writes, ONE_WRITE);
    const lastPart = parts.pop() ?? [];
    for (const part of parts) await table.transact({}, part, holder);
    const named = Object.entries(application).map(([name, value]) => [name, json(value)]);
    await table.transact({ set: { ...Object.fromEntries(named), ...last } }, lastPart, holder);
  };

  /** Under the names that whoever holds the lease reads: a 0.1.0 at work does not know today's, and would drop the record. */
  const recordRequest = async (
    domain: HostName,
    request: MappingRequest,
    schema: number,
  ): Promise<DomainRecord | undefined> => {
    const order = { S: requestOrder(request) };
    const names = schema === 1 ? REQUEST_OF_FORM_1 : REQUEST;
    const outdated = schema === 1 ? [] : Object.values(REQUEST_OF_FORM_1);
    const change: Change = {
      set: { [names.request]: json(request), [names.order]: order },
      remove: ['expiresAt', ...outdated],
      condition: `${IS_KNOWN} AND ${IS_NEWER}`,
      values: { ':order': order, ':newest': TODAYS.schema },
    };
    const item = await table.update(domain, change, 'ALL_NEW');
    return item && toRecord(item);
  };

  const dropItem = ({ domain, request }: DomainRecord): TransactWriteItem => {
    const expiresAt = { N: String(Math.floor((clock.now() + DROPPED_KEPT_MS) / 1_000)) };
    return table.part(domain, {
      set: { ...TODAYS, expiresAt, state: json({}) },
      ...(request
        ? { condition: IS_STILL, values: { ':order': { S: requestOrder(request) } } }
        : { condition: HAS_NO_REQUEST }),
    });
  };

  /** All in one transaction: several at once would meet at the item of the application, and refuse each other. */
  const dropTogether = async (holder: string, records: readonly DomainRecord[]): Promise<void> => {
    let rest = records;
    while (rest.length > 0) {
      try {
        return await table.transact({}, rest.map(dropItem), holder);
      } catch (error) {
        const reasons = reasonsOf(error).slice(1);
        const standing = rest.filter((_, index) => reasons[index] !== 'ConditionalCheckFailed');
        if (standing.length === rest.length) throw error;
        // Those that were asked for meanwhile stay.
        rest = standing;
      }
    }
  };

  /** @throws NewerLedgerError */
  const put = (records: Map<HostName, DomainRecord>, item: Item): void => {
    if (item['id']?.S === APPLICATION) table.noteSchema(item);
    else if (!isDropped(item)) records.set(item['id']?.S as HostName, toRecord(item));
  };

  /** Each batch asks for the application's item too, for its schema. */
  const read = async (domains: readonly HostName[]): Promise<Map<HostName, DomainRecord>> => {
    const records = new Map<HostName, DomainRecord>();
    for (const part of inParts([...new Set(domains)], MOST_AT_ONCE - 1)) {
      let keys: Record<string, AttributeValue>[] = [APPLICATION, ...part].map((id) => ({ id: { S: id } }));
      for (let pauseMs = FIRST_PAUSE_MS; keys.length > 0; pauseMs *= 2) {
        const RequestItems = { [name]: { Keys: keys, ConsistentRead: true } };
        const { Responses, UnprocessedKeys } = await client.send(new BatchGetItemCommand({ RequestItems }));
        for (const item of Responses?.[name] ?? []) put(records, item);
        keys = UnprocessedKeys?.[name]?.Keys ?? [];
        if (keys.length > 0 && pauseMs > LONGEST_UNPROCESSED_PAUSE_MS) {
          throw new Error(
            `DynamoDB left ${keys.length} items of the ledger unread, however often it was asked: it is overloaded, or the table is throttled.`,
          );
        }
        if (keys.length > 0) await clock.sleep(pauseMs);
      }
    }
    return records;
  };

  return {
    async recordRequests(events) {
      const newest = new Map<HostName, MappingRequest>();
      for (const { domain, request } of events)
        if (supersedes(request, newest.get(domain))) newest.set(domain, request);
      const schema = await table.schema();
      const records = new Map<HostName, DomainRecord>();
      const superseded: HostName[] = [];
      for (const part of inParts([...newest], UPDATES_AT_ONCE)) {
        const recorded = await Promise.all(
          part.map(async ([domain, request]) => recordRequest(domain, request, schema)),
        );
        for (const [index, record] of recorded.entries()) {
          if (record) records.set(record.domain, record);
          else superseded.push((part[index] as [HostName, MappingRequest])[0]);
        }
      }
      for (const [domain, record] of await read(superseded)) records.set(domain, record);
      return records;
    },
    async redate({ domain, request }, occurredAt) {
      if (!request) return;
      const schema = await table.schema();
      const redated = { ...request, occurredAt };
      const names = schema === 1 ? REQUEST_OF_FORM_1 : REQUEST;
      const change: Change = {
        set: { [names.request]: json(redated), [names.order]: { S: requestOrder(redated) } },
        remove: schema === 1 ? [] : Object.values(REQUEST_OF_FORM_1),
        condition: `${IS_KNOWN} AND ${IS_STILL}`,
        values: { ':order': { S: requestOrder(request) }, ':newest': TODAYS.schema },
      };
      await table.update(domain, change, 'ALL_NEW');
    },
    read,
    async readAll(): Promise<Records> {
      const records = new Map<HostName, DomainRecord>();
      for await (const { Items = [] } of paginateScan({ client }, { TableName: name, ConsistentRead: true })) {
        for (const item of Items) put(records, item);
      }
      return records;
    },
    readApplication: async () => applicationOf(await table.readApplication()),
    async leaseUntil() {
      const end = leaseEnd(await table.readApplication());
      return end > 0 ? iso(end) : undefined;
    },
    acquire: async (request) => acquireLease(table, request),
    async renew({ holder, now, ttlMs, pendingAdds }) {
      const { until } = heldBy(holder, now + ttlMs);
      await table.transact({ set: { until, pendingAdds: { L: pendingAdds.map(json) } } }, [], holder);
    },
    save: async (holder, changes) => keep(holder, changes),
    async drop(holder, records) {
      for (const part of inParts(records, MOST_AT_ONCE - 1)) await dropTogether(holder, part);
    },
    async release(holder, pendingAdds, last) {
      const givenBack = { holder: { S: '' }, until: { S: GIVEN_BACK } };
      await keep(holder, last, { ...givenBack, pendingAdds: { L: pendingAdds.map(json) } });
    },
  };
}

function inParts<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, part) => all.slice(part * size, (part + 1) * size));
}
