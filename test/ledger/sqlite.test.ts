import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { HostName } from '../../lib/core/values/host-name.ts';
import { iso, MINUTE } from '../../lib/core/values/time.ts';
import { endLease, sqliteLedger, transaction } from '../../lib/ledger/sqlite.ts';
import { openStorage } from '../../local/database.ts';
import { START } from '../support/clock.ts';
import { describeLedger } from './contract.ts';

describeLedger('ledger in SQLite', () => sqliteLedger(new DatabaseSync(':memory:')));

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
    await sqliteLedger(first.database).acquire({ holder: 'dead', now: START, ttlMs: MINUTE, pendingAdds });
    first.close();
    const second = openStorage(folder);
    const ledger = sqliteLedger(second.database);
    endLease(second.database);
    const answer = await ledger.acquire({ holder: 'new', now: START, ttlMs: MINUTE, pendingAdds: [] });
    expect(answer).toMatchObject({ kind: 'acquired', pendingAdds: pendingAdds });
    second.close();
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
});
