/**
 * The packages that a deployment would upload, with the rule, the queues and the table as it would make them, in moto: a
 * webhook becomes an event, the event a message, and the message a domain on RunCloud.
 */
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Message } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RUNTIME } from '../functions/runtime.ts';
import { havePlatform } from '../infra/platform.ts';
import { type StandInReceiver, startReceiver } from '../notify/receiver.ts';
import { type Body, between } from '../support/aws/between.ts';
import { MotoDeployment } from '../support/aws/moto-deployment.ts';
import { keyText } from '../support/webhooks.ts';
import { HAS_NO_MOTO, useMoto } from './start-moto.ts';

const TOO_MUCH = {
  status: 400,
  answer: {
    __type: 'com.amazonaws.dynamodb.v20120810#ThrottlingException',
    message: 'Throughput exceeds the current capacity of your table or index.',
  },
};

describe.skipIf(HAS_NO_MOTO || !(await havePlatform()))(`in moto, under ${RUNTIME}`, () => {
  const moto = useMoto();
  let deployment: MotoDeployment;

  beforeAll(async () => {
    deployment = await MotoDeployment.open(moto.url);
  });
  afterAll(async () => deployment.close());

  it('an empty secret is explained by all three, and takes nothing', async () => {
    expect(await deployment.say(deployment.lambda('webhook'), 'early.example')).toBe(503);
    const reconcile = deployment.lambda('reconcile');
    await reconcile.invoke({ action: 'reconcile' });
    expect(reconcile.printed).toMatch(/multisite-runcloud\/production\/runcloud.*WU_RUNCLOUD_API_TOKEN.*npx mrc init/);
  });

  it('webhooks come to RunCloud and go again, and events from elsewhere on AWS do too', async () => {
    await deployment.putSettings();
    const [webhook, sync] = [deployment.lambda('webhook'), deployment.lambda('sync')];
    for (const name of ['a', 'b', 'c']) expect(await deployment.say(webhook, `${name}.example`)).toBe(202);
    const Detail = JSON.stringify({ domain: 'd.example' });
    const other = { EventBusName: 'bus', Source: 'my.shop', DetailType: 'domain.mapped', Detail };
    await deployment.events.send(
      new PutEventsCommand({ Entries: [other, { ...other, DetailType: 'something.else' }] }),
    );
    let delivered = 0;
    while (delivered < 4) delivered += await deployment.deliver(sync);
    expect(deployment.runcloud.names).toEqual(['a.example', 'b.example', 'c.example', 'd.example', 'network.example']);
    expect(await deployment.say(webhook, 'b.example', 'domain.unmapped')).toBe(202);
    while ((await deployment.deliver(sync)) === 0);
    expect(deployment.runcloud.names).not.toContain('b.example');
    const ended = await deployment.lambda('reconcile').invoke({ action: 'reconcile' });
    expect(ended).toMatchObject({ kind: 'answered', payload: { ok: true, writes: 0 } });
  });

  it('what is told goes by the rule of the deployment to each receiver, whole, and once', async () => {
    const [webhook, slack] = await Promise.all([startReceiver(), startReceiver()]);
    const urls = { NOTIFY_URL: webhook.url, NOTIFY_SECRET: keyText(2), SLACK_WEBHOOK_URL: slack.url };
    await deployment.putSettings({ ...urls, NOTIFY_ALLOW_PRIVATE: 'true' });
    const asked = await deployment.lambda('reconcile').invoke({ action: 'notify' });
    expect(asked).toMatchObject({ kind: 'answered', payload: { ok: true } });
    const Detail = JSON.stringify({ id: 'x', at: new Date().toISOString(), domain: 'x.example' });
    const foreign = { EventBusName: 'bus', Source: 'my.shop', DetailType: 'dns.lost', Detail };
    await deployment.events.send(new PutEventsCommand({ Entries: [foreign] }));
    const notify = deployment.lambda('notify');
    // Of the domains of the test before there is something to tell as well.
    const tested = (receiver: StandInReceiver) =>
      receiver.got.filter(({ body }) => body.includes('notify.test') || body.includes('This is a test')).length;
    while (tested(webhook) + tested(slack) < 2) await deployment.deliverNotices(notify);
    expect([tested(webhook), tested(slack)]).toEqual([1, 1]);
    expect([...webhook.got, ...slack.got].filter(({ body }) => body.includes('x.example'))).toEqual([]);
    const doctor = await deployment.lambda('reconcile').invoke({ action: 'doctor' });
    expect(JSON.stringify(doctor)).toMatch(/NOTIFY_URL \(127[^)]*\) took the last event at/);
    await Promise.all([webhook.close(), slack.close()]);
  });

  it('a rotation has no gap: the key from before is taken, and the new one', async () => {
    await deployment.putSettings({ WEBHOOK_SECRET: keyText(2) });
    const webhook = deployment.lambda('webhook');
    expect(await deployment.say(webhook, 'a.example', 'domain.mapped', 1)).toBe(202);
    expect(await deployment.say(webhook, 'a.example', 'domain.mapped', 2)).toBe(202);
    expect(await deployment.say(webhook, 'a.example', 'domain.mapped', 3)).toBe(401);
  });

  it('a message that nobody understands ends among the dead after eight deliveries, and holds up nobody', async () => {
    const Entries = [{ EventBusName: 'bus', Source: 'x', DetailType: 'domain.mapped', Detail: '{"no":"domain"}' }];
    await deployment.events.send(new PutEventsCommand({ Entries }));
    const sync = deployment.lambda('sync');
    let dead: readonly Message[] = [];
    for (let turn = 0; turn < 30 && dead.length === 0; turn++) {
      await deployment.deliver(sync);
      dead = await deployment.receiveDead();
    }
    expect(dead.map(({ Body = '' }) => JSON.parse(Body).detail)).toEqual([{ no: 'domain' }]);
    expect(sync.printed.match(/A message was not understood/g)).toHaveLength(8);
  });

  it('messages that met a throttled table come back after a minute, and none is lost', async () => {
    let isThrottled = true;
    const waits: unknown[] = [];
    const throttled = await between(moto.url, (action, forward) => {
      if (action !== 'ChangeMessageVisibilityBatch') return isThrottled ? TOO_MUCH : { forward };
      for (const { VisibilityTimeout } of forward['Entries'] as readonly Body[]) waits.push(VisibilityTimeout);
      return { forward };
    });
    const names = { AWS_ENDPOINT_URL_DYNAMODB: throttled.url, AWS_ENDPOINT_URL_SQS: throttled.url };
    const [webhook, sync] = [deployment.lambda('webhook'), deployment.lambda('sync', names)];
    const domains = ['x.example', 'y.example', 'z.example'];
    for (const domain of domains) expect(await deployment.say(webhook, domain, 'domain.mapped', 2)).toBe(202);
    for (let delivered = 0; delivered < 3; ) delivered += await deployment.deliver(sync);
    expect(waits).toEqual([60, 60, 60]);
    expect(sync.printed).toContain('Messages could not be worked on');
    isThrottled = false;
    for (let delivered = 0; delivered < 3; ) delivered += await deployment.deliver(sync);
    throttled.close();
    expect(deployment.runcloud.names).toEqual(expect.arrayContaining(domains));
    expect(await deployment.receiveDead()).toEqual([]);
  });
});
