/** The network as the source of truth: what it maps comes, what it lacks goes. */
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../../../lib/core/values/time.ts';
import { type MultisiteOptions, StandInMultisite } from '../../../local/stand-in/multisite.ts';
import { createWorld, mapped, shops, type TestWorld, unmapped, type WorldOptions } from '../../support/world.ts';

const OPTIONS: MultisiteOptions = { host: 'network.example', key: 'key', secret: 'secret' };
const UNLIMITED = { limit: { requests: 1_000_000, retryAfter: true, headers: true } };

type NetworkWorld = TestWorld & { readonly site: StandInMultisite };

/** The network maps these, and RunCloud has them. */
async function reconciled(names: readonly string[], options: WorldOptions = {}): Promise<NetworkWorld> {
  const site = new StandInMultisite(OPTIONS);
  for (const name of names) site.map(name);
  const world = await createWorld({ network: site, runcloud: UNLIMITED, ...options });
  await world.ask({ action: 'reconcile' });
  world.clock.advance(MINUTE);
  return Object.assign(world, { site });
}

function removals(world: TestWorld): number {
  return world.standIn.writes.filter((call) => call.method === 'DELETE').length;
}

describe('reconcile with a network', () => {
  it('adds what is mapped, without any event', async () => {
    const world = await reconciled(['shop.example', 'blog.network.example']);
    expect(world.standIn.names).toEqual(['blog.network.example', 'network.example', 'shop.example']);
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({ ok: true, writes: 0 });
  });

  it('adds the subdomain of a site that has no mapping of its own, and takes it away with the site', async () => {
    const world = await reconciled(['shop.example']);
    const blog = world.site.addSite('blog.network.example');
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.find('blog.network.example')).toBeDefined();
    blog.state = 'deleted';
    world.clock.advance(MINUTE);
    await world.ask({ action: 'reconcile' });
    world.clock.advance(HOUR);
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.find('blog.network.example')).toBeUndefined();
  });

  it('removes what is missing only after its grace, by a second complete list', async () => {
    const world = await reconciled(['shop.example', 'other.example']);
    world.site.unmap('shop.example');
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({ writes: 0, held: [{ code: 'grace' }] });
    world.clock.advance(HOUR - 1);
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({ writes: 0 });
    world.clock.advance(MINUTE);
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({ writes: 1 });
    expect(world.standIn.names).toEqual(['network.example', 'other.example']);
  });

  it('forgets the grace of what is mapped again, also where it is changed in the same run', async () => {
    const world = await reconciled(['shop.example', 'other.example']);
    world.site.unmap('shop.example');
    await world.ask({ action: 'reconcile' });
    world.site.map('shop.example');
    Object.assign(world, { settings: { ...world.settings, www: 'always' } });
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.find('shop.example')?.www).toBe(true);
    const records = await world.ledger.readAll();
    expect([...records.values()].filter(({ state }) => state.missingSince)).toEqual([]);
  });

  it('begins the grace anew for what an event maps again, also while the network is behind and contradicts it', async () => {
    const world = await reconciled(shops(10));
    const [name = ''] = shops(1);
    world.site.unmap(name);
    await world.ask({ action: 'reconcile' });
    world.clock.advance(HOUR);
    // It is mapped again in the network's database. What answers is a replica that has not heard of it.
    expect(await world.deliver(mapped(name, world.clock))).toMatchObject({
      result: { held: [{ domain: name, code: 'not-listed' }] },
    });
    for (const minutes of [2, 50, 9]) {
      world.clock.advance(minutes * MINUTE);
      expect(await world.ask({ action: 'reconcile' })).toMatchObject({ held: [{ domain: name, code: 'grace' }] });
    }
    expect(removals(world)).toBe(0);
    // An hour after the first list that came after the event.
    world.clock.advance(MINUTE);
    await world.ask({ action: 'reconcile' });
    expect(removals(world)).toBe(1);
  });

  it('ends a rename with the new name there and the old one gone', async () => {
    const world = await reconciled(['old.example', 'other.example']);
    const [mapping] = world.site.mappings;
    if (mapping) mapping.domain = 'new.example';
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.names).toContain('new.example');
    expect(world.standIn.names).toContain('old.example');
    world.clock.advance(HOUR);
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.names).toEqual(['network.example', 'new.example', 'other.example']);
  });

  it.each([
    [8, 3, 'removed'],
    [4, 2, 'removed'],
    // Half of them and more than two, for want of being listed: held whatever the brake allows.
    [6, 3, 'held'],
    [4, 3, 'held'],
    [5, 4, 'held'],
    // None would be left.
    [3, 3, 'held'],
    [2, 2, 'held'],
    [1, 1, 'held'],
  ])('of %i owned, %i vanish: %s', async (owned, vanish, end) => {
    const names = shops(owned);
    const world = await reconciled(names, { settings: { brake: { count: 3, percent: 20 } } });
    for (const name of names.slice(0, vanish)) world.site.unmap(name);
    await world.ask({ action: 'reconcile' });
    world.clock.advance(HOUR);
    await world.ask({ action: 'reconcile' });
    expect(removals(world)).toBe(end === 'removed' ? vanish : 0);
  });

  it('holds 30 of 100 that vanish, with the numbers, until their plan is applied by its checksum', async () => {
    const names = shops(100);
    const world = await reconciled(names, { settings: { brake: { count: 3, percent: 20 } } });
    for (const name of names.slice(0, 30)) world.site.unmap(name);
    await world.ask({ action: 'reconcile' });
    world.clock.advance(HOUR);
    await world.ask({ action: 'reconcile' });
    const plan = await world.ask({ action: 'plan' });
    expect(plan['holds']).toMatchObject(
      Array(30).fill({ code: 'brake', reason: expect.stringMatching(/30 planned, 0 done.*the 20 that.*100/) }),
    );
    expect(await world.ask({ action: 'apply', checksum: '0123456789abcdef' })).toMatchObject({ ok: false });
    expect(removals(world)).toBe(0);
    await world.ask({ action: 'apply', checksum: plan['checksum'] });
    expect(world.standIn.names).toEqual(['network.example', ...names.slice(30)].sort());
  });

  it('of 2,500 mappings on as many sites takes 51 calls to the network, 63 to RunCloud, and no write', async () => {
    const site = new StandInMultisite(OPTIONS);
    for (const name of shops(2_499)) site.map(name);
    site.map('blog.network.example', 1);
    const world = await createWorld({ network: site, runcloud: UNLIMITED });
    await world.ask({ action: 'reconcile' });
    site.calls.length = 0;
    world.standIn.calls.length = 0;
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({ ok: true, writes: 0 });
    expect(site.calls.filter(({ path }) => path.startsWith('/domain'))).toHaveLength(25);
    expect(site.calls).toHaveLength(1 + 25 + 25);
    expect(world.standIn.calls).toHaveLength(63);
  });
});

describe('an event with a network', () => {
  it('that maps is checked by the network: what it does not list is not added, and says so', async () => {
    const world = await reconciled(['other.example']);
    world.site.map('shop.example');
    await world.deliver(mapped('shop.example', world.clock));
    expect(world.standIn.find('shop.example')).toBeDefined();
    expect(await world.deliver(mapped('nobody.example', world.clock))).toMatchObject({
      result: { writes: 0, held: [{ code: 'not-listed' }] },
    });
  });

  it('that unmaps is checked by the network: what it still maps stays, and what it does not goes at once', async () => {
    const world = await reconciled(['shop.example', 'other.example']);
    expect(await world.deliver(unmapped('shop.example', world.clock))).toMatchObject({
      result: { writes: 0, held: [{ code: 'still-mapped' }] },
    });
    world.site.unmap('shop.example');
    world.clock.advance(1);
    await world.deliver(unmapped('shop.example', world.clock));
    expect(world.standIn.names).toEqual(['network.example', 'other.example']);
  });

  it('that unmaps shares the reading of the whole lists with the others of its batch', async () => {
    const names = ['a.example', 'b.example', 'c.example'];
    const world = await reconciled([...names, ...shops(150)]);
    for (const name of names) world.site.unmap(name);
    world.clock.advance(1);
    world.site.calls.length = 0;
    await world.deliver(...names.map((name) => unmapped(name, world.clock)));
    expect(removals(world)).toBe(3);
    // Four questions about each name, the control question beside them, the key, and two pages of each list.
    expect(world.site.calls).toHaveLength(3 * 4 + 1 + 1 + 2 + 2);
  });

  it('about a subdomain is checked by the site that has it for its address, without the whole list', async () => {
    const world = await reconciled(['other.example']);
    const blog = world.site.addSite('blog.network.example');
    world.site.calls.length = 0;
    await world.deliver(mapped('blog.network.example', world.clock));
    expect(world.standIn.find('blog.network.example')).toBeDefined();
    world.clock.advance(1);
    expect(await world.deliver(unmapped('blog.network.example', world.clock))).toMatchObject({
      result: { writes: 0, held: [{ code: 'still-mapped' }] },
    });
    expect(await world.deliver(mapped('nobody.network.example', world.clock))).toMatchObject({
      result: { writes: 0, held: [{ code: 'not-listed' }] },
    });
    expect(world.site.calls.filter(({ path }) => path.includes('orderby=id'))).toEqual([]);
    blog.state = 'deleted';
    world.clock.advance(1);
    expect(await world.deliver(unmapped('blog.network.example', world.clock))).toMatchObject({
      result: { done: [{ action: 'remove', domain: 'blog.network.example' }] },
    });
    expect(world.standIn.names).toEqual(['network.example', 'other.example']);
  });

  it('about the own address of a site without a mapping is checked by that site too', async () => {
    const world = await reconciled(['other.example']);
    const old = world.site.addSite('older-than-the-plugin.example');
    await world.deliver(mapped(old.host, world.clock));
    expect(world.standIn.find(old.host)).toBeDefined();
    world.clock.advance(1);
    expect(await world.deliver(unmapped(old.host, world.clock))).toMatchObject({
      result: { writes: 0, held: [{ code: 'still-mapped' }] },
    });
    // A list that is out of date lacks it. The site still has that address.
    const lists = world.site.lists();
    world.site.options = { ...OPTIONS, lists: { ...lists, sites: lists.sites.filter(({ id }) => id !== old.id) } };
    for (let run = 0; run < 2; run++) {
      await world.ask({ action: 'reconcile' });
      world.clock.advance(2 * HOUR);
    }
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.find(old.host)).toBeDefined();
  });

  it('of which one has an answer that proves nothing is not held back by that for the others', async () => {
    const world = await reconciled(['other.example']);
    world.site.map('shop.example');
    world.site.options = {
      ...OPTIONS,
      spoil: ({ path }) =>
        path.includes('domain=odd.example') ? { body: [{ id: 1, domain: 'x.example' }] } : undefined,
    };
    expect(
      await world.deliver(mapped('odd.example', world.clock), mapped('nobody.example', world.clock)),
    ).toMatchObject({ result: { done: [{ domain: 'odd.example' }], held: [{ domain: 'nobody.example' }] } });
  });

  it('while the network is down: a mapping goes ahead, a removal waits and says so', async () => {
    const world = await reconciled(['shop.example', 'other.example']);
    world.site.options = { ...OPTIONS, spoil: () => ({ status: 503, body: 'down' }) };
    await world.deliver(mapped('new.example', world.clock));
    expect(world.standIn.find('new.example')).toBeDefined();
    expect(await world.deliver(unmapped('shop.example', world.clock))).toMatchObject({
      result: { writes: 0, held: [{ code: 'incomplete', reason: expect.stringMatching(/could not be asked.*503/) }] },
    });
    world.site.options = OPTIONS;
    world.site.unmap('shop.example');
    world.site.map('new.example');
    world.clock.advance(MINUTE);
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.names).toEqual(['network.example', 'new.example', 'other.example']);
  });

  it('of many domains has the network read whole instead', async () => {
    const world = await reconciled(['other.example']);
    const names = shops(30);
    for (const name of names) world.site.map(name);
    world.site.map('silent.example');
    world.site.calls.length = 0;
    const before = world.standIn.writes.length;
    await world.deliver(...names.map((name) => mapped(name, world.clock)));
    expect(world.site.calls).toHaveLength(3);
    // And of these domains alone: the rest of the list is for the next reconcile.
    expect(world.standIn.writes).toHaveLength(before + 30);
    expect(world.standIn.names).toEqual(['network.example', 'other.example', ...names].sort());
  });
});

describe('a small network', () => {
  it('whose list of sites is suddenly the main site alone loses nothing', async () => {
    const world = await reconciled(['a.example', 'b.example', 'c.example']);
    world.site.options = {
      ...world.site.options,
      spoil: ({ path }, right) =>
        path.startsWith('/site?')
          ? { headers: { 'x-wp-total': '1' }, body: (right.body as readonly unknown[]).slice(0, 1) }
          : undefined,
    };
    for (let hours = 0; hours < 4; hours++) {
      await world.ask({ action: 'reconcile' });
      world.clock.advance(HOUR);
    }
    expect(removals(world)).toBe(0);
    const held = (await world.ask({ action: 'plan' }))['holds'] as readonly { readonly code: string }[];
    expect(held.map(({ code }) => code)).toEqual(['brake', 'brake', 'brake']);
  });
});

describe('events, while the brake holds what the list lacks', () => {
  const brake = { count: 5, percent: 5 };

  it('about a domain that is missing beyond its grace remove nothing that nobody unmapped', async () => {
    const names = ['a.example', 'b.example', 'c.example', 'anchor.example'];
    const world = await reconciled(names, { settings: { brake } });
    world.site.mappings.splice(0, 3);
    for (let run = 0; run < 2; run++) {
      await world.ask({ action: 'reconcile' });
      world.clock.advance(2 * HOUR);
    }
    await world.ask({ action: 'reconcile' });
    for (const name of names.slice(0, 3)) {
      world.clock.advance(SECOND);
      // The second one has the whole lists read.
      await world.deliver(mapped(name, world.clock), unmapped('gone.example', world.clock));
    }
    expect(removals(world)).toBe(0);
  });

  it('in one batch do not take a share of many that are held', async () => {
    const names = shops(16);
    const world = await reconciled(names, { settings: { brake } });
    world.site.mappings.splice(0, 12);
    await world.ask({ action: 'reconcile' });
    world.clock.advance(2 * HOUR);
    await world.ask({ action: 'reconcile' });
    world.clock.advance(SECOND);
    await world.deliver(
      ...[...names.slice(0, 5), ...names.slice(12), 'x.example', 'y.example'].map((name) => mapped(name, world.clock)),
    );
    expect(removals(world)).toBe(0);
  });

  it('a list that shrinks from run to run comes to the same as one that shrinks at once', async () => {
    const world = await reconciled(shops(6), { settings: { brake } });
    for (let run = 0; run < 5; run++) {
      world.site.mappings.splice(0, 2);
      await world.ask({ action: 'reconcile' });
      world.clock.advance(2 * HOUR);
    }
    expect(removals(world)).toBe(2);
  });
});

describe('one answer about one name', () => {
  it('removes nothing, also where the same run finds out that the domain is ours', async () => {
    const world = await reconciled(['other.example']);
    const older = unmapped('shop.example', world.clock);
    world.clock.advance(MINUTE);
    world.site.map('shop.example');
    // The process dies after RunCloud added the domain and before that is on record.
    const { save, release } = world.ledger;
    const die = async () => Promise.reject(new Error('killed'));
    const options = world.standIn.options;
    const fault = ({ method }: { readonly method: string }) => {
      if (method === 'POST') Object.assign(world.ledger, { save: die, release: die });
      return undefined;
    };
    world.standIn.options = { ...options, fault };
    await expect(world.ask({ action: 'reconcile' })).rejects.toThrow('killed');
    world.standIn.options = options;
    Object.assign(world.ledger, { save, release });
    expect(world.standIn.find('shop.example')).toBeDefined();
    world.clock.advance(3 * MINUTE);
    // A cache answers the question for the name as it did before the mapping.
    world.site.options = {
      ...world.site.options,
      spoil: ({ path }) => (/[?&]domain=(www\.)?shop\.example/.test(path) ? { body: [] } : undefined),
    };
    await world.deliver(older);
    expect(removals(world)).toBe(0);
    expect(world.standIn.find('shop.example')).toBeDefined();
  });

  it('has the whole lists read where an event unmapped the domain, also if it is not ours by then', async () => {
    const world = await reconciled(['other.example']);
    world.site.calls.length = 0;
    await world.deliver(unmapped('shop.example', world.clock));
    expect(world.site.calls.filter(({ path }) => path.includes('orderby=id')).length).toBeGreaterThan(0);
  });
});

describe('the questions about one name', () => {
  /** What is asked before the next answer comes is one round. */
  function roundsOf(world: NetworkWorld): string[][] {
    const rounds: string[][] = [];
    let isAnswered = true;
    const network = world.network as unknown as { read(path: string, options: object): Promise<unknown> };
    const read = network.read.bind(world.network);
    network.read = async (path, options) => {
      if (isAnswered) rounds.push([]);
      isAnswered = false;
      rounds.at(-1)?.push(path.replace(/&per_page.*/, ''));
      return read(path, options);
    };
    world.site.options = {
      ...world.site.options,
      spoil: () => {
        isAnswered = true;
        return undefined;
      },
    };
    return rounds;
  }

  it('that is mapped are asked at once, and its site after that', async () => {
    const world = await reconciled(['other.example']);
    const { siteId } = world.site.map('shop.example');
    const rounds = roundsOf(world);
    await world.deliver(mapped('shop.example', world.clock));
    expect(rounds).toEqual([
      ['/auth', '/domain?domain=shop.example', '/domain?domain=www.shop.example'],
      [`/site/${siteId}`],
    ]);
    expect(world.standIn.find('shop.example')).toBeDefined();
  });

  it.each([
    ['of a subdomain of the network', 'blog.network.example', mapped],
    ['that was unmapped', 'other.example', unmapped],
  ])('%s are all asked at once, those about sites too', async (_, name, event) => {
    const world = await reconciled(['other.example', 'third.example']);
    if (name === 'other.example') world.site.unmap(name);
    else world.site.addSite(name);
    world.clock.advance(1);
    const rounds = roundsOf(world);
    await world.deliver(event(name, world.clock));
    expect(rounds[0]).toEqual([
      '/auth',
      `/domain?domain=${name}`,
      `/domain?domain=www.${name}`,
      `/site?domain=${name}`,
      `/site?domain=www.${name}`,
    ]);
    expect(world.standIn.find(name) !== undefined).toBe(event === mapped);
  });

  it('that has a mapping are answered by that, though the answer about sites proves nothing', async () => {
    const world = await reconciled(['shop.example', 'other.example']);
    world.site.options = {
      ...OPTIONS,
      spoil: ({ path }) => (path.startsWith('/site?domain=') ? { body: [{ id: 1, domain: 'x.example' }] } : undefined),
    };
    expect(await world.deliver(unmapped('shop.example', world.clock))).toMatchObject({
      result: { writes: 0, held: [{ code: 'still-mapped' }] },
    });
  });

  it('end before the run does, also where one of them failed', async () => {
    const world = await reconciled(['other.example']);
    const answered: string[] = [];
    world.site.options = {
      ...OPTIONS,
      spoil: ({ path }) => {
        if (path.startsWith('/auth')) return undefined;
        answered.push(path);
        // The first is answered by another name at once, and the second only at its third attempt.
        if (path.includes('domain=shop.example')) return { body: [{ id: 1, domain: 'x.example' }] };
        return answered.length < 4 ? { status: 503, body: 'down' } : undefined;
      },
    };
    expect(await world.deliver(mapped('shop.example', world.clock))).toMatchObject({
      result: { done: [{ domain: 'shop.example' }] },
    });
    expect(answered.filter((path) => path.includes('domain=www.shop.example'))).toHaveLength(3);
    const asked = answered.length;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(answered).toHaveLength(asked);
  });
});
