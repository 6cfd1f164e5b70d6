/** `npm run serve` as an operator meets it: a process of its own, with settings from the environment. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openStorage } from '../../local/database.ts';
import { copyDatabase010 } from '../support/ledger-0.1.0.ts';
import { run } from '../support/process.ts';
import { SERVE, setUpServe } from '../support/serve.ts';

describe('npm run serve', () => {
  it('refuses to start with a list of every setting that is missing or wrong', async () => {
    const refused = run(
      SERVE,
      { POLICY: 'yes', PORT: '99999', RECONCILE_EVERY: 'now' },
      mkdtempSync(join(tmpdir(), 'empty-')),
    );
    expect(await refused.ended).toBe(1);
    const settings = [
      'WU_RUNCLOUD_API_TOKEN',
      'WU_RUNCLOUD_SERVER_ID',
      'WEBHOOK_SECRET',
      'POLICY',
      'PORT',
      'RECONCILE_EVERY',
    ];
    for (const setting of settings) expect(refused.printed()).toContain(`  - ${setting}`);
  });

  it('warns of names that are not known: each one of .env, and of the environment those meant for it', async () => {
    const { environment } = await setUpServe();
    const folder = mkdtempSync(join(tmpdir(), 'env-'));
    writeFileSync(join(folder, '.env'), 'POLICYY=MARKED\nEDITORS=MARKED\nGRACE=1h\n');
    const service = run(SERVE, { ...environment, MULTISITE_KEY: 'MARKED', EDITOR: 'vi' }, folder);
    const [, url = ''] = await service.until(/"url":"(http:[^"]+)"/);
    const response = await fetch(`${url}/2015-03-31/functions/reconcile/invocations`, {
      method: 'POST',
      body: '{"action":"doctor"}',
    });
    const { checks } = (await response.json()) as { checks: readonly { name: string; found: string }[] };
    const found = checks.find(({ name }) => name === 'settings')?.found;
    for (const said of [service.printed(), found]) {
      expect(said).toContain('The setting POLICYY is not known, so nothing reads it. Did you mean POLICY?');
      expect(said).toContain(
        'The setting EDITORS is not known, so nothing reads it. docs/settings.md lists all of them.',
      );
      expect(said).toContain('MULTISITE_KEY is not known, so nothing reads it. Did you mean MULTISITE_API_KEY?');
      expect(said).not.toMatch(/EDITOR is|MARKED|GRACE is/);
    }
  });

  it('quotes a wrong value, and what may be meant by a name that is not known', async () => {
    const refused = run(SERVE, { POLICY: 'obsrve', HOST: 'web1' }, mkdtempSync(join(tmpdir(), 'empty-')));
    expect(await refused.ended).toBe(1);
    expect(refused.printed().replace(/\s+/g, ' ')).toMatch(
      /POLICY is "obsrve", and has to be observe, create-only or sync\..* HOST is "web1"\. It must be an IP address/,
    );
  });

  it('reads .env, and prefers the environment', async () => {
    const { environment } = await setUpServe();
    const folder = mkdtempSync(join(tmpdir(), 'env-'));
    const { POLICY: _, ...rest } = environment;
    writeFileSync(join(folder, '.env'), 'POLICY=create-only\nPORT=not-a-port\n');
    const service = run(SERVE, rest, folder);
    await service.until(/"policy":"create-only"/);
  });

  it('goes on with what 0.1.0 left in its folder', async () => {
    const { environment } = await setUpServe();
    copyDatabase010(environment.DATA_DIR);
    const process = run(SERVE, { ...environment, POLICY: 'observe' });
    const [, url = ''] = await process.until(/"url":"(http:[^"]+)"/);
    const response = await fetch(`${url}/2015-03-31/functions/reconcile/invocations`, {
      method: 'POST',
      body: '{"action":"status"}',
    });
    const { domains } = (await response.json()) as { domains: readonly { domain: string }[] };
    expect(domains.map(({ domain }) => domain)).toEqual(expect.arrayContaining(['full.example', 'hint.example']));
  });

  it('does not start on the ledger of a newer version, says what to do, and leaves it as it is', async () => {
    const { environment } = await setUpServe();
    const file = join(environment.DATA_DIR, 'service.db');
    copyDatabase010(environment.DATA_DIR);
    const database = new DatabaseSync(file);
    database.exec(
      "PRAGMA user_version = 99; CREATE TABLE read_by (software TEXT); INSERT INTO read_by VALUES ('9.8.0')",
    );
    database.close();
    const before = readFileSync(file);
    const process = run(SERVE, environment);
    expect(await process.ended).toBe(1);
    expect(process.printed()).toMatch(
      /The service cannot start.*schema 99.*Version 9\.8\.0 of this software.*Run version 9\.8\.0 .*restore the ledger/,
    );
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('refuses a folder that another process uses', async () => {
    const { environment } = await setUpServe();
    const storage = openStorage(environment.DATA_DIR);
    onTestFinished(() => storage.close());
    const second = run(SERVE, environment);
    expect(await second.ended).toBe(1);
    expect(second.printed()).toMatch(/another process of this service uses/);
  });
});
