/** The stand-in for the network answers as the plugin does, version 2.9.2 on WordPress 6.8 and 7.1. */
import { describe, expect, it } from 'vitest';
import { StandInMultisite } from '../../local/stand-in/multisite.ts';

const OPTIONS = { host: 'network.example', key: 'key', secret: 'secret' };
const authorization = `Basic ${Buffer.from('key:secret').toString('base64')}`;

type Reply = { readonly status: number; readonly body: unknown; readonly headers: Record<string, unknown> };

async function send(
  site: StandInMultisite,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  sent?: object,
): Promise<Reply> {
  const { statusCode, body, headers } = await site.dispatcher().request({
    origin: 'http://network.example',
    method,
    path: `/wp-json/wu/v2${path}`,
    headers: { authorization },
    body: sent ? JSON.stringify(sent) : null,
  });
  return { status: statusCode, body: await body.json(), headers };
}

describe('a domain that is made over the API', () => {
  it('is answered with numbers and booleans, and listed with texts', async () => {
    const site = new StandInMultisite(OPTIONS);
    const made = await send(site, 'POST', '/domain', { domain: 'shop.example', blog_id: 1 });
    expect(made).toMatchObject({ status: 200, body: { id: 1, blog_id: 1, active: true, secure: false } });
    const { body } = await send(site, 'GET', '/domain');
    expect(body).toMatchObject([{ id: '1', blog_id: '1', active: '1', secure: '0', primary_domain: '0' }]);
  });

  it.each(['käse.example', 'my_shop.example', '*.shop.example', 'shop.xn--p1ai', 'shop', 'shop.example:8080'])(
    'is refused with 500 where its name does not fit the pattern: %s',
    async (domain) => {
      const site = new StandInMultisite(OPTIONS);
      expect(await send(site, 'POST', '/domain', { domain, blog_id: 1 })).toMatchObject({
        status: 500,
        body: { code: 'domain', message: expect.stringContaining('is not valid') },
      });
      expect(site.mappings).toEqual([]);
      // A row that was made in another way cannot be changed either.
      site.map(domain);
      expect(await send(site, 'PUT', '/domain/1', { stage: 'done' })).toMatchObject({ status: 500 });
    },
  );

  it('is refused with 500 where its name is taken', async () => {
    const site = new StandInMultisite(OPTIONS);
    site.map('shop.example');
    const refused = { status: 500, body: { code: 'domain', message: expect.stringContaining('has been used') } };
    expect(await send(site, 'POST', '/domain', { domain: 'shop.example', blog_id: 1 })).toMatchObject(refused);
    site.map('other.example');
    expect(await send(site, 'PUT', '/domain/2', { domain: 'shop.example' })).toMatchObject(refused);
  });
});

describe('a domain that is set to done', () => {
  it('becomes the address of its site, and takes it from a subdomain of the network', async () => {
    const site = new StandInMultisite(OPTIONS);
    const { id } = site.addSite('blog.network.example');
    const own = site.map('blog.network.example', id);
    own.primary = true;
    const shop = site.map('shop.example', id);
    const elsewhere = site.map('elsewhere.example');
    elsewhere.primary = true;
    await send(site, 'PUT', `/domain/${shop.id}`, { stage: 'done', secure: true });
    expect([own, shop, elsewhere].map(({ primary }) => primary)).toEqual([false, true, true]);
    // Another domain of the customer does not take it away again.
    const second = site.map('second.example', id);
    await send(site, 'PUT', `/domain/${second.id}`, { stage: 'done' });
    expect([shop, second].map(({ primary }) => primary)).toEqual([true, false]);
  });

  it('and is that already, is answered with 500 and Code 2', async () => {
    const site = new StandInMultisite(OPTIONS);
    Object.assign(site.map('shop.example'), { stage: 'done', secure: true });
    expect(await send(site, 'PUT', '/domain/1', { stage: 'done', secure: true })).toMatchObject({
      status: 500,
      body: { code: 'wu_rest_domain', message: 'Something went wrong (Code 2).' },
    });
  });

  it('is answered with 401 where nobody may change anything', async () => {
    const site = new StandInMultisite({ ...OPTIONS, changes: 'forbidden' });
    site.map('shop.example');
    expect(await send(site, 'PUT', '/domain/1', { stage: 'done' })).toMatchObject({
      status: 401,
      body: { code: 'rest_forbidden' },
    });
  });
});

describe('the list of sites', () => {
  it('has numbers for ids since 2.9 and texts before, and is filtered by address', async () => {
    const site = new StandInMultisite(OPTIONS);
    site.addSite('blog.network.example');
    const path = '/site?domain=blog.network.example&mrc_asked=1';
    expect(await send(site, 'GET', path)).toMatchObject({
      body: [{ id: 2, blog_id: 2, domain: 'blog.network.example' }],
      headers: { 'x-wp-total': '1' },
    });
    site.options = { ...OPTIONS, ids: 'texts' };
    expect(await send(site, 'GET', path)).toMatchObject({ body: [{ id: '2', blog_id: '2' }] });
  });
});
