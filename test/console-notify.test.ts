/** `{"action":"notify"}`, and what the console says of receivers. */
import { describe, expect, it } from 'vitest';
import { answer } from '../lib/console.ts';
import type { ReceiverStanding } from '../lib/core/report/receivers.ts';
import { HOUR, iso } from '../lib/core/values/time.ts';
import { START } from './support/clock.ts';
import { createWorld } from './support/world.ts';

const WEBHOOK: ReceiverStanding = { name: 'webhook', host: 'hooks.example', state: {} };
const OFF: ReceiverStanding = {
  name: 'slack',
  host: 'slack.example',
  state: { off: { at: iso(START), why: 'it answered 410' } },
};

describe('the action notify', () => {
  it('tells one event, on the way of all others, and names the hosts it goes to', async () => {
    const world = await createWorld({ receivers: [WEBHOOK, OFF] });
    const answered = await world.ask({ action: 'notify' });
    expect(answered).toEqual({
      ok: true,
      id: expect.stringMatching(/^test-/),
      to: [
        { receiver: 'webhook', host: 'hooks.example', state: 'on' },
        { receiver: 'slack', host: 'slack.example', state: 'off' },
      ],
      summary:
        'A test message is on its way to NOTIFY_URL (hooks.example). Not to SLACK_WEBHOOK_URL (slack.example), which is switched off since it answered 410. If it does not arrive within a minute, {"action":"doctor"} says why.',
    });
    expect(world.told).toEqual([
      { type: 'notify.test', detail: { id: answered['id'], at: iso(START), before: {}, after: {} } },
    ]);
  });

  it('tells nobody where no receiver is set, or each is switched off', async () => {
    const world = await createWorld();
    expect(await world.ask({ action: 'notify' })).toMatchObject({ ok: false, to: [] });
    expect(world.told).toEqual([]);
    const switchedOff = await createWorld({ receivers: [OFF] });
    expect(await switchedOff.ask({ action: 'notify' })).toMatchObject({
      ok: false,
      summary: expect.stringMatching(/^Nobody gets the test message\. Not to SLACK_WEBHOOK_URL/),
    });
  });

  it('says until when it waits for a receiver that pauses', async () => {
    const until = iso(START + HOUR);
    const failing = { since: iso(START), times: 5, why: 'it answered 503', nextAt: until };
    const paused: ReceiverStanding = { ...WEBHOOK, state: { failing } };
    const world = await createWorld({ receivers: [paused] });
    expect(await world.ask({ action: 'notify' })).toMatchObject({
      ok: false,
      to: [{ receiver: 'webhook', host: 'hooks.example', state: 'waits', until }],
      summary: `The test message reaches nobody yet. For NOTIFY_URL (hooks.example), which fails, it waits until ${until}. Once that is mended, a restart of the service on one machine ends the wait. {"action":"doctor"} says what to do.`,
    });
    expect(world.told).toHaveLength(1);
    const both = await createWorld({ receivers: [paused, { ...OFF, state: {} }] });
    expect(await both.ask({ action: 'notify' })).toMatchObject({
      ok: true,
      summary: expect.stringMatching(/^A test message is on its way to SLACK_\S+ \(slack.example\)\. For NOTIFY_URL/),
    });
  });

  it('says why the message could not be put on its way', async () => {
    const world = await createWorld({ receivers: [WEBHOOK] });
    const broken = { ...world, tell: async () => Promise.reject(new Error('the bus is out of order')) };
    expect(await answer(broken, { action: 'notify' }, START + HOUR)).toMatchObject({
      ok: false,
      summary: expect.stringMatching(/^The test message could not be put on its way: the bus is out of order\./),
    });
  });
});

describe('status', () => {
  it('says that a receiver needs a person, beside what it says of domains', async () => {
    const world = await createWorld({ receivers: [WEBHOOK, OFF] });
    const { summary, needs } = await world.ask({ action: 'status' });
    expect(summary).toContain('SLACK_WEBHOOK_URL (slack.example) is switched off');
    expect(needs).toContainEqual(expect.objectContaining({ code: 'notify' }));
  });
});
