/**
 * The ledger in one DynamoDB table: an item for each domain, and one for the application with the lease and the notes.
 *
 * An event costs three requests: the lease is taken, the wish is recorded, and the lease is given back together with what
 * came of it, in one transaction. Whatever only the holder of the lease may do is done on condition that it holds it.
 */
import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  paginateScan,
  TransactionCanceledException,
  TransactionConflictException,
  TransactionInProgressException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type MappingRequest, requestOrder, supersedes } from '../core/domain/mapping-request.ts';
import type { PendingAdd } from '../core/domain/pending-adds.ts';
import type { DomainRecord } from '../core/domain/record.ts';
import type { HostName } from '../core/values/host-name.ts';
import { DAY, iso } from '../core/values/time.ts';
import type { Clock } from '../util/clock.ts';
import { retry } from '../util/retry.ts';
import { type ApplicationState, type Changes, LeaseLostError, type Ledger, type Records } from './ledger.ts';

type Item = Readonly<Record<string, AttributeValue>>;

// A single label is no host name, so no domain can have this key.
const APPLICATION = 'application';
const LEASE_ATTRIBUTES: ReadonlySet<string> = new Set(['id', 'holder', 'until', 'pendingAdds']);
const IS_MINE = '#holder = :me';
// At most 100 items in a transaction or a batch: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
const MOST_AT_ONCE = 100;
const UPDATES_AT_ONCE = 25;
// A dropped record is gone for every reader; for people it stays in the table until DynamoDB's time to live takes it away.
const DROPPED_KEPT_MS = 30 * DAY;
/** What a transaction may be refused for that passes by itself; the SDK repeats none of them. */
const PASSING: ReadonlySet<string> = new Set([
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);
// 6.4 s together: DynamoDB wants 5 s before it says what became of a transaction that is sent again.
const PASSING_ATTEMPTS = 9;
const FIRST_PAUSE_MS = 25;

/** Takes the client, the name of the table (key `id`, time to live `expiresAt`) and the clock; returns the ledger in it. */
export function dynamoLedger(client: DynamoDBClient, table: string, clock: Clock): Ledger {
  const target = (id: string) => ({ TableName: table, Key: { id: { S: id } } });

  const update = async (id: string, change: Change, ReturnValues: 'ALL_OLD' | 'ALL_NEW'): Promise<Item> => {
    const command = new UpdateItemCommand({ ...target(id), ...expressions(change), ReturnValues });
    const { Attributes } = await retryPassing(async () => client.send(command), clock);
    return Attributes ?? {};
  };

  const readApplication = async (): Promise<Item> => {
    const { Item } = await client.send(new GetItemCommand({ ...target(APPLICATION), ConsistentRead: true }));
    return Item ?? {};
  };

  /** Writes all or nothing, if the lease is held: the item of the application comes first. Throws LeaseLostError. */
  const transact = async (application: Change, rest: readonly TransactWriteItem[], holder: string): Promise<void> => {
    const guarded = expressions({ ...application, condition: IS_MINE, values: { ':me': { S: holder } } });
    const item = { ...target(APPLICATION), ...guarded };
    const first: TransactWriteItem = guarded.UpdateExpression ? { Update: item } : { ConditionCheck: item };
    // By its token DynamoDB knows a transaction that is sent again after a lost answer, and carries it out once.
    let token = randomUUID();
    try {
      await retryPassing(async () => {
        try {
          await client.send(
            new TransactWriteItemsCommand({ TransactItems: [first, ...rest], ClientRequestToken: token }),
          );
        } catch (error) {
          if (error instanceof TransactionCanceledException) token = randomUUID();
          throw error;
        }
      }, clock);
    } catch (error) {
      throw reasonsOf(error)[0] === 'ConditionalCheckFailed' ? new LeaseLostError() : error;
    }
  };

  const writeItem = (id: string, change: Change): TransactWriteItem => ({
    Update: { ...target(id), ...expressions(change) },
  });

  /** What does not fit in one transaction is written before; the last one takes the notes and `last` with it. */
  const keep = async (
    holder: string,
    { states = new Map(), application = {} }: Changes,
    last: Item = {},
  ): Promise<void> => {
    const writes = [...states].map(([domain, state]) =>
      writeItem(domain, { set: { state: json(state) }, remove: ['expiresAt'] }),
    );
    const parts = inParts(writes, MOST_AT_ONCE - 1);
    const lastPart = parts.pop() ?? [];
    for (const part of parts) await transact({}, part, holder);
    const named = Object.entries(application).map(([name, value]) => [name, json(value)]);
    await transact({ set: { ...Object.fromEntries(named), ...last } }, lastPart, holder);
  };

  const recordWish = async (domain: HostName, request: MappingRequest): Promise<DomainRecord | undefined> => {
    const order = { S: requestOrder(request) };
    try {
      const change: Change = {
        set: { request: json(request), requestOrder: order },
        remove: ['expiresAt'],
        condition: 'attribute_not_exists(#requestOrder) OR #requestOrder < :requestOrder',
      };
      return toRecord(await update(domain, change, 'ALL_NEW'));
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  };

  const dropItem = ({ domain, request }: DomainRecord): TransactWriteItem => {
    const expiresAt = { N: String(Math.floor((clock.now() + DROPPED_KEPT_MS) / 1_000)) };
    return writeItem(domain, {
      set: { expiresAt, state: json({}) },
      condition: request ? '#requestOrder = :order' : 'attribute_not_exists(#requestOrder)',
      ...(request && { values: { ':order': { S: requestOrder(request) } } }),
    });
  };

  /** All in one transaction: several at once would meet at the item of the application, and refuse each other. */
  const dropTogether = async (holder: string, records: readonly DomainRecord[]): Promise<void> => {
    let rest = records;
    while (rest.length > 0) {
      try {
        return await transact({}, rest.map(dropItem), holder);
      } catch (error) {
        const reasons = reasonsOf(error).slice(1);
        const standing = rest.filter((_, index) => reasons[index] !== 'ConditionalCheckFailed');
        if (standing.length === rest.length) throw error;
        // Those that were wished for meanwhile stay.
        rest = standing;
      }
    }
  };

  const read = async (domains: readonly HostName[]): Promise<Map<HostName, DomainRecord>> => {
    const records = new Map<HostName, DomainRecord>();
    for (const part of inParts([...new Set(domains)], MOST_AT_ONCE)) {
      let keys: Record<string, AttributeValue>[] = part.map((domain) => ({ id: { S: domain } }));
      for (let pauseMs = FIRST_PAUSE_MS; keys.length > 0; pauseMs *= 2) {
        const RequestItems = { [table]: { Keys: keys, ConsistentRead: true } };
        const { Responses, UnprocessedKeys } = await client.send(new BatchGetItemCommand({ RequestItems }));
        for (const item of Responses?.[table] ?? []) put(records, item);
        keys = UnprocessedKeys?.[table]?.Keys ?? [];
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
      const records = new Map<HostName, DomainRecord>();
      const superseded: HostName[] = [];
      for (const part of inParts([...newest], UPDATES_AT_ONCE)) {
        const recorded = await Promise.all(part.map(async ([domain, request]) => recordWish(domain, request)));
        for (const [index, record] of recorded.entries()) {
          if (record) records.set(record.domain, record);
          else superseded.push((part[index] as [HostName, MappingRequest])[0]);
        }
      }
      for (const [domain, record] of await read(superseded)) records.set(domain, record);
      return records;
    },
    read,
    async readAll(): Promise<Records> {
      const records = new Map<HostName, DomainRecord>();
      for await (const { Items = [] } of paginateScan({ client }, { TableName: table, ConsistentRead: true })) {
        for (const item of Items) put(records, item);
      }
      return records;
    },
    readApplication: async () => stateOf(await readApplication()),
    async leaseUntil() {
      const until = Number((await readApplication())['until']?.N ?? 0);
      return until > 0 ? iso(until) : undefined;
    },
    async acquire({ holder, now, ttlMs, pendingAdds }) {
      const change: Change = {
        set: { holder: { S: holder }, until: { N: String(now + ttlMs) } },
        append: { pendingAdds: { L: pendingAdds.map(json) } },
        // Sent again by the SDK after a lost answer, it finds its own lease.
        condition: 'attribute_not_exists(#until) OR #until <= :now OR #holder = :holder',
        values: { ':now': { N: String(now) } },
      };
      try {
        const before = await update(APPLICATION, change, 'ALL_OLD');
        const kept = pendingAddsIn(before);
        const isOwn = (each: PendingAdd): boolean => pendingAdds.some((own) => isSame(own, each));
        const earlier = before['holder']?.S === holder ? kept.filter((each) => !isOwn(each)) : kept;
        return { kind: 'acquired', pendingAdds: earlier, application: stateOf(before) };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        const { until } = await readApplication();
        // It may have been given back this very moment.
        return { kind: 'busy', until: iso(Math.max(now, Number(until?.N ?? 0))) };
      }
    },
    async renew({ holder, now, ttlMs, pendingAdds }) {
      await transact(
        { set: { until: { N: String(now + ttlMs) }, pendingAdds: { L: pendingAdds.map(json) } } },
        [],
        holder,
      );
    },
    save: async (holder, changes) => keep(holder, changes),
    async drop(holder, records) {
      for (const part of inParts(records, MOST_AT_ONCE - 1)) await dropTogether(holder, part);
    },
    async release(holder, pendingAdds, last) {
      await keep(holder, last, { holder: { S: '' }, until: { N: '0' }, pendingAdds: { L: pendingAdds.map(json) } });
    },
  };
}

/** A change of one item. Every attribute goes by a placeholder, because many plain words are reserved in expressions. */
type Change = {
  readonly set?: Item;
  /** Lists that are made longer. */
  readonly append?: Item;
  readonly remove?: readonly string[];
  readonly condition?: string;
  /** Values that only the condition names. */
  readonly values?: Item;
};

function expressions({ set = {}, append = {}, remove = [], condition, values = {} }: Change) {
  const assigned = Object.keys(set).map((name) => `#${name} = :${name}`);
  const appended = Object.keys(append).map(
    (name) => `#${name} = list_append(if_not_exists(#${name}, :none), :${name})`,
  );
  const sets = [...assigned, ...appended];
  const clauses = [
    ...(sets.length > 0 ? [`SET ${sets.join(', ')}`] : []),
    ...(remove.length > 0 ? [`REMOVE ${remove.map((name) => `#${name}`).join(', ')}`] : []),
  ];
  const conditional = [...(condition ?? '').matchAll(/#(\w+)/g)].map(([, name = '']) => name);
  const all = [...Object.keys(set), ...Object.keys(append), ...remove, ...conditional];
  const given: Record<string, AttributeValue> = { ...values };
  for (const [name, value] of Object.entries({ ...set, ...append })) given[`:${name}`] = value;
  if (appended.length > 0) given[':none'] = { L: [] };
  return {
    UpdateExpression: clauses.length > 0 ? clauses.join(' ') : undefined,
    ConditionExpression: condition,
    ExpressionAttributeNames: Object.fromEntries(all.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: Object.keys(given).length > 0 ? given : undefined,
  };
}

/**
 * A request that meets a transaction on the same item is refused, although neither is wrong: an event recorded by one
 * function while the other gives back the lease. Takes the work; repeats it until nothing is in its way.
 */
async function retryPassing<T>(work: () => Promise<T>, clock: Clock): Promise<T> {
  const attempt = async () =>
    work().then(
      (value) => ({ kind: 'done', value }) as const,
      (error: unknown) => {
        if (!isPassing(error)) throw error;
        return { kind: 'passing', error } as const;
      },
    );
  const outcome = await retry(attempt, {
    attempts: PASSING_ATTEMPTS,
    isPassing: (each) => each.kind === 'passing',
    pauses: { clock, firstMs: FIRST_PAUSE_MS },
  });
  if (outcome.kind === 'passing') throw outcome.error;
  return outcome.value;
}

function isPassing(error: unknown): boolean {
  return (
    error instanceof TransactionConflictException ||
    error instanceof TransactionInProgressException ||
    reasonsOf(error).some((reason) => PASSING.has(reason ?? ''))
  );
}

/** Takes what a transaction threw; returns why each of its items was refused, or nothing where it is something else. */
function reasonsOf(error: unknown): readonly (string | undefined)[] {
  return error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []).map(({ Code }) => Code) : [];
}

function json(value: unknown): { S: string } {
  return { S: JSON.stringify(value) };
}

/** The items are this program's own, so they are trusted to have the form it gave them. */
function toRecord(item: Item): DomainRecord {
  return {
    domain: item['id']?.S as HostName,
    request: item['request']?.S === undefined ? undefined : JSON.parse(item['request'].S),
    state: JSON.parse(item['state']?.S ?? '{}'),
  };
}

function put(records: Map<HostName, DomainRecord>, item: Item): void {
  if (item['id']?.S === APPLICATION || item['expiresAt']) return;
  const record = toRecord(item);
  records.set(record.domain, record);
}

function stateOf(application: Item): ApplicationState {
  const named = Object.entries(application).filter(([name]) => !LEASE_ATTRIBUTES.has(name));
  return Object.fromEntries(named.map(([name, value]) => [name, JSON.parse(value.S ?? 'null')]));
}

function isSame(a: PendingAdd, b: PendingAdd): boolean {
  return a.domain === b.domain && a.since === b.since && a.until === b.until;
}

function pendingAddsIn(application: Item): PendingAdd[] {
  return (application['pendingAdds']?.L ?? []).map(({ S }) => JSON.parse(S ?? 'null'));
}

function inParts<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, part) => all.slice(part * size, (part + 1) * size));
}
