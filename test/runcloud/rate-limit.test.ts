import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLOCK_TOLERANCE_MS, DAY, HOUR, MINUTE, SECOND } from '../../lib/core/values/time.ts';
import {
  type Answer,
  afterAnswer,
  afterSending,
  afterSilence,
  type Budget,
  freshBudget,
  nextSlot,
  presentBudget,
} from '../../lib/runcloud/rate-limit.ts';
import { NOW } from '../core/builders.ts';
import { limiter, WINDOWS } from '../support/limiter.ts';

const FRESH = freshBudget(0);

function headersOf(limit: number | string, remaining: number | string, more: Record<string, string> = {}) {
  return { 'x-ratelimit-limit': `${limit}`, 'x-ratelimit-remaining': `${remaining}`, ...more };
}

/** A request sent at `now` and answered at once. */
function exchange(budget: Budget, now: number, headers: Record<string, string | undefined>, status = 200): Budget {
  return answered(afterSending(budget, now), { status, headers }, now);
}

/** The answer to the last request, which was sent at the same time. */
function answered(budget: Budget, answer: Answer, now: number): Budget {
  return afterAnswer(budget, answer, { nth: budget.sentCount, at: now }, now);
}

/** The last request, which was sent at the same time, is given up. */
function silent(budget: Budget, now: number): Budget {
  return afterSilence(budget, { nth: budget.sentCount, at: now }, now);
}

/** Requests one after the other, each at its time and answered at once with its count. */
function told(limit: number, counts: readonly (readonly [seconds: number, remaining: number])[], budget = FRESH) {
  return counts.reduce(
    (before, [seconds, remaining]) => exchange(before, NOW + seconds * SECOND, headersOf(limit, remaining)),
    budget,
  );
}

function refusedWith(headers: Record<string, string>, budget = FRESH): Budget {
  return exchange(budget, NOW, headers, 429);
}

describe('before RunCloud has said anything', () => {
  it('60 requests go at once, and the next one a minute after the first', () => {
    let budget = FRESH;
    for (let count = 0; count < 60; count++) {
      expect(nextSlot(budget, NOW + count)).toBe(NOW + count);
      budget = afterSending(budget, NOW + count);
    }
    expect(nextSlot(budget, NOW + 60)).toBe(NOW + MINUTE);
    budget = afterSending(budget, NOW + MINUTE);
    expect(nextSlot(budget, NOW + MINUTE)).toBe(NOW + MINUTE + 1);
  });

  it('what an earlier run was told still holds', () => {
    expect(nextSlot(freshBudget(NOW + 5), NOW)).toBe(NOW + 5);
    expect(nextSlot(freshBudget(NOW - 5), NOW)).toBe(NOW);
  });

  it('an answer without headers is no word from RunCloud', () => {
    let budget: Budget = { ...FRESH, limit: 2 };
    budget = exchange(budget, NOW, {});
    expect(nextSlot(budget, NOW)).toBe(NOW);
    budget = exchange(budget, NOW, {});
    expect(nextSlot(budget, NOW)).toBe(NOW + MINUTE);
  });

  const gaps = fc.array(fc.oneof(fc.nat(50), fc.nat(20_000)), { minLength: 20, maxLength: 60 });

  it('in any minute no more than the limit is sent', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), gaps, (limit, pauses) => {
        let budget: Budget = { ...FRESH, limit };
        let now = NOW;
        const sent: number[] = [];
        for (const pause of pauses) {
          now = nextSlot(budget, now + pause);
          budget = afterSending(budget, now);
          sent.push(now);
        }
        for (const [position, time] of sent.entries()) {
          const before = sent[position - limit];
          if (before !== undefined) expect(time - before).toBeGreaterThanOrEqual(MINUTE);
        }
      }),
    );
  });

  it('what was sent more than a minute ago is not kept', () => {
    const budget = afterSending(afterSending(afterSending(FRESH, NOW), NOW + 1), NOW + MINUTE);
    expect(budget.sent).toEqual([NOW + 1, NOW + MINUTE]);
  });
});

describe('what an answer announces', () => {
  it('replaces what was assumed', () => {
    expect(exchange(FRESH, NOW, headersOf(120, 119))).toMatchObject({ limit: 120, remaining: 119, windowStart: NOW });
  });

  it('with plenty left the next request goes at once', () => {
    expect(nextSlot(exchange(FRESH, NOW, headersOf(60, 13)), NOW)).toBe(NOW);
  });

  it('with nothing left the next request waits for the window to end', () => {
    const budget = exchange(FRESH, NOW, headersOf(60, 0));
    expect(nextSlot(budget, NOW + SECOND)).toBe(NOW + MINUTE);
    expect(nextSlot(budget, NOW + MINUTE)).toBe(NOW + MINUTE);
  });

  it('more left than before means that a new window has begun', () => {
    const before = exchange(FRESH, NOW, headersOf(60, 1));
    expect(exchange(before, NOW + 10, headersOf(60, 59)).windowStart).toBe(NOW + 10);
    expect(exchange(before, NOW + 10, headersOf(60, 0)).windowStart).toBe(NOW);
  });

  it('as many left as before mean it too, for the request itself was counted', () => {
    const before = exchange(FRESH, NOW, headersOf(60, 1));
    expect(exchange(before, NOW + 10, headersOf(60, 1))).toMatchObject({ windowStart: NOW + 10, remaining: 1 });
    expect(exchange(exchange(FRESH, NOW, headersOf(1, 0)), NOW + 10, headersOf(1, 0)).windowStart).toBe(NOW + 10);
  });

  it('without a count takes nothing away from the last one', () => {
    const before = exchange(FRESH, NOW, headersOf(60, 9));
    expect(exchange(before, NOW + 10, {}, 502)).toMatchObject({ limit: 60, remaining: 8, windowStart: NOW });
  });

  it('after a minute a new window has begun in any case', () => {
    const before = exchange(FRESH, NOW, headersOf(60, 9));
    expect(exchange(before, NOW + MINUTE - 1, headersOf(60, 3)).windowStart).toBe(NOW);
    expect(exchange(before, NOW + MINUTE, headersOf(60, 3)).windowStart).toBe(NOW + MINUTE);
  });

  it('when the window is over, what was left in it counts no more', () => {
    const window = { limit: 2, remaining: 2, windowStart: NOW, sent: [NOW + 1, NOW + 2] };
    const budget: Budget = { ...FRESH, ...window };
    expect(nextSlot(budget, NOW + MINUTE - 1)).toBe(NOW + MINUTE - 1);
    expect(nextSlot(budget, NOW + MINUTE)).toBe(NOW + MINUTE + 1);
  });

  it('a window began before the answer it is first seen in, at the latest', () => {
    const budget = answered(afterSending(FRESH, NOW), { status: 200, headers: headersOf(60, 5) }, NOW + 400);
    expect(budget.windowStart).toBe(NOW + 400);
  });

  it.each(['', 'many', '-1', '1.5', '1e3', '1234567890123', 'a60', '60a'])(
    'a limit of %j is no number and changes nothing',
    (value) => {
      expect(exchange(FRESH, NOW, headersOf(value, value))).toMatchObject({ limit: 60, remaining: undefined });
    },
  );

  it('white space around a number is forgiven', () => {
    expect(exchange(FRESH, NOW, headersOf(' 90 ', ' 80 '))).toMatchObject({ limit: 90, remaining: 80 });
  });

  it('a limit of 0 would mean that nothing may ever be asked: it counts as 1', () => {
    expect(exchange(FRESH, NOW, headersOf(0, 0)).limit).toBe(1);
  });
});

describe('the length of a window', () => {
  // 60 requests in 6 s, as the counts tell it: its end is seen twice, 4.9 s and 11.2 s after the start.
  const twice = [
    [0, 59],
    [0, 58],
    [4.9, 57],
    [6, 59],
    [6, 58],
    [11.2, 57],
    [12.1, 59],
  ] as const;

  it('is a minute until more is known', () => {
    expect(told(60, twice.slice(0, 4))).toMatchObject({ length: MINUTE, lasted: 4_900, openedAfter: NOW + 4_900 });
  });

  it('is at most the time from before one end to after the next one', () => {
    const budget = told(60, twice);
    expect(budget).toMatchObject({ length: 7_200, lasted: 5_200, windowStart: NOW + 12_100 });
    expect(nextSlot({ ...budget, remaining: 0 }, NOW + 13 * SECOND)).toBe(NOW + 12_100 + 7_200);
  });

  it('becomes no longer by what comes later', () => {
    expect(
      told(
        60,
        [
          [30, 58],
          [40, 59],
        ],
        told(60, twice),
      ).length,
    ).toBe(7_200);
  });

  it('is at least a second, and no shorter than a window was seen to last: clocks are put back', () => {
    const putBack = told(60, [...twice.slice(0, 5), [5.2, 59]]);
    expect(putBack).toMatchObject({ length: MINUTE, lasted: 4_900 });
    expect(
      told(60, [
        [0, 58],
        [0, 59],
        [0.2, 58],
        [0.9, 59],
      ]).length,
    ).toBe(MINUTE);
    expect(
      told(60, [
        [0, 58],
        [0, 59],
        [0.2, 58],
        [1, 59],
      ]).length,
    ).toBe(SECOND);
  });

  it.each<[string, readonly (readonly [number, number])[]]>([
    [
      'gives back a part only: a sliding window, or others draw',
      [
        [0, 50],
        [1, 49],
        [2, 52],
        [3, 51],
        [4, 54],
      ],
    ],
    [
      'stays as it was: a request that is not counted',
      [
        [0, 59],
        [1, 59],
        [2, 59],
        [3, 59],
      ],
    ],
  ])('is not learned from a count that %s', (_, counts) => {
    expect(told(60, counts)).toMatchObject({ length: MINUTE, openedAfter: undefined });
  });

  it('is not learned across an end whose beginning was not seen', () => {
    // The minute that is assumed is over, and others may have drawn: 40 may be left of another window.
    const budget = told(60, [...twice.slice(0, 4), [66, 40], [67, 59]]);
    expect(budget).toMatchObject({ length: MINUTE, openedAfter: NOW + 66 * SECOND });
  });

  it('lasts as long as each request lowers the count by one', () => {
    expect(
      told(60, [
        [0, 59],
        [20, 58],
      ]).lasted,
    ).toBe(20 * SECOND);
    expect(
      told(60, [
        [0, 59],
        [20, 58],
        [30, 56],
      ]).lasted,
    ).toBe(20 * SECOND);
    expect(
      told(60, [
        [0, 59],
        [20, 58],
        [10, 57],
      ]).lasted,
    ).toBe(20 * SECOND);
  });

  it('is assumed anew with another limit', () => {
    const budget = told(120, [[13, 119]], told(60, twice));
    expect(budget).toMatchObject({ limit: 120, remaining: 119, length: MINUTE, lasted: 0, openedAfter: undefined });
  });

  it('is assumed anew after a 429 that names nothing', () => {
    const budget = exchange(told(60, twice), NOW + 13 * SECOND, headersOf(60, 0), 429);
    expect(budget).toMatchObject({ length: MINUTE, lasted: 0, openedAfter: undefined, windowEnd: undefined });
  });

  it.each([
    ['right after a minute says how long it is', 60, '240', 5 * MINUTE],
    ['soon after a minute says so too', 89, '211', 5 * MINUTE],
    ['later may be of another window', 90, '210', MINUTE],
    ['that is short says that it is a minute at most', 20, '10', MINUTE],
    ['is not believed beyond an hour', 60, '7200', HOUR],
  ])('a 429 %s', (_, seconds, retryAfter, length) => {
    const before = told(60, [[0, 0]]);
    const headers = headersOf(60, 0, { 'retry-after': retryAfter });
    expect(exchange(before, NOW + seconds * SECOND, headers, 429).length).toBe(length);
  });

  describe('while it is not known', () => {
    it('the last tenth looks for the end, each time later by the same factor', () => {
      let budget = told(60, [[0, 6]]);
      const times: number[] = [];
      for (let remaining = 5; remaining >= 0; remaining--) {
        const slot = nextSlot(budget, NOW);
        times.push((slot - NOW) / SECOND);
        budget = exchange(budget, slot, headersOf(60, remaining));
      }
      expect(times.map((time) => time.toFixed(1))).toEqual(['1.8', '3.2', '5.8', '10.4', '18.6', '33.4']);
      expect(nextSlot(budget, NOW)).toBe(NOW + MINUTE);
    });

    it('all before goes at once', () => {
      expect(nextSlot(told(60, [[0, 7]]), NOW)).toBe(NOW);
      expect(nextSlot(told(5, [[0, 2]]), NOW)).toBe(NOW);
      expect(nextSlot(told(5, [[0, 1]]), NOW)).toBeGreaterThan(NOW);
    });

    it('one that is late does not wait', () => {
      expect(nextSlot(told(60, [[0, 6]]), NOW + 50 * SECOND)).toBe(NOW + 50 * SECOND);
    });

    it('does not look for it where a window is known to go on', () => {
      const budget = told(60, [...twice.slice(0, 4), [6, 6]]);
      expect(nextSlot({ ...budget, othersAt: 0 }, NOW + 6 * SECOND)).toBeGreaterThan(NOW + 10_900);
      // Where part of a count came back, that part began with no window.
      const sliding = told(60, [
        [0, 20],
        [10, 19],
        [11, 25],
        [11, 6],
      ]);
      expect(nextSlot({ ...sliding, othersAt: 0 }, NOW + 11 * SECOND)).toBeLessThan(NOW + 13 * SECOND);
    });
  });

  it('is known once a window lasted for half of it: then all goes at once', () => {
    const budget = told(60, [
      [0, 8],
      [29, 7],
      [29, 6],
    ]);
    expect(nextSlot(budget, NOW + 29 * SECOND)).toBeGreaterThan(NOW + 29 * SECOND);
    const known = told(60, [[30, 5]], budget);
    expect(nextSlot(known, NOW + 30 * SECOND)).toBe(NOW + 30 * SECOND);
  });
});

describe('the end of a window that an answer names', () => {
  const [soon, date] = [(NOW + 4 * SECOND) / SECOND, new Date(NOW).toUTCString()];

  it.each<[string, Record<string, string>, number]>([
    ['seconds that are left', { 'x-ratelimit-reset': '4' }, 4 * SECOND],
    ['seconds since 1970', { 'x-ratelimit-reset': `${soon}` }, 4 * SECOND],
    [
      'seconds since 1970 by a clock that is ahead',
      { 'x-ratelimit-reset': `${soon + 600}`, date: new Date(NOW + 600 * SECOND).toUTCString() },
      4 * SECOND,
    ],
    ['seconds since 1970 by the same clock', { 'x-ratelimit-reset': `${soon}`, date }, 4 * SECOND],
    ['an hour', { 'x-ratelimit-reset': '3600' }, HOUR],
    ['more than an hour, which is no window', { 'x-ratelimit-reset': '3601' }, MINUTE],
  ])('by %s is waited for where nothing is left', (_, headers, wait) => {
    expect(nextSlot(exchange(FRESH, NOW, headersOf(60, 0, headers)), NOW)).toBe(NOW + wait);
  });

  it('leaves nothing to look for', () => {
    expect(nextSlot(exchange(FRESH, NOW, headersOf(60, 1, { 'x-ratelimit-reset': '4' })), NOW)).toBe(NOW);
  });

  it('is the later one of two that differ', () => {
    const budget = exchange(FRESH, NOW, headersOf(60, 1, { 'x-ratelimit-reset': '4' }));
    const earlier = exchange(budget, NOW, headersOf(60, 0, { 'x-ratelimit-reset': '3' }));
    expect(earlier.windowEnd).toBe(NOW + 4 * SECOND);
  });

  it('ends what was sent before it too', () => {
    let budget = exchange(FRESH, NOW, headersOf(2, 1, { 'x-ratelimit-reset': '4' }));
    budget = exchange(budget, NOW, headersOf(2, 0, { 'x-ratelimit-reset': '4' }));
    const end = NOW + 4 * SECOND;
    for (let nth = 0; nth < 2; nth++) {
      expect(nextSlot(budget, end)).toBe(end);
      budget = afterSending(budget, end);
    }
    expect(nextSlot(budget, end)).toBe(end + MINUTE);
  });

  it('is that of its window alone', () => {
    const budget = exchange(FRESH, NOW, headersOf(60, 1, { 'x-ratelimit-reset': '4' }));
    expect(exchange(budget, NOW + 4 * SECOND, headersOf(60, 59)).windowEnd).toBeUndefined();
  });
});

describe('others that draw on the same limit', () => {
  const shared = [
    [0, 20],
    [0, 11],
  ] as const;

  it('are seen by a count that falls by more than was sent', () => {
    expect(
      told(60, [
        [0, 20],
        [0, 19],
      ]).othersAt,
    ).toBe(0);
    expect(
      told(60, [
        [0, 20],
        [0, 18],
      ]).othersAt,
    ).toBe(NOW);
  });

  it('are not seen in the first count: an earlier process may have drawn', () => {
    expect(told(60, [[0, 3]]).othersAt).toBe(0);
  });

  it('are seen in a new window that more is gone from than was sent lately', () => {
    expect(
      told(60, [
        [0, 10],
        [1, 59],
      ]).othersAt,
    ).toBe(0);
    expect(
      told(60, [
        [0, 10],
        [1, 58],
      ]).othersAt,
    ).toBe(0);
    expect(
      told(60, [
        [0, 10],
        [1, 57],
      ]).othersAt,
    ).toBe(NOW + SECOND);
  });

  it('have the last fifth spread over the rest of the window', () => {
    const budget = told(60, shared);
    expect(nextSlot(budget, NOW)).toBe(NOW + MINUTE / 12);
    expect(nextSlot(budget, NOW + 50 * SECOND)).toBe(NOW + 50 * SECOND);
    expect(
      nextSlot(
        told(60, [
          [0, 20],
          [0, 12],
        ]),
        NOW,
      ),
    ).toBeGreaterThan(NOW);
    expect(
      nextSlot(
        told(60, [
          [0, 20],
          [0, 13],
        ]),
        NOW,
      ),
    ).toBe(NOW);
  });

  it('have it spread from the last request on, within what is left of the window', () => {
    const budget = told(60, [
      [0, 6],
      [0, 3],
      [20, 1],
    ]);
    expect(budget.windowStart).toBe(NOW);
    expect(nextSlot(budget, NOW + 20 * SECOND)).toBe(NOW + 40 * SECOND);
  });

  it('have it spread from now on where nothing was sent lately', () => {
    const budget: Budget = { ...FRESH, remaining: 1, windowStart: NOW, othersAt: NOW };
    expect(nextSlot(budget, NOW + 30 * SECOND)).toBe(NOW + 45 * SECOND);
  });

  it('count for two windows', () => {
    const window = { windowStart: NOW + 90 * SECOND, sent: [NOW + 119 * SECOND], lasted: MINUTE };
    const later: Budget = { ...FRESH, ...window, remaining: 3, othersAt: NOW };
    expect(nextSlot(later, NOW + 2 * MINUTE - 1)).toBeGreaterThan(NOW + 2 * MINUTE);
    expect(nextSlot(later, NOW + 2 * MINUTE)).toBe(NOW + 2 * MINUTE);
  });
});

describe('who is alone', () => {
  const setting = {
    kind: fc.constantFrom(...WINDOWS),
    limit: fc.integer({ min: 1, max: 30 }),
    length: fc.oneof(fc.integer({ min: SECOND, max: MINUTE }), fc.constantFrom(6 * SECOND, MINUTE)),
    phase: fc.nat(MINUTE),
  };
  const request = fc.record({
    pause: fc.oneof(fc.constant(0), fc.nat(100), fc.nat(30_000)),
    there: fc.nat(500),
    back: fc.nat(500),
    answer: fc.constantFrom('comes', 'comes', 'comes', 'comes', 'bare', 'lost'),
  });
  const requests = fc.array(request, { minLength: 20, maxLength: 90 });

  it('and waits for each answer is never refused, whatever kind of window of at most a minute it is', () => {
    fc.assert(
      fc.property(fc.record(setting), requests, (window, all) => {
        const runcloud = limiter(window);
        let budget = FRESH;
        let now = NOW;
        for (const [index, { pause, there, back, answer: fate }] of all.entries()) {
          // Before the first count the headers tell nothing.
          const answer = index === 0 ? 'comes' : fate;
          now = Math.ceil(nextSlot(budget, now + pause));
          budget = afterSending(budget, now);
          const sent = { nth: budget.sentCount, at: now };
          const { status, remaining } = runcloud(now + there);
          expect(status).toBe(200);
          now += there + back;
          const headers = answer === 'comes' ? headersOf(window.limit, remaining) : {};
          budget =
            answer === 'lost' ? afterSilence(budget, sent, now) : afterAnswer(budget, { status, headers }, sent, now);
          if (answer === 'comes' && window.kind !== 'sliding')
            expect(budget.length).toBeGreaterThanOrEqual(window.length);
        }
      }),
    );
  });
});

describe('a refusal (429)', () => {
  it.each([
    ['seconds', { 'retry-after': '30' }, 30 * SECOND],
    ['a date', { 'retry-after': new Date(NOW + 30 * SECOND).toUTCString() }, 30 * SECOND],
    ['no time at all, which is at least a second', { 'retry-after': '0' }, SECOND],
    ['a date gone by, which is at least a second', { 'retry-after': new Date(NOW - MINUTE).toUTCString() }, SECOND],
    ['seconds since 1970', { 'x-ratelimit-reset': `${NOW / SECOND + 40}` }, 40 * SECOND],
    ['seconds that are left', { 'x-ratelimit-reset': '40' }, 40 * SECOND],
    ['a window that ended', { 'x-ratelimit-reset': `${NOW / SECOND - 40}` }, SECOND],
    ['the largest number that is no date', { 'x-ratelimit-reset': '1000000000' }, DAY],
    ['the smallest number that is one', { 'x-ratelimit-reset': '1000000001' }, SECOND],
    ['more than a day, which cannot be meant', { 'retry-after': `${2 * 86_400}` }, DAY],
    ['a date beyond a day', { 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' }, DAY],
    ['a window that ends beyond a day', { 'x-ratelimit-reset': '999999999999' }, DAY],
    ['both: Retry-After holds', { 'retry-after': '30', 'x-ratelimit-reset': '40' }, 30 * SECOND],
    ['an unreadable Retry-After: the reset holds', { 'retry-after': 'soon', 'x-ratelimit-reset': '40' }, 40 * SECOND],
    ['nothing readable', { 'retry-after': 'soon', 'x-ratelimit-reset': 'later' }, MINUTE],
    ['nothing', {}, MINUTE],
  ])('that names %s is obeyed', (_, headers, quietFor) => {
    const budget = refusedWith(headers as Record<string, string>);
    expect(budget.quietUntil).toBe(NOW + quietFor);
    expect(nextSlot(budget, NOW)).toBe(NOW + quietFor);
  });

  it('without a time named is waited out longer each time in a row, up to 15 minutes', () => {
    let budget = FRESH;
    const waits: number[] = [];
    for (let count = 0; count < 6; count++) {
      budget = refusedWith({}, { ...budget, quietUntil: 0 });
      waits.push((budget.quietUntil - NOW) / MINUTE);
    }
    expect(waits).toEqual([1, 2, 4, 8, 15, 15]);
  });

  it('is over with the first answer that is none', () => {
    const again = exchange(refusedWith({}), NOW, {});
    expect(again.refusals).toBe(0);
    expect(refusedWith({}, again).refusals).toBe(1);
  });

  it('never shortens an earlier silence', () => {
    const budget = refusedWith({ 'retry-after': '30' }, freshBudget(NOW + MINUTE));
    expect(budget.quietUntil).toBe(NOW + MINUTE);
  });

  it('makes what was said to be left count no more', () => {
    expect(refusedWith(headersOf(60, 5))).toMatchObject({ limit: 60, remaining: undefined });
  });

  it('begins a new window with the first count that is announced after it', () => {
    const budget = exchange(refusedWith(headersOf(60, 0)), NOW + 10 * SECOND, headersOf(60, 1));
    expect(budget.windowStart).toBe(NOW + 10 * SECOND);
  });
});

describe('whatever was sent and answered', () => {
  const digits = fc.oneof(fc.nat(100).map(String), fc.constantFrom('', 'soon', '9999999999'));
  const headers = fc.record(
    {
      'x-ratelimit-limit': digits,
      'x-ratelimit-remaining': digits,
      'retry-after': digits,
      'x-ratelimit-reset': digits,
    },
    { requiredKeys: [] },
  );
  const exchanges = fc.array(
    fc.record({ pause: fc.nat(90_000), status: fc.constantFrom(200, 200, 404, 429, 500), headers, lost: fc.boolean() }),
  );

  it('the next slot is never in the past and never within a silence, and comes within the window else', () => {
    fc.assert(
      fc.property(exchanges, fc.nat(90_000), (all, pause) => {
        let budget = FRESH;
        let now = NOW;
        for (const each of all) {
          now += each.pause;
          budget = afterSending(budget, now);
          budget = each.lost ? silent(budget, now) : answered(budget, each, now);
          expect(budget.length).toBeGreaterThanOrEqual(SECOND);
          expect(budget.length).toBeLessThanOrEqual(HOUR);
        }
        expect(budget.underWay).toBe(0);
        now += pause;
        const slot = nextSlot(budget, now);
        expect(slot).toBeGreaterThanOrEqual(now);
        expect(slot).toBeGreaterThanOrEqual(budget.quietUntil);
        expect(slot).toBeLessThanOrEqual(Math.max(budget.quietUntil, budget.windowEnd ?? 0, now + budget.length));
      }),
    );
  });
});

describe('requests that are under way', () => {
  const at = (nth: number) => ({ nth, at: NOW });
  const counted = (remaining: number): Answer => ({ status: 200, headers: headersOf(60, remaining) });

  it('count against what was left, until an answer says better', () => {
    let budget = told(60, [[0, 13]]);
    for (let sent = 0; sent < 13; sent++) budget = afterSending(budget, NOW);
    expect(nextSlot(budget, NOW)).toBe(NOW + MINUTE);
    expect(afterSending(budget, NOW).remaining).toBe(0);
    for (let sent = 0; sent < 12; sent++) budget = silent(budget, NOW);
    expect(nextSlot(answered(budget, counted(40), NOW), NOW)).toBe(NOW);
  });

  it('count against the first count too: RunCloud may not have seen them yet', () => {
    let budget = FRESH;
    for (let sent = 0; sent < 5; sent++) budget = afterSending(budget, NOW);
    expect(afterAnswer(budget, counted(59), at(1), NOW + 9)).toMatchObject({ remaining: 55, underWay: 4 });
    expect(afterAnswer(budget, counted(2), at(1), NOW + 9).remaining).toBe(0);
  });

  it('may be answered in any order, which begins no window and shows no others', () => {
    const three = afterSending(afterSending(afterSending(told(60, [[0, 59]]), NOW), NOW), NOW);
    let budget = afterAnswer(three, counted(56), at(4), NOW + 1);
    budget = afterAnswer(budget, counted(58), at(2), NOW + 2);
    budget = afterAnswer(budget, counted(57), at(3), NOW + 3);
    // Two of them might have been counted after the one that came first.
    expect(budget).toMatchObject({ remaining: 54, windowStart: NOW, othersAt: 0, underWay: 0 });
  });

  it('that RunCloud counted last keep what they left', () => {
    // The third request was counted before the second one, and is answered after it.
    const two = afterSending(told(60, [[0, 2]]), NOW);
    const before = afterAnswer(afterSending(two, NOW), counted(0), at(2), NOW + 1);
    expect(afterAnswer(before, counted(1), at(3), NOW + 2).remaining).toBe(0);
  });

  it('show others where the count falls by more than all of them', () => {
    const two = afterSending(afterSending(told(60, [[0, 59]]), NOW), NOW);
    expect(afterAnswer(two, counted(57), at(2), NOW).othersAt).toBe(0);
    expect(afterAnswer(two, counted(56), at(2), NOW).othersAt).toBe(NOW);
    const first = afterAnswer(two, counted(58), at(2), NOW);
    expect(afterAnswer(first, counted(57), at(3), NOW).othersAt).toBe(0);
    expect(afterAnswer(first, counted(56), at(3), NOW).othersAt).toBe(NOW);
  });

  it('may have been counted as late as they were answered, or given up', () => {
    const two = afterSending(afterSending(FRESH, NOW), NOW + 1);
    expect(afterAnswer(two, counted(59), at(1), NOW + 2).sent).toEqual([NOW + 1, NOW + 2]);
    const silence = afterSilence(two, { nth: 2, at: NOW + 1 }, NOW + 3);
    expect(silence).toMatchObject({ sent: [NOW, NOW + 3], underWay: 1, remaining: undefined });
    expect(afterSilence({ ...silence, sent: [] }, at(1), NOW + 4).sent).toEqual([NOW + 4]);
  });

  const event = fc.record({
    there: fc.nat(900),
    back: fc.nat(900),
    pause: fc.oneof(fc.constant(0), fc.nat(5_000)),
  });

  it('keep within a fixed window, however many there are and whatever comes first', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('from the first request', 'by the clock'),
        fc.integer({ min: 1_000, max: MINUTE }),
        fc.integer({ min: 1, max: 4 }),
        fc.nat(20),
        fc.array(event, { minLength: 10, maxLength: 80 }),
        (kind, length, clients, more, events) => {
          const limit = clients + more;
          const runcloud = limiter({ kind, limit, length, phase: 17 });
          let budget = FRESH;
          const due: { at: number; run: (now: number) => void }[] = [];
          const rest = [...events];
          const client = (now: number): void => {
            const slot = Math.ceil(nextSlot(budget, now));
            if (slot > now) return void due.push({ at: slot, run: client });
            const next = rest.pop();
            if (!next) return;
            budget = afterSending(budget, now);
            const sent = { nth: budget.sentCount, at: now };
            const arrive = (arrival: number) => {
              const { status, remaining } = runcloud(arrival);
              expect(status).toBe(200);
              due.push({
                at: arrival + next.back,
                run: (answer) => {
                  budget = afterAnswer(budget, { status, headers: headersOf(limit, remaining) }, sent, answer);
                  due.push({ at: answer + next.pause, run: client });
                },
              });
            };
            due.push({ at: now + next.there, run: arrive });
          };
          for (let index = 0; index < clients; index++) due.push({ at: NOW + index, run: client });
          for (;;) {
            due.sort((a, b) => a.at - b.at);
            const first = due.shift();
            if (!first) return;
            first.run(first.at);
          }
        },
      ),
    );
  });
});

describe('a Retry-After that only begins like a date', () => {
  it.each(['Sun, the day after', '1.5', '2026-11-22'])('(%s) is not guessed at', (value) => {
    const budget = answered(FRESH, { status: 429, headers: { 'retry-after': value } }, NOW);
    expect(budget.quietUntil).toBe(NOW + MINUTE);
  });
});

describe('what a process begins with', () => {
  it('is the assumed limit, nothing sent, and the pause that was asked for', () => {
    expect(freshBudget(NOW)).toEqual({
      limit: 60,
      remaining: undefined,
      windowStart: 0,
      windowEnd: undefined,
      length: MINUTE,
      lasted: 0,
      openedAfter: undefined,
      othersAt: 0,
      lastCount: undefined,
      sent: [],
      sentCount: 0,
      underWay: 0,
      quietUntil: NOW,
      refusals: 0,
    });
  });
});

describe('a Retry-After with a date that does not stand at its beginning', () => {
  it('is not guessed at', () => {
    const headers = { 'retry-after': `about ${new Date(NOW + 30 * SECOND).toUTCString()}` };
    expect(answered(FRESH, { status: 429, headers }, NOW).quietUntil).toBe(NOW + MINUTE);
  });
});

describe('a clock that was ahead and is right again', () => {
  const ahead = NOW + 365 * DAY;
  const latest = NOW + CLOCK_TOLERANCE_MS;

  it.each<[string, Budget]>([
    ['a pause of a day', { ...FRESH, quietUntil: latest + DAY }],
    ['a window', { ...FRESH, remaining: 0, windowStart: latest }],
    ['the end of a window', { ...FRESH, windowEnd: latest + DAY }],
    ['others', { ...FRESH, othersAt: latest }],
    ['what was sent', { ...FRESH, sent: [NOW, latest] }],
  ])('leaves %s as it is within the tolerance', (_, budget) => {
    expect(presentBudget(budget, NOW)).toBe(budget);
  });

  it('keeps the process neither from asking nor within the limit', () => {
    let budget = exchange({ ...FRESH, limit: 1 }, ahead, headersOf(1, 0));
    expect(nextSlot(budget, NOW)).toBe(NOW);
    budget = exchange(budget, NOW, headersOf(1, 0));
    expect(nextSlot(budget, NOW)).toBe(NOW + MINUTE);
    expect(budget).toMatchObject({ windowStart: NOW, sent: [NOW] });
  });

  it('ends a pause that RunCloud asked for then', () => {
    const budget = exchange(FRESH, ahead, {}, 429);
    expect(nextSlot(budget, ahead)).toBe(ahead + MINUTE);
    expect(nextSlot(budget, NOW)).toBe(NOW);
    expect(exchange(budget, NOW, {}, 429).quietUntil).toBe(NOW + 2 * MINUTE);
  });

  it('begins anew one millisecond beyond what is right', () => {
    const lastCount = { remaining: 3, sentAt: NOW, sentCount: 1, underWay: 0 };
    const learned = { ...FRESH, length: 5, lasted: 4, openedAfter: NOW, lastCount, remaining: 3, sent: [NOW] };
    const window = { ...learned, windowStart: latest + 1 };
    expect(presentBudget(window, NOW)).toEqual({ ...FRESH, remaining: undefined, windowStart: 0, sent: [NOW] });
    const sent = { ...FRESH, remaining: 3, windowStart: NOW, sent: [NOW, latest, latest + 1] };
    expect(presentBudget(sent, NOW)).toEqual({ ...FRESH, remaining: undefined, windowStart: 0, sent: [NOW, latest] });
    expect(presentBudget({ ...learned, othersAt: latest + 1 }, NOW)).toEqual({ ...FRESH, sent: [NOW] });
    expect(presentBudget({ ...learned, windowEnd: latest + DAY + 1 }, NOW)).toEqual({ ...FRESH, sent: [NOW] });
    const quiet = { ...FRESH, remaining: 3, windowStart: NOW, quietUntil: latest + DAY + 1 };
    expect(presentBudget(quiet, NOW)).toEqual({ ...quiet, quietUntil: 0 });
  });
});
