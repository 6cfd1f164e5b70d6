/** What is asked of Let's Encrypt through RunCloud, where something breaks in between. */
import { describe, expect, it } from 'vitest';
import type { HostName } from '../../../lib/core/values/host-name.ts';
import { DAY, HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';
import { LeaseLostError } from '../../../lib/ledger/ledger.ts';
import { memoryLedger } from '../../../lib/ledger/memory.ts';
import { StandInAuthority } from '../../../local/stand-in/authority.ts';
import { StandInDns } from '../../../local/stand-in/dns.ts';
import { type Call, type Fault, StandInRunCloud } from '../../../local/stand-in/runcloud.ts';
import { simulatedClock, skewedClock } from '../../support/clock.ts';
import { Died, Lifetime, mortal } from '../../support/mortal.ts';
import { createWorld, mapped, type TestWorld, TOKEN, type WorldOptions } from '../../support/world.ts';

const SERVER = StandInRunCloud.address;
const UNLIMITED = { limit: { requests: 1_000_000, retryAfter: true, headers: true } };

/** For so long RunCloud is not asked what is installed for a new domain. */
const NEW_FOR = 10 * MINUTE;

type Row = { domain: string; certificate: string; next: string; reason?: string };

async function watched(options: WorldOptions = {}): Promise<TestWorld> {
  const world = await createWorld({
    probes: 'stand-ins',
    ...options,
    runcloud: { ...UNLIMITED, ...options.runcloud },
    settings: { www: 'never', ...options.settings },
  });
  world.standInDns.point('network.example', SERVER);
  return world;
}

async function rowOf(world: TestWorld, domain: string): Promise<Row | undefined> {
  return ((await world.ask({ action: 'status' }))['domains'] as Row[]).find((row) => row.domain === domain);
}

/** Adds domains that point here, and passes the minute in which the server may not know them yet. */
async function added(world: TestWorld, names: readonly string[]): Promise<void> {
  for (const name of names) world.standInDns.point(name, SERVER);
  await world.ask({ action: 'reconcile' });
  await world.deliver(...names.map((name) => mapped(name, world.clock)));
  world.clock.advance(2 * MINUTE);
}

function isRequest({ method, path }: Pick<Call, 'method' | 'path'>): boolean {
  return (method === 'POST' || method === 'PUT') && /\/ssl(?:\/\d+)?$/.test(path);
}

/** Requests that may have become orders. */
function requests(world: TestWorld): string[] {
  return world.standIn.calls.filter(isRequest).map(({ method }) => method);
}

function fail(world: TestWorld): void {
  Object.assign(world.authority, { whyInvalid: () => '203.0.113.10: Invalid response: 404' });
}

describe('a request', () => {
  it.each(['advanced', 'basic'] as const)(
    'is on record before it is sent: a process that dies over each does not make them many (%s)',
    async (mode) => {
      const ledger = memoryLedger();
      const lifetime = new Lifetime();
      const kill = (call: Pick<Call, 'method' | 'path'>): undefined => {
        if (isRequest(call)) lifetime.calls = 1;
      };
      let world = await watched({ ledger: mortal(ledger, lifetime), runcloud: { fault: kill, ssl: { mode } } });
      fail(world);
      await added(world, ['shop.example']);
      const { clock, standIn } = world;
      let deaths = 0;
      for (let passed = 0; passed < 90 * MINUTE; passed += 3 * MINUTE) {
        try {
          await world.ask({ action: 'reconcile' });
        } catch (error) {
          if (!(error instanceof Died)) throw error;
          deaths += 1;
          lifetime.calls = Number.POSITIVE_INFINITY;
          world = await watched({ ledger: mortal(ledger, lifetime), clock, standIn });
        }
        clock.advance(3 * MINUTE);
      }
      expect(deaths).toBe(2);
      expect(world.authority.orders).toHaveLength(2);
    },
  );

  it('stays on record where the lease is lost right after it was sent', async () => {
    const ledger = memoryLedger();
    let isLost = false;
    const lose = async (): Promise<never> => {
      throw new LeaseLostError();
    };
    const losing = {
      ...ledger,
      save: async (...parameters: Parameters<typeof ledger.save>) => (isLost ? lose() : ledger.save(...parameters)),
      renew: async (...parameters: Parameters<typeof ledger.renew>) => (isLost ? lose() : ledger.renew(...parameters)),
    };
    const fault = (call: Pick<Call, 'method' | 'path'>): undefined => {
      isLost ||= isRequest(call);
    };
    const world = await watched({ ledger: losing, runcloud: { fault, ssl: { issueAfterMs: HOUR } } });
    await added(world, ['shop.example']);
    await world.ask({ action: 'reconcile' });
    expect(isLost).toBe(true);
    isLost = false;
    expect(await rowOf(world, 'shop.example')).toMatchObject({ certificate: 'requested' });
    world.clock.advance(5 * MINUTE);
    await world.ask({ action: 'reconcile' });
    expect(requests(world)).toEqual(['POST']);
  });

  it('that RunCloud surely did not carry out (401) is taken back, and due again in a minute', async () => {
    let isBroken = true;
    const fault = (call: Pick<Call, 'method' | 'path'>): Fault | undefined =>
      isBroken && isRequest(call) ? { kind: 'status', status: 401, carriedOut: false } : undefined;
    const world = await watched({ runcloud: { fault } });
    await added(world, ['shop.example']);
    expect(JSON.stringify(await world.ask({ action: 'reconcile' }))).toContain('did not accept the credentials');
    expect(await rowOf(world, 'shop.example')).toMatchObject({ certificate: 'waiting' });
    isBroken = false;
    world.clock.advance(MINUTE);
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.certificateFor('shop.example')).toBeDefined();
    expect(world.authority.orders).toHaveLength(1);
  });

  it('that is sent under a clock which RunCloud denies makes no earlier one too old to count', async () => {
    const truth = simulatedClock();
    const clock = skewedClock(truth);
    const authority = new StandInAuthority({ clock: truth, dns: new StandInDns(), addresses: [SERVER] });
    const standIn = new StandInRunCloud({
      clock: truth,
      authorization: `Bearer ${TOKEN}`,
      ...UNLIMITED,
      ssl: { authority, issueAfterMs: HOUR },
    });
    const world = await watched({ clock, standIn });
    await added(world, ['shop.example']);
    const earlier = { at: iso(truth.now() - DAY), names: ['shop.example'], order: 'new', answer: 'open' } as const;
    const shop = 'shop.example' as HostName;
    const state = (await world.ledger.readAll()).get(shop)?.state ?? {};
    await world.ledger.acquire({ holder: 'test', now: truth.now(), ttlMs: MINUTE, pendingAdds: [] });
    const issuance = { requests: [earlier], attempts: 0 };
    await world.ledger.release('test', [], { states: new Map([[shop, { ...state, issuance }]]), application: {} });
    clock.aheadMs = 30 * DAY;
    await world.ask({ action: 'reconcile' });
    expect(requests(world)).toEqual(['POST']);
    expect((await world.ledger.readAll()).get(shop)?.state.issuance?.requests).toMatchObject([earlier, {}]);
  });

  it('that was refused shows as due again when its pause ends: after ten minutes, a hundred minutes, and a day', async () => {
    const world = await watched();
    fail(world);
    await added(world, ['shop.example']);
    const pauses: number[] = [];
    for (const passed of [0, 11 * MINUTE, 101 * MINUTE]) {
      world.clock.advance(passed);
      const { failed } = (await world.ask({ action: 'reconcile' })) as unknown as { failed: { due_at: string }[] };
      pauses.push(...failed.map(({ due_at }) => Math.round((Date.parse(due_at) - world.clock.now()) / MINUTE)));
    }
    expect(pauses).toEqual([10, 100, 24 * 60]);
  });
});

describe('a domain whose certificate RunCloud does not show', () => {
  const ROUTE = (world: TestWorld, name: string) => `/domains/${world.standIn.find(name)?.id}/ssl`;

  it.each([
    ['500', { kind: 'status', status: 500, carriedOut: false }],
    ['403', { kind: 'status', status: 403, carriedOut: false }],
    ['418', { kind: 'status', status: 418, carriedOut: false }],
    ['a page', { kind: 'text', status: 200, contentType: 'text/html', text: '<html>' }],
  ] as const)('keeps no other one waiting, is asked about less and less often, and says why (%s)', async (_, how) => {
    let broken: string | undefined;
    const fault = ({ method, path }: Pick<Call, 'method' | 'path'>): Fault | undefined =>
      broken !== undefined && method === 'GET' && path.endsWith(broken) ? how : undefined;
    const world = await watched({ runcloud: { fault } });
    await added(world, ['a.example', 'b.example', 'c.example']);
    world.clock.advance(NEW_FOR);
    broken = ROUTE(world, 'a.example');
    await world.ask({ action: 'reconcile' });
    expect(world.authority.orders.map(({ names }) => names)).toEqual([['b.example'], ['c.example']]);
    expect((await rowOf(world, 'a.example'))?.reason).toMatch(/RunCloud did not show which certificate it has/);
    const asked = world.standIn.calls.length;
    for (let run = 0; run < 72; run++) {
      world.clock.advance(5 * MINUTE);
      await world.ask({ action: 'reconcile' });
    }
    const tries = new Set(
      world.standIn.calls
        .slice(asked)
        .flatMap(({ at, path }) => (path.endsWith(broken ?? '') ? [Math.floor(at / (5 * MINUTE))] : [])),
    );
    expect(tries.size).toBeLessThan(15);
    broken = undefined;
    world.clock.advance(HOUR);
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.certificateFor('a.example')).toBeDefined();
  });

  it('is one of all where three in a row are not shown: then the others are not asked about in this run', async () => {
    const isRead = ({ method, path }: Pick<Call, 'method' | 'path'>) =>
      method === 'GET' && /domains\/\d+\/ssl$/.test(path);
    const fault = (call: Pick<Call, 'method' | 'path'>): Fault | undefined =>
      isRead(call) ? { kind: 'status', status: 403, carriedOut: false } : undefined;
    const world = await watched({ runcloud: { fault } });
    await added(world, ['a.example', 'b.example', 'c.example', 'd.example', 'e.example']);
    world.clock.advance(NEW_FOR);
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.calls.filter(isRead)).toHaveLength(3);
    expect(requests(world)).toEqual([]);
  });
});

describe('the mode of certificates', () => {
  it('that somebody switches to AutoSSL in the middle of a run stays so, and nothing more is asked for in that run', async () => {
    let world: TestWorld | undefined;
    // Somebody does so after the first request was answered.
    const fault = ({ method }: Pick<Call, 'method' | 'path'>): undefined => {
      if (!world || method !== 'GET' || requests(world).length !== 1) return;
      const { ssl } = world.standIn;
      ssl.options = { ...ssl.options, mode: 'auto-ssl', autoIssue: 'never' };
    };
    world = await watched({ runcloud: { fault } });
    await added(world, ['a.example', 'b.example', 'c.example']);
    await world.ask({ action: 'reconcile' });
    expect(requests(world)).toEqual(['POST']);
    expect(world.standIn.ssl.options.mode).toBe('auto-ssl');
    expect((await world.ledger.readApplication()).certificateMode?.mode).toBe('auto-ssl');
  });

  it('that somebody switched since it was read costs no request in vain: the next run plans with it', async () => {
    const world = await watched();
    await added(world, ['a.example', 'b.example']);
    const { ssl } = world.standIn;
    ssl.options = { ...ssl.options, mode: 'basic' };
    const answer = await world.ask({ action: 'reconcile' });
    expect(JSON.stringify(answer)).toContain('the certificate mode advanced. By now the mode is basic');
    expect(requests(world)).toEqual([]);
    for (let run = 0; run < 3; run++) {
      await world.ask({ action: 'reconcile' });
      world.clock.advance(10 * MINUTE);
    }
    expect(requests(world)).toHaveLength(1);
    expect(world.standIn.certificateFor('b.example')?.names).toContain('a.example');
  });

  it('that RunCloud does not tell any more keeps requests waiting', async () => {
    const world = await watched();
    await added(world, ['a.example']);
    const { ssl } = world.standIn;
    ssl.options = { ...ssl.options, modeRoute: 'missing' };
    expect(JSON.stringify(await world.ask({ action: 'reconcile' }))).toContain('By now the mode is unknown');
    expect(requests(world)).toEqual([]);
  });
});

describe('a certificate that somebody brought along', () => {
  it('is shown by status and plan, read once a day, and asked for once it is removed', async () => {
    const world = await watched();
    await added(world, ['shop.example']);
    const { clock, standIn } = world;
    const times = { notBefore: clock.now() - HOUR, notAfter: clock.now() + 60 * DAY };
    standIn.ssl.installByHand({ names: ['shop.example'], ...times, isStaging: true }, 'shop.example');
    const shop = standIn.find('shop.example');
    const path = `/domains/${shop?.id}/ssl`;
    const readings = () => standIn.calls.filter((call) => call.path.endsWith(path)).length;
    for (let run = 0; run < 20; run++) {
      await world.ask({ action: 'reconcile' });
      clock.advance(HOUR);
    }
    expect(readings()).toBe(1);
    expect((await rowOf(world, 'shop.example'))?.reason).toMatch(/not issued by Let's Encrypt .*staging/);
    expect(JSON.stringify(await world.ask({ action: 'plan' }))).toContain('foreign-certificate');
    if (shop) standIn.ssl.removed(shop);
    clock.advance(5 * HOUR);
    await world.ask({ action: 'reconcile' });
    expect(requests(world)).toEqual(['POST']);
  });
});

describe('a limit that Let’s Encrypt says is spent by others', () => {
  it('of a registered domain costs one request for all that is below it, until the date', async () => {
    const world = await watched();
    for (let n = 0; n < 50; n++) {
      world.standInDns.point(`other-${n}.big.example`, SERVER);
      world.authority.order([`other-${n}.big.example`], 'somebody else');
    }
    const before = world.authority.orders.length;
    const names = Array.from({ length: 20 }, (_, n) => `shop-${n}.big.example`);
    await added(world, [...names, 'else.example']);
    for (let run = 0; run < 3; run++) {
      await world.ask({ action: 'reconcile' });
      world.clock.advance(MINUTE);
    }
    const asked = world.authority.orders.slice(before).flatMap((order) => order.names);
    expect(asked.filter((name) => name.endsWith('.big.example'))).toHaveLength(1);
    expect(asked).toContain('else.example');
    const reasons = await Promise.all(names.map(async (name) => (await rowOf(world, name))?.reason));
    expect(
      reasons.filter((reason) => reason?.includes('limit for certificates below big.example is used up')),
    ).toHaveLength(19);
    world.clock.advance(4 * HOUR);
    await world.ask({ action: 'reconcile' });
    expect(world.authority.issued.flatMap((order) => order.names).filter((name) => names.includes(name))).toHaveLength(
      1,
    );
  });
});
