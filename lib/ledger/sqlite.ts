import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type MappingRequest, requestOrder } from '../core/domain/mapping-request.ts';
import type { PendingAdd } from '../core/domain/pending-adds.ts';
import type { DomainRecord, DomainState } from '../core/domain/record.ts';
import type { HostName } from '../core/values/host-name.ts';
import { iso } from '../core/values/time.ts';
import { type ApplicationState, type Changes, LeaseLostError, type Ledger, type Records } from './ledger.ts';

// `request_order` sorts as text as `wishOrder` says, so that SQLite itself can keep the newest.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS domain (
    domain TEXT PRIMARY KEY,
    request TEXT,
    request_order TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL DEFAULT '{}'
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS lease (
    one INTEGER PRIMARY KEY CHECK (one = 1), holder TEXT NOT NULL, until INTEGER NOT NULL, pending_adds TEXT NOT NULL
  );
  INSERT OR IGNORE INTO lease VALUES (1, '', 0, '[]');
`;

type DomainRow = { domain: HostName; request: string | null; state: string };

/** Takes an open database (see `openStorage`); returns a ledger in it. */
export function sqliteLedger(database: DatabaseSync): Ledger {
  database.exec(SCHEMA);
  const recordWish = database.prepare(`
    INSERT INTO domain (domain, request, request_order) VALUES (?, ?, ?)
    ON CONFLICT (domain) DO UPDATE SET request = excluded.request, request_order = excluded.request_order
    WHERE excluded.request_order > domain.request_order`);
  const readOne = database.prepare('SELECT domain, request, state FROM domain WHERE domain = ?');
  const readAll = database.prepare('SELECT domain, request, state FROM domain');
  const saveState = database.prepare(`
    INSERT INTO domain (domain, state) VALUES (?, ?)
    ON CONFLICT (domain) DO UPDATE SET state = excluded.state`);
  const drop = database.prepare('DELETE FROM domain WHERE domain = ? AND request_order = ?');
  const readNotes = database.prepare('SELECT name, value FROM note');
  const saveNote = database.prepare('INSERT OR REPLACE INTO note VALUES (?, ?)');
  const readLease = database.prepare('SELECT holder, until, pending_adds FROM lease');
  const setLease = database.prepare('UPDATE lease SET holder = ?, until = ?, pending_adds = ?');

  const pick = (domains: readonly HostName[]): Records => toRecords(domains.flatMap((domain) => rows(readOne, domain)));
  const application = (): ApplicationState =>
    Object.fromEntries(readNotes.all().map(({ name, value }) => [name, JSON.parse(String(value))]));

  /** All that only the holder of the lease may do. */
  const asHolder = (holder: string, work: () => void): void =>
    transaction(database, () => {
      if (readLease.get()?.['holder'] !== holder) throw new LeaseLostError();
      work();
    });

  const keep = ({ states = new Map(), application: changed = {} }: Changes): void => {
    for (const [domain, state] of states) saveState.run(domain, JSON.stringify(state));
    for (const [name, value] of Object.entries(changed)) saveNote.run(name, JSON.stringify(value));
  };

  return {
    recordRequests: async (events) =>
      transaction(database, () => {
        for (const { domain, request } of events)
          recordWish.run(domain, JSON.stringify(request), requestOrder(request));
        return pick(events.map((event) => event.domain));
      }),
    read: async (domains) => pick(domains),
    readAll: async () => toRecords(rows(readAll)),
    readApplication: async () => application(),
    leaseUntil: async () => {
      const until = Number(readLease.get()?.['until']);
      return until > 0 ? iso(until) : undefined;
    },
    acquire: async ({ holder, now, ttlMs, pendingAdds }) =>
      transaction(database, () => {
        const lease = readLease.get();
        const until = Number(lease?.['until']);
        if (until > now) return { kind: 'busy', until: iso(until) };
        const earlier: PendingAdd[] = JSON.parse(String(lease?.['pending_adds']));
        setLease.run(holder, now + ttlMs, JSON.stringify([...earlier, ...pendingAdds]));
        return { kind: 'acquired', pendingAdds: earlier, application: application() };
      }),
    renew: async ({ holder, now, ttlMs, pendingAdds }) =>
      asHolder(holder, () => setLease.run(holder, now + ttlMs, JSON.stringify(pendingAdds))),
    save: async (holder, changes) => asHolder(holder, () => keep(changes)),
    drop: async (holder, records) =>
      asHolder(holder, () => {
        for (const { domain, request } of records) drop.run(domain, request ? requestOrder(request) : '');
      }),
    release: async (holder, pendingAdds, last) =>
      asHolder(holder, () => {
        keep(last);
        setLease.run('', 0, JSON.stringify(pendingAdds));
      }),
  };
}

/**
 * Ends the lease of whoever held it. Only for who knows that no other process uses this database: then the holder is dead,
 * and what it was adding is in doubt.
 */
export function endLease(database: DatabaseSync): void {
  database.exec('UPDATE lease SET until = 0');
}

/** Takes a database and what to do; does all of it or, where it throws, nothing. Other processes wait meanwhile. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
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

function rows(statement: StatementSync, ...parameters: string[]): DomainRow[] {
  return statement.all(...parameters) as DomainRow[];
}

/** The rows are this program's own, so they are trusted to have the form it gave them. */
function toRecords(found: readonly DomainRow[]): Map<HostName, DomainRecord> {
  const records = new Map<HostName, DomainRecord>();
  for (const { domain, request, state } of found) {
    const parsed = {
      domain,
      request: request === null ? undefined : (JSON.parse(request) as MappingRequest),
      state: JSON.parse(state) as DomainState,
    };
    records.set(domain, parsed);
  }
  return records;
}
