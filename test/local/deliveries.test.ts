/** Receivers on one machine, with time handed in: what is delivered, kept, and given up. */
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { ReceiverName, SendResult } from '../../lib/core/report/delivery.ts';
import type { OutgoingEvent } from '../../lib/core/report/outgoing.ts';
import { problemsOfReceivers } from '../../lib/core/report/receivers.ts';
import { DAY, HOUR, iso, MINUTE, SECOND } from '../../lib/core/values/time.ts';
import type { Receiver } from '../../lib/notify/settings.ts';
import { jsonLog } from '../../lib/util/log.ts';
import { Secret } from '../../lib/util/secret.ts';
import { openDeliveries } from '../../local/deliveries.ts';
import { deliverNext, standingsOf } from '../../local/notifier.ts';
import { openOutbox } from '../../local/outbox.ts';
import { START, simulatedClock } from '../support/clock.ts';

const url = new Secret('https://hooks.example/MARKED');
const WEBHOOK: Receiver = { name: 'webhook', url, host: 'hooks.example', fingerprint: 'w', keys: [] };
const SLACK: Receiver = { name: 'slack', url, host: 'slack.example', fingerprint: 's' };
const OK: SendResult = { kind: 'answered', status: 204, says: '' };
const DEAD: SendResult = { kind: 'failed', why: 'it refused the connection' };

function event(id: string): OutgoingEvent {
  return { type: 'quota.low', detail: { id, sequence: 1, at: iso(START), before: {}, after: {} } };
}

type Answers = Partial<Record<ReceiverName, (id: string) => SendResult>>;

/** A machine whose process may end and start again. */
function machine(receivers: readonly Receiver[] = [WEBHOOK, SLACK], answers: Answers = {}, mostWaiting?: number) {
  const database = new DatabaseSync(':memory:');
  const clock = simulatedClock();
  const logged: string[] = [];
  const log = jsonLog(clock, (line) => logged.push(line));
  const got: Record<ReceiverName, string[]> = { webhook: [], slack: [] };
  const tried: Record<ReceiverName, number> = { webhook: 0, slack: 0 };
  const send = async ({ name }: Receiver, { detail }: OutgoingEvent): Promise<SendResult> => {
    const result = answers[name]?.(detail.id) ?? OK;
    tried[name] += 1;
    if (result === OK) got[name].push(detail.id);
    return result;
  };
  const outbox = openOutbox(database, (events) => deliveries.giveUp(events, clock.now()), mostWaiting);
  /** What is due now, for all. */
  const work = async (): Promise<void> => {
    deliveries.accept(outbox, clock.now());
    for (const receiver of set) {
      while (await deliverNext(receiver, { deliveries, send, clock, log }, new AbortController().signal));
    }
  };
  let [set, deliveries] = [receivers, openDeliveries(database, receivers, clock.now(), mostWaiting)];
  return {
    database,
    clock,
    answers,
    got,
    tried,
    logged,
    outbox,
    get deliveries() {
      return deliveries;
    },
    restart: (changed = set) => {
      set = changed;
      deliveries = openDeliveries(database, changed, clock.now(), mostWaiting);
    },
    put: (...ids: string[]) => outbox.put(ids.map(event)),
    work,
    /** The same again and again, a minute apart. */
    workFor: async (ms: number) => {
      for (let passed = 0; passed <= ms; passed += MINUTE) {
        await work();
        clock.advance(MINUTE);
      }
    },
    standings: () => standingsOf(set, deliveries, clock.now()),
  };
}

describe('receivers on one machine', () => {
  it('get every event once, in its order', async () => {
    const { put, work, got, deliveries } = machine();
    put('1', '2', '3');
    await work();
    put('4');
    await work();
    expect(got).toEqual({ webhook: ['1', '2', '3', '4'], slack: ['1', '2', '3', '4'] });
    expect(deliveries.waiting('webhook')).toBe(0);
  });

  it('that are dead for a day lose nothing, keep their order, and hold up nobody else', async () => {
    const world = machine([WEBHOOK, SLACK], { webhook: () => DEAD });
    const ids: string[] = [];
    for (let hour = 0; hour < 23; hour++) {
      ids.push(`${hour}a`, `${hour}b`);
      world.put(`${hour}a`, `${hour}b`);
      await world.workFor(59 * MINUTE);
    }
    expect(world.got.slack).toEqual(ids);
    expect(world.got.webhook).toEqual([]);
    expect(world.tried.webhook).toBeLessThan(20);
    world.answers.webhook = () => OK;
    await world.workFor(2 * HOUR);
    expect(world.got.webhook).toEqual(ids);
    expect(world.standings()[0]).toMatchObject({
      state: { deliveredAt: expect.anything() },
      undelivered: { count: 0 },
    });
  });

  it('that stay dead get nothing older than a day: it is given up, and named until somebody deletes it', async () => {
    const world = machine([WEBHOOK], { webhook: () => DEAD });
    world.put('1', '2');
    await world.workFor(DAY + HOUR);
    world.put('3');
    await world.work();
    expect(world.deliveries.undelivered('webhook')).toMatchObject({
      count: 2,
      last: { why: DEAD.kind === 'failed' && DEAD.why },
    });
    expect(world.deliveries.waiting('webhook')).toBe(1);
    world.answers.webhook = () => OK;
    await world.workFor(3 * HOUR);
    expect(world.got.webhook).toEqual(['3']);
    const [problem] = problemsOfReceivers(world.standings(), world.clock.now());
    expect(problem?.found).toMatch(/^2 events for NOTIFY_URL \(hooks\.example\) could not be delivered/);
    world.database.exec('DELETE FROM undelivered');
    expect(problemsOfReceivers(world.standings(), world.clock.now())).toEqual([]);
  });

  it('go on where they were after the process was killed, with the same ids', async () => {
    const world = machine([WEBHOOK], { webhook: () => DEAD });
    world.put('1', '2');
    await world.work();
    world.put('3');
    world.restart();
    world.answers.webhook = () => OK;
    await world.workFor(10 * SECOND);
    await world.work();
    expect(world.got.webhook).toEqual(['1', '2', '3']);
  });

  it('that were mended get all at once after a restart, however long they asked to be left alone', async () => {
    const world = machine([WEBHOOK], {
      webhook: () => ({ kind: 'answered', status: 429, says: '', retryAfterMs: 6 * HOUR }),
    });
    world.put('1', '2');
    await world.work();
    world.answers.webhook = () => OK;
    await world.workFor(HOUR);
    expect(world.got.webhook).toEqual([]);
    world.restart();
    await world.work();
    expect(world.got.webhook).toEqual(['1', '2']);
  });

  it('that refuse one event get all the others, and that one is given up after a day', async () => {
    const world = machine([WEBHOOK], {
      webhook: (id) => (id === 'odd' ? { kind: 'answered', status: 400, says: 'invalid_payload' } : OK),
    });
    world.put('odd', '1', '2');
    await world.work();
    expect(world.got.webhook).toEqual(['1', '2']);
    await world.workFor(DAY + HOUR);
    expect(world.deliveries.undelivered('webhook')).toMatchObject({
      count: 1,
      last: { why: 'it answered 400 (invalid_payload)' },
    });
  });

  it('that refused an event for hours wait seconds after the first connection that breaks', async () => {
    const world = machine([WEBHOOK], {
      webhook: (id) => (id === 'odd' ? { kind: 'answered', status: 400, says: '' } : DEAD),
    });
    world.put('odd');
    await world.workFor(5 * HOUR);
    world.put('1');
    await world.work();
    world.answers.webhook = () => OK;
    await world.workFor(MINUTE);
    expect(world.got.webhook).toContain('1');
  });

  it('that failed for hours are asked again within a minute about an event that they refuse then', async () => {
    const world = machine([WEBHOOK], { webhook: () => DEAD });
    world.put('1');
    await world.workFor(5 * HOUR);
    const asked: number[] = [];
    world.answers.webhook = () =>
      asked.push(world.clock.now()) === 1 ? { kind: 'answered', status: 400, says: '' } : OK;
    await world.workFor(2 * HOUR);
    const [refusedAt = 0, takenAt = 0] = asked;
    expect(takenAt - refusedAt).toBe(MINUTE);
  });

  it('that answer 410 are switched off, also after a restart, until their address is another one', async () => {
    const world = machine([WEBHOOK, SLACK], { webhook: () => ({ kind: 'answered', status: 410, says: '' }) });
    world.put('1', '2');
    await world.work();
    expect(world.tried.webhook).toBe(1);
    world.restart();
    world.answers.webhook = () => OK;
    world.put('3');
    await world.workFor(HOUR);
    expect(world.got).toEqual({ webhook: [], slack: ['1', '2', '3'] });
    expect(world.logged.filter((line) => line.includes('switched off'))).toHaveLength(1);
    expect(problemsOfReceivers(world.standings(), world.clock.now())).toMatchObject([{ kind: 'notify' }]);
    world.restart([{ ...WEBHOOK, fingerprint: 'another' }, SLACK]);
    world.put('4');
    await world.work();
    expect(world.got.webhook).toEqual(['4']);
    expect(problemsOfReceivers(world.standings(), world.clock.now())).toEqual([]);
  });

  it('are on again after they were taken out of the settings and set anew', async () => {
    const world = machine([SLACK], { slack: () => ({ kind: 'answered', status: 410, says: '' }) });
    world.put('1');
    await world.work();
    world.restart([]);
    world.restart([SLACK]);
    world.answers.slack = () => OK;
    world.put('2');
    await world.work();
    expect(world.got.slack).toEqual(['2']);
  });

  it('that are set later hear of what happens from then on', async () => {
    const world = machine([]);
    world.put('1', '2');
    await world.work();
    world.restart([SLACK]);
    world.put('3');
    await world.work();
    expect(world.got.slack).toEqual(['3']);
    expect(world.outbox.take(9)).toEqual([]);
  });

  it('are tried at once where a clock that was ahead postponed them', async () => {
    const world = machine([WEBHOOK], { webhook: () => ({ kind: 'answered', status: 400, says: '' }) });
    world.clock.advance(30 * DAY);
    world.put('1');
    await world.work();
    world.clock.advance(-30 * DAY);
    world.answers.webhook = () => OK;
    await world.work();
    expect(world.got.webhook).toEqual(['1']);
  });

  it('have a bound: of too many the oldest are given up', async () => {
    const world = machine([WEBHOOK], { webhook: () => DEAD }, 3);
    world.put('1', '2', '3');
    await world.work();
    world.put('4', '5');
    await world.work();
    expect(world.deliveries.waiting('webhook')).toBe(3);
    expect(world.deliveries.undelivered('webhook')).toMatchObject({
      count: 2,
      last: { why: 'too many waited for it' },
    });
  });

  it('are named with what was too much for the outbox, but those that are switched off', async () => {
    const world = machine([WEBHOOK, SLACK], { slack: () => ({ kind: 'answered', status: 410, says: '' }) }, 3);
    world.put('0');
    await world.work();
    world.put('1', '2', '3', '4', '5');
    const last = { at: iso(START), why: 'too many waited for it' };
    expect(world.deliveries.undelivered('webhook')).toEqual({ count: 2, last });
    expect(world.deliveries.undelivered('slack').count).toBe(0);
    expect(problemsOfReceivers(world.standings(), world.clock.now()).map(({ found }) => found)).toContainEqual(
      expect.stringContaining('2 events for NOTIFY_URL (hooks.example) could not be delivered and were given up'),
    );
    await world.work();
    expect(world.got.webhook).toEqual(['0', '3', '4', '5']);
  });
});
