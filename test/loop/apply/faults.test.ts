/** What RunCloud, the network between, and a limit on requests may do to a run. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epoch, MINUTE, SECOND } from '../../../lib/core/values/time.ts';
import { memoryLedger } from '../../../lib/ledger/memory.ts';
import type { Call, Fault } from '../../../local/stand-in/runcloud.ts';
import { chances } from '../../support/chances.ts';
import { runsOf } from '../../support/property-runs.ts';
import { createWorld, mapped, shops, type TestWorld, unmapped } from '../../support/world.ts';

async function converge(world: TestWorld): Promise<void> {
  await world.workOff();
  for (let run = 0; run < 20; run++) {
    world.clock.advance(10 * MINUTE);
    await world.ask({ action: 'reconcile' });
  }
}

describe('a limit on requests', () => {
  const variants = [
    { retryAfter: true, headers: true },
    { retryAfter: false, headers: true },
    { retryAfter: true, headers: false },
    { retryAfter: false, headers: false },
  ];
  it.each(variants)(
    'of 20 a minute lets all 60 domains arrive, with no request before a 429 is over (%o)',
    async (announced) => {
      const world = await createWorld({ runcloud: { limit: { requests: 20, ...announced } } });
      await world.deliver(...shops(60).map((name) => mapped(name, world.clock)));
      await world.workOff();
      expect(world.standIn.domains).toHaveLength(61);
      const { calls } = world.standIn;
      for (const [index, call] of calls.entries()) {
        const next = calls[index + 1];
        // With Retry-After it is the rest of the window, else a minute: either way the next one must succeed.
        if (call.status === 429 && next) expect(next.status).not.toBe(429);
      }
      if (announced.headers) expect(calls.filter((call) => call.status === 429)).toEqual([]);
    },
  );

  it('is obeyed by the next process too', async () => {
    const ledger = memoryLedger();
    const world = await createWorld({ ledger });
    await world.ask({ action: 'reconcile' });
    const tooMany: Fault = { kind: 'status', status: 429, carriedOut: false };
    world.standIn.options = { ...world.standIn.options, fault: () => tooMany };
    // Ends before the back-off of a minute does.
    const { reconcile } = await import('../../../lib/loop/runs/reconcile.ts');
    await expect(reconcile(world, world.clock.now() + 30 * SECOND)).rejects.toThrow(/request limit is used up until/);
    const { quietUntil } = await ledger.readApplication();
    const end = quietUntil ? epoch(quietUntil) : 0;
    expect(end).toBe(world.clock.now() + MINUTE);

    const next = await createWorld({ ledger, clock: world.clock });
    await next.ask({ action: 'reconcile' });
    expect(next.standIn.calls[0]?.at).toBeGreaterThanOrEqual(end);
  });
});

describe('answers that are lost', () => {
  it('at 30 % of 500 and 10 % of writes carried out in silence, all 60 domains arrive, each once', async () => {
    const chance = chances(42);
    const fault = ({ method }: Pick<Call, 'method'>): Fault | undefined => {
      if (chance() < 0.3) return { kind: 'status', status: 500, carriedOut: false };
      if (method !== 'GET' && chance() < 0.1) return { kind: 'no-answer', carriedOut: true };
      return undefined;
    };
    const world = await createWorld({ runcloud: { fault } });
    const names = shops(60);
    await world.deliver(...names.map((name) => mapped(name, world.clock)));
    await converge(world);
    expect(world.standIn.names).toEqual(['network.example', ...names].sort());
    // Each of them is ours, also those whose answer was lost.
    expect((await world.ledger.readApplication()).removals).toMatchObject({ owned: 60 });
    world.standIn.options = { ...world.standIn.options, fault: () => undefined };
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({ ok: true, writes: 0 });
  });

  it('are read back before anything is sent again', async () => {
    const lost: Fault = { kind: 'no-answer', carriedOut: true };
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    world.standIn.options = { ...world.standIn.options, fault: ({ method }) => (method === 'POST' ? lost : undefined) };
    expect(await world.deliver(mapped('shop.example', world.clock))).toMatchObject({
      result: { done: [{}], writes: 1 },
    });
    expect(world.standIn.writes).toHaveLength(1);
    world.standIn.options = {
      ...world.standIn.options,
      fault: ({ method }) => (method === 'DELETE' ? lost : undefined),
    };
    world.clock.advance(1);
    expect(await world.deliver(unmapped('shop.example', world.clock))).toMatchObject({
      result: { done: [{}], writes: 1 },
    });
    expect(world.standIn.writes).toHaveLength(2);
  });

  it('cannot be read back: the add is pending until the list shows the domain, which is ours then', async () => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    const lost: Fault = { kind: 'no-answer', carriedOut: true };
    const down: Fault = { kind: 'status', status: 503, carriedOut: false };
    world.standIn.options = { ...world.standIn.options, fault: ({ method }) => (method === 'POST' ? lost : down) };
    const ran = await world.deliver(mapped('shop.example', world.clock));
    expect(ran).toMatchObject({
      result: { failed: [{ why: expect.stringMatching(/What became of the change is not known/) }] },
    });
    world.standIn.options = { ...world.standIn.options, fault: () => undefined };
    await world.workOff();
    expect(world.standIn.writes).toHaveLength(1);
    expect((await world.ledger.readApplication()).removals).toMatchObject({ owned: 1 });
  });

  it('with a list that shows new domains late, nothing is added twice and all of it is ours', async () => {
    const chance = chances(7);
    const fault = ({ method }: Pick<Call, 'method'>): Fault | undefined =>
      method === 'POST' && chance() < 0.5 ? { kind: 'no-answer', carriedOut: true } : undefined;
    const world = await createWorld({ runcloud: { fault, listLagMs: 90 * SECOND } });
    const names = shops(20);
    await world.deliver(...names.map((name) => mapped(name, world.clock)));
    await converge(world);
    expect(world.standIn.names).toEqual(['network.example', ...names].sort());
    expect((await world.ledger.readApplication()).removals).toMatchObject({ owned: 20 });
  });
});

describe('a fault that concerns every domain', () => {
  const cases: [string, Fault, RegExp][] = [
    ['401', { kind: 'status', status: 401, carriedOut: false }, /credentials.*allow-list/],
    ['403', { kind: 'status', status: 403, carriedOut: false }, /plans Business and Enterprise/],
    [
      '404',
      { kind: 'status', status: 404, carriedOut: false },
      /knows no web application under \/servers\/7\/webapps\/12/,
    ],
    ['a redirect', { kind: 'text', status: 302, contentType: 'text/html', text: '' }, /redirect.*not followed/],
    ['HTML', { kind: 'text', status: 200, contentType: 'text/html', text: '<h1>Hi</h1>' }, /an HTML page/],
    ['cut JSON', { kind: 'text', status: 200, contentType: 'application/json', text: '{"data":[' }, /cut or malformed/],
    ['other JSON', { kind: 'text', status: 200, contentType: 'application/json', text: '[]' }, /documented form/],
    ['no answer', { kind: 'no-answer', carriedOut: false }, /could not be asked/],
    ['503', { kind: 'status', status: 503, carriedOut: false }, /could not be asked/],
    ['418', { kind: 'status', status: 418, carriedOut: false }, /with 418/],
  ];
  it.each(cases)('(%s) is told in words, changes nothing, and is over when it is over', async (_name, fault, words) => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    await world.deliver(mapped('gone.example', world.clock));
    world.clock.advance(MINUTE);
    await world.ledger.recordRequests([mapped('new.example', world.clock), unmapped('gone.example', world.clock)]);
    const before = [world.standIn.names, await world.ledger.readAll()];
    world.standIn.options = { ...world.standIn.options, fault: () => fault };
    for (const action of ['reconcile', 'plan', 'status']) {
      expect(await world.ask({ action })).toMatchObject({ ok: false, summary: expect.stringMatching(words) });
    }
    expect([world.standIn.names, await world.ledger.readAll()]).toEqual(before);
    world.standIn.options = { ...world.standIn.options, fault: () => undefined };
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.names).toEqual(['network.example', 'new.example']);
  });

  it.each([401, 403])('(%i to a write) stops the run: no second write is tried', async (status) => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    const fault: Fault = { kind: 'status', status, carriedOut: false };
    world.standIn.options = { ...world.standIn.options, fault: ({ method }) => (method === 'GET' ? undefined : fault) };
    await world.deliver(...shops(5).map((name) => mapped(name, world.clock)));
    expect(world.standIn.writes).toHaveLength(1);
    expect(world.rechecks).toHaveLength(1);
    expect((await world.ask({ action: 'status' })).summary).toMatch(/A run ended early/);
    world.standIn.options = { ...world.standIn.options, fault: () => undefined };
    await world.workOff();
    expect(world.standIn.domains).toHaveLength(6);
  });

  it('(an outage) ends a run after eight writes without an answer', async () => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    const down: Fault = { kind: 'status', status: 502, carriedOut: false };
    world.standIn.options = { ...world.standIn.options, fault: () => down };
    await world.deliver(...shops(50).map((name) => mapped(name, world.clock)));
    expect(world.standIn.writes).toHaveLength(8);
    world.standIn.options = { ...world.standIn.options, fault: () => undefined };
    await converge(world);
    expect(world.standIn.domains).toHaveLength(51);
  });
});

describe('a list that cannot be proven whole', () => {
  const app = /^\/servers\/7\/webapps\/12\/domains\?page=(\d+)/;

  it('because it changes while it is read is read again', async () => {
    const world = await createWorld();
    for (const name of shops(100)) world.standIn.addByHand(name);
    let changed = false;
    world.standIn.options = {
      ...world.standIn.options,
      fault: ({ path }) => {
        if (app.exec(path)?.[1] === '2' && !changed) {
          changed = true;
          world.standIn.removeByHand('shop-0000.example');
        }
        return undefined;
      },
    };
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({ ok: true });
    expect(world.standIn.listCalls).toHaveLength(2 + 3);
  });

  it('removes nothing, whichever page is cut, repeated, empty or short', async () => {
    const kinds = ['short', 'empty', 'repeated', 'total'] as const;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...kinds), fc.integer({ min: 1, max: 4 }), async (kind, page) => {
        const world = await createWorld();
        await world.ask({ action: 'reconcile' });
        const names = shops(150);
        for (const name of names) world.standIn.addByHand(name);
        await world.ask({ action: 'adopt', domains: names });
        await world.ledger.recordRequests(names.slice(0, 75).map((name) => mapped(name, world.clock)));
        await world.ledger.recordRequests(names.slice(75).map((name) => unmapped(name, world.clock)));
        world.standIn.options = {
          ...world.standIn.options,
          fault: ({ method, path }) => {
            const number = Number(app.exec(path)?.[1] ?? 0);
            if (method !== 'GET' || number !== page) return undefined;
            const from = kind === 'repeated' ? Math.max(1, page - 1) % 4 : page;
            const shown = kind === 'repeated' && page === 1 ? 2 : from;
            const all = world.standIn.domains.slice((shown - 1) * 40, shown * 40);
            const data = kind === 'empty' ? [] : kind === 'short' ? all.slice(1) : all;
            const total = kind === 'total' ? 140 : 151;
            const meta = { pagination: { total, total_pages: 4 } };
            const text = JSON.stringify({ data: data.map(({ id, name, type }) => ({ id, name, type })), meta });
            return { kind: 'text', status: 200, contentType: 'application/json', text };
          },
        };
        const answer = await world.ask({ action: 'reconcile' });
        expect(answer).toMatchObject({ ok: false, summary: expect.stringMatching(/could not be read whole/) });
        expect(world.standIn.writes).toEqual([]);
      }),
      runsOf('bad list'),
    );
  });

  it('with a domain that has no id does not count as a list', async () => {
    const world = await createWorld();
    const text = '{"data":[{"name":"shop.example"}],"meta":{"pagination":{"total":1,"total_pages":1}}}';
    world.standIn.options = {
      ...world.standIn.options,
      fault: () => ({ kind: 'text', status: 200, contentType: 'application/json', text }),
    };
    expect(await world.ask({ action: 'plan' })).toMatchObject({
      ok: false,
      summary: expect.stringMatching(/at data.0.id/),
    });
  });

  it('without any number of pages ends at the empty page', async () => {
    const world = await createWorld();
    const pages = [
      '[{"id":"1","name":"A.example"},{"id":2,"name":"b.example."}]',
      '[{"id":3,"name":"*.c.example"}]',
      '[]',
    ];
    world.standIn.options = {
      ...world.standIn.options,
      fault: ({ path }) => {
        const data = pages[Number(app.exec(path)?.[1]) - 1];
        return {
          kind: 'text',
          status: 200,
          contentType: 'application/json',
          text: `{"data":${data},"meta":{"links":[]}}`,
        };
      },
    };
    const { domains } = (await world.ask({ action: 'status' })) as { domains?: { domain: string }[] };
    expect(domains?.map((row) => row.domain)).toEqual(['*.c.example', 'a.example', 'b.example']);
  });
});
