/** Every request to RunCloud is counted in the ledger, by day and by what it was for. */
import { describe, expect, it } from 'vitest';
import { callsSince, sumOf } from '../../lib/core/quota/calls.ts';
import { DAY } from '../../lib/core/values/time.ts';
import type { Ledger } from '../../lib/ledger/ledger.ts';
import { memoryLedger } from '../../lib/ledger/memory.ts';
import { StandInRunCloud } from '../../local/stand-in/runcloud.ts';
import { Died, Lifetime, mortal } from '../support/mortal.ts';
import { createWorld, mapped, shops, type TestWorld, unmapped } from '../support/world.ts';

async function counted({ ledger }: Pick<TestWorld, 'ledger'>) {
  return callsSince((await ledger.readApplication()).calls ?? {}, 0);
}

describe('calls to RunCloud', () => {
  it('are all in the ledger, and by what they were for', async () => {
    const world = await createWorld({ probes: 'stand-ins', settings: { www: 'never' } });
    await world.ask({ action: 'reconcile' });
    world.standInDns.point('shop.example', StandInRunCloud.address);
    await world.deliver(mapped('shop.example', world.clock));
    await world.workOff();
    await world.deliver(unmapped('shop.example', world.clock));
    const { calls } = world.standIn;
    const count = (isOne: (call: { method: string; path: string }) => boolean) => calls.filter(isOne).length;
    const isSsl = ({ path }: { path: string }) => /\/ssl/.test(path);
    const by = await counted(world);
    expect(by).toEqual({
      lists: world.standIn.listCalls.length,
      changes: count((call) => call.method !== 'GET' && !isSsl(call)),
      certificates: count(isSsl),
      looks: expect.any(Number),
    });
    expect(sumOf(by)).toBe(calls.length);
  });

  it('of a plan, which writes nothing, are counted with the next run of this process', async () => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    const before = sumOf(await counted(world));
    await world.ask({ action: 'plan' });
    expect(sumOf(await counted(world))).toBe(before);
    expect(await world.ask({ action: 'quota' })).toMatchObject({ ok: true, used: world.standIn.calls.length });
    await world.ask({ action: 'reconcile' });
    expect(sumOf(await counted(world))).toBe(world.standIn.calls.length);
  });

  it('stand where they were made, on both sides of midnight', async () => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    const first = world.standIn.calls.length;
    world.clock.advance(DAY);
    await world.ask({ action: 'reconcile' });
    const { calls = {} } = await world.ledger.readApplication();
    expect(Object.values(calls).map(sumOf)).toEqual([first, world.standIn.calls.length - first]);
  });

  it('of a run that dies are counted as far as it wrote', async () => {
    const ledger = memoryLedger();
    await (await createWorld({ ledger })).ask({ action: 'reconcile' });
    const before = sumOf(await counted({ ledger }));
    const lifetime = new Lifetime();
    const dying = await createWorld({ ledger: mortal(ledger, lifetime), settings: { www: 'never' } });
    lifetime.calls = 6;
    await expect(dying.deliver(...shops(5).map((name) => mapped(name, dying.clock)))).rejects.toThrow(Died);
    const sent = dying.standIn.calls.length;
    const after = sumOf(await counted({ ledger }));
    expect(after).toBeGreaterThan(before);
    expect(after).toBeLessThanOrEqual(before + sent);
  });

  it('whose write to the ledger fails are counted once, with the next one', async () => {
    const ledger = memoryLedger();
    const failures = [false, true, true, false];
    const release: Ledger['release'] = async (...given) => {
      if (failures.shift()) throw new Error('throttled');
      await ledger.release(...given);
    };
    const world = await createWorld({ ledger: { ...ledger, release } });
    await world.ask({ action: 'reconcile' });
    for (let run = 0; run < 2; run++) {
      world.clock.advance(DAY);
      await expect(world.ask({ action: 'reconcile' })).rejects.toThrow('throttled');
    }
    world.clock.advance(DAY);
    await world.ask({ action: 'reconcile' });
    expect(sumOf(await counted(world))).toBe(world.standIn.calls.length);
  });
});

describe('the action quota', () => {
  it('says how many calls were made, on what, and until when they last', async () => {
    const world = await createWorld({ quota: { callsPerMonth: 10_000 } });
    await world.ask({ action: 'reconcile' });
    const calls = world.standIn.calls.length;
    expect(await world.ask({ action: 'quota' })).toMatchObject({
      ok: true,
      summary: expect.stringMatching(
        new RegExp(`^${calls} calls to RunCloud since .*: lists 1, .* 0 % of the 10,000 a month\\. They last until`),
      ),
      used: calls,
      on: { lists: 1 },
      quota: 10_000,
      percent: 0,
    });
    expect(world.standIn.calls).toHaveLength(calls);
  });

  it('is in the figures of a run, and in status from 80 % on', async () => {
    const world = await createWorld({ quota: { callsPerMonth: 1_000 } });
    await world.ask({ action: 'reconcile' });
    expect(await world.ask({ action: 'status' })).toMatchObject({
      summary: expect.not.stringContaining('calls to RunCloud'),
      calls: { quota: 1_000, percent: 0 },
    });
    const today = Object.keys((await world.ledger.readApplication()).calls ?? {})[0] as string;
    const lease = { holder: 'a', now: world.clock.now(), ttlMs: 1_000, pendingAdds: [] };
    await world.ledger.acquire(lease);
    await world.ledger.release('a', [], { application: { calls: { [today]: { looks: 800 } } } });
    expect((await world.ask({ action: 'status' })).summary).toMatch(/80 % of the 1,000 a month.* keeps the last tenth/);
    expect((await world.ask({ action: 'quota' })).ok).toBe(false);
    await world.ask({ action: 'reconcile' });
    expect(world.measured.at(-1)).toMatchObject({ QuotaUsedPercent: 80, RunCloudCalls: expect.any(Number) });
  });
});
