/** A status, a plan and the doctor beside a sync that changes RunCloud after they read its list. */
import { describe, expect, it } from 'vitest';
import { answer } from '../../../lib/console.ts';
import { DAY, MINUTE } from '../../../lib/core/values/time.ts';
import type { Dependencies } from '../../../lib/loop/dependencies.ts';
import { reconcile } from '../../../lib/loop/runs/reconcile.ts';
import { simulatedClock, skewedClock } from '../../support/clock.ts';
import { createWorld, mapped, type TestWorld, unmapped, type WorldOptions } from '../../support/world.ts';

type Row = { readonly domain: string; readonly mapping: string; readonly owned: boolean; readonly next: string };
type Check = { readonly name: string; readonly ok: boolean };

/** `change` happens once the list was read, and is recorded before the ledger is read. */
async function besides(world: TestWorld, change: () => Promise<unknown>): Promise<Dependencies> {
  let before = world.standIn.listCalls.length;
  const readAll = async () => {
    if (world.standIn.listCalls.length > before) {
      before = Number.POSITIVE_INFINITY;
      await change();
    }
    return world.ledger.readAll();
  };
  return { ...world, ledger: { ...world.ledger, readAll } };
}

async function ask(deps: Dependencies, action: string) {
  return answer(deps, { action }, deps.clock.now() + 5 * MINUTE);
}

async function rowOf(deps: Dependencies, domain: string): Promise<Row | undefined> {
  return ((await ask(deps, 'status'))['domains'] as Row[]).find((row) => row.domain === domain);
}

async function withShop(options: WorldOptions = {}): Promise<TestWorld> {
  const world = await createWorld(options);
  await world.ask({ action: 'reconcile' });
  await world.deliver(mapped('shop.example', world.clock));
  world.clock.advance(MINUTE);
  return world;
}

describe('a list that is older than the ledger', () => {
  /** `WWW` was changed, so the next run of the service changes the domain. */
  async function changing(): Promise<{ world: TestWorld; change: () => Promise<unknown> }> {
    const before = await withShop({ settings: { www: 'never' } });
    const world = { ...before, settings: { ...before.settings, www: 'always' as const } };
    return { world, change: async () => reconcile(world, world.clock.now() + 5 * MINUTE) };
  }

  it('does not say of a domain changed just now that RunCloud still shows the old values', async () => {
    const { world, change } = await changing();
    expect(await rowOf(await besides(world, change), 'shop.example')).toMatchObject({ next: 'nothing to do' });
    expect(world.standIn.find('shop.example')).toMatchObject({ www: true });
    expect(await rowOf(world, 'shop.example')).toMatchObject({ next: 'nothing to do' });
  });

  it('does not turn the doctor wrong', async () => {
    const { world, change } = await changing();
    const { checks } = (await ask(await besides(world, change), 'doctor')) as unknown as { checks: Check[] };
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(world.standIn.find('shop.example')).toMatchObject({ www: true });
  });

  it('makes no plan to add what was added just now', async () => {
    const world = await withShop();
    const deps = await besides(world, async () => world.deliver(mapped('new.example', world.clock)));
    expect(await rowOf(deps, 'new.example')).toMatchObject({
      mapping: 'on RunCloud',
      owned: true,
      next: 'nothing to do',
    });
  });

  it('shows nothing of what was removed just now', async () => {
    const world = await withShop();
    const deps = await besides(world, async () => world.deliver(unmapped('shop.example', world.clock)));
    expect(await ask(deps, 'plan')).toMatchObject({ steps: [], holds: [] });
    expect(world.standIn.names).toEqual(['network.example']);
    expect(await rowOf(world, 'shop.example')).toBeUndefined();
  });

  it('counts where the record says the same as before: RunCloud really does not take a change then', async () => {
    const { world, change } = await changing();
    await change();
    const id = world.standIn.find('shop.example')?.id;
    Object.assign(world.standIn.find('shop.example') ?? {}, { www: false, redirection: 'none' });
    await world.ledger.recordRequests([mapped('shop.example', world.clock)]);
    expect(id).toBeDefined();
    const deps = await besides(world, async () => world.deliver(mapped('other.example', world.clock)));
    expect(await rowOf(deps, 'shop.example')).toMatchObject({
      next: expect.stringMatching(/^held: Change them in RunCloud/),
    });
  });

  it('counts for what somebody changed in RunCloud by hand, whoever else is at work', async () => {
    const world = await withShop();
    world.standIn.addByHand('foreign.example');
    world.standIn.removeByHand('shop.example');
    const deps = await besides(world, async () => world.deliver(mapped('other.example', world.clock)));
    const { steps, holds } = (await ask(deps, 'plan')) as unknown as { steps: unknown[]; holds: unknown[] };
    expect(steps).toEqual([expect.objectContaining({ action: 'add', domain: 'shop.example' })]);
    expect(holds).toEqual([expect.objectContaining({ code: 'unmanaged', domain: 'foreign.example' })]);
  });

  it('counts beside a record whose time is ahead, and which nobody changed', async () => {
    const clock = skewedClock(simulatedClock());
    const world = await createWorld({ clock });
    await world.ask({ action: 'reconcile' });
    clock.aheadMs = 365 * DAY;
    await world.deliver(mapped('shop.example', clock));
    clock.aheadMs = 0;
    clock.advance(MINUTE);
    world.standIn.removeByHand('shop.example');
    // Time passes while the list is read.
    const deps = await besides(world, async () => clock.advance(50));
    expect(await rowOf(deps, 'shop.example')).toMatchObject({ mapping: expect.not.stringMatching(/^on RunCloud/) });
    const again = await besides(world, async () => clock.advance(50));
    const { steps } = (await ask(again, 'plan')) as unknown as { steps: unknown[] };
    expect(steps).toEqual([expect.objectContaining({ action: 'add', domain: 'shop.example' })]);
  });
});
