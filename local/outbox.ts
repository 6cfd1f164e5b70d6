/** Events out, on one machine: they wait in the database of ledger and queue for whoever takes them. */
import type { DatabaseSync } from 'node:sqlite';
import type { OutgoingEvent } from '../lib/core/report/outgoing.ts';
import { transaction } from '../lib/ledger/sqlite.ts';

export type Taken = { readonly position: number; readonly event: OutgoingEvent };

export type LocalOutbox = {
  /** On disk once it returns; within the caller's transaction with that. An event that waits already is not put twice. */
  put(events: readonly OutgoingEvent[]): void;
  /** At most `most`, the oldest first. They stay until `done`. */
  take(most: number): readonly Taken[];
  /** Everything up to this position was delivered. */
  done(position: number): void;
  /** `dropped`: of all that ever came, how many were too many to keep. */
  count(): { readonly waiting: number; readonly dropped: number };
};

/** Some 20 MB, while nobody takes any. */
const MOST_WAITING = 10_000;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS outbox (position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, event TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS outbox_dropped (one INTEGER PRIMARY KEY CHECK (one = 1), count INTEGER NOT NULL);
  INSERT OR IGNORE INTO outbox_dropped VALUES (1, 0);
`;

export function openOutbox(database: DatabaseSync, mostWaiting = MOST_WAITING): LocalOutbox {
  database.exec(SCHEMA);
  const insert = database.prepare('INSERT OR IGNORE INTO outbox (id, event) VALUES (?, ?)');
  const oldest = database.prepare('SELECT position, event FROM outbox ORDER BY position LIMIT ?');
  const remove = database.prepare('DELETE FROM outbox WHERE position <= ?');
  const waiting = database.prepare('SELECT count(*) AS waiting FROM outbox');
  const drop = database.prepare(
    'DELETE FROM outbox WHERE position IN (SELECT position FROM outbox ORDER BY position LIMIT ?)',
  );
  const noteDropped = database.prepare('UPDATE outbox_dropped SET count = count + ?');
  const dropped = database.prepare('SELECT count FROM outbox_dropped');
  const countWaiting = (): number => Number(waiting.get()?.['waiting']);
  return {
    put: (events) =>
      transaction(database, () => {
        for (const event of events) insert.run(event.detail.id, JSON.stringify(event));
        const tooMany = countWaiting() - mostWaiting;
        if (tooMany <= 0) return;
        drop.run(tooMany);
        noteDropped.run(tooMany);
      }),
    take: (most) =>
      oldest.all(most).map(({ position, event }) => ({
        position: Number(position),
        event: JSON.parse(String(event)) as OutgoingEvent,
      })),
    done: (position) => {
      remove.run(position);
    },
    count: () => ({ waiting: countWaiting(), dropped: Number(dropped.get()?.['count']) }),
  };
}
