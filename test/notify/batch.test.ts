import { describe, expect, it } from 'vitest';
import type { ReceiverState, SendResult } from '../../lib/core/report/delivery.ts';
import type { OutgoingEvent } from '../../lib/core/report/outgoing.ts';
import { DAY, iso, SECOND } from '../../lib/core/values/time.ts';
import { deliverBatch, type QueuedEvent } from '../../lib/notify/batch.ts';
import type { Receiver } from '../../lib/notify/settings.ts';
import { jsonLog } from '../../lib/util/log.ts';
import { Secret } from '../../lib/util/secret.ts';
import { START, simulatedClock } from '../support/clock.ts';

const url = new Secret('https://hooks.example/MARKED');
const WEBHOOK: Receiver = { name: 'webhook', url, host: 'hooks.example', fingerprint: 'w', keys: [] };
const SLACK: Receiver = { name: 'slack', url, host: 'slack.example', fingerprint: 's' };
const OK: SendResult = { kind: 'answered', status: 200, says: '' };

function queued(messageId: string, receiver: Receiver['name'], since = START): QueuedEvent {
  const event: OutgoingEvent = {
    type: 'quota.low',
    detail: { id: messageId, sequence: 1, at: iso(START), before: {}, after: {} },
  };
  return { messageId, receiver, event, attempts: 1, since };
}

async function deliver(
  messages: readonly QueuedEvent[],
  answer: (receiver: Receiver, id: string) => SendResult,
  {
    now = START,
    state = {},
    receivers = [WEBHOOK, SLACK],
  }: { now?: number; state?: ReceiverState; receivers?: Receiver[] } = {},
) {
  const sent: string[] = [];
  const logged: string[] = [];
  const clock = simulatedClock(now);
  const send = async (receiver: Receiver, { detail }: OutgoingEvent) => {
    sent.push(detail.id);
    return answer(receiver, detail.id);
  };
  const log = jsonLog(clock, (line) => logged.push(line));
  const states = new Map([['webhook' as const, state]]);
  return { ...(await deliverBatch(messages, receivers, states, { send, clock, log })), sent, logged };
}

describe('a batch for receivers', () => {
  it('is delivered in the order in which it was put into the queue', async () => {
    const { sent, outcomes, states } = await deliver(
      [queued('b', 'webhook', START + 2), queued('a', 'webhook', START + 1)],
      () => OK,
      { now: START + SECOND },
    );
    expect(sent).toEqual(['a', 'b']);
    expect([...outcomes.values()]).toEqual([{ kind: 'delivered' }, { kind: 'delivered' }]);
    expect(states.get('webhook')).toEqual({ deliveredAt: iso(START + SECOND) });
  });

  it('waits for a receiver that fails once, and the other receiver gets its own', async () => {
    const { sent, outcomes, states } = await deliver(
      [queued('1', 'webhook'), queued('2', 'webhook'), queued('3', 'slack'), queued('4', 'webhook')],
      ({ name }) => (name === 'slack' ? OK : { kind: 'failed', why: 'it did not answer within 10 seconds' }),
    );
    expect(sent.toSorted()).toEqual(['1', '3']);
    expect(outcomes.get('1')).toMatchObject({ kind: 'again', at: START + 5 * SECOND });
    for (const id of ['2', '4']) expect(outcomes.get(id)).toEqual({ kind: 'waits', until: START + 5 * SECOND });
    expect(outcomes.get('3')).toEqual({ kind: 'delivered' });
    expect(states.get('webhook')?.failing).toMatchObject({ times: 1, since: iso(START) });
    expect(states.get('slack')?.failing).toBeUndefined();
  });

  it('sends nothing while the receiver pauses since another batch, and counts no failure', async () => {
    const failing = { since: iso(START), times: 1, why: 'it answered 503', nextAt: iso(START + 5 * SECOND) };
    const { sent, outcomes, states } = await deliver([queued('1', 'webhook'), queued('2', 'slack')], () => OK, {
      now: START + SECOND,
      state: { failing },
    });
    expect(sent).toEqual(['2']);
    expect(outcomes.get('1')).toEqual({ kind: 'waits', until: START + 5 * SECOND });
    expect(states.get('webhook')).toEqual({ failing });
  });

  it('gives up during a pause what waited for a day while the receiver failed', async () => {
    const now = START + DAY;
    const failing = { since: iso(START), times: 9, why: 'it answered 503', nextAt: iso(now + SECOND) };
    const { sent, outcomes, logged } = await deliver([queued('1', 'webhook')], () => OK, { now, state: { failing } });
    expect(sent).toEqual([]);
    expect(outcomes.get('1')).toEqual({ kind: 'expired', why: 'it answered 503' });
    expect(logged.join()).toContain('An event was given up');
  });

  it('goes on after an event that the receiver refuses by itself', async () => {
    const { outcomes } = await deliver([queued('1', 'webhook'), queued('2', 'webhook')], (_, id) =>
      id === '1' ? { kind: 'answered', status: 400, says: 'invalid' } : OK,
    );
    expect([...outcomes.values()].map(({ kind }) => kind)).toEqual(['again', 'delivered']);
  });

  it('gives up what failed for a day, and only that', async () => {
    const now = START + DAY + SECOND;
    const failing = { since: iso(START), times: 9, why: 'x', nextAt: iso(now) };
    const { outcomes, logged } = await deliver(
      [queued('old', 'webhook', START), queued('new', 'webhook', now)],
      () => ({ kind: 'answered', status: 500, says: '' }),
      { now, state: { failing } },
    );
    expect(outcomes.get('old')).toMatchObject({ kind: 'given-up', why: 'it answered 500' });
    expect(outcomes.get('new')).toMatchObject({ kind: 'waits' });
    expect(logged.join()).toContain('An event was given up');
  });

  it('is dropped for a receiver that is switched off, or is not set', async () => {
    const off: ReceiverState = { off: { at: iso(START), why: 'it answered 410' } };
    const { sent, outcomes, states } = await deliver([queued('1', 'webhook'), queued('2', 'slack')], () => OK, {
      state: off,
      receivers: [WEBHOOK],
    });
    expect(sent).toEqual([]);
    expect([...outcomes.values()]).toEqual([{ kind: 'dropped' }, { kind: 'dropped' }]);
    expect(states.get('webhook')).toEqual(off);
  });

  it('switches a receiver off that answers 410, says so once, and sends nothing more', async () => {
    const { sent, states, logged } = await deliver([queued('1', 'webhook'), queued('2', 'webhook')], () => ({
      kind: 'answered',
      status: 410,
      says: '',
    }));
    expect(sent).toEqual(['1']);
    expect(states.get('webhook')?.off).toEqual({ at: iso(START), why: 'it answered 410' });
    expect(logged).toHaveLength(1);
    expect(logged[0]).toMatch(/"level":"error".*switched off.*NOTIFY_URL \(hooks\.example\)/);
  });
});
