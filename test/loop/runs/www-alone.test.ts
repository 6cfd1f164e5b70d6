/** A mapping of `www.shop.example` that points here, while the bare name is at the redirect service of a registrar. */
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../../lib/core/values/time.ts';
import { StandInMultisite } from '../../../local/stand-in/multisite.ts';
import type { Fault, StandInOptions } from '../../../local/stand-in/runcloud.ts';
import { StandInRunCloud } from '../../../local/stand-in/runcloud.ts';
import { createWorld, mapped, type TestWorld, unmapped, type WorldOptions } from '../../support/world.ts';

const SERVER = StandInRunCloud.address;
const REDIRECTOR = '198.51.100.1';
const [BARE, WWW] = ['shop.example', 'www.shop.example'];

async function watched(options: WorldOptions = {}): Promise<TestWorld> {
  const world = await createWorld({
    probes: 'stand-ins',
    ...options,
    runcloud: { limit: { requests: 1_000_000, retryAfter: true, headers: true }, ...options.runcloud },
  });
  world.standInDns.point('network.example', SERVER);
  await world.ask({ action: 'reconcile' });
  return world;
}

async function reconcileFor(world: TestWorld, forMs: number, everyMs = 10 * MINUTE): Promise<void> {
  for (let passed = 0; passed < forMs; passed += everyMs) {
    world.clock.advance(everyMs);
    await world.ask({ action: 'reconcile' });
  }
}

/** What RunCloud has of the shop, and the names of the certificate of each. */
function served(world: TestWorld): string[] {
  const objects = world.standIn.domains.filter(({ name }) => name.endsWith(BARE));
  return objects
    .map(({ name, www, redirection }) => {
      const names = world.standIn.certificateFor(name)?.names ?? [];
      return `${name} ${www ? 'with www' : 'alone'}, ${redirection}: ${names.join(' ') || 'no certificate'}`;
    })
    .sort();
}

async function rowOf(world: TestWorld, name = BARE): Promise<unknown> {
  const { domains } = (await world.ask({ action: 'status' })) as { domains?: { domain: string }[] };
  return domains?.find(({ domain }) => domain === name);
}

async function mapWww(options: WorldOptions = {}): Promise<TestWorld> {
  const world = await watched(options);
  world.standInDns.point(WWW, SERVER);
  world.standInDns.point(BARE, REDIRECTOR);
  await world.deliver(mapped(WWW, world.clock));
  await reconcileFor(world, 20 * MINUTE, 5 * MINUTE);
  return world;
}

const ALONE = 'www.shop.example alone, none: www.shop.example';

describe.each(['advanced', 'basic'] as const)('in mode %s', (mode) => {
  const options = { runcloud: { ssl: { mode } } };
  const names = mode === 'basic' ? 'network.example www.shop.example' : 'www.shop.example';
  const alone = `www.shop.example alone, none: ${names}`;

  it('it is served by itself, without a redirection to the bare name, and gets its certificate', async () => {
    const world = await mapWww(options);
    expect(served(world)).toEqual([alone]);
    expect(await rowOf(world)).toMatchObject({
      dns: 'pointing',
      certificate: 'valid',
      owned: true,
      next: 'nothing to do',
    });
    expect(await world.ask({ action: 'verify', domain: WWW })).toMatchObject({
      ok: true,
      records: [{ type: 'A', name: WWW, ok: true }],
    });
    expect(world.authority.orders).toHaveLength(1);
    const writes = world.standIn.calls.filter(({ method }) => method !== 'GET').length;
    await reconcileFor(world, DAY, HOUR);
    expect(world.standIn.calls.filter(({ method }) => method !== 'GET')).toHaveLength(writes);
  });

  it('it goes when it is unmapped', async () => {
    const world = await mapWww(options);
    await world.deliver(unmapped(WWW, world.clock));
    await reconcileFor(world, 10 * MINUTE);
    expect(served(world)).toEqual([]);
    expect(world.standIn.names).toEqual(['network.example']);
  });

  it('the bare name is served too once it arrives, and `www.` keeps what it has; both go when it is unmapped', async () => {
    const world = await mapWww(options);
    const id = world.standIn.find(WWW)?.id;
    world.standInDns.point(BARE, SERVER);
    await reconcileFor(world, DAY, 30 * MINUTE);
    const all = 'network.example shop.example www.shop.example';
    expect(served(world)).toEqual([
      `shop.example alone, none: ${mode === 'basic' ? all : 'shop.example'}`,
      `www.shop.example alone, none: ${mode === 'basic' ? all : 'www.shop.example'}`,
    ]);
    expect(world.standIn.find(WWW)?.id).toBe(id);
    expect(world.authority.orders).toHaveLength(2);
    expect(await rowOf(world)).toMatchObject({
      dns: 'pointing',
      certificate: 'valid',
      owned: true,
      next: 'nothing to do',
    });
    await world.deliver(unmapped(BARE, world.clock));
    await reconcileFor(world, 20 * MINUTE);
    expect(world.standIn.names).toEqual(['network.example']);
  });
});

describe('an object for each', () => {
  const both = async (): Promise<TestWorld> => {
    const world = await mapWww();
    world.standInDns.point(BARE, SERVER);
    await reconcileFor(world, DAY, 30 * MINUTE);
    return world;
  };

  it('each of the certificates is asked for again where RunCloud does not renew it', async () => {
    const world = await both();
    await reconcileFor(world, 100 * DAY, 12 * HOUR);
    expect(served(world)).toEqual(['shop.example alone, none: shop.example', ALONE]);
    for (const name of [BARE, WWW]) {
      expect(world.standIn.certificateFor(name)?.notAfter).toBeGreaterThan(world.clock.now());
    }
    expect(world.authority.orders.length).toBeLessThan(8);
  });

  it('`www.` is served by the other one where somebody takes its own away', async () => {
    const world = await both();
    world.standIn.removeByHand(WWW);
    await reconcileFor(world, 12 * HOUR, 30 * MINUTE);
    expect(served(world)).toEqual(['shop.example with www, non-www: shop.example www.shop.example']);
  });

  it('the bare one comes back where somebody takes it away', async () => {
    const world = await both();
    world.standIn.removeByHand(BARE);
    await reconcileFor(world, 12 * HOUR, 30 * MINUTE);
    expect(served(world)).toEqual(['shop.example alone, none: shop.example', ALONE]);
    await world.deliver(unmapped(WWW, world.clock));
    await reconcileFor(world, 20 * MINUTE);
    expect(world.standIn.names).toEqual(['network.example']);
  });

  it('the certificate of `www.` counts where the bare name leaves again', async () => {
    const world = await both();
    world.standInDns.point(BARE, REDIRECTOR);
    await reconcileFor(world, 100 * DAY, 12 * HOUR);
    expect(world.standIn.certificateFor(WWW)?.notAfter).toBeGreaterThan(world.clock.now());
    expect(await rowOf(world)).toMatchObject({ dns: 'pointing', certificate: 'valid' });
  });
});

describe('mapped before DNS', () => {
  it('`www.` gets an object and a certificate of its own once it has pointed here for an hour and the bare name has not', async () => {
    const world = await watched();
    await world.deliver(mapped(WWW, world.clock));
    await reconcileFor(world, 30 * MINUTE);
    expect(served(world)).toEqual(['shop.example with www, non-www: no certificate']);
    world.standInDns.point(WWW, SERVER);
    world.standInDns.point(BARE, REDIRECTOR);
    await reconcileFor(world, 50 * MINUTE);
    expect(served(world)).toEqual(['shop.example with www, non-www: no certificate']);
    await reconcileFor(world, 2 * HOUR);
    expect(served(world)).toEqual(['shop.example alone, none: no certificate', ALONE]);
    expect(await rowOf(world)).toMatchObject({ dns: 'pointing', certificate: 'valid', next: 'nothing to do' });
    expect(world.authority.orders).toHaveLength(1);
    world.standInDns.point(BARE, SERVER);
    await reconcileFor(world, 8 * HOUR);
    expect(served(world)).toEqual(['shop.example alone, none: shop.example', ALONE]);
    await world.deliver(unmapped(WWW, world.clock));
    await reconcileFor(world, 20 * MINUTE);
    expect(world.standIn.names).toEqual(['network.example']);
  });

  it('where both names arrive within the hour they are served together, as ever', async () => {
    const world = await watched();
    await world.deliver(mapped(WWW, world.clock));
    world.standInDns.point(WWW, SERVER);
    world.standInDns.point(BARE, REDIRECTOR);
    await reconcileFor(world, 40 * MINUTE);
    world.standInDns.point(BARE, SERVER);
    await reconcileFor(world, 2 * HOUR);
    expect(served(world)).toEqual(['shop.example with www, non-www: shop.example www.shop.example']);
  });
});

describe('the bare name is mapped, and RunCloud has only `www.`', () => {
  const site = (name: string): StandInMultisite => {
    const network = new StandInMultisite({ host: 'network.example', key: 'key', secret: 'secret' });
    network.map(name);
    return network;
  };

  it('of this service: the bare name is added, and live though `www.` never gets a certificate', async () => {
    const network = site(WWW);
    const world = await createWorld({ probes: 'stand-ins', network });
    for (const [name, address] of [
      ['network.example', SERVER],
      [WWW, SERVER],
      [BARE, REDIRECTOR],
    ] as const) {
      world.standInDns.point(name, address);
    }
    await world.ask({ action: 'reconcile' });
    expect(served(world)).toEqual(['www.shop.example alone, none: no certificate']);
    network.unmap(WWW);
    network.map(BARE);
    world.standInDns.point(WWW, REDIRECTOR);
    world.standInDns.point(BARE, SERVER);
    await reconcileFor(world, 3 * HOUR, 30 * MINUTE);
    expect(served(world)).toEqual([
      'shop.example alone, none: shop.example',
      'www.shop.example alone, none: no certificate',
    ]);
    expect(await rowOf(world)).toMatchObject({ dns: 'pointing', certificate: 'valid', next: 'nothing to do' });
    expect(await rowOf(world, WWW)).toMatchObject({ dns: 'pending', certificate: 'unknown' });
    expect(await world.ask({ action: 'verify', domain: BARE })).toMatchObject({ ok: true });
    expect(world.authority.orders).toHaveLength(1);
  });

  it('adopted: nobody calls it live, and a hold says what to do', async () => {
    const world = await createWorld({ probes: 'stand-ins', network: site(BARE) });
    for (const name of ['network.example', WWW, BARE]) world.standInDns.point(name, SERVER);
    world.standIn.addByHand(WWW);
    await world.ask({ action: 'reconcile' });
    await world.ask({ action: 'adopt', domains: 'all' });
    await reconcileFor(world, 3 * HOUR, 30 * MINUTE);
    expect(served(world)).toEqual([ALONE]);
    expect(await rowOf(world)).toMatchObject({
      next: expect.stringContaining('Add shop.example in RunCloud by hand'),
      reason: expect.stringContaining('RunCloud serves only www.shop.example'),
    });
    expect(await world.ask({ action: 'verify', domain: BARE })).toMatchObject({
      ok: false,
      summary: expect.stringContaining('RunCloud serves only www.shop.example'),
    });
    world.standIn.removeByHand(WWW);
    await reconcileFor(world, 3 * HOUR, 30 * MINUTE);
    expect(served(world)).toEqual(['shop.example with www, non-www: shop.example www.shop.example']);
    expect(await world.ask({ action: 'verify', domain: BARE })).toMatchObject({ ok: true });
  });
});

describe('a list that is late', () => {
  it.each([
    ['`www.` by itself', REDIRECTOR, SERVER, WWW],
    ['both names', SERVER, REDIRECTOR, BARE],
  ])('leads to no second object, though DNS changed meanwhile: %s', async (_, before, after, name) => {
    const world = await watched({ runcloud: { listLagMs: 3 * MINUTE, onDuplicate: 'refuse' } });
    world.standInDns.point(WWW, SERVER);
    world.standInDns.point(BARE, before);
    await world.deliver(mapped(WWW, world.clock));
    world.standInDns.point(BARE, after);
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.names).toEqual(['network.example', name]);
    await reconcileFor(world, 30 * MINUTE);
    await world.deliver(unmapped(WWW, world.clock));
    await reconcileFor(world, 30 * MINUTE);
    expect(world.standIn.names).toEqual(['network.example']);
  });
});

describe('whose it is', () => {
  it('a `www.` object that somebody made by hand is neither changed nor removed', async () => {
    const world = await watched();
    world.standInDns.point(WWW, SERVER);
    world.standInDns.point(BARE, REDIRECTOR);
    world.standIn.addByHand(WWW);
    await world.deliver(mapped(WWW, world.clock));
    await reconcileFor(world, 2 * HOUR);
    expect(served(world)).toEqual(['www.shop.example alone, none: no certificate']);
    await world.deliver(unmapped(WWW, world.clock));
    await reconcileFor(world, 20 * MINUTE);
    expect(world.standIn.find(WWW)).toBeDefined();
  });

  const byHand = `${BARE} alone, none: no certificate`;

  it('beside a bare name that somebody made by hand `www.` keeps its certificate, and goes alone when it is unmapped', async () => {
    const world = await mapWww();
    world.standIn.addByHand(BARE);
    await reconcileFor(world, 100 * DAY, 12 * HOUR);
    expect(served(world)).toEqual([byHand, ALONE]);
    expect(world.standIn.certificateFor(WWW)?.notAfter).toBeGreaterThan(world.clock.now());
    expect(await rowOf(world)).toMatchObject({ owned: false, next: 'stays as it is' });
    expect(await rowOf(world, WWW)).toMatchObject({ owned: true, dns: 'pointing', certificate: 'valid' });
    expect(await world.ask({ action: 'verify', domain: WWW })).toMatchObject({
      ok: true,
      reason: expect.stringMatching(/^shop\.example is mapped and on RunCloud, but this service did not add it/),
    });
    await world.deliver(unmapped(WWW, world.clock));
    await reconcileFor(world, 20 * MINUTE);
    expect(served(world)).toEqual([byHand]);
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({ held: [{ domain: BARE, code: 'not-ours' }] });
  });

  it('beside a bare name that somebody made anew by hand, in the place of ours', async () => {
    const world = await mapWww();
    world.standInDns.point(BARE, SERVER);
    await reconcileFor(world, DAY, 30 * MINUTE);
    world.standIn.removeByHand(BARE);
    world.standIn.addByHand(BARE);
    await reconcileFor(world, HOUR);
    await world.deliver(unmapped(WWW, world.clock));
    await reconcileFor(world, 20 * MINUTE);
    expect(world.standIn.names).toEqual(['network.example', BARE]);
  });

  it('the bare name, where somebody made `www.` anew by hand, in the place of ours', async () => {
    const world = await mapWww();
    world.standInDns.point(BARE, SERVER);
    await reconcileFor(world, DAY, 30 * MINUTE);
    world.standIn.removeByHand(WWW);
    world.standIn.addByHand(WWW);
    await reconcileFor(world, HOUR);
    await world.deliver(unmapped(WWW, world.clock));
    await reconcileFor(world, 20 * MINUTE);
    expect(world.standIn.names).toEqual(['network.example', WWW]);
  });

  it.each<[string, Fault]>([
    ['was carried out', { kind: 'no-answer', carriedOut: true }],
    ['was not', { kind: 'no-answer', carriedOut: false }],
    ['fails with status 500 and was carried out', { kind: 'status', status: 500, carriedOut: true }],
  ])('a removal beside an object made by hand, never answered: it %s', async (_, fault) => {
    let isFaulty = true;
    const once: NonNullable<StandInOptions['fault']> = ({ method }) => {
      if (method !== 'DELETE' || !isFaulty) return undefined;
      isFaulty = false;
      return fault;
    };
    const world = await mapWww({ runcloud: { fault: once } });
    world.standIn.addByHand(BARE);
    await reconcileFor(world, 20 * MINUTE);
    await world.deliver(unmapped(WWW, world.clock));
    await reconcileFor(world, HOUR);
    expect(isFaulty).toBe(false);
    expect(served(world)).toEqual([byHand]);
  });

  it('the bare name is refused, because somebody made it by hand in that moment: `www.` stays ours', async () => {
    let isArmed = false;
    const world: TestWorld = await mapWww({
      runcloud: {
        onDuplicate: 'refuse',
        fault: ({ method, path }) => {
          if (isArmed && method === 'POST' && path.endsWith('/domains')) {
            isArmed = false;
            world.standIn.addByHand(BARE);
          }
          return undefined;
        },
      },
    });
    isArmed = true;
    world.standInDns.point(BARE, SERVER);
    await reconcileFor(world, DAY, 30 * MINUTE);
    expect(isArmed).toBe(false);
    expect(served(world)).toEqual([byHand, ALONE]);
    await world.deliver(unmapped(WWW, world.clock));
    await reconcileFor(world, 20 * MINUTE);
    expect(served(world)).toEqual([byHand]);
  });

  it('an add of `www.` that was never answered, and that the list shows late, is told from a bare name made by hand meanwhile', async () => {
    let count = 0;
    const world = await watched({
      runcloud: {
        listLagMs: 3 * MINUTE,
        fault: ({ method, path }) =>
          method === 'POST' && path.endsWith('/domains') && count++ === 0
            ? { kind: 'no-answer', carriedOut: true }
            : undefined,
      },
    });
    world.standInDns.point(WWW, SERVER);
    world.standInDns.point(BARE, REDIRECTOR);
    await world.deliver(mapped(WWW, world.clock));
    const { id } = world.standIn.addByHand(BARE);
    await reconcileFor(world, HOUR);
    await world.deliver(unmapped(WWW, world.clock));
    await reconcileFor(world, HOUR);
    expect(world.standIn.names).toEqual(['network.example', BARE]);
    expect(world.standIn.find(BARE)?.id).toBe(id);
  });

  it.each<[string, (world: TestWorld) => Promise<void>]>([
    [
      'the bare name beside it',
      async (world) => {
        world.standInDns.point(BARE, SERVER);
        await reconcileFor(world, DAY, 30 * MINUTE);
      },
    ],
    ['nothing else', async (world) => reconcileFor(world, HOUR)],
  ])('what an add that was never answered made is ours, and goes when it is unmapped: %s', async (_, happens) => {
    const lost = (fault: Fault): NonNullable<StandInOptions['fault']> => {
      let count = 0;
      return ({ method, path }) =>
        method === 'POST' && path.endsWith('/domains') && count++ % 2 === 0 ? fault : undefined;
    };
    const world = await mapWww({ runcloud: { fault: lost({ kind: 'no-answer', carriedOut: true }) } });
    await happens(world);
    await world.deliver(unmapped(WWW, world.clock));
    await reconcileFor(world, HOUR);
    expect(world.standIn.names).toEqual(['network.example']);
  });
});
