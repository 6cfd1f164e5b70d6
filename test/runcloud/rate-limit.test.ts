import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLOCK_TOLERANCE_MS, DAY, MINUTE, SECOND } from '../../lib/core/values/time.ts';
import {
  afterAnswer,
  afterSending,
  type Budget,
  freshBudget,
  nextSlot,
  presentBudget,
} from '../../lib/runcloud/rate-limit.ts';
import { NOW } from '../core/builders.ts';

const FRESH = freshBudget(0);

function headersOf(limit: number | string, remaining: number | string, more: Record<string, string> = {}) {
  return { 'x-ratelimit-limit': `${limit}`, 'x-ratelimit-remaining': `${remaining}`, ...more };
}

/** A request sent at `now` and answered at once. */
function exchange(budget: Budget, now: number, headers: Record<string, string | undefined>, status = 200): Budget {
  return afterAnswer(afterSending(budget, now), { status, headers }, now);
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

  it('the last fifth is spread over the rest of the window', () => {
    const budget = exchange(FRESH, NOW, headersOf(60, 11));
    expect(nextSlot(budget, NOW)).toBe(NOW + MINUTE / 12);
    expect(nextSlot(budget, NOW + 50 * SECOND)).toBe(NOW + 50 * SECOND);
    expect(nextSlot(exchange(FRESH, NOW, headersOf(60, 12)), NOW)).toBeGreaterThan(NOW);
  });

  it('is spread from the last request on, within what is left of the window', () => {
    const budget = exchange(exchange(FRESH, NOW, headersOf(60, 3)), NOW + 20 * SECOND, headersOf(60, 1));
    expect(budget.windowStart).toBe(NOW);
    expect(nextSlot(budget, NOW + 20 * SECOND)).toBe(NOW + 40 * SECOND);
  });

  it('with nothing left the next request waits for the window to end', () => {
    const budget = exchange(FRESH, NOW, headersOf(60, 0));
    expect(nextSlot(budget, NOW + SECOND)).toBe(NOW + MINUTE);
    expect(nextSlot(budget, NOW + MINUTE)).toBe(NOW + MINUTE);
  });

  it('where nothing was sent lately the spreading begins now', () => {
    const budget: Budget = { ...FRESH, remaining: 1, windowStart: NOW };
    expect(nextSlot(budget, NOW + 30 * SECOND)).toBe(NOW + 45 * SECOND);
  });

  it('more left than before means that a new window has begun', () => {
    const before = exchange(FRESH, NOW, headersOf(60, 1));
    expect(exchange(before, NOW + 10, headersOf(60, 59)).windowStart).toBe(NOW + 10);
    expect(exchange(before, NOW + 10, headersOf(60, 0)).windowStart).toBe(NOW);
  });

  it('after a minute a new window has begun in any case', () => {
    const before = exchange(FRESH, NOW, headersOf(60, 9));
    expect(exchange(before, NOW + MINUTE - 1, headersOf(60, 3)).windowStart).toBe(NOW);
    expect(exchange(before, NOW + MINUTE, headersOf(60, 3)).windowStart).toBe(NOW + MINUTE);
  });

  it('when the window is over, what was left in it counts no more', () => {
    const budget: Budget = { ...FRESH, limit: 2, remaining: 2, windowStart: NOW, sent: [NOW + 1, NOW + 2] };
    expect(nextSlot(budget, NOW + MINUTE - 1)).toBe(NOW + MINUTE - 1);
    expect(nextSlot(budget, NOW + MINUTE)).toBe(NOW + MINUTE + 1);
  });

  it('a window began before the answer it is first seen in, at the latest', () => {
    const budget = afterAnswer(afterSending(FRESH, NOW), { status: 200, headers: headersOf(60, 5) }, NOW + 400);
    expect(budget.windowStart).toBe(NOW + 400);
    const unsent = afterAnswer(FRESH, { status: 200, headers: headersOf(60, 5) }, NOW);
    expect(unsent.windowStart).toBe(NOW);
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

  it('who is alone on the budget, and answered at once, is never refused', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.oneof(fc.nat(100), fc.nat(30_000)), { minLength: 20, maxLength: 60 }),
        (limit, pauses) => {
          let budget: Budget = FRESH;
          let now = NOW;
          let window = { began: 0, used: 0 };
          for (const pause of pauses) {
            now = Math.ceil(nextSlot(budget, now + pause));
            if (now >= window.began + MINUTE) window = { began: now, used: 0 };
            window.used += 1;
            expect(window.used).toBeLessThanOrEqual(limit);
            budget = exchange(budget, now, headersOf(limit, limit - window.used));
          }
        },
      ),
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

  it('the next slot is never in the past and never within a silence, and comes within the minute else', () => {
    fc.assert(
      fc.property(exchanges, fc.nat(90_000), (all, pause) => {
        let budget = FRESH;
        let now = NOW;
        for (const each of all) {
          now += each.pause;
          budget = afterSending(budget, now);
          if (!each.lost) budget = afterAnswer(budget, each, now);
        }
        now += pause;
        const slot = nextSlot(budget, now);
        expect(slot).toBeGreaterThanOrEqual(now);
        expect(slot).toBeGreaterThanOrEqual(budget.quietUntil);
        expect(slot).toBeLessThanOrEqual(Math.max(budget.quietUntil, now + MINUTE));
      }),
    );
  });
});

describe('requests that are under way', () => {
  it('count against what was left, until an answer says better', () => {
    const answered = afterAnswer(afterSending(FRESH, NOW), { status: 200, headers: headersOf(60, 13) }, NOW);
    let budget = answered;
    for (let sent = 0; sent < 13; sent++) budget = afterSending(budget, NOW);
    expect(nextSlot(budget, NOW)).toBe(NOW + MINUTE);
    expect(afterSending(budget, NOW).remaining).toBe(0);
    expect(nextSlot(afterAnswer(budget, { status: 200, headers: headersOf(60, 40) }, NOW), NOW)).toBe(NOW);
  });
});

describe('a Retry-After that only begins like a date', () => {
  it.each(['Sun, the day after', '1.5', '2026-11-22'])('(%s) is not guessed at', (value) => {
    const budget = afterAnswer(FRESH, { status: 429, headers: { 'retry-after': value } }, NOW);
    expect(budget.quietUntil).toBe(NOW + MINUTE);
  });
});

describe('what a process begins with', () => {
  it('is the assumed limit, nothing sent, and the pause that was asked for', () => {
    expect(freshBudget(NOW)).toEqual({
      limit: 60,
      remaining: undefined,
      windowStart: 0,
      sent: [],
      quietUntil: NOW,
      refusals: 0,
    });
  });
});

describe('a Retry-After with a date that does not stand at its beginning', () => {
  it('is not guessed at', () => {
    const headers = { 'retry-after': `about ${new Date(NOW + 30 * SECOND).toUTCString()}` };
    expect(afterAnswer(FRESH, { status: 429, headers }, NOW).quietUntil).toBe(NOW + MINUTE);
  });
});

describe('a clock that was ahead and is right again', () => {
  const ahead = NOW + 365 * DAY;
  const latest = NOW + CLOCK_TOLERANCE_MS;

  it.each<[string, Budget]>([
    ['a pause of a day', { ...FRESH, quietUntil: latest + DAY }],
    ['a window', { ...FRESH, remaining: 0, windowStart: latest }],
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
    const window = { ...FRESH, remaining: 3, windowStart: latest + 1, sent: [NOW] };
    expect(presentBudget(window, NOW)).toEqual({ ...FRESH, remaining: undefined, windowStart: 0, sent: [NOW] });
    const sent = { ...FRESH, remaining: 3, windowStart: NOW, sent: [NOW, latest, latest + 1] };
    expect(presentBudget(sent, NOW)).toEqual({ ...FRESH, remaining: undefined, windowStart: 0, sent: [NOW, latest] });
    const quiet = { ...FRESH, remaining: 3, windowStart: NOW, quietUntil: latest + DAY + 1 };
    expect(presentBudget(quiet, NOW)).toEqual({ ...quiet, quietUntil: 0 });
  });
});
