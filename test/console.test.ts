import { describe, expect, it } from 'vitest';
import { answerUnready } from '../lib/console.ts';
import { DAY, iso, MINUTE } from '../lib/core/values/time.ts';
import type { Ledger } from '../lib/ledger/ledger.ts';
import { NewerLedgerError, SCHEMA } from '../lib/ledger/schema.ts';
import { StandInMultisite } from '../local/stand-in/multisite.ts';
import { createWorld, mapped, shops, unmapped } from './support/world.ts';

describe('the console', () => {
  const refused: [string, unknown, RegExp][] = [
    ['nothing', undefined, /Send a JSON object.*"action":"reconcile"/],
    ['a list', [], /Send a JSON object/],
    ['no action', {}, /no "action".*known actions are/],
    ['an unknown action', { action: 'delete-everything' }, /"delete-everything" is unknown.*"action":"status"/],
    ['the name of something every object has', { action: 'toString' }, /is unknown/],
    ['an action that is no text', { action: 7 }, /7 is unknown/],
    ['an unknown key', { action: 'plan', dry: true }, /"dry" does not belong there.*Right is \{"action":"plan"\}/],
    ['no domain', { action: 'map' }, /"domain" is missing.*Right is/],
    ['a domain that is no text', { action: 'unmap', domain: 7 }, /"domain" must be text/],
    ['no checksum', { action: 'apply' }, /"checksum" is missing/],
    ['a checksum that is none', { action: 'apply', checksum: 'abc' }, /16 digits/],
    ['no domains', { action: 'adopt', domains: [] }, /must be a list of domains, or "all"/],
    ['domains in one text', { action: 'adopt', domains: 'shop.example' }, /must be a list of domains, or "all"/],
    [
      'a domain to adopt that is none',
      { action: 'adopt', domains: ['ok.example', 'localhost', '1.2.3.4'] },
      /single label.*IP address/,
    ],
    [
      'a state that is none',
      { action: 'status', state: ['down'] },
      /"state\.0" must be a list of live, .*needs-person/,
    ],
    ['a limit that is none', { action: 'status', limit: -1 }, /"limit" must not be negative/],
    ['a number of events that is none', { action: 'events', limit: 0 }, /"limit" must be 1 at least/],
    ['events of what is no domain', { action: 'events', domain: 'localhost' }, /single label/],
    ['a domain that is none', { action: 'map', domain: 'https://shop.example' }, /has a scheme/],
    ['a protected domain', { action: 'map', domain: 'mail.example' }, /PROTECTED_DOMAINS/],
    ['the primary domain', { action: 'map', domain: 'network.example' }, /primary domain/],
    ['the primary domain, to remove', { action: 'unmap', domain: 'www.network.example' }, /primary domain/],
  ];
  it.each(refused)('refuses %s, says what would be right, and changes nothing', async (_name, request, words) => {
    const world = await createWorld({ settings: { protectedDomains: ['mail.example'] } });
    await world.ask({ action: 'reconcile' });
    const before = [await world.ledger.readAll(), await world.ledger.readApplication(), world.standIn.calls.length];
    const answer = await world.ask(request);
    expect(answer).toEqual({ ok: false, summary: expect.stringMatching(words) });
    expect(answer.summary).toMatch(/Nothing was changed\.$/);
    expect([await world.ledger.readAll(), await world.ledger.readApplication(), world.standIn.calls.length]).toEqual(
      before,
    );
  });

  describe('where a newer version wrote the ledger', () => {
    const refuse = async () => Promise.reject(new NewerLedgerError(SCHEMA + 1, '9.8.0'));
    const ledger: Ledger = {
      recordRequests: refuse,
      redate: refuse,
      read: refuse,
      readAll: refuse,
      readApplication: refuse,
      leaseUntil: refuse,
      acquire: refuse,
      renew: refuse,
      save: refuse,
      drop: refuse,
      release: refuse,
    };

    it.each([
      { action: 'status' },
      { action: 'plan' },
      { action: 'reconcile' },
      { action: 'apply', checksum: '0123456789abcdef' },
      { action: 'map', domain: 'shop.example' },
      { action: 'unmap', domain: 'shop.example' },
      { action: 'adopt', domains: 'all' },
      { action: 'verify', domain: 'shop.example' },
    ])('says so to $action, and which version reads it', async (request) => {
      const world = await createWorld({ ledger });
      expect(await world.ask(request)).toEqual({
        ok: false,
        summary: expect.stringMatching(/^The ledger has schema .*Run version 9\.8\.0 .* Nothing was changed\.$/),
      });
      expect(world.standIn.writes).toEqual([]);
    });

    it('is what the doctor finds', async () => {
      const world = await createWorld({ ledger });
      expect(await world.ask({ action: 'doctor' })).toEqual({
        ok: false,
        summary: expect.stringMatching(
          /^1 of 1 check found something wrong: ledger\. Begin with ledger: The ledger has/,
        ),
        checks: [
          {
            name: 'ledger',
            ok: false,
            found: expect.stringMatching(/Version 9\.8\.0 of this software or a later one reads it\.$/),
            what_to_do: expect.stringMatching(/^Run version 9\.8\.0 /),
          },
        ],
      });
    });
  });

  it('maps and unmaps, and says what was done', async () => {
    const world = await createWorld();
    expect(await world.ask({ action: 'map', domain: 'Shop.Example' })).toMatchObject({
      ok: true,
      summary: 'shop.example was added to RunCloud.',
      done: [{ action: 'add', domain: 'shop.example' }],
      writes: 1,
    });
    expect(await world.ask({ action: 'map', domain: 'shop.example' })).toMatchObject({
      ok: true,
      summary: expect.stringMatching(/as it should be already/),
    });
    expect(await world.ask({ action: 'unmap', domain: 'shop.example' })).toMatchObject({
      ok: true,
      summary: expect.stringMatching(/was removed from RunCloud/),
    });
    expect(world.standIn.names).toEqual(['network.example']);
  });

  it('shows a separate www. object with a row of its own, and does not call it unmanaged', async () => {
    const world = await createWorld();
    await world.deliver(mapped('shop.example', world.clock));
    world.standIn.addByHand('www.shop.example');
    const status = await world.ask({ action: 'status' });
    expect((status['domains'] as { domain: string }[]).map(({ domain }) => domain)).toEqual([
      'network.example',
      'shop.example',
      'www.shop.example',
    ]);
    expect(await world.ask({ action: 'plan' })).toMatchObject({
      steps: [],
      holds: [{ domain: 'www.shop.example', code: 'beside' }],
    });
  });

  it("is the newest word, also where the network's clock runs ahead", async () => {
    const world = await createWorld();
    const ahead = { now: () => world.clock.now() + 4 * MINUTE, sleep: world.clock.sleep };
    await world.deliver(mapped('shop.example', ahead));
    expect(await world.ask({ action: 'unmap', domain: 'shop.example' })).toMatchObject({
      done: [{ action: 'remove' }],
    });
  });

  it('says why something that was asked for is not done', async () => {
    const world = await createWorld({ settings: { brake: { count: 0, percent: 0 } } });
    world.standIn.addByHand('foreign.example');
    world.standIn.addByHand('*.wild.example');
    const cases = [
      [{ action: 'map', domain: 'foreign.example' }, /did not add it.*adopt/],
      [{ action: 'map', domain: 'a.wild.example' }, /served by a wildcard/],
      [{ action: 'map', domain: 'taken.example' }, /already been taken.*tries again at/],
    ] as const;
    world.standIn.takenElsewhere.add('taken.example');
    for (const [request, words] of cases) expect((await world.ask(request)).summary).toMatch(words);
    await world.ask({ action: 'map', domain: 'shop.example' });
    expect((await world.ask({ action: 'unmap', domain: 'shop.example' })).summary).toMatch(
      /more than the 0 that the brake allows.*checksum/,
    );
  });

  it('tries at once what waits for its next attempt', async () => {
    const world = await createWorld();
    world.standIn.takenElsewhere.add('shop.example');
    await world.ask({ action: 'map', domain: 'shop.example' });
    world.standIn.takenElsewhere.clear();
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({ held: [{ code: 'waiting' }] });
    expect(await world.ask({ action: 'map', domain: 'shop.example' })).toMatchObject({ done: [{}] });
  });

  it('records a mapping while another run is at work', async () => {
    const world = await createWorld();
    await world.ledger.acquire({ holder: 'other', now: world.clock.now(), ttlMs: MINUTE, pendingAdds: [] });
    expect(await world.ask({ action: 'map', domain: 'shop.example' })).toMatchObject({
      ok: true,
      summary: expect.stringMatching(/recorded.*Another run/),
    });
    const busy = { ok: false, summary: expect.stringMatching(new RegExp(`until ${iso(world.clock.now() + MINUTE)}`)) };
    for (const request of [
      { action: 'adopt', domains: 'all' },
      { action: 'apply', checksum: '0123456789abcdef' },
    ]) {
      expect(await world.ask(request)).toMatchObject(busy);
    }
    await world.ledger.release('other', [], {});
    await world.workOff();
    expect(world.standIn.find('shop.example')).toBeDefined();
  });

  it('asks RunCloud for the status where a clock took the lease that was ahead', async () => {
    const world = await createWorld();
    const { now } = world.clock;
    await world.ledger.acquire({ holder: 'other', now: now() + DAY, ttlMs: MINUTE, pendingAdds: [] });
    const status = await world.ask({ action: 'status' });
    expect(status).not.toHaveProperty('run');
    expect(status.summary).toMatch(/^1 domain on RunCloud/);
  });

  it('shows the status at once while the first run has not come to its steps', async () => {
    const world = await createWorld();
    await world.ledger.recordRequests([mapped('shop.example', world.clock)]);
    await world.ledger.acquire({ holder: 'other', now: world.clock.now(), ttlMs: MINUTE, pendingAdds: [] });
    const status = await world.ask({ action: 'status' });
    expect(status).toMatchObject({
      ok: true,
      run: 'at work',
      summary: expect.stringMatching(/^A run is at work\. Shown is what the ledger has\. 0 domains on RunCloud/),
      domains: [{ domain: 'shop.example', mapping: 'not on RunCloud', next: 'will be added to RunCloud' }],
    });
    expect(world.standIn.calls).toEqual([]);
  });

  it('needs nobody for what the run at work has not done yet, and still for what the last whole one left', async () => {
    const network = new StandInMultisite({ host: 'network.example', key: 'key', secret: 'secret' });
    network.map('shop.example');
    const world = await createWorld({ network });
    await world.ask({ action: 'reconcile' });
    world.clock.advance(MINUTE);
    // Without an answer of the network its removal is held.
    await world.ledger.recordRequests([unmapped('shop.example', world.clock)]);
    const lease = { holder: 'other', now: world.clock.now(), ttlMs: MINUTE, pendingAdds: [] };
    await world.ledger.acquire(lease);
    expect((await world.ask({ action: 'status' })).summary).not.toContain('person is needed');
    const { lastReconcile } = await world.ledger.readApplication();
    const left = lastReconcile && { ...lastReconcile, needsPerson: { brake: 1 } };
    await world.ledger.release('other', [], left ? { application: { lastReconcile: left } } : {});
    await world.ledger.acquire(lease);
    expect((await world.ask({ action: 'status' })).summary).toContain('A person is needed for 1 domain: brake 1.');
  });

  it('plans without a writer, a lease or a word in the ledger', async () => {
    const world = await createWorld({ settings: { protectedDomains: ['mail.example'] } });
    world.standIn.addByHand('foreign.example');
    await world.ledger.recordRequests([mapped('new.example', world.clock), mapped('foreign.example', world.clock)]);
    await world.ledger.acquire({ holder: 'other', now: world.clock.now(), ttlMs: MINUTE, pendingAdds: [] });
    const before = [await world.ledger.readAll(), await world.ledger.readApplication()];
    const plan = await world.ask({ action: 'plan' });
    expect(plan).toEqual({
      ok: true,
      summary: '1 step: 1 to add. 1 domain held or left alone, with the reason at each.',
      checksum: expect.stringMatching(/^[0-9a-f]{16}$/),
      steps: [{ action: 'add', domain: 'new.example', why: 'mapped, and not on RunCloud' }],
      braked: [],
      policy: 'sync',
      takes_seconds: 0,
      needs_person: {},
      remarks: [],
      holds: [
        {
          domain: 'foreign.example',
          code: 'not-ours',
          reason: expect.stringMatching(/did not add it/),
          what_to_do: expect.stringMatching(/"action":"adopt"/),
        },
      ],
      markdown: expect.stringMatching(/^## Plan [0-9a-f]{16}\n\n\| step \| domain \| why \|/),
    });
    expect([await world.ledger.readAll(), await world.ledger.readApplication()]).toEqual(before);
    expect(world.standIn.writes).toEqual([]);
  });

  it('applies a plan by its checksum only while it is still the same', async () => {
    const world = await createWorld();
    await world.ledger.recordRequests([mapped('a.example', world.clock)]);
    const { checksum } = await world.ask({ action: 'plan' });
    await world.ledger.recordRequests([mapped('b.example', world.clock)]);
    const refused = await world.ask({ action: 'apply', checksum });
    expect(refused).toMatchObject({
      ok: false,
      summary: expect.stringMatching(/with checksum [0-9a-f]{16} is out of date/),
      steps: [{}, {}],
    });
    expect(world.standIn.writes).toEqual([]);
    expect(await world.ask({ action: 'apply', checksum: refused['checksum'] })).toMatchObject({ ok: true, writes: 2 });
  });

  it('applies nothing under observe', async () => {
    const world = await createWorld({ settings: { policy: 'observe' } });
    await world.ledger.recordRequests([mapped('a.example', world.clock)]);
    const { checksum, summary } = await world.ask({ action: 'plan' });
    expect(summary).toMatch(/None of it is done while POLICY is observe/);
    expect(await world.ask({ action: 'apply', checksum })).toMatchObject({
      ok: false,
      summary: expect.stringMatching(/POLICY is observe/),
    });
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({ ok: true, writes: 0, held: [{ code: 'policy' }] });
    expect(world.standIn.writes).toEqual([]);
  });

  it('shows where every domain on either side stands', async () => {
    const world = await createWorld({ settings: { brake: { count: 0, percent: 0 } } });
    world.standIn.addByHand('foreign.example');
    world.standIn.takenElsewhere.add('taken.example');
    await world.deliver(...['ours.example', 'taken.example', 'going.example'].map((name) => mapped(name, world.clock)));
    world.clock.advance(MINUTE);
    await world.ledger.recordRequests([mapped('new.example', world.clock), unmapped('going.example', world.clock)]);
    await world.ledger.recordRequests([unmapped('never-there.example', world.clock)]);
    await world.ask({ action: 'reconcile' });
    await world.ledger.recordRequests([mapped('newer.example', world.clock)]);
    const status = await world.ask({ action: 'status' });
    expect(status.summary).toMatch(
      /^5 domains on RunCloud, 3 of them owned by this service\. A person is needed for 2 domains: brake 1, waiting 1\. The last reconcile ended at 2026-\S+\. It came to this: 1 change made; 3 domains held/,
    );
    const on = { dns: 'pointing', certificate: 'valid', mapping: 'on RunCloud' };
    const off = { dns: 'unknown', certificate: 'unknown', mapping: 'not on RunCloud', owned: false };
    const rows = (status['domains'] as { since?: string; probed_at?: string }[]).map(({ probed_at: _, ...row }) => row);
    expect(rows).toEqual([
      {
        ...on,
        domain: 'foreign.example',
        owned: false,
        next: 'stays as it is',
        reason: expect.stringMatching(/no mapping/),
        state: 'not-ours',
        codes: ['unmanaged'],
      },
      {
        ...on,
        domain: 'going.example',
        owned: true,
        next: expect.stringMatching(/^held: Read \{"action":"plan"\}/),
        reason: expect.stringMatching(/brake/),
        state: 'live',
        since: expect.any(String),
        codes: ['brake'],
        needs_person: true,
      },
      { ...on, domain: 'network.example', owned: false, next: 'nothing to do', state: 'not-ours' },
      { ...on, domain: 'new.example', owned: true, next: 'nothing to do', state: 'live', since: expect.any(String) },
      {
        ...off,
        domain: 'newer.example',
        next: 'will be added to RunCloud',
        reason: 'mapped, and not on RunCloud',
        state: 'absent',
        since: expect.any(String),
      },
      { ...on, domain: 'ours.example', owned: true, next: 'nothing to do', state: 'live', since: expect.any(String) },
      {
        ...off,
        domain: 'taken.example',
        next: expect.stringMatching(/tried again at 2026-11-23/),
        reason: expect.stringMatching(/taken/),
        state: 'absent',
        since: expect.any(String),
        codes: ['waiting'],
        needs_person: true,
      },
    ]);
    expect(status).toMatchObject({
      matching: 7,
      due: 1,
      counts: { live: 3, absent: 2, 'not-ours': 2, dns: 0, certificate: 0, failed: 0, expiring: 0 },
      needs: [
        { code: 'brake', count: 1, domains: ['going.example'], what_to_do: expect.stringMatching(/"apply"/) },
        { code: 'waiting', count: 1, domains: ['taken.example'], found: expect.stringMatching(/taken/) },
      ],
    });
    const some = await world.ask({
      action: 'status',
      state: ['absent', 'needs-person'],
      search: 'N',
      from: 1,
      limit: 1,
    });
    expect(some).toMatchObject({ domains: [{ domain: 'newer.example' }], matching: 3, counts: { live: 3 } });
  });

  it('makes no write under plan and status in many different states', async () => {
    for (let seed = 0; seed < 40; seed++) {
      const world = await createWorld();
      const names = shops(8);
      names.forEach((name, index) => {
        if ((seed * 7 + index * 3) % 4 < 2) world.standIn.addByHand(name);
      });
      await world.ask({ action: 'adopt', domains: names.slice(0, (seed % 7) + 1) });
      for (const [index, name] of names.entries()) {
        const kind = (seed + index * 5) % 3;
        if (kind < 2) await world.ledger.recordRequests([(kind === 0 ? mapped : unmapped)(name, world.clock)]);
      }
      const before = await world.ledger.readAll();
      await world.ask({ action: 'plan' });
      await world.ask({ action: 'status' });
      expect(world.standIn.writes).toEqual([]);
      expect(await world.ledger.readAll()).toEqual(before);
    }
  });
});

describe('the console without settings', () => {
  it('says why, and the doctor says it as a check', () => {
    const why = 'The secret is empty. Fill it with: npx mrc init.';
    expect(answerUnready({ action: 'plan' }, why)).toEqual({ ok: false, summary: `${why} Nothing was changed.` });
    expect(answerUnready({ action: 'doctor' }, why)).toMatchObject({
      ok: false,
      summary: expect.stringContaining(why),
      checks: [{ name: 'settings', ok: false, found: why }],
    });
  });
});
