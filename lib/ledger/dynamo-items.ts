/**
 * The items of the table, as the ledger reads them.
 *
 * An item of the application without `schema` is of form 1, and so is the state of a domain's item without it. Version
 * 0.1.0 knows no form: it is kept from writing by `until`, the end of the lease. Form 1 has a number there, and form 2 a text,
 * which no number compares with: 0.1.0 then finds the lease taken, for ever, and goes on recording requests. Those stand
 * under the names of form 1 (`wish`, `wishOrder`) beside the others, so every item is read under both.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { PendingAdd } from '../core/domain/pending-adds.ts';
import type { DomainRecord } from '../core/domain/record.ts';
import type { HostName } from '../core/values/host-name.ts';
import type { ApplicationState } from './ledger.ts';
import { readPart, readRecord } from './readable.ts';
import { insistOnKnown, READ_BY, SCHEMA, upgradeApplication, upgradeState } from './schema.ts';

export type Item = Readonly<Record<string, AttributeValue>>;

// A single label is no host name, so no domain can have this key.
export const APPLICATION = 'application';
/** All other attributes of the application's item are notes. `doubts`: what form 1 calls `pendingAdds`. */
const NO_NOTES: ReadonlySet<string> = new Set(['id', 'schema', 'readBy', 'holder', 'until', 'pendingAdds', 'doubts']);

/** What says that an item has today's form. */
export const TODAYS = { schema: { N: String(SCHEMA) } } as const;

/** Beside it in the application's item. As JSON, because 0.1.0 takes it for a note. */
export const READER = { readBy: json(READ_BY) };

/** Attributes of a domain's item: its request, and the place of it (`requestOrder`), in form 2 and in form 1. */
export const REQUEST = { request: 'request', order: 'requestOrder' } as const;
export const REQUEST_OF_FORM_1 = { request: 'wish', order: 'wishOrder' } as const;

/** What `until` says where nobody holds the lease: before every time. */
export const GIVEN_BACK = '0';

export function json(value: unknown): { S: string } {
  return { S: JSON.stringify(value) };
}

/** The form of the application's item. A table that has none yet begins in today's. */
export function schemaOf(application: Item): number {
  return application['id'] === undefined ? SCHEMA : formOf(application);
}

/** @throws NewerLedgerError */
export function insistOnKnownItem(item: Item): void {
  const readBy = item['readBy']?.S;
  insistOnKnown(formOf(item), readBy === undefined ? undefined : JSON.parse(readBy));
}

function formOf(item: Item): number {
  return Number(item['schema']?.N ?? 1);
}

/** @throws NewerLedgerError */
export function toRecord(item: Item): DomainRecord {
  insistOnKnownItem(item);
  const stored = { domain: item['id']?.S as HostName, request: newestRequest(item), state: item['state']?.S ?? '{}' };
  return readRecord(stored, (state) => upgradeState(state, formOf(item)));
}

function newestRequest(item: Item): string | undefined {
  const [order, orderOfForm1] = [item[REQUEST.order]?.S ?? '', item[REQUEST_OF_FORM_1.order]?.S ?? ''];
  return item[(order >= orderOfForm1 ? REQUEST : REQUEST_OF_FORM_1).request]?.S;
}

/** A dropped record is gone for every reader. */
export function isDropped(item: Item): boolean {
  return item['expiresAt'] !== undefined;
}

export function applicationOf(item: Item): ApplicationState {
  const notes = Object.entries(item).filter(([name]) => !NO_NOTES.has(name));
  const stored = Object.fromEntries(
    notes.map(([name, value]) => [name, readPart(value.S ?? 'null', `the note "${name}"`)]),
  );
  return upgradeApplication(stored, schemaOf(item));
}

export function pendingAddsOf(application: Item): PendingAdd[] {
  const lists = [application['doubts'], application['pendingAdds']];
  const stored = lists.flatMap((list) => list?.L ?? []);
  return stored.map(({ S }) => readPart(S ?? 'null', 'the list of pending adds') as PendingAdd);
}

/** When the lease ends or ended (ms); 0 where it was given back. People may put a number there in any form. */
export function leaseEnd({ until }: Item): number {
  if (until?.S === undefined) return Number(until?.N ?? 0);
  return until.S === GIVEN_BACK ? 0 : Date.parse(until.S);
}
