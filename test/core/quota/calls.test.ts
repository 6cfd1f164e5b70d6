import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addCalls,
  CALL_KINDS,
  type CallsByDay,
  callsSince,
  dayOf,
  presentCalls,
  sumOf,
  withCall,
  withoutCalls,
} from '../../../lib/core/quota/calls.ts';
import { DAY } from '../../../lib/core/values/time.ts';

const NOON = Date.parse('2026-11-27T12:00:00Z');

const counts = fc.dictionary(fc.constantFrom(...CALL_KINDS), fc.integer({ min: 1, max: 1_000 }), { minKeys: 1 });
const calls: fc.Arbitrary<CallsByDay> = fc.dictionary(
  fc.integer({ min: 0, max: 100 }).map((days) => dayOf(NOON - days * DAY)),
  counts,
);
const total = (all: CallsByDay): number => sumOf(callsSince(all, 0));

describe('calls to RunCloud', () => {
  it('are counted by day in UTC, and by what they were for', () => {
    const first = withCall({}, 'lists', NOON);
    const second = withCall(withCall(first, 'lists', NOON), 'changes', NOON + DAY);
    expect(second).toEqual({ '2026-11-27': { lists: 2 }, '2026-11-28': { changes: 1 } });
    expect(dayOf(Date.parse('2026-11-27T23:59:59.999Z'))).toBe('2026-11-27');
  });

  it('come to the same whoever adds them up, and in whatever order', () => {
    fc.assert(
      fc.property(calls, calls, (some, others) => {
        expect(addCalls(some, others)).toEqual(addCalls(others, some));
        expect(total(addCalls(some, others))).toBe(total(some) + total(others));
        expect(withoutCalls(addCalls(some, others), others)).toEqual(some);
      }),
    );
  });

  it('that were sent while some were written stay uncounted', () => {
    const written = withCall({}, 'lists', NOON);
    expect(withoutCalls(withCall(written, 'lists', NOON), written)).toEqual({ '2026-11-27': { lists: 1 } });
    expect(withoutCalls(written, written)).toEqual({});
  });

  it('of more than two months ago are forgotten, and those of a clock that was ahead', () => {
    const all = {
      '2026-09-25': { lists: 1 },
      '2026-09-26': { lists: 2 },
      '2026-11-28': { lists: 3 },
      '2026-11-29': { lists: 4 },
    };
    expect(presentCalls(all, NOON)).toEqual({ '2026-09-26': { lists: 2 }, '2026-11-28': { lists: 3 } });
    const kept = { '2026-11-27': { lists: 1 } };
    expect(presentCalls(kept, NOON)).toBe(kept);
  });

  it('since a moment are those of its day and later', () => {
    const all = { '2026-10-31': { lists: 1 }, '2026-11-01': { lists: 2, looks: 1 }, '2026-11-27': { changes: 3 } };
    expect(callsSince(all, Date.parse('2026-11-01T00:00:00Z'))).toEqual({ lists: 2, looks: 1, changes: 3 });
  });
});
