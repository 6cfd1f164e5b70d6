import { describe, expect, it } from 'vitest';
import { clockDoubt, underClockDoubt } from '../../../lib/core/plan/clock-doubt.ts';
import type { DesiredSource } from '../../../lib/core/plan/desired-source.ts';
import { HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';

const at = (aheadMs: number, whose = 'RunCloud') => ({ whose, aheadMs });

describe('clockDoubt', () => {
  it('believes a clock that others agree with to five minutes, whatever is stored', () => {
    for (const aheadMs of [0, 5 * MINUTE, -5 * MINUTE]) {
      expect(clockDoubt([at(aheadMs)], 'ahead')).toBeUndefined();
      expect(clockDoubt([at(0), at(aheadMs, 'the network')], 'past')).toBeUndefined();
    }
  });

  it('says which clock is off, by how much and in which direction', () => {
    expect(clockDoubt([at(5 * MINUTE + 1)], 'past')).toBe(
      'the clock of RunCloud is 5 minutes ahead of that of this machine',
    );
    expect(clockDoubt([at(0), at(-3 * HOUR, 'the network')], 'ahead')).toBe(
      'the clock of the network is 3 hours behind that of this machine',
    );
  });

  it('with no other clock, doubts where the ledger has times that are ahead', () => {
    expect(clockDoubt([], 'past')).toBeUndefined();
    expect(clockDoubt([], 'ahead')).toBe(
      'the ledger has times that are ahead of the clock of this machine, and no other clock could be asked',
    );
  });
});

describe('underClockDoubt', () => {
  const list: DesiredSource = {
    from: 'network',
    readAt: iso(0),
    mappings: [],
    odd: [],
    doubt: undefined,
    asked: new Map(),
  };
  const doubted: DesiredSource = { from: 'network', readAt: iso(0), mappings: [], odd: [], doubt: 'another reason' };
  const others: DesiredSource[] = [doubted, { from: 'nowhere', why: 'it' }, { from: 'asked', answers: new Map() }];

  it('leaves everything as it is where the clock is believed', () => {
    for (const each of [list, { from: 'events' } as const, ...others]) {
      expect(underClockDoubt(each, undefined)).toBe(each);
    }
  });

  it('doubts a list, takes events alone for no proof, and leaves what proves no removal', () => {
    expect(underClockDoubt(list, 'a clock')).toEqual({ ...doubted, doubt: 'a clock' });
    expect(underClockDoubt({ from: 'events' }, 'a clock')).toEqual({ from: 'nowhere', why: 'a clock' });
    for (const each of others) expect(underClockDoubt(each, 'a clock')).toBe(each);
  });
});
