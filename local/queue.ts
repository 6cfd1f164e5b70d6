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

/** What becomes of received messages. */
export type EndedBatch = {
  /** They are removed. */
  readonly done?: readonly string[];
  /** They come back after a pause of 10 s for each attempt, a quarter of an hour at most. None is given up. */
  readonly failed?: readonly string[];
  /** Nothing failed, though they could not be worked on yet. They come back after 10 s. */
  readonly early?: readonly string[];
  readonly sent?: readonly Sent[];
  /** What else is written in the same transaction. */
  readonly alongside?: () => void;
};

/** An event that the batch itself puts, hidden for `delayMs`. */
export type Sent = { readonly event: BusEvent; readonly delayMs: number };

export type Queue = {
  /** Resolves once the event is on disk. It stays hidden for `delayMs`. */
  put(event: BusEvent, delayMs?: number): Promise<void>;
  /** The same, hidden until then (epoch ms): events with the same end come out together. */
  putUntil(event: BusEvent, visibleAt: number): Promise<void>;
  /** At most `most` messages, oldest first. They stay hidden for `hideMs`, or until `end`. */
  receive(most: number, hideMs: number): readonly Received[];
  /** Ends a batch, in one transaction: all of it or, if it throws, nothing. */
  end(batch: EndedBatch): void;
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

/** What shows later than this was hidden by a clock that was ahead. */
function latest(now: number): number {
  return now + LONGEST_HIDDEN_MS + CLOCK_TOLERANCE_MS;
}

type Pending = {
  readonly id: string;
  readonly body: string;
  readonly visibleAt: number;
  resolve(): void;
  reject(why: unknown): void;
};

/** Messages that failed in a dead process come back at once, and so do dead letters that this version understands. */
export function openQueue(database: DatabaseSync, clock: Clock): Queue {
  database.exec(SCHEMA);
  reviveDeadLetters(database);
  database.exec('UPDATE message SET visible_at = 0 WHERE receives > 0');
  const insert = database.prepare('INSERT INTO message (id, body, visible_at) VALUES (?, ?, ?)');
  const visible = database.prepare(
    'SELECT id, body FROM message WHERE visible_at <= ? OR visible_at > ? ORDER BY visible_at, rowid LIMIT ?',
  );
  const remove = database.prepare('DELETE FROM message WHERE id = ?');
  const giveBack = database.prepare(
    'UPDATE message SET visible_at = ? + min((receives + 1) * ?, ?), receives = receives + 1 WHERE id = ?',
  );
  const next = database.prepare('SELECT id, visible_at FROM message ORDER BY visible_at LIMIT ?');
  const isDue = database.prepare('SELECT 1 FROM message WHERE id = ? AND visible_at <= ?');
  const count = database.prepare(
    `SELECT total(visible_at <= ?) AS waiting, (SELECT count(*) FROM dead_letter) AS dead FROM message`,
  );
  const bury = database.prepare('INSERT INTO dead_letter SELECT id, body, ?, ? FROM message WHERE id = ?');
  const lastDead = database.prepare('SELECT why, at FROM dead_letter ORDER BY at DESC, rowid DESC LIMIT 1');
  const delay = database.prepare('UPDATE message SET visible_at = ?, receives = 1 WHERE id = ?');
  // In memory: a process that dies has no message in hand any more, so to write this down would cost a wait for the disk for nothing.
  const inHand = new Map<string, number>();
  const release = (now: number): void => {
    for (const [id, until] of inHand) if (until <= now || until > latest(now)) inHand.delete(id);
  };
  const listeners: (() => void)[] = [];
  // By `receives` one would count what only came too early. What fails is tried again right after a start.
  const failed = new Set<string>();
  let pending: Pending[] = [];

  const toMessage = (event: BusEvent): Pick<Pending, 'id' | 'body'> => {
    const id = randomUUID();
    const time = iso(clock.now());
    return { id, body: JSON.stringify({ version: '0', id, source: 'multisite-runcloud', time, ...event }) };
  };

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
      if (pending.length === 0) setImmediate(flush);
      pending.push({ ...toMessage(event), visibleAt, resolve, reject });
    });

  return {
    put: async (event, delayMs = 0) => putUntil(event, clock.now() + delayMs),
    putUntil,
    receive: (most, hideMs) => {
      const now = clock.now();
      release(now);
      const rows = visible.all(now, latest(now), most + inHand.size).filter(({ id }) => !inHand.has(String(id)));
      return rows.slice(0, most).map(({ id, body }) => {
        inHand.set(String(id), now + hideMs);
        return { messageId: String(id), body: String(body) };
      });
    },
    end: ({ done = [], failed: failing = [], early = [], sent = [], alongside }) => {
      transaction(database, () => {
        const now = clock.now();
        for (const { event, delayMs } of sent) {
          const { id, body } = toMessage(event);
          insert.run(id, body, now + delayMs);
        }
        for (const id of failing) giveBack.run(now, PAUSE_MS, LONGEST_PAUSE_MS, id);
        for (const id of early) delay.run(now + PAUSE_MS, id);
        for (const id of done) remove.run(id);
        alongside?.();
      });
      for (const id of failing) failed.add(id);
      for (const id of done) failed.delete(id);
      for (const id of [...done, ...failing, ...early]) inHand.delete(id);
    },
    nextAt: () => {
      const shown = next.all(inHand.size + 1).find(({ id }) => !inHand.has(String(id)));
      const times = [...inHand.values(), ...(shown ? [Number(shown['visible_at'])] : [])];
      return times.length === 0 ? undefined : Math.min(...times);
    },
    count: () => {
      const now = clock.now();
      release(now);
      const row = count.get(now);
      const running = [...inHand.keys()].filter((id) => isDue.get(id, now) !== undefined).length;
      return { waiting: Number(row?.['waiting']) - running, failing: failed.size, dead: Number(row?.['dead']) };
    },
    bury: (malformed) =>
      transaction(database, () => {
        for (const { messageId, why } of malformed) {
          bury.run(why, clock.now(), messageId);
          failed.delete(messageId);
          inHand.delete(messageId);
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
