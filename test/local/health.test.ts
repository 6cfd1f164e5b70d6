/** `GET /health` of a whole service, and what the doctor and `status` say in the same state. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { MINUTE, SECOND } from '../../lib/core/values/time.ts';
import { parseSettings } from '../../lib/settings.ts';
import { jsonLog } from '../../lib/util/log.ts';
import { startService } from '../../local/service.ts';
import { StandInDns } from '../../local/stand-in/dns.ts';
import { StandInNetwork } from '../../local/stand-in/network.ts';
import { StandInRunCloud } from '../../local/stand-in/runcloud.ts';
import { StandInTls } from '../../local/stand-in/tls.ts';
import { key, keyText } from '../support/webhooks.ts';

const disk: { free: number | undefined } = vi.hoisted(() => ({ free: undefined }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  return {
    ...fs,
    statfsSync: (path: string) => (disk.free === undefined ? fs.statfsSync(path) : { bavail: disk.free, bsize: 1 }),
  };
});
beforeEach(() => {
  disk.free = undefined;
});

type Answer = { readonly ok: boolean; readonly summary: string; readonly [more: string]: unknown };

async function start(reconcileEveryMs = 100) {
  let aheadMs = 0;
  const clock = {
    now: () => Date.now() + aheadMs,
    sleep: async (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
  };
  const runcloud = new StandInRunCloud({
    clock,
    authorization: 'Bearer MARKED-TOKEN',
    limit: { requests: 100_000, retryAfter: true, headers: true },
  });
  const parsed = parseSettings({
    WU_RUNCLOUD_API_TOKEN: 'MARKED-TOKEN',
    WU_RUNCLOUD_SERVER_ID: '7',
    WU_RUNCLOUD_APP_ID: '12',
    RUNCLOUD_API_URL: await runcloud.listen(),
    WEBHOOK_SECRET: keyText(1),
    POLICY: 'sync',
  });
  if (!parsed.ok) throw new Error(parsed.faults.join());
  const dataDir = mkdtempSync(join(tmpdir(), 'health-'));
  const service = await startService({
    settings: parsed.settings,
    dataDir,
    port: 0,
    host: '127.0.0.1',
    reconcileEveryMs,
    dns: new StandInDns(),
    tls: new StandInTls(runcloud),
    clock,
    log: jsonLog(clock, () => {}),
  });
  const database = new DatabaseSync(join(dataDir, 'service.db'), { timeout: 5_000 });
  onTestFinished(async () => {
    database.close();
    await service.stop();
    await runcloud.close();
  });
  const health = async (): Promise<{ status: number; ok: boolean; problems: string[]; [more: string]: unknown }> => {
    const response = await fetch(`${service.url}/health`);
    return { ...((await response.json()) as { ok: boolean; problems: string[] }), status: response.status };
  };
  const invoke = async (request: object): Promise<Response> =>
    fetch(`${service.url}/2015-03-31/functions/reconcile/invocations`, {
      method: 'POST',
      body: JSON.stringify(request),
    });
  const ask = async (action: string): Promise<Answer> => (await invoke({ action })).json() as Promise<Answer>;
  return {
    runcloud,
    database,
    health,
    invoke,
    ask,
    network: new StandInNetwork(service.url, key(1), clock),
    advance: (ms: number) => {
      aheadMs += ms;
    },
    /** Waits until the health shows these problems, and no others. */
    until: async (problems: string[]) => {
      const shown = async () => {
        const answer = await health();
        expect(answer.problems).toEqual(problems);
        return answer;
      };
      return vi.waitFor(shown, { interval: 20, timeout: 20_000 });
    },
    ended: async () => {
      while ((await health())['lastReconcile'] === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    },
  };
}

const ILL = { ok: false, status: 503 };

describe('the health of the service', () => {
  it('is good while domains wait for their DNS, and counts as waiting no message that is for later', async () => {
    const { network, runcloud, until, ask, health } = await start();
    await network.map('shop.example');
    while (runcloud.find('shop.example') === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    const shown = await until([]);
    expect(shown).toMatchObject({ ok: true, status: 200 });
    expect(JSON.stringify(await ask('status'))).toMatch(/shop\.example.*held: /);
    // The recheck for the certificate of the new domain comes in a minute.
    for (const end = Date.now() + 5_000; Date.now() < end; ) {
      if ((await health())['queue'] !== undefined && JSON.stringify((await health())['queue']).includes('"waiting":0'))
        break;
    }
    expect((await health())['queue']).toEqual({ waiting: 0, failing: 0, dead: 0 });
  });

  it('is bad with removals that the brake holds', async () => {
    const { network, runcloud, until, ask } = await start();
    const names = Array.from({ length: 7 }, (_, index) => `shop-${index}.example`);
    for (const name of names) await network.map(name);
    while (runcloud.domains.length < 8) await new Promise((resolve) => setTimeout(resolve, 20));
    for (const name of names) await network.unmap(name);
    expect(await until(['held'])).toMatchObject(ILL);
    expect((await ask('status')).summary).toMatch(/A person is needed for \d domains: brake \d\./);
    expect(await ask('reconcile')).toMatchObject({
      ok: false,
      summary: expect.stringMatching(/^A person is needed for \d domains: brake \d\. Nothing was changed; /),
    });
    // Who looks at it sees no name.
    expect(JSON.stringify(await until(['held']))).not.toContain('shop-');
  });

  it('is bad with a row of the ledger that cannot be read, and the doctor and status name it', async () => {
    const { network, runcloud, database, until, ask } = await start();
    await network.map('shop.example');
    while (runcloud.find('shop.example') === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    await until([]);
    database.exec("UPDATE domain SET state = '{' WHERE domain = 'shop.example'");
    expect(await until(['held'])).toMatchObject(ILL);
    expect((await ask('doctor')).summary).toMatch(/Begin with ledger: The ledger has 1 row .*: shop\.example/);
    expect(JSON.stringify(await ask('status'))).toMatch(/row of shop\.example cannot be read/);
  });

  it('is bad where the ledger as a whole cannot be read, and the doctor and status say what', async () => {
    const { database, until, ask, ended } = await start();
    await ended();
    database.exec("UPDATE note SET value = '{' WHERE name = 'lastReconcile'");
    const shown = await until(['run', 'ledger']);
    expect(shown).toMatchObject(ILL);
    for (const action of ['doctor', 'status', 'plan', 'reconcile']) {
      expect(await ask(action)).toMatchObject({
        ok: false,
        summary: expect.stringMatching(/the note "lastReconcile" in it is not JSON/),
      });
    }
  });

  it('is bad after a run that throws, as on a full disk, until one comes to its end', async () => {
    // Between two runs: a run that could not give its lease back would keep the others waiting.
    const { database, until, ask, invoke, ended } = await start(SECOND);
    await ended();
    const full = "SELECT RAISE(FAIL, 'database or disk is full')";
    database.exec(`CREATE TRIGGER full BEFORE UPDATE ON lease BEGIN ${full}; END`);
    expect(await until(['run'])).toMatchObject(ILL);
    expect(await ask('doctor')).toMatchObject({
      ok: false,
      summary: expect.stringMatching(/Begin with process: The last scheduled run failed: .*disk is full/),
    });
    expect((await ask('status')).summary).toMatch(/The last scheduled run failed: .*disk is full/);
    // As Lambda answers where a function throws.
    const response = await invoke({ action: 'reconcile' });
    expect([response.status, response.headers.get('x-amz-function-error')]).toEqual([200, 'Unhandled']);
    expect(await response.json()).toMatchObject({ ok: false, summary: expect.stringMatching(/disk is full/) });
    database.exec('DROP TRIGGER full');
    expect(await until([])).toMatchObject({ ok: true, status: 200 });
  });

  it('is bad where messages cannot be done with, until they can', async () => {
    const { database, network, until, ended } = await start();
    await ended();
    const full = "SELECT RAISE(FAIL, 'database or disk is full')";
    database.exec(`CREATE TRIGGER full BEFORE DELETE ON message BEGIN ${full}; END`);
    await network.map('shop.example');
    expect(await until(['messages'])).toMatchObject(ILL);
    database.exec('DROP TRIGGER full');
    expect(await until([])).toMatchObject({ ok: true });
  });

  it('is bad before the disk is full', async () => {
    const { health, ask, ended } = await start();
    await ended();
    disk.free = 1024 ** 2;
    expect(await health()).toMatchObject({ ...ILL, problems: ['disk'] });
    expect((await ask('doctor')).summary).toMatch(/process: The disk of DATA_DIR has room for 1 MB/);
    expect((await ask('status')).summary).toMatch(/The disk of DATA_DIR has room for 1 MB/);
  });

  it('is bad where no run ended well for long', async () => {
    const { health, ask, advance, ended } = await start(5 * MINUTE);
    await ended();
    expect(await health()).toMatchObject({ ok: true });
    advance(31 * MINUTE);
    expect(await health()).toMatchObject({ ...ILL, problems: ['overdue'] });
    expect((await ask('status')).summary).toMatch(
      /The last reconcile ended at \S+, 31 minutes ago: the next one is overdue/,
    );
    expect((await ask('doctor')).summary).toMatch(/last-reconcile/);
  });

  it('is bad while RunCloud cannot be read', async () => {
    const { runcloud, until, ended, ask, advance } = await start();
    await ended();
    runcloud.options = { ...runcloud.options, fault: () => ({ kind: 'status', status: 401, carriedOut: false }) };
    // Until its list is due, nobody asks RunCloud for anything.
    advance(61 * MINUTE);
    expect(await until(['run', 'stopped', 'overdue'])).toMatchObject({ ...ILL, stoppedAt: expect.any(String) });
    const doctor = await ask('doctor');
    const said = (doctor['checks'] as { name: string }[]).find(({ name }) => name === 'process');
    expect(said).toMatchObject({
      found: expect.stringMatching(/The last scheduled run failed: .*401/),
      what_to_do: 'Mend what it names. The next run tries again.',
    });
  });
});
