/** `npm run bench`: figures for people. Nothing here passes or fails. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSettings } from '../lib/settings.ts';
import { systemClock } from '../lib/util/clock.ts';
import { jsonLog } from '../lib/util/log.ts';
import { readArguments } from '../local/help.ts';
import { startService } from '../local/service.ts';
import { StandInDns } from '../local/stand-in/dns.ts';
import { StandInNetwork } from '../local/stand-in/network.ts';
import { StandInRunCloud } from '../local/stand-in/runcloud.ts';
import { StandInTls } from '../local/stand-in/tls.ts';
import { benchCertificates } from './certificates.ts';
import { benchMonths } from './month.ts';
import { benchPages } from './pages.ts';
import { benchReceiver } from './receiver.ts';
import { benchReconcile } from './reconcile.ts';
import { benchStart } from './start.ts';

const HELP = `npm run bench

Prints figures: size and start of the functions, webhooks answered, customers'
pages, what a whole run costs, a thousand certificates, RunCloud's calls in a
month, and the planner with up to a million domains. It takes a quarter of an
hour. Nothing passes or fails, and no account is used.
`;
const WEBHOOKS = 1_000;

readArguments(HELP);

console.log(`Node ${process.version}, ${process.arch}`);
await benchStart();
await benchWebhooks(1);
await benchWebhooks(20);
await benchPages();
await benchReceiver();
await benchReconcile();
await benchCertificates();
await benchMonths();
for (const count of [10_000, 1_000_000]) {
  for (const scenario of ['no-drift', 'drift', 'all-new']) benchPlanner(count, scenario);
}

/** Signed webhooks to the one-machine service, which answers once an event is on disk (`synchronous = FULL`). */
async function benchWebhooks(senders: number): Promise<void> {
  const runcloud = new StandInRunCloud({
    clock: systemClock,
    authorization: 'Bearer token',
    limit: { requests: 1_000_000, retryAfter: true, headers: true },
  });
  const parsed = parseSettings({
    WU_RUNCLOUD_API_TOKEN: 'token',
    WU_RUNCLOUD_SERVER_ID: '7',
    WU_RUNCLOUD_APP_ID: '12',
    RUNCLOUD_API_URL: await runcloud.listen(),
    WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
    POLICY: 'sync',
  });
  if (!parsed.ok) throw new Error(parsed.faults.join());
  const [key] = parsed.settings.receiver.keys;
  if (!key) throw new Error('no key');
  const dataDir = mkdtempSync(join(tmpdir(), 'bench-'));
  const service = await startService({
    settings: parsed.settings,
    dataDir,
    port: 0,
    host: '127.0.0.1',
    reconcileEveryMs: undefined,
    dns: new StandInDns(),
    tls: new StandInTls(runcloud),
    clock: systemClock,
    log: jsonLog(systemClock, () => {}),
  });
  const network = new StandInNetwork(service.url, key, systemClock);
  const times: number[] = [];
  let accepted = 0;
  const start = performance.now();
  const send = async (sender: number): Promise<void> => {
    for (let index = sender; index < WEBHOOKS; index += senders) {
      const sent = performance.now();
      const answer = await network.map(`shop-${index}.example`);
      await answer.arrayBuffer();
      times.push(performance.now() - sent);
      if (answer.status === 202) accepted += 1;
    }
  };
  await Promise.all(Array.from({ length: senders }, async (_, sender) => send(sender)));
  const seconds = (performance.now() - start) / 1_000;
  times.sort((a, b) => a - b);
  const at = (share: number): string => `${(times[Math.floor(share * (times.length - 1))] ?? 0).toFixed(1)} ms`;
  console.log(
    `webhooks, ${senders} at a time: ${accepted} of ${WEBHOOKS} answered 202 in ${seconds.toFixed(1)} s; p50 ${at(0.5)}, p99 ${at(0.99)}`,
  );
  await service.stop();
  await runcloud.close();
  rmSync(dataDir, { recursive: true });
}

function benchPlanner(count: number, scenario: string): void {
  const output = execFileSync(process.execPath, ['--expose-gc', 'bench/planner.ts', String(count), scenario]);
  const { planMs, setMs, steps, peakMb } = JSON.parse(output.toString());
  console.log(
    `planner, ${count} domains, ${scenario}: ${planMs.toFixed(1)} ms for ${steps} steps = ${(planMs / setMs).toFixed(1)} × ` +
      `a Set of the names (${setMs.toFixed(1)} ms); peak ${peakMb.toFixed(0)} MB`,
  );
}
