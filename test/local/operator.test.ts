/** The operator's page: who gets it, what it says, and what it never lets through. */
import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { answerQuery } from '../../lib/query.ts';
import { systemClock } from '../../lib/util/clock.ts';
import { jsonLog } from '../../lib/util/log.ts';
import { operatorPage } from '../../local/operator.ts';
import { badDay } from '../cli/bad-day.ts';
import { type PagesServer, servePages } from '../support/pages-server.ts';
import { createWorld, mapped, type TestWorld } from '../support/world.ts';

type Got = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
};

/** With headers that `fetch` does not let through. */
async function get(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Got> {
  return new Promise((resolve, reject) => {
    request(url, { method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        body += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    })
      .once('error', reject)
      .end();
  });
}

describe("the operator's page", () => {
  let world: TestWorld;
  let server: PagesServer;
  beforeAll(async () => {
    world = await badDay();
    server = await servePages(world);
  });
  afterAll(async () => server.close());

  it('shows what mrc status shows', async () => {
    const { status, body } = await get(`${server.url}/`);
    expect(status).toBe(200);
    for (const text of ['<b>387</b> live', '<b>11</b> waiting for DNS', 'brake, 90 domains', 'shop-0007.example'])
      expect(body).toContain(text);
    expect(body).toContain(`<code>npx mrc plan --url ${server.url}</code>`);
    expect(body).not.toContain('{&quot;action');
  });

  it('asks neither RunCloud nor DNS, and writes nothing', async () => {
    const before = [world.standIn.calls.length, JSON.stringify(await world.ledger.readApplication())];
    for (const path of ['/', '/?state=all&from=50', '/?domain=shop-0047.example']) await get(server.url + path);
    expect([world.standIn.calls.length, JSON.stringify(await world.ledger.readApplication())]).toEqual(before);
  });

  it.each([
    ['a page of another site', { origin: 'https://evil.example' }],
    ['a page of its own name that was made to point here', { host: 'evil.example' }],
    ['the same with a port', { host: 'evil.example:8787' }],
    ['a proxy', { 'x-forwarded-for': '198.51.100.7' }],
    ['a proxy that says Forwarded', { forwarded: 'for=198.51.100.7' }],
    ['a proxy that says Via', { via: '1.1 proxy' }],
    ['a proxy that says X-Real-IP', { 'x-real-ip': '198.51.100.7' }],
  ])('is not there for %s', async (_, headers) => {
    for (const path of ['/', '/?domain=shop-0047.example', '/?state=odd']) {
      const { status, body } = await get(server.url + path, headers);
      expect([status, body]).toEqual([404, 'not found']);
    }
    expect((await get(`${server.url}/`, headers, 'POST')).status).toBe(404);
  });

  it('is read only', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const { status, headers } = await get(`${server.url}/`, {}, method);
      expect([method, status, headers['allow']]).toEqual([method, 405, 'GET, HEAD']);
    }
    const { status, body, headers } = await get(`${server.url}/`, {}, 'HEAD');
    expect([status, body, headers['content-type']]).toEqual([200, '', 'text/html; charset=utf-8']);
  });

  it.each(['/', '/?domain=shop-0047.example', '/?state=odd'])(
    'lets nothing in that is not its own: %s',
    async (path) => {
      const { headers, body } = await get(server.url + path);
      const policy = String(headers['content-security-policy']);
      expect(policy).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
      expect(headers).toMatchObject({
        'cross-origin-resource-policy': 'same-origin',
        'x-frame-options': 'DENY',
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      });
      expect(headers).not.toHaveProperty('set-cookie');
      expect(body).not.toMatch(/ style="| on[a-z]+="|src="http/);
    },
  );

  it.each([
    ['/?state=odd', /No state is called &quot;odd&quot;\. Known are all, live/],
    ['/?from=-1', /&quot;from&quot; has to be a whole number/],
    ['/?colour=red', /&quot;colour&quot;, which is not known here/],
    ['/?search=a&search=b', /&quot;search&quot; more than once/],
    [`/?search=${'a'.repeat(254)}`, /longer than 253 characters/],
    ['/?domain=co.uk', /The domain is refused/],
    ['/?domain=shop.example&state=all', /One domain has its page by itself/],
    ['/?search=%3Cscript%3Ealert(1)%3C/script%3E&state=%3Cb%3E', /No state is called &quot;&lt;b&gt;&quot;/],
  ])('says what is wrong with the address %s', async (path, why) => {
    const { status, body } = await get(server.url + path);
    expect(status).toBe(400);
    expect(body).toMatch(why);
  });

  it('says that nothing is found, with what was looked for as text', async () => {
    const { status, body } = await get(`${server.url}/?search=%22%3E%3Cscript%3Ealert(1)%3C/script%3E`);
    expect(status).toBe(200);
    expect(body).toContain('No domain is like that.');
    expect(body).toContain('value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"');
    expect(body).not.toContain('<script>alert');
  });

  it('leads back from behind the end of the list', async () => {
    const { body } = await get(`${server.url}/?state=dns&from=100`);
    expect(body).toMatch(/The list ends before that\. <a href="\/\?state=dns">/);
  });

  it('shows a domain of which nothing is known', async () => {
    const { status, body } = await get(`${server.url}/?domain=nothing.example`);
    expect([status, /nothing\.example/.test(body), /not there/.test(body)]).toEqual([200, true, true]);
  });
});

describe("the operator's page of a small network", () => {
  let server: PagesServer | undefined;
  afterEach(async () => server?.close());

  it('says that there is nothing to show before the first run', async () => {
    server = await servePages(await createWorld());
    const { status, body, headers } = await get(`${server.url}/`);
    expect([status, headers['retry-after']]).toEqual([503, '60']);
    expect(body).toMatch(/There is nothing to show yet: no run over all domains has begun/);
  });

  it('says that all is well', async () => {
    const world = await createWorld();
    await world.deliver(mapped('shop.example', world.clock));
    await world.ask({ action: 'reconcile' });
    await world.workOff();
    server = await servePages(world);
    const { body } = await get(`${server.url}/`);
    expect(body).toContain('Nothing needs a person.');
    expect(body).toContain('Every domain of this service is live.');
    expect(body).toMatch(/The last one over all domains/);
  });

  it('shows what RunCloud said as text, whatever it is', async () => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    const { ledger } = world;
    const application = await ledger.readApplication();
    const [run] = application.runs ?? [];
    if (!run) throw new Error('The run is not on record.');
    const why = '<img src=x onerror=alert(1)> {"action":"<script>"}';
    await ledger.acquire({ holder: 'h', now: world.clock.now(), ttlMs: 1_000, pendingAdds: [] });
    await ledger.release('h', [], { application: { runs: [{ ...run, aborted: { why } }] } });
    server = await servePages(world);
    const { body } = await get(`${server.url}/`);
    expect(body).toContain('&lt;img src=x onerror=alert(1)&gt; {&quot;action&quot;:&quot;&lt;script&gt;&quot;}');
    expect(body).not.toContain('<img src=x');
  });

  it('says that the service failed, and logs why', async () => {
    const logged: string[] = [];
    const page = operatorPage({
      ask: async () => {
        throw new Error('disk on fire');
      },
      log: jsonLog(systemClock, (line) => logged.push(line)),
    });
    const { status, body } = await page({ method: 'GET', query: new URLSearchParams(), host: '127.0.0.1:8787' });
    expect(status).toBe(503);
    expect(body).toContain('The service failed. Its log says why.');
    expect(body).not.toContain('disk on fire');
    expect(logged.join()).toContain('disk on fire');
  });

  it('names the commands alone where the service is where mrc looks for it', async () => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    const page = operatorPage({ ask: async (query) => answerQuery(world, query), log: world.log });
    const { body } = await page({
      method: 'GET',
      query: new URLSearchParams({ domain: 'shop.example' }),
      host: '127.0.0.1:8787',
    });
    expect(body).toContain('<code>npx mrc verify shop.example</code>');
  });
});
