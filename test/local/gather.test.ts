/** Unmaps on one machine, from the webhook to the network's lists. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../../lib/core/values/time.ts';
import { parseMessage, toBus } from '../../lib/intake/event.ts';
import { jsonLog } from '../../lib/util/log.ts';
import { GATHER_MS, gatherUnmaps } from '../../local/gather.ts';
import { openQueue } from '../../local/queue.ts';
import { setStage } from '../../local/stage.ts';
import { simulatedClock } from '../support/clock.ts';
import { mapped, unmapped } from '../support/world.ts';

function setUp() {
  const clock = simulatedClock();
  const queue = openQueue(new DatabaseSync(':memory:'), clock);
  const bus = gatherUnmaps(queue, clock);
  const receive = (): string[] =>
    queue.receive(100, MINUTE).map(({ body }) => {
      const message = parseMessage(body);
      return message.kind === 'event' ? message.event.domain : message.kind;
    });
  return { clock, queue, bus, receive };
}

describe('unmaps', () => {
  it('of the same two seconds come as one batch', async () => {
    const { clock, bus, receive } = setUp();
    for (const name of ['a.example', 'b.example', 'c.example']) {
      await bus.put(toBus(unmapped(name, clock)));
      expect(receive()).toEqual([]);
      clock.advance(600);
    }
    clock.advance(GATHER_MS - 3 * 600 - 1);
    expect(receive()).toEqual([]);
    clock.advance(1);
    expect(receive()).toEqual(['a.example', 'b.example', 'c.example']);
    await bus.put(toBus(unmapped('d.example', clock)));
    expect(receive()).toEqual([]);
    clock.advance(GATHER_MS);
    expect(receive()).toEqual(['d.example']);
  });

  it('keep no map waiting', async () => {
    const { clock, bus, receive } = setUp();
    await bus.put(toBus(unmapped('a.example', clock)));
    await bus.put(toBus(mapped('b.example', clock)));
    expect(receive()).toEqual(['b.example']);
  });

  it('wait no longer where the clock was set back', async () => {
    const { clock, bus, receive } = setUp();
    clock.advance(HOUR);
    await bus.put(toBus(unmapped('a.example', clock)));
    clock.advance(SECOND - HOUR);
    await bus.put(toBus(unmapped('b.example', clock)));
    clock.advance(GATHER_MS);
    expect(receive()).toContain('b.example');
  });

  it('that arrive one after the other within two seconds have the network’s lists read once', async () => {
    const options = { dataDir: mkdtempSync(join(tmpdir(), 'gather-')), port: 0, reconcileEveryMs: undefined };
    const stage = await setStage(0, options, (clock) => jsonLog(clock, () => {}));
    onTestFinished(async () => stage.close());
    const { network, runcloud, site } = stage;
    const names = ['a.example', 'b.example', 'c.example', 'd.example'];
    for (const name of [...names, 'other.example']) await network.map(name);
    await expect.poll(() => names.every((name) => runcloud.find(name)), { timeout: 10_000 }).toBe(true);
    // The runs of these maps end, so that each unmap finds the pump idle.
    for (let calls = -1; calls !== site.calls.length; await sleep(500)) calls = site.calls.length;
    site.calls.length = 0;
    for (const name of names) {
      await network.unmap(name);
      await sleep(100);
    }
    await expect.poll(() => names.some((name) => runcloud.find(name)), { timeout: 10_000 }).toBe(false);
    expect(site.calls.filter(({ path }) => /^\/domains?\?page=1&/.test(path))).toHaveLength(1);
  });
});
