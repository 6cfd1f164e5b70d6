import { mkdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

// https://www.sqlite.org/rescode.html#busy
const SQLITE_BUSY = 5;
const LOCK_TIMEOUT_MS = 5_000;

export type Storage = {
  readonly database: DatabaseSync;
  /** Room on its disk. Undefined: the folder is gone, or its file system does not say. */
  freeBytes(): number | undefined;
  close(): void;
};

/**
 * Opens the database for this process alone, and makes the folder if it is missing. What is committed survives the end
 * of the process at any moment and, with `synchronous = FULL`, a power cut.
 * @throws if the folder cannot be written, or another process uses it
 */
export function openStorage(folder: string): Storage {
  mkdirSync(folder, { recursive: true });
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
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  return {
    database,
    freeBytes: () => {
      try {
        const { bavail, bsize } = statfsSync(folder);
        return bavail * bsize;
      } catch {
        return undefined;
      }
    },
    close: () => {
      database.close();
      lock.close();
    },
  };
}
