/** A page cache in front of the network, and lists that are whole and out of date: what the network maps stays on RunCloud. */
import { describe, expect, it } from 'vitest';
import type { PlanSettings } from '../../../lib/core/plan/input.ts';
import { DAY, HOUR, MINUTE } from '../../../lib/core/values/time.ts';
import { createNetworkReader } from '../../../lib/multisite/network.ts';
import { type MultisiteOptions, type NetworkReply, StandInMultisite } from '../../../local/stand-in/multisite.ts';
import { pageCache } from '../../support/page-cache.ts';
import { createWorld, mapped, shops, type TestWorld, unmapped } from '../../support/world.ts';

const OPTIONS: MultisiteOptions = { host: 'network.example', key: 'key', secret: 'secret' };
const OTHERS = ['a.example', 'b.example', 'c.example', 'd.example'];

type CachedWorld = TestWorld & { readonly site: StandInMultisite };

/** The network maps these, and RunCloud has them. */
async function reconciled(
  names: readonly string[] = OTHERS,
  { spoil, settings }: Pick<MultisiteOptions, 'spoil'> & { readonly settings?: Partial<PlanSettings> } = {},
): Promise<CachedWorld> {
  const site = new StandInMultisite({ ...OPTIONS, ...(spoil && { spoil }) });
  for (const name of names) site.map(name);
  const world = await createWorld({ network: site, ...(settings && { settings }) });
  await world.ask({ action: 'reconcile' });
  world.clock.advance(MINUTE);
  return Object.assign(world, { site });
}

function removals(world: TestWorld): number {
  return world.standIn.writes.filter((call) => call.method === 'DELETE').length;
}

function questions({ site }: CachedWorld): string[] {
  return site.calls.flatMap(({ path }) => /^\/(?:domain|site)\?domain=([^&]*)/.exec(path)?.[1] ?? []);
}

/** From now on the lists are those of this moment. Questions for a name are answered right. */
function keepLists({ site }: CachedWorld): void {
  site.options = { ...OPTIONS, lists: site.lists() };
}

describe('a page cache that keeps answers by address', () => {
  it('does not have a signed new mapping removed by two lists that it kept', async () => {
    const world = await reconciled(OTHERS, { spoil: pageCache() });
    world.site.map('shop.example');
    await world.deliver(mapped('shop.example', world.clock));
    expect(world.standIn.find('shop.example')).toBeDefined();
    for (let run = 0; run < 3; run++) {
      world.clock.advance(2 * HOUR);
      expect(await world.ask({ action: 'reconcile' })).toMatchObject({ writes: 0, held: [] });
    }
    expect(removals(world)).toBe(0);
  });

  it('does not answer for a domain as it did before it was mapped', async () => {
    const world = await reconciled(OTHERS, { spoil: pageCache() });
    expect(await world.deliver(mapped('shop.example', world.clock))).toMatchObject({
      result: { held: [{ code: 'not-listed' }] },
    });
    world.site.map('shop.example');
    world.clock.advance(1);
    expect(await world.deliver(mapped('shop.example', world.clock))).toMatchObject({ result: { writes: 1, held: [] } });
  });

  it('does not answer in the name of a network that was renamed, or whose key is not accepted any more', async () => {
    const world = await reconciled(OTHERS, { spoil: pageCache() });
    const { network } = world;
    if (!network) throw new Error('there is a network');
    const reader = createNetworkReader(network, { deadline: Number.POSITIVE_INFINITY });
    world.site.options = { ...world.site.options, label: 'New name' };
    expect(await reader.authenticate()).toMatchObject({ label: 'New name' });
    world.site.options = { ...world.site.options, secret: 'another' };
    await expect(reader.authenticate()).rejects.toMatchObject({ fault: 'unauthorized' });
  });
});

describe('a list that is whole and out of date', () => {
  it('removes nothing: the question for the name finds what it lacks, and the list is doubted in plain words', async () => {
    const world = await reconciled();
    world.site.unmap('b.example');
    keepLists(world);
    world.site.map('shop.example');
    await world.deliver(mapped('shop.example', world.clock));
    await world.ask({ action: 'reconcile' });
    world.clock.advance(2 * HOUR);
    const told = await world.ask({ action: 'reconcile' });
    expect(told['held']).toEqual([
      {
        domain: 'b.example',
        code: 'incomplete',
        reason:
          "b.example is not in the network's list, but that list could not be read whole or is doubted (it lacks shop.example, but asked by name the network maps it. A cache may answer in the place of the network, so exclude /wp-json/ from caching). This service removes nothing on half an answer.",
        what_to_do: 'Mend what stands in brackets. The next whole list decides.',
      },
    ]);
    expect(told.summary).toContain('so nothing is removed for want of being listed: it lacks shop.example');
    expect(removals(world)).toBe(0);
    expect(world.logged.join()).toMatch(/"warn".*contradicts its answers by name.*it lacks shop\.example/);
    expect((await world.ledger.readApplication()).lastReconcile).toMatchObject({ network: 'doubted' });
    // Once the list is right, what the network does not map goes.
    world.site.options = OPTIONS;
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.names).toEqual(['a.example', 'c.example', 'd.example', 'network.example', 'shop.example']);
  });

  it('holds what an event unmapped too, where the same run is asked about a domain that the list lacks', async () => {
    const world = await reconciled();
    world.site.map('shop.example');
    for (const name of ['a.example', 'b.example']) world.site.unmap(name);
    world.site.options = { ...OPTIONS, lists: { ...world.site.lists(), mappings: world.site.mappings.slice(0, 2) } };
    expect(await world.deliver(mapped('shop.example', world.clock), unmapped('a.example', world.clock))).toMatchObject({
      result: {
        done: [{ domain: 'shop.example', action: 'add' }],
        held: [{ domain: 'a.example', code: 'incomplete', reason: expect.stringMatching(/it lacks shop\.example/) }],
      },
    });
    world.clock.advance(1);
    // By itself it is proven: neither the list nor the question has it.
    await world.deliver(unmapped('a.example', world.clock));
    expect(world.standIn.find('a.example')).toBeUndefined();
  });

  it('does not let an approved plan remove what the question finds', async () => {
    const brake = { count: 0, percent: 0 };
    const world = await reconciled(OTHERS, { settings: { brake } });
    world.site.unmap('a.example');
    world.site.unmap('b.example');
    keepLists(world);
    await world.ask({ action: 'reconcile' });
    world.clock.advance(2 * HOUR);
    const { checksum, holds } = await world.ask({ action: 'plan' });
    expect(holds).toMatchObject([{ code: 'brake' }, { code: 'brake' }]);
    world.site.map('b.example');
    expect(await world.ask({ action: 'apply', checksum })).toMatchObject({
      ok: false,
      summary: expect.stringMatching(/is out of date.*it lacks b\.example, but asked by name the network maps it/),
    });
    expect(removals(world)).toBe(0);
    // Its grace begins anew.
    world.site.unmap('b.example');
    expect(await world.ask({ action: 'apply', checksum })).toMatchObject({ ok: false });
    const { checksum: next } = await world.ask({ action: 'plan' });
    expect(await world.ask({ action: 'apply', checksum: next })).toMatchObject({ ok: true, writes: 1 });
    expect(world.standIn.names).toEqual(['b.example', 'c.example', 'd.example', 'network.example']);
  });
});

describe('the question for a name', () => {
  it('is asked only for what would go, and for nothing that the brake holds', async () => {
    const world = await reconciled(shops(20), { settings: { brake: { count: 2, percent: 0 } } });
    world.site.calls.length = 0;
    await world.ask({ action: 'reconcile' });
    for (const name of shops(2)) world.site.unmap(name);
    await world.ask({ action: 'reconcile' });
    expect(questions(world)).toEqual([]);
    world.clock.advance(2 * HOUR);
    await world.ask({ action: 'reconcile' });
    // For a mapping, and for a site with that address.
    expect(questions(world)).toEqual(shops(2).flatMap((name) => [name, `www.${name}`, name, `www.${name}`]));
    expect(removals(world)).toBe(2);
    world.site.calls.length = 0;
    for (const name of shops(8)) world.site.unmap(name);
    for (let run = 0; run < 3; run++) {
      world.clock.advance(2 * DAY);
      await world.ask({ action: 'reconcile' });
    }
    expect(questions(world)).toEqual([]);
    expect(removals(world)).toBe(2);
  });

  it('that has no answer keeps the domain, and says so, until it has one', async () => {
    const world = await reconciled();
    world.site.unmap('a.example');
    await world.ask({ action: 'reconcile' });
    world.clock.advance(2 * HOUR);
    world.site.options = {
      ...OPTIONS,
      spoil: ({ path }) => (path.includes('?domain=') ? { status: 503, body: 'down' } : undefined),
    };
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({
      writes: 0,
      held: [
        {
          domain: 'a.example',
          code: 'incomplete',
          reason: expect.stringMatching(
            /^a\.example is not in the network's list\. Before it goes, this service asks the network for it by name, and has no answer yet \(The network could not be asked: it answered 503, 3 times in a row\..*\)\.$/,
          ),
        },
      ],
    });
    expect(removals(world)).toBe(0);
    world.site.options = OPTIONS;
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({ writes: 1, held: [] });
  });

  it.each<[string, NetworkReply]>([
    ['a firewall that dislikes the name', { status: 403, body: '<html>Blocked</html>' }],
    ['an error of PHP', { status: 500, body: '<html>There has been a critical error</html>' }],
    ['a login page', { status: 302, headers: { location: '/wp-login.php' }, body: '' }],
    ['a page that is not there', { status: 404, body: '<html>Not found</html>' }],
  ])('that %s answers keeps that domain, and no other one', async (_, reply) => {
    const world = await reconciled(shops(10));
    const [first = '', second = ''] = shops(2);
    for (const name of [first, second]) world.site.unmap(name);
    await world.ask({ action: 'reconcile' });
    world.clock.advance(2 * HOUR);
    world.site.options = {
      ...OPTIONS,
      spoil: ({ path }) => (path.includes(`?domain=${first}`) ? reply : undefined),
    };
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({
      done: [{ action: 'remove', domain: second }],
      held: [{ domain: first, code: 'incomplete' }],
    });
  });

  it('is not put where the network answers nothing at all', async () => {
    const world = await reconciled(shops(10));
    for (const name of shops(4)) world.site.unmap(name);
    await world.ask({ action: 'reconcile' });
    world.clock.advance(2 * HOUR);
    let areListsRead = false;
    world.site.options = {
      ...OPTIONS,
      spoil: ({ path }) => {
        areListsRead ||= path.startsWith('/site?page=');
        return areListsRead && /^\/(?:\w+\?domain=|auth)/.test(path) ? { status: 503, body: 'down' } : undefined;
      },
    };
    world.site.calls.length = 0;
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({
      writes: 0,
      held: shops(4).map((domain) => ({ domain, code: 'incomplete', reason: expect.stringMatching(/answered 503/) })),
    });
    // The control question has no answer either.
    expect(new Set(questions(world))).toEqual(new Set(shops(1).flatMap((name) => [name, `www.${name}`])));
  });

  describe('whose answer is dated three hours ago', () => {
    const dated = (world: CachedWorld): MultisiteOptions => ({
      ...OPTIONS,
      spoil: ({ path }, right) => {
        const date = new Date(world.clock.now() - 3 * HOUR).toUTCString();
        return path.includes('?domain=') ? { ...right, headers: { ...right.headers, date } } : undefined;
      },
    });

    it('is no confirmation that the network lacks the domain', async () => {
      const world = await reconciled(shops(10));
      const [first = ''] = shops(1);
      world.site.unmap(first);
      await world.ask({ action: 'reconcile' });
      world.clock.advance(2 * HOUR);
      world.site.options = dated(world);
      expect(await world.ask({ action: 'reconcile' })).toMatchObject({
        writes: 0,
        held: [{ domain: first, code: 'incomplete', reason: expect.stringMatching(/comes from a cache/) }],
      });
      world.site.options = OPTIONS;
      expect(await world.ask({ action: 'reconcile' })).toMatchObject({ writes: 1, held: [] });
    });

    it('does not contradict an event', async () => {
      const world = await reconciled();
      world.site.options = dated(world);
      await world.deliver(mapped('shop.example', world.clock));
      expect(world.standIn.find('shop.example')).toBeDefined();
      await world.deliver(unmapped('shop.example', world.clock));
      expect(world.standIn.find('shop.example')).toBeDefined();
    });
  });

  it('takes half of the time that a run has left, so that what was answered goes in that run', async () => {
    const names = shops(30);
    const world = await reconciled(names);
    for (const name of names.slice(0, 12)) world.site.unmap(name);
    await world.ask({ action: 'reconcile' });
    world.clock.advance(2 * HOUR);
    world.site.options = {
      ...OPTIONS,
      spoil: ({ path }) => {
        if (path.includes('?domain=')) world.clock.advance(10_000);
        return undefined;
      },
    };
    const first = await world.ask({ action: 'reconcile' });
    // 2.5 minutes of five, with four questions of 10 seconds for each.
    expect(removals(world)).toBe(4);
    expect(first['held']).toMatchObject(Array(8).fill({ code: 'incomplete' }));
    for (let run = 0; run < 2; run++) await world.ask({ action: 'reconcile' });
    expect(removals(world)).toBe(12);
  });
});
