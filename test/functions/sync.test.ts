import { describe, expect, it } from 'vitest';
import { reconcileHandler } from '../../functions/reconcile.ts';
import { syncHandler } from '../../functions/sync.ts';
import { iso, MINUTE, SECOND } from '../../lib/core/values/time.ts';
import type { BusEvent } from '../../lib/intake/event.ts';
import { RESERVE_MS } from '../../lib/loop/apply/context.ts';
import { createWorld, shops, startup } from '../support/world.ts';

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

  it('records no event of another network, with settings or without', async () => {
    const world = await createWorld();
    const { ledger, clock, log } = world;
    const unready = syncHandler(async () => ({ kind: 'unready', why: 'no settings', ledger, clock }), log);
    const from = (network: string, domain: string) =>
      record(network, onBus('domain.mapped', { domain, network }, clock.now()));
    await syncHandler(startup(world), log)({ Records: [from('network.example', 'a.example')] }, context);
    for (const sync of [syncHandler(startup(world), log), unready]) {
      const Records = [from('staging.example', 'b.example'), from('network.example', 'c.example')];
      // It is done with them all the same: another delivery would change nothing.
      expect(await sync({ Records }, context)).toEqual({ batchItemFailures: [] });
    }
    const recorded = [...(await ledger.readAll()).values()].filter(({ request }) => request !== undefined);
    expect(recorded.map(({ domain }) => domain).sort()).toEqual(['a.example', 'c.example']);
    expect(world.logged.filter((line) => line.includes('An event of another network was refused'))).toHaveLength(2);
  });

  it('is done with a message while the lease is taken, because its wish is in the ledger', async () => {
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
