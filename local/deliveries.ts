/** What is still to be delivered to whom, on one machine: in the database of ledger and queue. */
import type { DatabaseSync } from 'node:sqlite';
import {
  LONGEST_PAUSE_MS,
  type NextAction,
  pauseOf,
  presentState,
  type ReceiverName,
  type ReceiverState,
  resumed,
  stateAfter,
  TRIED_FOR_MS,
} from '../lib/core/report/delivery.ts';
import type { OutgoingEvent } from '../lib/core/report/outgoing.ts';
import type { Undelivered } from '../lib/core/report/receivers.ts';
import { CLOCK_TOLERANCE_MS, iso } from '../lib/core/values/time.ts';
import { transaction } from '../lib/ledger/sqlite.ts';
import type { Receiver } from '../lib/notify/settings.ts';
import type { LocalOutbox } from './outbox.ts';

export type Delivery = {
  readonly position: number;
  readonly event: OutgoingEvent;
  /** How often it was refused. */
  readonly attempts: number;
  /** When it was taken out of the outbox (epoch ms). */
  readonly since: number;
};

export type Deliveries = {
  /** Takes what waits in the outbox, for each receiver. Without any it is dropped: nobody is to be told of it later. */
  accept(outbox: Pick<LocalOutbox, 'take' | 'done'>, now: number): void;
  /** What was too much for the outbox, of each receiver that is on. */
  giveUp(events: readonly OutgoingEvent[], now: number): void;
  /** The oldest that is due. Undefined: none is, or the receiver pauses or is switched off. */
  next(name: ReceiverName, now: number): Delivery | undefined;
  /** What came of an attempt. */
  record(name: ReceiverName, delivery: Delivery, next: NextAction, now: number): void;
  state(name: ReceiverName, now: number): ReceiverState;
  /** How many wait for this receiver. */
  waiting(name: ReceiverName): number;
  /** Events that were given up, until somebody deletes them. */
  undelivered(name: ReceiverName): Undelivered;
};

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS receiver (name TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, state TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS delivery (
    position INTEGER PRIMARY KEY AUTOINCREMENT, receiver TEXT NOT NULL, id TEXT NOT NULL, event TEXT NOT NULL,
    since INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, due_at INTEGER NOT NULL DEFAULT 0, UNIQUE (receiver, id)
  );
  CREATE TABLE IF NOT EXISTS undelivered (
    position INTEGER PRIMARY KEY AUTOINCREMENT, receiver TEXT NOT NULL, id TEXT NOT NULL, event TEXT NOT NULL,
    why TEXT NOT NULL, at INTEGER NOT NULL
  );
`;
const AT_ONCE = 100;
/** For one receiver, some 20 MB. */
const MOST_WAITING = 10_000;
/** Of each receiver, the newest. */
const MOST_UNDELIVERED = 1_000;
const TOO_MANY = 'too many waited for it';

/**
 * A receiver that is not set any more is forgotten. One that was set anew begins anew, with what waits for it. One that pauses is tried
 * `now`: whoever mended it starts the service again.
 */
export function openDeliveries(
  database: DatabaseSync,
  receivers: readonly Pick<Receiver, 'name' | 'fingerprint'>[],
  now: number,
  mostWaiting = MOST_WAITING,
): Deliveries {
  database.exec(SCHEMA);
  begin(database, receivers);
  const insert = database.prepare('INSERT OR IGNORE INTO delivery (receiver, id, event, since) VALUES (?, ?, ?, ?)');
  const oldestDue = database.prepare(
    'SELECT position, event, attempts, since FROM delivery WHERE receiver = ? AND (due_at <= ? OR due_at > ?) ORDER BY position LIMIT 1',
  );
  const remove = database.prepare('DELETE FROM delivery WHERE position = ?');
  const postpone = database.prepare('UPDATE delivery SET attempts = attempts + 1, due_at = ? WHERE position = ?');
  const drop = database.prepare('DELETE FROM delivery WHERE receiver = ?');
  const bury = database.prepare(
    'INSERT INTO undelivered (receiver, id, event, why, at) SELECT receiver, id, event, ?, ? FROM delivery WHERE position = ?',
  );
  const positions = database.prepare('SELECT position FROM delivery WHERE receiver = ? AND since <= ?');
  const first = database.prepare('SELECT position FROM delivery WHERE receiver = ? ORDER BY position LIMIT ?');
  const waiting = database.prepare('SELECT count(*) AS waiting FROM delivery WHERE receiver = ?');
  const forgetUndelivered = database.prepare(
    'DELETE FROM undelivered WHERE receiver = ? AND position NOT IN (SELECT position FROM undelivered WHERE receiver = ? ORDER BY position DESC LIMIT ?)',
  );
  const countUndelivered = database.prepare('SELECT count(*) AS count FROM undelivered WHERE receiver = ?');
  const lastUndelivered = database.prepare(
    'SELECT why, at FROM undelivered WHERE receiver = ? ORDER BY position DESC LIMIT 1',
  );
  const readState = database.prepare('SELECT state FROM receiver WHERE name = ?');
  const writeState = database.prepare('UPDATE receiver SET state = ? WHERE name = ?');

  const state = (name: ReceiverName, now: number): ReceiverState =>
    presentState(JSON.parse(String(readState.get(name)?.['state'] ?? '{}')) as ReceiverState, now);
  for (const { name } of receivers) writeState.run(JSON.stringify(resumed(state(name, now), now)), name);
  const countWaiting = (name: ReceiverName): number => Number(waiting.get(name)?.['waiting']);

  const buryNew = database.prepare('INSERT INTO undelivered (receiver, id, event, why, at) VALUES (?, ?, ?, ?, ?)');

  const giveUp = (name: ReceiverName, which: readonly number[], why: string, now: number): void => {
    for (const position of which) {
      bury.run(why, now, position);
      remove.run(position);
    }
    forgetUndelivered.run(name, name, MOST_UNDELIVERED);
  };

  const positionsOf = (rows: readonly Record<string, unknown>[]): number[] =>
    rows.map((row) => Number(row['position']));

  return {
    accept: (outbox, now) => {
      const taken = outbox.take(AT_ONCE);
      const last = taken.at(-1);
      if (!last) return;
      transaction(database, () => {
        for (const { name } of receivers) {
          if (state(name, now).off) continue;
          for (const { event } of taken) insert.run(name, event.detail.id, JSON.stringify(event), now);
          const tooMany = countWaiting(name) - mostWaiting;
          if (tooMany > 0) giveUp(name, positionsOf(first.all(name, tooMany)), TOO_MANY, now);
        }
        outbox.done(last.position);
      });
    },
    giveUp: (events, now) =>
      transaction(database, () => {
        for (const { name } of receivers) {
          if (state(name, now).off) continue;
          for (const event of events) buryNew.run(name, event.detail.id, JSON.stringify(event), TOO_MANY, now);
          forgetUndelivered.run(name, name, MOST_UNDELIVERED);
        }
      }),
    next: (name, now) => {
      const known = state(name, now);
      if (known.off || pauseOf(known, now)) return undefined;
      // What is due later than anything may be was postponed by a clock that was ahead.
      const row = oldestDue.get(name, now, now + LONGEST_PAUSE_MS + CLOCK_TOLERANCE_MS);
      return (
        row && {
          position: Number(row['position']),
          event: JSON.parse(String(row['event'])) as OutgoingEvent,
          attempts: Number(row['attempts']),
          since: Math.min(now, Number(row['since'])),
        }
      );
    },
    record: (name, { position, event }, next, now) =>
      transaction(database, () => {
        const after = stateAfter(state(name, now), next, { id: event.detail.id, now });
        writeState.run(JSON.stringify(after), name);
        switch (next.kind) {
          case 'delivered':
            remove.run(position);
            break;
          case 'off':
            drop.run(name);
            break;
          case 'again':
            // Where the receiver fails, its pause is what all its events wait for.
            if (next.concerns === 'event') postpone.run(next.at, position);
            break;
          case 'given-up': {
            // The receiver failed for a day, and with it whatever waited for it as long.
            const alike = next.concerns === 'receiver' ? positionsOf(positions.all(name, now - TRIED_FOR_MS)) : [];
            giveUp(name, [...new Set([position, ...alike])], next.why, now);
          }
        }
      }),
    state,
    waiting: countWaiting,
    undelivered: (name) => {
      const last = lastUndelivered.get(name);
      return {
        count: Number(countUndelivered.get(name)?.['count']),
        last: last && { at: iso(Number(last['at'])), why: String(last['why']) },
      };
    },
  };
}

function begin(database: DatabaseSync, receivers: readonly Pick<Receiver, 'name' | 'fingerprint'>[]): void {
  const known = database.prepare('SELECT name, fingerprint FROM receiver').all();
  const write = database.prepare("INSERT OR REPLACE INTO receiver (name, fingerprint, state) VALUES (?, ?, '{}')");
  const due = database.prepare('UPDATE delivery SET due_at = 0 WHERE receiver = ?');
  transaction(database, () => {
    for (const { name } of known) {
      if (receivers.some((receiver) => receiver.name === name)) continue;
      for (const table of ['delivery', 'undelivered']) {
        database.prepare(`DELETE FROM ${table} WHERE receiver = ?`).run(String(name));
      }
      database.prepare('DELETE FROM receiver WHERE name = ?').run(String(name));
    }
    for (const { name, fingerprint } of receivers) {
      if (known.some((each) => each['name'] === name && each['fingerprint'] === fingerprint)) continue;
      write.run(name, fingerprint);
      due.run(name);
    }
  });
}
