/** Customers' pages over HTTP. What the page says stands in test/pages. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CustomerView, customerView } from '../../lib/core/report/customer.ts';
import type { HostName } from '../../lib/core/values/host-name.ts';
import { iso, MINUTE, SECOND } from '../../lib/core/values/time.ts';
import { parseAddress } from '../../lib/intake/address.ts';
import { type PageLimits, pageLimits } from '../../lib/intake/page-limits.ts';
import { type PageDependencies, receivePage } from '../../lib/intake/receive-page.ts';
import { customerToken, expiryAfter } from '../../lib/pages/link.ts';
import { jsonLog } from '../../lib/util/log.ts';
import { object, owned, probeOf, record, SERVER } from '../core/builders.ts';
import { type SimulatedClock, simulatedClock } from '../support/clock.ts';
import { key } from '../support/webhooks.ts';

const SHOP = 'shop.example' as HostName;

function viewOf(domain: HostName, lookedAt: number): CustomerView {
  const probe = { ...probeOf('absent', 'none'), at: iso(lookedAt) };
  return customerView({
    record: record(domain, undefined, { ...owned(), seen: object(domain), probe }),
    server: SERVER,
    held: [],
    subdomains: 'create',
    shared: undefined,
    now: lookedAt,
  });
}

type SetUp = PageDependencies & { readonly clock: SimulatedClock } & {
  readonly asked: string[];
  readonly checks: string[];
  readonly logged: string[];
};

function setUp(more: Partial<PageDependencies> & { readonly publicUrl?: string } = {}): SetUp {
  const clock = simulatedClock();
  const lookedAt = clock.now();
  const [asked, checks, logged]: [string[], string[], string[]] = [[], [], []];
  return {
    open: async () => ({ keys: [key(1)], publicUrl: more.publicUrl }),
    view: async (domain) => {
      asked.push(domain);
      return viewOf(domain, lookedAt);
    },
    check: async (domain) => void checks.push(domain),
    limits: pageLimits(),
    log: jsonLog(clock, (line) => logged.push(line)),
    ...more,
    clock,
    asked,
    checks,
    logged,
  };
}

function tokenFor(deps: SetUp, { by = 1, days = 30, domain = SHOP } = {}): string {
  return customerToken({ domain, expiresAt: expiryAfter(days, deps.clock.now()) }, key(by));
}

const get = async (
  deps: SetUp,
  path: string,
  more: { query?: string; headers?: Record<string, string>; method?: string } = {},
) => receivePage({ method: 'GET', path, headers: {}, body: Buffer.alloc(0), ...more }, deps);
const post = async (deps: SetUp, path: string, more: { query?: string } = {}) =>
  get(deps, path, { method: 'POST', ...more });

describe('a customer\u2019s page', () => {
  it('shows the domain of its link, and asks the ledger for no other', async () => {
    const deps = setUp();
    const { status, body, headers } = await get(deps, `/domains/${tokenFor(deps)}`);
    expect(status).toBe(200);
    expect(body).toContain('shop.example');
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(deps.asked).toEqual([SHOP]);
  });

  it('has the same content behind a base path and with a slash at its end, and its form leads to the right place', async () => {
    const deps = setUp();
    const token = tokenFor(deps);
    expect((await get(deps, `/stage/base/domains/${token}`)).body).toContain(`action="${token}/check?lang=en"`);
    expect((await get(deps, `/domains/${token}/`)).body).toContain('action="check?lang=en"');
  });

  it('speaks the language of the address, else of the browser', async () => {
    const deps = setUp();
    const path = `/domains/${tokenFor(deps)}`;
    expect((await get(deps, path, { query: 'lang=th' })).body).toContain('<html lang="th">');
    expect((await get(deps, path, { headers: { 'accept-language': 'gu, en;q=0.5' } })).body).toContain(
      '<html lang="gu">',
    );
    expect((await get(deps, path, { query: 'lang=xx' })).body).toContain('<html lang="en">');
  });

  it('answers HEAD with the same headers and nothing else', async () => {
    const deps = setUp();
    const path = `/domains/${tokenFor(deps)}`;
    const [whole, head] = [await get(deps, path), await get(deps, path, { method: 'HEAD' })];
    expect(head).toEqual({ ...whole, body: '' });
  });

  it('is reached under PUBLIC_URL where that is set, else as the reader has it', async () => {
    const open = setUp({ publicUrl: 'https://domains.example' });
    const token = tokenFor(open);
    expect((await get(open, `/x/domains/${token}`)).body).toContain(`https://domains.example/domains/${token}`);
    const deps = setUp();
    const seen = async (headers: Record<string, string>) => (await get(deps, `/domains/${token}`, { headers })).body;
    expect(await seen({ host: 'api.example' })).toContain(`https://api.example/domains/${token}`);
    expect(await seen({ host: 'api.example', 'x-forwarded-proto': 'http' })).toContain(
      `http://api.example/domains/${token}`,
    );
    expect(await seen({ host: '127.0.0.1:8787' })).toContain(`http://127.0.0.1:8787/domains/${token}`);
    expect(await seen({})).toContain(`\n/domains/${token}`);
  });

  it('is refused in one and the same way whatever is wrong with the link, and without a look at the ledger', async () => {
    const deps = setUp();
    const token = tokenFor(deps);
    const expired = customerToken({ domain: SHOP, expiresAt: deps.clock.now() }, key(1));
    const wrong = [
      tokenFor(deps, { by: 2 }),
      tokenFor(deps, { by: 2, domain: 'nobody.example' as HostName }),
      expired,
      token.slice(0, -1),
      token.toUpperCase(),
      'shop.example',
      '%00',
    ];
    const answers = await Promise.all(wrong.map(async (each) => get(deps, `/domains/${each}`)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 404 });
    expect(answers[0]?.body).not.toContain('shop.example');
    expect(deps.asked).toEqual([]);
    expect(await post(deps, `/domains/${token.slice(0, -1)}/check`)).toEqual(answers[0]);
    expect(deps.checks).toEqual([]);
  });

  it('is shown by a link of the key that is being replaced, wherever that key is kept', async () => {
    const deps = setUp({
      open: async () => ({ keys: [key(1)], publicUrl: undefined, moreKeys: async () => [key(2)] }),
    });
    expect(await get(deps, `/domains/${tokenFor(deps, { by: 2 })}`)).toMatchObject({ status: 200 });
    expect(await get(deps, `/domains/${tokenFor(deps, { by: 3 })}`)).toMatchObject({ status: 404 });
  });

  it('says that it cannot be shown now where settings or ledger do not answer, and for too many readers', async () => {
    const broken = async () => {
      throw new Error('ledger down');
    };
    const limits: PageLimits = { ...pageLimits(), admitPage: () => false };
    for (const [more, expected] of [
      [{ open: broken }, 503],
      [{ view: broken }, 503],
      [{ limits }, 429],
    ] as const) {
      const deps = setUp(more);
      const { status, headers, body } = await get(deps, `/domains/${tokenFor(deps)}`);
      expect(status).toBe(expected);
      expect(headers['retry-after']).toBe('30');
      expect(body).not.toMatch(/shop\.example|ledger down/);
    }
  });

  it('is shown to whoever has a link while somebody tries out others', async () => {
    const deps = setUp();
    let last = 0;
    for (let guess = 0; guess < 110; guess += 1) last = (await get(deps, `/domains/${guess}`)).status;
    expect(last).toBe(429);
    expect(await get(deps, `/domains/${tokenFor(deps)}`)).toMatchObject({ status: 200 });
  });

  it('has no other addresses below /domains/, so a proxy that lets only those through lets nothing else through', () => {
    expect(parseAddress('/domains/queries')).toEqual({ kind: 'page', token: 'queries' });
    for (const path of [
      '/domains',
      '/domains/a/webhooks',
      '/domains/webhooks/ultimate-multisite/x',
      '/domains/a/b/check',
    ]) {
      expect(parseAddress(path).kind).toMatch(/^(?:elsewhere)$/);
    }
    expect(parseAddress('/base/domains/a/check/')).toEqual({ kind: 'page-check', token: 'a' });
  });

  it('takes no other methods', async () => {
    const deps = setUp();
    const token = tokenFor(deps);
    expect(await post(deps, `/domains/${token}`)).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
    expect(await get(deps, `/domains/${token}/check`)).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    expect(await get(deps, '/elsewhere')).toMatchObject({ status: 404 });
  });

  it('leaves no token in the log', async () => {
    const deps = setUp({
      view: async () => {
        throw new Error('down');
      },
    });
    const token = tokenFor(deps);
    for (const path of [`/domains/${token}`, `/domains/${token}x`]) await get(deps, path);
    await post(deps, `/domains/${token}/check`);
    expect(deps.logged.join()).not.toContain(token.slice(-32));
  });

  it('never throws, and never shows a page for an address that somebody made up', async () => {
    const deps = setUp();
    await fc.assert(
      fc.asyncProperty(
        fc.webPath(),
        fc.webQueryParameters(),
        fc.constantFrom('GET', 'POST', 'HEAD', 'PUT'),
        async (path, query, method) => {
          const { status } = await get(deps, `/domains/${path}`, { query, method });
          expect([404, 405, 429]).toContain(status);
        },
      ),
    );
  });
});

describe('\u201ccheck again\u201d', () => {
  it('asks for one look, and leads back to the page in its language', async () => {
    const deps = setUp();
    const token = tokenFor(deps);
    deps.clock.advance(MINUTE);
    const seconds = deps.clock.now() / SECOND;
    expect(await post(deps, `/base/domains/${token}/check`, { query: 'lang=id' })).toMatchObject({
      status: 303,
      headers: { location: `../${token}?lang=id&asked=${Math.floor(seconds)}` },
      body: '',
    });
    expect((await post(deps, `/domains/${token}/check/`)).headers['location']).toMatch(/^\.\.\/\.\.\/shop\.example/);
    expect(deps.checks).toEqual([SHOP]);
  });

  it('is for once a minute: after a look, and after somebody asked', async () => {
    const deps = setUp();
    const path = `/domains/${tokenFor(deps)}/check`;
    const notice = async () => /&(\w+)=/.exec((await post(deps, path)).headers['location'] ?? '')?.[1];
    expect(await notice()).toBe('wait');
    deps.clock.advance(MINUTE);
    expect(await notice()).toBe('asked');
    deps.clock.advance(MINUTE - SECOND);
    expect(await notice()).toBe('wait');
    deps.clock.advance(SECOND);
    expect(await notice()).toBe('asked');
    expect(deps.checks).toHaveLength(2);
  });

  it('says so where nobody takes the request', async () => {
    const deps = setUp({
      check: async () => {
        throw new Error('no queue');
      },
    });
    deps.clock.advance(MINUTE);
    expect((await post(deps, `/domains/${tokenFor(deps)}/check`)).headers['location']).toContain('&failed=');
  });

  it('is nothing for a domain that is not connected', async () => {
    const view = customerView({
      record: record(SHOP),
      server: SERVER,
      held: [],
      subdomains: 'create',
      shared: undefined,
      now: 0,
    });
    const deps = setUp({ view: async () => view });
    expect((await post(deps, `/domains/${tokenFor(deps)}/check`)).headers['location']).toContain('&wait=');
    expect(deps.checks).toEqual([]);
    expect((await get(deps, `/domains/${tokenFor(deps)}`)).body).not.toContain('<form');
  });

  it('is told on the page until the look is made, or two minutes are over', async () => {
    const deps = setUp();
    const path = `/domains/${tokenFor(deps)}`;
    const looked = deps.clock.now() / SECOND;
    const told = async (query: string) => (await get(deps, path, { query })).body.includes('class="notice"');
    expect(await told(`asked=${looked + 1}`)).toBe(true);
    expect(await told(`asked=${looked}`)).toBe(false);
    expect(await told(`wait=${looked}`)).toBe(true);
    expect(await told(`failed=${looked}`)).toBe(true);
    expect(await told('asked=')).toBe(false);
    expect(await told('asked=x')).toBe(false);
    deps.clock.advance(2 * MINUTE + SECOND);
    expect(await told(`wait=${looked}`)).toBe(false);
    expect(await told(`asked=${looked + 10_000}`)).toBe(false);
  });
});
