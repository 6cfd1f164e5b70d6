/** The doctor on a whole service: what it says of each fault, and that it says nothing of a healthy one. */
import { describe, expect, it } from 'vitest';
import { answer } from '../../../lib/console.ts';
import { DAY, HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';
import { type NetworkReply, StandInMultisite } from '../../../local/stand-in/multisite.ts';
import type { Fault } from '../../../local/stand-in/runcloud.ts';
import { keep } from '../../support/ledger.ts';
import { createWorld, mapped, shops, type TestWorld, unmapped, type WorldOptions } from '../../support/world.ts';

type Check = { readonly name: string; readonly ok: boolean; readonly found: string; readonly what_to_do?: string };
type Patient = TestWorld & { readonly site: StandInMultisite };

const NETWORK = { host: 'network.example', key: 'MARKED-KEY', secret: 'MARKED-SECRET' };

/** A service that is well: a network with a mapping, which RunCloud has. */
async function healthy(options: WorldOptions = {}): Promise<Patient> {
  const site = new StandInMultisite(NETWORK);
  site.map('shop.example');
  site.map('blog.example');
  const world = await createWorld({ network: site, ...options });
  site.options = { ...NETWORK, clock: world.clock };
  await world.ask({ action: 'reconcile' });
  world.clock.advance(MINUTE);
  return Object.assign(world, { site });
}

async function examine(world: TestWorld): Promise<{ ok: boolean; summary: string; checks: Check[] }> {
  const answer = await world.ask({ action: 'doctor' });
  return { ok: answer.ok, summary: answer.summary, checks: answer['checks'] as Check[] };
}

function answering(path: RegExp, fault: Fault): (world: Patient) => void {
  return (world) => {
    world.standIn.options = { ...world.standIn.options, fault: (call) => (path.test(call.path) ? fault : undefined) };
  };
}

function status(code: number): Fault {
  return { kind: 'status', status: code, carriedOut: false };
}

function saying(reply: NetworkReply, path = /./): (world: Patient) => void {
  return ({ site }) => {
    site.options = { ...site.options, spoil: (request) => (path.test(request.path) ? reply : undefined) };
  };
}

describe('the doctor', () => {
  it('finds all well where all is well, and writes nothing', async () => {
    const world = await healthy();
    const before = [await world.ledger.readAll(), await world.ledger.readApplication(), world.standIn.writes.length];
    const { ok, summary, checks } = await examine(world);
    expect(checks.filter((check) => !check.ok)).toEqual([]);
    expect(ok).toBe(true);
    expect(summary).toMatch(/^All \d+ checks are well\.$/);
    expect([await world.ledger.readAll(), await world.ledger.readApplication(), world.standIn.writes.length]).toEqual(
      before,
    );
  });

  it('is content without a network, and recommends one', async () => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    const { ok, checks } = await examine(world);
    expect(ok).toBe(true);
    expect(checks.find(({ name }) => name === 'network')?.found).toMatch(/MULTISITE_URL is not set.*Recommended/);
  });

  const faults: [string, string, RegExp, (world: Patient) => unknown][] = [
    [
      'a token that RunCloud does not accept',
      'runcloud-token',
      /401.*allow-list.*compare the token/s,
      answering(/./, status(401)),
    ],
    ['a plan without the API', 'runcloud-plan', /403.*Business and Enterprise/s, answering(/./, status(403))],
    ['a plan that hides the domains', 'runcloud-plan', /403/, answering(/\/domains/, status(403))],
    [
      'a wrong server id',
      'runcloud-server',
      /no server 7 .*WU_RUNCLOUD_SERVER_ID.*The token shows 7 \(web1\)/s,
      answering(/^\/servers\/7/, status(404)),
    ],
    [
      'an application on another server',
      'runcloud-application',
      /Server 7 has no web application 12 .*That server has 12 \(network\)/s,
      answering(/^\/servers\/7\/webapps\/12/, status(404)),
    ],
    ['a RunCloud that is down', 'runcloud', /answered 500.*outage/s, answering(/./, status(500))],
    [
      'an address that is no API',
      'runcloud',
      /an HTML page.*RUNCLOUD_API_URL/s,
      answering(/./, { kind: 'text', status: 200, contentType: 'text/html', text: '<html>' }),
    ],
    [
      'an address that leads elsewhere',
      'runcloud',
      /redirect/,
      answering(/./, { kind: 'text', status: 302, contentType: 'text/html', text: '' }),
    ],
    [
      'a list of domains that cannot be read',
      'runcloud-domains',
      /documented form/,
      answering(/\/domains/, { kind: 'text', status: 200, contentType: 'application/json', text: '{"data":7}' }),
    ],
    [
      'a request limit that is used up',
      'runcloud-limit',
      /used up until/,
      async (world) => keep(world.ledger, { application: { quietUntil: iso(world.clock.now() + HOUR) } }),
    ],
    [
      'a wrong key of the network',
      'network',
      /MULTISITE_API_KEY.*401.*API & Webhooks/s,
      saying({ status: 401, body: { code: 'rest_forbidden' } }),
    ],
    [
      'a firewall before the network',
      'network',
      /nothing about the key.*user agent/s,
      saying({ status: 403, body: '<html>' }),
    ],
    [
      'another plugin of the network that closes its API',
      'network',
      /401, rest_cannot_access.*not Ultimate Multisite/s,
      saying({ status: 401, body: { code: 'rest_cannot_access' } }),
    ],
    ['a network that redirects', 'network', /redirect.*MULTISITE_URL/s, saying({ status: 301, body: '' })],
    ['a network that shows a page', 'network', /an HTML page/, saying({ body: '<html>' })],
    ['a network without the plugin', 'network', /no REST API.*Ultimate Multisite/s, saying({ status: 404, body: {} })],
    [
      'a list of the network that is cut',
      'network',
      /could not be read whole/,
      saying({ headers: { 'x-wp-total': '3' }, body: [] }, /^\/domain/),
    ],
    [
      'another network under the address',
      'network-lists',
      /is "Other" on network.example since .*was "Net"/,
      ({ site }) => {
        site.options = { ...site.options, label: 'Other' };
        site.unmap('shop.example');
        site.unmap('blog.example');
      },
    ],
    [
      'an empty list',
      'network-lists',
      /has been empty since/,
      ({ site }) => {
        site.unmap('shop.example');
        site.unmap('blog.example');
      },
    ],
    ['a mapping that is no host name', 'network-lists', /"a b" has a space/, ({ site }) => site.map('a b')],
    [
      'a server whose certificates cannot be probed',
      'server-tls',
      /could not be asked.*TLS_PORT/s,
      (world) => {
        Object.assign(world, { tls: world.standInTls });
        world.standInTls.breakDown();
      },
    ],
    [
      'a mode of certificates that RunCloud does not tell',
      'certificates',
      /does not say/,
      async (world) => {
        world.standIn.ssl.options = { ...world.standIn.ssl.options, modeRoute: 'missing' };
        world.clock.advance(2 * HOUR);
        await world.ask({ action: 'reconcile' });
      },
    ],
    [
      "an application without the network's host",
      'network-host',
      /None of the application's domains serves the network's own host.*WU_RUNCLOUD_APP_ID/s,
      ({ standIn }) => {
        standIn.removeByHand('network.example');
        standIn.addByHand('elsewhere.example', { type: 'primary' });
      },
    ],
    [
      'a clock that is ahead',
      'clock',
      /clock of the network is 10 minutes ahead.*NTP/s,
      (world) => {
        const date = new Date(world.clock.now() + 10 * MINUTE).toUTCString();
        world.site.options = { ...NETWORK, spoil: (_, right) => ({ ...right, headers: { ...right.headers, date } }) };
      },
    ],
    ['no reconcile for hours', 'last-reconcile', /3 hours ago.*schedule/s, (world) => world.clock.advance(3 * HOUR)],
    [
      'a lease from a clock that was ahead',
      'lease',
      /2 days from now.*NTP/s,
      async ({ ledger, clock }) =>
        ledger.acquire({ holder: 'ahead', now: clock.now() + 2 * DAY, ttlMs: 2 * MINUTE, pendingAdds: [] }),
    ],
    [
      'a run that ended early',
      'last-reconcile',
      /ended early.*500/s,
      async (world) => {
        answering(/./, status(500))(world);
        await world.ask({ action: 'reconcile' });
        const { fault: _, ...rest } = world.standIn.options;
        world.standIn.options = rest;
      },
    ],
    [
      'removals that the brake holds',
      'held',
      /brake 2.*removals within 24 hours.*apply/s,
      async (world) => {
        const names = shops(5);
        for (const name of names) world.site.map(name);
        await world.ask({ action: 'reconcile' });
        for (const name of names) world.site.unmap(name);
        for (const name of names) await world.deliver(unmapped(name, world.clock));
      },
    ],
    [
      'a domain that RunCloud refuses',
      'failing',
      /1 domain failed.*already been taken.*another application/s,
      async (world) => {
        world.standIn.takenElsewhere.add('taken.example');
        world.site.map('taken.example');
        await world.deliver(mapped('taken.example', world.clock));
      },
    ],
  ];
  it.each(faults)('names %s', async (_what, name, words, seed) => {
    const world = await healthy({ settings: { brake: { count: 3, percent: 20 } }, reconcileEveryMs: 10 * MINUTE });
    await seed(world);
    const { ok, summary, checks } = await examine(world);
    const check = checks.find((each) => each.name === name);
    expect(ok).toBe(false);
    expect(check, summary).toMatchObject({ ok: false });
    expect(`${check?.found} ${check?.what_to_do}`).toMatch(words);
    expect(summary).toContain(name);
    expect(JSON.stringify(checks)).not.toContain('MARKED');
  });

  it('is content with a run of days ago where runs are that rare, or come only when asked', async () => {
    for (const options of [{ reconcileEveryMs: 2 * DAY }, {}]) {
      const world = await healthy(options);
      world.clock.advance(4 * DAY);
      expect((await examine(world)).checks.find(({ name }) => name === 'last-reconcile')).toMatchObject({ ok: true });
    }
  });

  it('is content where a wildcard domain of the application serves the host of the network', async () => {
    const site = new StandInMultisite({ ...NETWORK, host: 'wp.agency.example' });
    const world = await createWorld({ network: site });
    world.standIn.addByHand('*.agency.example');
    await world.ask({ action: 'reconcile' });
    const { checks } = await examine(world);
    expect(checks.find(({ name }) => name === 'network-host')).toMatchObject({
      ok: true,
      found: expect.stringContaining('wp.agency.example'),
    });
  });

  it('asks DNS for the primary domain where the address of the network is no host name', async () => {
    const world = await healthy();
    const asked: string[] = [];
    const dns = {
      ...world.dns,
      addressesOf: async (name: string) => {
        asked.push(name);
        return world.dns.addressesOf(name);
      },
    };
    await answer({ ...world, dns }, { action: 'doctor' }, world.clock.now() + MINUTE);
    expect(asked).toContain('network.example');
    expect(asked).not.toContain('127.0.0.1');
  });

  it('names resolvers that do not answer', async () => {
    const world = await healthy();
    const silent = {
      ...world,
      dns: { ...world.dns, addressesOf: async () => [{ kind: 'could-not-ask' as const, why: 'it is silent' }] },
    };
    const { checks } = (await answer(silent, { action: 'doctor' }, world.clock.now() + MINUTE)) as unknown as {
      checks: Check[];
    };
    expect(checks.find(({ name }) => name === 'dns')).toMatchObject({
      ok: false,
      found: expect.stringMatching(/0 of 1/),
    });
  });

  it.each([
    ['503', status(503), /it answered 503 to GET \/ping, 5 times in a row.*outage/s],
    ['no answer', { kind: 'no-answer', carriedOut: false } as const, /the connection failed/],
    [
      'a page of a firewall',
      { kind: 'text', status: 403, contentType: 'text/html', text: '<html>' } as const,
      /something in between answered GET \/ping with 403/,
    ],
  ])(
    'calls an outage no problem of the credentials, and asks the server all the same (%s)',
    async (_, fault, words) => {
      const world = await healthy();
      answering(/./, fault)(world);
      const { summary, checks } = await examine(world);
      const named = new Map(checks.map((check) => [check.name, check]));
      expect(named.get('runcloud')).toMatchObject({ ok: false, found: expect.stringMatching(/could not be asked/) });
      expect(`${named.get('runcloud')?.found} ${named.get('runcloud')?.what_to_do}`).toMatch(words);
      expect(named.get('runcloud-token')?.found).toBe('This shows once RunCloud answers.');
      expect(named.get('runcloud-domains')?.found).toBe('Not asked: first RunCloud must answer.');
      expect(JSON.stringify(checks)).not.toMatch(/credentials/);
      expect(summary).toMatch(/^1 of \d+ checks found something wrong: runcloud\. \d checks could not be made/);
      expect(named.get('server-tls')).toMatchObject({
        ok: true,
        found: 'The server 203.0.113.10 shows a certificate for network.example.',
      });
    },
  );

  it('asks no server whose address was never known', async () => {
    const world = await createWorld({ runcloud: { fault: () => status(503) } });
    expect((await examine(world)).checks.find(({ name }) => name === 'server-tls')).toMatchObject({
      ok: false,
      found: 'Not asked: first RunCloud must answer.',
    });
  });

  it('names a key that can be guessed', async () => {
    const world = await healthy({ webhook: { isGuessable: true } });
    expect((await examine(world)).checks.find(({ name }) => name === 'webhook-secret')).toMatchObject({ ok: false });
  });

  it('does not ask further where the credentials are refused, and counts that once', async () => {
    const world = await healthy();
    answering(/./, status(401))(world);
    world.standIn.calls.length = 0;
    const { summary, checks } = await examine(world);
    expect(world.standIn.calls).toHaveLength(1);
    expect(checks.find(({ name }) => name === 'runcloud-domains')).toMatchObject({
      ok: false,
      found: 'Not asked: first the credentials must be right.',
    });
    expect(summary).toMatch(/^1 of \d+ checks found something wrong: runcloud-token\. \d checks could not be made/);
  });
});
