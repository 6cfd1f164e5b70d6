/** A first import that takes several runs, each as much as its time or RunCloud's limit allows. */
import { expect, it } from 'vitest';
import { problemsOfRuns } from '../../../lib/core/report/health.ts';
import { HOUR, MINUTE } from '../../../lib/core/values/time.ts';
import { StandInMultisite } from '../../../local/stand-in/multisite.ts';
import { createWorld, mapped, shops, type TestWorld } from '../../support/world.ts';

const EVERY = 5 * MINUTE;

async function importOf(count: number): Promise<{ world: TestWorld; problems: () => Promise<string[]> }> {
  const network = new StandInMultisite({ host: 'network.example', key: 'MARKED-KEY', secret: 'MARKED-SECRET' });
  for (const name of shops(count)) network.map(name);
  const world = await createWorld({ network, settings: { www: 'never' }, reconcileEveryMs: EVERY });
  const startedAt = world.clock.now();
  const problems = async (): Promise<string[]> => {
    const schedule = { now: world.clock.now(), reconcileEveryMs: EVERY };
    return problemsOfRuns(await world.ledger.readApplication(), schedule, startedAt).map(({ kind }) => kind);
  };
  return { world, problems };
}

it('is no fault at any moment, needs nobody, and ends', async () => {
  const { world, problems } = await importOf(900);
  const seen = new Set<string>();
  let ended = 0;
  for (let time = 0; time < 20 && world.standIn.names.length < 901; time++) {
    const { ok, summary, progress } = await world.ask({ action: 'reconcile' });
    if (progress === undefined) ended += 1;
    else expect(summary).toMatch(/^\d+ of 9\d\d steps done, about \d+ minutes left; the next run goes on\. /);
    expect(summary).not.toContain('held or left alone');
    expect([ok, summary]).toEqual([true, expect.not.stringContaining('ended early')]);
    expect(summary).not.toContain('A person is needed');
    for (const kind of await problems()) seen.add(kind);
    const { checks } = (await world.ask({ action: 'doctor' })) as { checks?: { name: string; ok: boolean }[] };
    expect(checks).toContainEqual(expect.objectContaining({ name: 'last-reconcile', ok: true }));
    world.clock.advance(EVERY);
  }
  expect(ended).toBe(1);
  expect([...seen]).toEqual([]);
  expect(world.standIn.names).toHaveLength(901);
});

it('that does not go on is overdue', async () => {
  const { world, problems } = await importOf(900);
  await world.ask({ action: 'reconcile' });
  world.clock.advance(HOUR);
  expect(await problems()).toEqual(['overdue']);
});

it('an event that meets the limit meanwhile is no fault of it', async () => {
  const { world, problems } = await importOf(900);
  await world.ask({ action: 'reconcile' });
  expect((await world.ledger.readApplication()).abort).toMatchObject({ progress: true });
  const { options } = world.standIn;
  const fault = () => ({ kind: 'status', status: 429, carriedOut: false }) as const;
  Object.assign(world.standIn, { options: { ...options, fault } });
  await world.deliver(mapped('late.example', world.clock));
  expect(await problems()).toEqual([]);
});

it('a run that could do nothing is a fault', async () => {
  const { world, problems } = await importOf(3);
  const { options } = world.standIn;
  const fault = ({ method }: { method: string }) =>
    method === 'POST' ? ({ kind: 'status', status: 429, carriedOut: false } as const) : undefined;
  Object.assign(world.standIn, { options: { ...options, fault } });
  const { summary } = await world.ask({ action: 'reconcile' });
  expect(summary).toContain('A person is needed for 3 domains: stopped 3.');
  expect(await problems()).toEqual(['stopped']);
});
