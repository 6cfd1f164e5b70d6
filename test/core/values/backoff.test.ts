import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backOff } from '../../../lib/core/values/backoff.ts';
import { HOUR, MINUTE } from '../../../lib/core/values/time.ts';

describe('backOff', () => {
  it.each([
    [1, MINUTE],
    [2, 2 * MINUTE],
    [3, 4 * MINUTE],
    [6, 32 * MINUTE],
    [7, HOUR],
    [5_000, HOUR],
  ])('waits after %d attempts for %d ms', (attempts, ms) => {
    expect(backOff(attempts)).toBe(ms);
  });

  it('never waits less after more attempts, nor less than a minute or more than an hour', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000 }), fc.nat(2_000), (attempts, more) => {
        const [first, later] = [backOff(attempts), backOff(attempts + more)];
        expect(first).toBeGreaterThanOrEqual(MINUTE);
        expect(later).toBeGreaterThanOrEqual(first);
        expect(later).toBeLessThanOrEqual(HOUR);
      }),
    );
  });
});
