/**
 * The packages that a deployment would upload, each in a process of its own behind a Runtime API. It finds what a direct
 * call of a handler never does: a module that was not packed, state between events, work left running, a slow start.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../lib/util/clock.ts';
import { signedHeaders } from '../../local/stand-in/network.ts';
import { StandInRunCloud } from '../../local/stand-in/runcloud.ts';
import { type Evaluation, evaluate, packageOf, removePackages } from '../infra/evaluation.ts';
import { havePlatform } from '../infra/platform.ts';
import { Cloud } from '../support/aws/cloud.ts';
import { type Invoked, LambdaProcess } from '../support/lambda.ts';
import { HERE, NOBODY } from '../support/nobody.ts';
import { key, keyText } from '../support/webhooks.ts';
import { RUNTIME, runtimeOf } from './runtime.ts';

const TOKEN = 'MARKED-API-TOKEN';

describe.skipIf(!(await havePlatform()))(`under ${RUNTIME}`, () => {
  let evaluation: Evaluation;
  let cloud: Cloud;
  let runcloud: StandInRunCloud;
  let environment: Record<string, string>;
  let processes: LambdaProcess[] = [];

  beforeAll(async () => {
    evaluation = await evaluate('dev');
  });
  afterAll(removePackages);
  beforeEach(async () => {
    cloud = new Cloud(systemClock);
    environment = await cloud.listen();
    runcloud = new StandInRunCloud({ ...HERE, clock: systemClock, authorization: `Bearer ${TOKEN}` });
  });
  afterEach(async () => {
    await Promise.all(processes.map(async (each) => each.close()));
    processes = [];
    await Promise.all([cloud.close(), runcloud.close()]);
  });

  /** The process of a function, not started yet. */
  function lambda(
    name: string,
    { names = {}, ...rest }: { readonly names?: Record<string, string>; readonly cutShortMs?: number } = {},
  ): LambdaProcess {
    const settings = runtimeOf(packageOf(evaluation, `functions/${name}`), { ...environment, ...names });
    const made = new LambdaProcess({ ...settings, ...rest });
    processes.push(made);
    return made;
  }

  async function putSecret(url?: string): Promise<void> {
    const settings = {
      WU_RUNCLOUD_API_TOKEN: TOKEN,
      WU_RUNCLOUD_SERVER_ID: StandInRunCloud.serverId,
      WU_RUNCLOUD_APP_ID: StandInRunCloud.appId,
      RUNCLOUD_API_URL: url ?? (await runcloud.listen()),
      ...NOBODY,
      WEBHOOK_SECRET: keyText(1),
      POLICY: 'sync',
      WWW: 'never',
    };
    cloud.putSettings(settings);
  }

  /** A request as API Gateway hands it on. */
  function request(domain: string, fill = 1) {
    const body = JSON.stringify({ type: 'domain.mapped', data: { domain } });
    return {
      version: '2.0',
      routeKey: 'ANY /webhooks',
      rawPath: '/webhooks',
      rawQueryString: '',
      headers: signedHeaders(key(fill), body, Date.now(), `msg_${domain}`),
      requestContext: { http: { method: 'POST', path: '/webhooks' } },
      body,
      isBase64Encoded: false,
    };
  }

  function batch() {
    const messages = cloud.messages.receive();
    return { messages, event: { Records: messages.map((message) => ({ ...message, eventSource: 'aws:sqs' })) } };
  }

  function answerOf(invoked: Invoked): unknown {
    if (invoked.kind !== 'answered') throw new Error(JSON.stringify(invoked));
    return invoked.payload;
  }

  it('webhook takes a good event and refuses a bad one, cold and warm', async () => {
    await putSecret();
    const webhook = lambda('webhook');
    expect(answerOf(await webhook.invoke(request('a.example')))).toMatchObject({ statusCode: 202 });
    expect(answerOf(await webhook.invoke(request('b.example', 2)))).toMatchObject({ statusCode: 401 });
    expect(answerOf(await webhook.invoke(request('co.uk')))).toMatchObject({
      statusCode: 400,
      body: expect.stringContaining('public suffix'),
    });
    expect(answerOf(await webhook.invoke({ key1: 'value1' }))).toMatchObject({
      statusCode: 400,
      body: expect.stringContaining('This is no request of an HTTP API.'),
    });
    expect(answerOf(await webhook.invoke(request('c.example')))).toMatchObject({ statusCode: 202 });
    expect(webhook.starts).toBe(1);
    expect(cloud.messages.counts.events).toBe(2);
    expect(webhook.printed).not.toContain('MARKED');
  });

  it('webhook, sync and reconcile bring a domain to RunCloud', async () => {
    await putSecret();
    await lambda('webhook').invoke(request('shop.example'));
    const sync = lambda('sync');
    const { event } = batch();
    expect(answerOf(await sync.invoke(event))).toEqual({ batchItemFailures: [] });
    expect(runcloud.names).toEqual(['network.example', 'shop.example']);
    const poisoned = { messageId: 'poison', body: 'not JSON' };
    expect(answerOf(await sync.invoke({ Records: [poisoned, ...event.Records] }))).toEqual({
      batchItemFailures: [{ itemIdentifier: 'poison' }],
    });
    const reconcile = lambda('reconcile');
    expect(answerOf(await reconcile.invoke({ action: 'reconcile' }))).toMatchObject({ ok: true, writes: 0 });
    expect(answerOf(await reconcile.invoke({ action: 'dance' }))).toMatchObject({
      ok: false,
      summary: expect.stringContaining('The known actions are'),
    });
    // What CloudWatch makes metrics of.
    expect(reconcile.printed).toMatch(/^\{"_aws":\{.*"ReconcileSucceeded":1.*\}$/m);
    expect(sync.printed + reconcile.printed).not.toContain('MARKED');
  });

  it('a first run on an empty secret says what to put there and where, and does nothing else', async () => {
    const [webhook, sync, reconcile] = [lambda('webhook'), lambda('sync'), lambda('reconcile')];
    expect(answerOf(await webhook.invoke(request('shop.example')))).toMatchObject({ statusCode: 503 });
    expect(answerOf(await sync.invoke({ Records: [] }))).toEqual({ batchItemFailures: [] });
    expect(answerOf(await reconcile.invoke({ action: 'reconcile' }))).toMatchObject({
      ok: false,
      summary: expect.stringMatching(/multisite-runcloud\/test\/runcloud is empty/),
    });
    for (const { printed } of [webhook, sync, reconcile]) {
      expect(printed).toMatch(
        /multisite-runcloud\/test\/(webhook is empty.*WEBHOOK_SECRET|runcloud is empty.*WU_RUNCLOUD_API_TOKEN).*npx mrc init --stage test/,
      );
    }
    expect(cloud.messages.counts.events).toBe(0);
    expect(cloud.calls.every((call) => call === 'GetSecretValue')).toBe(true);
  });

  it('sync that runs out of time loses nothing: the message comes back, finds the lease taken, and its request waits', async () => {
    const silent = await listen(createServer(() => {}));
    await putSecret(`http://127.0.0.1:${(silent.address() as AddressInfo).port}/api/v3`);
    await lambda('webhook').invoke(request('shop.example'));
    const { event } = batch();
    const hanging = lambda('sync', { cutShortMs: 1_500 });
    expect(await hanging.invoke(event)).toMatchObject({ kind: 'timed-out' });
    expect(answerOf(await lambda('sync').invoke(event))).toEqual({ batchItemFailures: [] });
    expect(hanging.starts).toBe(1);
    expect(cloud.messages.counts.sent).toBe(1);
    expect(cloud.dynamo.calls).not.toContain('TransactWriteItems');
    silent.closeAllConnections();
    silent.close();
  });

  it('a function that was deployed without a name of a resource says which', async () => {
    await putSecret();
    const webhook = lambda('webhook', { names: { EVENT_BUS: '' } });
    expect(answerOf(await webhook.invoke(request('shop.example')))).toMatchObject({ statusCode: 503 });
    expect(webhook.printed).toContain('EVENT_BUS is not set');
    const reconcile = lambda('reconcile', { names: { LEDGER_TABLE: '' } });
    expect(await reconcile.invoke({ action: 'plan' })).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('LEDGER_TABLE is not set'),
    });
  });
});

async function listen(server: Server): Promise<Server> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
