import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Doubt } from '../core/doubt.ts';
import type { HostName } from '../core/host-name.ts';
import type { DomainRecord, DomainState } from '../core/record.ts';
import { DAY, iso } from '../core/time.ts';
import { type Wish, wishOrder } from '../core/wish.ts';
import type { Ledger, Notes, Records } from './ledger.ts';

// `wish_order` sorts as text as `wishOrder` says, so that SQLite itself can keep the newest.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS domain (
    domain TEXT PRIMARY KEY,
    wish TEXT,
    wish_order TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL DEFAULT '{}',
    owned INTEGER NOT NULL DEFAULT 0,
    removed_at TEXT
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS domain_owned ON domain (owned) WHERE owned = 1;
  CREATE INDEX IF NOT EXISTS domain_removed ON domain (removed_at) WHERE removed_at IS NOT NULL;
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
    INSERT INTO domain (domain, state, owned, removed_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (domain) DO UPDATE SET state = excluded.state, owned = excluded.owned, removed_at = excluded.removed_at`);
  const drop = database.prepare('DELETE FROM domain WHERE domain = ? AND wish_order = ?');
  const count = database.prepare(`
    SELECT (SELECT count(*) FROM domain WHERE owned = 1) AS owned,
           (SELECT count(*) FROM domain WHERE removed_at > ?) AS removedLastDay`);
  const readNotes = database.prepare('SELECT name, value FROM note');
  const saveNote = database.prepare('INSERT OR REPLACE INTO note VALUES (?, ?)');
  const readLease = database.prepare('SELECT until, adding FROM lease');
  const takeLease = database.prepare('UPDATE lease SET holder = ?, until = ?, adding = ?');
  const renewLease = database.prepare('UPDATE lease SET until = ?, adding = ? WHERE holder = ?');
  const releaseLease = database.prepare(`UPDATE lease SET holder = '', until = 0, adding = ? WHERE holder = ?`);

  const pick = (domains: readonly HostName[]): Records => toRecords(domains.flatMap((domain) => rows(readOne, domain)));
  const notes = (): Notes =>
    Object.fromEntries(readNotes.all().map(({ name, value }) => [name, JSON.parse(String(value))]));

  return {
    recordWishes: async (events) =>
      transaction(database, () => {
        for (const { domain, wish } of events) recordWish.run(domain, JSON.stringify(wish), wishOrder(wish));
        return pick(events.map((event) => event.domain));
      }),
    read: async (domains) => pick(domains),
    readAll: async () => toRecords(rows(readAll)),
    saveStates: async (states) =>
      transaction(database, () => {
        for (const [domain, state] of states) {
          saveState.run(domain, JSON.stringify(state), state.owned ? 1 : 0, state.removedAt ?? null);
        }
      }),
    drop: async (records) =>
      transaction(database, () => {
        for (const { domain, wish } of records) drop.run(domain, wish ? wishOrder(wish) : '');
      }),
    countOwned: async (now) => {
      const row = count.get(iso(now - DAY));
      return { owned: Number(row?.['owned']), removedLastDay: Number(row?.['removedLastDay']) };
    },
    readNotes: async () => notes(),
    saveNotes: async (changed) =>
      transaction(database, () => {
        for (const [name, value] of Object.entries(changed)) saveNote.run(name, JSON.stringify(value));
      }),
    acquire: async ({ holder, now, ttlMs, adding }) =>
      transaction(database, () => {
        const lease = readLease.get();
        const until = Number(lease?.['until']);
        if (until > now) return { kind: 'busy', until: iso(until) };
        const inDoubt: Doubt[] = JSON.parse(String(lease?.['adding']));
        takeLease.run(holder, now + ttlMs, JSON.stringify([...inDoubt, ...adding]));
        return { kind: 'acquired', inDoubt, notes: notes() };
      }),
    renew: async ({ holder, now, ttlMs, adding }) =>
      renewLease.run(now + ttlMs, JSON.stringify(adding), holder).changes === 1,
    release: async (holder, inDoubt) => {
      releaseLease.run(JSON.stringify(inDoubt), holder);
    },
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
