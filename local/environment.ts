/** Settings that only the service on one machine has. */
import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { parseEnv } from 'node:util';
import { DAY, MINUTE, parseDuration, SECOND } from '../lib/core/values/time.ts';
import { SETTING_NAMES } from '../lib/setting-names.ts';
import { quote } from '../lib/util/raw-settings.ts';
import { warnOfUnknown } from '../lib/util/unknown-names.ts';

const SHORTEST_MS = SECOND;
// A timer of Node lasts 24 days at most.
const LONGEST_MS = 20 * DAY;

export type LocalSettings = {
  /** IP address to listen on. */
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly reconcileEveryMs: number;
};

export const LOCAL_NAMES: readonly string[] = ['HOST', 'PORT', 'DATA_DIR', 'RECONCILE_EVERY'];

/**
 * Reads `.env` of the current folder, if there is one. Names that the environment has already keep their values. Returns sentences
 * about names that are not known: each one of the file, and of the environment those that are meant for this service.
 */
export function loadEnvFile(): readonly string[] {
  const known = [...SETTING_NAMES, ...LOCAL_NAMES];
  const inFile = existsSync('.env') ? Object.keys(parseEnv(readFileSync('.env', 'utf8'))) : [];
  const elsewhere = Object.keys(process.env).filter((name) => !inFile.includes(name));
  if (inFile.length > 0) process.loadEnvFile('.env');
  return [
    ...warnOfUnknown({ names: inFile, from: 'settings' }, known),
    ...warnOfUnknown({ names: elsewhere, from: 'environment' }, known),
  ];
}

/** Reads HOST, PORT, DATA_DIR and RECONCILE_EVERY. `faults` are sentences for a person. */
export function readLocalSettings(environment: NodeJS.ProcessEnv): { settings: LocalSettings; faults: string[] } {
  const setting = (name: string, otherwise: string): string => environment[name]?.trim() || otherwise;
  const [HOST, PORT, DATA_DIR, RECONCILE_EVERY] = [
    // The console has no password, so nobody outside reaches it unless somebody says so.
    setting('HOST', '127.0.0.1'),
    setting('PORT', '8787'),
    setting('DATA_DIR', '.data'),
    setting('RECONCILE_EVERY', '5m'),
  ];
  const faults: string[] = [];
  const port = /^\d{1,5}$/.test(PORT) ? Number(PORT) : Number.NaN;
  // Shells and containers export HOST too, as the name of the machine.
  if (isIP(HOST) === 0) {
    faults.push(
      `HOST is ${quote(HOST)}. It must be an IP address of this machine: 127.0.0.1 for programs on this machine alone, 0.0.0.0 for all of its addresses.`,
    );
  }
  if (!(port <= 65_535)) faults.push(`PORT is ${quote(PORT)}. It must be a port number, such as 8787.`);
  const every = parseDuration(RECONCILE_EVERY);
  if (!every || every < SHORTEST_MS || every > LONGEST_MS) {
    faults.push(
      `RECONCILE_EVERY is ${quote(RECONCILE_EVERY)}. It must be a duration from 1s to 20d, such as 30s, 5m or 1h.`,
    );
  }
  return { settings: { host: HOST, port, dataDir: DATA_DIR, reconcileEveryMs: every ?? 5 * MINUTE }, faults };
}
