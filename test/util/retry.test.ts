import { describe, expect, it } from 'vitest';
import { retry } from '../../lib/util/retry.ts';

type Outcome = { readonly kind: 'done' | 'refused' } | { readonly kind: 'passing'; readonly why: string };

/** What comes out, attempt by attempt; the last one again and again. */
function outcomes(...all: Outcome[]): { readonly attempt: () => Promise<Outcome>; readonly made: () => number } {
  let made = 0;
  return { attempt: async () => all[Math.min(made++, all.length - 1)] as Outcome, made: () => made };
}

const passing = (why: string): Outcome => ({ kind: 'passing', why });
const isPassing = (outcome: Outcome) => outcome.kind === 'passing';

describe('repeated attempts', () => {
  it('end with the first outcome that is no passing fault', async () => {
    const { attempt, made } = outcomes(passing('reset'), { kind: 'done' }, passing('never seen'));
    expect(await retry(attempt, { attempts: 5, isPassing })).toEqual({ kind: 'done' });
    expect(made()).toBe(2);
  });

  it('are not made after a fault that stays', async () => {
    const { attempt, made } = outcomes({ kind: 'refused' });
    expect(await retry(attempt, { attempts: 5, isPassing })).toEqual({ kind: 'refused' });
    expect(made()).toBe(1);
  });

  it('end with the last fault once they are used up', async () => {
    const { attempt, made } = outcomes(passing('first'), passing('second'), passing('third'));
    expect(await retry(attempt, { attempts: 3, isPassing })).toEqual(passing('third'));
    expect(made()).toBe(3);
  });

  it('wait twice as long each time, and not after the last one', async () => {
    const slept: number[] = [];
    const seen: unknown[] = [];
    const { attempt } = outcomes(passing('a'), passing('b'), passing('c'), passing('d'));
    const clock = { sleep: async (ms: number) => void slept.push(ms) };
    const before = (...args: unknown[]) => void seen.push(args);
    await retry(attempt, { attempts: 4, isPassing, pauses: { clock, firstMs: 25, before } });
    expect(slept).toEqual([25, 50, 100]);
    expect(seen).toEqual([
      [passing('a'), 1, 25],
      [passing('b'), 2, 50],
      [passing('c'), 3, 100],
    ]);
  });

  it('end where somebody says so before a pause', async () => {
    const { attempt, made } = outcomes(passing('a'));
    const before = (): never => {
      throw new Error('no time left');
    };
    const clock = { sleep: async () => {} };
    await expect(retry(attempt, { attempts: 4, isPassing, pauses: { clock, firstMs: 25, before } })).rejects.toThrow(
      'no time left',
    );
    expect(made()).toBe(1);
  });
});
