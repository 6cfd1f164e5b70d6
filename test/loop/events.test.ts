/** What is told of a run's changes, and that nothing of it is lost. */
import { describe, expect, it } from 'vitest';
import type { HostName } from '../../lib/core/values/host-name.ts';
import { DAY, HOUR, iso, MINUTE } from '../../lib/core/values/time.ts';
import type { Changes, Ledger } from '../../lib/ledger/ledger.ts';
import { memoryLedger } from '../../lib/ledger/memory.ts';
import { StandInMultisite } from '../../local/stand-in/multisite.ts';
import { StandInRunCloud } from '../../local/stand-in/runcloud.ts';
import { keep } from '../support/ledger.ts';
import { Listener } from '../support/listener.ts';
import { Died, Lifetime, mortal } from '../support/mortal.ts';
import { SCHEDULE } from '../support/schedule.ts';
import { createWorld, mapped, shops, type TestWorld, unmapped, type WorldOptions } from '../support/world.ts';

const SHOP = 'shop.example' as HostName;
const UNLIMITED = { limit: { requests: 1_000_000, retryAfter: true, headers: true } };
const SERVER = StandInRunCloud.address;
const REMOVED_ONE_BY_ONE = { settings: { brake: { count: 1, percent: 0 } } };

const typesIn = (world: Pick<TestWorld, 'told'>) => world.told.map(({ type }) => type);

function network(): StandInMultisite {
  return new StandInMultisite({ host: 'network.example', key: 'k', secret: 's' });
}

/** With the domain added, live, and all told of it. */
async function withShop(options: WorldOptions = {}): Promise<TestWorld> {
  const world = await createWorld({ runcloud: UNLIMITED, ...options });
  await world.deliver(mapped(SHOP, world.clock));
  await world.workOff();
  await world.ask({ action: 'reconcile' });
  return world;
}

describe('a mapping', () => {
  it('is told when it is added, and when it is live', async () => {
    const world = await createWorld({ runcloud: UNLIMITED });
    await world.deliver(mapped(SHOP, world.clock));
    expect(world.told).toEqual([
      {
        type: 'domain.added',
        detail: {
          id: expect.stringMatching(/^run-\d+\.1$/),
          sequence: 1,
          domain: SHOP,
          at: iso(world.clock.now()),
          before: { mapping: 'not on RunCloud', dns: 'unknown', certificate: 'unknown' },
          after: { mapping: 'on RunCloud', dns: 'unknown', certificate: 'unknown' },
        },
      },
    ]);
    await world.workOff();
    expect(typesIn(world)).toEqual(['domain.added', 'certificate.issued', 'domain.live']);
    await world.deliver(unmapped(SHOP, world.clock));
    expect(world.told.at(-1)).toMatchObject({ type: 'domain.removed', detail: { reason: 'This service removed it.' } });
  });

  it('whose DNS leaves is told with what the customer has to set', async () => {
    const world = await createWorld({ runcloud: UNLIMITED, probes: 'stand-ins', settings: { www: 'never' } });
    world.standInDns.point(SHOP, SERVER);
    await world.deliver(mapped(SHOP, world.clock));
    await world.workOff();
    expect(typesIn(world)).toEqual(['domain.added', 'certificate.issued', 'domain.live']);
    world.standInDns.point(SHOP, '198.51.100.7');
    world.clock.advance(7 * HOUR);
    await world.ask({ action: 'reconcile' });
    expect(world.told.slice(3)).toMatchObject([
      {
        type: 'dns.lost',
        detail: { after: { dns: 'moved away' }, whatToDo: expect.stringContaining('Set A shop.example') },
      },
      { type: 'domain.not-live', detail: { domain: SHOP } },
    ]);
  });

  it('whose DNS comes and goes for two days is told lost and restored once, then summed up, and soon after it rests', async () => {
    const world = await createWorld({ runcloud: UNLIMITED, probes: 'stand-ins', settings: { www: 'never' } });
    world.standInDns.point(SHOP, SERVER);
    await world.deliver(mapped(SHOP, world.clock));
    await world.workOff();
    world.clock.advance(3 * DAY);
    world.told.length = 0;
    const runFor = async (ms: number, address: string) => {
      world.standInDns.point(SHOP, address);
      for (let at = 0; at < ms; at += 10 * MINUTE) {
        world.clock.advance(10 * MINUTE);
        await world.ask(SCHEDULE);
      }
    };
    const ofDns = () => world.told.filter(({ type }) => type.startsWith('dns.'));
    const isSum = ({ detail: { reason = '' } }: (typeof world.told)[number]) => reason.startsWith('It changed');
    for (let time = 0; time < 58; time++) {
      await runFor(20 * MINUTE, '198.51.100.7');
      await runFor(30 * MINUTE, SERVER);
    }
    expect(
      ofDns()
        .filter((each) => !isSum(each))
        .map(({ type }) => type),
    ).toEqual(['dns.lost', 'dns.restored']);
    expect(ofDns().filter(isSum).length).toBeLessThanOrEqual(2);
    const before = ofDns().length;
    await runFor(3 * HOUR, SERVER);
    expect(ofDns().slice(before)).toMatchObject([{ type: 'dns.restored' }]);
  });

  it('costs the ledger one request more where something is told, and none where nothing is', async () => {
    const calls: string[] = [];
    const ledger = memoryLedger();
    const counted = Object.fromEntries(
      Object.entries(ledger).map(([name, method]) => [
        name,
        async (...given: unknown[]) => {
          calls.push(name);
          return (method as (...all: unknown[]) => unknown)(...given);
        },
      ]),
    ) as Ledger;
    const world = await withShop({ ledger: counted });
    calls.length = 0;
    await world.deliver(mapped('other.example', world.clock));
    expect(calls).toEqual(['acquire', 'recordRequests', 'save', 'release']);
    await world.deliver(mapped('other.example', world.clock));
    calls.length = 0;
    await world.deliver(mapped('other.example', world.clock));
    expect(calls).toEqual(['acquire', 'recordRequests', 'release']);
  });
});

describe('many domains', () => {
  it('400 that are adopted are told in one message, and not that they are live, as they were for years', async () => {
    const site = network();
    const world = await createWorld({ network: site, runcloud: UNLIMITED });
    for (const name of shops(400)) {
      site.map(name);
      world.standIn.addByHand(name);
    }
    await world.ask({ action: 'reconcile' });
    expect(world.told).toEqual([]);
    await world.ask({ action: 'adopt', domains: 'all' });
    await world.ask({ action: 'reconcile' });
    expect(world.told).toMatchObject([
      { type: 'domain.added', detail: { count: 400, reason: 'It was on RunCloud already, and was adopted.' } },
    ]);
  });

  it('that were well before this service told of any are no news', async () => {
    const world = await withShop();
    const stored = await world.ledger.readAll();
    const states = new Map(
      [...stored].map(
        ([
          domain,
          {
            state: { told: _, events: __, ...state },
          },
        ]) => [domain, state] as const,
      ),
    );
    await keep(world.ledger, { states, application: { news: { last: 0, toldUpTo: 0 } } });
    world.told.length = 0;
    world.clock.advance(DAY);
    await world.ask({ action: 'reconcile' });
    expect(world.told).toEqual([]);
    expect((await world.ledger.read([SHOP])).get(SHOP)?.state.told).toMatchObject({ live: 'live' });
  });
});

describe('a bus that takes nothing', () => {
  it('ends no run, and the next run over all domains tells the same by the same ids', async () => {
    const world = await createWorld({ runcloud: UNLIMITED });
    const listener = new Listener();
    let isDown = true;
    const tell = listener.teller(() => (isDown ? 'the rest' : undefined));
    const broken = await createWorld({
      ledger: listener.watch(world.ledger),
      clock: world.clock,
      standIn: world.standIn,
    });
    Object.assign(broken, { tell });
    const { held, failed } = (await broken.ask({ action: 'map', domain: SHOP })) as never as Record<string, unknown[]>;
    expect({ held, failed }).toEqual({ held: [], failed: [] });
    expect(broken.logged.join('\n')).toContain('Events could not be told: the next run over all domains tells them');
    await broken.ask({ action: 'map', domain: 'other.example' });
    isDown = false;
    await broken.ask({ action: 'map', domain: 'third.example' });
    expect(listener.told.map(({ detail }) => 'domain' in detail && detail.domain)).toEqual([SHOP]);
    await broken.ask({ action: 'reconcile' });
    listener.expectAllTold();
    const before = listener.told.length;
    await broken.ask({ action: 'reconcile' });
    expect(listener.told).toHaveLength(before);
  });

  it('keeps the records whose events it did not take', async () => {
    const world = await createWorld({ runcloud: UNLIMITED });
    const tell = world.tell;
    Object.assign(world, { tell: async () => Promise.reject(new Error('down')) });
    await world.deliver(mapped(SHOP, world.clock));
    world.clock.advance(MINUTE);
    await world.deliver(unmapped(SHOP, world.clock));
    world.clock.advance(100 * DAY);
    await world.ask({ action: 'reconcile' });
    expect((await world.ledger.read([SHOP])).has(SHOP)).toBe(true);
    Object.assign(world, { tell });
    await world.ask({ action: 'reconcile' });
    expect(typesIn(world)).toEqual(['domain.added', 'domain.removed']);
    await world.ask({ action: 'reconcile' });
    expect((await world.ledger.read([SHOP])).has(SHOP)).toBe(false);
  });
});

describe('a process that is killed', () => {
  it.each(['map', 'unmap', 'reconcile'] as const)(
    'at any of its words to the ledger loses no event, and the same is told by the same id: %s',
    async (action) => {
      let isOver = false;
      for (let calls = 1; !isOver; calls++) {
        const listener = new Listener();
        const ledger = listener.watch(memoryLedger());
        const first = Object.assign(await withShop({ ledger }), { tell: listener.teller() });
        for (const { detail } of first.told) listener.made.delete(detail.id);
        const { clock, standIn } = first;
        for (const name of shops(3)) await ledger.recordRequests([mapped(name, clock)]);
        const lifetime = new Lifetime();
        lifetime.calls = calls;
        const doomed = await createWorld({ ledger: mortal(ledger, lifetime), clock, standIn });
        Object.assign(doomed, { tell: listener.teller() });
        isOver = true;
        const request = action === 'reconcile' ? { action } : { action, domain: SHOP };
        await doomed.ask(request).catch((error: unknown) => {
          if (!(error instanceof Died)) throw error;
          isOver = false;
        });
        clock.advance(3 * MINUTE);
        await first.deliver(mapped('other.example', clock));
        clock.advance(20 * MINUTE);
        await first.ask({ action: 'reconcile' });
        const known = new Set(first.told.map(({ detail }) => detail.id));
        for (const id of known) listener.made.delete(id);
        listener.expectAllTold();
      }
    },
  );

  it('in the middle of a long save gave its numbers away for good', async () => {
    const ledger = memoryLedger();
    let saves: Changes[] = [];
    const watched: Ledger = {
      ...ledger,
      save: async (holder, changes) => {
        saves.push(changes);
        await ledger.save(holder, changes);
      },
    };
    const site = network();
    const world = await createWorld({ network: site, ledger: watched, runcloud: UNLIMITED });
    for (const name of shops(150)) {
      site.map(name);
      world.standIn.addByHand(name);
    }
    await world.ask({ action: 'reconcile' });
    saves = [];
    await world.ask({ action: 'adopt', domains: 'all' });
    const [first, second] = saves;
    expect(first).toEqual({ application: { news: { last: 150, toldUpTo: 0 } } });
    expect(second?.states?.size).toBe(150);
  });

  it('between the numbers of its events and the events themselves silences no run after the next one over all domains', async () => {
    const world = await createWorld({ runcloud: UNLIMITED });
    await keep(world.ledger, { application: { news: { last: 300, toldUpTo: 0 } } });
    await world.ask({ action: 'reconcile' });
    await world.deliver(mapped(SHOP, world.clock));
    expect(world.told).toMatchObject([{ type: 'domain.added', detail: { domain: SHOP, sequence: 301 } }]);
  });
});

describe('removals that the brake holds', () => {
  it('are told once, as an event of the application, also where the network could not be read in between', async () => {
    const site = network();
    const { options } = site;
    for (const name of shops(4)) site.map(name);
    const world = await createWorld({ network: site, runcloud: UNLIMITED, ...REMOVED_ONE_BY_ONE });
    await world.ask({ action: 'reconcile' });
    for (const name of shops(3)) site.unmap(name);
    world.told.length = 0;
    for (let run = 0; run < 4; run++) {
      world.clock.advance(2 * HOUR);
      site.options = run === 2 ? { ...options, spoil: () => ({ status: 500, body: {} }) } : options;
      await world.ask({ action: 'reconcile' });
    }
    expect(world.told.filter(({ type }) => type === 'removals.held')).toMatchObject([
      {
        detail: {
          id: expect.any(String),
          domains: shops(3),
          count: 3,
          before: { held: 0 },
          after: { held: 3 },
          whatToDo: expect.stringContaining('{"action":"plan"}'),
        },
      },
    ]);
  });
});

describe('calls to RunCloud that run low', () => {
  it('are told at 80 %, once a period', async () => {
    const world = await withShop({ quota: { callsPerMonth: 10 } });
    for (let run = 0; run < 4; run++) await world.ask({ action: 'reconcile' });
    expect(world.told.filter(({ type }) => type === 'quota.low')).toMatchObject([
      {
        detail: {
          after: { resetAt: '2026-12-01T00:00:00.000Z' },
          reason: expect.stringContaining('calls to RunCloud'),
        },
      },
    ]);
  });
});

describe('no event', () => {
  it('holds a secret, or what RunCloud, a certificate or the network says of anybody', async () => {
    const site = new StandInMultisite({ host: 'network.example', key: 'MARKED-key', secret: 'MARKED-secret' });
    site.map(SHOP);
    const world = await createWorld({
      network: site,
      probes: 'stand-ins',
      runcloud: UNLIMITED,
      settings: { www: 'never', ...REMOVED_ONE_BY_ONE.settings },
      quota: { callsPerMonth: 20 },
    });
    const listener = new Listener();
    const ledger = listener.watch(world.ledger);
    Object.assign(world, { ledger });
    world.standInDns.point(SHOP, SERVER);
    world.standInDns.point('network.example', SERVER);
    const shown = { names: ['MARKED.invalid'], notBefore: 0, notAfter: world.clock.now() * 2, isStaging: false };
    Object.assign(world.standIn, { certificateFor: () => shown });
    const says = 'MARKED Jane Doe <jane@marked.example> is not allowed';
    world.standIn.options = {
      ...world.standIn.options,
      fault: ({ method, path }) =>
        method === 'POST' && path.endsWith('/ssl')
          ? { kind: 'text', status: 422, contentType: 'application/json', text: JSON.stringify({ message: says }) }
          : undefined,
    };
    for (let run = 0; run < 6; run++) {
      await world.ask({ action: 'reconcile' });
      world.clock.advance(2 * HOUR);
    }
    site.unmap(SHOP);
    for (let run = 0; run < 3; run++) {
      await world.ask({ action: 'reconcile' });
      world.clock.advance(2 * HOUR);
    }
    expect(world.logged.join('')).toContain('MARKED Jane Doe');
    expect(typesIn(world)).toContain('domain.added');
    expect(typesIn(world)).toContain('certificate.failed');
    expect(typesIn(world)).toContain('quota.low');
    const records = JSON.stringify(
      [...(await world.ledger.readAll()).values()].flatMap(({ state }) => state.events ?? []),
    );
    for (const text of [JSON.stringify(world.told), records]) {
      expect(text).not.toMatch(/marked/i);
      expect(text).not.toContain('@');
    }
  });
});
