/** `npm run serve`: the embedded service against what the settings name. */
import { SECOND } from '../lib/core/values/time.ts';
import { publicDns } from '../lib/dns/dns.ts';
import { parseSettings } from '../lib/settings.ts';
import { serverTls } from '../lib/tls/tls.ts';
import { systemClock } from '../lib/util/clock.ts';
import { explain, jsonLog, writeLine } from '../lib/util/log.ts';
import { wrap } from '../lib/util/wrap.ts';
import { loadEnvFile, readLocalSettings } from './environment.ts';
import { readArguments } from './help.ts';
import { startService } from './service.ts';

const HELP = `npm run serve

Runs the service on this machine against what the settings name. They come from
the environment or from .env (docs/settings.md explains each). It listens on
HOST (127.0.0.1) and PORT, keeps its ledger in DATA_DIR, and reconciles every
RECONCILE_EVERY. One JSON object a line is logged. Ctrl-C or SIGTERM ends it.
`;

// A run may wait for RunCloud. After this time it is left to the next start, which loses nothing.
const LONGEST_STOP_MS = 10 * SECOND;

readArguments(HELP);
const warnings = loadEnvFile();
const local = readLocalSettings(process.env);
const parsed = parseSettings(process.env, warnings);
const faults = [...(parsed.ok ? [] : parsed.faults), ...local.faults];
if (!parsed.ok || faults.length > 0) {
  const list = faults.map((fault) => `  - ${fault}`).join('\n');
  const words = `The service cannot start. Settings come from the environment or from .env, and these are missing or wrong:\n${list}\nnpx mrc init asks for them, and docs/settings.md explains all. To see the service at work without any: npm start`;
  process.stderr.write(`${wrap(words)}\n`);
  process.exit(1);
}

const log = jsonLog(systemClock, writeLine);
try {
  const service = await startService({
    settings: parsed.settings,
    ...local.settings,
    dns: publicDns(parsed.settings.dnsServers),
    tls: serverTls({ port: parsed.settings.tlsPort }),
    clock: systemClock,
    log,
  });
  log.info('Listening', { url: service.url, policy: parsed.settings.plan.policy });
  const stop = (): void => {
    log.info('Stopping');
    setTimeout(() => process.exit(0), LONGEST_STOP_MS).unref();
    void service.stop();
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
} catch (error) {
  log.error('The service cannot start', { why: explain(error) });
  process.exitCode = 1;
}
