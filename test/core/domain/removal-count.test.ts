import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DomainRecord, DomainState } from '../../../lib/core/domain/record.ts';
import {
  type RemovalCounter,
  removalCounterAfter,
  removalCounterOf,
  removedLastDay,
  unansweredRemovals,
} from '../../../lib/core/domain/removal-count.ts';
import type { HostName } from '../../../lib/core/values/host-name.ts';
import { DAY, HOUR, iso, MINUTE, SECOND } from '../../../lib/core/values/time.ts';
import { START } from '../../support/clock.ts';

const NONE: RemovalCounter = { owned: 0, removals: [] };
const OWNED: DomainState = { owned: { id: 1, since: iso(START), by: 'added' } };
const removed = (at: number): DomainState => ({ removedAt: iso(at) });
const record = (state: DomainState, domain = 'shop.example'): DomainRecord => ({
  domain: domain as HostName,
  request: undefined,
  state,
});

describe('removalCounterOf', () => {
  it('counts the owned, and the removals of the last day to the millisecond', () => {
    const records = [OWNED, OWNED, {}, removed(START - DAY), removed(START - DAY + 1), removed(START)];
    const counter = removalCounterOf(
      records.map((state) => record(state)),
      START,
    );
    expect(counter.owned).toBe(2);
    expect(removedLastDay(counter, START)).toBe(2);
    expect(removedLastDay(counter, START + 1)).toBe(1);
    expect(removedLastDay(counter, START + DAY)).toBe(0);
  });

  it('takes the removals of ten minutes together, and lets the last of them decide', () => {
    const times = [START + 9 * MINUTE, START, START + 10 * MINUTE, START + 5 * MINUTE];
    const counter = removalCounterOf(
      times.map((at) => record(removed(at))),
      START + HOUR,
    );
    expect(counter.removals).toEqual([
      { until: iso(START + 9 * MINUTE), count: 3 },
      { until: iso(START + 10 * MINUTE), count: 1 },
    ]);
  });
});

describe('a removal whose outcome is not known', () => {
  const sent = (at: number): DomainState => ({
    owned: { id: 1, since: iso(START), by: 'added', removalSentAt: iso(at) },
  });
  const sentOfWww = (at: number): DomainState => ({
    ownedWww: { id: 2, since: iso(START), by: 'added', removalSentAt: iso(at) },
  });

  it('counts from scratch, beside an earlier one of the domain', () => {
    const records = [sent(START), { ...sent(START), ...removed(START - HOUR) }, sent(START - DAY)];
    const counter = removalCounterOf(
      records.map((state) => record(state)),
      START,
    );
    expect(counter).toEqual({
      owned: 3,
      removals: [
        { until: iso(START - HOUR), count: 1 },
        { until: iso(START), count: 2 },
      ],
    });
  });

  it('counts once, when it is sent and when it comes out as carried out', () => {
    const before = { owned: 1, removals: [] };
    const counted = removalCounterAfter(before, OWNED, sent(START));
    expect(counted).toEqual({ owned: 1, removals: [{ until: iso(START), count: 1 }] });
    expect(removalCounterAfter(counted, sent(START), { ...sent(START), goneSince: iso(START) })).toBe(counted);
    expect(removalCounterAfter(counted, sent(START), removed(START + HOUR))).toEqual({ ...counted, owned: 0 });
    expect(removalCounterAfter(counted, sent(START), removed(START))).toEqual({ ...counted, owned: 0 });
  });

  it('lets go of those that are a day old', () => {
    const before = { owned: 1, removals: [{ until: iso(START - DAY), count: 7 }] };
    expect(removalCounterAfter(before, OWNED, sent(START)).removals).toEqual([{ until: iso(START), count: 1 }]);
  });

  it('counts no longer where it was not carried out', () => {
    const counter = {
      owned: 1,
      removals: [
        { until: iso(START - HOUR), count: 1 },
        { until: iso(START + MINUTE), count: 2 },
      ],
    };
    const less = removalCounterAfter(counter, sent(START), OWNED);
    expect(less.removals).toEqual([
      { until: iso(START - HOUR), count: 1 },
      { until: iso(START + MINUTE), count: 1 },
    ]);
    expect(removalCounterAfter(less, sent(START), OWNED).removals).toEqual([{ until: iso(START - HOUR), count: 1 }]);
  });

  it('counts once where it is sent again, and from then on', () => {
    const counted = { owned: 1, removals: [{ until: iso(START), count: 2 }] };
    const later = START + HOUR;
    const again = removalCounterAfter(counted, sent(START), sent(later));
    expect(again.removals).toEqual([
      { until: iso(START), count: 1 },
      { until: iso(later), count: 1 },
    ]);
    // RunCloud refused the second one: the first may still be carried out.
    expect(removalCounterAfter(again, sent(later), sent(START))).toEqual(counted);
    const apart = { owned: 1, removals: [{ until: iso(START + MINUTE), count: 1 }] };
    expect(removalCounterAfter(apart, {}, sent(START - HOUR)).removals.map(({ until }) => until)).toEqual([
      iso(START - HOUR),
      iso(START + MINUTE),
    ]);
  });

  it('counts for each of two objects of a domain', () => {
    const both = { ...sent(START), ...sentOfWww(START + HOUR) };
    const one = removalCounterAfter({ owned: 1, removals: [] }, OWNED, sent(START));
    const two = removalCounterAfter(one, sent(START), both);
    expect(removedLastDay(two, START + HOUR)).toBe(2);
    expect(removalCounterOf([record(both)], START + HOUR)).toEqual({ ...two, owned: 1 });
    const done = removalCounterAfter(two, both, { ...sent(START), ...removed(START + HOUR) });
    expect(done).toEqual(two);
    expect(removalCounterAfter(done, { ...sent(START), ...removed(START + HOUR) }, removed(START + HOUR))).toEqual({
      owned: 0,
      removals: [{ until: iso(START + HOUR), count: 1 }],
    });
  });

  it('is named with its object for a day', () => {
    const named = (...states: DomainState[]) =>
      unansweredRemovals(
        states.map((state) => record(state)),
        START,
      );
    const domain = 'shop.example';
    expect(named(sent(START - DAY + 1), { ...sent(START - DAY), ...sentOfWww(START - HOUR) }, OWNED, {})).toEqual([
      { domain, id: 1 },
      { domain, id: 2 },
    ]);
  });
});

describe('removalCounterAfter', () => {
  it('is the same where neither ownership nor removal changed', () => {
    const counter = { owned: 3, removals: [] };
    expect(removalCounterAfter(counter, OWNED, { ...OWNED, missingSince: iso(START) })).toBe(counter);
    expect(removalCounterAfter(counter, removed(START), removed(START))).toBe(counter);
  });

  it('follows what is added, given up and removed', () => {
    const added = removalCounterAfter(NONE, {}, OWNED);
    expect(added).toEqual({ owned: 1, removals: [] });
    expect(removalCounterAfter(added, OWNED, {})).toEqual(NONE);
    expect(removalCounterAfter(added, OWNED, removed(START))).toEqual({
      owned: 0,
      removals: [{ until: iso(START), count: 1 }],
    });
  });

  it('lets go of removals that are a day old', () => {
    const before = removalCounterAfter(NONE, OWNED, removed(START));
    expect(removalCounterAfter(before, OWNED, removed(START + DAY)).removals).toEqual([
      { until: iso(START + DAY), count: 1 },
    ]);
    expect(removalCounterAfter(before, OWNED, removed(START + DAY - 1)).removals).toHaveLength(2);
  });

  it('keeps the later time where two clocks disagree', () => {
    const before = removalCounterAfter(NONE, OWNED, removed(START + 2 * SECOND));
    expect(removalCounterAfter(before, OWNED, removed(START)).removals).toEqual([
      { until: iso(START + 2 * SECOND), count: 2 },
    ]);
  });

  it('never counts fewer removals than a count of all records does, nor keeps more than a day of them', () => {
    const changes = fc.array(
      fc.record({ domain: fc.nat(20), kind: fc.constantFrom('add', 'remove', 'forget'), afterMs: fc.nat(2 * HOUR) }),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(changes, (history) => {
        const records = new Map<number, DomainRecord>();
        let counter = NONE;
        let now = START;
        for (const { domain, kind, afterMs } of history) {
          now += afterMs;
          const before = records.get(domain)?.state ?? {};
          const { owned: _, ...rest } = before;
          const after = kind === 'add' ? { ...before, ...OWNED } : kind === 'remove' ? removed(now) : rest;
          counter = removalCounterAfter(counter, before, after);
          records.set(domain, record(after));
          const counted = removalCounterOf(records.values(), now);
          expect(counter.owned).toBe(counted.owned);
          expect(removedLastDay(counter, now)).toBeGreaterThanOrEqual(removedLastDay(counted, now));
        }
        expect(counter.removals.length).toBeLessThanOrEqual(146);
      }),
    );
  });
});

describe('removedLastDay, where a removal was written by a clock that was ahead', () => {
  it('counts it up to ten minutes ahead, and not beyond', () => {
    const counter: RemovalCounter = { owned: 0, removals: [{ until: iso(START + 10 * MINUTE), count: 3 }] };
    expect(removedLastDay(counter, START)).toBe(3);
    expect(removedLastDay(counter, START - 1)).toBe(0);
  });
});
