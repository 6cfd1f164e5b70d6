/** A run under a clock that RunCloud's or the network's disagrees with: nothing is removed, and nothing that is stored is corrected. */
import { describe, expect, it } from 'vitest';
import { requestOrder } from '../../lib/core/domain/mapping-request.ts';
import type { HostName } from '../../lib/core/values/host-name.ts';
import { DAY, HOUR, iso, MINUTE } from '../../lib/core/values/time.ts';
import type { Ledger } from '../../lib/ledger/ledger.ts';
import { memoryLedger } from '../../lib/ledger/memory.ts';
import { recordWithoutSettings } from '../../lib/loop/runs/admit.ts';
import { reconcile } from '../../lib/loop/runs/reconcile.ts';
import { StandInMultisite } from '../../local/stand-in/multisite.ts';
import { type StandInOptions, StandInRunCloud } from '../../local/stand-in/runcloud.ts';
import { type SimulatedClock, simulatedClock, skewedClock } from '../support/clock.ts';
import { createWorld, mapped, shops, TOKEN, unmapped } from '../support/world.ts';

const BRAKE = { count: 5, percent: 5 };
const OPTIONS = { host: 'network.example', key: 'key', secret: 'secret' };
const UNLIMITED = { requests: 1_000_000, retryAfter: true, headers: true };
const shop = 'shop.example' as HostName;

/** `truth` is RunCloud's clock and the network's, `clock` that of the service. */
async function create(names?: readonly string[], more: Partial<StandInOptions> = {}) {
  const truth = simulatedClock();
  const clock = skewedClock(truth);
  const standIn = new StandInRunCloud({
    clock: truth,
    authorization: `Bearer ${TOKEN}`,
    ssl: {},
    limit: UNLIMITED,
    ...more,
  });
  const site = new StandInMultisite({ ...OPTIONS, clock: truth });
  for (const name of names ?? []) site.map(name);
  const world = await createWorld({ clock, standIn, settings: { brake: BRAKE }, ...(names && { network: site }) });
  await world.ask({ action: 'reconcile' });
  return { world, clock, truth, site };
}

describe.each([
  ['three hours behind', -3 * HOUR],
  ['a year behind', -365 * DAY],
])('a clock that is %s for one run', (_, aheadMs) => {
  it('does not let a late event win over the newer one that stands', async () => {
    const { world, clock, truth } = await create();
    await world.deliver(mapped('shop.example', truth));
    truth.advance(HOUR);
    const late = unmapped('shop.example', truth);
    truth.advance(HOUR);
    await world.deliver(mapped('shop.example', truth));
    const before = await world.ledger.readAll();
    truth.advance(HOUR);
    for (const run of [async () => world.ask({ action: 'reconcile' }), async () => world.deliver(late)]) {
      clock.aheadMs = aheadMs;
      await run();
      clock.aheadMs = 0;
      truth.advance(MINUTE);
      expect((await world.ledger.readAll()).get(shop)?.request).toEqual(before.get(shop)?.request);
      await world.deliver(late);
      expect(world.standIn.find('shop.example')).toBeDefined();
    }
  });

  it('ends no grace, and makes the brake forget no removal', async () => {
    const names = shops(60);
    const { world, clock, truth, site } = await create(names);
    for (let round = 0; round < 4; round++) {
      for (const name of names.slice(round * 5, round * 5 + 5)) site.unmap(name);
      clock.aheadMs = aheadMs;
      expect(await world.ask({ action: 'reconcile' })).toMatchObject({ done: [] });
      clock.aheadMs = 0;
      truth.advance(MINUTE);
      expect(await world.ask({ action: 'reconcile' })).toMatchObject({ done: [] });
      truth.advance(MINUTE);
    }
    expect(world.standIn.names).toHaveLength(61);
    truth.advance(2 * HOUR);
    // What a person lets go counts all the same.
    const plan = await world.ask({ action: 'plan' });
    await world.ask({ action: 'apply', checksum: plan['checksum'] });
    const { removals } = await world.ledger.readApplication();
    clock.aheadMs = aheadMs;
    await world.ask({ action: 'reconcile' });
    expect((await world.ledger.readApplication()).removals).toEqual(removals);
  });
});

describe('a clock that is a day ahead for one run', () => {
  it('ends no grace, and the summary says which clock is off', async () => {
    const { world, clock, truth, site } = await create(shops(4));
    site.unmap('shop-0000.example');
    await world.ask({ action: 'reconcile' });
    truth.advance(MINUTE);
    clock.aheadMs = DAY;
    const { summary, done } = (await world.ask({ action: 'reconcile' })) as unknown as { summary: string; done: [] };
    expect(done).toEqual([]);
    expect(summary).toContain('the clock of RunCloud is 24 hours behind that of this machine');
    expect(world.standIn.find('shop-0000.example')).toBeDefined();
  });

  it('removes nothing that an event unmaps, and the next run with the right clock does', async () => {
    const { world, clock, truth } = await create();
    await world.deliver(mapped('shop.example', truth));
    truth.advance(MINUTE);
    clock.aheadMs = DAY;
    const ran = await world.deliver(unmapped('shop.example', truth));
    expect(ran).toMatchObject({ result: { held: [{ domain: 'shop.example', code: 'incomplete' }] } });
    expect(world.standIn.find('shop.example')).toBeDefined();
    clock.aheadMs = 0;
    truth.advance(MINUTE);
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.find('shop.example')).toBeUndefined();
  });
});

describe('a stored time that is ahead', () => {
  it('is corrected where RunCloud’s clock agrees, and what was said of its request stands', async () => {
    const { world, clock, site } = await create(shops(4));
    clock.aheadMs = 365 * DAY;
    await world.ask({ action: 'map', domain: 'shop.example' });
    clock.advance(MINUTE);
    await world.ask({ action: 'reconcile' });
    clock.aheadMs = 0;
    clock.advance(MINUTE);
    site.options = { ...site.options, spoil: () => ({ status: 503, body: 'no' }) };
    for (let run = 0; run < 2; run++) {
      await world.ask({ action: 'reconcile' });
      const record = (await world.ledger.readAll()).get(shop);
      expect(record?.request && requestOrder(record.request)).toBe(record?.state.refuted);
      expect(record?.request?.occurredAt).toMatch(/^2026/);
    }
    expect(world.standIn.find('shop.example')).toBeUndefined();
  });

  it('stays, and nothing is removed, where no other clock can be asked', async () => {
    const { world, clock, truth } = await create();
    await world.deliver(mapped('shop.example', truth));
    truth.advance(HOUR);
    clock.aheadMs = -3 * HOUR;
    const before = await world.ledger.readAll();
    const { options } = world.standIn;
    world.standIn.options = { ...options, fault: () => ({ kind: 'no-answer', carriedOut: false }) };
    await world.deliver(unmapped('shop.example', truth)).catch(() => undefined);
    world.standIn.options = options;
    expect((await world.ledger.readAll()).get(shop)?.state).toEqual(before.get(shop)?.state);
    expect(world.standIn.find('shop.example')).toBeDefined();
  });
});

describe('an event that comes after one of a producer whose clock is two hours ahead', () => {
  const twoHoursAhead = (truth: SimulatedClock): SimulatedClock => ({ ...truth, now: () => truth.now() + 2 * HOUR });

  /** shop.example is on RunCloud and not mapped; `kinds` come one after the other, the first of them ahead, while RunCloud is down. */
  async function inAnOutage(first: typeof mapped | typeof unmapped, second: typeof mapped | typeof unmapped) {
    const { world, truth } = await create();
    await world.deliver(mapped('shop.example', truth));
    truth.advance(HOUR);
    const { options } = world.standIn;
    world.standIn.options = { ...options, fault: () => ({ kind: 'no-answer', carriedOut: false }) };
    await world.deliver(first('shop.example', twoHoursAhead(truth)));
    truth.advance(10 * MINUTE);
    const ran = await world.deliver(second('shop.example', truth));
    return {
      world,
      truth,
      ran,
      over: () => {
        world.standIn.options = options;
      },
    };
  }

  it('waits while no clock can be asked, is held with the reason, and counts once one can', async () => {
    const { world, truth, ran, over } = await inAnOutage(unmapped, mapped);
    expect(ran).toMatchObject({
      result: {
        held: expect.arrayContaining([
          expect.objectContaining({ code: 'stopped', reason: expect.stringMatching(/no other clock tells/) }),
        ]),
      },
    });
    expect(world.rechecks).not.toEqual([]);
    over();
    truth.advance(10 * MINUTE);
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.find('shop.example')).toBeDefined();
    const record = (await world.ledger.readAll()).get(shop);
    expect(record?.request?.kind).toBe('mapped');
    expect(record?.state.contested).toBeUndefined();
    truth.advance(DAY);
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.find('shop.example')).toBeDefined();
  });

  it('counts by its recheck too, and when it is delivered again', async () => {
    const { world, truth, over } = await inAnOutage(mapped, unmapped);
    over();
    await world.workOff();
    expect(world.standIn.find('shop.example')).toBeUndefined();
    truth.advance(3 * HOUR);
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.find('shop.example')).toBeUndefined();
  });

  it('is delivered again where another run holds the lease, for only that one can remember it', async () => {
    const { world, truth } = await create();
    await world.ledger.recordRequests([unmapped('shop.example', twoHoursAhead(truth))]);
    await world.ledger.acquire({ holder: 'other', now: truth.now(), ttlMs: MINUTE, pendingAdds: [] });
    const { options } = world.standIn;
    world.standIn.options = { ...options, fault: () => ({ kind: 'no-answer', carriedOut: false }) };
    const event = mapped('shop.example', truth);
    await expect(world.deliver(event)).rejects.toThrow(/Which of two requests is the newer one/);
    world.standIn.options = options;
    await world.ledger.release('other', [], {});
    await world.deliver(event);
    expect(world.standIn.find('shop.example')).toBeDefined();
  });
});

describe('while there are no settings', () => {
  it('nothing that stands is dated anew: an event that this clock would let win is delivered again', async () => {
    const { world, clock, truth } = await create();
    const deps = { ledger: memoryLedger(), clock, log: world.log };
    const late = unmapped('shop.example', truth);
    const other = mapped('other.example', truth);
    truth.advance(HOUR);
    await deps.ledger.recordRequests([mapped('shop.example', truth)]);
    const before = (await deps.ledger.readAll()).get(shop);
    truth.advance(MINUTE);
    clock.aheadMs = -3 * HOUR;
    expect(await recordWithoutSettings(deps, [late, other])).toEqual([late]);
    expect((await deps.ledger.readAll()).get(shop)).toEqual(before);
    clock.aheadMs = 0;
    expect(await recordWithoutSettings(deps, [late])).toEqual([]);
    expect((await deps.ledger.readAll()).get(shop)).toEqual(before);
  });
});

describe('a run whose clock is denied', () => {
  it.each(['plan', 'status'])('does not forget that for a %s that is asked for meanwhile', async (action) => {
    const { world, clock, truth } = await create();
    await world.deliver(mapped('shop.example', truth));
    truth.advance(HOUR);
    await world.ledger.recordRequests([unmapped('shop.example', truth)]);
    clock.aheadMs = DAY;
    let asked: Promise<unknown> | undefined;
    const readAll: Ledger['readAll'] = async () => {
      asked ??= world.ask({ action });
      return world.ledger.readAll();
    };
    await reconcile({ ...world, ledger: { ...world.ledger, readAll } }, clock.now() + 5 * MINUTE);
    expect(asked).toBeDefined();
    await asked;
    expect(world.standIn.find('shop.example')).toBeDefined();
  });
});

describe('what a run under a clock that is far ahead would call old', () => {
  it('is not forgotten by the brake: removals, in the runs over all domains that follow', async () => {
    const names = shops(60);
    const { world, clock, truth, site } = await create(names);
    const hours = async (): Promise<void> => {
      for (let hour = 0; hour < 3; hour++) {
        truth.advance(HOUR);
        await world.ask({ action: 'reconcile' });
      }
    };
    for (const name of names.slice(0, 5)) site.unmap(name);
    await hours();
    expect(world.standIn.names).toHaveLength(56);
    clock.aheadMs = 100 * DAY;
    await world.ask({ action: 'reconcile' });
    clock.aheadMs = 0;
    for (const name of names.slice(5, 10)) site.unmap(name);
    await hours();
    expect(world.standIn.names).toHaveLength(56);
  });

  it('is not forgotten by the brake: removals, in the events that follow', async () => {
    const names = shops(60);
    const { world, clock, truth } = await create();
    await world.deliver(...names.map((name) => mapped(name, truth)));
    truth.advance(HOUR);
    await world.deliver(...names.slice(0, 5).map((name) => unmapped(name, truth)));
    expect(world.standIn.names).toHaveLength(56);
    clock.aheadMs = 2 * DAY;
    await world.ask({ action: 'reconcile' });
    clock.aheadMs = 0;
    truth.advance(MINUTE);
    await world.deliver(...names.slice(5, 10).map((name) => unmapped(name, truth)));
    expect(world.standIn.names).toHaveLength(56);
  });

  it('is not dropped: the record of an unmapped domain, so an older event that comes late changes nothing', async () => {
    const { world, clock, truth } = await create();
    const early = mapped('shop.example', truth);
    truth.advance(MINUTE);
    await world.deliver(mapped('shop.example', truth));
    truth.advance(HOUR);
    await world.deliver(unmapped('shop.example', truth));
    clock.aheadMs = 100 * DAY;
    await world.ask({ action: 'reconcile' });
    clock.aheadMs = 0;
    truth.advance(MINUTE);
    await world.deliver(early);
    expect(world.standIn.find('shop.example')).toBeUndefined();
  });

  it('is given up: an add whose answer was lost, so that nothing made by hand meanwhile counts as ours', async () => {
    const { world, clock, truth } = await create(undefined, { listLagMs: 5 * MINUTE });
    const { options } = world.standIn;
    let isSent = false;
    world.standIn.options = {
      ...options,
      fault: ({ method }) => {
        const isLost = isSent || method === 'POST';
        isSent = isLost;
        return isLost ? { kind: 'no-answer', carriedOut: method === 'POST' } : undefined;
      },
    };
    await world.deliver(mapped('shop.example', truth));
    // In the run that is off, RunCloud takes no add again.
    world.standIn.options = {
      ...options,
      fault: ({ method }) => (method === 'POST' ? { kind: 'status', status: 422, carriedOut: false } : undefined),
    };
    clock.aheadMs = DAY;
    await world.ask({ action: 'reconcile' });
    clock.aheadMs = 0;
    world.standIn.options = options;
    truth.advance(10 * MINUTE);
    await world.ask({ action: 'reconcile' });
    expect((await world.ledger.readAll()).get(shop)?.state.owned).toBeUndefined();
    // People see it, and can hand it over.
    expect((await world.ask({ action: 'plan' }))['holds']).toContainEqual(
      expect.objectContaining({ domain: 'shop.example', code: 'not-ours' }),
    );
  });

  it('is not given up: a domain of ours that one list lacks, and that is asked about', async () => {
    const { world, clock, truth, site } = await create(['shop.example', ...shops(20)]);
    site.unmap('shop.example');
    world.standIn.removeByHand('shop.example');
    await world.ask({ action: 'reconcile' });
    const stateOf = async () => (await world.ledger.readAll()).get(shop)?.state;
    expect(await stateOf()).toMatchObject({ owned: {}, goneSince: expect.any(String) });
    truth.advance(MINUTE);
    clock.aheadMs = DAY;
    await world.deliver(mapped('shop.example', truth));
    expect(await stateOf()).toMatchObject({ owned: {} });
    clock.aheadMs = 0;
    truth.advance(HOUR);
    await world.ask({ action: 'reconcile' });
    expect((await stateOf())?.owned).toBeUndefined();
  });

  it('counts towards Let’s Encrypt’s week: requests for certificates, also once it has come', async () => {
    const { world, clock, truth } = await create();
    await world.deliver(mapped('shop.example', truth));
    const requestOf = (ms: number) => ({ at: iso(ms), names: ['shop.example'], order: 'new', answer: 'open' }) as const;
    const requests = [requestOf(truth.now() - HOUR), requestOf(truth.now() - MINUTE)];
    const state = (await world.ledger.readAll()).get(shop)?.state ?? {};
    await world.ledger.acquire({ holder: 'test', now: clock.now(), ttlMs: MINUTE, pendingAdds: [] });
    await world.ledger.release('test', [], {
      states: new Map([[shop, { ...state, issuance: { requests, attempts: 2 } }]]),
      application: { sharedCertificate: { requests, attempts: 2 } },
    });
    truth.advance(MINUTE);
    clock.aheadMs = 30 * DAY;
    await world.ask({ action: 'reconcile' });
    clock.aheadMs = 0;
    expect((await world.ledger.readAll()).get(shop)?.state.issuance?.requests).toEqual(requests);
    expect((await world.ledger.readApplication()).sharedCertificate?.requests).toEqual(requests);
  });
});
