import { describe, expect, it } from 'vitest';
import type { MappingEvent } from '../../../lib/core/domain/mapping-request.ts';
import type { HostName } from '../../../lib/core/values/host-name.ts';
import type { NetworkName } from '../../../lib/core/values/network-name.ts';
import { HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';
import { memoryLedger } from '../../../lib/ledger/memory.ts';
import { syncEvents } from '../../../lib/loop/runs/sync.ts';
import { StandInMultisite } from '../../../local/stand-in/multisite.ts';
import { StandInRunCloud } from '../../../local/stand-in/runcloud.ts';
import { keep } from '../../support/ledger.ts';
import { createWorld, mapped, shops, unmapped } from '../../support/world.ts';

describe('an event', () => {
  it('that maps a domain costs exactly one write and no list call', async () => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    world.standIn.calls.length = 0;
    const ran = await world.deliver(mapped('shop.example', world.clock));
    expect(ran).toMatchObject({ kind: 'ran', result: { done: [{ action: 'add' }], writes: 1 } });
    expect(world.standIn.calls.map((call) => call.method)).toEqual(['POST']);
    expect(world.standIn.find('shop.example')).toMatchObject({ type: 'alias', www: false, redirection: 'none' });
  });

  it('that unmaps a domain the ledger knows costs exactly one write and no list call', async () => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    await world.deliver(mapped('shop.example', world.clock));
    world.clock.advance(1);
    world.standIn.calls.length = 0;
    await world.deliver(unmapped('shop.example', world.clock));
    expect(world.standIn.names).toEqual(['network.example']);
    expect(world.standIn.writes).toHaveLength(1);
    expect(world.standIn.listCalls).toHaveLength(0);
  });

  it('comes before anything was ever read: RunCloud is read first', async () => {
    const world = await createWorld();
    world.standIn.addByHand('shop.example');
    await world.deliver(mapped('shop.example', world.clock));
    expect(world.standIn.writes).toHaveLength(0);
    expect((await world.ledger.readApplication()).snapshot?.count).toBe(2);
  });

  it('asks for www where the www name points to the server and the domain is registrable', async () => {
    const here = [StandInRunCloud.address];
    const dns = new Map([
      ['www.shop.example', here],
      ['www.sub.shop.example', here],
      ['www.elsewhere.example', ['192.0.2.1']],
      ['www.both.example', [...here, '2001:db8::1']],
    ]);
    const world = await createWorld({ dns });
    const names = ['shop.example', 'sub.shop.example', 'elsewhere.example', 'both.example', 'none.example'];
    await world.deliver(...names.map((name) => mapped(name, world.clock)));
    expect(world.standIn.find('shop.example')).toMatchObject({ www: true, redirection: 'non-www' });
    for (const name of names.slice(1)) {
      expect(world.standIn.find(name)).toMatchObject({ www: false, redirection: 'none' });
    }
  });

  it('asks RunCloud for the address of the server once a day at most', async () => {
    const dns = new Map(shops(4).map((shop) => [`www.${shop}`, [StandInRunCloud.address]] as const));
    const world = await createWorld({ dns });
    const reads = () => world.standIn.calls.filter((call) => call.path === '/servers/7').length;
    await world.deliver(mapped('shop-0000.example', world.clock), mapped('shop-0001.example', world.clock));
    await world.deliver(mapped('shop-0002.example', world.clock));
    expect(reads()).toBe(1);
    world.clock.advance(25 * HOUR);
    await world.deliver(mapped('shop-0003.example', world.clock));
    expect(reads()).toBe(2);
    expect(world.standIn.find('shop-0003.example')?.www).toBe(true);
  });

  it('in the www form asks for www whatever DNS says', async () => {
    const world = await createWorld({ settings: { www: 'never' } });
    await world.deliver(mapped('www.shop.example', world.clock));
    expect(world.standIn.find('shop.example')).toMatchObject({ www: true, redirection: 'non-www' });
  });

  it('for a protected domain is kept and shows as held, and done once the domain is protected no more', async () => {
    const ledger = memoryLedger();
    const protecting = await createWorld({ ledger, settings: { protectedDomains: ['shop.example'] } });
    const ran = await protecting.deliver(mapped('shop.example', protecting.clock));
    expect(ran).toMatchObject({ result: { held: [{ code: 'protected' }], writes: 0 } });
    const { domains } = (await protecting.ask({ action: 'status' })) as { domains?: unknown };
    expect(domains).toContainEqual(
      expect.objectContaining({ domain: 'shop.example', reason: expect.stringContaining('PROTECTED_DOMAINS') }),
    );
    const { clock, standIn } = protecting;
    const open = await createWorld({ ledger, clock, standIn });
    await open.ask({ action: 'reconcile' });
    expect(standIn.find('shop.example')).toBeDefined();
  });

  it('that comes late changes nothing', async () => {
    const world = await createWorld();
    const early = mapped('shop.example', world.clock);
    world.clock.advance(MINUTE);
    await world.deliver(mapped('shop.example', world.clock));
    world.clock.advance(MINUTE);
    await world.deliver(unmapped('shop.example', world.clock));
    const before = world.standIn.writes.length;
    await world.deliver(early);
    expect(world.standIn.writes).toHaveLength(before);
    expect(world.standIn.find('shop.example')).toBeUndefined();
  });

  it('for a domain that is there already, by hand, makes no write and says that it is not ours', async () => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    // Added after the last reading, so that only RunCloud's answer can tell.
    world.standIn.addByHand('shop.example');
    const ran = await world.deliver(mapped('shop.example', world.clock));
    expect(ran).toMatchObject({ result: { held: [{ code: 'not-ours' }] } });
    world.clock.advance(1);
    await world.deliver(unmapped('shop.example', world.clock));
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.find('shop.example')).toBeDefined();
  });

  it('for a domain that is there already is not fooled by an answer with the old object', async () => {
    const world = await createWorld({ runcloud: { onDuplicate: 'old-object' } });
    const ours = world.standIn.addByHand('shop.example');
    await world.ask({ action: 'reconcile' });
    // Forget what was seen, as if the ledger had been lost since.
    await keep(world.ledger, { states: new Map([['shop.example' as HostName, {}]]) });
    const ran = await world.deliver(mapped('shop.example', world.clock));
    expect(ran).toMatchObject({ result: { held: [{ code: 'not-ours' }], done: [] } });
    world.clock.advance(1);
    await world.deliver(unmapped('shop.example', world.clock));
    expect(world.standIn.find('shop.example')?.id).toBe(ours.id);
  });

  it('never removes a domain that became the primary one since the last reading', async () => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    await world.deliver(mapped('shop.example', world.clock));
    const domain = world.standIn.find('shop.example');
    if (domain) domain.type = 'primary';
    world.clock.advance(1);
    const ran = await world.deliver(unmapped('shop.example', world.clock));
    expect(ran).toMatchObject({ result: { held: [{ code: 'protected' }], writes: 0 } });
    expect(world.standIn.find('shop.example')).toBeDefined();
  });

  it('never removes an object of the same name that somebody else made', async () => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    await world.deliver(mapped('shop.example', world.clock));
    world.standIn.removeByHand('shop.example');
    world.standIn.addByHand('shop.example');
    world.clock.advance(1);
    await world.deliver(unmapped('shop.example', world.clock));
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.find('shop.example')).toBeDefined();
    expect(world.standIn.writes.filter((call) => call.method === 'DELETE')).toHaveLength(0);
  });

  it('that unmaps what was deleted by hand counts as done', async () => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    await world.deliver(mapped('shop.example', world.clock));
    world.standIn.removeByHand('shop.example');
    world.clock.advance(1);
    const ran = await world.deliver(unmapped('shop.example', world.clock));
    expect(ran).toMatchObject({ result: { done: [{ action: 'remove' }], failed: [] } });
  });

  it('finds a name that another application has, says so, and does not hammer', async () => {
    const world = await createWorld();
    world.standIn.takenElsewhere.add('shop.example');
    const ran = await world.deliver(mapped('shop.example', world.clock));
    expect(ran).toMatchObject({
      result: { failed: [{ why: expect.stringMatching(/already been taken.*not among the domains/) }] },
    });
    expect(world.rechecks).toEqual([]);
    world.clock.advance(HOUR);
    const { held } = (await world.ask({ action: 'reconcile' })) as { held?: unknown };
    expect(held).toMatchObject([{ code: 'waiting' }]);
    expect(world.standIn.writes).toHaveLength(1);
  });

  it('while another run holds the lease is recorded, and comes back', async () => {
    const world = await createWorld();
    const now = world.clock.now();
    await world.ledger.acquire({ holder: 'other', now, ttlMs: MINUTE, pendingAdds: [] });
    expect(await world.deliver(mapped('shop.example', world.clock))).toMatchObject({ kind: 'busy' });
    expect(world.standIn.calls).toEqual([]);
    expect((await world.ledger.readAll()).size).toBe(1);
    await world.ledger.release('other', [], {});
    await world.workOff();
    expect(world.standIn.find('shop.example')).toBeDefined();
  });

  it('for one domain that RunCloud refuses does not stop the others', async () => {
    const world = await createWorld();
    world.standIn.takenElsewhere.add('shop-0001.example');
    const ran = await world.deliver(...shops(3).map((shop) => mapped(shop, world.clock)));
    expect(ran).toMatchObject({ result: { done: [{}, {}], failed: [{ domain: 'shop-0001.example' }] } });
  });

  it('is not done under observe, and says why', async () => {
    const world = await createWorld({ settings: { policy: 'observe' } });
    const ran = await world.deliver(mapped('shop.example', world.clock));
    expect(ran).toMatchObject({ result: { held: [{ code: 'policy' }], writes: 0 } });
    expect(world.standIn.writes).toEqual([]);
  });

  it('comes after its run died in the middle of an add: RunCloud is read, and what was added is ours', async () => {
    const ledger = memoryLedger();
    const world = await createWorld({ ledger });
    await world.ask({ action: 'reconcile' });
    const event = mapped('shop.example', world.clock);
    // The process announced the add, sent it, and died before it could record the answer.
    const now = world.clock.now();
    const pendingAdds = [{ domain: event.domain, since: iso(now), until: iso(now + MINUTE) }];
    await ledger.acquire({ holder: 'dead', now, ttlMs: MINUTE, pendingAdds });
    await ledger.recordRequests([event]);
    world.standIn.addByHand('shop.example');
    world.clock.advance(2 * MINUTE);
    await world.deliver(event);
    expect(world.standIn.writes).toEqual([]);
    world.clock.advance(1);
    await world.deliver(unmapped('shop.example', world.clock));
    expect(world.standIn.find('shop.example')).toBeUndefined();
  });
});

describe('events of several networks', () => {
  const OURS = 'network.example' as NetworkName;
  const COPY = 'staging.example' as NetworkName;
  const of = (network: NetworkName, event: MappingEvent): MappingEvent => ({ ...event, network });

  /** The network maps shop.example, and its event puts it on record. */
  const begin = async (options: Parameters<typeof createWorld>[0] = {}) => {
    const world = await createWorld(options);
    await world.ask({ action: 'reconcile' });
    await world.deliver(of(OURS, mapped('shop.example', world.clock)));
    world.clock.advance(MINUTE);
    return world;
  };

  it('a copy removes nothing and adds nothing, whatever it signs, now and with the next reconcile', async () => {
    const world = await begin();
    await world.deliver(
      of(COPY, unmapped('shop.example', world.clock)),
      of(COPY, mapped('copied.example', world.clock)),
    );
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.names).toEqual(['network.example', 'shop.example']);
    const records = await world.ledger.readAll();
    expect(records.get('shop.example' as HostName)?.request?.kind).toBe('mapped');
    expect(records.has('copied.example' as HostName)).toBe(false);
  });

  it('in one batch each is judged by itself, and senders that name none count', async () => {
    const world = await begin();
    await world.deliver(
      of(COPY, unmapped('shop.example', world.clock)),
      of(OURS, mapped('new.example', world.clock)),
      mapped('other.example', world.clock),
    );
    expect(world.standIn.names).toEqual(['network.example', 'new.example', 'other.example', 'shop.example']);
  });

  it('a copy is refused while another run holds the lease', async () => {
    const world = await begin();
    await world.ledger.acquire({ holder: 'other', now: world.clock.now(), ttlMs: HOUR, pendingAdds: [] });
    const before = [...world.rechecks];
    expect(await world.deliver(of(COPY, unmapped('shop.example', world.clock)))).toMatchObject({ kind: 'busy' });
    expect(world.rechecks).toEqual(before);
    expect((await world.ledger.readAll()).get('shop.example' as HostName)?.request?.kind).toBe('mapped');
  });

  it('the first that names its network waits for the run that holds the lease, so that two runs put none on record', async () => {
    const world = await createWorld();
    const { ledger, clock } = world;
    await ledger.acquire({ holder: 'other', now: clock.now(), ttlMs: HOUR, pendingAdds: [] });
    await expect(world.deliver(of(COPY, mapped('shop.example', clock)))).rejects.toThrow(/waits until the other run/);
    expect((await ledger.readAll()).size).toBe(0);
    expect(await world.deliver(mapped('shop.example', clock))).toMatchObject({ kind: 'busy' });
    expect((await ledger.readAll()).size).toBe(1);
  });

  it('are judged anew where another run put a network on record between the look and the lease', async () => {
    const world = await createWorld();
    const { ledger, clock } = world;
    const racing = {
      ...world,
      ledger: {
        ...ledger,
        // As the other run leaves it: OURS is on record from here on.
        acquire: async (...given: Parameters<typeof ledger.acquire>) => {
          const acquired = await ledger.acquire(...given);
          if (acquired.kind !== 'acquired') return acquired;
          return { ...acquired, application: { ...acquired.application, eventNetworks: { onRecord: OURS } } };
        },
      },
    };
    const events = [of(COPY, mapped('shop.example', clock))];
    await expect(syncEvents(racing, events, clock.now() + HOUR)).rejects.toThrow(/put a network on record meanwhile/);
    expect((await ledger.readAll()).size).toBe(0);
    expect(world.standIn.writes).toEqual([]);
  });

  it('the network of the lists counts before any event named it, and a copy that speaks first does not', async () => {
    const network = new StandInMultisite({ host: 'network.example', key: 'MARKED-KEY', secret: 'MARKED-SECRET' });
    network.map('shop.example');
    const world = await createWorld({ network });
    await world.ask({ action: 'reconcile' });
    await world.deliver(of(COPY, unmapped('shop.example', world.clock)));
    expect((await world.ledger.readAll()).get('shop.example' as HostName)?.request).toBeUndefined();
    await world.deliver(of(OURS, mapped('shop.example', world.clock)));
    expect((await world.ledger.readApplication()).eventNetworks).toMatchObject({ onRecord: OURS });
  });

  it('the network in the settings counts from the first event on, and is on record then', async () => {
    const world = await createWorld({ eventsFrom: OURS });
    await world.deliver(of(COPY, mapped('copied.example', world.clock)));
    expect(world.standIn.names).toEqual(['network.example']);
    await world.deliver(of(OURS, mapped('shop.example', world.clock)));
    expect((await world.ledger.readApplication()).eventNetworks).toMatchObject({ onRecord: OURS });
  });

  it('what is refused shows in the log, in status and in the doctor, and costs RunCloud nothing', async () => {
    const world = await begin();
    world.standIn.calls.length = 0;
    await world.deliver(of(COPY, unmapped('shop.example', world.clock)));
    expect(world.standIn.calls).toEqual([]);
    const words = /refused within a week.*staging\.example.*shop\.example was unmapped/;
    expect((await world.ask({ action: 'status' })).summary).toMatch(words);
    const { checks } = (await world.ask({ action: 'doctor' })) as unknown as { checks: { name: string }[] };
    expect(checks.find(({ name }) => name === 'network-events')).toMatchObject({
      ok: false,
      found: expect.stringMatching(words),
      what_to_do: expect.stringMatching(/NETWORK=staging\.example/),
    });
    expect(world.logged.join()).toMatch(
      /An event of another network was refused.*network on record is network\.example/,
    );
  });

  it('after a move the settings name the new network: its events count, and the old one is refused', async () => {
    const world = await begin();
    await world.deliver(of(COPY, unmapped('shop.example', world.clock)));
    const moved = { ...world, eventsFrom: COPY };
    await syncEvents(moved, [of(COPY, unmapped('shop.example', world.clock))], world.clock.now() + HOUR);
    expect(world.standIn.names).toEqual(['network.example']);
    expect((await world.ledger.readApplication()).eventNetworks).toMatchObject({ onRecord: COPY });
    await world.deliver(of(OURS, mapped('late.example', world.clock)));
    expect(world.standIn.names).toEqual(['network.example']);
  });
});
