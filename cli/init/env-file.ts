/** A `.env` file on disk: read with all that a new file in its place has to have, and replaced at once or not at all. */

import { isUtf8 } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../../lib/util/log.ts';
import { Refusal } from './refusal.ts';

/** Its owner reads and writes it, and nobody else. */
const PRIVATE = 0o600;
// Windows has no such modes: Node makes them up there.
const HAS_MODES = process.platform !== 'win32';

export type EnvFile = {
  /** Where a link leads to, or the file itself. */
  readonly path: string;
  /** Undefined if there is no file yet. */
  readonly there:
    | { readonly text: string; readonly mode: number; readonly uid: number; readonly gid: number }
    | undefined;
};

/** @throws Refusal if it is there and cannot be read */
export function readEnvFile(file: string): EnvFile {
  try {
    const path = targetOf(file);
    try {
      const { mode, uid, gid } = statSync(path);
      return { path, there: { text: asText(file, readFileSync(path)), mode: mode & 0o777, uid, gid } };
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return { path, there: undefined };
      throw error;
    }
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(`${file} could not be read (${codeOf(error)}). Let this user read it, or run this as its owner.`);
  }
}

/** What is not UTF-8 would be written back as something else. @throws Refusal */
function asText(file: string, bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  throw new Refusal(`${file} is not in UTF-8, so it is not changed. Save it as UTF-8 first, or change it by hand.`);
}

/** @throws Refusal if it is another one than at that reading */
export function checkSame(file: string, before: EnvFile): void {
  if (isDeepStrictEqual(readEnvFile(file), before)) return;
  throw new Refusal('Somebody else changed .env meanwhile. Start again with the new values.');
}

/** Whether others than its owner may open it. */
export function isWide({ there }: EnvFile): boolean {
  return HAS_MODES && there !== undefined && (there.mode & ~PRIVATE) !== 0;
}

/** @throws Refusal */
export function narrow(file: string, { path }: EnvFile): void {
  try {
    chmodSync(path, PRIVATE);
  } catch (error) {
    throw unwritable(file, error);
  }
}

/**
 * Puts a new file into its place: a reader, or a crash, meets the old one or the new one. It belongs to who owned the old one.
 * @throws Refusal if it cannot be written, or if it is another one than at that reading
 */
export function replaceEnvFile(file: string, before: EnvFile, text: string): void {
  const temporary = `${before.path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    writeNew(temporary, text, before);
    checkSame(file, before);
    renameSync(temporary, before.path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error instanceof Refusal ? error : unwritable(file, error);
  }
}

function writeNew(path: string, text: string, { there }: EnvFile): void {
  const handle = openSync(path, 'wx', PRIVATE);
  try {
    fchmodSync(handle, PRIVATE);
    if (there && process.geteuid !== undefined && there.uid !== process.geteuid()) {
      fchownSync(handle, there.uid, there.gid);
    }
    writeFileSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function unwritable(file: string, error: unknown): Refusal {
  return new Refusal(
    `${file} could not be written (${codeOf(error)}). A new file takes its place, so this user must own it and may write in its folder. Run this as its owner or as root.`,
  );
}

/** A link stays a link, also where what it leads to is not there yet. */
function targetOf(file: string): string {
  try {
    return realpathSync(file);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    const isLink = lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
    return isLink ? resolve(dirname(file), readlinkSync(file)) : file;
  }
}

function codeOf(error: unknown): string {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' ? code : messageOf(error);
}
