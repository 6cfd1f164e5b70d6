/** Whole messages, as receivers take them. */
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OutgoingEvent } from '../../lib/core/report/outgoing.ts';
import type { HostName } from '../../lib/core/values/host-name.ts';
import { DAY, iso } from '../../lib/core/values/time.ts';
import { sender } from '../../lib/notify/sender.ts';
import { parseNotifySettings, type Receiver, secretsOfReceivers } from '../../lib/notify/settings.ts';
import type { CustomerLink } from '../../lib/pages/link.ts';
import { systemClock } from '../../lib/util/clock.ts';
import { START } from '../support/clock.ts';
import { keyText } from '../support/webhooks.ts';
import { answering, type StandInReceiver, startReceiver } from './receiver.ts';

const EVENT: OutgoingEvent = {
  type: 'notify.test',
  detail: { id: 'run-1.7', at: iso(START), before: {}, after: {} },
};

let standIn: StandInReceiver;
beforeEach(async () => {
  standIn = await startReceiver();
});
afterEach(async () => standIn.close());

function open(key = keyText(1)) {
  const parsed = parseNotifySettings({
    NOTIFY_URL: `${standIn.url}/in?token=MARKED-TOKEN`,
    NOTIFY_SECRET: key,
    SLACK_WEBHOOK_URL: `${standIn.url}/slack/MARKED-TOKEN`,
    NOTIFY_ALLOW_PRIVATE: 'true',
  });
  if (!parsed.ok) throw new Error(parsed.faults.join());
  const send = sender(parsed.settings, { clock: systemClock, mrc: ' --stage test' });
  const [webhook, slack] = parsed.settings.receivers as readonly [Receiver, Receiver];
  return { send, webhook, slack, settings: parsed.settings };
}

describe('what is sent', () => {
  it('to NOTIFY_URL is verified by the library of Standard Webhooks, and has the id of the event', async () => {
    const { send, webhook } = open();
    expect(await send(webhook, EVENT)).toMatchObject({ kind: 'answered', status: 204 });
    const [{ headers, body } = { headers: {}, body: '' }] = standIn.got;
    const verified = new Webhook(keyText(1)).verify(body, headers as Record<string, string>);
    expect(verified).toEqual({ type: 'notify.test', timestamp: iso(START), data: EVENT.detail });
    expect(headers).toMatchObject({ 'webhook-id': 'run-1.7' });
    expect(() => new Webhook(keyText(2)).verify(body, headers as Record<string, string>)).toThrow();
  });

  it('to NOTIFY_URL while keys are changed is signed with both', async () => {
    const { send, webhook } = open(`${keyText(2)} ${keyText(1)}`);
    await send(webhook, EVENT);
    const [{ headers, body } = { headers: {}, body: '' }] = standIn.got;
    for (const fill of [1, 2]) new Webhook(keyText(fill)).verify(body, headers as Record<string, string>);
  });

  it('again has the same id and the same body, and a signature of its own time', async () => {
    const { send, webhook } = open();
    await send(webhook, EVENT);
    await send(webhook, EVENT);
    const [first, second] = standIn.got;
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(second?.body).toBe(first?.body);
  });

  it('to Slack is text alone', async () => {
    const { send, slack } = open();
    await send(slack, EVENT);
    expect(JSON.parse(standIn.got[0]?.body ?? '')).toEqual({
      text: 'This is a test: what multisite-runcloud has to tell arrives here.\nMore: `mrc doctor --stage test`',
    });
  });

  it('has the link to the customer\u2019s page, the same at each attempt, where the event is about one domain that is there', async () => {
    const { webhook, slack, settings } = open();
    const asked: CustomerLink[] = [];
    const linkFor = (link: CustomerLink) => {
      asked.push(link);
      return `https://domains.example/${link.domain}`;
    };
    const send = sender(settings, { clock: systemClock, mrc: '', linkFor });
    const view = { mapping: 'on RunCloud', dns: 'pointing', certificate: 'valid' } as const;
    const at = { id: 'run-1.8', sequence: 8, at: iso(START), before: view, after: view };
    const live = { type: 'domain.live', detail: { ...at, domain: 'shop.example' as HostName } } as const;
    for (const receiver of [webhook, slack]) await send(receiver, live);
    await send(webhook, { ...live, type: 'domain.removed' });
    await send(webhook, { type: 'domain.live', detail: { ...at, domains: ['a.example'], count: 1, leftOut: 0 } });
    const bodies = standIn.got.map(({ body }) => JSON.parse(body));
    expect(bodies[0].data).toEqual({ ...live.detail, link: 'https://domains.example/shop.example' });
    expect(bodies[1].text).toContain('For the customer: https://domains.example/shop.example');
    for (const { data } of bodies.slice(2)) expect(data).not.toHaveProperty('link');
    expect(asked).toEqual(Array(2).fill({ domain: 'shop.example', expiresAt: START + 30 * DAY }));
  });

  it('is repeated by no words of the receiver', async () => {
    const { send, webhook, slack, settings } = open();
    standIn.answer = (response, { url }) =>
      answering(500, `no ${url} MARKED-TOKEN for ${keyText(1).slice(6)}`)(response, undefined as never);
    for (const receiver of [webhook, slack]) {
      expect(JSON.stringify(await send(receiver, EVENT))).not.toMatch(/MARKED|AQEB/);
    }
    expect(secretsOfReceivers(settings).length).toBeGreaterThan(4);
  });
});
