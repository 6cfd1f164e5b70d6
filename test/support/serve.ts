/** What a process of `npm run serve` needs around it. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../lib/util/clock.ts';
import { StandInRunCloud } from '../../local/stand-in/runcloud.ts';
import { HERE, NOBODY } from './nobody.ts';
import { keyText } from './webhooks.ts';

export const SERVE = resolve('local/serve.ts');
const PLENTY = { requests: 1_000_000, retryAfter: true, headers: true };

/** A stand-in for RunCloud, and the settings of a process that talks to it. */
export async function setUpServe() {
  const runcloud = new StandInRunCloud({
    ...HERE,
    clock: systemClock,
    authorization: 'Bearer MARKED-TOKEN',
    limit: PLENTY,
  });
  const environment = {
    WU_RUNCLOUD_API_TOKEN: 'MARKED-TOKEN',
    WU_RUNCLOUD_SERVER_ID: '7',
    WU_RUNCLOUD_APP_ID: '12',
    RUNCLOUD_API_URL: await runcloud.listen(),
    ...NOBODY,
    WEBHOOK_SECRET: keyText(1),
    POLICY: 'sync',
    // Nobody answers there, so www is left out.
    DNS_SERVERS: '127.0.0.1:9',
    DATA_DIR: mkdtempSync(join(tmpdir(), 'serve-')),
    PORT: '0',
  };
  onTestFinished(() => runcloud.close());
  return { runcloud, environment };
}
