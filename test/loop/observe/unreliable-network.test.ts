/** Whatever the network's answers say wrongly, nothing is removed by them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { iso, MINUTE } from '../../../lib/core/values/time.ts';
import { type MultisiteOptions, type NetworkReply, StandInMultisite } from '../../../local/stand-in/multisite.ts';
import { keep } from '../../support/ledger.ts';
import { runsOf } from '../../support/property-runs.ts';
import { createWorld, shops, type TestWorld } from '../../support/world.ts';

const OPTIONS: MultisiteOptions = { host: 'network.example', key: 'key', secret: 'secret' };
const UNLIMITED = { limit: { requests: 1_000_000, retryAfter: true, headers: true } };

/** A world whose network maps these, all of it at rest on RunCloud, and where what is missing has no grace. */
async function reconciled(names: readonly string[]): Promise<TestWorld & { readonly site: StandInMultisite }> {
  const site = new StandInMultisite(OPTIONS);
  for (const name of names) site.map(name);
  const world = await createWorld({ network: site, runcloud: UNLIMITED, settings: { graceMs: 0 } });
  await world.ask({ action: 'reconcile' });
  world.clock.advance(MINUTE);
  return Object.assign(world, { site });
}

describe('a wrong answer of the network', () => {
  const OWNED = 240;
  const bad: Record<string, (rows: Record<string, unknown>[], right: NetworkReply) => NetworkReply> = {
    html: () => ({ body: '<html>Maintenance</html>' }),
    fails: () => ({ status: 500, body: {} }),
    total: (rows, { headers }) => ({ headers: { ...headers, 'x-wp-total': '300' }, body: rows }),
    repeated: (rows, { headers = {} }) => ({ headers, body: [rows[0], ...rows.slice(0, -1)] }),
    disorder: (rows, { headers = {} }) => ({ headers, body: rows.toReversed() }),
    'cut to 10': (rows, { headers = {} }) => ({ headers, body: rows.slice(0, 10) }),
    'cut to none': (_, { headers = {} }) => ({ headers, body: [] }),
    'cut to 100': (_, { headers = {} }) => ({ headers, body: [] }),
    'empty list': () => ({ headers: { 'x-wp-total': '0' }, body: [] }),
    credentials: () => ({ status: 401, body: { code: 'rest_forbidden' } }),
    login: () => ({ status: 302, headers: { location: '/wp-login.php' }, body: '' }),
  };

  it('removes nothing, whichever it is, on whichever page of whichever list, and however often it comes', async () => {
    const names = shops(OWNED);
    const world = await reconciled(names);
    // All of them are gone from the network. A complete list would have them removed, so anything that is believed shows.
    const gone = names.slice(0, 200);
    const place = fc.record({
      what: fc.constantFrom(...Object.keys(bad), 'another network'),
      route: fc.constantFrom('/domain', '/site'),
      page: fc.integer({ min: 1, max: 3 }),
      paging: fc.constantFrom('totals' as const, 'offsets' as const),
      missing: fc.subarray(gone, { minLength: 1, maxLength: 150 }),
    });
    const all = [...world.site.mappings];
    await fc.assert(
      fc.asyncProperty(place, async ({ what, route, page, paging, missing }) => {
        // A total is what one generation has and the other lacks.
        fc.pre(what !== 'total' || paging === 'totals');
        const lacking = new Set(missing);
        world.site.mappings.splice(0, world.site.mappings.length, ...all.filter(({ domain }) => !lacking.has(domain)));
        // A page of a few rows might come through unchanged.
        const isShort = route === '/domain' && world.site.mappings.length - (page - 1) * 100 < 20;
        const isUncut = what === 'cut to 100' && world.site.mappings.length <= 100;
        const spoil = spoilOf(what, isUncut ? '/site' : route, isShort ? 1 : page);
        world.site.options = { ...OPTIONS, paging, spoil };
        world.clock.advance(MINUTE);
        world.standIn.calls.length = 0;
        // A list that stays empty is believed in the end; here each one is the first.
        const { network } = await world.ledger.readApplication();
        if (network)
          await keep(world.ledger, { application: { network: { ...network, emptySince: iso(world.clock.now()) } } });
        await world.ask({ action: 'reconcile' });
        expect(world.standIn.writes.filter(({ method }) => method === 'DELETE')).toEqual([]);
      }),
      runsOf('unreliable network'),
    );
  }, 300_000);

  function spoilOf(what: string, route: string, page: number): NonNullable<MultisiteOptions['spoil']> {
    return ({ path }, right) => {
      if (what === 'another network') {
        if (path.startsWith('/auth')) return { body: { success: true, label: 'Other', message: '' } };
        return path.startsWith('/domain') ? { headers: { 'x-wp-total': '0' }, body: [] } : undefined;
      }
      const url = new URL(path, 'http://network');
      // An empty list is one from its first page on.
      const spoiltPage = what === 'empty list' ? 1 : page;
      const spoiltRoute = what === 'empty list' ? '/domain' : route;
      const offset = Number(url.searchParams.get('offset'));
      const isIt =
        url.pathname === spoiltRoute &&
        (what === 'cut to 100' ? offset > 0 : offset === (spoiltPage - 1) * 100) &&
        url.searchParams.get('order') === 'ASC';
      return isIt ? bad[what]?.(structuredClone(right.body) as Record<string, unknown>[], right) : undefined;
    };
  }
});
