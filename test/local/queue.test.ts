import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { HostName } from '../../lib/core/values/host-name.ts';
import { DAY, HOUR, iso, MINUTE, SECOND } from '../../lib/core/values/time.ts';
import { parseMessage, recheckEvent } from '../../lib/intake/event.ts';
import { jsonLog } from '../../lib/util/log.ts';
import { openStorage } from '../../local/database.ts';
import { startPump } from '../../local/pump.ts';
import { openQueue } from '../../local/queue.ts';
import { simulatedClock } from '../support/clock.ts';

const about = (name: string) => recheckEvent([name as HostName], 2);

function setUp() {
  const clock = simulatedClock();
  const database = new DatabaseSync(':memory:');
  return { clock, database, queue: openQueue(database, clock) };
}

describe('the queue on one machine', () => {
  it('hands a message out once, until it shows again', async () => {
    const { clock, queue } = setUp();
    await queue.put(about('a.example'));
    const [message] = queue.receive(10, MINUTE);
    expect(parseMessage(message?.body ?? '')).toEqual({ kind: 'recheck', domains: ['a.example'], hop: 2 });
    expect(queue.receive(10, MINUTE)).toEqual([]);
    clock.advance(MINUTE);
    expect(queue.receive(10, MINUTE)).toHaveLength(1);
  });

  it('keeps a delayed message until it is due', async () => {
    const { clock, queue } = setUp();
    await queue.put(about('later.example'), 5 * SECOND);
    expect(queue.receive(10, MINUTE)).toEqual([]);
    expect(queue.nextAt()).toBe(clock.now() + 5 * SECOND);
    clock.advance(5 * SECOND);
    expect(queue.receive(10, MINUTE)).toHaveLength(1);
  });

  it('hands out the oldest first, and no more than asked', async () => {
    const { queue } = setUp();
    await Promise.all(['a.example', 'b.example', 'c.example'].map((name) => queue.put(about(name))));
    expect(queue.receive(2, MINUTE).map(({ body }) => JSON.parse(body).detail.domains[0])).toEqual([
      'a.example',
      'b.example',
    ]);
  });

  it('gives up no message that fails, and tries it less and less often', async () => {
    const { clock, queue } = setUp();
    await queue.put(about('poison.example'));
    const pauses: number[] = [];
    for (let time = 0; time < 100; time++) {
      const [message] = queue.receive(1, MINUTE);
      queue.end({ failed: [message?.messageId ?? ''] });
      const pause = (queue.nextAt() ?? 0) - clock.now();
      pauses.push(pause);
      clock.advance(pause);
    }
    expect(pauses.slice(0, 3)).toEqual([10 * SECOND, 20 * SECOND, 30 * SECOND]);
    expect(pauses.at(-1)).toBe(15 * MINUTE);
    expect(queue.count()).toEqual({ waiting: 1, failing: 1, dead: 0 });
  });

  it('counts what failed, and neither what came too early nor what a killed process had taken', async () => {
    const { clock, database, queue } = setUp();
    await queue.put(about('a.example'));
    const [taken] = queue.receive(1, MINUTE);
    const id = taken?.messageId ?? '';
    queue.end({ early: [id] });
    expect((queue.nextAt() ?? 0) - clock.now()).toBe(10 * SECOND);
    for (let time = 0; time < 3; time++) {
      clock.advance(10 * SECOND);
      expect(queue.receive(1, MINUTE)).toHaveLength(1);
      queue.end({ early: [id] });
      expect(queue.count().failing).toBe(0);
    }
    expect((queue.nextAt() ?? 0) - clock.now()).toBe(10 * SECOND);
    clock.advance(10 * SECOND);
    queue.receive(1, MINUTE);
    const next = openQueue(database, clock);
    expect(next.receive(1, MINUTE)).toHaveLength(1);
    expect(next.count().failing).toBe(0);
    next.end({ failed: [id] });
    expect(next.count().failing).toBe(1);
    next.end({ done: [id] });
    expect(next.count().failing).toBe(0);
  });

  it('calls no message failed that another run is in the way of', async () => {
    const { clock, queue } = setUp();
    await queue.put(about('early.example'));
    await queue.put(about('failing.example'));
    const pump = startPump(
      queue,
      async ({ Records }) => ({
        batchItemFailures: Records.map(({ messageId }) => ({ itemIdentifier: messageId })),
        early: Records.filter(({ body }) => body.includes('early')).map(({ messageId }) => messageId),
      }),
      { clock, log: jsonLog(clock, () => {}) },
    );
    await expect.poll(() => queue.count()).toEqual({ waiting: 0, failing: 1, dead: 0 });
    await pump.stop();
    clock.advance(10 * SECOND);
    expect(queue.receive(10, MINUTE)).toHaveLength(2);
  });

  it('shows at once what a clock that was ahead has hidden, and keeps hidden what is rightly so', async () => {
    const { clock, queue } = setUp();
    clock.advance(365 * DAY);
    await queue.put(about('put.example'), SECOND);
    await queue.put(about('given-back.example'));
    queue.end({ failed: queue.receive(1, MINUTE).map(({ messageId }) => messageId) });
    clock.advance(-365 * DAY);
    await queue.put(about('delayed.example'), 15 * MINUTE);
    expect(queue.receive(10, MINUTE)).toHaveLength(2);
    expect(queue.receive(10, MINUTE)).toEqual([]);
    clock.advance(15 * MINUTE);
    expect(queue.receive(10, MINUTE)).toHaveLength(3);
  });

  it('keeps hidden what a clock has hidden that was ahead within the tolerance', async () => {
    const { clock, queue } = setUp();
    clock.advance(5 * MINUTE);
    await queue.put(about('a.example'), 15 * MINUTE);
    clock.advance(-5 * MINUTE);
    expect(queue.receive(10, MINUTE)).toEqual([]);
    clock.advance(-1);
    expect(queue.receive(10, MINUTE)).toHaveLength(1);
  });

  it('is done with what is removed', async () => {
    const { queue } = setUp();
    await queue.put(about('a.example'));
    queue.end({ done: queue.receive(1, MINUTE).map(({ messageId }) => messageId) });
    expect(queue.count()).toEqual({ waiting: 0, failing: 0, dead: 0 });
  });

  it('shows again at once what a process that died had in hand', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'queue-'));
    const clock = simulatedClock();
    const first = openStorage(folder);
    const queue = openQueue(first.database, clock);
    await queue.put(about('a.example'));
    await queue.put(about('delayed.example'), MINUTE);
    queue.receive(10, 10 * MINUTE);
    first.close();
    const second = openStorage(folder);
    expect(openQueue(second.database, clock).receive(10, MINUTE)).toHaveLength(1);
    second.close();
  });

  it('keeps a dead letter aside, with the reason and the time, until somebody deletes it', async () => {
    const { clock, database, queue } = setUp();
    await queue.put(about('a.example'));
    await queue.put(about('b.example'));
    expect(queue.deadLetters()).toEqual({ count: 0, last: undefined });
    const [first, second] = queue.receive(10, MINUTE);
    queue.bury([{ messageId: first?.messageId ?? '', why: 'it is not JSON' }]);
    clock.advance(SECOND);
    queue.bury([{ messageId: second?.messageId ?? '', why: 'it names no domain' }]);
    expect(queue.count()).toEqual({ waiting: 0, failing: 0, dead: 2 });
    expect(queue.deadLetters()).toEqual({ count: 2, last: { at: iso(clock.now()), why: 'it names no domain' } });
    expect(queue.nextAt()).toBeUndefined();
    database.exec('DELETE FROM dead_letter');
    expect(queue.deadLetters()).toEqual({ count: 0, last: undefined });
  });

  it('tries a dead letter again at the start of a version that understands it, and no other', () => {
    const { clock, database } = setUp();
    const insert = database.prepare('INSERT INTO dead_letter VALUES (?, ?, ?, 0)');
    const understood = JSON.stringify({ id: 'x', time: '2026-11-22T08:00:00Z', ...about('a.example') });
    insert.run('understood', understood, 'of a newer version');
    insert.run('not', '{}', 'it does not have the form of an event');
    const queue = openQueue(database, clock);
    expect(queue.receive(10, MINUTE).map(({ messageId }) => messageId)).toEqual(['understood']);
    expect(queue.count()).toEqual({ waiting: 0, failing: 0, dead: 1 });
  });

  it('says so when it cannot keep a message', async () => {
    const { database, queue } = setUp();
    database.exec('DROP TABLE message');
    await expect(queue.put(about('a.example'))).rejects.toThrow();
  });
});

describe('the pump', () => {
  it('makes a dead letter of what is no message, says so, and delivers the rest', async () => {
    const { clock, database, queue } = setUp();
    const logged: string[] = [];
    const seen: string[] = [];
    const time = '-000001-12-31T23:00:00.000Z';
    const body = { id: 'x', 'detail-type': 'domain.mapped', time, detail: { domain: 'a.example' } };
    database.prepare('INSERT INTO message VALUES (?, ?, 0, 0)').run('malformed', JSON.stringify(body));
    await queue.put(about('b.example'));
    const pump = startPump(
      queue,
      async ({ Records }) => {
        seen.push(...Records.map((record) => record.body));
        return { batchItemFailures: [] };
      },
      { clock, log: jsonLog(clock, (line) => logged.push(line)) },
    );
    for (let turn = 0; turn < 200 && queue.count().waiting > 0; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await pump.stop();
    expect(seen.map((each) => JSON.parse(each).detail.domains)).toEqual([['b.example']]);
    expect(queue.deadLetters()).toMatchObject({
      count: 1,
      last: { why: expect.stringContaining('time must be an ISO') },
    });
    expect(logged.join()).toMatch(/A message was not understood, and is a dead letter now.*"malformed"/);
  });

  it('delivers again what failed, and survives a handler that throws', async () => {
    const { clock, queue } = setUp();
    const seen: string[] = [];
    let thrown = false;
    const pump = startPump(
      queue,
      async ({ Records }) => {
        if (!thrown) {
          thrown = true;
          throw new Error('once');
        }
        const isFirst = seen.length === 0;
        seen.push(...Records.map(({ messageId }) => messageId));
        return { batchItemFailures: isFirst ? [{ itemIdentifier: seen[0] ?? '' }] : [] };
      },
      { clock, log: jsonLog(clock, () => {}) },
    );
    await queue.put(about('a.example'));
    const deliveries = (): number => seen.filter((id) => id === seen[0]).length;
    for (let turn = 0; turn < 400 && deliveries() < 2; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      clock.advance(30 * SECOND);
      if (turn === 0) await queue.put(about('other.example'));
    }
    await pump.stop();
    expect(deliveries()).toBe(2);
  });

  it('keeps what a batch came to until it can be written, says so, and works on nothing twice', async () => {
    const { clock, queue } = setUp();
    let runs = 0;
    let isFull = true;
    const end: typeof queue.end = (batch) => {
      if (isFull) throw new Error('database or disk is full');
      queue.end(batch);
    };
    const sync = async () => {
      runs += 1;
      return { batchItemFailures: [] };
    };
    await queue.put(about('a.example'));
    const pump = startPump({ ...queue, end }, sync, { clock, log: jsonLog(clock, () => {}) });
    await expect.poll(() => pump.error()).toBe('database or disk is full');
    clock.advance(HOUR);
    isFull = false;
    await expect.poll(() => pump.error(), { timeout: 5_000 }).toBeUndefined();
    await pump.stop();
    expect(runs).toBe(1);
    expect(queue.nextAt()).toBeUndefined();
  });
});
