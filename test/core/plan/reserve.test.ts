import { describe, expect, it } from 'vitest';
import { withinReserve } from '../../../lib/core/plan/reserve.ts';
import type { Step } from '../../../lib/core/plan/step.ts';
import { usageOf } from '../../../lib/core/quota/usage.ts';
import type { HostName } from '../../../lib/core/values/host-name.ts';

const NOON = Date.parse('2026-11-27T12:00:00Z');
const usage = (used: number, callsPerMonth?: number) =>
  usageOf({ '2026-11-02': { lists: used } }, { billingDay: 1, ...(callsPerMonth && { callsPerMonth }) }, NOON);

const step = (name: string, partial: object) => ({ domain: `${name}.example` as HostName, ...partial }) as Step;
const STEPS: readonly Step[] = [
  step('asked-for', { action: 'remove', cause: 'unmapped' }),
  step('unlisted', { action: 'remove', cause: 'unlisted' }),
  step('renewal', { action: 'issue', order: 'renewal' }),
  step('first', { action: 'issue', order: 'new' }),
  step('added', { action: 'add' }),
  step('corrected', { action: 'update' }),
  step('forgotten', { action: 'forget' }),
  step('adopted', { action: 'adopt' }),
];
const kept = (used: number) =>
  withinReserve(STEPS, usage(used, 1_000)).kept.map(({ domain }) => domain.replace('.example', ''));

describe('the last calls of a month', () => {
  it('are for every step while more than a tenth is left', () => {
    expect(kept(899)).toEqual(STEPS.map(({ domain }) => domain.replace('.example', '')));
  });

  it.each([
    [900, ['asked-for', 'renewal', 'first', 'added', 'forgotten', 'adopted']],
    [969, ['asked-for', 'renewal', 'first', 'added', 'forgotten', 'adopted']],
    [970, ['asked-for', 'renewal', 'forgotten', 'adopted']],
    [989, ['asked-for', 'renewal', 'forgotten', 'adopted']],
    [990, ['asked-for', 'forgotten', 'adopted']],
    [999, ['asked-for', 'forgotten', 'adopted']],
    [1_000, ['forgotten', 'adopted']],
  ])('are for less and less, where %i of 1,000 are used: %j', (used, names) => {
    expect(kept(used)).toEqual(names);
  });

  it('are not counted where nobody said how many there are', () => {
    for (const unknown of [undefined, usage(1_000_000)]) {
      expect(withinReserve(STEPS, unknown)).toEqual({ kept: STEPS, held: [] });
    }
  });

  it('hold what waits for the reset, with its date', () => {
    expect(withinReserve([step('corrected', { action: 'update' })], usage(950, 1_000)).held).toEqual([
      {
        domain: 'corrected.example',
        code: 'quota',
        reason:
          'corrected.example: the step "update" is due, but 950 of RunCloud\'s 1000 calls of this month are used. What is left is kept for removals that somebody asked for, then for certificates that run out, then for new domains.',
        whatToDo:
          'Wait until RunCloud counts anew at 2026-12-01T00:00:00.000Z, or buy more calls in RunCloud and set RUNCLOUD_CALLS_PER_MONTH to what there is then.',
      },
    ]);
  });
});
