import { existsSync, mkdirSync, type Stats, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { messageOf } from '../lib/util/log.ts';

// https://www.sqlite.org/rescode.html#busy
const SQLITE_BUSY = 5;
const LOCK_TIMEOUT_MS = 5_000;

export type StorageFault = { readonly why: string; readonly whatToDo: string };

export type Noticed = StorageFault & { readonly kind: 'ledger gone' | 'lock gone' };

export type Storage = {
  readonly database: DatabaseSync;
  /** What was odd about the folder when it was opened. */
  readonly noticed: Noticed | undefined;
  /**
   * Looks at the files. A fault means that what is written from now on would be lost, or that another process may use the folder as
   * well. It stays: the files that this process has open are not those in the folder any more.
   */
  check(): StorageFault | undefined;
  /** Room on its disk. Undefined: the folder is gone, or its file system does not say. */
  freeBytes(): number | undefined;
  close(): void;
};

/**
 * Opens the database for this process alone, and makes the folder if it is missing. What is committed survives the end
 * of the process at any moment and, with `synchronous = FULL`, a power cut.
 * @throws if the folder cannot be written, or another process uses it, or its database is damaged
 */
export function openStorage(folder: string): Storage {
  mkdirSync(folder, { recursive: true });
  const noticed = lookBefore(folder);
  const lock = new DatabaseSync(join(folder, 'lock.db'));
  try {
    // The operating system releases this lock however the process ends, so a killed one leaves nothing to clean up.
    lock.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if ((error as { errcode?: unknown }).errcode !== SQLITE_BUSY) throw error;
    throw new Error(`another process of this service uses ${folder}. Give each its own DATA_DIR`, { cause: error });
  }
  // Another program that reads the database may lock it for a moment.
  const database = new DatabaseSync(join(folder, 'service.db'), { timeout: LOCK_TIMEOUT_MS });
  try {
    insistOnSound(database, folder);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  } catch (error) {
    database.close();
    lock.close();
    throw error;
  }
  const watches = FILES.map((name) => watch(join(folder, name), name));
  let fault: StorageFault | undefined;
  const check = (): StorageFault | undefined => {
    for (const each of watches) fault ??= each();
    return fault;
  };
  // From here on these are the files of this process.
  check();
  const close = (): void => {
    // SQLite would bring the log into the database, and delete it by its name. By now both may be another's.
    if (check() === undefined) database.close();
    lock.close();
  };
  return { database, noticed, check, freeBytes: () => freeBytes(folder), close };
}

function freeBytes(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

// What SQLite writes to beside the database: https://www.sqlite.org/walformat.html
const FILES = ['lock.db', 'service.db', 'service.db-wal', 'service.db-shm'] as const;

const RESTORE =
  'Stop the service. If the file is lost, restore service.db from the backup as docs/one-machine.md says. Then start the service again.';

/**
 * By name and size alone: to open and close a file of SQLite's in the same process would end its locks
 * (https://www.sqlite.org/howtocorrupt.html, section 2.2).
 */
function watch(path: string, name: string): () => StorageFault | undefined {
  let known: Stats | undefined;
  return () => {
    const now = statSync(path, { throwIfNoEntry: false });
    if (!known) {
      // SQLite makes the files beside the database when it first needs them.
      known = now;
      return undefined;
    }
    const what = now === undefined ? 'deleted' : changeOf(known, now, name);
    if (now && what === undefined) known = now;
    return what === undefined
      ? undefined
      : {
          why: `${name} in DATA_DIR was ${what} while the service ran, so nothing that it accepts would last.`,
          whatToDo: RESTORE,
        };
  };
}

function changeOf(known: Stats, now: Stats, name: string): 'replaced' | 'truncated' | undefined {
  if (now.ino !== known.ino || now.dev !== known.dev) return 'replaced';
  // SQLite makes the others shorter by itself. This one only by VACUUM, which nobody needs here.
  return name === 'service.db' && now.size < known.size ? 'truncated' : undefined;
}

/** Whoever deletes files while the service is stopped should read of it at the next start. */
function lookBefore(folder: string): Noticed | undefined {
  const [hasLock, size] = [
    existsSync(join(folder, 'lock.db')),
    statSync(join(folder, 'service.db'), { throwIfNoEntry: false })?.size ?? 0,
  ];
  if (hasLock && size === 0) {
    return {
      kind: 'ledger gone',
      why: 'DATA_DIR was in use before, and service.db in it is gone or empty. So the ledger begins anew: no domain on RunCloud is ours.',
      whatToDo:
        'If that is not meant, stop the service, and restore service.db from the backup as docs/one-machine.md says.',
    };
  }
  if (!hasLock && size > 0) {
    return {
      kind: 'lock gone',
      why: 'lock.db in DATA_DIR is missing, which keeps two processes from using the folder at once.',
      whatToDo: 'Nothing after a restore. Otherwise make sure that no other process of this service uses the folder.',
    };
  }
  return undefined;
}

/** @throws if pages are missing or damaged: half a ledger would make what is ours look like somebody else's. */
function insistOnSound(database: DatabaseSync, folder: string): void {
  let found: unknown;
  try {
    found = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
  } catch (error) {
    // What is no database at all, or too short for what its first page says.
    found = messageOf(error);
  }
  if (found === 'ok') return;
  throw new Error(
    `service.db in ${folder} is damaged (${found}). Restore it from the backup as docs/one-machine.md says`,
  );
}
