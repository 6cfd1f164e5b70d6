/** A look that a customer asks for. */
import { describe, expect, it } from 'vitest';
import type { HostName } from '../../../lib/core/values/host-name.ts';
import { iso, MINUTE, SECOND } from '../../../lib/core/values/time.ts';
import { checkDomains } from '../../../lib/loop/runs/check.ts';
import { StandInRunCloud } from '../../../local/stand-in/runcloud.ts';
import { createWorld, mapped, type TestWorld } from '../../support/world.ts';

const SHOP = 'shop.example' as HostName;
const SERVER = StandInRunCloud.address;

/** shop.example is on RunCloud, and its DNS is not set. */
async function waiting(): Promise<TestWorld> {
  const world = await createWorld({ probes: 'stand-ins', settings: { www: 'never' } });
  await world.ask({ action: 'reconcile' });
  await world.deliver(mapped(SHOP, world.clock));
  await world.ask({ action: 'reconcile' });
  return world;
}

async function probeOf({ ledger }: TestWorld) {
  return (await ledger.readAll()).get(SHOP)?.state.probe;
}

const check = async (world: TestWorld, ...domains: HostName[]) =>
  checkDomains(world, domains, world.clock.now() + MINUTE);

describe('a look that a customer asks for', () => {
  it('costs RunCloud nothing where nothing has changed, and shows that it was made', async () => {
    const world = await waiting();
    world.clock.advance(2 * MINUTE);
    const before = world.runcloud.meter.sent;
    await check(world, SHOP);
    expect(await probeOf(world)).toMatchObject({ at: iso(world.clock.now()), dns: { verdict: { kind: 'absent' } } });
    expect(world.runcloud.meter.sent).toBe(before);
  });

  it('works on what has changed at once', async () => {
    const world = await waiting();
    world.standInDns.point(SHOP, SERVER);
    world.clock.advance(10 * MINUTE);
    await check(world, SHOP);
    expect(await probeOf(world)).toMatchObject({ dns: { verdict: { kind: 'pointing' } } });
    expect(world.standIn.certificateFor(SHOP)).toBeDefined();
  });

  it('is made once a minute at most, however many ask', async () => {
    const world = await waiting();
    const asked = () => world.standInDns.questions.length;
    world.clock.advance(2 * MINUTE);
    await check(world, SHOP, SHOP);
    const [first, lookedAt] = [asked(), (await probeOf(world))?.at];
    world.clock.advance(59 * SECOND);
    await check(world, SHOP);
    expect(asked()).toBe(first);
    world.clock.advance(SECOND);
    await check(world, SHOP);
    expect(asked()).toBeGreaterThan(first);
    expect((await probeOf(world))?.at).not.toBe(lookedAt);
  });

  it('comes back later where another run is at work', async () => {
    const world = await waiting();
    world.clock.advance(2 * MINUTE);
    const before = await probeOf(world);
    await world.ledger.acquire({ holder: 'other', now: world.clock.now(), ttlMs: MINUTE, pendingAdds: [] });
    const sent: unknown[] = [];
    await checkDomains(
      { ...world, recheck: async (...given) => void sent.push(given) },
      [SHOP],
      world.clock.now() + MINUTE,
    );
    expect(sent).toEqual([[[SHOP], 5 * SECOND, 1]]);
    expect(await probeOf(world)).toEqual(before);
  });

  it('asks nobody about a domain that the ledger does not know', async () => {
    const world = await waiting();
    const before = world.standInDns.questions.length;
    await check(world, 'stranger.example' as HostName);
    expect(world.standInDns.questions).toHaveLength(before);
    expect((await world.ledger.readAll()).has('stranger.example' as HostName)).toBe(false);
  });
});
