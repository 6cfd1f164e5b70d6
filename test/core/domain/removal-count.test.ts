import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DomainRecord, DomainState } from '../../../lib/core/domain/record.ts';
import { removedLastDay, type Tally, tallyAfter, tallyOf } from '../../../lib/core/domain/removal-count.ts';
import type { HostName } from '../../../lib/core/values/host-name.ts';
import { DAY, HOUR, iso, MINUTE, SECOND } from '../../../lib/core/values/time.ts';
import { START } from '../../support/clock.ts';

const NONE: Tally = { owned: 0, removals: [] };
const OWNED: DomainState = { owned: { id: 1, since: iso(START), by: 'added' } };
const removed = (at: number): DomainState => ({ removedAt: iso(at) });
const record = (state: DomainState, domain = 'shop.example'): DomainRecord => ({
  domain: domain as HostName,
  wish: undefined,
  state,
});

describe('the tally of all records', () => {
  it('counts the owned, and the removals of the last day to the millisecond', () => {
    const records = [OWNED, OWNED, {}, removed(START - DAY), removed(START - DAY + 1), removed(START)];
    const tally = tallyOf(
      records.map((state) => record(state)),
      START,
    );
    expect(tally.owned).toBe(2);
    expect(removedLastDay(tally, START)).toBe(2);
    expect(removedLastDay(tally, START + 1)).toBe(1);
    expect(removedLastDay(tally, START + DAY)).toBe(0);
  });

  it('takes the removals of ten minutes together, and lets the last of them decide', () => {
    const times = [START + 9 * MINUTE, START, START + 10 * MINUTE, START + 5 * MINUTE];
    const tally = tallyOf(
      times.map((at) => record(removed(at))),
      START + HOUR,
    );
    expect(tally.removals).toEqual([
      { until: iso(START + 9 * MINUTE), count: 3 },
      { until: iso(START + 10 * MINUTE), count: 1 },
    ]);
  });
});

describe('the tally after a change', () => {
  it('is the same where neither ownership nor removal changed', () => {
    const tally = { owned: 3, removals: [] };
    expect(tallyAfter(tally, OWNED, { ...OWNED, missingSince: iso(START) })).toBe(tally);
    expect(tallyAfter(tally, removed(START), removed(START))).toBe(tally);
  });

  it('follows what is added, given up and removed', () => {
    const added = tallyAfter(NONE, {}, OWNED);
    expect(added).toEqual({ owned: 1, removals: [] });
    expect(tallyAfter(added, OWNED, {})).toEqual(NONE);
    expect(tallyAfter(added, OWNED, removed(START))).toEqual({
      owned: 0,
      removals: [{ until: iso(START), count: 1 }],
    });
  });

  it('lets go of removals that are a day old', () => {
    const before = tallyAfter(NONE, OWNED, removed(START));
    expect(tallyAfter(before, OWNED, removed(START + DAY)).removals).toEqual([{ until: iso(START + DAY), count: 1 }]);
    expect(tallyAfter(before, OWNED, removed(START + DAY - 1)).removals).toHaveLength(2);
  });

  it('keeps the later time where two clocks disagree', () => {
    const before = tallyAfter(NONE, OWNED, removed(START + 2 * SECOND));
    expect(tallyAfter(before, OWNED, removed(START)).removals).toEqual([{ until: iso(START + 2 * SECOND), count: 2 }]);
  });

  it('never counts fewer removals than a count of all records does, nor keeps more than a day of them', () => {
    const changes = fc.array(
      fc.record({ domain: fc.nat(20), kind: fc.constantFrom('add', 'remove', 'forget'), afterMs: fc.nat(2 * HOUR) }),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(changes, (given) => {
        const records = new Map<number, DomainRecord>();
        let tally = NONE;
        let now = START;
        for (const { domain, kind, afterMs } of given) {
          now += afterMs;
          const before = records.get(domain)?.state ?? {};
          const { owned: _, ...rest } = before;
          const after = kind === 'add' ? { ...before, ...OWNED } : kind === 'remove' ? removed(now) : rest;
          tally = tallyAfter(tally, before, after);
          records.set(domain, record(after));
          const counted = tallyOf(records.values(), now);
          expect(tally.owned).toBe(counted.owned);
          expect(removedLastDay(tally, now)).toBeGreaterThanOrEqual(removedLastDay(counted, now));
        }
        expect(tally.removals.length).toBeLessThanOrEqual(146);
      }),
    );
  });
});
