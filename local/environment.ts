/** Settings that only the service on one machine has. */
import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { DAY, MINUTE, parseDuration, SECOND } from '../lib/core/values/time.ts';

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

/** Reads `.env` of the current folder, if there is one. Names that the environment has already keep their values. */
export function loadEnvFile(): void {
  if (existsSync('.env')) process.loadEnvFile('.env');
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
      `HOST is ${JSON.stringify(HOST)}. It must be an IP address of this machine: 127.0.0.1 for programs on this machine alone, 0.0.0.0 for all of its addresses.`,
    );
  }
  if (!(port <= 65_535)) faults.push(`PORT is ${JSON.stringify(PORT)}. It must be a port number, such as 8787.`);
  const every = parseDuration(RECONCILE_EVERY);
  if (!every || every < SHORTEST_MS || every > LONGEST_MS) {
    faults.push(
      `RECONCILE_EVERY is ${JSON.stringify(RECONCILE_EVERY)}. It must be a duration from 1s to 20d, such as 30s, 5m or 1h.`,
    );
  }
  return { settings: { host: HOST, port, dataDir: DATA_DIR, reconcileEveryMs: every ?? 5 * MINUTE }, faults };
}
