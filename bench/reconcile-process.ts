/**
 * One action of the console in a process of its own, with the ledger on disk:
 * `node bench/reconcile-process.ts <address of RunCloud> <address of the network> <folder> <payload>`.
 * Without arguments it only loads the modules. Prints one JSON line with its peak of memory.
 */
import { answer } from '../lib/console.ts';
import { MINUTE } from '../lib/core/values/time.ts';
import { sqliteLedger } from '../lib/ledger/sqlite.ts';
import { systemClock } from '../lib/util/clock.ts';
import { openStorage } from '../local/database.ts';
import { StandInDns } from '../local/stand-in/dns.ts';
import { certified, pointing } from '../test/support/well.ts';
import { benchDependencies } from './dependencies.ts';

const [runcloud, network, folder, payload] = process.argv.slice(2);
let result = {};
if (runcloud && network && folder && payload) {
  const storage = openStorage(folder);
  const environment = {
    ledger: sqliteLedger(storage.database),
    dns: pointing(new StandInDns()),
    tls: certified(systemClock),
  };
  const deps = benchDependencies({ runcloud, network }, environment);
  const start = performance.now();
  const { ok, summary, writes } = await answer(deps, JSON.parse(payload), systemClock.now() + 15 * MINUTE);
  result = { ok, summary, writes, seconds: (performance.now() - start) / 1_000 };
  await Promise.all([deps.runcloud.close(), deps.network?.close()]);
  storage.close();
}
process.stdout.write(`${JSON.stringify({ ...result, peakMb: process.resourceUsage().maxRSS / 1024 })}\n`);
