import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { requestOrder } from '../core/domain/mapping-request.ts';
import type { PendingAdd } from '../core/domain/pending-adds.ts';
import type { DomainRecord } from '../core/domain/record.ts';
import type { HostName } from '../core/values/host-name.ts';
import { iso } from '../core/values/time.ts';
import { parseJson } from '../util/json.ts';
import {
  type ApplicationState,
  type Changes,
  isLeaseAhead,
  LeaseLostError,
  type Ledger,
  type Records,
} from './ledger.ts';
import { isStored, readPart, readRecord, type StoredRecord } from './readable.ts';
import {
  insistOnKnown,
  READ_BY,
  SCHEMA,
  type Stored,
  upgradeApplication,
  upgradeState,
  upgradeTables,
} from './schema.ts';

// `request_order` sorts as text as `requestOrder` says, so that SQLite itself can keep the newest.
const TABLES = `
  CREATE TABLE domain (
    domain TEXT PRIMARY KEY,
    request TEXT,
    request_order TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL DEFAULT '{}'
  ) WITHOUT ROWID;
  CREATE TABLE note (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE lease (
    one INTEGER PRIMARY KEY CHECK (one = 1), holder TEXT NOT NULL, until INTEGER NOT NULL, pending_adds TEXT NOT NULL
  );
  INSERT INTO lease VALUES (1, '', 0, '[]');
  CREATE TABLE read_by (software TEXT NOT NULL);
`;

const EMPTY = 0;
const NOTES = 'SELECT name, value FROM note';
const SAVE_NOTE = 'INSERT OR REPLACE INTO note VALUES (?, ?)';

export type SqliteLedger = Ledger & {
  /**
   * `release` within the caller's transaction: on disk with all of that, or not at all.
   * @throws LeaseLostError with nothing written of it
   */
  releaseWithin(...parameters: Parameters<Ledger['release']>): void;
};

type Acquired = { readonly holder: string; readonly until: number; readonly pendingAdds: string };

/**
 * A ledger in a database that `openStorage` opened. One of an older version is brought up to date first. Each database has one ledger:
 * what was acquired last is in its memory alone until the next operation.
 * @throws NewerLedgerError before anything is written
 */
export function sqliteLedger(database: DatabaseSync): SqliteLedger {
  bringUpToDate(database);
  const recordRequest = database.prepare(`
    INSERT INTO domain (domain, request, request_order) VALUES (?, ?, ?)
    ON CONFLICT (domain) DO UPDATE SET request = excluded.request, request_order = excluded.request_order
    WHERE excluded.request_order > domain.request_order`);
  const redate = database.prepare(
    'UPDATE domain SET request = ?, request_order = ? WHERE domain = ? AND request_order = ?',
  );
  const readOne = database.prepare('SELECT domain, request, state FROM domain WHERE domain = ?');
  const readAll = database.prepare('SELECT domain, request, state FROM domain');
  const saveState = database.prepare(`
    INSERT INTO domain (domain, state) VALUES (?, ?)
    ON CONFLICT (domain) DO UPDATE SET state = excluded.state`);
  const drop = database.prepare('DELETE FROM domain WHERE domain = ? AND request_order = ?');
  const notes = database.prepare(NOTES);
  const saveNote = database.prepare(SAVE_NOTE);
  const readLease = database.prepare('SELECT holder, until, pending_adds FROM lease');
  const moveLease = database.prepare('UPDATE lease SET until = ?');
  const setLease = database.prepare('UPDATE lease SET holder = ?, until = ?, pending_adds = ?');

  /** The lease that no transaction has written yet. */
  let acquired: Acquired | undefined;
  /** Its wait for the disk is saved by writing it together with what comes next: most often the requests of the same run. */
  const write = <T>(work: () => T): T => {
    try {
      const result = transaction(database, () => {
        if (acquired) setLease.run(acquired.holder, acquired.until, acquired.pendingAdds);
        return work();
      });
      acquired = undefined;
      return result;
    } catch (error) {
      // A lease that cannot be written is none. That another run has lost its own is no fault of this one.
      if (!(error instanceof LeaseLostError)) acquired = undefined;
      throw error;
    }
  };
  /** A run that has read its records may add domains, so its pending adds are on disk by then. */
  const read = <T>(work: () => T): T => (acquired ? write(work) : work());

  const pick = (domains: readonly HostName[]): Records => toRecords(domains.flatMap((domain) => rows(readOne, domain)));
  const application = (): ApplicationState => readNotes(notes);

  /** All that only the holder of the lease may do. */
  const asHolder = (holder: string, work: () => void): void =>
    write(() => {
      if (readLease.get()?.['holder'] !== holder) throw new LeaseLostError();
      work();
    });
  const releaseWithin: SqliteLedger['releaseWithin'] = (holder, pendingAdds, last) =>
    asHolder(holder, () => {
      keep(last);
      setLease.run('', 0, JSON.stringify(pendingAdds));
    });

  const keep = ({ states = new Map(), application: changed = {} }: Changes): void => {
    for (const [domain, state] of states) saveState.run(domain, JSON.stringify(state));
    for (const [name, value] of Object.entries(changed)) saveNote.run(name, JSON.stringify(value));
  };

  return {
    recordRequests: async (events) =>
      write(() => {
        for (const { domain, request } of events)
          recordRequest.run(domain, JSON.stringify(request), requestOrder(request));
        return pick(events.map((event) => event.domain));
      }),
    redate: async ({ domain, request }, occurredAt) => {
      if (!request) return;
      const redated = { ...request, occurredAt };
      write(() => redate.run(JSON.stringify(redated), requestOrder(redated), domain, requestOrder(request)));
    },
    read: async (domains) => read(() => pick(domains)),
    readAll: async () => read(() => toRecords(rows(readAll))),
    readApplication: async () => read(application),
    leaseUntil: async () => {
      const until = read(() => Number(readLease.get()?.['until']));
      return until > 0 ? iso(until) : undefined;
    },
    acquire: async ({ holder, now, ttlMs, pendingAdds }) => {
      const lease = read(() => readLease.get());
      const stored = Number(lease?.['until']);
      const isAhead = isLeaseAhead(stored, { now, ttlMs });
      const until = isAhead ? now + ttlMs : stored;
      if (isAhead) write(() => moveLease.run(until));
      if (until > now) return { kind: 'busy', until: iso(until) };
      const earlier = readPart(String(lease?.['pending_adds']), 'the list of pending adds') as PendingAdd[];
      const answer = { kind: 'acquired', pendingAdds: earlier, application: application() } as const;
      acquired = { holder, until: now + ttlMs, pendingAdds: JSON.stringify([...earlier, ...pendingAdds]) };
      return answer;
    },
    renew: async ({ holder, now, ttlMs, pendingAdds }) =>
      asHolder(holder, () => setLease.run(holder, now + ttlMs, JSON.stringify(pendingAdds))),
    save: async (holder, changes) => asHolder(holder, () => keep(changes)),
    drop: async (holder, records) =>
      asHolder(holder, () => {
        for (const { domain, request } of records) drop.run(domain, request ? requestOrder(request) : '');
      }),
    release: async (holder, pendingAdds, last) => releaseWithin(holder, pendingAdds, last),
    releaseWithin,
  };
}

/** All of it or nothing: a process that dies in the middle leaves the ledger as it was. */
function bringUpToDate(database: DatabaseSync): void {
  const schema = schemaOf(database);
  insistOnKnown(schema, schema > SCHEMA ? readerOf(database) : undefined);
  if (schema === SCHEMA) return;
  transaction(database, () => {
    if (schema === EMPTY) database.exec(TABLES);
    else upgrade(database, schema);
    database.exec('DELETE FROM read_by');
    database.prepare('INSERT INTO read_by VALUES (?)').run(READ_BY);
    database.exec(`PRAGMA user_version = ${SCHEMA}`);
  });
}

function upgrade(database: DatabaseSync, schema: number): void {
  for (const statements of upgradeTables(schema)) database.exec(statements);
  const saveState = database.prepare('UPDATE domain SET state = ? WHERE domain = ?');
  for (const { domain, state } of database.prepare('SELECT domain, state FROM domain').all()) {
    // What cannot be read stays as it is, for a person.
    const stored = parseJson(String(state));
    if (isStored(stored)) saveState.run(JSON.stringify(upgradeState(stored, schema)), String(domain));
  }
  const application = upgradeApplication(readNotes(database.prepare(NOTES)), schema);
  database.exec('DELETE FROM note');
  const saveNote = database.prepare(SAVE_NOTE);
  for (const [name, value] of Object.entries(application)) saveNote.run(name, JSON.stringify(value));
}

/** The form of the ledger in the database; EMPTY where it has none. Version 0.1.0, of form 1, left no number. */
function schemaOf(database: DatabaseSync): number {
  const number = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  if (number > 0) return number;
  return hasTable(database, 'domain') ? 1 : EMPTY;
}

/** The version of the software that reads it; undefined where the ledger does not say. */
function readerOf(database: DatabaseSync): string | undefined {
  const row = hasTable(database, 'read_by') ? database.prepare('SELECT software FROM read_by').get() : undefined;
  return row && String(row['software']);
}

function hasTable(database: DatabaseSync, name: string): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(name) !== undefined;
}

function readNotes(statement: StatementSync): Stored {
  return Object.fromEntries(
    statement.all().map(({ name, value }) => [name, readPart(String(value), `the note "${name}"`)]),
  );
}

/**
 * Ends the lease of whoever held it. Call it only if no other process uses this database: then the holder is dead, and its adds are
 * pending.
 */
export function endLease(database: DatabaseSync): void {
  database.exec('UPDATE lease SET until = 0');
}

/** All or, if `work` throws, nothing. Within another transaction it is a part of that one. Other processes wait meanwhile. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  if (database.isTransaction) return work();
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // A full disk ends the transaction by itself; rolling back then would hide the reason.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function rows(statement: StatementSync, ...parameters: string[]): StoredRecord[] {
  return statement.all(...parameters) as StoredRecord[];
}

function toRecords(found: readonly StoredRecord[]): Map<HostName, DomainRecord> {
  return new Map(found.map((row) => [row.domain, readRecord(row, (state) => state)]));
}
