import { describe, expect, it } from 'vitest';
import { parseMapping } from '../../../lib/core/values/host-name.ts';
import { DAY, iso, MINUTE, SECOND } from '../../../lib/core/values/time.ts';
import type { Ledger } from '../../../lib/ledger/ledger.ts';
import { memoryLedger } from '../../../lib/ledger/memory.ts';
import { syncDomains } from '../../../lib/loop/runs/sync.ts';
import { createWorld, mapped, RUN, shops, type TestWorld, type WorldOptions } from '../../support/world.ts';

const EVERY = 10 * MINUTE;
const DOWN: WorldOptions['runcloud'] = { fault: () => ({ kind: 'status', status: 503, carriedOut: false }) };

/** Does rechecks until none is left, `most` at most; returns how long each of them had been delayed (ms). */
async function follow(world: TestWorld, most: number): Promise<number[]> {
  const delays: number[] = [];
  while (delays.length < most) {
    const due = world.rechecks.shift();
    if (!due) break;
    delays.push(due.at - world.clock.now());
    world.clock.advance(Math.max(0, due.at - world.clock.now()));
    await syncDomains(world, new Map(due.domains.map((domain) => [domain, due.hop])), world.clock.now() + RUN);
  }
  return delays;
}

describe('a chain of rechecks', () => {
  it('ends when another run holds the lease for ever, long before a hundred, and says so', async () => {
    const free = memoryLedger();
    // Whoever holds it renews it before it ends.
    const acquire: Ledger['acquire'] = async ({ now, ttlMs }) => ({ kind: 'busy', until: iso(now + ttlMs) });
    const ledger = { ...free, acquire };
    const world = await createWorld({ reconcileEveryMs: EVERY, ledger });
    await world.deliver(mapped('shop.example', world.clock));
    expect((await follow(world, 100)).map((ms) => ms / SECOND)).toEqual([5, 10, 20, 40, 80, 160, 320]);
    expect(world.logged.filter((line) => line.includes('left to the next run over all domains'))).toHaveLength(1);
    ledger.acquire = free.acquire;
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.find('shop.example')).toBeDefined();
  });

  it('ends while RunCloud answers 503, and tells whoever asks for the state of things', async () => {
    const world = await createWorld({ reconcileEveryMs: EVERY, runcloud: DOWN });
    await world.deliver(...shops(3).map((shop) => mapped(shop, world.clock)));
    const delays = await follow(world, 100);
    expect(delays.length).toBeLessThan(16);
    expect(delays).toEqual(delays.toSorted((a, b) => a - b));
    const words = 'After many attempts 3 domains wait for the next run over all domains.';
    expect((await world.ask({ action: 'status' })).summary).toContain(words);
    const { checks } = await world.ask({ action: 'doctor' });
    expect(checks).toContainEqual(
      expect.objectContaining({ name: 'last-reconcile', what_to_do: expect.stringContaining(words) }),
    );
    world.standIn.options = { ...world.standIn.options, fault: () => undefined };
    await world.ask({ action: 'reconcile' });
    expect((await world.ask({ action: 'status' })).summary).not.toContain('wait for the next run');
    expect(world.standIn.domains).toHaveLength(4);
  });

  it('goes on past a hundred every 15 minutes where no schedule comes', async () => {
    const world = await createWorld({ runcloud: DOWN });
    await world.deliver(mapped('shop.example', world.clock));
    const delays = await follow(world, 101);
    expect(delays).toHaveLength(101);
    expect(delays.at(-1)).toBe(15 * MINUTE);
    world.standIn.options = { ...world.standIn.options, fault: () => undefined };
    await world.workOff();
    expect(world.standIn.find('shop.example')).toBeDefined();
  });

  it('never grows wider: a domain comes back once, whatever is left to do for it', async () => {
    const world = await createWorld({ reconcileEveryMs: EVERY, probes: 'stand-ins' });
    await world.deliver(...shops(40).map((shop) => mapped(shop, world.clock)));
    const names = world.rechecks.flatMap(({ domains }) => domains);
    expect(names).toHaveLength(40);
    expect(new Set(names)).toHaveLength(40);
  });

  it('brings back each domain with its own count', async () => {
    const world = await createWorld({ reconcileEveryMs: EVERY });
    await world.ledger.acquire({ holder: 'other', now: world.clock.now(), ttlMs: DAY, pendingAdds: [] });
    const hops = new Map([0, 0, 2, 9].map((hop, index) => [nameOf(`shop-${index}.example`), hop]));
    await syncDomains(world, hops, world.clock.now() + RUN);
    expect(world.rechecks).toEqual([
      { domains: ['shop-0.example', 'shop-1.example'], at: world.clock.now() + 5 * SECOND, hop: 1 },
      { domains: ['shop-2.example'], at: world.clock.now() + 20 * SECOND, hop: 3 },
    ]);
  });
});

function nameOf(text: string) {
  const parsed = parseMapping(text);
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.domain;
}
