import { expect, it } from 'vitest';
import { durationOf } from '../../../lib/core/plan/duration.ts';
import { MINUTE } from '../../../lib/core/values/time.ts';

const steps = (count: number, action: 'add' | 'remove' | 'adopt') => Array.from({ length: count }, () => ({ action }));

it.each([
  ['what fits into one window is done at once', steps(59, 'add'), 0],
  ['each window that has to go by before counts', steps(388, 'add'), 6 * MINUTE],
  ['a removal is read once more before', steps(60, 'remove'), 2 * MINUTE],
  ['the ledger alone is written at once', steps(1_000, 'adopt'), 0],
])('%s', (_, due, ms) => {
  expect(durationOf(due, { requests: 60, windowMs: MINUTE })).toBe(ms);
});
