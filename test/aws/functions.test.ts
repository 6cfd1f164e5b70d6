/** The four functions as they are deployed, against stand-ins for AWS: what they ask it for, and what they make of its answers. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { queries } from '../../functions/query.ts';
import { reconcileHandler } from '../../functions/reconcile.ts';
import { type SyncHandler, syncHandler } from '../../functions/sync.ts';
import { type WebhookHandler, webhookHandler } from '../../functions/webhook.ts';
import { dependenciesOnAws } from '../../lib/aws/dependencies.ts';
import { pagesOnAws } from '../../lib/aws/pages.ts';
import { queriesOnAws } from '../../lib/aws/queries.ts';
import { receiverOnAws } from '../../lib/aws/receiver.ts';
import { redelivery } from '../../lib/aws/redelivery.ts';
import type { HostName } from '../../lib/core/values/host-name.ts';
import { DAY, MINUTE, SECOND } from '../../lib/core/values/time.ts';
import { SCHEMA } from '../../lib/ledger/schema.ts';
import type { Startup } from '../../lib/loop/dependencies.ts';
import { customerToken } from '../../lib/pages/link.ts';
import { jsonLog } from '../../lib/util/log.ts';
import { signedHeaders } from '../../local/stand-in/network.ts';
import { StandInRunCloud } from '../../local/stand-in/runcloud.ts';
import { Cloud, NAMES } from '../support/aws/cloud.ts';
import { VISIBILITY_MS } from '../support/aws/messages.ts';
import { AwsFault } from '../support/aws/secrets-manager.ts';
import { type SimulatedClock, simulatedClock } from '../support/clock.ts';
import { HERE, NOBODY } from '../support/nobody.ts';
import { key, keyText } from '../support/webhooks.ts';

const TOKEN = 'MARKED-API-TOKEN';
const context = { getRemainingTimeInMillis: () => 2 * MINUTE };
let clock: SimulatedClock;
let cloud: Cloud;
let runcloud: StandInRunCloud;
let environment: Record<string, string>;
let logged: string[];
let webhook: WebhookHandler;
let sync: SyncHandler;
let open: () => Promise<Startup>;
const before = { ...process.env };

beforeAll(() => {
  // The SDK reads these itself.
  process.env['AWS_EC2_METADATA_DISABLED'] = 'true';
});
afterAll(() => {
  process.env = before;
});

beforeEach(async () => {
  clock = simulatedClock();
  cloud = new Cloud(clock);
  environment = await cloud.listen();
  Object.assign(process.env, environment);
  runcloud = new StandInRunCloud({ ...HERE, clock, authorization: `Bearer ${TOKEN}` });
  logged = [];
  const log = jsonLog(clock, (line) => logged.push(line));
  webhook = webhookHandler({ open: async () => receiver(), clock, log });
  const receiver = receiverOnAws(environment, { clock, log });
  open = dependenciesOnAws(environment, { clock, log, write: (line) => logged.push(line) });
  sync = syncHandler(open, log, redelivery(NAMES.SYNC_QUEUE_URL, log));
});
afterEach(async () => {
  cloud.secrets.fault = () => undefined;
  const startup = await open();
  if (startup.kind === 'ready') await startup.deps.runcloud.close();
  await Promise.all([cloud.close(), runcloud.close()]);
});

async function putSecret(changes: Record<string, string> = {}): Promise<void> {
  cloud.putSettings({
    WU_RUNCLOUD_API_TOKEN: TOKEN,
    WU_RUNCLOUD_SERVER_ID: String(StandInRunCloud.serverId),
    WU_RUNCLOUD_APP_ID: String(StandInRunCloud.appId),
    RUNCLOUD_API_URL: await runcloud.listen(),
    ...NOBODY,
    WEBHOOK_SECRET: keyText(1),
    POLICY: 'sync',
    WWW: 'never',
    ...changes,
  });
}

async function send(domain: string, type = 'domain.mapped', fill = 1) {
  const body = JSON.stringify({ type, data: { domain } });
  const headers = signedHeaders(key(fill), body, clock.now(), `msg_${domain}_${type}`);
  return webhook({
    rawPath: '/webhooks',
    headers,
    body,
    isBase64Encoded: false,
    requestContext: { http: { method: 'POST' } },
  });
}

/** Hands one batch of the queue to `sync`, as Lambda does. */
async function deliver(): Promise<readonly string[]> {
  const batch = cloud.messages.receive();
  const { batchItemFailures } = await sync({ Records: batch }, context);
  const failed = batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  cloud.messages.delete(batch.map(({ messageId }) => messageId).filter((id) => !failed.includes(id)));
  return failed;
}

describe('the function webhook on AWS', () => {
  it('reads one secret in five minutes, and puts one event for each webhook', async () => {
    await putSecret();
    for (let count = 0; count < 10; count++) {
      expect(await send(`shop-${count}.example`)).toMatchObject({ statusCode: 202 });
      clock.advance(20 * SECOND);
    }
    expect(cloud.calls.filter((call) => call === 'GetSecretValue')).toHaveLength(1);
    expect(cloud.calls.filter((call) => call === 'PutEvents')).toHaveLength(10);
    clock.advance(2 * MINUTE);
    await send('later.example');
    expect(cloud.calls.filter((call) => call === 'GetSecretValue')).toHaveLength(2);
  });

  it('takes the key from before a rotation, and the new one at once', async () => {
    await putSecret();
    expect(await send('a.example')).toMatchObject({ statusCode: 202 });
    clock.advance(2 * MINUTE);
    await putSecret({ WEBHOOK_SECRET: keyText(2) });
    expect(await send('b.example', 'domain.mapped', 2)).toMatchObject({ statusCode: 202 });
    clock.advance(10 * MINUTE);
    expect(await send('c.example', 'domain.mapped', 1)).toMatchObject({ statusCode: 202 });
    expect(await send('d.example', 'domain.mapped', 3)).toMatchObject({ statusCode: 401 });
  });

  it('is not made to read secrets by signatures that nobody made', async () => {
    await putSecret();
    await send('a.example');
    const reads = cloud.calls.length;
    for (let count = 0; count < 50; count++) await send('forged.example', 'domain.mapped', 9);
    expect(cloud.calls.length - reads).toBeLessThanOrEqual(2);
  });

  it('asks nobody about a request that cannot be one', async () => {
    await putSecret();
    const request = { rawPath: '/webhooks', headers: {}, isBase64Encoded: false };
    await webhook({ ...request, body: '{}', requestContext: { http: { method: 'GET' } } });
    await webhook({ ...request, body: '{}', requestContext: { http: { method: 'POST' } } });
    expect(cloud.calls).toEqual([]);
  });

  it('answers 503 and tells its log what to put where, while the secret is empty', async () => {
    expect(await send('shop.example')).toMatchObject({ statusCode: 503, headers: { 'retry-after': '30' } });
    expect(logged.join()).toMatch(
      /multisite-runcloud\/test\/webhook is empty.*WEBHOOK_SECRET.*npx mrc init --stage test/,
    );
    expect(cloud.messages.counts.events).toBe(0);
  });

  it('needs no setting of RunCloud', async () => {
    cloud.secrets.put(NAMES.WEBHOOK_SECRET_ID, JSON.stringify({ WEBHOOK_SECRET: keyText(1) }));
    expect(await send('shop.example')).toMatchObject({ statusCode: 202 });
  });

  it('answers 503 while Secrets Manager denies the secret, and does not call it empty', async () => {
    cloud.secrets.fault = () => new AwsFault('AccessDeniedException', 'not authorized');
    expect(await send('shop.example')).toMatchObject({ statusCode: 503 });
    expect(logged.join()).toMatch(/Could not read the secret/);
  });
});

describe('the function query on AWS', () => {
  const asking = () => {
    const log = jsonLog(clock, (line) => logged.push(line));
    const onAws = { ...queriesOnAws(environment, { clock, log }), clock, log };
    return queries(onAws, pagesOnAws(environment, { clock, log }));
  };

  it('answers a signed query from the table, with the secret of webhooks and no write', async () => {
    await putSecret();
    await reconcileHandler(
      open,
      jsonLog(clock, () => {}),
    )({ action: 'reconcile' }, context);
    const [asked, before] = [cloud.dynamo.calls.length, runcloud.calls.length];
    const body = '{"type":"status"}';
    const answered = await asking().answerHttp({
      rawPath: '/queries',
      headers: signedHeaders(key(1), body, clock.now(), 'query_1'),
      body,
      isBase64Encoded: false,
      requestContext: { http: { method: 'POST' } },
    });
    expect(answered).toMatchObject({ statusCode: 200, body: expect.stringMatching(/"domain":"network\.example"/) });
    expect(new Set(cloud.dynamo.calls.slice(asked))).toEqual(new Set(['GetItem', 'Scan']));
    expect(runcloud.calls.length).toBe(before);
  });

  it('shows a customer the page of the domain with two reads and no write, and asks for a look by the queue', async () => {
    await putSecret({ NOTIFY_URL: 'https://hooks.example/MARKED', NOTIFY_SECRET: keyText(2) });
    const { answerHttp } = asking();
    await reconcileHandler(
      open,
      jsonLog(clock, () => {}),
    )({ action: 'reconcile' }, context);
    await send('shop.example');
    await deliver();
    const token = customerToken({ domain: 'shop.example' as HostName, expiresAt: clock.now() + DAY }, key(1));
    const ask = async (method: string, rawPath: string) =>
      answerHttp({ rawPath, headers: {}, isBase64Encoded: false, requestContext: { http: { method } } });
    const [asked, before] = [cloud.dynamo.calls.length, runcloud.calls.length];
    const shown = await ask('GET', `/production/domains/${token}`);
    expect(shown).toMatchObject({
      statusCode: 200,
      body: expect.stringMatching(/shop\.example.*This domain was added just now/s),
    });
    expect(cloud.dynamo.calls.slice(asked).toSorted()).toEqual(['BatchGetItem', 'GetItem']);
    expect(await ask('POST', `/domains/${token}/check`)).toMatchObject({ statusCode: 303 });
    expect(runcloud.calls.length).toBe(before);
    expect(await deliver()).toEqual([]);
    const after = await ask('GET', `/domains/${token}`);
    expect(after).toMatchObject({ body: expect.stringContaining('Last look') });
    expect(logged.join()).not.toContain(token);
    expect(await ask('GET', `/domains/${token}0`)).toMatchObject({ statusCode: 404 });
  });

  it('answers who may invoke it also while the secret is empty, and 503 over HTTP', async () => {
    const { answerInvocation, answerHttp } = asking();
    expect(await answerInvocation({ action: 'status' })).toMatchObject({ ok: false });
    const headers = signedHeaders(key(1), '{}', clock.now(), 'query_1');
    const requestContext = { http: { method: 'POST' } };
    expect(
      await answerHttp({ rawPath: '/queries', headers, body: '{}', isBase64Encoded: false, requestContext }),
    ).toMatchObject({
      statusCode: 503,
    });
  });
});

describe('the function sync on AWS', () => {
  it('costs four requests to DynamoDB for a map that names no network and is told, two more for an unmap, and one write to RunCloud', async () => {
    await putSecret();
    await reconcileHandler(
      open,
      jsonLog(clock, () => {}),
    )({ action: 'reconcile' }, context);
    await send('warm.example');
    await deliver();
    // A minute later comes the look at its certificate, which is counted elsewhere.
    clock.advance(2 * MINUTE);
    await deliver();
    for (const type of ['domain.mapped', 'domain.unmapped']) {
      clock.advance(MINUTE);
      await send('shop.example', type);
      const [asked, written] = [cloud.dynamo.calls.length, runcloud.writes.length];
      expect(await deliver()).toEqual([]);
      // A removal reads the request once more, and is on record before it is sent.
      const beforeRemoval = type === 'domain.unmapped' ? ['BatchGetItem', 'TransactWriteItems'] : [];
      // What is told is on record before.
      const calls = ['UpdateItem', 'UpdateItem', ...beforeRemoval, 'TransactWriteItems', 'TransactWriteItems'];
      expect(cloud.dynamo.calls.slice(asked)).toEqual(calls);
      expect(runcloud.writes.length - written).toBe(1);
      clock.advance(2 * MINUTE);
      await deliver();
    }
    expect(runcloud.names).toEqual(['network.example', 'warm.example']);
    const told = cloud.messages.out.filter(({ detail }) => detail.domain === 'shop.example').map(({ type }) => type);
    expect([told[0], told.at(-1)]).toEqual(['domain.added', 'domain.removed']);
  });

  it('brings back as a delayed message what it could not do now', async () => {
    await putSecret();
    runcloud.options = { ...runcloud.options, fault: () => ({ kind: 'status', status: 500, carriedOut: false }) };
    await send('shop.example');
    expect(await deliver()).toEqual([]);
    runcloud.options = { ...runcloud.options, fault: () => undefined };
    expect(cloud.messages.counts.sent).toBeGreaterThan(0);
    const due = cloud.messages.nextAt() ?? 0;
    expect(due - clock.now()).toBeGreaterThan(30 * SECOND);
    clock.advance(due - clock.now());
    expect(await deliver()).toEqual([]);
    expect(runcloud.names).toContain('shop.example');
  });

  it('has messages that failed after 1, 2, 4 … minutes again, and put aside after eight times', async () => {
    await putSecret();
    cloud.dynamo.fault = () => 'no-table';
    for (let count = 0; count < 12; count++) await send(`shop-${count}.example`);
    const waits: number[] = [];
    for (let next = cloud.messages.nextAt(); next !== undefined; next = cloud.messages.nextAt()) {
      clock.advance(Math.max(0, next - clock.now()));
      const failed = await deliver();
      if (failed.length === 0) break;
      expect(failed).toHaveLength(12);
      waits.push(((cloud.messages.nextAt() ?? 0) - clock.now()) / MINUTE);
    }
    expect(waits.map(Math.round)).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(cloud.messages.dead).toHaveLength(12);
    expect(runcloud.calls).toEqual([]);
  });

  it('does a batch that was throttled, once the ledger answers again', async () => {
    await putSecret();
    cloud.dynamo.fault = () => 'throttled';
    for (let count = 0; count < 12; count++) await send(`shop-${count}.example`);
    expect(await deliver()).toHaveLength(12);
    cloud.dynamo.fault = () => undefined;
    clock.advance((cloud.messages.nextAt() ?? 0) - clock.now());
    expect(await deliver()).toEqual([]);
    expect(runcloud.names).toHaveLength(13);
    expect(cloud.messages.dead).toEqual([]);
  });

  it('records events while the secret is empty, says what to put there, and does nothing else', async () => {
    await putSecret();
    await send('shop.example');
    cloud.secrets.put(NAMES.RUNCLOUD_SECRET_ID, '{}');
    expect(await deliver()).toEqual([]);
    expect(logged.join()).toMatch(/is empty.*WU_RUNCLOUD_API_TOKEN/);
    expect(runcloud.calls).toEqual([]);
    await putSecret();
    clock.advance(5 * MINUTE);
    await reconcileHandler(
      open,
      jsonLog(clock, () => {}),
    )({ action: 'reconcile' }, context);
    expect(runcloud.names).toContain('shop.example');
  });

  it('records events while the secret cannot be read, and does not call it empty', async () => {
    await putSecret();
    await send('shop.example');
    cloud.secrets.fault = () => new AwsFault('AccessDeniedException', 'not authorized');
    expect(await deliver()).toEqual([]);
    expect(logged.join()).toMatch(/Could not read the secret.*AWS denies it/);
    cloud.secrets.fault = () => undefined;
    await reconcileHandler(
      open,
      jsonLog(clock, () => {}),
    )({ action: 'reconcile' }, context);
    expect(runcloud.names).toContain('shop.example');
  });

  it('takes a token that was changed since, once RunCloud does not accept the old one', async () => {
    await putSecret();
    await reconcileHandler(
      open,
      jsonLog(clock, () => {}),
    )({ action: 'reconcile' }, context);
    runcloud.options = { ...runcloud.options, authorization: 'Bearer NEW-TOKEN' };
    clock.advance(2 * MINUTE);
    await putSecret({ WU_RUNCLOUD_API_TOKEN: 'NEW-TOKEN' });
    await send('shop.example');
    expect(await deliver()).toEqual([]);
    expect(runcloud.names).toContain('shop.example');
    expect(logged.join()).not.toMatch(/NEW-TOKEN|MARKED/);
  });

  it('says so and asks once a minute for newer ones where RunCloud accepts no credentials', async () => {
    await putSecret({ WU_RUNCLOUD_API_TOKEN: 'WRONG' });
    for (let count = 0; count < 5; count++) await send(`shop-${count}.example`);
    await deliver();
    expect(runcloud.calls).toHaveLength(1);
    expect(logged.join()).toMatch(/did not accept the credentials/);
    expect(cloud.calls.filter((call) => call === 'GetSecretValue').length).toBe(4);
  });
});

describe('the functions on AWS, where a newer version wrote the ledger', () => {
  const Key = { id: { S: 'application' } };
  const setSchema = async (schema: number): Promise<void> => {
    await cloud.dynamo.answer('UpdateItem', {
      TableName: NAMES.LEDGER_TABLE,
      Key,
      UpdateExpression: 'SET #schema = :schema, #readBy = :readBy',
      ExpressionAttributeNames: { '#schema': 'schema', '#readBy': 'readBy' },
      ExpressionAttributeValues: { ':schema': { N: String(schema) }, ':readBy': { S: '"9.8.0"' } },
    });
  };

  it.each(['with', 'without'])('give events back %s settings, and lose none', async (settings) => {
    await putSecret();
    await reconcileHandler(
      open,
      jsonLog(clock, () => {}),
    )({ action: 'reconcile' }, context);
    await setSchema(SCHEMA + 1);
    await send('shop.example');
    if (settings === 'without') cloud.secrets.put(NAMES.RUNCLOUD_SECRET_ID, '{}');
    clock.advance(5 * MINUTE);
    expect(await deliver()).toHaveLength(1);
    expect(logged.join()).toMatch(/Messages could not be worked on.*The ledger has schema.*Run version 9\.8\.0 of/);
    // As a newer version would, which reads it.
    await setSchema(SCHEMA);
    await putSecret();
    clock.advance(VISIBILITY_MS);
    expect(await deliver()).toEqual([]);
    expect(runcloud.names).toContain('shop.example');
  });

  it('answer people in words', async () => {
    await putSecret();
    const reconcile = reconcileHandler(
      open,
      jsonLog(clock, () => {}),
    );
    await reconcile({ action: 'reconcile' }, context);
    await setSchema(SCHEMA + 1);
    for (const action of ['reconcile', 'status', 'plan', 'doctor']) {
      expect(await reconcile({ action }, context)).toMatchObject({
        ok: false,
        summary: expect.stringMatching(/The ledger has schema .*restore the ledger/),
      });
    }
  });
});

describe('the function reconcile on AWS', () => {
  it('answers a first run on an empty secret with what to put there and where', async () => {
    const answer = await reconcileHandler(
      open,
      jsonLog(clock, () => {}),
    )({ action: 'reconcile' }, context);
    expect(answer).toMatchObject({
      ok: false,
      summary: expect.stringMatching(/multisite-runcloud\/test\/runcloud is empty.*POLICY/),
    });
    expect(cloud.dynamo.calls.filter((call) => call !== 'CreateTable')).toEqual([]);
  });

  it('names each setting that is missing or wrong, and repeats none', async () => {
    await putSecret({ POLICY: 'everything', WEBHOOK_SECRET: 'whsec_MARKED' });
    const { summary } = await reconcileHandler(
      open,
      jsonLog(clock, () => {}),
    )({ action: 'status' }, context);
    expect(summary).toMatch(/POLICY is "everything", and has to be .*WEBHOOK_SECRET/);
    expect(summary).not.toMatch(/MARKED/);
  });

  it('names the secret where a setting is missing, also where it stands in the other one', async () => {
    cloud.secrets.put(NAMES.WEBHOOK_SECRET_ID, JSON.stringify({ WU_RUNCLOUD_API_TOKEN: TOKEN }));
    cloud.secrets.put(NAMES.RUNCLOUD_SECRET_ID, JSON.stringify({ WEBHOOK_SECRET: keyText(1), POLICY: 'sync' }));
    const ask = async () => {
      clock.advance(5 * MINUTE);
      return reconcileHandler(
        open,
        jsonLog(clock, () => {}),
      )({ action: 'status' }, context);
    };
    expect((await ask()).summary).toMatch(
      /In the secret multisite-runcloud\/test\/runcloud .*WU_RUNCLOUD_API_TOKEN is missing.*In the secret multisite-runcloud\/test\/webhook .*WEBHOOK_SECRET is missing/,
    );
    await putSecret();
    cloud.secrets.put(NAMES.WEBHOOK_SECRET_ID, JSON.stringify({ WEBHOOK_SECRET: 'whsec_MARKED' }));
    const { summary } = await ask();
    expect(summary).toMatch(/^In the secret multisite-runcloud\/test\/webhook settings are missing or wrong: WEBHOOK/);
    expect(summary).not.toMatch(/MARKED|\/runcloud/);
    await putSecret();
    expect(await ask()).toMatchObject({ ok: true });
  });

  it('warns of names in either secret that are not known, in its log and in the doctor, and goes on', async () => {
    await putSecret({ POLICYY: 'MARKED' });
    const withUnknown = { WEBHOOK_SECRET: keyText(1), WEBHOOK_TOKENN: 'MARKED' };
    cloud.secrets.put(NAMES.WEBHOOK_SECRET_ID, JSON.stringify(withUnknown));
    const handler = reconcileHandler(
      open,
      jsonLog(clock, () => {}),
    );
    const { checks } = (await handler({ action: 'doctor' }, context)) as unknown as {
      checks: readonly { name: string; ok: boolean; found: string }[];
    };
    const settings = checks.find(({ name }) => name === 'settings');
    expect(settings).toMatchObject({ ok: false });
    for (const said of [logged.join(), settings?.found]) {
      expect(said).toMatch(/POLICYY is not known.*Did you mean POLICY\?/);
      expect(said).toMatch(/WEBHOOK_TOKENN is not known.*Did you mean WEBHOOK_TOKEN\?/);
      expect(said).not.toContain('MARKED');
    }
    expect(checks.find(({ name }) => name === 'process')).toBeUndefined();
    expect(await handler({ action: 'reconcile' }, context)).toMatchObject({ ok: true });
  });

  it('warns of settings that stand in the wrong secret, in its log and in the doctor, and goes on', async () => {
    const inRunCloud = {
      WU_RUNCLOUD_API_TOKEN: TOKEN,
      WU_RUNCLOUD_SERVER_ID: String(StandInRunCloud.serverId),
      WU_RUNCLOUD_APP_ID: String(StandInRunCloud.appId),
      RUNCLOUD_API_URL: await runcloud.listen(),
      ...NOBODY,
      POLICY: 'sync',
      NETWORK: 'MARKED.example',
      SLACK_WEBHOOK_URL: 'MARKED',
      MAIL_TO: 'MARKED',
    };
    const inWebhook = { WEBHOOK_SECRET: keyText(1), WU_RUNCLOUD_API_TOKEN: 'MARKED' };
    cloud.secrets.put(NAMES.RUNCLOUD_SECRET_ID, JSON.stringify(inRunCloud));
    cloud.secrets.put(NAMES.WEBHOOK_SECRET_ID, JSON.stringify(inWebhook));
    const handler = reconcileHandler(
      open,
      jsonLog(clock, () => {}),
    );
    const { checks } = (await handler({ action: 'doctor' }, context)) as unknown as {
      checks: readonly { name: string; ok: boolean; found: string }[];
    };
    const settings = checks.find(({ name }) => name === 'settings');
    expect(settings).toMatchObject({ ok: false });
    for (const said of [logged.join(), settings?.found]) {
      expect(said).toContain(
        'NETWORK stands in the secret multisite-runcloud/test/runcloud, where nothing reads it. It belongs into multisite-runcloud/test/webhook.',
      );
      expect(said).toContain(
        'WU_RUNCLOUD_API_TOKEN stands in the secret multisite-runcloud/test/webhook, where nothing reads it. It belongs into multisite-runcloud/test/runcloud.',
      );
      expect(said).toContain('SLACK_WEBHOOK_URL stands in the secret multisite-runcloud/test/runcloud');
      expect(said).toMatch(/MAIL_TO is not known/);
      expect(said).not.toContain('MARKED');
    }
    expect(await handler({ action: 'reconcile' }, context)).toMatchObject({ ok: true });
  });

  it('waits for a short while for whoever holds the lease', async () => {
    await putSecret();
    const startup = await open();
    if (startup.kind !== 'ready') throw new Error(startup.why);
    const request = { holder: 'other', now: clock.now(), ttlMs: 10 * SECOND, pendingAdds: [] };
    await startup.deps.ledger.acquire(request);
    const handler = reconcileHandler(
      open,
      jsonLog(clock, () => {}),
    );
    expect(await handler({ action: 'reconcile' }, context)).toMatchObject({ ok: true });
    await startup.deps.ledger.acquire({ ...request, now: clock.now(), ttlMs: 10 * MINUTE });
    const start = clock.now();
    expect(await handler({ action: 'reconcile' }, context)).toMatchObject({ ok: false, busy: true });
    expect(clock.now() - start).toBeLessThan(MINUTE);
  });
});
