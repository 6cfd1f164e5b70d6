import { describe, expect, it } from 'vitest';
import { reconcileHandler } from '../../functions/reconcile.ts';
import { syncHandler } from '../../functions/sync.ts';
import { iso, MINUTE, SECOND } from '../../lib/core/values/time.ts';
import type { BusEvent } from '../../lib/intake/event.ts';
import { RESERVE_MS } from '../../lib/loop/apply/context.ts';
import { createWorld, shops, startup, type TestWorld } from '../support/world.ts';

function record(messageId: string, body: string) {
  return { messageId, body };
}

function onBus(type: BusEvent['detail-type'], detail: object, at: number): string {
  return JSON.stringify({ version: '0', id: `bus-${at}`, source: 'test', time: iso(at), 'detail-type': type, detail });
}

const context = { getRemainingTimeInMillis: () => 5 * MINUTE };

describe('the function sync', () => {
  it('does a whole batch, and gives back only the message that makes no sense', async () => {
    const world = await createWorld();
    const now = world.clock.now();
    const answer = await syncHandler(startup(world), world.log)(
      {
        Records: [
          record('1', onBus('domain.mapped', { domain: 'a.example' }, now)),
          record('2', 'poison'),
          record('3', onBus('domain.mapped', { domain: 'b.example' }, now)),
          record('4', onBus('domain.unmapped', { domain: 'a.example' }, now + 1)),
          record('5', onBus('domain.recheck', { domains: ['c.example'] }, now)),
        ],
      },
      context,
    );
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
    expect(world.standIn.names).toEqual(['b.example', 'network.example']);
  });

  it('gives all events back when the ledger does not answer', async () => {
    const world = await createWorld();
    const broken = {
      ...world,
      ledger: { ...world.ledger, acquire: async () => Promise.reject(new Error('no table')) },
    };
    const body = onBus('domain.mapped', { domain: 'a.example' }, world.clock.now());
    const answer = await syncHandler(startup(broken), world.log)(
      { Records: [record('1', body), record('2', body)] },
      context,
    );
    expect(answer.batchItemFailures).toHaveLength(2);
    expect(world.logged.join()).toMatch(/no table/);
  });

  it('says which events came too early for the run that is at work, and logs no error', async () => {
    const world = await createWorld();
    const now = world.clock.now();
    await world.ledger.acquire({ holder: 'other', now, ttlMs: 5 * MINUTE, pendingAdds: [] });
    const answer = await syncHandler(startup(world), world.log)(
      { Records: [record('1', onBus('domain.mapped', { domain: 'a.example', network: 'network.example' }, now))] },
      context,
    );
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }], early: ['1'] });
    expect(world.logged.join()).not.toMatch(/could not be worked on/);
    expect(world.logged.join()).toMatch(/waits until the other run has ended/);
  });

  const fromNetwork = (network: string, domain: string, at: number) =>
    record(domain, onBus('domain.mapped', { domain, network }, at));
  const recordedIn = async ({ ledger }: TestWorld) =>
    [...(await ledger.readAll()).values()]
      .filter(({ request }) => request !== undefined)
      .map(({ domain }) => domain)
      .sort();

  it('records no event of another network, and is done with it', async () => {
    const world = await createWorld();
    const now = world.clock.now();
    const sync = syncHandler(startup(world), world.log);
    await sync({ Records: [fromNetwork('network.example', 'a.example', now)] }, context);
    const Records = [
      fromNetwork('staging.example', 'b.example', now),
      fromNetwork('network.example', 'c.example', now),
    ];
    // Another delivery would change nothing.
    expect(await sync({ Records }, context)).toEqual({ batchItemFailures: [] });
    expect(await recordedIn(world)).toEqual(['a.example', 'c.example']);
    expect(world.logged.filter((line) => line.includes('An event of another network was refused'))).toHaveLength(1);
  });

  it('without settings records what surely counts, and gives back what the settings have to decide', async () => {
    const world = await createWorld();
    const { ledger, clock, log } = world;
    const now = clock.now();
    const unready = syncHandler(async () => ({ kind: 'unready', why: 'no settings', ledger, clock }), log);
    const Records = [
      fromNetwork('network.example', 'a.example', now),
      record('b.example', onBus('domain.mapped', { domain: 'b.example' }, now)),
    ];
    expect(await unready({ Records }, context)).toEqual({ batchItemFailures: [{ itemIdentifier: 'a.example' }] });
    expect(await recordedIn(world)).toEqual(['b.example']);

    await syncHandler(startup(world), log)({ Records }, context);
    const later = [fromNetwork('staging.example', 'c.example', now), fromNetwork('network.example', 'd.example', now)];
    expect(await unready({ Records: later }, context)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'c.example' }],
    });
    expect(await recordedIn(world)).toEqual(['a.example', 'b.example', 'd.example']);
  });

  it('is done with a message while the lease is taken, because its request is in the ledger', async () => {
    const world = await createWorld();
    await world.ledger.acquire({ holder: 'other', now: world.clock.now(), ttlMs: MINUTE, pendingAdds: [] });
    const body = onBus('domain.mapped', { domain: 'a.example' }, world.clock.now());
    expect(await syncHandler(startup(world), world.log)({ Records: [record('1', body)] }, context)).toEqual({
      batchItemFailures: [],
    });
    expect((await world.ledger.readAll()).size).toBe(1);
    expect(world.rechecks).toHaveLength(1);
  });

  it('sends nothing when too little time is left, and the rest comes back', async () => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    const body = onBus('domain.mapped', { domain: 'a.example' }, world.clock.now());
    const short = { getRemainingTimeInMillis: () => RESERVE_MS - 1 };
    expect(await syncHandler(startup(world), world.log)({ Records: [record('1', body)] }, short)).toEqual({
      batchItemFailures: [],
    });
    expect(world.standIn.writes).toEqual([]);
    await world.workOff();
    expect(world.standIn.find('a.example')).toBeDefined();
  });

  it('stops in the middle of a long batch, and the rest comes back', async () => {
    const world = await createWorld({ runcloud: { limit: { requests: 10, retryAfter: true, headers: true } } });
    await world.ask({ action: 'reconcile' });
    const names = shops(30);
    const Records = names.map((domain, index) =>
      record(domain, onBus('domain.mapped', { domain }, world.clock.now() + index)),
    );
    const start = world.clock.now();
    await syncHandler(startup(world), world.log)({ Records }, { getRemainingTimeInMillis: () => 95 * SECOND });
    // A request may take 30 s, and what came of it has to be written down.
    const last = world.standIn.calls.at(-1)?.at ?? 0;
    expect(last - start).toBeLessThanOrEqual(60 * SECOND);
    expect(world.standIn.domains.length).toBeLessThan(30);
    await world.workOff();
    expect(world.standIn.domains).toHaveLength(31);
  });
});

describe('the function reconcile', () => {
  it('answers the schedule and a person alike', async () => {
    const world = await createWorld();
    expect(await reconcileHandler(startup(world), world.log)({ action: 'reconcile' }, context)).toMatchObject({
      ok: true,
      writes: 0,
    });
    expect(await reconcileHandler(startup(world), world.log)({ action: 'nonsense' }, context)).toMatchObject({
      ok: false,
    });
  });

  it('fails where the ledger does, so that AWS sees it', async () => {
    const world = await createWorld();
    const broken = {
      ...world,
      ledger: { ...world.ledger, acquire: async () => Promise.reject(new Error('no table')) },
    };
    await expect(reconcileHandler(startup(broken), world.log)({ action: 'reconcile' }, context)).rejects.toThrow(
      'no table',
    );
  });
});
