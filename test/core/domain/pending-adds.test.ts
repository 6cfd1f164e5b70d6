import { describe, expect, it } from 'vitest';
import { afterList, isOutcomeOf, type PendingAdd } from '../../../lib/core/domain/pending-adds.ts';
import type { HostName } from '../../../lib/core/values/host-name.ts';
import { iso, MINUTE } from '../../../lib/core/values/time.ts';
import { NOW, object } from '../builders.ts';

const sent = { domain: 'shop.example' as HostName, since: iso(NOW), until: iso(NOW + MINUTE) };
const found = (id: number) => object('shop.example', { id });

describe('an object that stands where an add was not answered', () => {
  it.each([
    ['above all ids of the list before the add', 101, true],
    ['the highest id of that list', 100, false],
    ['an id that was given long before', 7, false],
  ])('with %s', (_, id, isOurs) => {
    expect(isOutcomeOf([{ ...sent, aboveId: 100 }], found(id))).toBe(isOurs);
  });

  it('is nobody’s where no add is pending, or nobody knows which list came before', () => {
    expect(isOutcomeOf([], found(101))).toBe(false);
    expect(isOutcomeOf([sent], found(101))).toBe(false);
  });

  it('may be the outcome of any of several adds', () => {
    const pending: PendingAdd[] = [
      { ...sent, aboveId: 200 },
      { ...sent, aboveId: 100 },
    ];
    expect(isOutcomeOf(pending, found(150))).toBe(true);
  });
});

describe('the list before a pending add', () => {
  it('is the one in the ledger where the add does not say', () => {
    expect(afterList([sent], 100)).toEqual([{ ...sent, aboveId: 100 }]);
  });

  it('stays what it was when there are newer lists', () => {
    expect(afterList([{ ...sent, aboveId: 90 }], 100)).toEqual([{ ...sent, aboveId: 90 }]);
  });

  it('must have been read before anything is added', () => {
    expect(afterList([sent], undefined)).toEqual([]);
  });
});
