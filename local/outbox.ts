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
};

/** Some 20 MB, while nobody takes any. */
const MOST_WAITING = 10_000;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS outbox (position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, event TEXT NOT NULL);
`;

/** `giveUp`: of too many the oldest, within the transaction that puts others. */
export function openOutbox(
  database: DatabaseSync,
  giveUp: (events: readonly OutgoingEvent[]) => void,
  mostWaiting = MOST_WAITING,
): LocalOutbox {
  database.exec(SCHEMA);
  const insert = database.prepare('INSERT OR IGNORE INTO outbox (id, event) VALUES (?, ?)');
  const oldest = database.prepare('SELECT position, event FROM outbox ORDER BY position LIMIT ?');
  const remove = database.prepare('DELETE FROM outbox WHERE position <= ?');
  const waiting = database.prepare('SELECT count(*) AS waiting FROM outbox');
  const take = (most: number): readonly Taken[] =>
    oldest.all(most).map(({ position, event }) => ({
      position: Number(position),
      event: JSON.parse(String(event)) as OutgoingEvent,
    }));
  return {
    put: (events) =>
      transaction(database, () => {
        for (const event of events) insert.run(event.detail.id, JSON.stringify(event));
        const tooMany = take(Math.max(0, Number(waiting.get()?.['waiting']) - mostWaiting));
        const last = tooMany.at(-1);
        if (!last) return;
        giveUp(tooMany.map(({ event }) => event));
        remove.run(last.position);
      }),
    take,
    done: (position) => {
      remove.run(position);
    },
  };
}
