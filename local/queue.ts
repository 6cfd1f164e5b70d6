/**
 * Bus and queue of one machine, in SQLite, with SQS's promises: at least once, and hidden while a run has the message. What is no
 * message is a dead letter, and stays one until somebody deletes it.
 */
import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { DeadLetters } from '../lib/core/doctor/findings.ts';
import { LONGEST_DELAY_MS } from '../lib/core/values/recheck-delay.ts';
import { CLOCK_TOLERANCE_MS, iso, MINUTE, SECOND } from '../lib/core/values/time.ts';
import { type BusEvent, parseMessage } from '../lib/intake/event.ts';
import { transaction } from '../lib/ledger/sqlite.ts';
import type { Clock } from '../lib/util/clock.ts';

export type Received = { readonly messageId: string; readonly body: string };

export type Queue = {
  /** Resolves once the event is on disk. It stays hidden for `delayMs`. */
  put(event: BusEvent, delayMs?: number): Promise<void>;
  /** The same, hidden until then (epoch ms): events with the same end come out together. */
  putUntil(event: BusEvent, visibleAt: number): Promise<void>;
  /** At most `most` messages, oldest first. They stay hidden for `hideMs`. */
  receive(most: number, hideMs: number): readonly Received[];
  remove(messageIds: readonly string[]): void;
  /**
   * Failed messages come back after a pause of 10 s for each attempt, a quarter of an hour at most. None is given up.
   */
  giveBack(messageIds: readonly string[]): void;
  /** Messages that could not be worked on yet, though nothing failed, come back after 10 s. */
  delay(messageIds: readonly string[]): void;
  /** When the next message comes out of hiding (epoch ms), by a clock that stays right. Undefined if the queue is empty. */
  nextAt(): number | undefined;
  /**
   * Messages that are due and with no run, how many of all have failed in this process, and dead letters. A recheck for later waits for nothing.
   */
  count(): { readonly waiting: number; readonly failing: number; readonly dead: number };
  /** Makes dead letters of messages that were not understood. */
  bury(malformed: readonly { readonly messageId: string; readonly why: string }[]): void;
  deadLetters(): DeadLetters;
  /** The listener is called after each `put`. */
  onPut(listener: () => void): void;
};

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS message (
    id TEXT PRIMARY KEY, body TEXT NOT NULL, visible_at INTEGER NOT NULL,
    receives INTEGER NOT NULL DEFAULT 0
  );
  CREATE INDEX IF NOT EXISTS message_visible ON message (visible_at);
  CREATE TABLE IF NOT EXISTS dead_letter (id TEXT PRIMARY KEY, body TEXT NOT NULL, why TEXT NOT NULL, at INTEGER NOT NULL);
`;
const PAUSE_MS = 10 * SECOND;
const LONGEST_PAUSE_MS = 15 * MINUTE;
/** Delays, pauses and runs are no longer. What is hidden for longer was hidden by a clock that was ahead, so it shows. */
const LONGEST_HIDDEN_MS = LONGEST_DELAY_MS;

type Pending = {
  readonly id: string;
  readonly body: string;
  readonly visibleAt: number;
  resolve(): void;
  reject(why: unknown): void;
};

/** Messages that a dead process had received come back at once, and so do dead letters that this version understands. */
export function openQueue(database: DatabaseSync, clock: Clock): Queue {
  database.exec(SCHEMA);
  reviveDeadLetters(database);
  database.exec('UPDATE message SET visible_at = 0 WHERE receives > 0');
  const insert = database.prepare('INSERT INTO message (id, body, visible_at) VALUES (?, ?, ?)');
  const visible = database.prepare(
    'SELECT id, body FROM message WHERE visible_at <= ? OR visible_at > ? ORDER BY visible_at, rowid LIMIT ?',
  );
  const hide = database.prepare('UPDATE message SET visible_at = ?, receives = receives + 1 WHERE id = ?');
  const remove = database.prepare('DELETE FROM message WHERE id = ?');
  const giveBack = database.prepare('UPDATE message SET visible_at = ? + min(receives * ?, ?) WHERE id = ?');
  const next = database.prepare('SELECT min(visible_at) AS next FROM message');
  const count = database.prepare(
    `SELECT total(visible_at <= ?) AS waiting, (SELECT count(*) FROM dead_letter) AS dead FROM message`,
  );
  const bury = database.prepare('INSERT INTO dead_letter SELECT id, body, ?, ? FROM message WHERE id = ?');
  const lastDead = database.prepare('SELECT why, at FROM dead_letter ORDER BY at DESC, rowid DESC LIMIT 1');
  const delay = database.prepare('UPDATE message SET visible_at = ?, receives = 1 WHERE id = ?');
  const listeners: (() => void)[] = [];
  // By `receives` one would count that a killed process had taken. What fails is tried again right after a start.
  const failed = new Set<string>();
  let pending: Pending[] = [];

  /** One commit, and one wait for the disk, for all events of the same turn of the event loop. */
  const flush = (): void => {
    const batch = pending;
    pending = [];
    try {
      transaction(database, () => {
        for (const { id, body, visibleAt } of batch) insert.run(id, body, visibleAt);
      });
      for (const { resolve } of batch) resolve();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    for (const listener of listeners) listener();
  };

  const putUntil: Queue['putUntil'] = async (event, visibleAt) =>
    new Promise<void>((resolve, reject) => {
      const id = randomUUID();
      const time = iso(clock.now());
      const body = JSON.stringify({ version: '0', id, source: 'multisite-runcloud', time, ...event });
      if (pending.length === 0) setImmediate(flush);
      pending.push({ id, body, visibleAt, resolve, reject });
    });

  return {
    put: async (event, delayMs = 0) => putUntil(event, clock.now() + delayMs),
    putUntil,
    receive: (most, hideMs) =>
      transaction(database, () => {
        const now = clock.now();
        const rows = visible.all(now, now + LONGEST_HIDDEN_MS + CLOCK_TOLERANCE_MS, most);
        for (const { id } of rows) hide.run(now + hideMs, String(id));
        return rows.map(({ id, body }) => ({ messageId: String(id), body: String(body) }));
      }),
    remove: (messageIds) =>
      transaction(database, () => {
        for (const id of messageIds) {
          failed.delete(id);
          remove.run(id);
        }
      }),
    giveBack: (messageIds) =>
      transaction(database, () => {
        for (const id of messageIds) {
          failed.add(id);
          giveBack.run(clock.now(), PAUSE_MS, LONGEST_PAUSE_MS, id);
        }
      }),
    delay: (messageIds) =>
      transaction(database, () => {
        for (const id of messageIds) delay.run(clock.now() + PAUSE_MS, id);
      }),
    nextAt: () => {
      const at = next.get()?.['next'];
      return typeof at === 'number' ? at : undefined;
    },
    count: () => {
      const row = count.get(clock.now());
      return { waiting: Number(row?.['waiting']), failing: failed.size, dead: Number(row?.['dead']) };
    },
    bury: (malformed) =>
      transaction(database, () => {
        for (const { messageId, why } of malformed) {
          bury.run(why, clock.now(), messageId);
          failed.delete(messageId);
          remove.run(messageId);
        }
      }),
    deadLetters: () => {
      const last = lastDead.get();
      return {
        count: Number(count.get(clock.now())?.['dead']),
        last: last && { at: iso(Number(last['at'])), why: String(last['why']) },
      };
    },
    onPut: (listener) => {
      listeners.push(listener);
    },
  };
}

/** A later version may understand what an earlier one did not. */
function reviveDeadLetters(database: DatabaseSync): void {
  const revive = database.prepare('INSERT INTO message SELECT id, body, 0, 0 FROM dead_letter WHERE id = ?');
  const remove = database.prepare('DELETE FROM dead_letter WHERE id = ?');
  transaction(database, () => {
    for (const { id, body } of database.prepare('SELECT id, body FROM dead_letter').all()) {
      if (parseMessage(String(body)).kind === 'malformed') continue;
      revive.run(String(id));
      remove.run(String(id));
    }
  });
}
