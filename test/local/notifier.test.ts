/** The service on one machine tells real receivers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SECOND } from '../../lib/core/values/time.ts';
import { parseSettings } from '../../lib/settings.ts';
import { systemClock } from '../../lib/util/clock.ts';
import { jsonLog } from '../../lib/util/log.ts';
import { type Service, startService } from '../../local/service.ts';
import { StandInDns } from '../../local/stand-in/dns.ts';
import { StandInRunCloud } from '../../local/stand-in/runcloud.ts';
import { answering, type StandInReceiver, startReceiver } from '../notify/receiver.ts';
import { keyText } from '../support/webhooks.ts';
import { certified, pointing } from '../support/well.ts';

let webhook: StandInReceiver;
let slack: StandInReceiver;
let runcloud: StandInRunCloud;
let service: Service | undefined;
let dataDir: string;
let logged: string[];

beforeEach(async () => {
  [webhook, slack] = await Promise.all([startReceiver(), startReceiver()]);
  runcloud = new StandInRunCloud({
    clock: systemClock,
    authorization: 'Bearer token',
    limit: { requests: 100_000, retryAfter: true, headers: true },
  });
  dataDir = mkdtempSync(join(tmpdir(), 'notifier-'));
  logged = [];
});
afterEach(async () => {
  await service?.stop();
  await Promise.all([webhook.close(), slack.close(), runcloud.close()]);
  rmSync(dataDir, { recursive: true });
});

async function start(changes: Record<string, string> = {}): Promise<void> {
  const parsed = parseSettings({
    WU_RUNCLOUD_API_TOKEN: 'token',
    WU_RUNCLOUD_SERVER_ID: String(StandInRunCloud.serverId),
    WU_RUNCLOUD_APP_ID: String(StandInRunCloud.appId),
    RUNCLOUD_API_URL: await runcloud.listen(),
    WEBHOOK_SECRET: keyText(1),
    POLICY: 'sync',
    NOTIFY_URL: `${webhook.url}/MARKED-TOKEN`,
    NOTIFY_SECRET: keyText(2),
    SLACK_WEBHOOK_URL: `${slack.url}/MARKED-TOKEN`,
    NOTIFY_ALLOW_PRIVATE: 'true',
    ...changes,
  });
  if (!parsed.ok) throw new Error(parsed.faults.join());
  service = await startService({
    settings: parsed.settings,
    dataDir,
    port: 0,
    host: '127.0.0.1',
    reconcileEveryMs: undefined,
    dns: pointing(new StandInDns()),
    tls: certified(systemClock),
    clock: systemClock,
    log: jsonLog(systemClock, (line) => logged.push(line)),
  });
}

async function ask(request: object): Promise<Record<string, unknown>> {
  const address = `${service?.url}/2015-03-31/functions/reconcile/invocations`;
  const answer = await fetch(address, { method: 'POST', body: JSON.stringify(request) });
  return (await answer.json()) as Record<string, unknown>;
}

async function check(): Promise<{ readonly found: string; readonly ok: boolean }> {
  const { checks } = (await ask({ action: 'doctor' })) as { checks: { name: string; found: string; ok: boolean }[] };
  return checks.find(({ name }) => name === 'notify') ?? { found: '', ok: false };
}

describe('the service on one machine', () => {
  it('sends a test message to each receiver, and answers to which hosts', async () => {
    await start();
    const hosts = [webhook, slack].map(({ port }) => `127.0.0.1:${port}`);
    const answered = await ask({ action: 'notify' });
    expect(answered).toMatchObject({
      ok: true,
      to: [
        { receiver: 'webhook', host: hosts[0], state: 'on' },
        { receiver: 'slack', host: hosts[1], state: 'on' },
      ],
    });
    await expect.poll(() => [webhook.got.length, slack.got.length], { timeout: 5 * SECOND }).toEqual([1, 1]);
    const [got] = webhook.got;
    const verified = new Webhook(keyText(2)).verify(got?.body ?? '', got?.headers as Record<string, string>);
    expect(verified).toMatchObject({ type: 'notify.test', data: { id: answered['id'] } });
    expect(slack.got[0]?.body).toContain('This is a test');
    await expect
      .poll(check)
      .toMatchObject({ ok: true, found: expect.stringMatching(/took the last event at .* took the/) });
  });

  it('tells what changed on RunCloud', async () => {
    await start();
    await ask({ action: 'map', domain: 'shop.example' });
    await ask({ action: 'reconcile' });
    const types = () => webhook.got.map(({ body }) => JSON.parse(body).type);
    await expect.poll(types, { timeout: 5 * SECOND }).toContain('domain.added');
    expect(slack.got.map(({ body }) => body).join()).toContain('*shop.example* is on RunCloud now.');
  });

  it('waits for no receiver that hangs: runs end as soon as without one, and the other one is told', async () => {
    webhook.answer = () => {};
    await start();
    await ask({ action: 'notify' });
    await expect.poll(() => webhook.got.length, { timeout: 5 * SECOND }).toBe(1);
    const begun = performance.now();
    await ask({ action: 'map', domain: 'shop.example' });
    expect(await ask({ action: 'reconcile' })).toMatchObject({ ok: true });
    // The receiver hangs for ten seconds.
    expect(performance.now() - begun).toBeLessThan(5 * SECOND);
    await expect.poll(() => slack.got.length, { timeout: 5 * SECOND }).toBeGreaterThan(1);
    expect(webhook.got).toHaveLength(1);
    const stopping = performance.now();
    await service?.stop();
    service = undefined;
    expect(performance.now() - stopping).toBeLessThan(2 * SECOND);
  });

  it('stops where a receiver answers 101, and says in the doctor what it answered', async () => {
    webhook.answer = (response) => response.writeHead(101, { connection: 'upgrade', upgrade: 'websocket' }).end();
    await start();
    await ask({ action: 'notify' });
    await expect.poll(() => webhook.got.length, { timeout: 5 * SECOND }).toBe(1);
    await expect.poll(check, { timeout: 5 * SECOND }).toMatchObject({ found: expect.stringContaining('answered 101') });
    const stopping = performance.now();
    await service?.stop();
    service = undefined;
    expect(performance.now() - stopping).toBeLessThan(2 * SECOND);
  });

  it('says in the doctor since when and why a receiver fails, and goes on after a restart with the same ids', async () => {
    webhook.answer = answering(500, 'MARKED-TOKEN is wrong');
    await start();
    const { id } = await ask({ action: 'notify' });
    const fails = {
      ok: false,
      found: expect.stringMatching(/^NOTIFY_URL .* has not taken an event since .*: it answered 500/),
    };
    await expect.poll(check, { timeout: 5 * SECOND }).toMatchObject(fails);
    await service?.stop();
    webhook.answer = answering(204);
    await start();
    await expect.poll(() => webhook.got.length, { timeout: 15 * SECOND }).toBe(2);
    expect(webhook.got.map(({ headers }) => headers['webhook-id'])).toEqual([id, id]);
    expect(logged.join()).not.toContain('MARKED');
  });

  it('is not well, for monitoring and in status, while a receiver is switched off', async () => {
    slack.answer = answering(410);
    await start();
    await ask({ action: 'notify' });
    const health = async () => (await fetch(`${service?.url}/health`)).json();
    await expect.poll(health, { timeout: 5 * SECOND }).toMatchObject({ ok: false, problems: ['notify'] });
    expect((await ask({ action: 'status' }))['summary']).toContain('is switched off');
    expect(await ask({ action: 'notify' })).toMatchObject({
      ok: true,
      summary: expect.stringContaining('Not to SLACK_'),
    });
  });

  it('says that no receiver is set', async () => {
    await start({ NOTIFY_URL: '', NOTIFY_SECRET: '', SLACK_WEBHOOK_URL: '' });
    expect(await ask({ action: 'notify' })).toMatchObject({
      ok: false,
      to: [],
      summary: expect.stringMatching(/^No receiver is set.*NOTIFY_URL.*SLACK_WEBHOOK_URL/),
    });
    expect(await check()).toMatchObject({ ok: true, found: expect.stringMatching(/^Nobody is told/) });
  });
});
