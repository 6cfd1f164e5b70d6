/** Mode `basic`, where all names share one certificate: what events may add. */
import { expect, it } from 'vitest';
import type { PlanSettings } from '../../../lib/core/plan/input.ts';
import { MINUTE } from '../../../lib/core/values/time.ts';
import { StandInRunCloud } from '../../../local/stand-in/runcloud.ts';
import { createWorld, mapped, shops, type TestWorld } from '../../support/world.ts';

/** In mode `basic`. `names` point to the server. */
async function basicWorld(www: PlanSettings['www'], names: readonly string[]): Promise<TestWorld> {
  const world = await createWorld({ probes: 'stand-ins', settings: { www }, runcloud: { ssl: { mode: 'basic' } } });
  for (const name of ['network.example', ...names]) world.standInDns.point(name, StandInRunCloud.address);
  return world;
}

it.each([
  ['always', 'shop.example'],
  ['never', 'www.shop.example'],
  ['auto', 'www.shop.example'],
] as const)('with WWW=%s, %s is added once both of its names point here', async (www, name) => {
  const world = await basicWorld(www, ['shop.example']);
  await world.ask({ action: 'reconcile' });
  await world.deliver(mapped(name, world.clock));
  world.clock.advance(5 * MINUTE);
  await world.ask({ action: 'reconcile' });
  expect(world.standIn.names).toEqual(['network.example']);
  world.standInDns.point('www.shop.example', StandInRunCloud.address);
  world.clock.advance(5 * MINUTE);
  await world.ask({ action: 'reconcile' });
  expect(world.standIn.find('shop.example')).toMatchObject({ www: true });
});

it('an event adds no name beyond the hundred that one certificate takes', async () => {
  const world = await basicWorld('never', ['shop.example', 'last.example', ...shops(98)]);
  for (const name of shops(98)) world.standIn.addByHand(name);
  await world.ask({ action: 'reconcile' });
  // The primary, 98 others, and the hundredth.
  await world.deliver(mapped('last.example', world.clock));
  expect(world.standIn.names).toHaveLength(100);
  for (let time = 0; time < 3; time++) {
    world.clock.advance(5 * MINUTE);
    await world.deliver(mapped('shop.example', world.clock));
  }
  expect(world.standIn.names).toHaveLength(100);
});

it('a `www.` name that somebody added beside its domain is probed like any other name of the certificate', async () => {
  const names = ['shop.example', 'www.shop.example', 'blog.shop.example', 'www.blog.shop.example'];
  const world = await basicWorld('never', names);
  await world.ask({ action: 'reconcile' });
  await world.deliver(mapped('shop.example', world.clock));
  for (const name of names.slice(1)) world.standIn.addByHand(name);
  for (let time = 0; time < 3; time++) {
    world.clock.advance(10 * MINUTE);
    await world.ask({ action: 'reconcile' });
  }
  expect(names.map((name) => world.standIn.certificateFor(name)?.names.includes(name))).toEqual([
    true,
    true,
    true,
    true,
  ]);
});

it.each(['r3--shop.example.net', 'a.b.c.d.e.f.g.h.i.shop.example'])(
  '%s, which Let’s Encrypt never certifies, is not added, and the others get their certificate',
  async (name) => {
    const world = await basicWorld('never', ['a.example', name]);
    await world.ask({ action: 'reconcile' });
    await world.deliver(mapped('a.example', world.clock), mapped(name, world.clock));
    for (let time = 0; time < 3; time++) {
      world.clock.advance(5 * MINUTE);
      await world.ask({ action: 'reconcile' });
    }
    expect(world.standIn.names).toEqual(['a.example', 'network.example']);
    expect(world.standIn.certificateFor('a.example')?.names).toEqual(['a.example', 'network.example']);
    const { holds } = (await world.ask({ action: 'plan' })) as { holds?: unknown };
    expect(holds).toEqual([expect.objectContaining({ domain: name, code: 'uncertifiable' })]);
  },
);

it('a name that a refusal names is held, the rest is asked for once it is off RunCloud, and it comes back when asked for', async () => {
  const world = await basicWorld('never', ['a.example', 'shop.example']);
  await world.ask({ action: 'reconcile' });
  await world.deliver(mapped('a.example', world.clock), mapped('shop.example', world.clock));
  // Let's Encrypt sees something else than public DNS shows here.
  let isBroken = true;
  Object.assign(world.authority, {
    whyInvalid: (name: string) =>
      isBroken && name === 'shop.example' ? 'DNS problem: SERVFAIL looking up A for shop.example' : undefined,
  });
  const run = async (): Promise<void> => {
    world.clock.advance(2 * MINUTE);
    await world.ask({ action: 'reconcile' });
  };
  await run();
  await run();
  await run();
  const codes = async (): Promise<unknown> => {
    const { holds } = (await world.ask({ action: 'plan' })) as { holds?: { domain: string; code: string }[] };
    return holds?.map(({ domain, code }) => `${code} ${domain}`);
  };
  expect(world.authority.orders).toHaveLength(1);
  expect(await codes()).toEqual(['spoilt a.example', 'certificate-failed shop.example']);
  world.standIn.removeByHand('shop.example');
  for (let time = 0; time < 15; time++) await run();
  expect(world.standIn.certificateFor('a.example')?.names).toEqual(['a.example', 'network.example']);
  expect(world.standIn.names).toEqual(['a.example', 'network.example']);
  expect(await codes()).toEqual(['certificate-failed shop.example']);
  isBroken = false;
  await world.deliver(mapped('shop.example', world.clock));
  for (let time = 0; time < 5; time++) await run();
  expect(world.standIn.certificateFor('shop.example')?.names).toEqual(['a.example', 'network.example', 'shop.example']);
  expect(await codes()).toEqual([]);
});

it('a refusal of one moment that names a `www.` name takes it away from nobody, and the certificate comes', async () => {
  const world = await basicWorld('auto', ['shop.example', 'www.shop.example', 'other.example']);
  const run = async (): Promise<void> => {
    world.clock.advance(5 * MINUTE);
    await world.ask({ action: 'reconcile' });
  };
  await run();
  await world.deliver(mapped('shop.example', world.clock));
  for (let time = 0; time < 4; time++) await run();
  expect(world.standIn.certificateFor('www.shop.example')?.names).toContain('www.shop.example');
  let isBroken = true;
  Object.assign(world.authority, {
    whyInvalid: (name: string) =>
      isBroken && name === 'www.shop.example' ? 'DNS problem: SERVFAIL looking up A for www.shop.example' : undefined,
  });
  await world.deliver(mapped('other.example', world.clock));
  await run();
  isBroken = false;
  for (let time = 0; time < 6; time++) await run();
  expect(world.standIn.find('shop.example')).toMatchObject({ www: true });
  expect(world.standIn.certificateFor('other.example')?.names).toEqual([
    'network.example',
    'other.example',
    'shop.example',
    'www.shop.example',
  ]);
});

it.each([
  '203.0.113.10: Invalid response from https://network.example/.well-known/acme-challenge/x: 404',
  'Another SSL request of web application network.example is in progress',
  'Cannot issue for "network.example"',
])('no refusal makes anybody remove the primary domain: %s', async (says) => {
  const world = await basicWorld('never', ['shop.example', 'other.example']);
  await world.ask({ action: 'reconcile' });
  Object.assign(world.authority, { whyInvalid: (name: string) => (name === 'other.example' ? says : undefined) });
  await world.deliver(mapped('shop.example', world.clock), mapped('other.example', world.clock));
  const seen = new Set<string>();
  for (let time = 0; time < 4; time++) {
    world.clock.advance(5 * MINUTE);
    await world.ask({ action: 'reconcile' });
    const { holds } = (await world.ask({ action: 'plan' })) as {
      holds?: { code: string; reason: string; what_to_do: string }[];
    };
    for (const { code, what_to_do } of holds ?? []) {
      seen.add(code);
      expect(what_to_do).not.toContain('network.example');
    }
  }
  expect([...seen]).toContain('certificate-failed');
  expect([...seen]).not.toContain('spoilt');
});
