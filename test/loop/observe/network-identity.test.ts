/** Another server at the network's address: without a valid certificate it is not asked, and its lists end at grace and brake. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:https';
import { describe, expect, it, onTestFinished } from 'vitest';
import { answer } from '../../../lib/console.ts';
import { DAY, HOUR, MINUTE } from '../../../lib/core/values/time.ts';
import { NetworkApi } from '../../../lib/multisite/api.ts';
import { createNetworkReader } from '../../../lib/multisite/network.ts';
import { Secret } from '../../../lib/util/secret.ts';
import { type MultisiteOptions, StandInMultisite } from '../../../local/stand-in/multisite.ts';
import { type Authority, createAuthority, type Pair, selfSigned } from '../../support/certificates.ts';
import { listening } from '../../support/tls-server.ts';
import { createWorld, RUN, shops, type TestWorld } from '../../support/world.ts';

const OPTIONS: MultisiteOptions = { host: 'network.example', key: 'MARKED-KEY', secret: 'MARKED-SECRET' };
const HERE = 'localhost';
const GREETING = { success: true, label: 'Net', message: '' };

function removals(world: TestWorld): number {
  return world.standIn.writes.filter((call) => call.method === 'DELETE').length;
}

/** Five domains that are ours and at rest, of a network that was read whole. */
async function reconciled(names = shops(5)): Promise<TestWorld & { readonly site: StandInMultisite }> {
  const site = new StandInMultisite(OPTIONS);
  for (const name of names) site.map(name);
  const world = await createWorld({
    network: site,
    runcloud: { limit: { requests: 1_000_000, retryAfter: true, headers: true } },
    settings: { brake: { count: 3, percent: 20 } },
  });
  await world.ask({ action: 'reconcile' });
  world.clock.advance(MINUTE);
  return Object.assign(world, { site });
}

/** The network's address at a server with this certificate, which answers anything with empty lists. */
async function served(pair: Pair, authority: Authority, world: TestWorld) {
  const requests: string[] = [];
  const server = createServer({ ...pair }, ({ url = '' }, response) => {
    requests.push(url);
    const body = url.includes('/auth?') ? GREETING : [];
    response.writeHead(200, { 'content-type': 'application/json', 'x-wp-total': '0' }).end(JSON.stringify(body));
  });
  server.on('tlsClientError', () => {});
  const { port, close } = await listening(server);
  const settings = {
    url: new URL(`https://${HERE}:${port}`),
    key: new Secret(OPTIONS.key),
    secret: new Secret(OPTIONS.secret),
  };
  const { clock, log } = world;
  const network = new NetworkApi(settings, { clock, log, newId: randomUUID, authorities: [authority.own] });
  onTestFinished(async () => {
    await network.close();
    await close();
  });
  return { network, requests };
}

describe('the certificate of the network', () => {
  const wrong: Record<string, (authority: Authority) => Promise<Pair>> = {
    expired: async (authority) => authority.issue({ names: [HERE], from: -90 * DAY, until: -DAY }),
    'not valid yet': async (authority) => authority.issue({ names: [HERE], from: DAY }),
    'self-signed': async () => selfSigned({ names: [HERE] }),
    'of another name': async (authority) => authority.issue({ names: ['network.example'] }),
    'of an authority that nobody knows': async () => (await createAuthority('Nobody')).issue({ names: [HERE] }),
  };

  it.each(Object.keys(wrong))('that is %s is refused: the key is not sent, and nothing is removed', async (kind) => {
    const world = await reconciled();
    const authority = await createAuthority();
    const pair = (await wrong[kind]?.(authority)) as Pair;
    const { network, requests } = await served(pair, authority, world);
    const reader = createNetworkReader(network, { deadline: Number.POSITIVE_INFINITY });
    await expect(reader.authenticate()).rejects.toMatchObject({
      fault: 'certificate',
      message: expect.stringContaining('the key was not sent'),
    });
    const deceived = { ...world, network };
    for (const wait of [HOUR, HOUR, 7 * DAY]) {
      const told = await answer(deceived, { action: 'reconcile' }, world.clock.now() + RUN);
      expect(told).toMatchObject({ ok: true, writes: 0 });
      world.clock.advance(wait);
    }
    expect(requests).toEqual([]);
    expect(removals(world)).toBe(0);
    expect(world.logged.join()).toContain('"fault":"certificate"');
    expect(world.logged.join()).not.toContain('MARKED');
  });

  it('that is valid is accepted, so that it is the certificate which the others are refused for', async () => {
    const world = await reconciled();
    const authority = await createAuthority();
    const { network, requests } = await served(await authority.issue({ names: [HERE] }), authority, world);
    expect(await createNetworkReader(network, { deadline: Number.POSITIVE_INFINITY }).authenticate()).toMatchObject({
      label: 'Net',
    });
    expect(requests).toEqual([expect.stringMatching(/^\/wp-json\/wu\/v2\/auth\?mrc_asked=[-0-9a-f]{36}$/)]);
  });
});

describe('a network of the same name with the lists of another one', () => {
  const others = shops(4, 'foreign');

  /** As where MULTISITE_URL was changed to a copy, or the database behind it was. */
  function swapLists({ site }: { readonly site: StandInMultisite }): () => void {
    const own = [...site.mappings];
    site.mappings.length = 0;
    for (const name of others) site.map(name, 1);
    return () => {
      site.mappings.splice(0, site.mappings.length, ...own);
    };
  }

  it('looks like a whole reading: its domains are added, and those it lacks wait for their grace', async () => {
    const world = await reconciled(shops(20));
    swapLists(world);
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({
      done: others.map((domain) => ({ domain, action: 'add' })),
      held: Array(20).fill({ code: 'grace' }),
    });
    expect(removals(world)).toBe(0);
  });

  it('ends at the brake after that, with the numbers, however long it stays', async () => {
    const world = await reconciled(shops(20));
    swapLists(world);
    for (const wait of [HOUR, DAY, 7 * DAY]) {
      await world.ask({ action: 'reconcile' });
      world.clock.advance(wait);
    }
    const told = await world.ask({ action: 'reconcile' });
    expect(told).toMatchObject({
      writes: 0,
      held: Array(20).fill({ code: 'brake', reason: expect.stringMatching(/20 planned, 0 done/) }),
    });
    expect(removals(world)).toBe(0);
  });

  it('leaves no trace once the right lists are back, but what it had added, which goes after its grace', async () => {
    const world = await reconciled(shops(20));
    const swapBack = swapLists(world);
    await world.ask({ action: 'reconcile' });
    swapBack();
    world.clock.advance(MINUTE);
    await world.ask({ action: 'reconcile' });
    world.clock.advance(HOUR);
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.names).toEqual(['network.example', ...shops(20)].sort());
    expect(removals(world)).toBe(others.length);
  });

  it('is not stopped where the brake lets it through: of three domains, all go after their grace', async () => {
    const world = await reconciled(shops(3));
    swapLists(world);
    await world.ask({ action: 'reconcile' });
    world.clock.advance(HOUR);
    await world.ask({ action: 'reconcile' });
    expect(removals(world)).toBe(3);
  });
});
