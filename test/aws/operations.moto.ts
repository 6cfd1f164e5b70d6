/**
 * The recipes of docs/aws-operations.md, command for command, in moto: after each of them the packages go on with the
 * ledger that came of it, and nothing is lost.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dynamoLedger } from '../../lib/ledger/dynamo.ts';
import { systemClock } from '../../lib/util/clock.ts';
import { RUNTIME } from '../functions/runtime.ts';
import { havePlatform } from '../infra/platform.ts';
import { CREDENTIALS } from '../support/aws/cloud.ts';
import { MotoDeployment } from '../support/aws/moto-deployment.ts';
import { commandsOf, hasRecipePrograms, runRecipe, runShell } from '../support/aws/recipe.ts';
import { HAS_NO_MOTO, useMoto } from './start-moto.ts';

const FUNCTION = 'multisite-runcloud-production-reconcile';
const RESTORED = 'multisite-runcloud-production-restored';
const MOVED = 'multisite-runcloud-production-moved';

describe.skipIf(HAS_NO_MOTO || !(await havePlatform()) || !hasRecipePrograms())(`in moto, under ${RUNTIME}`, () => {
  const moto = useMoto();
  let deployment: MotoDeployment;

  beforeEach(async () => {
    deployment = await MotoDeployment.open(moto.url);
    await deployment.putSettings();
    deployReconcile();
    const [webhook, sync] = [deployment.lambda('webhook'), deployment.lambda('sync')];
    for (const name of ['a.example', 'b.example']) expect(await deployment.say(webhook, name)).toBe(202);
    for (let delivered = 0; delivered < 2; ) delivered += await deployment.deliver(sync);
  });
  afterEach(async () => deployment.close());

  function cli(line: string): void {
    execFileSync('aws', line.split(' '), {
      env: { ...process.env, ...CREDENTIALS, AWS_DEFAULT_REGION: CREDENTIALS.AWS_REGION, AWS_ENDPOINT_URL: moto.url },
      stdio: 'pipe',
    });
  }

  /** As far as a recipe asks about the function: the name of its table. */
  function deployReconcile(): void {
    const trust = '{"Version":"2012-10-17","Statement":[]}';
    cli(`iam create-role --role-name reconcile --assume-role-policy-document ${trust}`);
    const code = join(tmpdir(), 'reconcile.zip');
    // An empty archive.
    writeFileSync(code, Buffer.from('504b0506'.padEnd(44, '0'), 'hex'));
    cli(
      `lambda create-function --function-name ${FUNCTION} --runtime nodejs22.x --handler bundle.handler --role arn:aws:iam::123456789012:role/reconcile --zip-file fileb://${code} --environment Variables={LEDGER_TABLE=ledger}`,
    );
  }

  async function reconcile(names: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const invoked = await deployment.lambda('reconcile', names).invoke({ action: 'reconcile' });
    if (invoked.kind !== 'answered') throw new Error(JSON.stringify(invoked));
    return invoked.payload;
  }

  async function ask(request: object, names: Readonly<Record<string, string>>): Promise<unknown> {
    const invoked = await deployment.lambda('reconcile', names).invoke(request);
    return invoked.kind === 'answered' ? invoked.payload : invoked;
  }

  it('a restored table goes on: what is ours stays ours, and what came since is adopted', async () => {
    const { calls, pins } = await runRecipe('Restore the ledger', moto.url);
    expect(pins).toEqual({ LEDGER_TABLE: RESTORED });
    expect(calls).toContain('npx sst deploy --stage production');
    // Mapped after the moment that was restored: the older ledger knows it, the restored one does not.
    const [webhook, sync] = [deployment.lambda('webhook'), deployment.lambda('sync')];
    expect(await deployment.say(webhook, 'late.example')).toBe(202);
    while ((await deployment.deliver(sync)) === 0);
    const everything = ['a.example', 'b.example', 'late.example', 'network.example'];
    expect(deployment.runcloud.names).toEqual(everything);

    const names = { LEDGER_TABLE: RESTORED };
    expect(await reconcile(names)).toMatchObject({ ok: true, writes: 0 });
    // The archive's replay.
    expect(await deployment.say(webhook, 'late.example')).toBe(202);
    const restoredSync = deployment.lambda('sync', names);
    while ((await deployment.deliver(restoredSync)) === 0);
    expect(await ask({ action: 'adopt', domains: ['late.example'] }, names)).toMatchObject({ ok: true });
    expect(await reconcile(names)).toMatchObject({ ok: true, writes: 0 });
    expect(deployment.runcloud.names).toEqual(everything);
    for (const name of ['a.example', 'late.example']) {
      expect(await deployment.say(webhook, name, 'domain.unmapped')).toBe(202);
    }
    for (let delivered = 0; delivered < 2; ) delivered += await deployment.deliver(restoredSync);
    expect(deployment.runcloud.names).toEqual(['b.example', 'network.example']);
  });

  it('a roll back leaves the table as it was restored, with nothing in it of what came since', async () => {
    await runRecipe('Restore the ledger', moto.url);
    const [webhook, sync] = [deployment.lambda('webhook'), deployment.lambda('sync')];
    await deployment.say(webhook, 'late.example');
    while ((await deployment.deliver(sync)) === 0);
    const known = async () => [...(await dynamoLedger(deployment.dynamo, 'ledger', systemClock).readAll()).keys()];
    expect(await known()).toEqual(expect.arrayContaining(['a.example', 'late.example']));
    await runRecipe('Roll back', moto.url);
    const restored = await known();
    expect(restored).toContain('a.example');
    expect(restored).not.toContain('late.example');
    expect(await reconcile()).toMatchObject({ ok: true, writes: 0 });
    await deployment.say(webhook, 'a.example', 'domain.unmapped');
    while ((await deployment.deliver(sync)) === 0);
    expect(deployment.runcloud.names).toEqual(['b.example', 'late.example', 'network.example']);
  });

  it('a stage that was removed and deployed again has its ledger and its secrets', async () => {
    const { calls, pins } = await runRecipe('Remove and deploy again', moto.url, {
      files: { '.env.production': 'ALARM_EMAIL=a\n' },
    });
    expect(calls.slice(0, 2)).toEqual(['npx sst remove --stage production', 'npx sst deploy --stage production']);
    expect(pins).toEqual({
      ALARM_EMAIL: 'a',
      LEDGER_TABLE: 'ledger',
      WEBHOOK_SECRET_ARN: expect.stringMatching(/:secret:multisite-runcloud\/production\/webhook-\w{6}$/),
      RUNCLOUD_SECRET_ARN: expect.stringMatching(/:secret:multisite-runcloud\/production\/runcloud-\w{6}$/),
    });
    const names = {
      LEDGER_TABLE: pins['LEDGER_TABLE'] ?? '',
      WEBHOOK_SECRET_ID: pins['WEBHOOK_SECRET_ARN'] ?? '',
      RUNCLOUD_SECRET_ID: pins['RUNCLOUD_SECRET_ARN'] ?? '',
    };
    expect(await reconcile(names)).toMatchObject({ ok: true, writes: 0 });
    expect(await deployment.say(deployment.lambda('webhook', names), 'a.example', 'domain.unmapped')).toBe(202);
    const sync = deployment.lambda('sync', names);
    while ((await deployment.deliver(sync)) === 0);
    expect(deployment.runcloud.names).toEqual(['b.example', 'network.example']);
  });

  it('a stage that moved to another region goes on there with its ledger and its settings', async () => {
    const secret = (kind: string) => `aws secretsmanager create-secret --name multisite-runcloud/production/${kind}`;
    const { calls, pins } = await runRecipe('Move to another region', moto.url, {
      files: { '.env.production': 'AWS_REGION=eu-central-1\nALARM_EMAIL=a\n' },
      deploy: `${secret('webhook')} >> /dev/null; ${secret('runcloud')} >> /dev/null`,
    });
    expect(pins).toEqual({ ALARM_EMAIL: 'a', AWS_REGION: 'eu-west-1', LEDGER_TABLE: MOVED });
    expect(calls.filter((call) => call.startsWith('npx mrc init'))).toHaveLength(2);
    const names = { AWS_REGION: 'eu-west-1', LEDGER_TABLE: MOVED };
    expect(await reconcile(names)).toMatchObject({ ok: true, writes: 0 });
    expect(await ask({ action: 'unmap', domain: 'a.example' }, names)).toMatchObject({ ok: true });
    expect(deployment.runcloud.names).toEqual(['b.example', 'network.example']);
  });
});

describe.skipIf(!hasRecipePrograms())('the shell functions of docs/console.md', () => {
  const ANSWER = { ok: false, summary: 'RunCloud did not answer.', failed: 1 };
  const asked: { url: string | undefined; body: string }[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'console-'));
  let lambda: Server;

  beforeAll(async () => {
    lambda = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (part: string) => {
        body += part;
      });
      request.once('end', () => {
        asked.push({ url: request.url, body });
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(ANSWER));
      });
    });
    await new Promise<void>((resolve) => lambda.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    lambda.close();
    rmSync(folder, { recursive: true });
  });

  it('on AWS an answer in a file is JSON, and one that is not ok is told by its summary', async () => {
    const [, onAws = ''] = commandsOf('docs/console.md', 'How to ask').split(/^(?=ask\(\))/m);
    const toFile = `ask '{"action":"plan"}' > plan.json`;
    const commands = `${onAws}\n${toFile}\n(${commandsOf('docs/console.md', 'Answers')}) > said`;
    const url = `http://127.0.0.1:${(lambda.address() as AddressInfo).port}`;
    await runShell(commands, url, folder);
    const read = (name: string) => readFileSync(join(folder, name), 'utf8');
    expect(JSON.parse(read('plan.json'))).toEqual(ANSWER);
    expect(JSON.parse(read('answer.json'))).toEqual(ANSWER);
    expect(read('said')).toBe('RunCloud did not answer.\n');
    const path = `/2015-03-31/functions/${FUNCTION}/invocations`;
    expect(asked).toEqual([
      { url: path, body: '{"action":"plan"}' },
      { url: path, body: '{"action":"reconcile"}' },
    ]);
  });
});
