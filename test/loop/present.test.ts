/** What a clock wrote that was ahead rules nothing once it is right again. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { HostName } from '../../lib/core/values/host-name.ts';
import { LONG_AGO_MS } from '../../lib/core/values/present.ts';
import { CLOCK_TOLERANCE_MS, DAY, HOUR, iso, MINUTE } from '../../lib/core/values/time.ts';
import type { ApplicationState } from '../../lib/ledger/ledger.ts';
import { memoryLedger } from '../../lib/ledger/memory.ts';
import { presentApplication, presentPendingAdds, recordPresent } from '../../lib/loop/present.ts';
import { START, simulatedClock } from '../support/clock.ts';
import { APPLICATION_STATE } from '../support/ledger-0.1.0.ts';
import { createWorld, mapped, unmapped } from '../support/world.ts';

const ROOT = join(import.meta.dirname, '../..');
const YEAR = 365 * DAY;
const AHEAD = iso(START + YEAR);
const NOW = iso(START);
const LONG_AGO = iso(START - 30 * DAY);
const shop = 'shop.example' as HostName;

describe('the state of the application', () => {
  const snapshot = { primary: undefined, wildcards: [], highestId: 9, count: 2 };
  const server = { main: '203.0.113.10', others: [] };
  const network = { label: 'Network', host: shop };
  const request = { names: ['shop.example'], order: 'new', answer: 'open' } as const;

  const LOW = {
    number: 1,
    run: 'r',
    type: 'quota.low',
    before: { used: 0, percent: 0 },
    after: { used: 8, percent: 80, resetAt: AHEAD },
  } as const;

  it.each<[string, ApplicationState, ApplicationState]>([
    [
      'the last list is still the last one',
      { snapshot: { ...snapshot, observedAt: AHEAD } },
      { snapshot: { ...snapshot, observedAt: NOW } },
    ],
    [
      'the brake leaves removals out',
      {
        removals: {
          owned: 5,
          removals: [
            { until: NOW, count: 1 },
            { until: AHEAD, count: 2 },
          ],
        },
      },
      { removals: { owned: 5, removals: [{ until: NOW, count: 1 }] } },
    ],
    ['a pause that RunCloud cannot have asked for is over', { quietUntil: AHEAD }, {}],
    [
      'the address of the server is kept, and read again',
      { server: { ...server, readAt: AHEAD, othersReadAt: AHEAD } },
      { server: { ...server, readAt: LONG_AGO } },
    ],
    [
      'the mode of certificates is kept, and read again',
      { certificateMode: { mode: 'basic', readAt: AHEAD } },
      { certificateMode: { mode: 'basic', readAt: LONG_AGO } },
    ],
    [
      'what was not answered is asked',
      { unasked: { server: AHEAD, others: AHEAD, certificateMode: AHEAD } },
      { unasked: {} },
    ],
    [
      'a request for the shared certificate counts as sent now',
      { sharedCertificate: { requests: [{ ...request, at: AHEAD }], attempts: 1 } },
      { sharedCertificate: { requests: [{ ...request, at: NOW }], attempts: 1 } },
    ],
    [
      'what was told stays told, and of a period that did not begin yet nothing was',
      { news: { last: 1, toldUpTo: 1, lowSince: AHEAD, events: [{ ...LOW, at: AHEAD }] } },
      { news: { last: 1, toldUpTo: 1, events: [{ ...LOW, at: NOW }] } },
    ],
    ['no shared certificate is none', { sharedCertificate: null }, { sharedCertificate: null }],
    [
      'another network is doubted from now on',
      { network: { ...network, since: AHEAD, rival: { ...network, since: AHEAD }, emptySince: AHEAD } },
      { network: { ...network, since: NOW, rival: { ...network, since: NOW } } },
    ],
    [
      'an event of another network is not of the last week',
      { eventNetworks: { refused: [{ network: 'a.example' as never, domain: shop, kind: 'mapped', at: AHEAD }] } },
      { eventNetworks: { refused: [] } },
    ],
    ['the network may be written to', { writeBackRefusedAt: AHEAD }, {}],
    [
      'the last reconcile ended long ago',
      { lastReconcile: { at: AHEAD, done: 0, held: 0, failed: 0 } },
      { lastReconcile: { at: iso(START - LONG_AGO_MS), done: 0, held: 0, failed: 0 } },
    ],
    [
      'a run of nobody knows when is not listed',
      {
        runs: [
          { at: AHEAD, tookMs: 1, done: 0, held: 0, failed: 0 },
          { at: NOW, tookMs: 2, done: 0, held: 0, failed: 0 },
        ],
      },
      { runs: [{ at: NOW, tookMs: 2, done: 0, held: 0, failed: 0 }] },
    ],
    [
      'a run ended early now',
      { abort: { at: AHEAD, why: 'a', whatToDo: 'b' } },
      { abort: { at: NOW, why: 'a', whatToDo: 'b' } },
    ],
    ['how far a run has got is not known', { progress: { startedAt: NOW, at: AHEAD, done: 1, of: 2 } }, {}],
    ['nor since when', { progress: { startedAt: AHEAD, at: NOW, done: 1, of: 2 } }, {}],
    ['no work is none', { progress: null }, { progress: null }],
  ])('%s', (_, stored, expected) => {
    expect(presentApplication(stored, START)).toStrictEqual(expected);
  });

  it('keeps a pause of a day, and all that is within the tolerance', () => {
    const quiet = { quietUntil: iso(START + DAY + CLOCK_TOLERANCE_MS) };
    expect(presentApplication(quiet, START)).toBe(quiet);
    expect(presentApplication({ quietUntil: iso(START + DAY + CLOCK_TOLERANCE_MS + 1) }, START)).toEqual({});
    const stored = { lastReconcile: { at: iso(START + CLOCK_TOLERANCE_MS), done: 0, held: 0, failed: 0 } };
    expect(presentApplication(stored, START)).toBe(stored);
    expect(presentApplication(APPLICATION_STATE, START + DAY)).toBe(APPLICATION_STATE);
  });

  it('knows of a pending add that it is over a quarter of an hour from now', () => {
    const pending = [{ domain: shop, since: AHEAD, until: AHEAD, aboveId: 5 }];
    expect(presentPendingAdds(pending, START)).toEqual([{ domain: shop, since: NOW, until: NOW, aboveId: 5 }]);
    const rightly = [{ domain: shop, since: NOW, until: iso(START + 2 * MINUTE) }];
    expect(presentPendingAdds(rightly, START)).toBe(rightly);
  });
});

describe('a request that was recorded while the clock was ahead', () => {
  it('gives way to what happens from then on, and not to what is repeated from before', async () => {
    const clock = simulatedClock();
    const ledger = memoryLedger();
    const before = unmapped('shop.example', clock);
    clock.advance(HOUR + YEAR);
    await ledger.recordRequests([mapped('shop.example', clock)]);
    clock.advance(-YEAR);
    const repeated = await recordPresent({ ledger, clock }, [before]);
    expect(repeated.records.get(shop)?.request).toMatchObject({
      kind: 'mapped',
      occurredAt: iso(clock.now() - 5 * MINUTE),
    });
    const newer = await recordPresent({ ledger, clock }, [unmapped('shop.example', clock)]);
    expect(newer.records.get(shop)?.request).toMatchObject({ kind: 'unmapped' });
    expect((await ledger.readAll()).get(shop)?.request).toMatchObject({
      kind: 'unmapped',
      occurredAt: iso(clock.now()),
    });
  });

  it('gives way to the first event about it, also where no run was in between', async () => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    world.clock.advance(YEAR);
    await world.ask({ action: 'map', domain: 'shop.example' });
    world.clock.advance(-YEAR);
    world.clock.advance(HOUR);
    await world.deliver(unmapped('shop.example', world.clock));
    expect(world.standIn.find('shop.example')).toBeUndefined();
  });

  it('is dated once, and the console is the newest after it', async () => {
    const world = await createWorld({ settings: { policy: 'observe' } });
    world.clock.advance(YEAR);
    await world.ask({ action: 'map', domain: 'shop.example' });
    world.clock.advance(-YEAR);
    await world.ask({ action: 'reconcile' });
    const dated = (await world.ledger.readAll()).get(shop)?.request?.occurredAt;
    expect(dated).toBe(iso(world.clock.now() - 5 * MINUTE));
    world.clock.advance(HOUR);
    await world.ask({ action: 'reconcile' });
    expect((await world.ledger.readAll()).get(shop)?.request?.occurredAt).toBe(dated);
    await world.ask({ action: 'unmap', domain: 'shop.example' });
    expect((await world.ledger.readAll()).get(shop)?.request).toMatchObject({
      kind: 'unmapped',
      occurredAt: iso(world.clock.now()),
    });
  });
});

describe('the code', () => {
  it('reads the ledger in one place, where times are weighed', () => {
    const files = ['lib/loop', 'lib/console', 'local', 'functions'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => join(folder, name)),
    );
    const reading = [...files, 'lib/console.ts'].filter((file) =>
      /ledger\s*\.(read|readAll|readApplication|recordRequests)\(/.test(readFileSync(join(ROOT, file), 'utf8')),
    );
    expect(reading).toEqual(['lib/loop/present.ts']);
  });
});
