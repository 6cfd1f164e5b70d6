/** How long many mappings take within RunCloud's limit, by a clock that is handed in. */
import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../../lib/core/values/time.ts';
import { createWorld, mapped, shops, type TestWorld } from '../../support/world.ts';

type Window = { readonly requests: number; readonly windowMs: number; readonly headers?: boolean };

/** A world with a service that has been at rest: what runs ask for now and then was asked for. */
async function rested({ requests, windowMs, headers = true }: Window): Promise<TestWorld> {
  const world = await createWorld({ runcloud: { limit: { requests, windowMs, retryAfter: true, headers } } });
  await world.ask({ action: 'reconcile' });
  world.clock.advance(10 * MINUTE);
  world.standIn.calls.length = 0;
  return world;
}

async function mapAll(world: TestWorld, count: number): Promise<void> {
  await world.deliver(...shops(count).map((name) => mapped(name, world.clock)));
}

/** Milliseconds until the last of so many domains was there, and the least that is possible for all requests until then. */
function measure({ standIn }: TestWorld, count: number, { requests, windowMs }: Window) {
  const last = standIn.calls.findLastIndex(({ method }) => method === 'POST');
  const took = (standIn.calls[last]?.at ?? 0) - (standIn.calls[0]?.at ?? 0);
  expect(standIn.domains).toHaveLength(count + 1);
  expect(standIn.calls.filter(({ status }) => status === 429)).toEqual([]);
  return { took, bound: Math.floor(last / requests) * windowMs };
}

describe('many mappings at once', () => {
  it('240 of them with 60 requests a minute take no longer than three windows', async () => {
    const window = { requests: 60, windowMs: MINUTE };
    const world = await rested(window);
    await mapAll(world, 240);
    const { took, bound } = measure(world, 240, window);
    expect(bound).toBe(3 * MINUTE);
    expect(took).toBeLessThanOrEqual(1.02 * bound);
  });

  it.each([90, 120, 180, 200])('%i of them with 60 requests a minute take as long as they must', async (count) => {
    const window = { requests: 60, windowMs: MINUTE };
    const world = await rested(window);
    await mapAll(world, count);
    const { took, bound } = measure(world, count, window);
    expect(took).toBeLessThanOrEqual(1.02 * bound);
  });

  it('are as quick in a reconcile, which reads the lists first', async () => {
    const window = { requests: 60, windowMs: MINUTE };
    const world = await rested(window);
    await world.ledger.recordRequests(shops(230).map((name) => mapped(name, world.clock)));
    await world.ask({ action: 'reconcile' });
    const { took, bound } = measure(world, 230, window);
    expect(bound).toBe(3 * MINUTE);
    expect(took).toBeLessThanOrEqual(1.02 * bound);
  });

  it('1,000 of them with 600 requests in 6 s notice that a window is no minute', async () => {
    const window = { requests: 600, windowMs: 6 * SECOND };
    const world = await rested(window);
    await mapAll(world, 1_000);
    const { took, bound } = measure(world, 1_000, window);
    expect(bound).toBe(6 * SECOND);
    expect(took).toBeLessThanOrEqual(1.1 * bound);
  });

  it('180 of them, where no header tells of a limit, keep to 60 a minute', async () => {
    const window = { requests: 600, windowMs: 6 * SECOND, headers: false };
    const world = await rested(window);
    await mapAll(world, 180);
    expect(measure(world, 180, window).took).toBe(2 * MINUTE);
  });
});
