/** Customers' pages on one machine, with a thousand domains in the ledger. */
import { createSecretKey } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HostName } from '../lib/core/values/host-name.ts';
import { customerUrl, expiryAfter, LINK_DAYS } from '../lib/pages/link.ts';
import { parseSettings } from '../lib/settings.ts';
import { systemClock } from '../lib/util/clock.ts';
import { jsonLog } from '../lib/util/log.ts';
import { startService } from '../local/service.ts';
import { StandInDns } from '../local/stand-in/dns.ts';
import { StandInRunCloud } from '../local/stand-in/runcloud.ts';
import { StandInTls } from '../local/stand-in/tls.ts';

const DOMAINS = 1_000;
const READERS = 500;
// Of one service: more are answered with 429.
const PAGES_A_SECOND = 20;
const BYTES = Buffer.alloc(32, 1);

export async function benchPages(): Promise<void> {
  const runcloud = new StandInRunCloud({
    clock: systemClock,
    authorization: 'Bearer token',
    limit: { requests: 1_000_000, retryAfter: true, headers: true },
  });
  const names = Array.from({ length: DOMAINS }, (_, index) => `shop-${index}.example` as HostName);
  for (const name of names) runcloud.addByHand(name);
  const parsed = parseSettings({
    WU_RUNCLOUD_API_TOKEN: 'token',
    WU_RUNCLOUD_SERVER_ID: '7',
    WU_RUNCLOUD_APP_ID: '12',
    RUNCLOUD_API_URL: await runcloud.listen(),
    WEBHOOK_SECRET: `whsec_${BYTES.toString('base64')}`,
    POLICY: 'sync',
  });
  if (!parsed.ok) throw new Error(parsed.faults.join());
  const dataDir = mkdtempSync(join(tmpdir(), 'bench-'));
  const dns = new StandInDns();
  const service = await startService({
    settings: parsed.settings,
    dataDir,
    port: 0,
    host: '127.0.0.1',
    reconcileEveryMs: undefined,
    dns,
    tls: new StandInTls(runcloud),
    clock: systemClock,
    log: jsonLog(systemClock, () => {}),
  });
  await fetch(`${service.url}/2015-03-31/functions/reconcile/invocations`, {
    method: 'POST',
    body: JSON.stringify({ action: 'adopt', domains: names }),
  });
  const before = { calls: runcloud.calls.length, questions: dns.questions.length };
  const times: number[] = [];
  const expiresAt = expiryAfter(LINK_DAYS, systemClock.now());
  let shown = 0;
  for (let reader = 0; reader < READERS; reader += 1) {
    const domain = names[(reader * 7) % DOMAINS] as HostName;
    const sent = performance.now();
    const answer = await fetch(customerUrl(service.url, { domain, expiresAt }, createSecretKey(BYTES)));
    const body = await answer.text();
    times.push(performance.now() - sent);
    if (answer.status === 200 && body.includes(domain)) shown += 1;
    await sleep(1_000 / PAGES_A_SECOND);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): string => `${(times[Math.floor(share * (times.length - 1))] ?? 0).toFixed(1)} ms`;
  console.log(
    `customers' pages, ${DOMAINS} domains: ${shown} of ${READERS} shown; p50 ${at(0.5)}, p99 ${at(0.99)}; ` +
      `${runcloud.calls.length - before.calls} calls to RunCloud, ${dns.questions.length - before.questions} questions to DNS`,
  );
  await service.stop();
  await runcloud.close();
  rmSync(dataDir, { recursive: true });
}
