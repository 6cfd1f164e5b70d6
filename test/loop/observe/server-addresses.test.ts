/** A server behind a floating address, a load balancer or NAT: RunCloud names another address than the one that leads to it. */
import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../../lib/core/values/time.ts';
import { StandInRunCloud } from '../../../local/stand-in/runcloud.ts';
import { createWorld, mapped, type TestWorld, type WorldOptions } from '../../support/world.ts';

const RUNCLOUD = StandInRunCloud.address;
const FLOATING = '198.51.100.20';
const IPV6 = '2001:db8::10';

/** `hosts` are the addresses of the network's own host. */
async function worldBehind(hosts: readonly string[], options: WorldOptions = {}): Promise<TestWorld> {
  const world = await createWorld({
    probes: 'stand-ins',
    ...options,
    settings: { www: 'never' },
    runcloud: { limit: { requests: 1_000_000, retryAfter: true, headers: true }, ...options.runcloud },
  });
  Object.assign(world.authority.options, { addresses: [RUNCLOUD, FLOATING, IPV6] });
  world.standInDns.point('network.example', ...hosts);
  await world.ask({ action: 'reconcile' });
  return world;
}

async function map(world: TestWorld, name: string, ...addresses: string[]): Promise<void> {
  world.standInDns.point(name, ...addresses);
  await world.deliver(mapped(name, world.clock));
  world.clock.advance(5 * MINUTE);
  await world.ask({ action: 'reconcile' });
}

async function toSet(world: TestWorld): Promise<unknown> {
  const { records } = (await world.ask({ action: 'verify', domain: 'shop.example' })) as {
    records?: { type: string; value: string; ok: boolean }[];
  };
  return records?.map(({ type, value, ok }) => `${ok ? 'ok' : 'set'} ${type} ${value}`);
}

async function addressCheck(world: TestWorld): Promise<unknown> {
  const { checks } = (await world.ask({ action: 'doctor' })) as { checks?: { name: string; ok: boolean }[] };
  return checks?.find(({ name }) => name === 'server-addresses');
}

describe('a floating address that the network’s own host has', () => {
  it('counts as the server’s, is what customers are told, and the doctor names both', async () => {
    const world = await worldBehind([FLOATING]);
    await map(world, 'shop.example', FLOATING);
    expect(world.standIn.certificateFor('shop.example')?.names).toEqual(['shop.example']);
    expect(await toSet(world)).toEqual([`ok A ${FLOATING}`]);
    world.standInDns.point('shop.example', '192.0.2.1');
    expect(await toSet(world)).toEqual([`set A ${FLOATING}`]);
    expect(await addressCheck(world)).toMatchObject({ ok: false, found: expect.stringContaining(FLOATING) });
  });

  it('leaves RunCloud’s address what it is', async () => {
    const world = await worldBehind([FLOATING]);
    await map(world, 'shop.example', RUNCLOUD);
    expect(world.standIn.certificateFor('shop.example')?.names).toEqual(['shop.example']);
  });

  it('does not count where the host is behind Cloudflare: those addresses are everybody’s', async () => {
    const world = await worldBehind(['104.16.0.1']);
    await map(world, 'shop.example', '104.16.0.1');
    expect(world.authority.orders).toEqual([]);
    expect(await toSet(world)).toEqual([`set A ${RUNCLOUD}`]);
    expect(await addressCheck(world)).toMatchObject({ ok: true, found: expect.stringContaining('behind Cloudflare') });
  });

  it('in mode basic a domain that has it is added', async () => {
    const world = await worldBehind([FLOATING], { runcloud: { ssl: { mode: 'basic' } } });
    await map(world, 'shop.example', FLOATING);
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.find('shop.example')).toBeDefined();
  });
});

describe('SERVER_ADDRESSES', () => {
  it('counts wherever the network’s own host points, comes first, and contents the doctor', async () => {
    const world = await worldBehind(['104.16.0.1'], { serverAddresses: [FLOATING] });
    await map(world, 'shop.example', FLOATING);
    expect(world.standIn.certificateFor('shop.example')?.names).toEqual(['shop.example']);
    expect(await toSet(world)).toEqual([`ok A ${FLOATING}`]);
    const named = await worldBehind([FLOATING], { serverAddresses: [FLOATING] });
    expect(await addressCheck(named)).toMatchObject({ ok: true });
    const other = await worldBehind([RUNCLOUD], { serverAddresses: [FLOATING] });
    await map(other, 'shop.example', '192.0.2.1');
    expect(await toSet(other)).toEqual([`set A ${FLOATING}`]);
  });

  it('is enough where RunCloud does not tell the address', async () => {
    const fault = ({ method, path }: { method: string; path: string }) =>
      method === 'GET' && path.endsWith(`/servers/${StandInRunCloud.serverId}`)
        ? ({ kind: 'status', status: 403, carriedOut: false } as const)
        : undefined;
    const world = await worldBehind([FLOATING], { serverAddresses: [FLOATING], runcloud: { fault } });
    await map(world, 'shop.example', FLOATING);
    expect(world.standIn.certificateFor('shop.example')?.names).toEqual(['shop.example']);
  });
});

describe('a handshake', () => {
  it('goes to the address that the domain has, where that is one of the server’s', async () => {
    const world = await worldBehind([FLOATING, IPV6]);
    for (const [name, address, expected] of [
      ['a.example', RUNCLOUD, RUNCLOUD],
      ['b.example', FLOATING, FLOATING],
      ['c.example', IPV6, IPV6],
      ['d.example', '192.0.2.1', FLOATING],
    ] as const) {
      await map(world, name, address);
      const last = world.standInTls.questions.lastIndexOf(name);
      expect(world.standInTls.addresses[last]).toBe(expected);
    }
  });

  it('goes to the one for all where that address cannot be reached from here, such as IPv6', async () => {
    const world = await worldBehind([FLOATING, IPV6]);
    world.standInTls.outOfReach.add(IPV6);
    await map(world, 'shop.example', IPV6);
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.certificateFor('shop.example')?.names).toEqual(['shop.example']);
    expect(world.standInTls.addresses).toContain(IPV6);
    expect(world.standInTls.addresses.at(-1)).toBe(FLOATING);
  });
});
