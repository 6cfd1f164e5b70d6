/** A certificate that never comes, over more than a week. */
import { expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../../lib/core/values/time.ts';
import { StandInRunCloud } from '../../../local/stand-in/runcloud.ts';
import { createWorld, mapped, type TestWorld } from '../../support/world.ts';

const RUNCLOUD = { limit: { requests: 1_000_000, retryAfter: true, headers: true } };

async function worldWith(runcloud: object): Promise<TestWorld> {
  const options = { ...RUNCLOUD, ...runcloud };
  const world = await createWorld({ probes: 'stand-ins', settings: { www: 'never' }, runcloud: options });
  world.standInDns.point('shop.example', StandInRunCloud.address);
  await world.ask({ action: 'reconcile' });
  return world;
}

async function run(world: TestWorld): Promise<{ ok: boolean; codes: string[] | undefined }> {
  const { ok, held } = (await world.ask({ action: 'reconcile' })) as { ok: boolean; held?: { code: string }[] };
  return { ok, codes: held?.map(({ code }) => code) };
}

it('is said to be one that failed or meets a limit, and needs a person, at every moment from the second day on', async () => {
  const world = await worldWith({ ssl: { mode: 'advanced', failure: 'silence' } });
  Object.assign(world.authority, { whyInvalid: () => '203.0.113.10: Invalid response: 404' });
  await world.deliver(mapped('shop.example', world.clock));
  const seen = new Set<string>();
  for (let hours = 0; hours < 10 * 24; hours++) {
    world.clock.advance(HOUR);
    const { ok, codes } = await run(world);
    if (hours < 24 || codes?.[0] === 'certificate-requested' || codes?.length === 0) continue;
    seen.add(`${ok ? 'well' : 'needs a person'}: ${codes?.join()}`);
  }
  expect([...seen].sort()).toEqual(['needs a person: certificate-failed', 'needs a person: limit']);
});

it('a server that nobody reaches for days needs a person until it answers', async () => {
  const world = await worldWith({});
  world.standInTls.breakDown();
  await world.deliver(mapped('shop.example', world.clock));
  for (let time = 0; time < 2 * 24; time++) {
    world.clock.advance(HOUR);
    await run(world);
  }
  expect(await run(world)).toEqual({ ok: false, codes: ['unasked'] });
  const { lastReconcile } = await world.ledger.readApplication();
  expect(lastReconcile?.needsPerson).toEqual({ unasked: 1 });
  world.standInTls.recover();
  for (let time = 0; time < 4; time++) {
    world.clock.advance(30 * MINUTE);
    await run(world);
  }
  world.clock.advance(DAY);
  expect(await run(world)).toEqual({ ok: true, codes: [] });
});
