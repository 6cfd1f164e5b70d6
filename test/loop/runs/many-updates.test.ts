/** A setting that was changed, or read wrongly, would change every site of the network. */
import { describe, expect, it } from 'vitest';
import { createWorld, mapped, shops, type TestWorld } from '../../support/world.ts';

const UNLIMITED = { limit: { requests: 1_000_000, retryAfter: true, headers: true } };

async function withOtherWww(count: number): Promise<TestWorld> {
  const before = await createWorld({ settings: { www: 'never' }, runcloud: UNLIMITED });
  await before.ask({ action: 'reconcile' });
  await before.deliver(...shops(count).map((name) => mapped(name, before.clock)));
  const { standIn, ledger, clock } = before;
  return createWorld({ settings: { www: 'always' }, standIn, ledger, clock });
}

const served = ({ standIn }: TestWorld): number => standIn.domains.filter(({ www }) => www).length;

describe('a change of WWW', () => {
  it('changes ten domains by itself', async () => {
    const world = await withOtherWww(10);
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({ ok: true });
    expect(served(world)).toBe(10);
  });

  it('changes none of eleven before the plan is applied, and tells a person', async () => {
    const world = await withOtherWww(11);
    const ran = await world.ask({ action: 'reconcile' });
    expect(ran).toMatchObject({ ok: false, done: [], summary: expect.stringMatching(/A person is needed .*brake 11/) });
    expect(ran['held']).toContainEqual({
      domain: 'shop-0003.example',
      code: 'brake',
      reason:
        'shop-0003.example would be served with another www or redirection, but 11 such changes at once are more than the 10 that the brake allows for 11 owned domains (the greater of 10 and 10 %).',
      what_to_do: expect.stringMatching(/apply it with .*see what WWW is set to/),
    });
    expect(world.measured.at(-1)).toMatchObject({ HeldByBrake: 11 });
    const shown = await world.ask({ action: 'plan' });
    expect(shown.summary).toMatch(/The brake holds 11 updates: apply this plan by its checksum/);
    expect(served(world)).toBe(0);
    expect(await world.ask({ action: 'apply', checksum: shown['checksum'] })).toMatchObject({ ok: true });
    expect(served(world)).toBe(11);
  });
});
