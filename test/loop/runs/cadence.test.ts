/** How often RunCloud's list is read: where it is due, where somebody asks, and where something is to be done. */
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../../lib/core/values/time.ts';
import { reconcile } from '../../../lib/loop/runs/reconcile.ts';
import { type MultisiteOptions, StandInMultisite } from '../../../local/stand-in/multisite.ts';
import { StandInRunCloud } from '../../../local/stand-in/runcloud.ts';
import { pass, SCHEDULE, useCalls } from '../../support/schedule.ts';
import { createWorld, mapped, RUN, shops, type TestWorld, unmapped, type WorldOptions } from '../../support/world.ts';

const OPTIONS: MultisiteOptions = { host: 'network.example', key: 'key', secret: 'secret' };
const UNLIMITED = { limit: { requests: 1_000_000, retryAfter: true, headers: true } };

/** How often the list is read in runs of the schedule over so long, all of which end well. */
async function listsIn(world: TestWorld, ms: number): Promise<number> {
  const before = world.standIn.listCalls.length;
  for (const answer of await pass(world, ms)) expect(answer).toMatchObject({ ok: true });
  return world.standIn.listCalls.length - before;
}

async function settled(options: WorldOptions = {}) {
  const world = await createWorld({ settings: { www: 'never' }, runcloud: UNLIMITED, ...options });
  await world.ask(SCHEDULE);
  await world.deliver(...shops(3).map((name) => mapped(name, world.clock)));
  await world.workOff();
  await listsIn(world, 4 * HOUR);
  return world;
}

describe('the schedule', () => {
  it('reads the list once an hour where nothing happens, and the rest of the time asks RunCloud nothing but the mode', async () => {
    const world = await settled();
    const before = world.standIn.calls.length;
    expect(await listsIn(world, DAY)).toBe(24);
    const others = world.standIn.calls.slice(before).filter(({ path }) => !/\/domains\?/.test(path));
    expect(new Set(others.map(({ path }) => path.replace(/^.*\/webapps\/\d+/, '')))).toEqual(
      new Set([expect.stringMatching(/\/ssl\/advanced$/), expect.stringMatching(/\/servers\/\d+$/)]),
    );
    expect(others.length).toBeLessThanOrEqual(26);
  });

  it('reads it every ten minutes for three hours after a change by hand, which it mends within the hour', async () => {
    const world = await settled();
    world.standIn.removeByHand('shop-0001.example');
    await listsIn(world, HOUR);
    expect(world.standIn.find('shop-0001.example')).toBeDefined();
    expect(await listsIn(world, 2 * HOUR)).toBeGreaterThanOrEqual(11);
    await listsIn(world, 2 * HOUR);
    expect(await listsIn(world, 3 * HOUR)).toBe(3);
  });

  it('reads it at once where the network maps a domain of which no event came', async () => {
    const network = new StandInMultisite(OPTIONS);
    for (const name of shops(3)) network.map(name);
    const world = await settled({ network });
    await listsIn(world, 20 * MINUTE);
    network.map('late.example');
    expect(await listsIn(world, 10 * MINUTE)).toBeGreaterThanOrEqual(1);
    expect(world.standIn.find('late.example')).toBeDefined();
  });

  it('reads it no more often under a policy that carries nothing out', async () => {
    const network = new StandInMultisite(OPTIONS);
    for (const name of shops(3)) network.map(name);
    const world = await createWorld({ settings: { policy: 'observe' }, runcloud: UNLIMITED, network });
    await world.ask(SCHEDULE);
    await listsIn(world, 4 * HOUR);
    expect(await listsIn(world, 6 * HOUR)).toBe(6);
  });

  it('asks for a certificate without the list', async () => {
    const world = await settled({ probes: 'stand-ins' });
    world.standInDns.point('shop-0001.example', StandInRunCloud.address);
    await world.ask({ action: 'reconcile' });
    const lists = world.standIn.listCalls.length;
    for (let run = 0; run < 5; run++) {
      world.clock.advance(10 * MINUTE);
      await world.ask(SCHEDULE);
    }
    expect(world.standIn.calls.filter(({ method, path }) => method === 'POST' && /\/ssl$/.test(path))).toHaveLength(1);
    expect(world.standIn.listCalls).toHaveLength(lists);
  });

  it('reads the list again in the next run where one ended early', async () => {
    const world = await settled();
    world.clock.advance(2 * HOUR);
    world.standIn.options = {
      ...world.standIn.options,
      fault: () => ({ kind: 'status', status: 503, carriedOut: false }),
    };
    expect(await world.ask(SCHEDULE)).toMatchObject({ ok: false });
    world.standIn.options = { ...world.standIn.options, fault: () => undefined };
    world.clock.advance(10 * MINUTE);
    const before = world.standIn.listCalls.length;
    expect(await world.ask(SCHEDULE)).toMatchObject({ ok: true });
    expect(world.standIn.listCalls.length).toBe(before + 1);
  });

  describe('in the last tenth of the quota', () => {
    async function spent(used: number) {
      const network = new StandInMultisite(OPTIONS);
      for (const name of shops(3)) network.map(name);
      const world = await settled({ network, quota: { callsPerMonth: 1_000 } });
      await useCalls(world, used);
      return { world, network };
    }

    it('reads the list no more, and goes on with the network', async () => {
      const { world, network } = await spent(900);
      expect(await listsIn(world, 7 * HOUR)).toBe(0);
      network.map('new.example');
      await world.deliver(mapped('new.example', world.clock));
      expect(world.standIn.find('new.example')).toBeDefined();
    });

    it('reads none for a removal that waits for the reset', async () => {
      const { world, network } = await spent(900);
      network.unmap('shop-0001.example');
      const lists = world.standIn.listCalls.length;
      for (let run = 0; run < 36; run++) {
        world.clock.advance(10 * MINUTE);
        await world.ask(SCHEDULE);
      }
      expect(world.standIn.listCalls).toHaveLength(lists);
      expect((await world.ask({ action: 'plan' }))['holds']).toContainEqual(
        expect.objectContaining({ domain: 'shop-0001.example', code: 'quota' }),
      );
    });

    it('adds nothing more of the last three hundredths, says so, and makes it good after the reset', async () => {
      const { world, network } = await spent(970);
      network.map('new.example');
      const ran = await world.deliver(mapped('new.example', world.clock));
      expect(ran).toMatchObject({
        kind: 'ran',
        result: { done: [], held: [{ domain: 'new.example', code: 'quota' }] },
      });
      expect((await world.ask({ action: 'status' })).summary).toMatch(/A person is needed for 1 domain: quota 1\./);
      network.unmap('shop-0002.example');
      await world.deliver(unmapped('shop-0002.example', world.clock));
      expect(world.standIn.find('shop-0002.example')).toBeUndefined();
      world.clock.advance(31 * DAY);
      await world.ask(SCHEDULE);
      expect(world.standIn.find('new.example')).toBeDefined();
    });
  });
});

describe('whoever asks', () => {
  it.each(['reconcile', 'plan', 'status'])('for %s has the list read, due or not', async (action) => {
    const world = await settled();
    const before = world.standIn.listCalls.length;
    await world.ask({ action });
    expect(world.standIn.listCalls.length).toBe(before + 1);
  });

  it('is taken for one that asks, unless it is the schedule', async () => {
    const world = await settled();
    const before = world.standIn.listCalls.length;
    await reconcile(world, world.clock.now() + RUN);
    expect(world.standIn.listCalls.length).toBe(before + 1);
    expect(await world.ask({ action: 'reconcile', by: 'somebody' })).toMatchObject({ ok: false });
  });
});
