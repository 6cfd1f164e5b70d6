/** Certificates, end to end: the real loop against stand-ins for RunCloud, Let's Encrypt, DNS and TLS, under a clock of its own. */
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../../lib/core/values/time.ts';
import { StandInRunCloud } from '../../../local/stand-in/runcloud.ts';
import { createWorld, mapped, shops, type TestWorld, type WorldOptions } from '../../support/world.ts';

const SERVER = StandInRunCloud.address;
const ELSEWHERE = '198.51.100.1';
const UNLIMITED = { limit: { requests: 1_000_000, retryAfter: true, headers: true } };

type Row = { domain: string; mapping: string; dns: string; certificate: string; next: string; reason?: string };

async function watched(options: WorldOptions = {}): Promise<TestWorld> {
  const world = await createWorld({
    probes: 'stand-ins',
    ...options,
    runcloud: { ...UNLIMITED, ...options.runcloud },
    settings: { www: 'never', ...options.settings },
  });
  world.standInDns.point('network.example', SERVER);
  await world.ask({ action: 'reconcile' });
  return world;
}

async function rowOf(world: TestWorld, domain: string): Promise<Row | undefined> {
  return ((await world.ask({ action: 'status' }))['domains'] as Row[]).find((row) => row.domain === domain);
}

/** Requests that may have become orders. */
function requests(world: TestWorld): string[] {
  return world.standIn.calls
    .filter(({ method, path }) => (method === 'POST' || method === 'PUT') && path.includes('/ssl'))
    .map(({ method }) => method);
}

async function reconcileFor(world: TestWorld, forMs: number, everyMs = 10 * MINUTE): Promise<void> {
  for (let passed = 0; passed < forMs; passed += everyMs) {
    world.clock.advance(everyMs);
    await world.ask({ action: 'reconcile' });
  }
}

describe('in advanced mode', () => {
  it('a domain that points here gets its certificate a minute after it was added, with one request', async () => {
    const world = await watched();
    world.standInDns.point('shop.example', SERVER);
    await world.deliver(mapped('shop.example', world.clock));
    expect(requests(world)).toEqual([]);
    await world.workOff();
    expect(requests(world)).toEqual(['POST']);
    expect(world.standIn.certificateFor('shop.example')?.names).toEqual(['shop.example']);
    await world.ask({ action: 'reconcile' });
    expect(await rowOf(world, 'shop.example')).toMatchObject({
      dns: 'pointing',
      certificate: 'valid',
      next: 'nothing to do',
    });
    await reconcileFor(world, DAY, HOUR);
    expect(requests(world)).toEqual(['POST']);
  });

  it('one that points here costs RunCloud three calls: its add, a look at the mode, and the request', async () => {
    const world = await watched();
    world.standInDns.point('shop.example', SERVER);
    world.standIn.calls.length = 0;
    await world.deliver(mapped('shop.example', world.clock));
    await world.workOff();
    const app = '/servers/7/webapps/12';
    expect(world.standIn.calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `POST ${app}/domains`,
      `GET ${app}/ssl/advanced`,
      `POST ${app}/domains/${world.standIn.find('shop.example')?.id}/ssl`,
    ]);
  });

  it('one that was asked for in vain has RunCloud asked what is installed before it is asked for again', async () => {
    const world = await watched();
    Object.assign(world.authority, { whyInvalid: () => '203.0.113.10: Invalid response: 404' });
    world.standInDns.point('shop.example', SERVER);
    await world.deliver(mapped('shop.example', world.clock));
    const looks = () =>
      world.standIn.calls.filter(({ method, path }) => method === 'GET' && /domains\/\d+\/ssl$/.test(path));
    world.clock.advance(MINUTE);
    await world.ask({ action: 'reconcile' });
    expect([requests(world), looks().length]).toEqual([['POST'], 0]);
    // Meanwhile somebody installs one by hand.
    const times = { notBefore: world.clock.now(), notAfter: world.clock.now() + 60 * DAY };
    world.standIn.ssl.installByHand({ names: ['shop.example'], ...times, isStaging: true }, 'shop.example');
    await reconcileFor(world, 20 * MINUTE);
    expect([requests(world), looks().length]).toEqual([['POST'], 1]);
    expect(world.standIn.certificateFor('shop.example')).toMatchObject({ isStaging: true });
  });

  it('one that does not is told what to set, costs no request, and gets its certificate when DNS comes', async () => {
    const world = await watched();
    await world.deliver(mapped('shop.example', world.clock));
    await world.workOff();
    expect(await rowOf(world, 'shop.example')).toMatchObject({
      mapping: 'on RunCloud',
      dns: 'pending',
      certificate: 'waiting',
      next: `held: Set A shop.example → ${SERVER}.`,
      reason: expect.stringMatching(/does not resolve/),
    });
    world.standInDns.point('shop.example', ELSEWHERE);
    await reconcileFor(world, 2 * HOUR);
    expect((await rowOf(world, 'shop.example'))?.reason).toBe(
      `shop.example points to ${ELSEWHERE}, and the server is ${SERVER}.`,
    );
    expect(requests(world)).toEqual([]);
    world.standInDns.point('shop.example', SERVER);
    await reconcileFor(world, 20 * MINUTE);
    expect(requests(world)).toEqual(['POST']);
    expect(await rowOf(world, 'shop.example')).toMatchObject({ certificate: 'valid' });
  });

  it('one whose DNS moves away is said to have moved, and its certificate is not asked for again', async () => {
    const world = await watched({ runcloud: { ssl: { renewal: 'by-itself' } } });
    world.standInDns.point('shop.example', SERVER);
    await world.deliver(mapped('shop.example', world.clock));
    await world.workOff();
    await reconcileFor(world, DAY, 6 * HOUR);
    world.standInDns.point('shop.example', ELSEWHERE);
    await reconcileFor(world, 95 * DAY, 6 * HOUR);
    expect(await rowOf(world, 'shop.example')).toMatchObject({
      dns: 'moved away',
      certificate: 'waiting',
      reason: expect.stringMatching(/pointed here until .* and does not any more/),
    });
    expect(requests(world)).toEqual(['POST']);
    // Who left is no reason for an alarm.
    expect(world.measured.at(-1)).toMatchObject({ CertificatesFailed: 0, CertificatesExpiring: 0 });
  });

  it('asks again after ten minutes, a hundred minutes, and a day, and says what RunCloud said', async () => {
    const world = await watched();
    world.standInDns.point('shop.example', SERVER);
    // Let's Encrypt sees something else than public DNS shows here.
    Object.assign(world.authority, { whyInvalid: () => '203.0.113.10: Invalid response: 404' });
    await world.deliver(mapped('shop.example', world.clock));
    await world.workOff();
    expect(await rowOf(world, 'shop.example')).toMatchObject({
      certificate: 'failed',
      reason: expect.stringMatching(/asked for it 2 times, .*RunCloud answered: status 422: .*Invalid response: 404/),
    });
    await reconcileFor(world, 2 * DAY, MINUTE);
    const times = world.authority.orders.map(({ at }) =>
      Math.round((at - (world.authority.orders[0]?.at ?? 0)) / MINUTE),
    );
    expect(times).toEqual([0, 10, 110, 110 + 24 * 60]);
  }, 60_000);

  it.each(['refusal', 'errors', 'server-error', 'silence'] as const)(
    'survives every way in which a failure may show: %s',
    async (failure) => {
      const world = await watched({ runcloud: { ssl: { failure } } });
      world.standInDns.point('shop.example', SERVER);
      Object.assign(world.authority, { whyInvalid: () => 'Invalid response: 404' });
      await world.deliver(mapped('shop.example', world.clock));
      await world.workOff();
      await reconcileFor(world, 3 * HOUR);
      expect(world.authority.orders).toHaveLength(3);
      expect(await rowOf(world, 'shop.example')).toMatchObject({
        certificate: expect.stringMatching(/failed|requested/),
      });
      Reflect.deleteProperty(world.authority, 'whyInvalid');
      await reconcileFor(world, DAY, HOUR);
      expect(await rowOf(world, 'shop.example')).toMatchObject({ certificate: 'valid' });
    },
  );

  it.each([
    { acceptedBody: 'certificate', acceptedStatus: 201 },
    { acceptedBody: 'empty-object', notInstalledStatus: 404 },
    { acceptedBody: 'empty-text', notInstalledStatus: 400 },
    { notInstalledStatus: 422, modeRoute: 'numbers' },
    { issueAfterMs: 5 * MINUTE, notInstalledStatus: 200 },
  ] as const)('gets its certificate with one request whatever RunCloud answers: %j', async (ssl) => {
    const world = await watched({ runcloud: { ssl } });
    world.standInDns.point('shop.example', SERVER);
    await world.deliver(mapped('shop.example', world.clock));
    await world.workOff();
    await reconcileFor(world, HOUR);
    expect(requests(world)).toEqual(['POST']);
    expect(await rowOf(world, 'shop.example')).toMatchObject({ certificate: 'valid' });
  });

  it('waits until the moment that Let’s Encrypt names', async () => {
    const world = await watched();
    world.standInDns.point('shop.example', SERVER);
    // Somebody else spent what there is for this set of names.
    for (let spent = 0; spent < 5; spent++) world.authority.order(['shop.example'], 'somebody else');
    const before = world.authority.orders.length;
    await world.deliver(mapped('shop.example', world.clock));
    await world.workOff();
    await reconcileFor(world, 20 * HOUR, 10 * MINUTE);
    expect(world.authority.orders).toHaveLength(before + 1);
    expect((await rowOf(world, 'shop.example'))?.reason).toMatch(/exact set.*retry after 2026-/);
    await reconcileFor(world, 20 * HOUR, HOUR);
    expect(await rowOf(world, 'shop.example')).toMatchObject({ certificate: 'valid' });
  });

  it('renews what RunCloud does not, a day after it should have, and reports it meanwhile', async () => {
    const world = await watched({ runcloud: { ssl: { renewal: 'never' } } });
    world.standInDns.point('shop.example', SERVER);
    await world.deliver(mapped('shop.example', world.clock));
    await world.workOff();
    await reconcileFor(world, 60 * DAY + 2 * HOUR, 6 * HOUR);
    expect(await rowOf(world, 'shop.example')).toMatchObject({ certificate: 'expiring' });
    expect(requests(world)).toEqual(['POST']);
    await reconcileFor(world, DAY + 12 * HOUR, 6 * HOUR);
    expect(requests(world)).toEqual(['POST', 'PUT']);
    expect(world.measured.map((metrics) => metrics.CertificatesExpiring)).toContain(1);
    await reconcileFor(world, DAY, 6 * HOUR);
    expect(await rowOf(world, 'shop.example')).toMatchObject({ certificate: 'valid' });
    expect(world.measured.at(-1)?.CertificatesExpiring).toBe(0);
  });

  it('leaves renewing to RunCloud where it does', async () => {
    const world = await watched({ runcloud: { ssl: { renewal: 'by-itself' } } });
    world.standInDns.point('shop.example', SERVER);
    await world.deliver(mapped('shop.example', world.clock));
    await world.workOff();
    await reconcileFor(world, 200 * DAY, 6 * HOUR);
    expect(requests(world)).toEqual(['POST']);
    expect(await rowOf(world, 'shop.example')).toMatchObject({ certificate: 'valid' });
  }, 60_000);

  it('does not touch a certificate that somebody brought along, nor one of a domain that is not ours', async () => {
    const world = await watched();
    for (const name of ['own.example', 'foreign.example']) world.standInDns.point(name, SERVER);
    world.standIn.addByHand('foreign.example');
    await world.deliver(mapped('own.example', world.clock), mapped('foreign.example', world.clock));
    const expired = { notBefore: world.clock.now() - 90 * DAY, notAfter: world.clock.now() - DAY, isStaging: false };
    world.standIn.ssl.installByHand({ names: ['own.example'], ...expired }, 'own.example');
    await world.workOff();
    await reconcileFor(world, HOUR);
    const orders = world.authority.orders.flatMap(({ names }) => names);
    expect(orders).not.toContain('foreign.example');
    expect(await rowOf(world, 'foreign.example')).toMatchObject({
      dns: 'pointing',
      certificate: 'none',
      next: 'stays as it is',
    });
  });

  it('keeps adding domains where certificates are not to be had', async () => {
    const world = await watched({
      runcloud: {
        fault: ({ path }) =>
          path.includes('/ssl/') || path.endsWith('/ssl')
            ? { kind: 'status', status: 403, carriedOut: false }
            : undefined,
      },
    });
    for (const name of ['a.example', 'b.example']) world.standInDns.point(name, SERVER);
    await world.deliver(mapped('a.example', world.clock), mapped('b.example', world.clock));
    await world.workOff();
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({
      ok: false,
      failed: [],
      summary: expect.stringMatching(/^A person is needed for 2 domains: no-mode 2\./),
    });
    expect(world.standIn.names).toEqual(['a.example', 'b.example', 'network.example']);
    expect((await rowOf(world, 'a.example'))?.reason).toMatch(/does not say how it keeps/);
  });
});

describe('www', () => {
  it('comes when its DNS comes, with a new certificate, and goes when it would spoil one', async () => {
    const world = await watched({ settings: { www: 'auto' }, runcloud: { ssl: { renewal: 'never' } } });
    world.standInDns.point('shop.example', SERVER);
    await world.deliver(mapped('shop.example', world.clock));
    await world.workOff();
    expect(world.standIn.find('shop.example')?.www).toBe(false);
    world.standInDns.set('www.shop.example', { ipv4: [SERVER], cname: 'shop.example' });
    await reconcileFor(world, 7 * HOUR, 30 * MINUTE);
    expect(world.standIn.find('shop.example')).toMatchObject({ www: true, redirection: 'non-www' });
    expect(world.standIn.certificateFor('www.shop.example')?.names).toEqual(['shop.example', 'www.shop.example']);
    world.standInDns.forget('www.shop.example');
    await reconcileFor(world, 2 * DAY, 6 * HOUR);
    // As long as the certificate holds it does no harm.
    expect(world.standIn.find('shop.example')?.www).toBe(true);
    await reconcileFor(world, 70 * DAY, 6 * HOUR);
    expect(world.standIn.find('shop.example')).toMatchObject({ www: false, redirection: 'none' });
    expect(await rowOf(world, 'shop.example')).toMatchObject({ certificate: 'valid' });
    expect(world.authority.orders.every(({ answer }) => answer.kind === 'issued')).toBe(true);
  }, 60_000);
});

describe('with AutoSSL', () => {
  it.each([
    ['at-once', 0],
    ['when-pointing', 0],
    ['never', 1],
  ] as const)(
    'that asks %s, is asked %i times: only when it has pointed here for an hour',
    async (autoIssue, count) => {
      const world = await watched({ runcloud: { ssl: { mode: 'auto-ssl', autoIssue, autoIssueAfterMs: 5 * MINUTE } } });
      world.standInDns.point('shop.example', SERVER);
      await world.deliver(mapped('shop.example', world.clock));
      await world.workOff();
      await reconcileFor(world, 50 * MINUTE);
      expect(requests(world)).toHaveLength(0);
      await reconcileFor(world, HOUR);
      expect(requests(world)).toHaveLength(count);
      expect(await rowOf(world, 'shop.example')).toMatchObject({ certificate: 'valid' });
    },
  );
});

describe('in basic mode', () => {
  const BASIC = { runcloud: { ssl: { mode: 'basic' as const, renewal: 'never' as const } } };

  it('60 domains that are mapped within a minute share two redeploys at most, and one that does not point is held alone', async () => {
    const world = await watched(BASIC);
    const names = shops(60);
    for (const name of names.slice(1)) world.standInDns.point(name, SERVER);
    for (const name of names) {
      world.clock.advance(950);
      await world.deliver(mapped(name, world.clock));
      if (name === names[30]) await world.ask({ action: 'reconcile' });
    }
    await world.workOff();
    await reconcileFor(world, HOUR, 5 * MINUTE);
    expect(world.standIn.names).toEqual(['network.example', ...names.slice(1)].sort());
    expect(requests(world).length).toBeLessThanOrEqual(2);
    for (const name of names.slice(1)) expect(world.standIn.certificateFor(name)?.names).toContain(name);
    expect(await rowOf(world, names[0] ?? '')).toMatchObject({
      mapping: 'not on RunCloud',
      dns: 'pending',
      reason: expect.stringMatching(/does not resolve.*added once it points here/),
    });
    world.standInDns.point(names[0] ?? '', SERVER);
    await reconcileFor(world, HOUR, 10 * MINUTE);
    expect(world.standIn.certificateFor(names[0] ?? '')?.names).toHaveLength(61);
    expect(world.authority.orders.every(({ answer }) => answer.kind === 'issued')).toBe(true);
  });

  it('is not redeployed with a name that would spoil it, and says which', async () => {
    const world = await watched(BASIC);
    world.standIn.addByHand('old.example');
    world.standInDns.point('old.example', ELSEWHERE);
    world.standInDns.point('shop.example', SERVER);
    await world.ask({ action: 'reconcile' });
    await world.deliver(mapped('shop.example', world.clock));
    await reconcileFor(world, 2 * HOUR);
    expect(requests(world)).toEqual([]);
    expect((await rowOf(world, 'shop.example'))?.reason).toMatch(
      /one certificate for all its names.*old\.example points to 198\.51\.100\.1/,
    );
    world.standIn.removeByHand('old.example');
    await reconcileFor(world, HOUR);
    expect(requests(world)).toHaveLength(1);
  });

  it('takes 100 names, and refuses the next with advice', async () => {
    const world = await watched(BASIC);
    const names = shops(101);
    for (const name of names) world.standInDns.point(name, SERVER);
    await world.deliver(...names.map((name) => mapped(name, world.clock)));
    await reconcileFor(world, HOUR);
    expect(world.standIn.domains).toHaveLength(100);
    expect((await rowOf(world, names[100] ?? '')) ?? (await rowOf(world, names[99] ?? ''))).toMatchObject({
      mapping: 'not on RunCloud',
      reason: expect.stringMatching(/101 names in one certificate/),
      next: expect.stringMatching(/Advanced SSL/),
    });
    expect(requests(world)).toHaveLength(1);
  });
});

describe('where RunCloud does not tell the mode', () => {
  it('asks for nothing, and says so', async () => {
    const world = await watched({ runcloud: { ssl: { modeRoute: 'missing', mode: 'advanced' } } });
    world.standInDns.point('shop.example', SERVER);
    await world.deliver(mapped('shop.example', world.clock));
    await world.workOff();
    await reconcileFor(world, 2 * HOUR);
    expect(requests(world)).toEqual([]);
    expect(await rowOf(world, 'shop.example')).toMatchObject({
      certificate: 'waiting',
      reason: expect.stringMatching(/does not say how it keeps/),
    });
  });
});

describe('200 domains', () => {
  it('that are probed need nothing of RunCloud but its list', async () => {
    const world = await watched();
    const names = shops(200);
    for (const name of names) world.standInDns.point(name, SERVER);
    await world.deliver(...names.map((name) => mapped(name, world.clock)));
    await world.workOff();
    await world.ask({ action: 'reconcile' });
    world.clock.advance(7 * HOUR);
    await world.ask({ action: 'plan' });
    world.standIn.calls.length = 0;
    world.standInTls.questions.length = 0;
    await world.ask({ action: 'reconcile' });
    expect(world.standInTls.questions).toHaveLength(201);
    const others = world.standIn.calls.filter(({ path }) => !path.includes('/domains?'));
    expect(others.map(({ path }) => path)).toEqual([`${'/servers/7/webapps/12'}/ssl/advanced`]);
    world.clock.advance(30 * MINUTE);
    world.standIn.calls.length = 0;
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.calls).toEqual(world.standIn.listCalls);
  });
});

describe('what RunCloud keeps secret', () => {
  it('is in no log, no answer and no record', async () => {
    const world = await watched({ runcloud: { ssl: { failure: 'errors' } } });
    world.standInDns.point('shop.example', SERVER);
    await world.deliver(mapped('shop.example', world.clock));
    await world.workOff();
    Object.assign(world.authority, { whyInvalid: () => 'Invalid response: 404' });
    world.standInDns.point('other.example', SERVER);
    await world.deliver(mapped('other.example', world.clock));
    await world.workOff();
    await reconcileFor(world, HOUR);
    const answers: object[] = [];
    for (const action of ['status', 'plan', 'doctor', 'reconcile']) answers.push(await world.ask({ action }));
    answers.push(await world.ask({ action: 'verify', domain: 'shop.example' }));
    const all = JSON.stringify([
      answers,
      world.logged,
      [...(await world.ledger.readAll()).values()],
      await world.ledger.readApplication(),
    ]);
    expect(all).not.toMatch(/MARKED|PRIVATE KEY|pullKey/);
  });
});

describe('verify', () => {
  it('has a certificate asked for at once, also where the domain has waited so long that it is seldom probed', async () => {
    const world = await watched();
    await world.deliver(mapped('shop.example', world.clock));
    await world.workOff();
    await reconcileFor(world, 9 * DAY, 6 * HOUR);
    world.clock.advance(10 * MINUTE);
    world.standInDns.point('shop.example', SERVER);
    expect(await world.ask({ action: 'verify', domain: 'shop.example' })).toMatchObject({ ok: false });
    expect(world.rechecks).toEqual([{ domains: ['shop.example'], at: world.clock.now(), hop: 1 }]);
    const asked = world.clock.now();
    await world.workOff();
    expect(requests(world)).toEqual(['POST']);
    expect(world.authority.orders[0]?.at).toBe(asked);
  });

  it('probes now, names the records to set with what they are, and sees to what is due', async () => {
    const world = await watched({ settings: { www: 'auto' } });
    world.standInDns.set('shop.example', { ipv4: [ELSEWHERE], ipv6: ['2001:db8::1'] });
    await world.deliver(mapped('shop.example', world.clock));
    await world.workOff();
    expect(await world.ask({ action: 'verify', domain: 'Shop.Example' })).toMatchObject({
      ok: false,
      domain: 'shop.example',
      mapping: 'on RunCloud',
      dns: 'pending',
      certificate: 'waiting',
      owned: true,
      summary: `shop.example points to 198.51.100.1, 2001:db8::1, and the server is ${SERVER}. Set A shop.example → ${SERVER}, and no other address. Records to set: A shop.example → ${SERVER} (now 198.51.100.1); delete AAAA shop.example (now 2001:db8::1); CNAME www.shop.example → shop.example (now none).`,
      records: [
        { type: 'A', name: 'shop.example', value: SERVER, now: '198.51.100.1', ok: false },
        { type: 'AAAA', name: 'shop.example', value: 'none', now: '2001:db8::1', ok: false },
        { type: 'CNAME', name: 'www.shop.example', value: 'shop.example', now: 'none', ok: false },
      ],
    });
    const before = await world.ledger.readAll();
    world.standInDns.set('shop.example', { ipv4: [SERVER] });
    const verified = await world.ask({ action: 'verify', domain: 'shop.example' });
    expect(verified).toMatchObject({
      ok: false,
      dns: 'pointing',
      summary: expect.stringMatching(/Under way: its certificate/),
    });
    expect(await world.ledger.readAll()).toEqual(before);
    await world.workOff();
    expect(await world.ask({ action: 'verify', domain: 'shop.example' })).toMatchObject({
      ok: true,
      certificate: 'valid',
      summary: expect.stringMatching(/^shop\.example is live/),
    });
  });

  it('knows what to say of a domain that nobody maps, of what is none, and of one that CAA blocks', async () => {
    const world = await watched();
    expect(await world.ask({ action: 'verify', domain: 'nobody.example' })).toMatchObject({
      ok: false,
      mapping: 'not on RunCloud',
      summary: expect.stringMatching(/^The service knows of no mapping of it/),
    });
    expect(await world.ask({ action: 'verify', domain: 'localhost' })).toMatchObject({
      ok: false,
      summary: expect.stringMatching(/single label/),
    });
    world.standInDns.set('shop.example', {
      ipv4: [SERVER],
      caa: [{ isCritical: false, tag: 'issue', value: 'other-ca.example' }],
    });
    await world.deliver(mapped('shop.example', world.clock));
    await world.workOff();
    expect(requests(world)).toEqual([]);
    const { records } = await world.ask({ action: 'verify', domain: 'shop.example' });
    expect(records).toContainEqual({
      type: 'CAA',
      name: 'shop.example',
      value: '0 issue "letsencrypt.org"',
      now: 'issue "other-ca.example"',
      ok: false,
    });
  });

  it('says so where nobody knows what a domain should point to', async () => {
    const world = await createWorld({
      probes: 'stand-ins',
      runcloud: { fault: () => ({ kind: 'status', status: 500, carriedOut: false }) },
    });
    expect(await world.ask({ action: 'verify', domain: 'shop.example' })).toMatchObject({
      ok: false,
      summary: expect.stringMatching(/should point to is not known/),
    });
  });
});
