/** A server behind a floating address, a load balancer or NAT: RunCloud names another address than the one that leads to it. */
import { describe, expect, it } from 'vitest';
import { DAY, MINUTE } from '../../../lib/core/values/time.ts';
import { StandInRunCloud } from '../../../local/stand-in/runcloud.ts';
import type { ServerCertificate } from '../../../local/stand-in/tls.ts';
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
  // In mode basic the certificate is the application's.
  const owner = options.runcloud?.ssl?.mode === 'basic' ? undefined : 'network.example';
  world.standIn.ssl.installByHand(certificateOf(world), owner);
  await world.ask({ action: 'reconcile' });
  return world;
}

function certificateOf({ clock }: TestWorld, name = 'network.example'): Omit<ServerCertificate, 'isStaging'> {
  return { names: [name], notBefore: clock.now(), notAfter: clock.now() + 90 * DAY };
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

describe('a network’s own host that is behind a CDN which is in no list', () => {
  const CDN = ['13.224.1.1', '13.224.1.2'];
  const behind = async (options: WorldOptions = {}): Promise<TestWorld> => {
    const world = await worldBehind([RUNCLOUD], options);
    world.standInDns.point('network.example', ...CDN);
    const own = { ...certificateOf(world), notBefore: world.clock.now() - DAY, isStaging: false };
    for (const address of CDN) world.standInTls.elsewhere.set(address, own);
    world.clock.advance(DAY);
    await world.ask({ action: 'reconcile' });
    return world;
  };

  it('lends the server no address: another certificate shows there', async () => {
    const world = await behind();
    await map(world, 'shop.example', '13.224.1.2');
    expect(world.authority.orders).toEqual([]);
    expect(await toSet(world)).toEqual([`set A ${RUNCLOUD}`]);
    expect(await addressCheck(world)).toMatchObject({
      ok: false,
      found: expect.stringContaining('It does not count'),
      what_to_do: expect.stringContaining(`set SERVER_ADDRESSES=${RUNCLOUD}: then no other address counts`),
    });
  });

  it('contents the doctor once SERVER_ADDRESSES says so, whatever was read before', async () => {
    const world = await behind({ serverAddresses: [RUNCLOUD] });
    expect(await addressCheck(world)).toMatchObject({
      ok: true,
      found: expect.stringContaining('which does not count'),
    });
    await map(world, 'shop.example', '13.224.1.2');
    expect(await toSet(world)).toEqual([`set A ${RUNCLOUD}`]);
  });

  it('lends none either while RunCloud’s address cannot be reached to compare, and is asked again in the next run', async () => {
    const world = await createWorld({ probes: 'stand-ins', settings: { www: 'never' } });
    world.standInDns.point('network.example', FLOATING);
    world.standIn.ssl.installByHand(certificateOf(world), 'network.example');
    world.standInTls.outOfReach.add(RUNCLOUD);
    await map(world, 'shop.example', '192.0.2.1');
    expect(await toSet(world)).toEqual([`set A ${RUNCLOUD}`]);
    expect(await addressCheck(world)).toMatchObject({ ok: false, found: expect.stringContaining('It does not count') });
    world.standInTls.outOfReach.clear();
    await world.ask({ action: 'reconcile' });
    expect(await toSet(world)).toEqual([`set A ${FLOATING}`]);
    // What was found once stays while nobody can compare.
    world.standInTls.breakDown();
    world.clock.advance(2 * DAY);
    await world.ask({ action: 'reconcile' });
    expect(await toSet(world)).toEqual([`set A ${FLOATING}`]);
  });
});

describe('a private address that RunCloud names', () => {
  const PRIVATE = '10.0.0.5';

  it('is not what customers are told, though it cannot be reached to compare: the network’s own host has a public one', async () => {
    const world = await createWorld({
      probes: 'stand-ins',
      settings: { www: 'never' },
      runcloud: { limit: { requests: 1_000_000, retryAfter: true, headers: true }, address: PRIVATE },
    });
    Object.assign(world.authority.options, { addresses: [FLOATING] });
    world.standInTls.outOfReach.add(PRIVATE);
    world.standInDns.point('network.example', FLOATING);
    await world.ask({ action: 'reconcile' });
    await map(world, 'shop.example', '192.0.2.1');
    expect(await toSet(world)).toEqual([`set A ${FLOATING}`]);
    world.standInDns.point('shop.example', FLOATING);
    world.clock.advance(5 * MINUTE);
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.certificateFor('shop.example')?.names).toEqual(['shop.example']);
  });
});

describe('name servers of the network’s own host that answer in half, or differently', () => {
  const OTHER = '198.51.100.21';

  it.each<[string, (world: TestWorld) => void]>([
    [
      'AAAA is never answered',
      ({ standInDns }) => standInDns.set('network.example', { ipv4: [FLOATING], failing: 'ipv6' }),
    ],
    [
      'each resolver gives another address',
      ({ standInDns }) => {
        standInDns.set('network.example', { ipv4: [OTHER] });
        standInDns.disagree('network.example', { ipv4: [FLOATING] });
      },
    ],
  ])('count all the same: %s', async (_, set) => {
    const world = await worldBehind([RUNCLOUD]);
    Object.assign(world.authority.options, { addresses: [RUNCLOUD, FLOATING, OTHER] });
    set(world);
    world.clock.advance(DAY);
    await world.ask({ action: 'reconcile' });
    await map(world, 'shop.example', FLOATING);
    expect(world.standIn.certificateFor('shop.example')?.names).toEqual(['shop.example']);
    expect(await addressCheck(world)).toMatchObject({ found: expect.stringContaining('Both count') });
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
