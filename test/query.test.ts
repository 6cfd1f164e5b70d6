import { describe, expect, it } from 'vitest';
import { DAY, HOUR, iso, MINUTE } from '../lib/core/values/time.ts';
import { LeaseLostError } from '../lib/ledger/ledger.ts';
import { memoryLedger } from '../lib/ledger/memory.ts';
import { UnreadableLedgerError } from '../lib/ledger/readable.ts';
import { NewerLedgerError, SCHEMA } from '../lib/ledger/schema.ts';
import { answerQuery } from '../lib/query.ts';
import { StandInMultisite } from '../local/stand-in/multisite.ts';
import { StandInRunCloud } from '../local/stand-in/runcloud.ts';
import { keep } from './support/ledger.ts';
import { createWorld, mapped, shops, unmapped } from './support/world.ts';

describe('a query', () => {
  it('shows the same rows as status of the console, and when RunCloud was looked at', async () => {
    const world = await createWorld();
    await world.deliver(mapped('shop.example', world.clock), mapped('other.example', world.clock));
    await world.ask({ action: 'reconcile' });
    const answer = await answerQuery(world, { action: 'status' });
    const domains = (await world.ask({ action: 'status' }))['domains'] as object[];
    expect(answer).toMatchObject({
      ok: true,
      domains: domains.map((row) => expect.objectContaining(row)),
      as_of: '2026-11-22T08:00:00.000Z',
    });
    expect(answer.summary).toMatch(
      /^3 domains on RunCloud, 2 of them owned.*RunCloud's list was read 1 second ago\. .* next at 2026-11-22T08:10:00/,
    );
  });

  it('tells the address that customers are told to set, of however few rows', async () => {
    const world = await createWorld({ probes: 'stand-ins' });
    await world.deliver(mapped('shop.example', world.clock));
    await world.ask({ action: 'reconcile' });
    const { server } = await world.ledger.readApplication();
    expect(server?.main).toMatch(/^[\d.]+$/);
    expect(await answerQuery(world, { action: 'status', limit: 0 })).toMatchObject({
      domains: [],
      matching: 2,
      server_address: server?.main,
    });
  });

  it.each(['auto', 'always', 'never'] as const)('tells whether www is to be served too: %s', async (www) => {
    const world = await createWorld({ settings: { www } });
    await world.ask({ action: 'reconcile' });
    expect(await answerQuery(world, { action: 'status', limit: 0 })).toMatchObject({ www });
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

  const NETWORK = { host: 'network.example', key: 'MARKED-KEY', secret: 'MARKED-SECRET' };
  const UNLIMITED = { limit: { requests: 1_000_000, retryAfter: true, headers: true } };

  it('tells of removals that the brake holds, at each and in its summary', async () => {
    const network = new StandInMultisite(NETWORK);
    for (const name of shops(30)) network.map(name);
    const settings = { brake: { count: 5, percent: 5 }, www: 'never' } as const;
    const world = await createWorld({ network, runcloud: UNLIMITED, settings });
    await world.ask({ action: 'reconcile' });
    for (const name of shops(20)) network.unmap(name);
    for (let hour = 0; hour < 5; hour += 1) {
      world.clock.advance(HOUR);
      await world.ask({ action: 'reconcile' });
    }
    const answer = await answerQuery(world, { action: 'status' });
    expect(answer.summary).toMatch(/A person is needed for 20 domains: brake 20\./);
    const row = await answerQuery(world, { action: 'domain', domain: shops(1)[0] });
    expect(row['reason']).toMatch(/would be removed, but 20 removals/);
    expect(row['next']).toMatch(/^held: Read \{"action":"plan"\}/);
    expect(row.summary).not.toMatch(/\.\./);
    const { keptHolds } = await world.ledger.readApplication();
    world.clock.advance(HOUR);
    await world.ask({ action: 'reconcile' });
    expect((await world.ledger.readApplication()).keptHolds).toEqual(keptHolds);
  });

  it('tells why a domain that the network lists is not on RunCloud: its DNS in mode basic', async () => {
    const network = new StandInMultisite(NETWORK);
    network.map('shop.example');
    const world = await createWorld({
      network,
      probes: 'stand-ins',
      runcloud: { ...UNLIMITED, ssl: { mode: 'basic' } },
      settings: { www: 'never' },
    });
    await world.ask({ action: 'reconcile' });
    const console = (await world.ask({ action: 'status' }))['domains'] as { domain: string }[];
    expect(await answerQuery(world, { action: 'domain', domain: 'shop.example' })).toMatchObject({
      ...console.find(({ domain }) => domain === 'shop.example'),
      next: expect.stringMatching(/^held: /),
    });
  });

  it('tells why a domain that the network lists is not on RunCloud: its add was refused', async () => {
    const network = new StandInMultisite(NETWORK);
    network.map('shop.example');
    const world = await createWorld({ network, runcloud: UNLIMITED, settings: { www: 'never' } });
    world.standIn.options = {
      ...world.standIn.options,
      fault: ({ method }) => (method === 'POST' ? { kind: 'status', status: 422, carriedOut: false } : undefined),
    };
    await world.ask({ action: 'reconcile' });
    const once = await answerQuery(world, { action: 'domain', domain: 'shop.example' });
    expect(once['reason']).toMatch(/422.*One attempt so far/);
    await world.ask({ action: 'reconcile' });
    const answer = await answerQuery(world, { action: 'status' });
    expect(answer.summary).toMatch(/A person is needed for 1 domain: waiting 1\./);
  });

  it('tells of a shared certificate that was refused', async () => {
    const world = await createWorld({
      probes: 'stand-ins',
      runcloud: { ...UNLIMITED, ssl: { mode: 'basic' } },
      settings: { www: 'never' },
    });
    for (const name of ['network.example', 'shop.example']) world.standInDns.point(name, StandInRunCloud.address);
    await world.ask({ action: 'reconcile' });
    Object.assign(world.authority, {
      whyInvalid: () => '203.0.113.10: Timeout during connect (likely firewall problem)',
    });
    await world.deliver(mapped('shop.example', world.clock));
    for (let run = 0; run < 7; run += 1) {
      world.clock.advance(5 * MINUTE);
      await world.ask({ action: 'reconcile' });
    }
    const { summary } = await world.ask({ action: 'status' });
    const [needs] = /A person is needed for [^.]*certificate-failed[^.]*\./.exec(summary) ?? [];
    const answer = await answerQuery(world, { action: 'status' });
    expect(needs).toBeDefined();
    expect(answer.summary).toContain(needs);
    const row = await answerQuery(world, { action: 'domain', domain: 'shop.example' });
    expect(row['reason']).toMatch(/Timeout during connect/);
  });

  it('does not claim to know of no mapping where the network lists them', async () => {
    const network = new StandInMultisite(NETWORK);
    const world = await createWorld({ network });
    await world.ask({ action: 'reconcile' });
    const answer = await answerQuery(world, { action: 'domain', domain: 'new.example' });
    expect(answer).toMatchObject({
      reason:
        'It was not seen in the last run over all domains, which ended at 2026-11-22T08:00:00.000Z. A mapping made since shows after the next one.',
      next: 'ask again after the next run',
    });
    const readApplication = async () => {
      const { lastReconcile: _, ...rest } = await world.ledger.readApplication();
      return rest;
    };
    const before = await answerQuery(
      { clock: world.clock, ledger: { ...world.ledger, readApplication } },
      { action: 'domain', domain: 'new.example' },
    );
    expect(before['reason']).toBe('No run over all domains has come to its end yet, so nothing is known of it.');
  });

  it('tells that the network is doubted', async () => {
    const network = new StandInMultisite(NETWORK);
    network.map('shop.example');
    const world = await createWorld({ network, runcloud: UNLIMITED });
    await world.ask({ action: 'reconcile' });
    network.options = { ...network.options, spoil: () => ({ status: 500, body: {} }) };
    world.clock.advance(HOUR);
    await world.ask({ action: 'reconcile' });
    for (const query of [{ action: 'status' }, { action: 'domain', domain: 'shop.example' }]) {
      expect((await answerQuery(world, query)).summary).toMatch(
        /could not read the network's lists whole, or doubts them/,
      );
    }
  });

  it('tells how many holds were too many to keep', async () => {
    const network = new StandInMultisite(NETWORK);
    const world = await createWorld({ network });
    await world.ask({ action: 'reconcile' });
    const answerWith = async (leftOut: number) => {
      const readApplication = async () => ({
        ...(await world.ledger.readApplication()),
        keptHolds: { alike: [], leftOut },
      });
      return answerQuery({ clock: world.clock, ledger: { ...world.ledger, readApplication } }, { action: 'status' });
    };
    expect((await answerWith(1)).summary).toMatch(/ 1 more hold of the last run is not shown here: /);
    expect((await answerWith(2)).summary).toMatch(/ 2 more holds of the last run are not shown here: /);
    expect((await answerWith(0)).summary).not.toMatch(/not shown here/);
  });

  it('tells nothing old as present: a certificate that ran out meanwhile, and a run that is overdue', async () => {
    const world = await createWorld({
      probes: 'stand-ins',
      runcloud: UNLIMITED,
      settings: { www: 'never' },
      reconcileEveryMs: 5 * MINUTE,
    });
    world.standInDns.point('shop.example', StandInRunCloud.address);
    await world.ask({ action: 'reconcile' });
    await world.deliver(mapped('shop.example', world.clock));
    for (let run = 0; run < 3; run += 1) {
      world.clock.advance(5 * MINUTE);
      await world.ask({ action: 'reconcile' });
    }
    const query = { action: 'domain', domain: 'shop.example' };
    const fresh = await answerQuery(world, query);
    expect(fresh).toMatchObject({ certificate: 'valid', probed_at: expect.stringMatching(/^2026-11-22T08/) });
    expect(fresh.summary).toContain(`(both as of ${fresh['probed_at']})`);
    expect(fresh.summary).not.toMatch(/overdue/);
    world.clock.advance(20 * DAY);
    const overdue = /The last reconcile ended at .*20 days ago: the next one is overdue\./;
    expect((await answerQuery(world, query)).summary).toMatch(overdue);
    expect((await answerQuery(world, { action: 'status' })).summary).toMatch(overdue);
    world.clock.advance(100 * DAY);
    expect((await answerQuery(world, query))['certificate']).not.toBe('valid');
  });

  it('says that a run is at work', async () => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    await world.ledger.acquire({ holder: 'other', now: world.clock.now(), ttlMs: MINUTE, pendingAdds: [] });
    for (const query of [{ action: 'status' }, { action: 'domain', domain: 'network.example' }]) {
      const answer = await answerQuery(world, query);
      expect(answer).toMatchObject({ ok: true, run: 'at work', summary: expect.stringMatching(/A run is at work\.$/) });
      expect(answer).not.toHaveProperty('progress');
    }
    world.clock.advance(MINUTE);
    const answer = await answerQuery(world, { action: 'status' });
    expect(answer.summary).not.toMatch(/at work/);
    expect(answer).not.toHaveProperty('run');
  });

  it('says how far that run is, and needs nobody for what it has not done yet', async () => {
    const network = new StandInMultisite(NETWORK);
    network.map('shop.example');
    const world = await createWorld({ network });
    await world.ask({ action: 'reconcile' });
    world.clock.advance(MINUTE);
    await world.ledger.recordRequests([unmapped('shop.example', world.clock)]);
    const at = iso(world.clock.now());
    await keep(world.ledger, {
      application: { progress: { startedAt: iso(world.clock.now() - 5 * MINUTE), at, done: 134, of: 388 } },
    });
    await world.ledger.acquire({ holder: 'other', now: world.clock.now(), ttlMs: MINUTE, pendingAdds: [] });
    const told = { done: 134, of: 388, started_at: iso(world.clock.now() - 5 * MINUTE), seconds_left: 569 };
    for (const query of [{ action: 'status' }, { action: 'domain', domain: 'shop.example' }]) {
      const answer = await answerQuery(world, query);
      expect(answer).toMatchObject({ ok: true, run: 'at work', progress: told });
      expect(answer.summary).toMatch(/A run is at work: 134 of 388 steps done, about 9 minutes left\.$/);
      expect(answer.summary).not.toMatch(/A person is needed/);
    }
  });

  it('needs nobody for what only the network can tell and the next run asks', async () => {
    const network = new StandInMultisite(NETWORK);
    network.map('shop.example');
    const world = await createWorld({ network });
    await world.ask({ action: 'reconcile' });
    world.clock.advance(MINUTE);
    await world.ledger.recordRequests([unmapped('shop.example', world.clock)]);
    const answer = await answerQuery(world, { action: 'domain', domain: 'shop.example' });
    expect(answer).toMatchObject({
      holds: [{ code: 'incomplete', reason: expect.stringMatching(/after the last run.*the network is asked before/) }],
    });
    expect(answer).not.toHaveProperty('needs_person');
    expect(await answerQuery(world, { action: 'status' })).toMatchObject({ needs: [] });
  });

  it('tells what the last run about a domain held, before the next run over all domains', async () => {
    const network = new StandInMultisite(NETWORK);
    for (const name of shops(10)) network.map(name);
    const world = await createWorld({ network, settings: { brake: { count: 1, percent: 1 } } });
    await world.ask({ action: 'reconcile' });
    world.clock.advance(MINUTE);
    const going = shops(3);
    for (const name of going) network.unmap(name);
    await world.deliver(...going.map((name) => unmapped(name, world.clock)));
    const answer = await answerQuery(world, { action: 'status' });
    expect(answer).toMatchObject({ needs: [{ code: 'brake', count: 3, domains: going }] });
    expect(answer.summary).toMatch(/A person is needed for 3 domains: brake 3\./);
  });

  it('before the first step of the first run is told to ask again', async () => {
    const world = await createWorld();
    await world.ledger.acquire({ holder: 'other', now: world.clock.now(), ttlMs: MINUTE, pendingAdds: [] });
    expect(await answerQuery(world, { action: 'status' })).toEqual({
      ok: false,
      summary: 'There is nothing to show yet: the first run has only just begun. Ask again in a minute.',
    });
  });

  it('is answered where no run could read RunCloud, with why', async () => {
    const world = await createWorld();
    const fault = () => ({ kind: 'status', status: 401, carriedOut: false }) as const;
    world.standIn.options = { ...world.standIn.options, fault };
    await world.ask({ action: 'reconcile' });
    expect(await answerQuery(world, { action: 'status' })).toMatchObject({
      ok: true,
      summary: expect.stringMatching(/^0 domains on RunCloud.*No reconcile has ended yet\. A run ended early at .*401/),
    });
  });

  it('before the first run over all domains is told to come again', async () => {
    const world = await createWorld();
    expect(await answerQuery(world, { action: 'status' })).toEqual({
      ok: false,
      summary: 'There is nothing to show yet: no run over all domains has begun. Ask again in ten minutes.',
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

  it.each([
    new NewerLedgerError(SCHEMA + 1, '9.8.0'),
    new UnreadableLedgerError('the note "network"'),
    new LeaseLostError(),
  ])('of a ledger that answers with %s is refused in words', async (error) => {
    const { clock } = await createWorld();
    const readApplication = async () => Promise.reject(error);
    const answer = await answerQuery({ clock, ledger: { ...memoryLedger(), readApplication } }, { action: 'status' });
    expect(answer).toEqual({ ok: false, summary: `${error.message} ${error.whatToDo}` });
  });

  it('is answered without what a terminal obeys', async () => {
    const world = await createWorld();
    await world.deliver(mapped('shop.example', world.clock));
    await world.ask({ action: 'reconcile' });
    const failure = {
      attempts: 1,
      dueAt: iso(world.clock.now() + HOUR),
      why: 'RunCloud says \u009b31m\u001b[2J.',
      whatToDo: 'Ask.',
      requestOrder: '',
    };
    const readAll = async () =>
      new Map(
        [...(await world.ledger.readAll())].map(([d, each]) => [
          d,
          { ...each, request: undefined, state: { failure } },
        ]),
      );
    const answer = await answerQuery(
      { ledger: { ...world.ledger, readAll }, clock: world.clock },
      { action: 'status' },
    );
    expect(JSON.stringify(answer['domains'])).toMatch(/RunCloud says/);
    expect(JSON.stringify(answer)).not.toMatch(/\u009b|\\u001b/);
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
