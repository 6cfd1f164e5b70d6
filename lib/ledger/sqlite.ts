import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type Wish, wishOrder } from '../core/domain/mapping-request.ts';
import type { Doubt } from '../core/domain/pending-adds.ts';
import type { DomainRecord, DomainState } from '../core/domain/record.ts';
import type { HostName } from '../core/values/host-name.ts';
import { iso } from '../core/values/time.ts';
import { type Changes, LeaseLostError, type Ledger, type Notes, type Records } from './ledger.ts';

// `wish_order` sorts as text as `wishOrder` says, so that SQLite itself can keep the newest.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS domain (
    domain TEXT PRIMARY KEY,
    wish TEXT,
    wish_order TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL DEFAULT '{}'
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS lease (
    one INTEGER PRIMARY KEY CHECK (one = 1), holder TEXT NOT NULL, until INTEGER NOT NULL, adding TEXT NOT NULL
  );
  INSERT OR IGNORE INTO lease VALUES (1, '', 0, '[]');
`;

type DomainRow = { domain: HostName; wish: string | null; state: string };

/** Takes an open database (see `openStorage`); returns a ledger in it. */
export function sqliteLedger(database: DatabaseSync): Ledger {
  database.exec(SCHEMA);
  const recordWish = database.prepare(`
    INSERT INTO domain (domain, wish, wish_order) VALUES (?, ?, ?)
    ON CONFLICT (domain) DO UPDATE SET wish = excluded.wish, wish_order = excluded.wish_order
    WHERE excluded.wish_order > domain.wish_order`);
  const readOne = database.prepare('SELECT domain, wish, state FROM domain WHERE domain = ?');
  const readAll = database.prepare('SELECT domain, wish, state FROM domain');
  const saveState = database.prepare(`
    INSERT INTO domain (domain, state) VALUES (?, ?)
    ON CONFLICT (domain) DO UPDATE SET state = excluded.state`);
  const drop = database.prepare('DELETE FROM domain WHERE domain = ? AND wish_order = ?');
  const readNotes = database.prepare('SELECT name, value FROM note');
  const saveNote = database.prepare('INSERT OR REPLACE INTO note VALUES (?, ?)');
  const readLease = database.prepare('SELECT holder, until, adding FROM lease');
  const setLease = database.prepare('UPDATE lease SET holder = ?, until = ?, adding = ?');

  const pick = (domains: readonly HostName[]): Records => toRecords(domains.flatMap((domain) => rows(readOne, domain)));
  const notes = (): Notes =>
    Object.fromEntries(readNotes.all().map(({ name, value }) => [name, JSON.parse(String(value))]));

  /** All that only the holder of the lease may do. */
  const asHolder = (holder: string, work: () => void): void =>
    transaction(database, () => {
      if (readLease.get()?.['holder'] !== holder) throw new LeaseLostError();
      work();
    });

  const keep = ({ states = new Map(), notes: changed = {} }: Changes): void => {
    for (const [domain, state] of states) saveState.run(domain, JSON.stringify(state));
    for (const [name, value] of Object.entries(changed)) saveNote.run(name, JSON.stringify(value));
  };

  return {
    recordWishes: async (events) =>
      transaction(database, () => {
        for (const { domain, wish } of events) recordWish.run(domain, JSON.stringify(wish), wishOrder(wish));
        return pick(events.map((event) => event.domain));
      }),
    read: async (domains) => pick(domains),
    readAll: async () => toRecords(rows(readAll)),
    readNotes: async () => notes(),
    leaseUntil: async () => {
      const until = Number(readLease.get()?.['until']);
      return until > 0 ? iso(until) : undefined;
    },
    acquire: async ({ holder, now, ttlMs, adding }) =>
      transaction(database, () => {
        const lease = readLease.get();
        const until = Number(lease?.['until']);
        if (until > now) return { kind: 'busy', until: iso(until) };
        const inDoubt: Doubt[] = JSON.parse(String(lease?.['adding']));
        setLease.run(holder, now + ttlMs, JSON.stringify([...inDoubt, ...adding]));
        return { kind: 'acquired', inDoubt, notes: notes() };
      }),
    renew: async ({ holder, now, ttlMs, adding }) =>
      asHolder(holder, () => setLease.run(holder, now + ttlMs, JSON.stringify(adding))),
    save: async (holder, changes) => asHolder(holder, () => keep(changes)),
    drop: async (holder, records) =>
      asHolder(holder, () => {
        for (const { domain, wish } of records) drop.run(domain, wish ? wishOrder(wish) : '');
      }),
    release: async (holder, inDoubt, last) =>
      asHolder(holder, () => {
        keep(last);
        setLease.run('', 0, JSON.stringify(inDoubt));
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
  for (const { domain, wish, state } of found) {
    const parsed = {
      domain,
      wish: wish === null ? undefined : (JSON.parse(wish) as Wish),
      state: JSON.parse(state) as DomainState,
    };
    records.set(domain, parsed);
  }
  return records;
}
