/** A thousand domains and Let's Encrypt's limits over five days: too long for `npm test`. */
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../lib/core/values/time.ts';
import { StandInRunCloud } from '../../local/stand-in/runcloud.ts';
import { createWorld, mapped, shops } from '../support/world.ts';

const SERVER = StandInRunCloud.address;
const UNLIMITED = { limit: { requests: 1_000_000, retryAfter: true, headers: true } };

describe('1,000 domains', () => {
  it('whose DNS comes over three days keep within every limit, a day of silence included', async () => {
    const world = await createWorld({ probes: 'stand-ins', runcloud: UNLIMITED, settings: { www: 'never' } });
    world.standInDns.point('network.example', SERVER);
    await world.ask({ action: 'reconcile' });
    const own = shops(860);
    // Below one registered domain, where Let's Encrypt allows 50 a week.
    const tenants = Array.from({ length: 90 }, (_, index) => `tenant-${index}.mall.example`);
    const never = shops(50, 'never');
    const names = [...own, ...tenants, ...never];
    const start = world.clock.now();
    const arrivals = [...own, ...tenants].map((name, index) => ({
      name,
      at: start + ((index * 7919) % 4320) * MINUTE,
    }));
    arrivals.sort((a, b) => a.at - b.at);
    const seenAt = new Map<string, number>();
    const { dns } = world;
    Object.assign(world, {
      dns: {
        caaOf: async (name: string) => dns.caaOf(name),
        nameServersOf: async (zones: readonly string[]) => dns.nameServersOf(zones),
        async addressesOf(name: string) {
          const answers = await dns.addressesOf(name);
          const isHere = answers.every((answer) => answer.kind === 'answered' && answer.ipv4[0] === SERVER);
          if (isHere && !seenAt.has(name)) seenAt.set(name, world.clock.now());
          return answers;
        },
      },
    });
    await world.deliver(...names.map((name) => mapped(name, world.clock)));
    while (world.clock.now() < start + 5 * DAY) {
      world.clock.advance(30 * MINUTE);
      for (let next = arrivals[0]; next && next.at <= world.clock.now(); next = arrivals[0]) {
        world.standInDns.point(next.name, SERVER);
        arrivals.shift();
      }
      const passed = world.clock.now() - start;
      // The service stands still for the second day.
      if (passed > DAY && passed < 2 * DAY) continue;
      await world.ask({ action: 'reconcile' });
    }
    const orders = world.authority.orders;
    const firstOf = new Map(orders.toReversed().map(({ names, at }) => [names[0] ?? '', at]));
    // On return there are more than the limits leave room for at once: those are asked for as soon as there is.
    const back = start + 2 * DAY;
    for (const name of own) {
      const seen = seenAt.get(name) ?? 0;
      const by = seen >= back && seen < back + 3 * HOUR ? 3.5 * HOUR : 5 * MINUTE;
      expect(firstOf.get(name), `${name} was seen to point here`).toBeLessThanOrEqual(seen + by);
    }
    expect(own.filter((name) => (firstOf.get(name) ?? 0) > (seenAt.get(name) ?? 0) + 5 * MINUTE).length).toBeLessThan(
      100,
    );
    for (const name of never) expect(firstOf.has(name)).toBe(false);
    expect(orders.every(({ answer }) => answer.kind === 'issued')).toBe(true);
    expect(
      most(
        orders.map(({ at }) => at),
        3 * HOUR,
      ),
    ).toBeLessThanOrEqual(300);
    const mall = orders.filter(({ names: [name = ''] }) => name.endsWith('.mall.example'));
    expect(
      most(
        mall.map(({ at }) => at),
        7 * DAY,
      ),
    ).toBeLessThanOrEqual(50);
    expect(mall).toHaveLength(40);
    for (const name of names) {
      const times = orders.filter((order) => order.names.includes(name)).map(({ at }) => at);
      expect(most(times, HOUR)).toBeLessThanOrEqual(4);
    }
    const waiting = ((await world.ask({ action: 'plan' }))['holds'] as { code: string; reason: string }[]).filter(
      ({ code }) => code === 'limit',
    );
    expect(waiting).toHaveLength(50);
    expect(waiting[0]?.reason).toMatch(/it asked for 40 certificates below mall\.example within 7 days/);
  }, 300_000);
});

/** The greatest number of moments within any stretch of that length. */
function most(times: readonly number[], withinMs: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  let [greatest, begin] = [0, 0];
  for (const [end, time] of sorted.entries()) {
    while (time - (sorted[begin] ?? 0) >= withinMs) begin += 1;
    greatest = Math.max(greatest, end - begin + 1);
  }
  return greatest;
}
