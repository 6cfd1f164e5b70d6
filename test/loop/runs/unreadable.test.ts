/** A ledger of which something cannot be read: what goes on, what stands still, and who says so. */
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../../lib/core/values/time.ts';
import { sqliteLedger } from '../../../lib/ledger/sqlite.ts';
import { StandInMultisite } from '../../../local/stand-in/multisite.ts';
import { createWorld, mapped, type TestWorld, unmapped, type WorldOptions } from '../../support/world.ts';

type Broken = TestWorld & { readonly database: DatabaseSync; row(): unknown };

/** Three domains of ours, and the row of b.example cannot be read. */
async function broken(state = '{"owned":', options: WorldOptions = {}): Promise<Broken> {
  const database = new DatabaseSync(':memory:');
  const world = await createWorld({ ledger: sqliteLedger(database), ...options });
  await world.deliver(...['a.example', 'b.example', 'c.example'].map((name) => mapped(name, world.clock)));
  await world.ask({ action: 'reconcile' });
  world.clock.advance(MINUTE);
  database.prepare("UPDATE domain SET state = ? WHERE domain = 'b.example'").run(state);
  const select = database.prepare("SELECT state FROM domain WHERE domain = 'b.example'");
  return Object.assign(world, { database, row: () => select.get()?.['state'] });
}

const STATES = ['', '{"owned":', 'null', '[]', '"x"', '{"owned":7}', '{"probe":{"at":"then"}}', '{"issuance":{}}'];

describe('a row of the ledger that cannot be read', () => {
  it.each(STATES)('stops no other domain, and nothing happens to its own: %s', async (state) => {
    const world = await broken(state);
    await world.ledger.recordRequests(['a.example', 'b.example'].map((name) => unmapped(name, world.clock)));
    await world.ledger.recordRequests([mapped('d.example', world.clock)]);
    const ran = await world.ask({ action: 'reconcile' });
    expect(world.standIn.names).toEqual(['b.example', 'c.example', 'd.example', 'network.example']);
    expect(ran['held']).toEqual([
      expect.objectContaining({
        domain: 'b.example',
        code: 'unreadable',
        reason: expect.stringMatching(/^The ledger's row of b\.example cannot be read \(its state /),
      }),
    ]);
    expect(world.row()).toBe(state);
    // Nor after a day of runs and probes.
    world.clock.advance(24 * HOUR);
    await world.ask({ action: 'reconcile' });
    expect(world.row()).toBe(state);
    expect(world.standIn.find('b.example')).toBeDefined();
  });

  it.each([
    ['map', { action: 'map', domain: 'b.example' }],
    ['unmap', { action: 'unmap', domain: 'b.example' }],
    ['adopt', { action: 'adopt', domains: ['b.example'] }],
    ['verify', { action: 'verify', domain: 'b.example' }],
  ])('is why %s does nothing with its domain', async (_action, request) => {
    for (const certificateMode of ['advanced', 'basic'] as const) {
      const world = await broken(undefined, { runcloud: { ssl: { mode: certificateMode } } });
      const before = world.standIn.writes.length;
      const answer = await world.ask(request);
      expect(JSON.stringify(answer)).toMatch(/row of b\.example cannot be read/);
      await world.workOff();
      expect(world.standIn.writes).toHaveLength(before);
      expect(world.row()).toBe('{"owned":');
    }
  });

  it('is not adopted with all others', async () => {
    const site = new StandInMultisite({ host: 'network.example', key: 'k', secret: 's' });
    for (const name of ['a.example', 'b.example', 'c.example']) site.map(name);
    const world = await broken(undefined, { network: site });
    const answer = await world.ask({ action: 'adopt', domains: 'all' });
    expect(answer).toMatchObject({ done: [], held: [{ domain: 'b.example', code: 'unreadable' }] });
    expect(world.row()).toBe('{"owned":');
  });

  it('keeps its domain also where the network lacks it beyond the grace, or asks for another www', async () => {
    const site = new StandInMultisite({ host: 'network.example', key: 'k', secret: 's' });
    for (const name of ['a.example', 'b.example', 'c.example']) site.map(name);
    const world = await broken('{', { network: site, writeBack: true, settings: { www: 'always' } });
    site.unmap('b.example');
    for (let hour = 0; hour < 4; hour++) {
      await world.ask({ action: 'reconcile' });
      world.clock.advance(HOUR);
    }
    const before = world.standIn.writes.length;
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.writes).toHaveLength(before);
    expect(world.standIn.find('b.example')).toBeDefined();
    expect(world.row()).toBe('{');
  });

  it('is named by status and by the doctor, also while RunCloud cannot be asked', async () => {
    for (const fault of [undefined, { kind: 'status', status: 500, carriedOut: false } as const]) {
      const world = await broken();
      world.standIn.options = { ...world.standIn.options, fault: () => fault };
      const status = await world.ask({ action: 'status' });
      expect(status['domains']).toContainEqual(
        expect.objectContaining({ domain: 'b.example', reason: expect.stringMatching(/cannot be read/) }),
      );
      const doctor = await world.ask({ action: 'doctor' });
      expect(doctor.ok).toBe(false);
      expect(doctor['checks']).toContainEqual({
        name: 'ledger',
        ok: false,
        found: 'The ledger has 1 row that cannot be read: b.example (its state is not JSON).',
        what_to_do:
          'Restore the row from a backup, or delete it: the domain then shows as not ours, and can be adopted. docs/holds.md#unreadable says how.',
      });
    }
  });
});

describe('a ledger that cannot be read as a whole', () => {
  const breaks: [string, (world: Broken) => void, RegExp][] = [
    [
      'a note that is not JSON',
      ({ database }) => database.exec("UPDATE note SET value = '{' WHERE name = 'snapshot'"),
      /^The ledger cannot be read: the note "snapshot" in it is not JSON\. No run changes anything/,
    ],
    [
      'pending adds that are not JSON',
      ({ database }) => database.exec("UPDATE lease SET pending_adds = '{'"),
      /^The ledger cannot be read: the list of pending adds in it is not JSON\./,
    ],
    ['a table that is gone', ({ database }) => database.exec('DROP TABLE note'), /no such table: note/],
  ];

  it.each(breaks)('is what status and the doctor say: %s', async (_what, breakIt, words) => {
    const world = await broken('{}');
    breakIt(world);
    const doctor = await world.ask({ action: 'doctor' });
    const status = await world.ask({ action: 'status' });
    if (!words.source.includes('pending')) {
      expect(doctor).toMatchObject({ ok: false, checks: [{ name: 'ledger', ok: false }] });
      expect(doctor.summary).toMatch(/^1 of 1 check found something wrong: ledger\. Begin with ledger: /);
      expect(String((doctor['checks'] as { found: string }[])[0]?.found)).toMatch(words);
      expect(status).toMatchObject({ ok: false, summary: expect.stringMatching(words) });
    }
    // Only a run needs the pending adds.
    const before = world.standIn.writes.length;
    const ran = await world
      .ask({ action: 'reconcile' })
      .catch((error: Error) => ({ ok: false, summary: error.message }));
    expect(ran).toMatchObject({ ok: false, summary: expect.stringMatching(words) });
    expect(world.standIn.writes).toHaveLength(before);
  });
});
