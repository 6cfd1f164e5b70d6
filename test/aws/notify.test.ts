/** The function notify as it is deployed, against stand-ins for AWS and real receivers. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { notifyHandler } from '../../functions/notify.ts';
import { reconcileHandler } from '../../functions/reconcile.ts';
import { dependenciesOnAws } from '../../lib/aws/dependencies.ts';
import { notifyOnAws } from '../../lib/aws/notify.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../lib/core/values/time.ts';
import type { Startup } from '../../lib/loop/dependencies.ts';
import { jsonLog } from '../../lib/util/log.ts';
import { StandInRunCloud } from '../../local/stand-in/runcloud.ts';
import { answering, type StandInReceiver, startReceiver } from '../notify/receiver.ts';
import { Cloud } from '../support/aws/cloud.ts';
import { type SimulatedClock, simulatedClock } from '../support/clock.ts';
import { HERE, NOBODY } from '../support/nobody.ts';
import { keyText } from '../support/webhooks.ts';

const context = { getRemainingTimeInMillis: () => 15 * MINUTE };
const before = { ...process.env };
let clock: SimulatedClock;
let cloud: Cloud;
let runcloud: StandInRunCloud;
let webhook: StandInReceiver;
let slack: StandInReceiver;
let logged: string[];
let open: () => Promise<Startup>;
let ask: (request: object) => Promise<Record<string, unknown>>;
let notify: ReturnType<typeof notifyHandler>;

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
  const environment = await cloud.listen();
  Object.assign(process.env, environment);
  runcloud = new StandInRunCloud({ ...HERE, clock, authorization: 'Bearer token' });
  [webhook, slack] = await Promise.all([startReceiver(), startReceiver()]);
  logged = [];
  const log = jsonLog(clock, (line) => logged.push(line));
  open = dependenciesOnAws(environment, { clock, log, write: () => {} });
  const reconcile = reconcileHandler(open, log);
  ask = async (request) => reconcile(request, context);
  const opened = notifyOnAws(environment, { clock, log });
  notify = notifyHandler(async () => opened);
  await put();
});
afterEach(async () => {
  const startup = await open().catch(() => undefined);
  if (startup?.kind === 'ready') await startup.deps.runcloud.close();
  await Promise.all([cloud.close(), runcloud.close(), webhook.close(), slack.close()]);
});

async function put(changes: Record<string, string> = {}): Promise<void> {
  cloud.putSettings({
    WU_RUNCLOUD_API_TOKEN: 'token',
    WU_RUNCLOUD_SERVER_ID: String(StandInRunCloud.serverId),
    WU_RUNCLOUD_APP_ID: String(StandInRunCloud.appId),
    RUNCLOUD_API_URL: await runcloud.listen(),
    ...NOBODY,
    WEBHOOK_SECRET: keyText(1),
    POLICY: 'sync',
    NOTIFY_URL: `${webhook.url}/in`,
    NOTIFY_SECRET: keyText(2),
    SLACK_WEBHOOK_URL: `${slack.url}/in`,
    NOTIFY_ALLOW_PRIVATE: 'true',
    ...changes,
  });
  // Settings are kept for five minutes.
  clock.advance(6 * MINUTE);
}

/** As Lambda does for the queue, once: a batch, and what did not fail is deleted. Returns how many were in it. */
async function deliver(): Promise<number> {
  const Records = cloud.messages.receive('notify');
  if (Records.length === 0) return 0;
  const { batchItemFailures } = await notify({ Records });
  const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  cloud.messages.delete(Records.map(({ messageId }) => messageId).filter((id) => !failed.has(id)));
  return Records.length;
}

/** For so long, as often as a message shows. */
async function deliverFor(ms: number): Promise<void> {
  const end = clock.now() + ms;
  for (;;) {
    while ((await deliver()) > 0);
    const next = cloud.messages.nextAt('notify');
    if (next === undefined || next > end) break;
    clock.advance(Math.max(0, next - clock.now()));
  }
  clock.advance(end - clock.now());
}

async function check(): Promise<{ readonly ok: boolean; readonly found: string }> {
  const { checks } = (await ask({ action: 'doctor' })) as { checks: { name: string; ok: boolean; found: string }[] };
  return checks.find(({ name }) => name === 'notify') ?? { ok: false, found: '' };
}

describe('on AWS the test message', () => {
  it('goes by the bus and the queue to each receiver, and the doctor says so', async () => {
    expect(await ask({ action: 'notify' })).toMatchObject({
      ok: true,
      to: [{ receiver: 'webhook' }, { receiver: 'slack' }],
    });
    await deliver();
    expect([webhook.got.length, slack.got.length]).toEqual([1, 1]);
    expect(slack.got[0]?.body).toContain('mrc doctor --stage test');
    expect(await check()).toMatchObject({
      ok: true,
      found: expect.stringMatching(/took the last event at .* took the last/),
    });
  });

  it('says that no receiver is set, and what to set', async () => {
    await put({ NOTIFY_URL: '', NOTIFY_SECRET: '', SLACK_WEBHOOK_URL: '' });
    expect(await ask({ action: 'notify' })).toMatchObject({ ok: false, to: [] });
    expect(cloud.messages.out).toEqual([]);
  });
});

describe('notify', () => {
  it('tries a dead receiver again with growing pauses, and the other one is told at once', async () => {
    webhook.answer = answering(503);
    await ask({ action: 'notify' });
    await deliverFor(HOUR);
    expect(slack.got).toHaveLength(1);
    expect(webhook.got).toHaveLength(5);
    expect(await check()).toMatchObject({ ok: false, found: expect.stringContaining('NOTIFY_URL') });
    webhook.answer = answering(204);
    await deliverFor(3 * HOUR);
    expect(webhook.got).toHaveLength(6);
    expect(new Set(webhook.got.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(cloud.messages.undelivered).toEqual([]);
    expect(await check()).toMatchObject({ ok: true });
  });

  it('lets a receiver pause for time, not for messages: six within six seconds are all told after a blip of half a minute', async () => {
    webhook.answer = answering(503);
    for (let second = 0; second < 6; second++) {
      await ask({ action: 'notify' });
      await deliverFor(SECOND);
    }
    expect(webhook.got).toHaveLength(2);
    await deliverFor(24 * SECOND);
    webhook.answer = answering(204);
    await deliverFor(2 * MINUTE);
    expect(new Set(webhook.got.map(({ headers }) => headers['webhook-id'])).size).toBe(6);
    expect(cloud.messages.nextAt('notify')).toBeUndefined();
  });

  it('puts aside all that waited for a day, with few attempts', async () => {
    webhook.answer = answering(503);
    for (let message = 0; message < 25; message++) await ask({ action: 'notify' });
    await deliverFor(DAY + 3 * HOUR);
    expect(cloud.messages.undelivered).toHaveLength(25);
    expect(webhook.got.length).toBeLessThan(20);
  });

  it('waits as long as the receiver asks for', async () => {
    webhook.answer = answering(429, '', { 'retry-after': '3600' });
    await ask({ action: 'notify' });
    await deliver();
    expect((cloud.messages.nextAt('notify') ?? 0) - clock.now()).toBe(HOUR);
  });

  it('puts aside what a receiver did not take for a day, with the reason', async () => {
    webhook.answer = answering(500, 'broken');
    await ask({ action: 'notify' });
    await deliverFor(DAY - SECOND);
    expect(cloud.messages.undelivered).toEqual([]);
    await deliverFor(HOUR);
    expect(cloud.messages.undelivered).toMatchObject([{ why: 'it answered 500 (broken)' }]);
    expect(cloud.messages.undelivered[0]?.body).toContain('"receiver":"webhook"');
    expect(cloud.messages.nextAt('notify')).toBeUndefined();
  });

  it('switches a receiver off that answers 410, and on again when its address is another one', async () => {
    slack.answer = answering(410, 'channel_is_archived');
    await ask({ action: 'notify' });
    await deliver();
    slack.answer = answering(200);
    await ask({ action: 'notify' });
    await deliver();
    expect(slack.got).toHaveLength(1);
    expect((await check()).found).toMatch(/SLACK_WEBHOOK_URL .* is switched off .* 410 \(channel_is_archived\)/);
    expect(logged.join()).toContain('A receiver is switched off');
    await put({ SLACK_WEBHOOK_URL: `${slack.url}/another` });
    await ask({ action: 'notify' });
    await deliver();
    expect(slack.got).toHaveLength(2);
    expect(await check()).toMatchObject({ ok: true });
  });

  it('puts aside at once what it does not understand', async () => {
    const attributes = { ApproximateReceiveCount: '1', SentTimestamp: String(clock.now()) } as never;
    const record = { messageId: 'poison', body: '{"receiver":"fax"}', receiptHandle: 'x', attributes };
    expect(await notify({ Records: [record] })).toEqual({ batchItemFailures: [] });
    expect(cloud.messages.undelivered).toMatchObject([
      { body: record.body, why: expect.stringMatching(/^it is no event/) },
    ]);
  });

  it('keeps messages for later while its settings are missing or wrong, and says so without a value', async () => {
    await ask({ action: 'notify' });
    await put({ NOTIFY_SECRET: 'MARKED' });
    await deliver();
    expect(logged.join()).toMatch(/NOTIFY_SECRET: a key begins with whsec_/);
    expect(logged.join()).not.toContain('MARKED');
    await put();
    await deliverFor(HOUR);
    expect([webhook.got.length, slack.got.length]).toEqual([1, 1]);
  });

  it('shows no domain to the readers of the ledger', async () => {
    await ask({ action: 'notify' });
    await deliver();
    const startup = await open();
    if (startup.kind !== 'ready') throw new Error(startup.why);
    expect([...(await startup.deps.ledger.readAll()).keys()]).toEqual([]);
    expect(await ask({ action: 'reconcile' })).toMatchObject({ ok: true });
  });

  it('reads the secret of webhooks alone', async () => {
    await ask({ action: 'notify' });
    cloud.calls.length = 0;
    await deliver();
    expect(cloud.calls.toSorted()).toEqual(['GetItem', 'GetSecretValue', 'UpdateItem']);
  });

  it('says what it is for to who invokes it by hand', async () => {
    const invoked = await notify({ key1: 'value1' } as never);
    expect(invoked.why).toContain('{"action":"notify"}');
  });
});
