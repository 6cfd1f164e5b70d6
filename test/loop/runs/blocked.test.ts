/** RunCloud refuses every call, because those of the month are used up. Which status it then answers with is not documented. */
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../../lib/core/values/time.ts';
import { pass, SCHEDULE, useCalls } from '../../support/schedule.ts';
import { createWorld, mapped, shops, type TestWorld, unmapped } from '../../support/world.ts';

const UNLIMITED = { limit: { requests: 1_000_000, retryAfter: true, headers: true } };

function block(world: TestWorld, status: number): void {
  const fault = () => ({ kind: 'status', status, carriedOut: false }) as const;
  world.standIn.options = { ...world.standIn.options, fault };
}

function unblock(world: TestWorld): void {
  world.standIn.options = { ...world.standIn.options, fault: () => undefined };
}

async function inTheMidstOfAMonth() {
  const world = await createWorld({ settings: { www: 'never' }, runcloud: UNLIMITED });
  await world.ask(SCHEDULE);
  await world.deliver(...shops(3).map((name) => mapped(name, world.clock)));
  await world.workOff();
  world.clock.advance(2 * HOUR);
  await world.ask(SCHEDULE);
  return world;
}

async function callsIn(world: TestWorld, ms: number): Promise<number> {
  const before = world.standIn.calls.length;
  await pass(world, ms);
  return world.standIn.calls.length - before;
}

/** A month of 1,000 calls of which 955 are used. */
async function nearTheQuota(domains: readonly string[]) {
  const world = await createWorld({
    settings: { www: 'never' },
    runcloud: UNLIMITED,
    quota: { callsPerMonth: 1_000 },
  });
  await world.ask(SCHEDULE);
  if (domains.length > 0) await world.deliver(...domains.map((name) => mapped(name, world.clock)));
  await useCalls(world, 955);
  return world;
}

describe.each([402, 403, 429])('RunCloud that answers every call with %i', (status) => {
  it('gets one call an hour, until it takes them again', async () => {
    const world = await inTheMidstOfAMonth();
    block(world, status);
    // It takes a while to tell a 429 from the limit a minute.
    await pass(world, 3 * HOUR);
    const calls = await callsIn(world, DAY);
    expect(calls).toBeLessThanOrEqual(24);
    expect(calls).toBeGreaterThanOrEqual(20);
  });

  it('is said to be out of calls, and never that the token is wrong', async () => {
    const world = await inTheMidstOfAMonth();
    block(world, status);
    await pass(world, 3 * HOUR);
    const said = [
      await world.ask(SCHEDULE),
      await world.ask({ action: 'status' }),
      await world.ask({ action: 'doctor' }),
      await world.ask({ action: 'map', domain: 'new.example' }),
    ];
    for (const { summary } of said) {
      expect(summary).toMatch(
        /most likely (because )?those of this month are used up|most likely because the calls of this month/,
      );
      expect(summary).not.toMatch(/token is wrong|credentials/);
    }
    expect(said[2]?.['checks']).toContainEqual(
      expect.objectContaining({
        name: 'runcloud-quota',
        ok: false,
        found: expect.stringMatching(/^Since .* RunCloud refuses/),
      }),
    );
  });

  it('keeps nothing for good: what came meanwhile is made good within one run after it', async () => {
    const world = await inTheMidstOfAMonth();
    block(world, status);
    await pass(world, 3 * HOUR);
    await world.deliver(mapped('new.example', world.clock), unmapped('shop-0001.example', world.clock));
    const status_ = await world.ask({ action: 'status' });
    expect(status_).toMatchObject({ ok: false });
    expect(status_['domains']).toContainEqual(
      expect.objectContaining({ domain: 'shop-0002.example', mapping: 'on RunCloud' }),
    );
    await pass(world, 5 * DAY);
    unblock(world);
    world.clock.advance(HOUR);
    await world.ask(SCHEDULE);
    expect(world.standIn.names).toEqual(['network.example', 'new.example', 'shop-0000.example', 'shop-0002.example']);
    expect(await world.ask({ action: 'doctor' })).toMatchObject({
      checks: expect.arrayContaining([expect.objectContaining({ name: 'runcloud-quota', ok: true })]),
    });
  });
});

describe('a 403', () => {
  it('where RunCloud never showed its list says nothing of the quota', async () => {
    const world = await createWorld({ runcloud: UNLIMITED });
    block(world, 403);
    const { summary } = await world.ask({ action: 'reconcile' });
    expect(summary).toMatch(/RunCloud gives API access to the plans Business and Enterprise/);
    expect(summary).not.toMatch(/this month/);
  });

  it('near the quota is taken for its end, whatever was asked for', async () => {
    const world = await nearTheQuota([]);
    block(world, 403);
    world.clock.advance(6 * MINUTE);
    const { summary } = await world.ask({ action: 'plan' });
    expect(summary).toMatch(/most likely because the calls of this month are used up/);
  });
});

describe('RunCloud that refuses one change alone', () => {
  it.each([402, 403])('(%i) keeps no other waiting, also near the quota', async (status) => {
    const world = await nearTheQuota(shops(3));
    const fault = ({ method }: { method: string }) =>
      method === 'POST' ? ({ kind: 'status', status, carriedOut: false } as const) : undefined;
    world.standIn.options = { ...world.standIn.options, fault };
    for (let hour = 0; hour < 3; hour++) {
      await world.deliver(mapped('refused.example', world.clock));
      await world.ask({ action: 'reconcile' });
      world.clock.advance(MINUTE);
      expect((await world.ledger.readApplication()).block ?? null).toBeNull();
      await world.deliver(unmapped(`shop-000${hour}.example`, world.clock));
      expect(world.standIn.find(`shop-000${hour}.example`)).toBeUndefined();
      world.clock.advance(HOUR);
    }
  });
});

describe('a run of the schedule while RunCloud refuses every call', () => {
  it('is not called well, though the list is not due and nothing is to be done', async () => {
    const world = await nearTheQuota([]);
    block(world, 402);
    await pass(world, 2 * HOUR);
    expect(await world.ask(SCHEDULE)).toMatchObject({
      ok: false,
      summary: expect.stringMatching(/this month are used up/),
    });
    expect((await world.ledger.readApplication()).abort).toMatchObject({ why: expect.stringMatching(/used up/) });
  });
});
