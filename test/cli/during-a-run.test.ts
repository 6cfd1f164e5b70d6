import { describe, expect, it } from 'vitest';
import { memoryLedger } from '../../lib/ledger/memory.ts';
import { StandInMultisite } from '../../local/stand-in/multisite.ts';
import { createWorld, shops } from '../support/world.ts';
import { type Screen, screen, serviceOf } from './bad-day.ts';

const SHOPS = 400;

describe('during the first sync of 400 domains', () => {
  it('mrc status and why answer at once, tell how far it is, and show no fault', async () => {
    const network = new StandInMultisite({ host: 'network.example', key: 'MARKED-KEY', secret: 'MARKED-SECRET' });
    for (const name of shops(SHOPS)) network.map(name);
    const inner = memoryLedger();
    const shown: Screen[] = [];
    let saves = 0;
    const world = await createWorld({
      network,
      runcloud: { limit: { requests: 60, retryAfter: true, headers: true } },
      ledger: {
        ...inner,
        save: async (...change) => {
          await inner.save(...change);
          saves += 1;
          if (saves % 50 !== 40) return;
          shown.push(await screen(serviceOf(world), 'status'));
        },
      },
    });
    await world.ask({ action: 'reconcile' });
    expect(shown.length).toBeGreaterThan(3);
    for (const { text, status } of shown) {
      expect(text).toMatch(/^A run is at work\. \d+ of 400/m);
      expect(text).not.toMatch(/Needs you|ended early/);
      expect(status).toBe(2);
    }
    const done = shown.map(({ text }) => Number(/(\d+) of 400/.exec(text)?.[1]));
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(done[0]).toBeLessThan(done.at(-1) ?? 0);
    const left = shown.at(-1)?.text ?? '';
    expect(left).toMatch(/of 400, \d+ \w+ left\./);
  });
});
