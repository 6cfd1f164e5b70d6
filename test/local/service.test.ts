import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs';
import { request } from 'node:http';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseSettings } from '../../lib/settings.ts';
import { systemClock } from '../../lib/util/clock.ts';
import { jsonLog } from '../../lib/util/log.ts';
import { type Service, type ServiceOptions, startService } from '../../local/service.ts';
import { StandInDns } from '../../local/stand-in/dns.ts';
import { StandInNetwork, signedHeaders } from '../../local/stand-in/network.ts';
import { type StandInOptions, StandInRunCloud } from '../../local/stand-in/runcloud.ts';
import { StandInTls } from '../../local/stand-in/tls.ts';
import { key, keyText } from '../support/webhooks.ts';

const PLENTY = { requests: 100_000, retryAfter: true, headers: true };

async function start(options: Partial<StandInOptions> = {}, more: Partial<ServiceOptions> = {}) {
  const dataDir = more.dataDir ?? mkdtempSync(join(tmpdir(), 'service-'));
  const runcloud = new StandInRunCloud({
    clock: systemClock,
    authorization: 'Bearer MARKED-TOKEN',
    limit: PLENTY,
    ...options,
  });
  const parsed = parseSettings({
    WU_RUNCLOUD_API_TOKEN: 'MARKED-TOKEN',
    WU_RUNCLOUD_SERVER_ID: '7',
    WU_RUNCLOUD_APP_ID: '12',
    RUNCLOUD_API_URL: await runcloud.listen(),
    WEBHOOK_SECRET: keyText(1),
    WEBHOOK_TOKEN: 'MARKED-url-token-0123456789',
    POLICY: 'sync',
  });
  if (!parsed.ok) throw new Error(parsed.faults.join());
  const logged: string[] = [];
  const service = await startService({
    settings: parsed.settings,
    dataDir,
    port: 0,
    host: '127.0.0.1',
    reconcileEveryMs: undefined,
    dns: new StandInDns(new Map([['www.flowers.example', [StandInRunCloud.address]]])),
    tls: new StandInTls(runcloud),
    clock: systemClock,
    log: jsonLog(systemClock, (line) => logged.push(line)),
    ...more,
  });
  let stopped: Promise<void> | undefined;
  const once: Service = { url: service.url, stop: () => (stopped ??= service.stop()) };
  onTestFinished(async () => {
    await once.stop();
    await runcloud.close();
  });
  return { service: once, runcloud, logged, dataDir, network: new StandInNetwork(service.url, key(1), systemClock) };
}

function invoke(
  { url }: Service,
  payload: string,
  path = '/2015-03-31/functions/reconcile/invocations',
  init: RequestInit = {},
) {
  return fetch(`${url}${path}`, { method: 'POST', body: payload, ...init });
}

/** A request with headers that `fetch` does not let through. */
async function raw(
  { url }: Pick<Service, 'url'>,
  path: string,
  headers: Record<string, string>,
  method = 'POST',
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    request({ host: hostname, port, path, method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .once('error', reject)
      .end(method === 'GET' ? '' : '{"action":"status"}');
  });
}

describe('the embedded service', () => {
  it('answers console invocations as the Lambda API does', async () => {
    const { service } = await start();
    const answer = await invoke(service, '{"action":"reconcile"}');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ ok: true, writes: 0 });
    expect(await (await invoke(service, '')).json()).toMatchObject({
      ok: false,
      summary: expect.stringMatching(/no "action"/),
    });
    expect((await invoke(service, '{')).status).toBe(400);
    const other = await invoke(service, '{}', '/2015-03-31/functions/other/invocations');
    expect(other.status).toBe(404);
    expect(other.headers.get('x-amzn-errortype')).toBe('ResourceNotFoundException');
    expect((await invoke(service, '{}', undefined, { headers: { 'x-amz-invocation-type': 'Event' } })).status).toBe(
      400,
    );
    expect((await fetch(`${service.url}/2015-03-31/functions/reconcile/invocations`)).status).toBe(405);
  });

  it.each([
    ['a page in a browser', { origin: 'https://evil.example' }],
    ['a name bent to this machine', { host: 'evil.example' }],
    ['a proxy in front', { 'x-forwarded-for': '198.51.100.7' }],
  ])('refuses the console to %s', async (_name, headers) => {
    const { service } = await start();
    expect(await raw(service, '/2015-03-31/functions/reconcile/invocations', headers)).toBe(403);
  });

  it('shows the page of the operator to this machine, and to nobody else', async () => {
    const { service } = await start({}, { host: '0.0.0.0' });
    await invoke(service, '{"action":"reconcile"}');
    const page = await fetch(service.url);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await page.text()).toContain('<h1>Domains</h1>');
    const { port } = new URL(service.url);
    for (const address of Object.values(networkInterfaces()).flatMap((each) => each ?? [])) {
      if (address.internal || address.family !== 'IPv4') continue;
      // From its own address, as another machine would come from its own; the name alone is no proof.
      const url = `http://${address.address}:${port}`;
      expect(await raw({ url }, '/', { host: '127.0.0.1' }, 'GET')).toBe(404);
    }
  });

  it.each([
    ['127.0.0.1', 'http://127.0.0.1:'],
    ['0.0.0.0', 'http://127.0.0.1:'],
    ['::', 'http://[::1]:'],
    ['::1', 'http://[::1]:'],
  ])('listens on %s, and names an address by which this machine reaches it', async (host, address) => {
    const { service } = await start({}, { host });
    expect(service.url).toContain(address);
    expect(await (await invoke(service, '{"action":"reconcile"}')).json()).toMatchObject({ ok: true });
  });

  it('says how it is', async () => {
    const { service, network } = await start();
    await invoke(service, '{"action":"reconcile"}');
    await network.map('shop.example');
    const health = await fetch(`${service.url}/health`);
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({
      ok: true,
      queue: { failing: 0 },
      lastReconcile: { at: expect.any(String) },
    });
  });

  it('calls nothing well while a message in its queue is not understood, until somebody deletes it', async () => {
    const { service, network, dataDir } = await start();
    await invoke(service, '{"action":"reconcile"}');
    const asked = async (action: string) =>
      (await invoke(service, JSON.stringify({ action }))).json() as Promise<{
        readonly checks?: readonly { readonly name: string }[];
      }>;
    // As an earlier version kept it, which answered 202.
    const time = '-000001-12-31T23:00:00.000Z';
    const message = { id: 'x', 'detail-type': 'domain.mapped', time, detail: { domain: 'shop.example' } };
    const database = new DatabaseSync(join(dataDir, 'service.db'));
    database.prepare('INSERT INTO message VALUES (?, ?, 0, 0)').run('x', JSON.stringify(message));
    await network.map('shop.example');
    const health = async () => (await fetch(`${service.url}/health`)).json();
    await expect.poll(health).toMatchObject({ ok: false, queue: { dead: 1 } });
    const words = /1 message in the queue could not be understood.*because .*in the years 1970 to 9999/;
    expect(await asked('status')).toMatchObject({ summary: expect.stringMatching(words) });
    const { checks } = await asked('doctor');
    expect(checks?.find(({ name }) => name === 'dead-letters')).toMatchObject({
      ok: false,
      found: expect.stringMatching(words),
    });
    database.exec('DELETE FROM dead_letter');
    database.close();
    expect(await health()).toMatchObject({ ok: true, queue: { dead: 0 } });
    expect(await asked('status')).toMatchObject({ summary: expect.not.stringMatching(words) });
  });

  const damages: [string, RegExp, (folder: string) => void][] = [
    [
      'whose service.db is deleted',
      /service\.db in DATA_DIR was deleted/,
      (folder) => rmSync(join(folder, 'service.db')),
    ],
    [
      'whose service.db is truncated',
      /service\.db in DATA_DIR was truncated/,
      (folder) => truncateSync(join(folder, 'service.db'), 100),
    ],
    [
      'whose service.db is replaced',
      /service\.db in DATA_DIR was replaced/,
      (folder) => {
        copyFileSync(join(folder, 'service.db'), join(folder, 'copy.db'));
        renameSync(join(folder, 'copy.db'), join(folder, 'service.db'));
      },
    ],
    [
      'whose write-ahead log is deleted',
      /service\.db-wal in DATA_DIR was deleted/,
      (folder) => rmSync(join(folder, 'service.db-wal')),
    ],
    ['whose lock.db is deleted', /lock\.db in DATA_DIR was deleted/, (folder) => rmSync(join(folder, 'lock.db'))],
    ['whose folder is gone', /lock\.db in DATA_DIR was deleted/, (folder) => renameSync(folder, `${folder}-elsewhere`)],
  ];

  it.each(damages)('%s accepts and changes nothing more, and says so', async (_, words, damage) => {
    const { service, network, runcloud, logged, dataDir } = await start();
    await invoke(service, '{"action":"reconcile"}');
    expect((await network.map('before.example')).status).toBe(202);
    await expect.poll(() => runcloud.names).toContain('before.example');
    damage(dataDir);
    const refused = await network.map('after.example');
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('30');
    expect(await (await fetch(`${service.url}/health`)).json()).toEqual({
      ok: false,
      problems: ['storage'],
    });
    expect(await (await invoke(service, '{"action":"reconcile"}')).json()).toMatchObject({
      ok: false,
      summary: expect.stringMatching(words),
    });
    expect(await (await invoke(service, '{"action":"doctor"}')).json()).toMatchObject({
      ok: false,
      checks: [
        {
          name: 'ledger',
          ok: false,
          found: expect.stringMatching(words),
          what_to_do: expect.stringMatching(/^Stop the service\./),
        },
      ],
    });
    await expect.poll(() => logged.join(), { timeout: 1_000 }).toMatch(/The ledger is lost to this process/);
    expect(runcloud.names).not.toContain('after.example');
  });

  it('leaves its folder to another process once its lock is deleted, and does nothing beside it', async () => {
    const first = await start();
    await invoke(first.service, '{"action":"reconcile"}');
    rmSync(join(first.dataDir, 'lock.db'));
    const second = await start({}, { dataDir: first.dataDir });
    expect(second.logged.join()).toMatch(/not as it was left.*lock\.db in DATA_DIR is missing/);
    // Its database is there, so nothing is wrong with it.
    expect(await (await fetch(`${second.service.url}/health`)).text()).not.toMatch(/storage/);
    expect((await first.network.map('a.example')).status).toBe(503);
    expect((await second.network.map('a.example')).status).toBe(202);
    await expect.poll(() => second.runcloud.names).toContain('a.example');
    expect(first.runcloud.names).toEqual(['network.example']);
  });

  it('says at its start that its ledger is gone, and nothing of a folder that is new', async () => {
    const first = await start();
    expect(first.logged.join()).not.toMatch(/not as it was left/);
    await first.service.stop();
    const again = await start({}, { dataDir: first.dataDir });
    expect(again.logged.join()).not.toMatch(/not as it was left/);
    await again.service.stop();
    for (const damage of [rmSync, truncateSync]) {
      damage(join(first.dataDir, 'service.db'));
      const after = await start({}, { dataDir: first.dataDir });
      expect(after.logged.join()).toMatch(/not as it was left.*the ledger begins anew: no domain on RunCloud is ours/);
      const health = await fetch(`${after.service.url}/health`);
      expect([health.status, await health.json()]).toMatchObject([
        503,
        { problems: expect.arrayContaining(['storage']) },
      ]);
      expect(await (await invoke(after.service, '{"action":"doctor"}')).text()).toMatch(
        /DATA_DIR was in use before, and service\.db in it is gone or empty/,
      );
      await after.service.stop();
    }
  });

  it('does not start on a ledger of which a part is missing, and leaves it as it is', async () => {
    const { service, dataDir } = await start();
    await service.stop();
    const path = join(dataDir, 'service.db');
    for (const length of [statSync(path).size - 4_096, 4_096, 50]) {
      truncateSync(path, length);
      const before = readFileSync(path);
      await expect(start({}, { dataDir })).rejects.toThrow(/service\.db in .* is damaged .*Restore it from the backup/);
      // It gave the folder back.
      await expect(start({}, { dataDir })).rejects.toThrow(/is damaged/);
      expect(readFileSync(path)).toEqual(before);
    }
  });

  it('stops reading a body that is too long, and says 413', async () => {
    const { service } = await start();
    const body = ' '.repeat(64 * 1024 + 1);
    const headers = signedHeaders(key(1), body, systemClock.now());
    expect((await fetch(`${service.url}/webhooks`, { method: 'POST', headers, body })).status).toBe(413);
  });

  it('takes webhooks behind the base path of a proxy, and with a slash at the end', async () => {
    const { service } = await start();
    const body = JSON.stringify({ type: 'bridge.test' });
    for (const path of ['/webhooks/', '/multisite/webhooks']) {
      const headers = signedHeaders(key(1), body, systemClock.now());
      expect((await fetch(`${service.url}${path}`, { method: 'POST', headers, body })).status).toBe(202);
    }
  });

  it('answers 404 elsewhere, and 405 for other methods', async () => {
    const { service } = await start();
    expect((await fetch(`${service.url}/elsewhere`)).status).toBe(404);
    const get = await fetch(`${service.url}/webhooks?secret=1`);
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('that is stopped does not wait for the end of a pause that RunCloud asked for', async () => {
    const { service, runcloud, network, logged } = await start({
      fault: ({ method }) => (method === 'POST' ? { kind: 'status', status: 429, carriedOut: false } : undefined),
    });
    await invoke(service, '{"action":"reconcile"}');
    await network.map('shop.example');
    for (const end = Date.now() + 10_000; Date.now() < end && !logged.join().includes('asks for a pause'); ) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const before = Date.now();
    await service.stop();
    expect(Date.now() - before).toBeLessThan(5_000);
    expect(logged.join()).toMatch(/A run ended early/);
    expect(runcloud.writes).toHaveLength(1);
  });
});
