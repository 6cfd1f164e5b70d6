/** Probes, and the server's addresses, where DNS, the server or RunCloud does not answer. */
import { describe, expect, it } from 'vitest';
import type { HostName } from '../../../lib/core/values/host-name.ts';
import { DAY, MINUTE, SECOND } from '../../../lib/core/values/time.ts';
import { StandInRunCloud } from '../../../local/stand-in/runcloud.ts';
import { createWorld, mapped, shops, type TestWorld, type WorldOptions } from '../../support/world.ts';

const SERVER = StandInRunCloud.address;
const IPV6 = '2001:db8::10';
const UNLIMITED = { limit: { requests: 1_000_000, retryAfter: true, headers: true } };

async function watched(options: WorldOptions = {}): Promise<TestWorld> {
  return createWorld({
    probes: 'stand-ins',
    ...options,
    runcloud: { ...UNLIMITED, ...options.runcloud },
    settings: { www: 'never', ...options.settings },
  });
}

async function othersOf(world: TestWorld): Promise<readonly string[] | undefined> {
  return (await world.ledger.readApplication()).server?.others;
}

describe('the name servers of a domain', () => {
  it('are asked for while its customer has something to set, and forgotten once it points here', async () => {
    const world = await watched();
    world.standInDns.set('shop.example', { ns: ['Ben.NS.cloudflare.com.', 'ada.ns.cloudflare.com'] });
    await world.deliver(mapped('shop.example', world.clock));
    await world.ask({ action: 'reconcile' });
    const probe = async () => (await world.ledger.readAll()).get('shop.example' as HostName)?.state.probe;
    expect(await probe()).toMatchObject({ nameServers: ['ada.ns.cloudflare.com', 'ben.ns.cloudflare.com'] });
    world.standInDns.point('shop.example', SERVER);
    world.clock.advance(10 * MINUTE);
    await world.ask({ action: 'reconcile' });
    expect(await probe()).not.toHaveProperty('nameServers');
  });
});

describe('the server’s IPv6 addresses', () => {
  it('are known after the very first run, by the primary domain', async () => {
    const world = await watched();
    world.standInDns.set('network.example', { ipv4: [SERVER], ipv6: [IPV6] });
    await world.ask({ action: 'reconcile' });
    expect(await othersOf(world)).toEqual([IPV6]);
  });

  it.each([
    ['no resolver answers', (world: TestWorld) => world.standInDns.breakDown()],
    ['one resolver does not answer', (world: TestWorld) => world.standInDns.breakDown(1)],
    ['resolvers disagree', (world: TestWorld) => world.standInDns.disagree('network.example', { ipv4: [SERVER] })],
  ])('stay known where %s at the daily refresh', async (_, failure) => {
    const world = await watched();
    world.standInDns.set('network.example', { ipv4: [SERVER], ipv6: [IPV6] });
    await world.ask({ action: 'reconcile' });
    world.clock.advance(DAY + MINUTE);
    failure(world);
    await world.ask({ action: 'reconcile' });
    expect(await othersOf(world)).toEqual([IPV6]);
  });

  it('are asked for by the next run where nobody answered', async () => {
    const world = await watched();
    world.standInDns.set('network.example', { ipv4: [SERVER], ipv6: [IPV6] });
    world.standInDns.breakDown();
    await world.ask({ action: 'reconcile' });
    expect(await othersOf(world)).toEqual([]);
    world.standInDns.recover();
    world.clock.advance(10 * MINUTE);
    await world.ask({ action: 'reconcile' });
    expect(await othersOf(world)).toEqual([IPV6]);
    // RunCloud did answer, so it is not asked again. What DNS answers now is kept for a day.
    const { othersReadAt } = (await world.ledger.readApplication()).server ?? {};
    world.clock.advance(10 * MINUTE);
    await world.ask({ action: 'reconcile' });
    expect((await world.ledger.readApplication()).server?.othersReadAt).toBe(othersReadAt);
    const path = `/servers/${StandInRunCloud.serverId}`;
    expect(world.standIn.calls.filter((call) => call.path.endsWith(path))).toHaveLength(1);
  });

  it('go where the primary domain surely has none any more', async () => {
    const world = await watched();
    world.standInDns.set('network.example', { ipv4: [SERVER], ipv6: [IPV6] });
    await world.ask({ action: 'reconcile' });
    world.standInDns.point('network.example', SERVER);
    world.clock.advance(DAY + MINUTE);
    await world.ask({ action: 'reconcile' });
    expect(await othersOf(world)).toEqual([]);
  });
});

/** Nobody answers for these names, which takes a moment each time (ms). Returns the names that were asked for. */
function silence(world: TestWorld, tookMs: number, isTheirs: (name: string) => boolean = () => true): string[] {
  const { dns, clock } = world;
  const asked: string[] = [];
  const silent = { kind: 'could-not-ask', why: 'the resolver did not answer in time' } as const;
  const ask = async <A>(name: string, question: () => Promise<readonly A[]>) => {
    asked.push(name);
    if (!isTheirs(name)) return question();
    clock.advance(tookMs);
    return [silent, silent];
  };
  Object.assign(world, {
    dns: {
      caaOf: async (name: string) => ask(name, async () => dns.caaOf(name)),
      nameServersOf: async (zones: readonly string[]) => dns.nameServersOf(zones),
      addressesOf: async (name: string) => ask(name, async () => dns.addressesOf(name)),
    },
  });
  return asked;
}

// A question without an answer takes so long; where twenty are asked at a time, each takes a twentieth of it.
const UNANSWERED_MS = 9 * SECOND;

describe('probing', () => {
  it('begins with the domain that waited longest, so that names out of order keep no other without a certificate', async () => {
    const world = await watched();
    world.standInDns.point('network.example', SERVER);
    silence(world, UNANSWERED_MS / 20, (name) => name.startsWith('a-silent'));
    for (const name of shops(900, 'a-silent')) world.standIn.addByHand(name);
    await world.ask({ action: 'reconcile' });
    world.standInDns.point('shop.example', SERVER);
    await world.deliver(mapped('shop.example', world.clock));
    world.rechecks.length = 0;
    for (let run = 0; run < 3 && world.authority.orders.length === 0; run++) {
      world.clock.advance(10 * MINUTE);
      await world.ask({ action: 'reconcile' });
    }
    expect(world.authority.orders.map(({ names }) => names)).toEqual([['shop.example']]);
  });
});

describe('resolvers that are out of reach', () => {
  it('cost a batch of ten new domains twenty seconds rather than ninety', async () => {
    const world = await watched({ settings: { www: 'auto' } });
    await world.ask({ action: 'reconcile' });
    silence(world, UNANSWERED_MS);
    const start = world.clock.now();
    await world.deliver(...shops(10).map((name) => mapped(name, world.clock)));
    expect(world.standIn.names).toHaveLength(11);
    expect(world.clock.now() - start).toBeLessThan(20 * SECOND);
  });

  it('are asked for none of a thousand names once that is found out, while the server is asked for all of them', async () => {
    const world = await watched();
    const names = shops(1000);
    for (const name of names) world.standIn.addByHand(name);
    const asked = silence(world, UNANSWERED_MS / 20);
    const start = world.clock.now();
    await world.ask({ action: 'reconcile' });
    expect(asked.length).toBeLessThan(30);
    expect(world.standInTls.questions).toEqual(expect.arrayContaining(names));
    expect(world.clock.now() - start).toBeLessThan(MINUTE);
    const { state } = (await world.ledger.readAll()).get(names[999] as HostName) ?? {};
    expect(state?.probe?.dnsUnasked).toMatch(/public DNS is out of reach: the resolver did not answer in time/);
  });

  it('are asked again by the next run', async () => {
    const world = await watched();
    world.standInDns.point('network.example', SERVER);
    world.standInDns.point('shop.example', SERVER);
    world.standInDns.breakDown();
    await world.ask({ action: 'reconcile' });
    await world.deliver(mapped('shop.example', world.clock));
    await world.workOff();
    expect(world.authority.orders).toEqual([]);
    world.standInDns.recover();
    world.clock.advance(10 * MINUTE);
    await world.ask({ action: 'reconcile' });
    expect(world.authority.orders.map(({ names }) => names)).toEqual([['shop.example']]);
  });

  it('do not count as such where only the servers of one name are out of order', async () => {
    const world = await watched();
    for (const name of shops(30)) {
      world.standIn.addByHand(name);
      world.standInDns.point(name, SERVER);
    }
    silence(world, UNANSWERED_MS / 20, (name) => name.startsWith('shop') && name !== 'shop-0029.example');
    await world.ask({ action: 'reconcile' });
    const { state } = (await world.ledger.readAll()).get('shop-0029.example' as HostName) ?? {};
    expect(state?.probe?.dns?.verdict.kind).toBe('pointing');
  });
});

describe('a server that RunCloud does not tell of', () => {
  const PATH = `/servers/${StandInRunCloud.serverId}`;

  /** The question for the server hangs until its time-out of 30 seconds, unless it is told otherwise. */
  async function hanging(): Promise<{ world: TestWorld; asked: () => number; recover: () => void }> {
    let hangs = true;
    const world: TestWorld = await watched({
      runcloud: {
        fault({ path }) {
          if (!path.endsWith(PATH) || !hangs) return undefined;
          world.clock.advance(30 * SECOND);
          return { kind: 'no-answer', carriedOut: false };
        },
      },
    });
    for (const name of ['network.example', ...shops(3)]) world.standInDns.point(name, SERVER);
    return {
      world,
      asked: () => world.standIn.calls.filter(({ path }) => path.endsWith(PATH)).length,
      recover: () => {
        hangs = false;
      },
    };
  }

  it('keeps no event from being carried out, and is asked for again only after minutes', async () => {
    const { world, asked } = await hanging();
    const start = world.clock.now();
    await world.deliver(mapped('shop-0000.example', world.clock));
    expect(world.clock.now() - start).toBeLessThanOrEqual(31 * SECOND);
    expect(world.standIn.names).toEqual(['network.example', 'shop-0000.example']);
    expect(asked()).toBe(1);
    // Nor from being carried out at once.
    const next = world.clock.now();
    await world.deliver(mapped('shop-0001.example', world.clock));
    expect(world.standIn.names).toContain('shop-0001.example');
    expect([asked(), world.clock.now()]).toEqual([1, next]);
    world.clock.advance(5 * MINUTE);
    await world.deliver(mapped('shop-0002.example', world.clock));
    expect(asked()).toBe(2);
  });

  it('keeps what is known of it, and how certificates are kept is read all the same', async () => {
    const { world, recover } = await hanging();
    await world.ask({ action: 'reconcile' });
    expect(await world.ledger.readApplication()).toMatchObject({ certificateMode: { mode: 'advanced' } });
    expect((await world.ledger.readApplication()).server).toBeUndefined();
    recover();
    // A whole run has the time, and asks again at once; so does who asks for one domain.
    expect(await world.ask({ action: 'verify', domain: 'shop-0000.example' })).toMatchObject({
      records: expect.arrayContaining([expect.objectContaining({ type: 'A', value: SERVER, ok: true })]),
    });
    await world.ask({ action: 'reconcile' });
    expect((await world.ledger.readApplication()).server?.main).toBe(SERVER);
  });
});

describe('verify', () => {
  it('tells nobody to set up a www name that is not to be served', async () => {
    const world = await watched({ settings: { www: 'never' } });
    await world.deliver(mapped('shop.example', world.clock));
    const { records } = await world.ask({ action: 'verify', domain: 'shop.example' });
    expect(records).toMatchObject([{ type: 'A', name: 'shop.example' }]);
  });

  it('asks public DNS each question once', async () => {
    const world = await watched({ settings: { www: 'auto' } });
    world.standInDns.point('network.example', SERVER);
    world.standInDns.point('shop.example', SERVER);
    await world.deliver(mapped('shop.example', world.clock));
    world.standInDns.questions.length = 0;
    await world.ask({ action: 'verify', domain: 'shop.example' });
    // The addresses and the CAA records of both names.
    const names = ['shop.example', 'www.shop.example'];
    expect(world.standInDns.questions.toSorted()).toEqual(names.flatMap((name) => [name, name]));
  });
});

describe('a domain whose name servers answer only half', () => {
  const added = async (records: Parameters<TestWorld['standInDns']['set']>[1]): Promise<TestWorld> => {
    const world = await watched();
    world.standInDns.point('network.example', SERVER);
    await world.ask({ action: 'reconcile' });
    world.standInDns.set('shop.example', records);
    await world.deliver(mapped('shop.example', world.clock));
    return world;
  };
  const reconcileFor = async (world: TestWorld, minutes: number): Promise<void> => {
    for (let passed = 0; passed < minutes; passed += 10) {
      world.clock.advance(10 * MINUTE);
      await world.ask({ action: 'reconcile' });
    }
  };

  it.each([
    ['AAAA', { ipv4: [SERVER], failing: 'ipv6' }],
    ['AAAA, and there is one', { ipv4: [SERVER], ipv6: ['2001:db8::9'], failing: 'ipv6' }],
  ] as const)('%s cannot be asked: its certificate waits for an hour, and for no longer', async (_, records) => {
    const world = await added(records);
    await reconcileFor(world, 60);
    expect(world.standIn.certificateFor('shop.example')).toBeUndefined();
    // Let's Encrypt does not mind, where the stand-in sees what the name servers would not tell.
    world.standInDns.set('shop.example', { ipv4: [SERVER], failing: 'ipv6' });
    await reconcileFor(world, 20);
    expect(world.standIn.certificateFor('shop.example')?.names).toEqual(['shop.example']);
  });

  it('A cannot be asked, and AAAA is the server’s: the same', async () => {
    const world = await watched();
    world.standInDns.set('network.example', { ipv4: [SERVER], ipv6: [IPV6] });
    Object.assign(world.authority.options, { addresses: [SERVER, IPV6] });
    await world.ask({ action: 'reconcile' });
    world.standInDns.set('shop.example', { ipv6: [IPV6], failing: 'ipv4' });
    await world.deliver(mapped('shop.example', world.clock));
    await reconcileFor(world, 60);
    expect(world.standIn.certificateFor('shop.example')).toBeUndefined();
    await reconcileFor(world, 20);
    expect(world.standIn.certificateFor('shop.example')?.names).toEqual(['shop.example']);
  });

  it('CAA cannot be asked: Let’s Encrypt would refuse, so nothing is asked for', async () => {
    const world = await added({ ipv4: [SERVER], failing: 'caa' });
    await reconcileFor(world, 180);
    expect(world.authority.orders).toEqual([]);
    world.standInDns.point('shop.example', SERVER);
    await reconcileFor(world, 20);
    expect(world.standIn.certificateFor('shop.example')?.names).toEqual(['shop.example']);
  });

  it('CAA forbids it, and AAAA cannot be asked: it is said after the hour', async () => {
    const world = await added({
      ipv4: [SERVER],
      failing: 'ipv6',
      caa: [{ isCritical: false, tag: 'issue', value: 'ca.example' }],
    });
    await reconcileFor(world, 80);
    const { holds } = (await world.ask({ action: 'plan' })) as { holds?: unknown };
    expect(holds).toEqual([expect.objectContaining({ domain: 'shop.example', code: 'caa' })]);
  });
});

describe('CAA records of the `www.` name', () => {
  const OTHER_CA = [{ isCritical: false, tag: 'issue', value: 'ca.example' }];
  const withWww = async (
    www: 'always' | 'auto',
    records: Parameters<TestWorld['standInDns']['set']>[1],
    mode?: 'basic',
  ) => {
    const world = await watched({ settings: { www }, ...(mode && { runcloud: { ssl: { mode } } }) });
    world.standInDns.point('network.example', SERVER);
    world.standInDns.point('shop.example', SERVER);
    world.standInDns.set('www.shop.example', records);
    await world.ask({ action: 'reconcile' });
    await world.deliver(mapped('shop.example', world.clock));
    for (let time = 0; time < 3; time++) {
      world.clock.advance(10 * MINUTE);
      await world.ask({ action: 'reconcile' });
    }
    return world;
  };
  const heldOf = async (world: TestWorld): Promise<string[]> => {
    const { holds } = (await world.ask({ action: 'plan' })) as { holds?: { code: string; reason: string }[] };
    return (holds ?? []).map(({ code, reason }) => `${code}: ${reason}`);
  };

  it.each([
    ['of its own', { ipv4: [SERVER], caa: OTHER_CA }],
    ['of what it is an alias of', { ipv4: [SERVER], cname: 'shops.elsewhere.example', caa: OTHER_CA }],
  ])('%s are asked for where that name is served: nothing is spent on a refusal', async (_, records) => {
    const world = await withWww('always', records);
    expect(world.authority.orders).toEqual([]);
    expect(await heldOf(world)).toEqual([
      'caa: www.shop.example points to the server, but its CAA record issue "ca.example" does not let Let\'s Encrypt issue a certificate.',
    ]);
    const { records: shown } = (await world.ask({ action: 'verify', domain: 'shop.example' })) as { records?: unknown };
    expect(shown).toContainEqual({
      type: 'CAA',
      name: 'www.shop.example',
      value: '0 issue "letsencrypt.org"',
      now: 'issue "ca.example"',
      ok: false,
    });
    world.standInDns.set('www.shop.example', { ipv4: [SERVER] });
    world.clock.advance(10 * MINUTE);
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.certificateFor('www.shop.example')?.names).toEqual(['shop.example', 'www.shop.example']);
  });

  it.each(['basic', undefined] as const)(
    'keep WWW=auto from serving that name, and the domain gets its certificate (%s)',
    async (mode) => {
      const world = await withWww('auto', { ipv4: [SERVER], caa: OTHER_CA }, mode);
      expect(world.standIn.find('shop.example')).toMatchObject({ www: false });
      expect(world.standIn.certificateFor('shop.example')?.names).toContain('shop.example');
      expect(world.authority.orders).toHaveLength(1);
      world.standInDns.point('www.shop.example', SERVER);
      world.standInDns.set('www.shop.example', { ipv4: [SERVER] });
      world.clock.advance(6 * 60 * MINUTE);
      await world.ask({ action: 'reconcile' });
      expect(world.standIn.find('shop.example')).toMatchObject({ www: true });
    },
  );

  it('that cannot be asked for keep the certificate waiting, and WWW=auto from serving the name', async () => {
    const world = await withWww('always', { ipv4: [SERVER], failing: 'caa' });
    expect(world.authority.orders).toEqual([]);
    expect(await heldOf(world)).toEqual([
      expect.stringContaining('unasked: Public DNS could not be asked about shop.example: whether its CAA'),
    ]);
    const auto = await withWww('auto', { ipv4: [SERVER], failing: 'caa' });
    expect(auto.standIn.find('shop.example')).toMatchObject({ www: false });
    expect(auto.standIn.certificateFor('shop.example')?.names).toEqual(['shop.example']);
  });
});
