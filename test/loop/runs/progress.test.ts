/** How far a run has got, as the ledger has it while it is at work and between two runs of one work. */
import { describe, expect, it } from 'vitest';
import type { RunProgress } from '../../../lib/core/report/progress.ts';
import type { HostName } from '../../../lib/core/values/host-name.ts';
import { HOUR, iso, MINUTE, SECOND } from '../../../lib/core/values/time.ts';
import type { Ledger } from '../../../lib/ledger/ledger.ts';
import { memoryLedger } from '../../../lib/ledger/memory.ts';
import { reconcile } from '../../../lib/loop/runs/reconcile.ts';
import { answerQuery } from '../../../lib/query.ts';
import { StandInMultisite } from '../../../local/stand-in/multisite.ts';
import { keep } from '../../support/ledger.ts';
import { Lifetime, mortal } from '../../support/mortal.ts';
import { createWorld, mapped, RUN, shops, type TestWorld, type WorldOptions } from '../../support/world.ts';

const SIXTY = { requests: 60, retryAfter: true, headers: true };
const UNLIMITED = { ...SIXTY, requests: 1_000_000 };
type Query = Awaited<ReturnType<typeof answerQuery>> & {
  readonly progress?: {
    readonly done: number;
    readonly of: number;
    readonly started_at: string;
    seconds_left?: number;
  };
};

function networkOf(count: number): StandInMultisite {
  const network = new StandInMultisite({ host: 'network.example', key: 'MARKED-KEY', secret: 'MARKED-SECRET' });
  for (const name of shops(count)) network.map(name);
  return network;
}

async function worldOf(count: number, options: WorldOptions = {}): Promise<TestWorld> {
  return createWorld({ network: networkOf(count), settings: { www: 'never' }, runcloud: { limit: SIXTY }, ...options });
}

/** Does it once before each change that is sent to RunCloud. */
function beforeEachWrite(world: TestWorld, act: (nth: number) => Promise<void>): { settled(): Promise<unknown> } {
  const acts: Promise<void>[] = [];
  const fault = ({ method }: { method: string }) => {
    if (method !== 'GET') acts.push(act(acts.length));
    return undefined;
  };
  world.standIn.options = { ...world.standIn.options, fault };
  return { settled: async () => Promise.all(acts) };
}

async function progressOf({ ledger }: TestWorld): Promise<RunProgress | null | undefined> {
  return (await ledger.readApplication()).progress;
}

describe('a first sync of 400 domains at 60 requests a minute', () => {
  it('is told as one work whose end is in sight, from its first step on', async () => {
    const world = await worldOf(400, { quota: { callsPerMonth: 10_000 } });
    const seen: { readonly at: number; readonly answer: Query }[] = [];
    const asking = beforeEachWrite(world, async () => {
      seen.push({ at: world.clock.now(), answer: await answerQuery(world, { action: 'status' }) });
    });
    const startedAt = world.clock.now();
    let runs = 0;
    for (let isOver = false; !isOver; world.clock.advance(10 * SECOND)) {
      isOver = (await world.ask({ action: 'reconcile', by: 'schedule' }))['progress'] === undefined;
      runs += 1;
      const between: Query = await answerQuery(world, { action: 'status' });
      expect(between.summary).not.toContain('ended early');
      expect(between.progress === undefined).toBe(isOver);
      expect(between['run']).toBeUndefined();
      if (!isOver)
        expect(between.summary).toMatch(
          / of 400 steps done, about \d+ (minutes|seconds) left; the next run goes on\. /,
        );
    }
    const endedAt = world.clock.now();
    await asking.settled();
    expect(runs).toBe(2);
    expect(world.standIn.names).toHaveLength(401);
    expect(seen).toHaveLength(400);
    for (const [nth, { at, answer }] of seen.entries()) {
      expect(answer).toMatchObject({ ok: true, run: 'at work', progress: { done: nth, of: 400 } });
      expect(answer.summary).toMatch(/No reconcile has ended yet\..* A run is at work: \d+ of 400 steps done/);
      expect(answer.summary).not.toMatch(/ended early|person is needed/);
      expect(answer.progress?.started_at).toBe(seen[0]?.answer.progress?.started_at);
      const { seconds_left: left } = answer.progress ?? {};
      expect(left === undefined).toBe(at - Date.parse(`${answer.progress?.started_at}`) < 2 * MINUTE);
      // RunCloud's limit lets the requests go in bursts, and the list is read once more in the second run.
      if (left !== undefined) expect(Math.abs(at + left * SECOND - endedAt)).toBeLessThan((endedAt - startedAt) / 3);
    }
    expect(await progressOf(world)).toBeNull();
    expect(await answerQuery(world, { action: 'status' })).not.toHaveProperty('progress');
  });

  it('is told by status of the console at once, without a question to RunCloud and without a fault', async () => {
    const world = await worldOf(100);
    await world.ledger.recordRequests([mapped('shop-0099.example', world.clock)]);
    const answers: Awaited<ReturnType<TestWorld['ask']>>[] = [];
    const asking = beforeEachWrite(world, async (nth) => {
      if (nth !== 50) return;
      const before = [world.clock.now(), world.standIn.calls.length];
      answers.push(await world.ask({ action: 'status' }));
      expect([world.clock.now(), world.standIn.calls.length]).toEqual(before);
    });
    await world.ask({ action: 'reconcile' });
    await asking.settled();
    expect(answers).toMatchObject([
      {
        ok: true,
        run: 'at work',
        progress: { done: 50, of: 100 },
        as_of: expect.any(String),
        domains: expect.arrayContaining([
          expect.objectContaining({
            domain: 'shop-0099.example',
            mapping: 'not on RunCloud',
            next: 'will be added to RunCloud',
          }),
        ]),
        summary: expect.stringMatching(
          /^A run is at work: 50 of 100 steps done\. Shown is what the ledger has, and RunCloud's list was read \d+ seconds? ago\. 51 domains on RunCloud/,
        ),
      },
    ]);
    expect(answers[0]?.summary).not.toContain('person is needed');
  });

  it('is told in the log every half minute, and a short run is not', async () => {
    const told = ({ logged }: TestWorld) =>
      logged.map((line) => JSON.parse(line)).filter(({ message }) => message === 'A run is at work');
    const long = await worldOf(200);
    await reconcile(long, long.clock.now() + HOUR);
    const lines = told(long);
    expect(lines.length).toBeGreaterThan(2);
    expect(lines.at(-1)?.progress).toMatch(/^\d+ of 200 steps done, about \d+ seconds left$/);
    const times = lines.map(({ time }) => Date.parse(time));
    for (const [index, time] of times.entries()) expect(time - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(30_000);
    const short = await worldOf(40);
    await reconcile(short, short.clock.now() + HOUR);
    expect(told(short)).toEqual([]);
  });
});

describe('a run that died', () => {
  async function died(): Promise<{ world: TestWorld; ledger: Ledger }> {
    const ledger = memoryLedger();
    const lifetime = new Lifetime();
    const world = await worldOf(30, { ledger: mortal(ledger, lifetime), runcloud: { limit: UNLIMITED } });
    const dying = beforeEachWrite(world, async (nth) => {
      if (nth === 12) lifetime.calls = 0;
    });
    await expect(world.ask({ action: 'reconcile' })).rejects.toThrow();
    await dying.settled();
    const { clock, standIn } = world;
    standIn.options = { ...standIn.options, fault: () => undefined };
    return { world: await worldOf(30, { ledger, clock, standIn }), ledger };
  }

  it('is not told as being at work, and the next one goes on with its count', async () => {
    const { world } = await died();
    const left = await progressOf(world);
    expect(left).toMatchObject({ done: 12, of: 30 });
    world.clock.advance(3 * MINUTE);
    const answer = await answerQuery(world, { action: 'status' });
    expect([answer['run'], answer['progress']]).toEqual([undefined, undefined]);
    expect(answer.summary).not.toContain('at work');
    const seen: (RunProgress | null | undefined)[] = [];
    const asking = beforeEachWrite(world, async () => {
      seen.push(await progressOf(world));
    });
    await world.ask({ action: 'reconcile' });
    await asking.settled();
    expect(seen[0]).toMatchObject({ done: 12, startedAt: left?.startedAt });
    expect(await progressOf(world)).toBeNull();
  });

  it('is forgotten after a quarter of an hour', async () => {
    const { world } = await died();
    world.clock.advance(20 * MINUTE);
    const seen: (RunProgress | null | undefined)[] = [];
    const asking = beforeEachWrite(world, async () => {
      seen.push(await progressOf(world));
    });
    await world.ask({ action: 'reconcile' });
    await asking.settled();
    expect(seen[0]).toMatchObject({ done: 0 });
  });
});

describe('between two runs of one work', () => {
  async function halfDone() {
    const network = networkOf(400);
    const world = await worldOf(400, { network });
    await world.ask({ action: 'reconcile' });
    const progress = await progressOf(world);
    expect(progress).toMatchObject({ of: 400 });
    return { world, network, progress };
  }

  it('events and an adoption leave it as it is', async () => {
    const { world, network, progress } = await halfDone();
    const names = shops(30, 'new');
    for (const name of names) network.map(name);
    const before = world.standIn.names.length;
    await world.deliver(...names.map((name) => mapped(name, world.clock)));
    expect(world.standIn.names).toHaveLength(before + 30);
    expect(await progressOf(world)).toEqual(progress);
    await world.ask({ action: 'adopt', domains: 'all' });
    expect(await progressOf(world)).toEqual(progress);
    expect((await world.ledger.readApplication()).abort).toMatchObject({ progress: true });
  });

  it('it ends with a run that does not get on, which ended early', async () => {
    const { world } = await halfDone();
    const fault = () => ({ kind: 'status', status: 503, carriedOut: false }) as const;
    world.standIn.options = { ...world.standIn.options, fault };
    world.clock.advance(MINUTE);
    await world.ask({ action: 'reconcile' });
    expect(await progressOf(world)).toBeNull();
    const answer = await answerQuery(world, { action: 'status' });
    expect(answer.summary).toMatch(/A run ended early at/);
    expect(answer).not.toHaveProperty('progress');
  });

  it('a plan that is approved meanwhile is answered with how far it got, and wants a new plan for the rest', async () => {
    const world = await worldOf(400);
    const { checksum } = await world.ask({ action: 'plan' });
    expect(await world.ask({ action: 'apply', checksum })).toMatchObject({
      ok: false,
      progress: { of: 400 },
      summary: expect.stringMatching(/^\d+ of 400 steps done.*the next run goes on\. .*Make a new plan for the rest/),
    });
  });

  it('a doctor says how far it is, and finds nothing wrong', async () => {
    const { world } = await halfDone();
    const { checks } = (await world.ask({ action: 'doctor' })) as { checks?: { name: string }[] };
    expect(checks).toContainEqual(
      expect.objectContaining({
        name: 'last-reconcile',
        ok: true,
        found: expect.stringMatching(/and the next one goes on: \d+ of 400 steps done, about \d+ seconds left\. /),
      }),
    );
  });
});

describe('a sync', () => {
  async function seenIn(count: number): Promise<(RunProgress | null | undefined)[]> {
    const world = await createWorld({ runcloud: { limit: UNLIMITED }, settings: { www: 'never' } });
    await world.ask({ action: 'reconcile' });
    const seen: (RunProgress | null | undefined)[] = [];
    const asking = beforeEachWrite(world, async () => {
      seen.push(await progressOf(world));
    });
    await world.deliver(...shops(count).map((name) => mapped(name, world.clock)));
    await asking.settled();
    expect(seen).toHaveLength(count);
    expect(await progressOf(world)).toBeNull();
    return seen;
  }

  it('of many is told, and its end too', async () => {
    // Before its first step nothing is saved.
    const [, ...seen] = await seenIn(10);
    expect(seen.map((each) => [each?.done, each?.of])).toEqual(Array.from({ length: 9 }, (_, nth) => [nth + 1, 10]));
  });

  it('of a few is not', async () => {
    expect((await seenIn(9)).every((each) => each === null)).toBe(true);
  });
});

describe('times that a clock wrote which was ahead', () => {
  it('count for nothing: the next run begins to count anew', async () => {
    const world = await worldOf(5, { runcloud: { limit: UNLIMITED } });
    const ahead = iso(world.clock.now() + HOUR);
    const progress = { startedAt: ahead, at: ahead, done: 100, of: 300 };
    const abort = { at: iso(world.clock.now()), why: 'No time.', whatToDo: 'Wait.', progress: true } as const;
    await keep(world.ledger, { application: { progress, abort } });
    const seen: (RunProgress | null | undefined)[] = [];
    const asking = beforeEachWrite(world, async () => {
      seen.push(await progressOf(world));
    });
    await reconcile(world, world.clock.now() + RUN);
    await asking.settled();
    expect(seen[0]).toMatchObject({ done: 0, of: 5 });
    expect(await progressOf(world)).toBeNull();
    expect((await world.ledger.readAll()).has('shop-0004.example' as HostName)).toBe(true);
  });
});
