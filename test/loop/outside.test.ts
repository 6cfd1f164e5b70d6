/** What is known of the server and of domains from outside, where somebody does not answer. */
import { describe, expect, it } from 'vitest';
import { DAY, MINUTE, SECOND } from '../../lib/core/time.ts';
import { StandInRunCloud } from '../../local/stand-in/runcloud.ts';
import { createWorld, mapped, shops, type TestWorld, type WorldOptions } from '../support/world.ts';

const SERVER = StandInRunCloud.address;
const IPV6 = '2001:db8::10';
const UNLIMITED = { limit: { requests: 1_000_000, retryAfter: true, headers: true } };

async function watched(options: WorldOptions = {}): Promise<TestWorld> {
  return createWorld({
    outside: 'watched',
    ...options,
    runcloud: { ...UNLIMITED, ...options.runcloud },
    settings: { www: 'never', ...options.settings },
  });
}

async function othersOf(world: TestWorld): Promise<readonly string[] | undefined> {
  return (await world.ledger.readNotes()).server?.others;
}

describe('the server’s IPv6 addresses', () => {
  it('are known after the very first run, by the primary domain', async () => {
    const world = await watched();
    world.standInDns.set('network.example', { ipv4: [SERVER], ipv6: [IPV6] });
    await world.ask({ action: 'reconcile' });
    expect(await othersOf(world)).toEqual([IPV6]);
  });

  it.each([
    ['no resolver answers', (world: TestWorld) => world.standInDns.breakDown()],
    ['one resolver does not answer', (world: TestWorld) => world.standInDns.breakDown(1)],
    ['resolvers disagree', (world: TestWorld) => world.standInDns.disagree('network.example', { ipv4: [SERVER] })],
  ])('stay known where %s at the daily refresh', async (_, trouble) => {
    const world = await watched();
    world.standInDns.set('network.example', { ipv4: [SERVER], ipv6: [IPV6] });
    await world.ask({ action: 'reconcile' });
    world.clock.advance(DAY + MINUTE);
    trouble(world);
    await world.ask({ action: 'reconcile' });
    expect(await othersOf(world)).toEqual([IPV6]);
  });

  it('are asked for by the next run where nobody answered', async () => {
    const world = await watched();
    world.standInDns.set('network.example', { ipv4: [SERVER], ipv6: [IPV6] });
    world.standInDns.breakDown();
    await world.ask({ action: 'reconcile' });
    expect(await othersOf(world)).toEqual([]);
    world.standInDns.recover();
    world.clock.advance(10 * MINUTE);
    await world.ask({ action: 'reconcile' });
    expect(await othersOf(world)).toEqual([IPV6]);
    // RunCloud, which did answer, is not asked again for what it said; and what is known now is known for a day.
    const { othersReadAt } = (await world.ledger.readNotes()).server ?? {};
    world.clock.advance(10 * MINUTE);
    await world.ask({ action: 'reconcile' });
    expect((await world.ledger.readNotes()).server?.othersReadAt).toBe(othersReadAt);
    const path = `/servers/${StandInRunCloud.serverId}`;
    expect(world.standIn.calls.filter((call) => call.path.endsWith(path))).toHaveLength(1);
  });

  it('go where the primary domain surely has none any more', async () => {
    const world = await watched();
    world.standInDns.set('network.example', { ipv4: [SERVER], ipv6: [IPV6] });
    await world.ask({ action: 'reconcile' });
    world.standInDns.point('network.example', SERVER);
    world.clock.advance(DAY + MINUTE);
    await world.ask({ action: 'reconcile' });
    expect(await othersOf(world)).toEqual([]);
  });
});

/** Name servers out of order: a question for one of their names takes nine seconds, and there are twenty at a time. */
function outOfOrder(world: TestWorld, isTheirs: (name: string) => boolean): void {
  const { dns, clock } = world;
  const silence = { kind: 'could-not-ask', why: 'the resolver did not answer in time' } as const;
  Object.assign(world, {
    dns: {
      caaOf: async (name: string) => dns.caaOf(name),
      addressesOf: async (name: string) => {
        if (!isTheirs(name)) return dns.addressesOf(name);
        clock.advance((9 * SECOND) / 20);
        return [silence, silence];
      },
    },
  });
}

describe('looking', () => {
  it('begins with who has waited longest, so that names out of order keep nobody else without a certificate', async () => {
    const world = await watched();
    world.standInDns.point('network.example', SERVER);
    outOfOrder(world, (name) => name.startsWith('a-silent'));
    for (const name of shops(900, 'a-silent')) world.standIn.addByHand(name);
    await world.ask({ action: 'reconcile' });
    world.standInDns.point('shop.example', SERVER);
    await world.hear(mapped('shop.example', world.clock));
    world.rechecks.length = 0;
    for (let run = 0; run < 3 && world.authority.orders.length === 0; run++) {
      world.clock.advance(10 * MINUTE);
      await world.ask({ action: 'reconcile' });
    }
    expect(world.authority.orders.map(({ names }) => names)).toEqual([['shop.example']]);
  });
});
