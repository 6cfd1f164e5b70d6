/** A look that a customer asks for. */
import { describe, expect, it } from 'vitest';
import type { HostName } from '../../../lib/core/values/host-name.ts';
import { iso, MINUTE, SECOND } from '../../../lib/core/values/time.ts';
import { checkDomains } from '../../../lib/loop/runs/check.ts';
import { TooEarlyError } from '../../../lib/loop/runs/sync.ts';
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

  it('shows other addresses of the same kind at once', async () => {
    const world = await waiting();
    const dnsAfter = async (...addresses: string[]) => {
      world.standInDns.point(SHOP, ...addresses);
      world.clock.advance(2 * MINUTE);
      await check(world, SHOP);
      return (await probeOf(world))?.dns?.verdict;
    };
    expect(await dnsAfter('198.51.100.7')).toEqual({ kind: 'elsewhere', addresses: ['198.51.100.7'] });
    expect(await dnsAfter('198.51.100.8')).toEqual({ kind: 'elsewhere', addresses: ['198.51.100.8'] });
  });

  it('asks RunCloud for nothing in a day of looks', async () => {
    const world = await waiting();
    const before = world.runcloud.meter.sent;
    for (let look = 0; look < 288; look += 1) {
      world.clock.advance(5 * MINUTE);
      await check(world, SHOP);
    }
    expect(world.runcloud.meter.sent).toBe(before);
  });

  it('waits until the other run has ended', async () => {
    const world = await waiting();
    world.clock.advance(2 * MINUTE);
    const [before, sent] = [await probeOf(world), world.rechecks.length];
    await world.ledger.acquire({ holder: 'other', now: world.clock.now(), ttlMs: MINUTE, pendingAdds: [] });
    await expect(check(world, SHOP)).rejects.toThrow(TooEarlyError);
    expect(await probeOf(world)).toEqual(before);
    expect(world.rechecks).toHaveLength(sent);
  });

  it('takes no lease for a domain that no run probes', async () => {
    const world = await createWorld({ probes: 'stand-ins', settings: { www: 'never', policy: 'observe' } });
    await world.ask({ action: 'reconcile' });
    await world.deliver(mapped(SHOP, world.clock));
    await world.ledger.acquire({ holder: 'other', now: world.clock.now(), ttlMs: MINUTE, pendingAdds: [] });
    await check(world, SHOP);
    expect(await probeOf(world)).toBeUndefined();
  });

  it('asks nobody about a domain that the ledger does not know', async () => {
    const world = await waiting();
    const before = world.standInDns.questions.length;
    await check(world, 'stranger.example' as HostName);
    expect(world.standInDns.questions).toHaveLength(before);
    expect((await world.ledger.readAll()).has('stranger.example' as HostName)).toBe(false);
  });
});
