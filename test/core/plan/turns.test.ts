import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeOf, type Step, sortSteps } from '../../../lib/core/plan/step.ts';
import { inTurns } from '../../../lib/core/plan/turns.ts';
import type { HostName } from '../../../lib/core/values/host-name.ts';
import { object, PROOF } from '../builders.ts';

const target = object('shop.example');
const issue = { names: ['shop.example'], order: 'new', why: '' } as const;

/** So many steps of each kind. */
function steps(counts: { readonly [kind in 'add' | 'issue' | 'update' | 'remove' | 'shared']?: number }): Step[] {
  const made = Object.entries(counts).flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, n): Step => {
      const domain = `${kind}-${String(n).padStart(3, '0')}.example` as HostName;
      switch (kind) {
        case 'add':
          return { action: 'add', domain, www: 'no', why: '' };
        case 'update':
          return { action: 'update', domain, target, www: true, redirection: 'non-www', why: '' };
        case 'remove':
          return { action: 'remove', domain, target, cause: 'unmapped', proof: PROOF, why: '' };
        case 'issue':
          return { ...issue, action: 'issue', domain, certificate: { kind: 'own', target } };
        default:
          return { ...issue, action: 'issue', domain, certificate: { kind: 'shared' } };
      }
    }),
  );
  return sortSteps(made);
}

/** `10 add, 3 update`: runs of one kind. */
function inShort(some: readonly Step[]): string {
  const runs: { place: string; count: number }[] = [];
  for (const step of some) {
    const last = runs.at(-1);
    if (last?.place === placeOf(step)) last.count += 1;
    else runs.push({ place: placeOf(step), count: 1 });
  }
  return runs.map(({ place, count }) => `${count} ${place}`).join(', ');
}

describe('inTurns', () => {
  it.each([
    [{}, ''],
    [{ add: 10, remove: 1, issue: 10, update: 10 }, '10 add, 10 issue own, 10 update, 1 remove'],
    [
      { update: 300, issue: 3, remove: 11 },
      `3 issue own, 10 update, 10 remove, 10 update, 1 remove, ${300 - 20} update`,
    ],
    [{ add: 12, remove: 2, shared: 1 }, '1 issue shared, 10 add, 2 remove, 2 add'],
    [{ update: 25 }, '25 update'],
  ])('%j: %s', (counts, expected) => {
    expect(inShort(inTurns(steps(counts)))).toBe(expected);
  });

  it('leaves out nothing, and keeps the order within a kind', () => {
    const count = fc.nat({ max: 25 });
    const counts = fc.record({ add: count, issue: count, update: count, remove: count, shared: fc.nat({ max: 1 }) });
    fc.assert(
      fc.property(counts, (some) => {
        const sorted = steps(some);
        expect(sortSteps(inTurns(sorted))).toEqual(sorted);
        for (const [place, kind] of Map.groupBy(inTurns(sorted), placeOf)) {
          expect(kind).toEqual(sorted.filter((step) => placeOf(step) === place));
        }
      }),
    );
  });

  it('each kind has its turn within the first 40 steps, however many there are of the others', () => {
    const first = inTurns(steps({ add: 500, update: 500, remove: 1, issue: 1 })).slice(0, 40);
    expect(new Set(first.map(placeOf))).toEqual(new Set(['add', 'update', 'remove', 'issue own']));
  });
});
