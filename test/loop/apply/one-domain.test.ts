/** What RunCloud, or something before it, answers about one domain while all others are well: it keeps none of them waiting for good. */
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../../lib/core/values/time.ts';
import { reconcile } from '../../../lib/loop/runs/reconcile.ts';
import { type Call, type Fault, StandInRunCloud } from '../../../local/stand-in/runcloud.ts';
import { createWorld, mapped, type TestWorld, unmapped } from '../../support/world.ts';

const UNLIMITED = { limit: { requests: 1_000_000, retryAfter: true, headers: true } };
// The names of these come first, so each run would begin with them.
const ODD = ['a.example', 'b.example'];
const WELL = ['y.example', 'z.example'];
const NAMES = [...ODD, ...WELL];

const ANSWERS: readonly [string, Fault][] = [
  ['401 with JSON', json(401)],
  ['403 with JSON', json(403)],
  ['404 with JSON', json(404)],
  ['422 with JSON', json(422)],
  ['302', page(302)],
  ['401 with a page', page(401)],
  ['403 with a page', page(403)],
  ['500', { kind: 'status', status: 500, carriedOut: false }],
];

function json(status: number): Fault {
  return { kind: 'text', status, contentType: 'application/json', text: '{"message":"This one is not allowed."}' };
}

function page(status: number): Fault {
  return { kind: 'text', status, contentType: 'text/html', text: '<html>Who are you?</html>' };
}

function answerOdd(world: TestWorld, fault: Fault | undefined, is: (call: Pick<Call, 'method' | 'path'>) => boolean) {
  const ids = ODD.map((name) => world.standIn.find(name)?.id);
  const isOdd = ({ path, body }: Pick<Call, 'path'> & { readonly body: string }): boolean =>
    ODD.some((name) => body.includes(`"${name}"`)) || ids.includes(Number(/\/domains\/(\d+)/.exec(path)?.[1]));
  world.standIn.options = {
    ...world.standIn.options,
    fault: (call) => (fault && is(call) && isOdd(call) ? fault : undefined),
  };
}

/** As often as one hour apart: by then every back-off is over, and the odd ones are due in each run. */
async function hourly(world: TestWorld, forMs: number): Promise<void> {
  for (let passed = 0; passed < forMs; passed += HOUR) {
    world.clock.advance(HOUR);
    await reconcile(world, world.clock.now() + 5 * MINUTE);
  }
}

async function withDomains(): Promise<TestWorld> {
  const world = await createWorld({ settings: { www: 'never' }, runcloud: UNLIMITED });
  await world.ask({ action: 'reconcile' });
  await world.deliver(...NAMES.map((name) => mapped(name, world.clock)));
  world.clock.advance(HOUR);
  return world;
}

describe.each(ANSWERS)('an answer about two domains (%s)', (_, fault) => {
  it('to their adds keeps no other one off RunCloud', async () => {
    const world = await createWorld({ runcloud: UNLIMITED });
    await world.ask({ action: 'reconcile' });
    await world.ledger.recordRequests(NAMES.map((name) => mapped(name, world.clock)));
    answerOdd(world, fault, ({ method }) => method === 'POST');
    await hourly(world, 4 * HOUR);
    expect(world.standIn.names).toEqual(['network.example', ...WELL]);
    answerOdd(world, undefined, () => false);
    await hourly(world, 30 * HOUR);
    expect(world.standIn.names).toEqual(['network.example', ...NAMES].sort());
  });

  it.each(['DELETE', 'GET'])('to their removals (%s) keeps no other one on RunCloud', async (how) => {
    const world = await withDomains();
    answerOdd(world, fault, ({ method }) => method === how);
    await world.deliver(...NAMES.map((name) => unmapped(name, world.clock)));
    await hourly(world, 4 * HOUR);
    expect(WELL.filter((name) => world.standIn.find(name))).toEqual([]);
  });

  it('to a change of their www keeps no other one as it is', async () => {
    const world = await withDomains();
    answerOdd(world, fault, ({ method }) => method === 'PATCH');
    await hourly({ ...world, settings: { ...world.settings, www: 'always' } }, 4 * HOUR);
    expect(WELL.map((name) => world.standIn.find(name)?.www)).toEqual([true, true]);
  });

  it.each(['GET', 'POST'])('about their certificates (%s) keeps no other one without its own', async (how) => {
    const world = await createWorld({ probes: 'stand-ins', settings: { www: 'never' }, runcloud: UNLIMITED });
    for (const name of ['network.example', ...NAMES]) world.standInDns.point(name, StandInRunCloud.address);
    await world.ask({ action: 'reconcile' });
    await world.ledger.recordRequests(NAMES.map((name) => mapped(name, world.clock)));
    await world.ask({ action: 'reconcile' });
    answerOdd(world, fault, ({ method, path }) => method === how && path.endsWith('/ssl'));
    await hourly(world, 6 * HOUR);
    expect(WELL.map((name) => world.standIn.certificateFor(name)?.names)).toEqual(WELL.map((name) => [name]));
  });
});

describe('a plan of RunCloud that allows no more domains', () => {
  it('is asked for one other domain in each run, and all arrive within the hour once it allows them', async () => {
    const world = await createWorld({ runcloud: UNLIMITED });
    await world.ask({ action: 'reconcile' });
    await world.ledger.recordRequests(NAMES.map((name) => mapped(name, world.clock)));
    const { options } = world.standIn;
    world.standIn.options = { ...options, fault: ({ method }) => (method === 'POST' ? json(403) : undefined) };
    for (let run = 0; run < NAMES.length; run++) {
      const { summary } = await world.ask({ action: 'reconcile' });
      // What was tried is told as failed. Only where others are kept from their turn does the run end early.
      expect(summary.includes('ended early')).toBe(run < NAMES.length - 1);
      expect(world.standIn.writes).toHaveLength(run + 1);
    }
    world.standIn.options = options;
    world.clock.advance(HOUR);
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.names).toEqual(['network.example', ...NAMES].sort());
  });
});

describe('a token that is wrong', () => {
  it('ends a run at its first write, and delays no domain once it is right', async () => {
    const world = await createWorld({ runcloud: UNLIMITED });
    await world.ask({ action: 'reconcile' });
    const { options } = world.standIn;
    world.standIn.options = { ...options, fault: () => json(401) };
    await world.deliver(...NAMES.map((name) => mapped(name, world.clock)));
    expect(world.standIn.writes).toHaveLength(1);
    for (let passed = 0; passed < 2 * DAY; passed += 5 * MINUTE) {
      world.clock.advance(5 * MINUTE);
      await world.ask({ action: 'reconcile' });
    }
    world.standIn.options = options;
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.names).toEqual(['network.example', ...NAMES].sort());
  });
});
