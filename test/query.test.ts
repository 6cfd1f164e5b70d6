import { describe, expect, it } from 'vitest';
import { MINUTE } from '../lib/core/values/time.ts';
import { memoryLedger } from '../lib/ledger/memory.ts';
import { NewerLedgerError, SCHEMA } from '../lib/ledger/schema.ts';
import { answerQuery } from '../lib/query.ts';
import { StandInMultisite } from '../local/stand-in/multisite.ts';
import { createWorld, mapped, unmapped } from './support/world.ts';

describe('a query', () => {
  it('shows the same rows as status of the console, and when RunCloud was looked at', async () => {
    const world = await createWorld();
    await world.deliver(mapped('shop.example', world.clock), mapped('other.example', world.clock));
    await world.ask({ action: 'reconcile' });
    const answer = await answerQuery(world, { action: 'status' });
    const { domains } = await world.ask({ action: 'status' });
    expect(answer).toMatchObject({ ok: true, domains, as_of: '2026-11-22T08:00:00.000Z' });
    expect(answer.summary).toMatch(
      /^3 domains on RunCloud, 2 of them owned.*RunCloud was last looked at 2026-11-22T08:00:00/,
    );
  });

  it('about one domain is answered with its row, in words too, in whatever way it is written', async () => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    await world.deliver(mapped('shop.example', world.clock));
    const answer = await answerQuery(world, { action: 'domain', domain: 'WWW.Shop.Example.' });
    expect(answer).toMatchObject({ ok: true, domain: 'shop.example', mapping: 'on RunCloud', owned: true });
    expect(answer.summary).toMatch(/^shop\.example is on RunCloud; DNS: \w+; certificate: .*Next: /);
    expect(await answerQuery(world, { action: 'domain', domain: 'foreign.example' })).toMatchObject({
      ok: true,
      domain: 'foreign.example',
      summary: expect.stringMatching(/knows of no mapping of it/),
    });
  });

  it('shows the holds that follow from the settings of the last run', async () => {
    const world = await createWorld({ settings: { policy: 'create-only' } });
    await world.deliver(mapped('shop.example', world.clock));
    await world.ask({ action: 'reconcile' });
    world.clock.advance(MINUTE);
    await world.deliver(unmapped('shop.example', world.clock));
    await world.ask({ action: 'reconcile' });
    const answer = await answerQuery(world, { action: 'domain', domain: 'shop.example' });
    expect(answer['reason']).toMatch(/POLICY is create-only/);
  });

  it('is answered where a network is configured too, without asking it', async () => {
    const network = new StandInMultisite({ host: 'network.example', key: 'MARKED-KEY', secret: 'MARKED-SECRET' });
    network.map('shop.example');
    const world = await createWorld({ network });
    await world.ask({ action: 'reconcile' });
    const calls = [network.calls.length, world.standIn.calls.length];
    expect(await answerQuery(world, { action: 'domain', domain: 'shop.example' })).toMatchObject({
      ok: true,
      mapping: 'on RunCloud',
    });
    expect([network.calls.length, world.standIn.calls.length]).toEqual(calls);
  });

  it('says that a run is at work', async () => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    await world.ledger.acquire({ holder: 'other', now: world.clock.now(), ttlMs: MINUTE, pendingAdds: [] });
    expect((await answerQuery(world, { action: 'status' })).summary).toMatch(/A run is at work\.$/);
    world.clock.advance(MINUTE);
    expect((await answerQuery(world, { action: 'status' })).summary).not.toMatch(/at work/);
  });

  it('before the first run over all domains is told to come again', async () => {
    const world = await createWorld();
    expect(await answerQuery(world, { action: 'status' })).toEqual({
      ok: false,
      summary: 'There is nothing to show yet: no run over all domains has ended. Ask again in ten minutes.',
    });
  });

  it.each([
    undefined,
    null,
    {},
    { action: 'reconcile' },
    { action: 'domain' },
    { action: 'status', more: 1 },
    { action: 'map', domain: 'shop.example' },
  ])('%j is none, and the known ones are named', async (query) => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    expect(await answerQuery(world, query)).toEqual({
      ok: false,
      summary: expect.stringMatching(/not understood.*"action":"status".*"action":"domain"/),
    });
  });

  it('about what is no domain is refused', async () => {
    const world = await createWorld();
    expect(await answerQuery(world, { action: 'domain', domain: 'localhost' })).toMatchObject({
      ok: false,
      summary: expect.stringMatching(/refused: .*single label/),
    });
  });

  it('of a ledger that a newer version wrote is refused in words', async () => {
    const { clock } = await createWorld();
    const readApplication = async () => Promise.reject(new NewerLedgerError(SCHEMA + 1, '9.8.0'));
    const answer = await answerQuery({ clock, ledger: { ...memoryLedger(), readApplication } }, { action: 'status' });
    expect(answer).toMatchObject({ ok: false, summary: expect.stringMatching(/9\.8\.0/) });
  });

  it('writes nothing', async () => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    const { read, readAll, readApplication, leaseUntil } = world.ledger;
    const refuse = async () => Promise.reject(new Error('a query wrote'));
    const writes = {
      recordRequests: refuse,
      redate: refuse,
      acquire: refuse,
      renew: refuse,
      save: refuse,
      drop: refuse,
      release: refuse,
    };
    const ledger = { read, readAll, readApplication, leaseUntil, ...writes };
    for (const query of [{ action: 'status' }, { action: 'domain', domain: 'shop.example' }]) {
      expect(await answerQuery({ ledger, clock: world.clock }, query)).toMatchObject({ ok: true });
    }
  });
});
