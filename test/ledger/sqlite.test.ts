import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { HostName } from '../../lib/core/values/host-name.ts';
import { iso, MINUTE } from '../../lib/core/values/time.ts';
import { parseMessage } from '../../lib/intake/event.ts';
import { LeaseLostError } from '../../lib/ledger/ledger.ts';
import { SCHEMA } from '../../lib/ledger/schema.ts';
import { endLease, sqliteLedger, transaction } from '../../lib/ledger/sqlite.ts';
import { openStorage, type Storage } from '../../local/database.ts';
import { openQueue } from '../../local/queue.ts';
import { START, simulatedClock } from '../support/clock.ts';
import { commitsIn } from '../support/commits.ts';
import { APPLICATION_STATE, copyDatabase010, RECORDS } from '../support/ledger-0.1.0.ts';
import { Died } from '../support/mortal.ts';
import { mapped } from '../support/world.ts';
import { describeLedger } from './contract.ts';
import { describeUpgrades, type Stored } from './upgrade-contract.ts';

describeLedger('ledger in SQLite', () => sqliteLedger(new DatabaseSync(':memory:')));

/** A copy of the database that 0.1.0 wrote. */
async function copy010(): Promise<Stored & { readonly folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'storage-'));
  copyDatabase010(folder);
  let current: Storage | undefined;
  /** The folder belongs to one process at a time: whoever opens it ends the one before. */
  const reopen = (): DatabaseSync => {
    current?.close();
    current = openStorage(folder);
    return current.database;
  };
  return {
    folder,
    open: () => sqliteLedger(reopen()),
    content: async () => {
      const content = contentOf(reopen());
      current?.close();
      current = undefined;
      return content;
    },
    claim: async (schema, readBy) => {
      const database = reopen();
      database.exec(`PRAGMA user_version = ${schema}`);
      if (readBy === undefined) database.exec('DROP TABLE read_by');
      else database.prepare('UPDATE read_by SET software = ?').run(readBy);
    },
  };
}

function contentOf(database: DatabaseSync): unknown {
  const tables = database.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
  const rows = tables.map(({ name }) => database.prepare(`SELECT * FROM ${name}`).all());
  return [database.prepare('PRAGMA user_version').get(), tables, rows];
}

describeUpgrades('ledger in SQLite', copy010);

describe('bringing a database up to date', () => {
  it('is done by a process that dies at any statement not at all, and wholly by the next', async () => {
    const { folder, content } = await copy010();
    const before = await content();
    let deaths = 0;
    for (let isDone = false; !isDone; ) {
      const storage = openStorage(folder);
      try {
        sqliteLedger(dyingAfter(deaths, storage.database));
        isDone = true;
      } catch (error) {
        expect(error).toBeInstanceOf(Died);
        deaths += 1;
      }
      // Nobody rolls back: as when the process is killed.
      storage.close();
      if (!isDone) expect(await content()).toEqual(before);
    }
    // It takes a statement for each domain at least.
    expect(deaths).toBeGreaterThan(RECORDS.length);
    const { database, close } = openStorage(folder);
    const ledger = sqliteLedger(database);
    expect([...(await ledger.readAll()).values()]).toEqual(RECORDS);
    expect(await ledger.readApplication()).toEqual(APPLICATION_STATE);
    close();
  });

  it('leaves the messages in the queue, and they are understood', async () => {
    const { folder } = await copy010();
    const { database, close } = openStorage(folder);
    sqliteLedger(database);
    const clock = simulatedClock(START + MINUTE);
    const messages = openQueue(database, clock).receive(10, MINUTE);
    expect(messages.map(({ body }) => parseMessage(body))).toEqual([
      {
        kind: 'event',
        event: {
          domain: 'queued.example',
          request: {
            kind: 'mapped',
            trust: 'signed',
            namedAs: 'www',
            eventId: 'event-queued',
            siteId: 4,
            occurredAt: iso(START + MINUTE),
          },
        },
      },
      { kind: 'recheck', domains: ['full.example'], hop: 1 },
    ]);
    close();
  });

  it('does not take a database for an old one that holds a queue and no ledger yet', () => {
    const database = new DatabaseSync(':memory:');
    openQueue(database, simulatedClock());
    sqliteLedger(database);
    expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: SCHEMA });
  });
});

/** The database as a process has it that dies after so many statements: from then on nothing it does has an effect. */
function dyingAfter(statements: number, database: DatabaseSync): DatabaseSync {
  let left = statements;
  const counted = <T extends object>(target: T, names: readonly string[]): T =>
    new Proxy(target, {
      get: (_, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return (...given: unknown[]) => {
          if (names.includes(String(name)) && left-- <= 0) throw new Died(String(name));
          const result: unknown = value.apply(target, given);
          return name === 'prepare' ? counted(result as object, ['run', 'get', 'all']) : result;
        };
      },
    });
  return counted(database, ['exec']);
}

describe('storage on disk', () => {
  it('belongs to one process at a time, and says so to the second', () => {
    const folder = mkdtempSync(join(tmpdir(), 'storage-'));
    const storage = openStorage(folder);
    expect(() => openStorage(folder)).toThrow(/another process of this service uses/);
    storage.close();
    openStorage(folder).close();
  });

  it('lets a new process end the lease of a dead one, whose adds are then in doubt', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'storage-'));
    const first = openStorage(folder);
    const pendingAdds = [{ domain: 'shop.example' as HostName, since: iso(START), until: iso(START + MINUTE) }];
    const dead = sqliteLedger(first.database);
    await dead.acquire({ holder: 'dead', now: START, ttlMs: MINUTE, pendingAdds });
    // It adds nothing before it has read what it acts on.
    await dead.read([]);
    first.close();
    const second = openStorage(folder);
    const ledger = sqliteLedger(second.database);
    endLease(second.database);
    const answer = await ledger.acquire({ holder: 'new', now: START, ttlMs: MINUTE, pendingAdds: [] });
    expect(answer).toMatchObject({ kind: 'acquired', pendingAdds: pendingAdds });
    second.close();
  });

  it('waits for the disk once for a lease and the requests of its run', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'storage-'));
    const storage = openStorage(folder);
    const ledger = sqliteLedger(storage.database);
    const before = commitsIn(folder);
    await ledger.acquire({ holder: 'a', now: START, ttlMs: MINUTE, pendingAdds: [] });
    await ledger.recordRequests([mapped('shop.example', simulatedClock())]);
    expect(commitsIn(folder) - before).toBe(1);
    expect(storage.database.prepare('SELECT holder FROM lease').get()).toEqual({ holder: 'a' });
    storage.close();
  });

  it('keeps another run out from the moment a lease is acquired', async () => {
    const ledger = sqliteLedger(new DatabaseSync(':memory:'));
    const given = { now: START, ttlMs: MINUTE, pendingAdds: [] };
    await ledger.acquire({ ...given, holder: 'a' });
    expect((await ledger.acquire({ ...given, holder: 'b' })).kind).toBe('busy');
    await ledger.release('a', [], {});
  });

  it('counts a lease that cannot be written as none, and goes on reading', async () => {
    const database = new DatabaseSync(':memory:');
    const ledger = sqliteLedger(database);
    database.exec("CREATE TRIGGER full BEFORE UPDATE ON lease BEGIN SELECT RAISE(FAIL, 'disk is full'); END");
    const given = { now: START, ttlMs: MINUTE, pendingAdds: [] };
    await ledger.acquire({ ...given, holder: 'a' });
    await expect(ledger.readAll()).rejects.toThrow('disk is full');
    expect(await ledger.readAll()).toEqual(new Map());
    expect(await ledger.leaseUntil()).toBeUndefined();
    await expect(ledger.save('a', {})).rejects.toThrow(LeaseLostError);
  });

  it('keeps a lease that is not written yet where another run finds out that it lost its own', async () => {
    const ledger = sqliteLedger(new DatabaseSync(':memory:'));
    await ledger.acquire({ holder: 'a', now: START, ttlMs: MINUTE, pendingAdds: [] });
    await expect(ledger.save('old', {})).rejects.toThrow(LeaseLostError);
    await ledger.save('a', {});
  });

  it('waits for the disk at every commit, so that a 202 outlives a power cut', () => {
    const storage = openStorage(mkdtempSync(join(tmpdir(), 'storage-')));
    // https://www.sqlite.org/pragma.html#pragma_synchronous: 2 is FULL.
    expect(storage.database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
    expect(storage.database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    storage.close();
  });

  it('does all of a transaction or nothing', () => {
    const database = new DatabaseSync(':memory:');
    database.exec('CREATE TABLE t (n)');
    expect(() =>
      transaction(database, () => {
        database.exec('INSERT INTO t VALUES (1)');
        throw new Error('in the middle');
      }),
    ).toThrow('in the middle');
    expect(database.prepare('SELECT count(*) AS n FROM t').get()).toEqual({ n: 0 });
  });

  it('does a transaction within another one as a part of that', () => {
    const database = new DatabaseSync(':memory:');
    database.exec('CREATE TABLE t (n)');
    expect(() =>
      transaction(database, () => {
        transaction(database, () => database.exec('INSERT INTO t VALUES (1)'));
        throw new Error('after it');
      }),
    ).toThrow('after it');
    expect(database.prepare('SELECT count(*) AS n FROM t').get()).toEqual({ n: 0 });
  });
});
