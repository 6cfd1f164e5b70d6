/** A removal is the one step that loses a customer: what is looked at right before it is sent, and what counts after it. */
import { describe, expect, it } from 'vitest';
import type { MappingEvent } from '../../../lib/core/domain/mapping-request.ts';
import { HOUR, MINUTE, SECOND } from '../../../lib/core/values/time.ts';
import { reconcile } from '../../../lib/loop/runs/reconcile.ts';
import { StandInMultisite } from '../../../local/stand-in/multisite.ts';
import { createWorld, mapped, shops, type TestWorld, unmapped } from '../../support/world.ts';

describe('a request that comes while a run is at work', () => {
  /** `z.example` is to go, after thirty adds. Once three of them are sent, the event comes. */
  async function runBesides(site: StandInMultisite | undefined, come: (world: TestWorld) => MappingEvent) {
    const names = [...shops(4), 'z.example'];
    for (const name of names) site?.map(name);
    const world = await createWorld(site ? { network: site } : {});
    await world.ask({ action: 'reconcile' });
    if (!site) await world.deliver(...names.map((name) => mapped(name, world.clock)));
    site?.unmap('z.example');
    await world.ask({ action: 'reconcile' });
    world.clock.advance(2 * HOUR);
    const added = shops(30, 'new');
    for (const name of added) site?.map(name);
    if (!site) {
      const events = [unmapped('z.example', world.clock), ...added.map((name) => mapped(name, world.clock))];
      await world.ledger.recordRequests(events);
    }
    let sent = 0;
    world.standIn.options = {
      ...world.standIn.options,
      fault: ({ method }) => {
        if (method === 'POST' && ++sent === 3) {
          world.clock.advance(1);
          void world.ledger.recordRequests([come(world)]);
        }
        return undefined;
      },
    };
    return { world, answer: await world.ask({ action: 'reconcile' }) };
  }

  const network = (): StandInMultisite =>
    new StandInMultisite({ host: 'network.example', key: 'key', secret: 'secret' });

  it.each([
    ['the network’s list lacked', network()],
    ['an event unmapped', undefined],
  ])('stops the removal of what %s', async (_, site) => {
    const { world, answer } = await runBesides(site, ({ clock }) => mapped('z.example', clock));
    expect(answer['held']).toMatchObject([
      {
        domain: 'z.example',
        code: 'changed',
        reason:
          'A newer request about z.example came after this run had made its plan, so this service did not remove it.',
      },
    ]);
    expect(world.standIn.find('z.example')).toBeDefined();
    expect(world.standIn.calls.filter(({ method }) => method === 'DELETE')).toEqual([]);
  });

  it('stops no removal of another domain', async () => {
    const { world, answer } = await runBesides(network(), ({ clock }) => mapped('other.example', clock));
    expect(answer['held']).toEqual([]);
    expect(world.standIn.find('z.example')).toBeUndefined();
  });

  it('is decided by in the next run, where it asks for the removal once more', async () => {
    const { world } = await runBesides(undefined, ({ clock }) => unmapped('z.example', clock));
    expect(world.standIn.find('z.example')).toBeDefined();
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.find('z.example')).toBeUndefined();
  });
});

describe('a removal of which nothing is heard', () => {
  const BRAKE = { count: 5, percent: 5 };
  const UNLIMITED = { requests: 1_000_000, retryAfter: true, headers: true };

  /** Each round five more domains of sixty leave the network's list, and their removals are carried out `how`. */
  async function shrink(how: (world: TestWorld, answer: () => Promise<unknown>) => Promise<unknown>) {
    const site = new StandInMultisite({ host: 'network.example', key: 'key', secret: 'secret' });
    const names = shops(60);
    for (const name of names) site.map(name);
    const world = await createWorld({ network: site, settings: { brake: BRAKE }, runcloud: { limit: UNLIMITED } });
    await world.ask({ action: 'reconcile' });
    for (let round = 0; round < 4; round++) {
      for (const name of names.slice(round * 5, round * 5 + 5)) site.unmap(name);
      await world.ask({ action: 'reconcile' });
      world.clock.advance(HOUR + MINUTE);
      await how(world, async () => world.ask({ action: 'reconcile' }));
      for (let later = 0; later < 3; later++) {
        world.clock.advance(20 * MINUTE);
        await world.ask({ action: 'reconcile' });
      }
    }
    return 61 - world.standIn.names.length;
  }

  it('counts for the brake where RunCloud answers nothing for the rest of the run', async () => {
    const gone = await shrink(async (world, run) => {
      const { options } = world.standIn;
      let isDown = false;
      const fault: typeof options.fault = ({ method }) => {
        if (method !== 'DELETE' && !isDown) return undefined;
        isDown = true;
        return { kind: 'status', status: 502, carriedOut: method === 'DELETE' };
      };
      world.standIn.options = { ...options, fault };
      await run();
      world.standIn.options = options;
    });
    expect(gone).toBe(5);
  });

  it('counts for the brake where the process died after each', async () => {
    const gone = await shrink(async (world) => {
      for (let removal = 0; removal < 5; removal++) {
        const { options } = world.standIn;
        let isDead = false;
        const fault: typeof options.fault = ({ method }) => {
          isDead ||= method === 'DELETE';
          return undefined;
        };
        world.standIn.options = { ...options, fault };
        const alive = Object.entries(world.ledger).map(([name, method]) => [
          name,
          async (...parameters: unknown[]) => {
            if (isDead) throw new Error('killed');
            return (method as (...all: unknown[]) => unknown)(...parameters);
          },
        ]);
        const killed = { ...world, ledger: Object.fromEntries(alive) as TestWorld['ledger'] };
        await reconcile(killed, world.clock.now() + 5 * MINUTE).catch(() => undefined);
        world.standIn.options = options;
        world.clock.advance(3 * MINUTE);
      }
    });
    expect(gone).toBe(5);
  });

  it('counts no longer once RunCloud refused it, or still shows the object a quarter of an hour later', async () => {
    const names = shops(30);
    const world = await createWorld({ settings: { brake: BRAKE } });
    await world.ask({ action: 'reconcile' });
    await world.deliver(...names.map((name) => mapped(name, world.clock)));
    world.clock.advance(HOUR);
    const { options } = world.standIn;
    for (const [status, part] of [
      [422, names.slice(0, 4)],
      [502, names.slice(4, 8)],
    ] as const) {
      world.standIn.options = {
        ...options,
        fault: ({ method }) => (method === 'DELETE' ? { kind: 'status', status, carriedOut: false } : undefined),
      };
      await world.deliver(...part.map((name) => unmapped(name, world.clock)));
      world.standIn.options = options;
      await world.deliver(...part.map((name) => mapped(name, world.clock)));
      world.clock.advance(20 * MINUTE);
      await world.ask({ action: 'reconcile' });
    }
    expect(world.standIn.names).toHaveLength(31);
    expect((await world.ledger.readApplication()).removals).toEqual({ owned: 30, removals: [] });
    await world.deliver(...names.slice(8, 13).map((name) => unmapped(name, world.clock)));
    expect(world.standIn.names).toHaveLength(26);
  });

  it('counts for the brake while it waits for its next attempt, and others are due', async () => {
    const site = new StandInMultisite({ host: 'network.example', key: 'key', secret: 'secret' });
    const names = shops(60);
    for (const name of names) site.map(name);
    const world = await createWorld({ network: site, settings: { brake: BRAKE }, runcloud: { limit: UNLIMITED } });
    await world.ask({ action: 'reconcile' });
    for (const batch of [names.slice(0, 5), names.slice(5, 10), names.slice(10, 15)]) {
      for (const name of batch) site.unmap(name);
      await world.ask({ action: 'reconcile' });
      world.clock.advance(20 * SECOND);
    }
    // The grace of each batch ends twenty seconds after that of the one before.
    world.clock.advance(HOUR - MINUTE);
    const sent = new Set<string>();
    const fault: typeof world.standIn.options.fault = ({ method, path }) => {
      if (method !== 'DELETE') return undefined;
      sent.add(path);
      return { kind: 'status', status: 502, carriedOut: false };
    };
    world.standIn.options = { ...world.standIn.options, fault };
    for (let run = 0; run < 4; run++) {
      await world.ask({ action: 'reconcile' });
      world.clock.advance(15 * SECOND);
    }
    expect(sent.size).toBe(5);
  });

  it('is no second removal for the brake where it is tried again', async () => {
    const names = shops(30);
    const world = await createWorld({ settings: { brake: BRAKE } });
    await world.ask({ action: 'reconcile' });
    await world.deliver(...names.map((name) => mapped(name, world.clock)));
    world.clock.advance(HOUR);
    const { options } = world.standIn;
    world.standIn.options = {
      ...options,
      fault: ({ method }) => (method === 'DELETE' ? { kind: 'status', status: 502, carriedOut: false } : undefined),
    };
    await world.deliver(...names.slice(0, 5).map((name) => unmapped(name, world.clock)));
    world.standIn.options = options;
    await world.workOff();
    expect(world.standIn.names).toHaveLength(26);
    expect((await world.ledger.readApplication()).removals).toMatchObject({ owned: 25 });
  });
});
