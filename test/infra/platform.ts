/**
 * SST's platform (`.sst/platform`): the components that sst.config.ts is written with, and Pulumi below them. SST makes it
 * for itself before a deployment; the type check and the evaluation need it too, and a fresh clone has none.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

export const ROOT = resolve(import.meta.dirname, '../..');
export const PLATFORM = join(ROOT, '.sst/platform');

/** An install takes half a minute. After ten times that, one that holds the lock has died. */
const LONGEST_INSTALL_MS = 5 * 60_000;

/** Returns whether the platform is whole and of the version of SST that is installed. */
export function platformIsReady(): boolean {
  const versions = [join(PLATFORM, 'version'), join(ROOT, 'node_modules/sst/package.json')];
  // SST writes its lock file last.
  if (![...versions, join(ROOT, '.sst/provider-lock.json')].every((file) => existsSync(file))) return false;
  if (!existsSync(join(PLATFORM, 'node_modules/@pulumi/aws/package.json'))) return false;
  const [made, installed] = versions.map((file) => readFileSync(file, 'utf8'));
  return made?.trim() === (JSON.parse(installed ?? '{}') as { version?: string }).version;
}

export type Made = { readonly ok: true } | { readonly ok: false; readonly why: string };

/** Makes the platform unless it is there, from the npm registry and nothing else. Two at once: the second one waits. */
export async function makePlatform(): Promise<Made> {
  const lock = join(ROOT, '.sst/platform.lock');
  mkdirSync(join(ROOT, '.sst'), { recursive: true });
  for (;;) {
    if (platformIsReady()) return { ok: true };
    try {
      mkdirSync(lock);
      break;
    } catch {
      const since = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
      if (Date.now() - since > LONGEST_INSTALL_MS) rmSync(lock, { recursive: true, force: true });
      await sleep(250);
    }
  }
  try {
    await install();
    return platformIsReady() ? { ok: true } : { ok: false, why: '`sst install` ended without making it' };
  } catch (error) {
    return { ok: false, why: lastLine(error) };
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function install(): Promise<unknown> {
  return promisify(execFile)(
    process.execPath,
    [join(ROOT, 'node_modules/sst/bin/sst.mjs'), 'install', '--stage', 'dev'],
    {
      cwd: ROOT,
      timeout: LONGEST_INSTALL_MS,
      env: {
        ...process.env,
        // Without these SST downloads Pulumi and Bun, sends statistics, looks for a cloud, and writes into the user's home.
        SST_SKIP_DEPENDENCY_CHECK: '1',
        SST_NO_BUN: '1',
        SST_TELEMETRY_DISABLED: '1',
        AWS_EC2_METADATA_DISABLED: 'true',
        XDG_CONFIG_HOME: join(ROOT, '.cache/xdg'),
      },
    },
  );
}

function lastLine(error: unknown): string {
  const { stderr = '', stdout = '', message } = error as { stderr?: string; stdout?: string; message: string };
  return `${stdout}\n${stderr}`.trim().split('\n').at(-1)?.trim() || message;
}

if (import.meta.main) {
  const made = await makePlatform();
  if (!made.ok) {
    process.stderr.write(`SST's platform could not be made (${made.why}): sst.config.ts and infra/ are not checked.\n`);
    process.exitCode = 1;
  }
}
