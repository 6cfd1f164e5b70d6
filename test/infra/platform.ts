/**
 * SST's platform (`.sst/platform`): the components that sst.config.ts is written with, and Pulumi below them. SST makes
 * it for itself before a deployment; the type check and the evaluation need it too, and a fresh clone has none.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

export const ROOT = resolve(import.meta.dirname, '../..');
export const PLATFORM = join(ROOT, '.sst/platform');

/** Whether the platform is whole, and of the installed version of SST. */
function platformIsReady(): boolean {
  const versions = [join(PLATFORM, 'version'), join(ROOT, 'node_modules/sst/package.json')];
  // SST writes its lock file last.
  if (![...versions, join(ROOT, '.sst/provider-lock.json')].every((file) => existsSync(file))) return false;
  if (!existsSync(join(PLATFORM, 'node_modules/@pulumi/aws/package.json'))) return false;
  const [made, installed] = versions.map((file) => readFileSync(file, 'utf8'));
  return made?.trim() === (JSON.parse(installed ?? '{}') as { version?: string }).version;
}

export type Made = { readonly ok: true } | { readonly ok: false; readonly why: string };

/**
 * Makes the platform unless it is there, from the npm registry and nothing else; says so, because it takes half a
 * minute. Two at once: the second one waits for the first.
 */
export async function makePlatform(): Promise<Made> {
  mkdirSync(join(ROOT, '.sst'), { recursive: true });
  const lock = join(ROOT, '.sst/platform.lock');
  while (!take(lock)) await sleep(250);
  try {
    if (platformIsReady()) return { ok: true };
    process.stdout.write("Making SST's platform, once per clone: half a minute.\n");
    // Once more, because npm is told below not to try again by itself. What came the first time lies in its cache.
    await install().catch(install);
    return platformIsReady() ? { ok: true } : { ok: false, why: '`npx sst install` ended without it' };
  } catch {
    return { ok: false, why: '`npx sst install` failed. Is the npm registry within reach?' };
  } finally {
    rmSync(lock, { force: true });
  }
}

/**
 * For the files of tests that need the platform: makes it, and returns whether it is there; says so where it is not.
 * @throws under CI: where nobody reads along, a skipped test would pass for a passed one.
 */
export async function havePlatform(): Promise<boolean> {
  const made = await makePlatform();
  if (made.ok) return true;
  const line = `The deployment is not evaluated, and its tests are skipped: SST's platform could not be made (${made.why}).`;
  if (process.env['CI']) throw new Error(line);
  process.stdout.write(`${line}\n`);
  return false;
}

/** Whether the lock is ours now. The lock of a dead process does not count. */
function take(lock: string): boolean {
  try {
    writeFileSync(lock, `${process.pid}`, { flag: 'wx' });
    return true;
  } catch {
    const holder = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : 0;
    if (holder > 0 && !isAlive(holder)) rmSync(lock, { force: true });
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function install(): Promise<unknown> {
  const program = join(ROOT, 'node_modules/sst/bin/sst.mjs');
  return promisify(execFile)(process.execPath, [program, 'install', '--stage', 'dev'], {
    cwd: ROOT,
    env: {
      ...process.env,
      // Without these SST downloads Pulumi and Bun, sends statistics, looks for a cloud, and writes into the user's
      // home.
      SST_SKIP_DEPENDENCY_CHECK: '1',
      SST_NO_BUN: '1',
      SST_TELEMETRY_DISABLED: '1',
      AWS_EC2_METADATA_DISABLED: 'true',
      XDG_CONFIG_HOME: join(ROOT, '.cache/xdg'),
      // npm, which SST starts, tries each of its many requests three times, and so takes minutes where there is no
      // registry.
      npm_config_fetch_retries: '0',
      npm_config_fetch_timeout: '30000',
    },
  });
}
