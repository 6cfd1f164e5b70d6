/** Every secret is marked, RunCloud puts some into its answers, and everything that is shown or kept is searched for them. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { parseSettings } from '../../lib/settings.ts';
import { jsonLog } from '../../lib/util/log.ts';
import { startService } from '../../local/service.ts';
import { StandInDns } from '../../local/stand-in/dns.ts';
import { StandInNetwork, signedHeaders } from '../../local/stand-in/network.ts';
import { type Fault, StandInRunCloud } from '../../local/stand-in/runcloud.ts';
import { StandInTls } from '../../local/stand-in/tls.ts';
import { simulatedClock } from '../support/clock.ts';
import { HERE, NOBODY } from '../support/nobody.ts';
import { key } from '../support/webhooks.ts';

const webhookKey = Buffer.from('MARKED-webhook-key-of-32-bytes!!');
const basic = Buffer.from('MARKED-api-key:MARKED-api-secret').toString('base64');
// As it is, in base64, and in hexadecimal.
const MARKS = [
  /MARKED/,
  new RegExp(webhookKey.toString('base64').slice(0, 20)),
  new RegExp(webhookKey.toString('hex').slice(0, 20)),
  new RegExp(basic.slice(0, 20)),
];

/** An answer with the secrets that RunCloud's ordinary answers hold. */
function leaky(status: number, body: object): Fault {
  const secrets = {
    pullKey1: 'MARKED-pull-key',
    pullKey2: 'MARKED-pull-key',
    privateKey: 'MARKED-private-key',
    certificate: 'MARKED',
  };
  return {
    kind: 'text',
    status,
    contentType: 'application/json',
    text: JSON.stringify({ ...secrets, ...body, ssl: secrets }),
  };
}

it.each(['token', 'key pair'])('no secret is ever logged, answered or kept (%s)', async (kind) => {
  const isToken = kind === 'token';
  // Waiting costs no time: RunCloud answers strangely here, and is asked again and again.
  const clock = simulatedClock(Date.now());
  const runcloud = new StandInRunCloud({
    ...HERE,
    clock: clock,
    authorization: isToken ? 'Bearer MARKED-api-token' : `Basic ${basic}`,
    version: isToken ? 'v3' : 'v2',
  });
  const parsed = parseSettings({
    ...(isToken
      ? { WU_RUNCLOUD_API_TOKEN: 'MARKED-api-token' }
      : { WU_RUNCLOUD_API_KEY: 'MARKED-api-key', WU_RUNCLOUD_API_SECRET: 'MARKED-api-secret' }),
    WU_RUNCLOUD_SERVER_ID: '7',
    WU_RUNCLOUD_APP_ID: '12',
    RUNCLOUD_API_URL: await runcloud.listen(),
    ...NOBODY,
    WEBHOOK_SECRET: `whsec_${webhookKey.toString('base64')}`,
    WEBHOOK_TOKEN: 'MARKED-url-token-0123456789',
    POLICY: 'sync',
  });
  if (!parsed.ok) throw new Error(parsed.faults.join());
  const dataDir = mkdtempSync(join(tmpdir(), 'secrets-'));
  const shown: string[] = [];
  const service = await startService({
    settings: parsed.settings,
    dataDir,
    port: 0,
    host: '127.0.0.1',
    reconcileEveryMs: undefined,
    dns: new StandInDns(),
    tls: new StandInTls(runcloud),
    clock: clock,
    log: jsonLog(clock, (line) => shown.push(line)),
  });
  onTestFinished(() => runcloud.close());
  const [signingKey] = parsed.settings.receiver.keys;
  const network = new StandInNetwork(service.url, signingKey ?? key(0), clock);
  const post = async (path: string, body: string, headers: Record<string, string>): Promise<void> => {
    const response = await fetch(`${service.url}${path}`, { method: 'POST', body, headers });
    shown.push(await response.text());
  };
  const ask = async (request: object): Promise<void> =>
    post('/2015-03-31/functions/reconcile/invocations', JSON.stringify(request), {});
  const askAll = async (): Promise<void> => {
    for (const action of ['reconcile', 'plan', 'status']) await ask({ action });
    await ask({ action: 'map', domain: 'asked.example' });
    await ask({ action: 'unmap', domain: 'asked.example' });
  };

  await askAll();
  await network.map('shop.example');
  const faults = [
    leaky(401, {}),
    leaky(403, { message: 'No.' }),
    leaky(404, {}),
    leaky(422, { errors: { name: ['Taken.'] } }),
    leaky(200, { data: [{ id: 1, name: 'leaky.example', pullKey1: 'MARKED' }], meta: { total: 1, lastPage: 1 } }),
    leaky(200, { id: 5, name: 'asked.example' }),
    leaky(302, {}),
  ];
  for (const fault of faults) {
    runcloud.options = { ...runcloud.options, fault: () => fault };
    await askAll();
  }
  // A stranger, a customer's data in a body that makes no sense, and the plugin's payload.
  const json = { 'content-type': 'application/json' };
  await post('/webhooks', '{"email":"MARKED@customer.example"}', {
    ...json,
    'webhook-id': 'x',
    'webhook-timestamp': '1',
    'webhook-signature': 'v1,TUFSS0VE',
  });
  const malformed = '{"type":"MARKED","data":{"email":"MARKED@customer.example"}}';
  await post('/webhooks', malformed, signedHeaders(signingKey ?? key(0), malformed, clock.now()));
  await post(
    '/webhooks/ultimate-multisite/MARKED-url-token-0123456789',
    '{"customer_user_email":"MARKED@customer.example"}',
    json,
  );
  const payload =
    '{"domain_id":4,"domain_domain":"customer.example","customer_name":"MARKED","customer_user_email":"MARKED@x.example"}';
  await post('/webhooks/ultimate-multisite/MARKED-url-token-0123456789', payload, json);
  await post('/webhooks/ultimate-multisite/MARKED-wrong-token', payload, json);
  shown.push(await (await fetch(`${service.url}/health`)).text());
  await service.stop();

  const kept = readdirSync(dataDir).map((file) => readFileSync(join(dataDir, file)).toString('latin1'));
  expect(shown.join('').length).toBeGreaterThan(5_000);
  for (const mark of MARKS) expect([...shown, ...kept].join('\n')).not.toMatch(mark);
});
