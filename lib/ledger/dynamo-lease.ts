/** Taking the lease, and with it a table that an older version of the software wrote. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { PendingAdd } from '../core/domain/pending-adds.ts';
import { iso } from '../core/values/time.ts';
import {
  APPLICATION,
  applicationOf,
  type Item,
  json,
  leaseEnd,
  pendingAddsOf,
  READER,
  schemaOf,
  TODAYS,
} from './dynamo-items.ts';
import type { Change } from './dynamo-requests.ts';
import type { DynamoTable } from './dynamo-table.ts';
import { isLeaseAhead, type LeaseAnswer, LeaseLostError, type LeaseRequest } from './ledger.ts';
import { SCHEMA } from './schema.ts';

/** A number is of form 1, or was put there by somebody who ends the lease by hand. */
const IS_FREE =
  'attribute_not_exists(#until) OR (attribute_type(#until, :number) AND #until <= :ms) OR ' +
  '(attribute_type(#until, :text) AND #until <= :time) OR #holder = :holder';

/** @throws NewerLedgerError */
export async function acquireLease(table: DynamoTable, request: LeaseRequest): Promise<LeaseAnswer> {
  const acquired = await acquireTodays(table, request);
  if (acquired) return acquired;
  const application = await table.readApplication();
  const [schema, end] = [schemaOf(application), leaseEnd(application)];
  const upgraded = schema < SCHEMA ? await acquireOlder(table, request, schema) : undefined;
  if (!upgraded && isLeaseAhead(end, request)) return shorten(table, request, application);
  // It may have been given back this very moment.
  return upgraded ?? { kind: 'busy', until: iso(Math.max(request.now, end)) };
}

/** The holder stays, so it can renew the lease if it is alive after all. In vain where the lease has changed meanwhile. */
async function shorten(table: DynamoTable, { now, ttlMs }: LeaseRequest, { until }: Item): Promise<LeaseAnswer> {
  const end = iso(now + ttlMs);
  if (until !== undefined) {
    // A 0.1.0 that may hold it compares with a number.
    const shorter = until.N === undefined ? { S: end } : { N: String(now + ttlMs) };
    const change: Change = { set: { until: shorter }, condition: '#until = :before', values: { ':before': until } };
    await table.update(APPLICATION, change, 'ALL_NEW');
  }
  return { kind: 'busy', until: end };
}

/** Takes the lease of a table in today's form, or in none yet. */
async function acquireTodays(
  table: DynamoTable,
  { holder, now, ttlMs, pendingAdds }: LeaseRequest,
): Promise<LeaseAnswer | undefined> {
  const change: Change = {
    set: { ...TODAYS, ...READER, ...heldBy(holder, now + ttlMs) },
    append: { pendingAdds: { L: pendingAdds.map(json) } },
    // Sent again by the SDK after a lost answer, it finds its own lease.
    condition: `attribute_not_exists(#id) OR (#schema = :schema AND (${IS_FREE}))`,
    values: momentOf(now),
  };
  const before = await table.update(APPLICATION, change, 'ALL_OLD');
  if (!before) return undefined;
  table.noteSchema(before);
  const kept = pendingAddsOf(before);
  const isOwn = (each: PendingAdd): boolean => pendingAdds.some((own) => isSame(own, each));
  const earlier = before['holder']?.S === holder ? kept.filter((each) => !isOwn(each)) : kept;
  return { kind: 'acquired', pendingAdds: earlier, application: applicationOf(before) };
}

/**
 * Takes the lease of a table in an older form, which keeps older processes out, and brings the item of the application up to
 * date then. Whoever dies in between leaves a table of the older form, and the next one begins anew.
 */
async function acquireOlder(
  table: DynamoTable,
  { holder, now, ttlMs, pendingAdds }: LeaseRequest,
  schema: number,
): Promise<LeaseAnswer | undefined> {
  const isOlder = schema === 1 ? 'attribute_not_exists(#schema)' : '#schema = :older';
  const change: Change = {
    set: heldBy(holder, now + ttlMs),
    condition: `${isOlder} AND (${IS_FREE})`,
    values: { ...momentOf(now), ...(schema > 1 && { ':older': { N: String(schema) } }) },
  };
  const older = await table.update(APPLICATION, change, 'ALL_NEW');
  if (!older) return undefined;
  const [application, earlier] = [applicationOf(older), pendingAddsOf(older)];
  const notes = Object.fromEntries(Object.entries(application).map(([name, value]) => [name, json(value)]));
  const todays: Item = {
    ...notes,
    ...TODAYS,
    ...READER,
    pendingAdds: { L: [...earlier, ...pendingAdds].map(json) },
  };
  const isKept = (name: string): boolean => name in todays || ['id', 'holder', 'until'].includes(name);
  const remove = Object.keys(older).filter((name) => !isKept(name));
  const condition = '#holder = :me';
  const written = await table.update(
    APPLICATION,
    { set: todays, remove, condition, values: { ':me': { S: holder } } },
    'ALL_NEW',
  );
  if (!written) throw new LeaseLostError();
  table.noteSchema(written);
  return { kind: 'acquired', pendingAdds: earlier, application };
}

/** As text: a number would be free for a 0.1.0 to take, once it is past. */
export function heldBy(
  holder: string,
  until: number,
): { readonly holder: AttributeValue; readonly until: AttributeValue } {
  return { holder: { S: holder }, until: { S: iso(until) } };
}

function momentOf(now: number): Item {
  return { ':ms': { N: String(now) }, ':time': { S: iso(now) }, ':number': { S: 'N' }, ':text': { S: 'S' } };
}

function isSame(a: PendingAdd, b: PendingAdd): boolean {
  return a.domain === b.domain && a.since === b.since && a.until === b.until;
}
