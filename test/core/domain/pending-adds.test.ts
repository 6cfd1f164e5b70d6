import { describe, expect, it } from 'vitest';
import {
  afterList,
  besideAnswered,
  isOutcomeOf,
  isResolved,
  type PendingAdd,
} from '../../../lib/core/domain/pending-adds.ts';
import type { DomainState } from '../../../lib/core/domain/record.ts';
import { ActualIndex } from '../../../lib/core/domain/runcloud-domain.ts';
import type { HostName } from '../../../lib/core/values/host-name.ts';
import { iso, MINUTE } from '../../../lib/core/values/time.ts';
import { NOW, object, owned } from '../builders.ts';

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

  it('has the name that was asked for, where that is known', () => {
    const [bare, www] = [found(101), object('www.shop.example', { id: 102 })];
    for (const [name, is] of [
      ['shop.example', [true, false]],
      ['www.shop.example', [false, true]],
      [undefined, [true, true]],
    ] as const) {
      const pending = { ...sent, aboveId: 100, ...(name && { name }) };
      expect([bare, www].map((each) => isOutcomeOf([pending], each))).toEqual(is);
    }
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

describe('a list that was read after the add', () => {
  const [bare, www] = [found(101), object('www.shop.example', { id: 102 })];
  const pending: PendingAdd = { ...sent, aboveId: 100 };
  const of = (add: PendingAdd, state: Parameters<typeof isResolved>[2], ...list: ReturnType<typeof object>[]) =>
    isResolved(add, new ActualIndex(list), state);

  it('shows what became of it by the name that was asked for', () => {
    const ofWww = { ...pending, name: 'www.shop.example' };
    const ofBare = { ...pending, name: 'shop.example' };
    for (const [list, shown] of [
      [[], []],
      [[bare], [ofBare]],
      [[www], [ofWww]],
      [
        [bare, www],
        [ofBare, ofWww],
      ],
    ] as const) {
      expect([ofBare, ofWww].filter((add) => of(add, owned(101), ...list))).toEqual(shown);
    }
    expect(of(ofBare, {}, object('other.example', { id: 103 }))).toBe(false);
  });

  it('without that name: by an object that it may have made, or that is not ours', () => {
    expect(of(pending, {})).toBe(false);
    expect(of(pending, {}, bare)).toBe(true);
    // The run that died had its answer, and recorded it.
    const recorded: DomainState = { owned: { id: 101, since: pending.until, by: 'added' } };
    expect(of(pending, recorded, bare)).toBe(true);
    // A later add was answered: that says nothing of this one, which may have been for the other form of the name.
    const later: DomainState = { owned: { id: 101, since: iso(NOW + 2 * MINUTE), by: 'added' } };
    expect(of(pending, later, bare)).toBe(false);
    expect(of(pending, later, bare, www)).toBe(true);
    expect(of(pending, owned(7), found(7))).toBe(false);
    expect(of(pending, owned(7), found(7), www)).toBe(true);
    expect(of(pending, {}, found(7))).toBe(true);
    expect(of(pending, owned(7), found(7), object('www.shop.example', { id: 8 }))).toBe(true);
  });
});

describe('an add that was answered', () => {
  it('leaves of one that was not only what that may have asked for beside it', () => {
    const [bare, www] = ['shop.example', 'www.shop.example'];
    const name = (pending: PendingAdd, answered: string) => besideAnswered(pending, answered).map((each) => each.name);
    expect(name(sent, bare)).toEqual([www]);
    expect(name(sent, www)).toEqual([bare]);
    expect(name({ ...sent, name: bare }, bare)).toEqual([]);
    expect(name({ ...sent, name: www }, bare)).toEqual([www]);
  });
});
