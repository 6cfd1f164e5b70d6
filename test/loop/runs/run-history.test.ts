/** The last runs, as the ledger keeps them and `status` lists them. */
import { describe, expect, it } from 'vitest';
import { iso, MINUTE } from '../../../lib/core/values/time.ts';
import { memoryLedger } from '../../../lib/ledger/memory.ts';
import { answerQuery } from '../../../lib/query.ts';
import { createWorld, mapped, shops, unmapped } from '../../support/world.ts';

describe('the history of runs', () => {
  it('has each run over all domains, newest first, for the console and for a query', async () => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    await world.ledger.recordRequests(shops(2).map((name) => mapped(name, world.clock)));
    world.clock.advance(MINUTE);
    const start = world.clock.now();
    await world.ask({ action: 'reconcile' });
    const end = world.clock.now();
    // A run about one domain is none.
    await world.deliver(mapped('other.example', world.clock));
    const { runs } = await world.ask({ action: 'status' });
    expect(runs).toEqual([
      { at: iso(end), took_ms: end - start, done: 2, held: 0, failed: 0 },
      expect.objectContaining({ done: 0 }),
    ]);
    expect((await answerQuery(world, { action: 'status' }))['runs']).toEqual(runs);
    expect((await world.ledger.readApplication()).lastReconcile?.at).toBe(iso(end));
  });

  it('has those that ended early, and why', async () => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    world.standIn.options = {
      ...world.standIn.options,
      fault: () => ({ kind: 'status', status: 401, carriedOut: false }),
    };
    await world.ask({ action: 'reconcile' });
    const { runs = [] } = await world.ledger.readApplication();
    expect(runs).toMatchObject([{ done: 0, aborted: { why: expect.stringMatching(/401/) } }, { done: 0 }]);
    expect(runs[0]?.aborted).not.toHaveProperty('progress');
  });

  it('tells runs that go on with one work from those that ended early', async () => {
    const world = await createWorld({ runcloud: { limit: { requests: 20, retryAfter: true, headers: true } } });
    await world.ask({ action: 'reconcile' });
    await world.ledger.recordRequests(shops(200).map((name) => mapped(name, world.clock)));
    await world.ask({ action: 'reconcile' });
    const { runs = [] } = await world.ledger.readApplication();
    expect(runs[0]).toMatchObject({ aborted: { progress: true } });
    expect(runs[0]?.done).toBeGreaterThan(0);
  });

  it('goes with what gives the lease back: a run with nothing to do writes once', async () => {
    const ledger = memoryLedger();
    const world = await createWorld({ ledger });
    await world.ask({ action: 'reconcile' });
    const changes: (readonly string[])[] = [];
    const { save, release } = ledger;
    ledger.save = async (holder, change) => {
      changes.push(['save']);
      await save(holder, change);
    };
    ledger.release = async (holder, pending, last) => {
      changes.push(Object.keys(last.application ?? {}).filter((name) => ['lastReconcile', 'runs'].includes(name)));
      await release(holder, pending, last);
    };
    await world.ask({ action: 'reconcile', by: 'schedule' });
    expect(changes.map((names) => names.toSorted())).toEqual([['lastReconcile', 'runs']]);
  });

  it('begins with the next run in a ledger that has none', async () => {
    const world = await createWorld();
    await world.deliver(mapped('shop.example', world.clock), unmapped('gone.example', world.clock));
    expect((await world.ask({ action: 'status' }))['runs']).toEqual([]);
  });
});

describe('the calls of a month', () => {
  it('are listed by day, by the console and by a query', async () => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    const answer = await world.ask({ action: 'quota' });
    const days = answer['days'] as readonly { day: string; calls: number; on: object }[];
    expect(days.at(0)).toEqual({ day: '2026-11-01', calls: 0, on: {} });
    expect(days.at(-1)).toEqual({ day: '2026-11-22', calls: answer['used'], on: answer['on'] });
    expect((await answerQuery(world, { action: 'quota' }))['days']).toEqual(days);
  });
});
