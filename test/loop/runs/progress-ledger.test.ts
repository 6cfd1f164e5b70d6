/** What it costs the ledger that a run tells how far it has got: nothing. */
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../../lib/ledger/ledger.ts';
import { memoryLedger } from '../../../lib/ledger/memory.ts';
import { StandInMultisite } from '../../../local/stand-in/multisite.ts';
import { createWorld, shops, type TestWorld } from '../../support/world.ts';

async function worldOf(
  count: number,
  ledger: Ledger,
  requests: number,
): Promise<{ world: TestWorld; network: StandInMultisite }> {
  const network = new StandInMultisite({ host: 'network.example', key: 'MARKED-KEY', secret: 'MARKED-SECRET' });
  for (const name of shops(count)) network.map(name);
  const limit = { requests, retryAfter: true, headers: true };
  return { network, world: await createWorld({ ledger, network, settings: { www: 'never' }, runcloud: { limit } }) };
}

describe('the ledger', () => {
  /** Counts what is asked of it. */
  function counting(): { ledger: Ledger; counts: Record<string, number> } {
    const counts: Record<string, number> = {};
    const ledger = new Proxy(memoryLedger(), {
      get: (target, name: keyof Ledger) => {
        const operation = target[name] as (...given: unknown[]) => Promise<unknown>;
        return async (...given: unknown[]) => {
          counts[name] = (counts[name] ?? 0) + 1;
          return operation(...given);
        };
      },
    });
    return { ledger, counts };
  }

  it('is asked for nothing more: one save before each step, one before what happened is told, and the release', async () => {
    const { ledger, counts } = counting();
    const { world } = await worldOf(30, ledger, 1_000_000);
    await world.ask({ action: 'reconcile', by: 'schedule' });
    expect(counts).toEqual({ acquire: 1, readAll: 1, renew: 1, save: 31, release: 1 });
  });

  it('is asked for nothing more by a run that finds nothing to do, or only then reads the list', async () => {
    const { ledger, counts } = counting();
    const { world, network } = await worldOf(3, ledger, 1_000_000);
    await world.ask({ action: 'reconcile', by: 'schedule' });
    await world.ask({ action: 'reconcile', by: 'schedule' });
    const before = { ...counts };
    await world.ask({ action: 'reconcile', by: 'schedule' });
    expect(counts).toEqual({
      ...before,
      acquire: (before['acquire'] ?? 0) + 1,
      readAll: (before['readAll'] ?? 0) + 1,
      release: (before['release'] ?? 0) + 1,
    });
    network.map('late.example');
    for (const name of Object.keys(counts)) delete counts[name];
    await world.ask({ action: 'reconcile', by: 'schedule' });
    expect(world.standIn.find('late.example')).toBeDefined();
    expect(counts).toEqual({ acquire: 1, readAll: 2, renew: 1, save: 3, release: 1 });
  });

  it('keeps of a work no more than two times and two numbers', async () => {
    const { world } = await worldOf(400, memoryLedger(), 60);
    await world.ask({ action: 'reconcile' });
    const { progress } = await world.ledger.readApplication();
    expect(JSON.stringify(progress).length).toBeLessThan(120);
  });
});
