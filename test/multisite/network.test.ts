/** The network's lists, read over HTTP from a stand-in: whole in both generations of paging, or not at all. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostName } from '../../lib/core/values/host-name.ts';
import { HOUR } from '../../lib/core/values/time.ts';
import { NetworkApi } from '../../lib/multisite/api.ts';
import { createNetworkReader, type NetworkReader } from '../../lib/multisite/network.ts';
import { jsonLog } from '../../lib/util/log.ts';
import { Secret } from '../../lib/util/secret.ts';
import { type NetworkReply, StandInMultisite } from '../../local/stand-in/multisite.ts';
import { simulatedClock } from '../support/clock.ts';
import { runsOf } from '../support/property-runs.ts';

const clock = simulatedClock();
let asked = 0;
const newId = (): string => `asked ${asked++}`;
const logged: string[] = [];
const standIn = new StandInMultisite({ host: 'network.example', key: 'MARKED-KEY', secret: 'MARKED-SECRET' });
const right = standIn.options;
let api: NetworkApi;
let reader: NetworkReader;

beforeAll(async () => {
  const url = new URL(await standIn.listen());
  const log = jsonLog(clock, (line) => logged.push(line));
  api = new NetworkApi({ url, key: new Secret(right.key), secret: new Secret(right.secret) }, { clock, log, newId });
  reader = createNetworkReader(api, { deadline: Number.POSITIVE_INFINITY });
  for (let count = 0; count < 250; count++) standIn.map(`shop-${count}.example`);
});
afterAll(async () => {
  await api.close();
  await standIn.close();
});

async function spoilt(spoil: typeof right.spoil, paging: typeof right.paging = 'totals'): Promise<unknown> {
  standIn.options = { ...right, ...(spoil && { spoil }), ...(paging && { paging }) };
  try {
    return await reader.readLists();
  } finally {
    standIn.options = right;
  }
}

/** Spoils the n-th page of a list. */
function onPage(
  route: string,
  page: number,
  spoil: (rows: Record<string, string>[], right: NetworkReply) => NetworkReply,
) {
  return ({ path }: { path: string }, answer: NetworkReply): NetworkReply | undefined => {
    const url = new URL(path, 'http://network');
    const isIt = url.pathname === route && Number(url.searchParams.get('offset')) === (page - 1) * 100;
    return isIt ? spoil(structuredClone(answer.body) as Record<string, string>[], answer) : undefined;
  };
}

describe('the lists', () => {
  it.each([
    ['totals', 3 + 3],
    // Each once more, and one question for its newest row.
    ['offsets', 4 + 3 + 4 + 3],
  ] as const)('are read whole where the plugin pages by %s, with %i requests', async (paging, requests) => {
    standIn.calls.length = 0;
    const lists = (await spoilt(undefined, paging)) as Awaited<ReturnType<NetworkReader['readLists']>>;
    expect(lists.domains).toHaveLength(250);
    expect(lists.sites).toHaveLength(251);
    expect(standIn.calls).toHaveLength(requests);
    expect(lists.domains[0]).toEqual({
      id: 1,
      name: 'shop-0.example',
      siteId: 2,
      isActive: true,
      stage: 'checking-dns',
      isSecure: false,
    });
  });

  it('of 2,500 mappings take 25 requests each, and of exactly one page one', async () => {
    const many = new StandInMultisite(right);
    for (let count = 0; count < 2_500; count++) many.map(`shop-${count}.example`, 1);
    const client = new NetworkApi(
      { url: new URL(await many.listen()), key: new Secret(right.key), secret: new Secret(right.secret) },
      { clock, log: jsonLog(clock, () => {}), newId },
    );
    await createNetworkReader(client, { deadline: Number.POSITIVE_INFINITY }).readLists();
    expect(many.calls).toHaveLength(25 + 1);
    await client.close();
    await many.close();
  });

  it.each(['totals', 'offsets'] as const)(
    'are whole with rows that are not understood, which are counted (%s)',
    async (paging) => {
      const spoil = onPage('/domain', 2, (rows, { headers = {} }) => {
        const odd = [{ ...rows[0], id: 'none', active: 'maybe' }, null, { ...rows[2], stage: null, secure: null }];
        return { headers, body: [...odd, ...rows.slice(3)] };
      });
      const { domains } = (await spoilt(spoil, paging)) as Awaited<ReturnType<NetworkReader['readLists']>>;
      expect(domains).toHaveLength(250);
      expect(domains[100]).toEqual({
        ...{ id: 0, name: 'shop-100.example', siteId: 102, isActive: false, stage: 'checking-dns', isSecure: false },
        unclear: 'its "active" is neither 1 nor 0',
      });
      expect(domains[101]).toEqual({
        ...{ id: 0, name: '', siteId: 0, isActive: false, stage: '', isSecure: false },
        unclear: 'its "domain" is no text',
      });
      expect(domains[102]).toEqual({
        ...{ id: 103, name: 'shop-102.example', siteId: 104, isActive: true, stage: '', isSecure: false },
      });
    },
  );

  it('are asked for with Basic authentication, and the key is in no log', async () => {
    standIn.calls.length = 0;
    await expect(spoilt(() => ({ status: 500, body: 'MARKED' }))).rejects.toMatchObject({ fault: 'unavailable' });
    expect(standIn.calls).toHaveLength(3);
    expect(logged.join()).not.toContain('MARKED');
  });
});

describe('a list that proves nothing', () => {
  const faults: Record<string, { fault: string; spoil: Parameters<typeof onPage>[2] }> = {
    'HTML instead of JSON': { fault: 'unreadable', spoil: () => ({ body: '<html>Maintenance</html>' }) },
    'a page that fails': { fault: 'unavailable', spoil: () => ({ status: 500, body: { code: 'oops' } }) },
    'a total that changes': {
      fault: 'incomplete',
      spoil: (rows, { headers }) => ({ headers: { ...headers, 'x-wp-total': '252' }, body: rows }),
    },
    'repeated rows': {
      fault: 'incomplete',
      spoil: (rows, { headers }) => ({ headers: headers ?? {}, body: [rows[0], ...rows.slice(0, -1)] }),
    },
    'ids out of order': {
      fault: 'incomplete',
      spoil: (rows, { headers }) => ({ headers: headers ?? {}, body: rows.toReversed() }),
    },
    'a list cut to 10 rows': {
      fault: 'incomplete',
      spoil: (rows, { headers }) => ({ headers: headers ?? {}, body: rows.slice(0, 10) }),
    },
    'a row missing': {
      fault: 'incomplete',
      spoil: (rows, { headers }) => ({ headers: headers ?? {}, body: rows.slice(1) }),
    },
    'an empty page': { fault: 'incomplete', spoil: (_, { headers }) => ({ headers: headers ?? {}, body: [] }) },
    'wrong credentials': { fault: 'unauthorized', spoil: () => ({ status: 401, body: { code: 'rest_forbidden' } }) },
    'a redirect to a login page': {
      fault: 'redirected',
      spoil: () => ({ status: 302, headers: { location: 'https://network.example/wp-login.php' }, body: '' }),
    },
    'no such route': { fault: 'no-api', spoil: () => ({ status: 404, body: { code: 'rest_no_route' } }) },
    'an error of PHP before the JSON': {
      fault: 'unreadable',
      spoil: (rows) => ({ body: `<br />Warning ${JSON.stringify(rows)}` }),
    },
    'an object instead of a list': { fault: 'unreadable', spoil: () => ({ body: { data: [] } }) },
  };

  it('has any of these faults on any of its pages, whichever list it is', async () => {
    const place = fc.record({
      name: fc.constantFrom(...Object.keys(faults)),
      route: fc.constantFrom('/domain', '/site'),
      page: fc.integer({ min: 1, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(place, async ({ name, route, page }) => {
        const { fault, spoil } = faults[name] as (typeof faults)[string];
        await expect(spoilt(onPage(route, page, spoil))).rejects.toMatchObject({ name: 'NetworkError', fault });
      }),
      runsOf('bad page'),
    );
  });

  it.each([
    ['cut to 10 rows a page', (rows: unknown[]) => rows.slice(0, 10)],
    ['cut to 100 rows in all', (rows: unknown[], offset: number) => (offset === 0 ? rows : [])],
    ['the same page for every offset', () => standInRows(0)],
    ['a last row that comes and goes', (rows: unknown[]) => (rows.length < 100 ? rows.slice(0, -1) : rows)],
  ])('without totals: %s', async (name, change) => {
    let turn = 0;
    const spoil = ({ path }: { path: string }, { body }: NetworkReply): NetworkReply | undefined => {
      if (!path.startsWith('/domain')) return undefined;
      turn += 1;
      if (name.startsWith('a last row') && turn < 5) return undefined;
      return { body: change(body as unknown[], Number(new URL(path, 'http://network').searchParams.get('offset'))) };
    };
    await expect(spoilt(spoil, 'offsets')).rejects.toMatchObject({ fault: 'incomplete' });
  });

  function standInRows(offset: number): unknown[] {
    return standIn.mappings.slice(offset, offset + 100).map(({ id, domain }) => {
      return { id, domain, blog_id: 2, active: 1, stage: 'done', secure: 1 };
    });
  }

  it('is one that is not there, or not in time', async () => {
    const late = createNetworkReader(api, { deadline: clock.now() - 1 });
    await expect(late.readLists()).rejects.toMatchObject({ fault: 'no-time-left' });
    const nobody = new NetworkApi(
      { url: new URL('http://127.0.0.1:9'), key: new Secret('k'), secret: new Secret('s') },
      { clock, log: jsonLog(clock, () => {}), newId },
    );
    const before = clock.now();
    await expect(createNetworkReader(nobody, { deadline: before + HOUR }).authenticate()).rejects.toMatchObject({
      fault: 'unavailable',
    });
    await nobody.close();
  });
});

describe('one question', () => {
  const shop = 'shop-7.example' as HostName;
  const answering = async <T>(spoil: typeof right.spoil, work: () => Promise<T>): Promise<T> => {
    standIn.options = { ...right, ...(spoil && { spoil }) };
    try {
      return await work();
    } finally {
      standIn.options = right;
    }
  };

  it('finds the rows of a domain, and their site', async () => {
    const rows = await reader.findDomains(shop);
    expect(rows.map(({ name }) => name)).toEqual(['shop-7.example']);
    expect(await reader.findSite(rows[0]?.siteId ?? 0)).toMatchObject({ isGone: false });
    expect(await reader.findSite(9_999)).toBeUndefined();
    expect(await reader.authenticate()).toMatchObject({ label: 'Net', clockAheadMs: expect.any(Number) });
  });

  it('finds a domain however the network spells it', async () => {
    standIn.map('käse.example', 1);
    standIn.map('www.xn--bcher-kva.example', 1);
    expect((await reader.findDomains('xn--kse-qla.example' as HostName)).map(({ name }) => name)).toEqual([
      'käse.example',
    ]);
    expect(await reader.findDomains('xn--bcher-kva.example' as HostName)).toHaveLength(1);
    for (const name of ['käse.example', 'www.xn--bcher-kva.example']) standIn.unmap(name);
  });

  it('takes the answer about another site for none', async () => {
    const spoil = ({ path }: { path: string }, { body }: NetworkReply): NetworkReply | undefined =>
      path.startsWith('/site/2') ? { body: { ...(body as object), blog_id: '1' } } : undefined;
    await expect(answering(spoil, async () => reader.findSite(2))).rejects.toMatchObject({
      fault: 'incomplete',
      message: "The network's list /site could not be read whole: asked for site 2, it answered with site 1.",
    });
  });

  it('finds the site that has a subdomain of the network for its address, deleted or not', async () => {
    const blog = standIn.addSite('blog.network.example');
    const host = 'blog.network.example' as HostName;
    standIn.calls.length = 0;
    expect(await reader.findSites(host)).toEqual([{ id: blog.id, host, isGone: false }]);
    blog.state = 'deleted';
    expect(await reader.findSites(host)).toEqual([{ id: blog.id, host, isGone: true }]);
    standIn.sites.pop();
    expect(await reader.findSites(host)).toEqual([]);
    expect(standIn.calls[0]?.path).toMatch(/^\/site\?domain=blog\.network\.example&/);
    const ignoring = { ...right, filters: 'ignored' as const };
    standIn.options = ignoring;
    await expect(reader.findSites(host)).rejects.toMatchObject({ fault: 'incomplete' });
    standIn.options = right;
  });

  it('and every other reading goes to an address that was never asked before, each attempt of it too', async () => {
    standIn.calls.length = 0;
    await reader.authenticate();
    await reader.findDomains(shop);
    await reader.findDomains(shop);
    await reader.findSite(2);
    await spoilt(undefined, 'offsets');
    await expect(spoilt(() => ({ status: 500, body: '' }))).rejects.toMatchObject({ fault: 'unavailable' });
    const addresses = standIn.calls.map(({ path }) => path);
    expect(new Set(addresses).size).toBe(addresses.length);
    for (const address of addresses) expect(address).toMatch(/[?&]mrc_asked=asked%20\d+$/);
    const withoutValue = addresses.map((address) => address.replace(/.mrc_asked=.*/, ''));
    expect(new Set(withoutValue).size).toBeLessThan(addresses.length);
  });

  it('takes no other row for an answer, where the network ignores the filter', async () => {
    const spoil = ({ path }: { path: string }, { body }: NetworkReply): NetworkReply | undefined =>
      path.startsWith('/domain?domain=') ? { body: [domainRowOf(body)] } : undefined;
    await expect(answering(spoil, async () => reader.findDomains(shop))).rejects.toMatchObject({ fault: 'incomplete' });
  });

  function domainRowOf(_: unknown): object {
    return { id: 1, domain: 'shop-0.example', blog_id: 2, active: 1, stage: 'done', secure: 1 };
  }

  it('takes a page that was not found for no word on a site', async () => {
    const spoil = ({ path }: { path: string }): NetworkReply | undefined =>
      path.startsWith('/site/') ? { status: 404, body: '<html>Not found</html>' } : undefined;
    await expect(answering(spoil, async () => reader.findSite(2))).rejects.toMatchObject({ fault: 'no-api' });
  });

  it('believes no cache, whether it says how old its answer is or shows it by the date', async () => {
    const aged = (_: unknown, answer: NetworkReply): NetworkReply => ({
      ...answer,
      headers: { ...answer.headers, age: '301' },
    });
    await expect(answering(aged, async () => reader.findDomains(shop))).rejects.toMatchObject({ fault: 'incomplete' });
    const dated = ({ path }: { path: string }, answer: NetworkReply): NetworkReply => {
      const date = new Date(Date.now() - (path.startsWith('/auth') ? 0 : 6 * 60_000)).toUTCString();
      return { ...answer, headers: { ...answer.headers, date } };
    };
    const late = createNetworkReader(api, { deadline: Number.POSITIVE_INFINITY });
    await answering(dated, async () => {
      await late.authenticate();
      await expect(late.readLists()).rejects.toMatchObject({ fault: 'incomplete' });
    });
  });
});
