import { describe, expect, it } from 'vitest';
import type { HostName } from '../../../lib/core/values/host-name.ts';
import { DAY, HOUR, iso, MINUTE, SECOND } from '../../../lib/core/values/time.ts';
import { reconcile } from '../../../lib/loop/runs/reconcile.ts';
import { syncEvents } from '../../../lib/loop/runs/sync.ts';
import { StandInMultisite } from '../../../local/stand-in/multisite.ts';
import { StandInRunCloud } from '../../../local/stand-in/runcloud.ts';
import { createWorld, mapped, shops, type TestWorld, unmapped } from '../../support/world.ts';

/** Maps so many shops by events, and brings all of it to rest. */
async function withShops(world: TestWorld, count: number): Promise<string[]> {
  const names = shops(count);
  await world.ask({ action: 'reconcile' });
  await world.deliver(...names.map((name) => mapped(name, world.clock)));
  await world.workOff();
  world.clock.advance(MINUTE);
  return names;
}

describe('reconcile', () => {
  it('without drift makes 25 list calls for 1,000 domains and no write, and the next one too', async () => {
    const world = await createWorld({ runcloud: { limit: { requests: 100_000, retryAfter: true, headers: true } } });
    await withShops(world, 999);
    for (let run = 0; run < 2; run++) {
      world.standIn.calls.length = 0;
      const answer = await world.ask({ action: 'reconcile' });
      expect(answer).toMatchObject({ ok: true, done: [], held: [], failed: [], writes: 0 });
      expect(world.standIn.listCalls).toHaveLength(25);
      expect(world.standIn.calls).toHaveLength(25);
    }
  });

  it('mends what was deleted by hand', async () => {
    const world = await createWorld();
    await withShops(world, 3);
    world.standIn.removeByHand('shop-0001.example');
    const answer = await world.ask({ action: 'reconcile' });
    expect(answer).toMatchObject({ ok: true, done: [{ action: 'add', domain: 'shop-0001.example' }], writes: 1 });
    expect(world.standIn.names).toContain('shop-0001.example');
  });

  it('mends www and redirection that were changed by hand, where the setting says how they should be', async () => {
    const world = await createWorld({ settings: { www: 'always' } });
    await withShops(world, 1);
    Object.assign(world.standIn.find('shop-0000.example') ?? {}, { www: false, redirection: 'none' });
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({ done: [{ action: 'update' }], writes: 1 });
    expect(world.standIn.find('shop-0000.example')).toMatchObject({ www: true, redirection: 'non-www' });
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({ done: [], writes: 0 });
    Object.assign(world.standIn.find('shop-0000.example') ?? {}, { www: false });
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({ done: [{ action: 'update' }] });
  });

  it('does not ask again for a change that RunCloud accepts and does not make', async () => {
    const world = await createWorld({ settings: { www: 'always' } });
    await withShops(world, 1);
    const domain = world.standIn.find('shop-0000.example');
    // The stand-in keeps this value against every change.
    if (domain) Object.defineProperty(domain, 'www', { get: () => false, set: () => {} });
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({ done: [{ action: 'update' }] });
    for (let run = 0; run < 2; run++) {
      expect(await world.ask({ action: 'reconcile' })).toMatchObject({ writes: 0, held: [{ code: 'not-taken' }] });
    }
  });

  it('says where API v2 cannot change www, and tries again only the next day', async () => {
    const world = await createWorld({ settings: { www: 'always' }, runcloud: { version: 'v2' } });
    await withShops(world, 1);
    Object.assign(world.standIn.find('shop-0000.example') ?? {}, { www: false });
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({
      failed: [{ what_to_do: expect.stringMatching(/API v2/) }],
    });
    world.clock.advance(HOUR);
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({ held: [{ code: 'waiting' }], writes: 0 });
    world.clock.advance(DAY);
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({ writes: 1 });
  });

  it.each(['pagination', 'lastPage'] as const)(
    'of 61 domains, the newest 20 unmapped, removes all 20 and no other (%s)',
    async (paging) => {
      const world = await createWorld({ runcloud: { paging, emptyLinks: [] } });
      const names = await withShops(world, 60);
      await world.ledger.recordRequests(names.slice(40).map((name) => unmapped(name, world.clock)));
      expect(world.standIn.domains).toHaveLength(61);
      expect(await world.ask({ action: 'reconcile' })).toMatchObject({ ok: true, writes: 20 });
      expect(world.standIn.names).toEqual(['network.example', ...names.slice(0, 40)].sort());
    },
  );

  it('holds 20 removals of 60 under the brake as it is by default, until their plan is applied by its checksum', async () => {
    const world = await createWorld({ settings: { brake: { count: 3, percent: 20 } } });
    const names = await withShops(world, 60);
    await world.deliver(...names.slice(40).map((name) => unmapped(name, world.clock)));
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({ writes: 0 });
    expect(world.standIn.domains).toHaveLength(61);
    const plan = await world.ask({ action: 'plan' });
    expect(plan['holds']).toHaveLength(20);
    expect(plan['holds']).toMatchObject(
      Array(20).fill({ code: 'brake', reason: expect.stringMatching(/20 planned, 0 done.*the 12 that/) }),
    );
    expect(await world.ask({ action: 'apply', checksum: '0123456789abcdef' })).toMatchObject({
      ok: false,
      checksum: plan['checksum'],
    });
    expect(world.standIn.domains).toHaveLength(61);
    expect(await world.ask({ action: 'apply', checksum: plan['checksum'] })).toMatchObject({ ok: true, writes: 20 });
    expect(world.standIn.names).toEqual(['network.example', ...names.slice(0, 40)].sort());
  });

  it('reports what the alarms watch: that it came to its end, and how many removals the brake holds', async () => {
    const world = await createWorld({ settings: { brake: { count: 3, percent: 20 } } });
    const names = await withShops(world, 60);
    await world.deliver(...names.slice(40).map((name) => unmapped(name, world.clock)));
    world.measured.length = 0;
    await world.ask({ action: 'reconcile' });
    await world.ask({ action: 'plan' });
    expect(world.measured).toEqual([
      {
        ReconcileSucceeded: 1,
        HeldByBrake: 20,
        NeedsPerson: 20,
        CertificatesFailed: 0,
        CertificatesExpiring: 0,
        RunCloudCalls: expect.any(Number),
        DomainsNotOnRunCloud: 0,
        DomainsNotOurs: 1,
        DomainsNotPointing: 0,
        DomainsWithoutCertificate: 0,
        DomainsLive: 60,
      },
    ]);
    world.standIn.options = {
      ...world.standIn.options,
      fault: ({ method }) => (method === 'POST' ? { kind: 'status', status: 403, carriedOut: false } : undefined),
    };
    await world.ledger.recordRequests([mapped('new.example', world.clock), mapped('other.example', world.clock)]);
    await world.ask({ action: 'reconcile' });
    expect(world.measured.at(-1)).toMatchObject({ ReconcileSucceeded: 0, HeldByBrake: 20 });
    // What was left for the next run needs nobody.
    expect(world.measured.at(-1)).not.toHaveProperty('NeedsPerson');
    world.standIn.options = {
      ...world.standIn.options,
      fault: () => ({ kind: 'status', status: 401, carriedOut: false }),
    };
    await world.ask({ action: 'reconcile' });
    expect(world.measured).toHaveLength(2);
  });

  it('counts as succeeded for the alarms, as long as a first import of many domains goes on', async () => {
    const limit = { requests: 60, retryAfter: true, headers: true };
    const world = await createWorld({ runcloud: { limit } });
    await world.ledger.recordRequests(shops(150).map((name) => mapped(name, world.clock)));
    for (let run = 0; world.standIn.domains.length < 151 && run < 10; run++) {
      await reconcile(world, world.clock.now() + 90 * SECOND);
      world.clock.advance(MINUTE);
    }
    expect(world.standIn.domains).toHaveLength(151);
    expect(world.logged.filter((line) => line.includes('the next one goes on with its work')).length).toBeGreaterThan(
      0,
    );
    expect(world.logged.join()).not.toContain('A run ended early');
    expect(world.measured.map((metrics) => metrics.ReconcileSucceeded)).not.toContain(0);
    const requests = world.logged.flatMap((line) => JSON.parse(line).runcloudRequests ?? []);
    expect(requests.reduce((sum: number, count: number) => sum + count, 0)).toBe(world.standIn.calls.length);
  });

  it('counts the removals of the last 24 hours into the brake, one by one as in one plan', async () => {
    const world = await createWorld({ settings: { brake: { count: 3, percent: 20 } } });
    const names = await withShops(world, 5);
    for (const name of names) {
      await world.deliver(unmapped(name, world.clock));
      world.clock.advance(MINUTE);
    }
    expect(world.standIn.domains).toHaveLength(1 + 2);
    world.clock.advance(DAY);
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({ writes: 2 });
  });

  it('under create-only adds, and neither removes nor changes', async () => {
    const world = await createWorld({ settings: { www: 'always' } });
    const [kept, gone] = await withShops(world, 2);
    const careful = { ...world, settings: { ...world.settings, policy: 'create-only' as const } };
    await world.ledger.recordRequests([unmapped(gone ?? '', world.clock), mapped('new.example', world.clock)]);
    Object.assign(world.standIn.find(kept ?? '') ?? {}, { www: false });
    const { reconcile } = await import('../../../lib/loop/runs/reconcile.ts');
    const ran = await reconcile(careful, world.clock.now() + MINUTE);
    expect(ran).toMatchObject({ result: { applied: { writes: 1, held: [{ code: 'policy' }, { code: 'policy' }] } } });
    expect(world.standIn.names).toEqual(['network.example', 'new.example', kept, gone].sort());
  });

  it('never touches the primary domain, protected names, foreign domains or wildcards', async () => {
    const world = await createWorld({ settings: { protectedDomains: ['*.staff.example', 'mail.example'] } });
    world.standIn.addByHand('network.example', { type: 'primary', wildcard: true });
    for (const name of ['foreign.example', 'mail.example', 'a.staff.example']) world.standIn.addByHand(name);
    const asked = ['network.example', 'foreign.example', 'mail.example', 'a.staff.example', 'sub.network.example'];
    await world.ledger.recordRequests(asked.map((name) => unmapped(name, world.clock)));
    const before = world.standIn.names;
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({ ok: true, writes: 0 });
    world.clock.advance(1);
    await world.ledger.recordRequests([
      mapped('sub.network.example', world.clock),
      mapped('b.staff.example', world.clock),
    ]);
    const answer = await world.ask({ action: 'reconcile' });
    expect(answer).toMatchObject({ writes: 0 });
    expect(answer['held']).toContainEqual(expect.objectContaining({ domain: 'sub.network.example', code: 'wildcard' }));
    expect(answer['held']).toContainEqual(expect.objectContaining({ domain: 'b.staff.example', code: 'protected' }));
    expect(world.standIn.names).toEqual(before);
  });

  it('removes nothing where RunCloud shows no types and only one domain would be left', async () => {
    const world = await createWorld();
    await withShops(world, 1);
    world.standIn.removeByHand('network.example');
    await world.ledger.recordRequests([unmapped('shop-0000.example', world.clock)]);
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({ writes: 0, held: [{ code: 'last-domain' }] });
  });

  it('forgets what is gone on both sides, and in the end drops the record', async () => {
    const world = await createWorld();
    await withShops(world, 1);
    world.standIn.removeByHand('shop-0000.example');
    await world.ledger.recordRequests([unmapped('shop-0000.example', world.clock)]);
    // Once may be a list that is late, or wrong.
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({ done: [], held: [{ code: 'gone' }], writes: 0 });
    world.clock.advance(15 * MINUTE);
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({ done: [{ action: 'forget' }], writes: 0 });
    world.clock.advance(91 * DAY);
    await world.ask({ action: 'reconcile' });
    expect((await world.ledger.readAll()).has('shop-0000.example' as HostName)).toBe(false);
  });

  it('stops before its deadline, and the next run goes on', async () => {
    const world = await createWorld({ runcloud: { limit: { requests: 20, retryAfter: true, headers: true } } });
    await world.ask({ action: 'reconcile' });
    await world.ledger.recordRequests(shops(60).map((name) => mapped(name, world.clock)));
    let added = 0;
    for (let run = 0; run < 10 && added < 60; run++) {
      const start = world.clock.now();
      const answer = await world.ask({ action: 'reconcile' });
      expect(world.clock.now() - start).toBeLessThanOrEqual(5 * MINUTE);
      const now = world.standIn.domains.length - 1;
      if (now < 60) expect(answer).toMatchObject({ ok: true, summary: expect.stringMatching(/the next run goes on/) });
      expect(now).toBeGreaterThan(added);
      added = now;
    }
    expect(added).toBe(60);
  });

  it('waits for a lease that another run holds, and takes it over when that one is dead', async () => {
    const world = await createWorld();
    await world.ledger.acquire({ holder: 'other', now: world.clock.now(), ttlMs: MINUTE, pendingAdds: [] });
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({
      ok: false,
      summary: expect.stringMatching(/Another run is at work/),
    });
    expect(world.standIn.calls).toEqual([]);
    world.clock.advance(MINUTE);
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({ ok: true });
  });

  it('holds on to its lease while it reads a list for minutes, and an event waits for it', async () => {
    const world = await createWorld({ runcloud: { limit: { requests: 60, retryAfter: true, headers: true } } });
    for (const name of shops(7_400)) world.standIn.addByHand(name);
    const start = world.clock.now();
    let parsed: Promise<unknown> | undefined;
    world.standIn.options = {
      ...world.standIn.options,
      fault: () => {
        // The lease as it was taken ran out before that.
        if (world.clock.now() - start > 2.5 * MINUTE) parsed ??= world.deliver(mapped('event.example', world.clock));
        return undefined;
      },
    };
    expect(await reconcile(world, start + 15 * MINUTE)).toMatchObject({ kind: 'ran' });
    expect(await parsed).toMatchObject({ kind: 'busy' });
    expect(world.measured).toMatchObject([
      { ReconcileSucceeded: 1, HeldByBrake: 0, NeedsPerson: 0, CertificatesFailed: 0, CertificatesExpiring: 0 },
    ]);
    await world.workOff();
    expect(world.standIn.find('event.example')).toBeDefined();
  });

  it('is left to read a list that an event would have no time for', async () => {
    const world = await createWorld({ runcloud: { limit: { requests: 60, retryAfter: true, headers: true } } });
    for (const name of shops(7_000)) world.standIn.addByHand(name);
    await reconcile(world, world.clock.now() + 15 * MINUTE);
    world.clock.advance(MINUTE);
    const calls = world.standIn.calls.length;
    // A run died in the middle of an add, so only a list can show what became of it.
    const { domain } = mapped('other.example', world.clock);
    const pendingAdds = [{ domain, since: iso(world.clock.now()), until: iso(world.clock.now() + 1) }];
    await world.ledger.acquire({ holder: 'dead', now: world.clock.now(), ttlMs: 1, pendingAdds });
    world.clock.advance(MINUTE);
    const ran = await syncEvents(world, [mapped('event.example', world.clock)], world.clock.now() + 80 * SECOND);
    expect(ran).toMatchObject({ result: { abort: { why: expect.stringMatching(/whole list must be read first/) } } });
    expect(world.standIn.calls).toHaveLength(calls);
    await reconcile(world, world.clock.now() + 15 * MINUTE);
    expect(world.standIn.find('event.example')).toBeDefined();
  });

  it('holds on to its lease while RunCloud asks for a pause, and does not count that as time its list takes', async () => {
    const world = await createWorld();
    world.runcloud.limits.recall({
      quietUntil: world.clock.now() + 4 * MINUTE,
      block: undefined,
      situation: { share: 0, hasWorked: true },
    });
    const start = world.clock.now();
    const { sleep } = world.clock;
    let parsed: Promise<unknown> | undefined;
    world.clock.sleep = async (ms) => {
      await sleep(ms);
      if (world.clock.now() - start > 2.5 * MINUTE) parsed ??= world.deliver(mapped('event.example', world.clock));
    };
    expect(await reconcile(world, start + 15 * MINUTE)).toMatchObject({ kind: 'ran' });
    expect(await parsed).toMatchObject({ kind: 'busy' });
    expect((await world.ledger.readApplication()).snapshot?.tookMs).toBe(0);
  });

  it('drops what is over in one go', async () => {
    const world = await createWorld();
    world.standIn.addByHand('foreign.example');
    await world.ask({ action: 'reconcile' });
    world.standIn.removeByHand('foreign.example');
    await world.ask({ action: 'reconcile' });
    expect([...(await world.ledger.readAll()).keys()]).toEqual(['network.example']);
  });

  it('stops writing when it lost its lease to another run', async () => {
    const world = await createWorld();
    await world.ledger.recordRequests(shops(3).map((name) => mapped(name, world.clock)));
    world.standIn.options = {
      ...world.standIn.options,
      fault: ({ method }) => {
        // This run sleeps for three minutes in the middle, as a frozen process does, and another one takes over.
        if (method === 'POST' && world.standIn.writes.length === 1) {
          world.clock.advance(3 * MINUTE);
          void world.ledger.acquire({ holder: 'other', now: world.clock.now(), ttlMs: MINUTE, pendingAdds: [] });
        }
        return undefined;
      },
    };
    const answer = await world.ask({ action: 'reconcile' });
    expect(answer).toMatchObject({ ok: false, done: [], writes: 1, summary: expect.stringMatching(/lost its lease/) });
    expect(world.standIn.domains).toHaveLength(2);
  });

  it('takes the address of the server for www from RunCloud', async () => {
    const world = await createWorld({ dns: new Map([['www.shop.example', [StandInRunCloud.address]]]) });
    await world.ledger.recordRequests([mapped('shop.example', world.clock)]);
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.find('shop.example')?.www).toBe(true);
  });
});

describe('adopt', () => {
  it('takes the named ones, after which they are removed when unmapped', async () => {
    const world = await createWorld();
    for (const name of ['old.example', 'other.example']) world.standIn.addByHand(name);
    expect(await world.ask({ action: 'adopt', domains: ['OLD.example', 'missing.example'] })).toMatchObject({
      ok: true,
      done: [{ action: 'adopt', domain: 'old.example' }],
      held: [{ domain: 'missing.example', code: 'absent' }],
      writes: 0,
    });
    await world.deliver(unmapped('old.example', world.clock), unmapped('other.example', world.clock));
    expect(world.standIn.names).toEqual(['network.example', 'other.example']);
  });

  it('with "all" takes what is mapped and present, and leaves what is only present', async () => {
    const world = await createWorld();
    for (const name of ['mapped.example', 'unknown.example']) world.standIn.addByHand(name);
    await world.ledger.recordRequests([mapped('mapped.example', world.clock), mapped('absent.example', world.clock)]);
    expect(await world.ask({ action: 'adopt', domains: 'all' })).toMatchObject({
      done: [{ domain: 'mapped.example' }],
    });
    const status = await world.ask({ action: 'status' });
    const owned = (status['domains'] as { domain: string; owned: boolean }[]).filter((row) => row.owned);
    expect(owned.map((row) => row.domain)).toEqual(['mapped.example']);
  });

  it('leaves www and redirection of 365 domains as they were found', async () => {
    const site = new StandInMultisite({ host: 'network.example', key: 'key', secret: 'secret' });
    const world = await createWorld({ network: site });
    // As the plugin and people left them: nearly none is as this service would add it.
    const found = ['none', 'www', 'non-www'] as const;
    for (const [index, name] of shops(365).entries()) {
      site.map(index % 2 === 0 ? name : `www.${name}`);
      world.standIn.addByHand(name, { www: index % 23 !== 0, redirection: found[index % 3] ?? 'none' });
    }
    const before = structuredClone(world.standIn.domains);
    const adopted = await world.ask({ action: 'adopt', domains: 'all' });
    expect(adopted).toMatchObject({ ok: true, writes: 0, follows: [] });
    expect(adopted['done']).toHaveLength(365);
    expect(adopted.summary).toBe('365 changes made. Nothing on RunCloud changes because of that.');
    world.clock.advance(DAY);
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({ writes: 0 });
    expect(world.standIn.domains).toEqual(before);
  });

  it('leaves a domain that redirects to www as it was found, until WWW asks for another', async () => {
    const site = new StandInMultisite({ host: 'network.example', key: 'key', secret: 'secret' });
    site.map('www.haupt.com');
    const world = await createWorld({ network: site });
    world.standIn.addByHand('haupt.com', { www: true, redirection: 'www' });
    await world.ask({ action: 'adopt', domains: 'all' });
    expect(await world.ask({ action: 'plan' })).toMatchObject({ steps: [] });
    const { ledger, clock, standIn } = world;
    const asking = await createWorld({ ledger, clock, standIn, network: site, settings: { www: 'always' } });
    expect(await asking.ask({ action: 'plan' })).toMatchObject({ steps: [{ action: 'update', domain: 'haupt.com' }] });
  });

  it('says that a stray which nothing maps will go, before it is done and after', async () => {
    const site = new StandInMultisite({ host: 'network.example', key: 'key', secret: 'secret' });
    site.map('shop.example');
    const world = await createWorld({ network: site });
    for (const name of ['shop.example', 'stray.example']) world.standIn.addByHand(name);
    const domains = ['shop.example', 'stray.example'];
    const goes =
      /1 domain will go, because nothing maps it: stray\.example\. List what shall stay in PROTECTED_DOMAINS/;
    const follows = [{ action: 'remove', domain: 'stray.example' }];
    const shown = await world.ask({ action: 'plan', adopt: domains });
    expect(shown).toMatchObject({
      ok: true,
      summary: expect.stringMatching(goes),
      steps: [
        { action: 'adopt', domain: 'shop.example' },
        { action: 'adopt', domain: 'stray.example' },
      ],
      follows,
    });
    expect(shown.summary).toMatch(/^2 domains to adopt; nothing was changed\. From that follows: 1 to remove\./);
    expect((await world.ledger.readAll()).size).toBe(0);
    expect(await world.ask({ action: 'adopt', domains })).toMatchObject({
      summary: expect.stringMatching(goes),
      follows,
    });
    expect(await world.ask({ action: 'plan', adopt: 'all' })).toMatchObject({
      summary: '0 domains to adopt; nothing was changed.',
      follows: [],
    });
    expect(await world.ask({ action: 'plan', adopt: ['localhost'] })).toMatchObject({
      ok: false,
      summary: expect.stringMatching(/single label.*Nothing was changed/),
    });
  });

  it('is possible under observe, because it writes nothing to RunCloud', async () => {
    const world = await createWorld({ settings: { policy: 'observe' } });
    world.standIn.addByHand('old.example');
    expect(await world.ask({ action: 'adopt', domains: ['old.example'] })).toMatchObject({ done: [{}], writes: 0 });
  });
});
