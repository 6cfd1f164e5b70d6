import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const [HEADER, FRAME_HEADER] = [32, 24];

/**
 * Commits in the log of a database: with `synchronous = FULL` each of them waited for the disk. A frame that ends a commit says how many
 * pages the database has then (https://www.sqlite.org/fileformat2.html#walformat). Right until SQLite begins the log anew, which it does
 * after a thousand pages.
 */
export function commitsIn(folder: string): number {
  const log = readFileSync(join(folder, 'service.db-wal'));
  if (log.length < HEADER) return 0;
  const frame = FRAME_HEADER + log.readUInt32BE(8);
  let commits = 0;
  for (let at = HEADER; at + frame <= log.length; at += frame) if (log.readUInt32BE(at + 4) > 0) commits += 1;
  return commits;
}
