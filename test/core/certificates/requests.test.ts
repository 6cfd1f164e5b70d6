import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IssuanceLimiter, type LimitResult } from '../../../lib/core/certificates/rate-limits.ts';
import {
  afterForeign,
  afterRequest,
  afterSuccess,
  afterUnread,
  type CertificateRequest,
  nextAttemptAt,
  type OrderKind,
  obstacleEnd,
  recentRequests,
} from '../../../lib/core/certificates/requests.ts';
import { DAY, epoch, HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';
import { runsOf } from '../../support/property-runs.ts';
import { ago, asked, NOW, requested } from '../builders.ts';

const WEEK = 7 * DAY;

function times<T>(count: number, one: (n: number) => T): T[] {
  return Array.from({ length: count }, (_, n) => one(n));
}

/** Names that have nothing in common. */
function other(n: number): string {
  return `shop.customer${n}.example`;
}

function orderNow(
  requests: readonly CertificateRequest[],
  names: readonly string[],
  order: OrderKind = 'new',
): LimitResult {
  return new IssuanceLimiter(requests, NOW).order(names, order);
}

describe('the limits of Let’s Encrypt, less a reserve', () => {
  it.each<[string, number, number, string, (n: number) => Partial<CertificateRequest>]>([
    ['240 orders in 3 h', 240, 3 * HOUR, 'orders', (n) => ({ names: [other(n)] })],
    ['40 a registered domain in 7 days', 40, WEEK, 'registered', (n) => ({ names: [`n${n}.shop.example`] })],
    ['4 for exactly these names in 7 days', 4, WEEK, 'set', () => ({ order: 'renewal' })],
    ['4 for one name in 1 h', 4, HOUR, 'name', (n) => ({ names: ['shop.example', other(n)], answer: 'refused' })],
  ])('%s', (_, most, withinMs, limit, like) => {
    const inside = times(most, (n) => requested(withinMs - 1, like(n)));
    expect(orderNow(inside, ['shop.example'])).toMatchObject({ kind: 'full', limit, until: iso(NOW + 1) });
    // One less leaves room, and so does one that is just over.
    expect(orderNow(inside.slice(1), ['shop.example'])).toEqual({ kind: 'room' });
    const [first, ...rest] = inside;
    expect(orderNow([{ ...(first as CertificateRequest), at: ago(withinMs) }, ...rest], ['shop.example'])).toEqual({
      kind: 'room',
    });
  });

  it.each<[string, number, (n: number) => string[], string[]]>([
    ['orders', 240, (n) => [other(n)], ['last.example']],
    ['registered', 40, (n) => [`n${n}.shop.example`], ['last.shop.example']],
    ['set', 4, () => ['a.example', 'b.example'], ['b.example', 'a.example']],
  ])('what is ordered now counts at once: %s', (limit, most, like, last) => {
    const book = new IssuanceLimiter([], NOW);
    // The names of a set would fill the limit of a name as well.
    const order = limit === 'set' ? 'renewal' : 'new';
    for (const names of times(most, like)) expect(book.order(names, order)).toEqual({ kind: 'room' });
    const full = book.order(last, order);
    expect(full.kind).toBe('full');
    if (limit !== 'set') expect(full).toMatchObject({ limit });
  });

  it('what finds no room is not counted', () => {
    const requests = times(4, () => requested(HOUR / 2));
    const book = new IssuanceLimiter(requests, NOW);
    for (const _ of times(50, () => 0)) expect(book.order(['shop.example'], 'new').kind).toBe('full');
    expect(book.order(['other.shop.example'], 'new')).toEqual({ kind: 'room' });
  });

  it('there is room when so many of the window are over that one more is allowed', () => {
    const requests = [6, 5, 4, 3, 2, 1].map((days) => requested(days * DAY));
    // Two more than may be: the third oldest has to go as well.
    expect(orderNow(requests, ['shop.example'])).toMatchObject({ limit: 'set', until: iso(NOW + 3 * DAY) });
    expect(orderNow(requests.toReversed(), ['shop.example'])).toMatchObject({ until: iso(NOW + 3 * DAY) });
  });

  it('of several limits the one that ends last is told', () => {
    const lately = times(4, () => requested(MINUTE));
    const room = orderNow(lately, ['shop.example']);
    expect(room).toMatchObject({ limit: 'set', until: iso(NOW + WEEK - MINUTE) });
    const long = times(4, () => requested(WEEK - 1, { order: 'renewal' }));
    const failing = times(4, (n) => requested(MINUTE, { names: ['shop.example', other(n)] }));
    expect(orderNow([...long, ...failing], ['shop.example'])).toMatchObject({
      limit: 'name',
      until: iso(NOW + 59 * MINUTE),
    });
    expect(orderNow([...failing, ...long], ['shop.example'])).toMatchObject({ limit: 'name' });
  });

  it('a renewal is not counted for the registered domain, and not kept by it', () => {
    const renewals = times(40, (n) => requested(DAY, { names: [`n${n}.shop.example`], order: 'renewal' }));
    expect(orderNow(renewals, ['new.shop.example'])).toEqual({ kind: 'room' });
    const fresh = times(40, (n) => requested(DAY, { names: [`n${n}.shop.example`] }));
    expect(orderNow(fresh, ['n0.shop.example'], 'renewal')).toEqual({ kind: 'room' });
    expect(orderNow(fresh, ['n0.shop.example'], 'new')).toMatchObject({ limit: 'registered' });
    const book = new IssuanceLimiter(fresh.slice(1), NOW);
    expect(book.order(['n0.shop.example'], 'renewal')).toEqual({ kind: 'room' });
    expect(book.order(['last.shop.example'], 'new')).toEqual({ kind: 'room' });
  });

  it('one that was refused brought no certificate: it is counted as an order and a failure alone', () => {
    const refused = { answer: 'refused' } as const;
    expect(
      orderNow(
        times(4, () => requested(2 * HOUR, refused)),
        ['shop.example'],
      ),
    ).toEqual({ kind: 'room' });
    const below = times(40, (n) => requested(2 * HOUR, { ...refused, names: [`n${n}.shop.example`] }));
    expect(orderNow(below, ['shop.example'])).toEqual({ kind: 'room' });
    expect(
      orderNow(
        times(4, () => requested(MINUTE, refused)),
        ['shop.example'],
      ),
    ).toMatchObject({ limit: 'name' });
    const many = times(240, (n) => requested(MINUTE, { ...refused, names: [other(n)] }));
    expect(orderNow(many, ['shop.example'])).toMatchObject({ limit: 'orders' });
  });

  it('the Public Suffix List tells what is registered, its private part too', () => {
    const below = (suffix: string) => times(40, (n) => requested(DAY, { names: [`n${n}.${suffix}`] }));
    expect(orderNow(below('shop.co.uk'), ['new.shop.co.uk'])).toMatchObject({ limit: 'registered' });
    expect(orderNow(below('shop.co.uk'), ['other.co.uk'])).toEqual({ kind: 'room' });
    // Each name right below github.io is somebody's own.
    expect(orderNow(below('github.io'), ['new.github.io'])).toEqual({ kind: 'room' });
    expect(orderNow(below('shop.github.io'), ['new.shop.github.io'])).toMatchObject({ limit: 'registered' });
  });

  it('what is itself a public suffix stands for itself', () => {
    const requests = times(40, (n) => requested(DAY, { names: ['co.uk', other(n)] }));
    expect(orderNow(requests, ['co.uk'])).toMatchObject({ limit: 'registered' });
    expect(orderNow(requests, ['org.uk'])).toEqual({ kind: 'room' });
  });

  it('a certificate with two names of one registered domain counts once for it', () => {
    const pairs = times(39, (n) => requested(DAY, { names: [`n${n}.shop.example`, `www.n${n}.shop.example`] }));
    expect(orderNow(pairs, ['new.shop.example'])).toEqual({ kind: 'room' });
  });

  it('a set is the same in any order of its names, and another with one more', () => {
    const names = ['a.example', 'b.example'];
    const requests = times(4, () => requested(DAY, { names }));
    expect(orderNow(requests, names.toReversed())).toMatchObject({ limit: 'set' });
    expect(orderNow(requests, [...names, 'c.example'])).toEqual({ kind: 'room' });
    expect(orderNow(requests, ['a.example'])).toEqual({ kind: 'room' });
  });

  it.each<[string, CertificateRequest[], string[], string]>([
    [
      'orders',
      times(240, (n) => requested(MINUTE, { names: [other(n)] })),
      ['shop.example'],
      "240 certificates of all domains were asked for within 3 h, and Let's Encrypt allows few more",
    ],
    [
      'registered',
      times(41, (n) => requested(DAY, { names: [`n${n}.shop.example`] })),
      ['fr.shop.example'],
      "41 certificates below shop.example were asked for within 7 days, and Let's Encrypt allows few more",
    ],
    [
      'set',
      times(4, () => requested(DAY)),
      ['shop.example'],
      "4 certificates for exactly these names were asked for within 7 days, and Let's Encrypt allows few more",
    ],
    [
      'set of two',
      times(4, () => requested(DAY, { names: ['a.example', 'b.example'] })),
      ['a.example', 'b.example'],
      "4 certificates for exactly these names (2 names) were asked for within 7 days, and Let's Encrypt allows few more",
    ],
    [
      'name',
      times(4, (n) => requested(MINUTE, { names: ['shop.example', other(n)] })),
      ['shop.example', 'www.shop.example'],
      "4 certificates for this name were asked for within 1 h, and Let's Encrypt allows few more",
    ],
  ])('says which: %s', (_, requests, names, why) => {
    expect(orderNow(requests, names)).toMatchObject({ kind: 'full', why });
  });

  // What Let's Encrypt really allows: https://letsencrypt.org/docs/rate-limits/
  const REAL = { orders: [300, 3 * HOUR], registered: [50, WEEK], set: [5, WEEK], name: [5, HOUR] } as const;
  const REGISTERED = ['shop.example', 'store.example', 'a.co.uk'];
  const NAMES = REGISTERED.flatMap((domain) => [domain, `www.${domain}`, `fr.${domain}`]);

  it('never lets more through than Let’s Encrypt allows, whatever is asked for and whenever', () => {
    const asking = fc.record({
      // Often at once, often within the hour, and now and then after days.
      after: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: HOUR }), fc.integer({ min: 1, max: 2 * DAY })),
      names: fc.oneof(
        { weight: 3, arbitrary: fc.subarray(NAMES, { minLength: 1, maxLength: 3 }) },
        { weight: 2, arbitrary: fc.constantFrom<string[]>(['shop.example'], ['a.co.uk', 'www.a.co.uk']) },
        { weight: 3, arbitrary: fc.nat(9_999).map((n) => [`n${n}.shop.example`]) },
        { weight: 3, arbitrary: fc.nat(9_999).map((n) => [other(n)]) },
      ),
      order: fc.constantFrom<OrderKind>('new', 'new', 'renewal'),
      // How many like it are wanted at once.
      count: fc.oneof(
        { weight: 6, arbitrary: fc.constant(1) },
        { weight: 1, arbitrary: fc.integer({ min: 2, max: 90 }) },
      ),
    });
    const fullest = { orders: 0, registered: 0, set: 0, name: 0 };
    const property = fc.property(fc.array(asking, { minLength: 20, maxLength: 150, size: 'max' }), (all) => {
      let now = NOW;
      const admitted: CertificateRequest[] = [];
      for (const { after, names, order, count } of all) {
        now += after;
        const book = new IssuanceLimiter(
          admitted.filter(({ at }) => epoch(at) > now - 2 * WEEK),
          now,
        );
        for (let n = 0; n < count; n++) {
          const wanted = count === 1 ? names : names.map((name) => `n${n}-${now % 997}.${name}`);
          if (book.order(wanted, order).kind === 'room') {
            admitted.push({ at: iso(now), names: wanted, order, answer: 'open' });
          }
        }
      }
      for (const [limit, most] of Object.entries(mostWithin(admitted))) {
        const [real] = REAL[limit as keyof typeof REAL];
        expect(most, limit).toBeLessThanOrEqual(real);
        fullest[limit as keyof typeof REAL] = Math.max(fullest[limit as keyof typeof REAL], most);
      }
    });
    const one = { after: 1, order: 'new' as OrderKind, count: 1 };
    fc.assert(property, {
      ...runsOf('certificate limits'),
      examples: [
        [times(9, (n) => ({ ...one, names: [other(n)], count: 90 }))],
        [times(9, () => ({ ...one, names: ['shop.example'], count: 90 }))],
        [times(9, () => ({ ...one, names: ['shop.example'], after: HOUR, order: 'renewal' }))],
        [times(9, (n) => ({ ...one, names: ['shop.example', other(n)] }))],
      ],
    });
    // What never comes near a limit would prove nothing.
    expect(fullest).toEqual({ orders: 240, registered: 40, set: 4, name: 4 });
  });

  /** Counted anew, apart from the code that is tested: the most in any window of each limit. */
  function mostWithin(admitted: readonly CertificateRequest[]): Record<keyof typeof REAL, number> {
    const most = { orders: 0, registered: 0, set: 0, name: 0 };
    const series = new Map<string, number[]>();
    for (const { at, names, order } of admitted) {
      const suffixes = names.map((name) => /[^.]+\.(?:co\.uk|example)$/.exec(name)?.[0] as string);
      const keys = [
        'orders',
        `set ${[...names].sort().join()}`,
        ...names.map((name) => `name ${name}`),
        ...(order === 'new' ? [...new Set(suffixes)].map((domain) => `registered ${domain}`) : []),
      ];
      for (const key of keys) series.set(key, [...(series.get(key) ?? []), epoch(at)]);
    }
    for (const [key, stamps] of series) {
      const limit = key.split(' ')[0] as keyof typeof REAL;
      let from = 0;
      for (const [to, time] of stamps.entries()) {
        while ((stamps[from] as number) <= time - REAL[limit][1]) from++;
        most[limit] = Math.max(most[limit], to - from + 1);
      }
    }
    return most;
  }
});

describe('afterRequest', () => {
  it('the first is remembered, and counts as one attempt', () => {
    const request = requested(0);
    expect(afterRequest(undefined, request, undefined)).toEqual({ requests: [request], attempts: 1 });
  });

  it('the next stands behind it, and what is a week old is not kept', () => {
    const [old, young, next] = [requested(WEEK), requested(WEEK - 1), requested(0)];
    expect(afterRequest({ requests: [old, young], attempts: 7 }, next, undefined)).toEqual({
      requests: [young, next],
      attempts: 8,
    });
  });

  it('RunCloud’s words are kept, until the next answer', () => {
    const before = afterRequest(undefined, requested(0, { answer: 'refused' }), 'status 422: no');
    expect(before).toMatchObject({ says: 'status 422: no' });
    expect(before).not.toHaveProperty('notBefore');
    expect(afterRequest(before, requested(0), undefined)).toEqual({
      requests: [...before.requests, requested(0)],
      attempts: 2,
    });
  });

  it.each([
    [
      'as it is worded today',
      'retry after 2025-09-18 09:13:16 UTC: see https://letsencrypt.org',
      '2025-09-18T09:13:16.000Z',
    ],
    ['as it was worded before', 'too many, retry after 2024-08-04T20:39:07Z', '2024-08-04T20:39:07.000Z'],
    ['in any case of letters', 'Retry After 2026-11-25 08:00:00 UTC', '2026-11-25T08:00:00.000Z'],
    ['a last second before two weeks are over', 'retry after 2026-12-06 08:00:00 UTC', '2026-12-06T08:00:00.000Z'],
  ])('the end of a limit, %s', (_, says, notBefore) => {
    expect(afterRequest(undefined, requested(0), says).notBefore).toBe(notBefore);
  });

  it.each([
    ['no date', 'too many certificates already issued'],
    ['a date without these words', 'it was issued 2026-11-25 08:00:00 UTC'],
    ['a day that is none', 'retry after 2026-99-99 08:00:00 UTC'],
    ['a time that is none', 'retry after 2026-11-25 99:00:00 UTC'],
    ['half a date', 'retry after 2026-11-25'],
    ['something else', 'retry after a while'],
    ['further away than any limit reaches', 'retry after 2026-12-06 08:00:01 UTC'],
    ['a year that is far away', 'retry after 9999-01-01 00:00:00 UTC'],
    ['nothing at all', ''],
  ])('%s is no end of a limit', (_, says) => {
    expect(afterRequest(undefined, requested(0), says)).toEqual({ requests: [requested(0)], attempts: 1, says });
  });
});

describe('a limit that Let’s Encrypt says is spent', () => {
  const UNTIL = iso(NOW + HOUR);
  const DATE = `retry after ${UNTIL.slice(0, 19).replace('T', ' ')} UTC`;
  const refusedWith = (says: string, names = ['a.shop.example']) =>
    afterRequest(undefined, requested(0, { names, answer: 'refused' }), says).requests[0] as CertificateRequest;

  it.each([
    ['too many new orders (300) from this account in the last 3h0m0s', 'orders'],
    ['see https://letsencrypt.org/docs/rate-limits/#new-orders-per-account', 'orders'],
    ['too many certificates (50) already issued for "shop.example" in the last 168h0m0s', 'registered shop.example'],
    ['too many certificates already issued for: Shop.example', 'registered shop.example'],
    ['too many certificates already issued for \\\\"shop.example\\\\"', 'registered shop.example'],
  ])('is remembered for all that share it: %s', (words, key) => {
    const request = refusedWith(`${words}, ${DATE}`);
    expect(request.spent).toEqual({ key, until: UNTIL });
    const names = ['b.shop.example'];
    expect(new IssuanceLimiter([request], NOW).order(names, 'new')).toMatchObject({ kind: 'full', until: UNTIL });
    expect(new IssuanceLimiter([request], NOW + HOUR).order(names, 'new')).toEqual({ kind: 'room' });
    const other = new IssuanceLimiter([request], NOW).order(['a.other.example'], 'new');
    expect(other.kind).toBe(key === 'orders' ? 'full' : 'room');
  });

  it.each([
    ['this exact set of names', `too many certificates (5) already issued for this exact set of identifiers, ${DATE}`],
    ['failures of one name', `too many failed authorizations (5) for "a.shop.example", ${DATE}`],
    ['a domain that was not asked for', `too many certificates already issued for "other.example", ${DATE}`],
    ['no date', 'too many certificates already issued for "shop.example"'],
  ])('concerns no other name: %s', (_, says) => {
    expect(refusedWith(says)).not.toHaveProperty('spent');
  });

  it('is told in words, and a renewal below a registered domain goes on', () => {
    const book = new IssuanceLimiter([refusedWith(`already issued for "shop.example", ${DATE}`)], NOW);
    expect(book.order(['b.shop.example'], 'renewal').kind).toBe('room');
    expect(book.order(['b.shop.example'], 'new')).toMatchObject({
      limit: 'registered',
      why: "Let's Encrypt said that what it allows below shop.example is spent, also by others, and named the date",
    });
  });
});

describe('an obstacle', () => {
  it('that RunCloud does not show what is installed stands beside all else, and its pauses grow', () => {
    const first = afterUnread(undefined, 'status 500', NOW);
    expect(first).toEqual({
      requests: [],
      attempts: 0,
      obstacle: { kind: 'unread', at: iso(NOW), times: 1, why: 'status 500' },
    });
    const before = asked(DAY, 2);
    const second = afterUnread({ ...before, ...first, requests: before.requests, attempts: 2 }, 'status 403', NOW);
    expect(second).toMatchObject({ ...before, obstacle: { times: 2, why: 'status 403' } });
    const ends = [first, second].map(({ obstacle }) => obstacle && obstacleEnd(obstacle));
    expect(ends).toEqual([NOW + MINUTE, NOW + 2 * MINUTE]);
  });

  it('that somebody brought a certificate along is asked again a day later', () => {
    const before = afterForeign(asked(DAY, 2), 'custom', NOW);
    expect(before).toEqual({ ...asked(DAY, 2), obstacle: { kind: 'foreign', at: iso(NOW), method: 'custom' } });
    expect(before.obstacle && obstacleEnd(before.obstacle)).toBe(NOW + DAY);
    expect(afterUnread(before, 'status 500', NOW).obstacle).toMatchObject({ kind: 'unread', times: 1 });
    expect(afterForeign(undefined, 'custom', NOW)).toMatchObject({ requests: [], attempts: 0 });
  });

  it('is over with the next request, and with a valid certificate', () => {
    const before = afterUnread(asked(DAY, 0), 'status 500', NOW);
    expect(afterRequest(before, requested(0), undefined)).not.toHaveProperty('obstacle');
    expect(afterSuccess(before, NOW)).toEqual(asked(DAY, 0));
  });
});

describe('afterSuccess', () => {
  it('ends the count and what RunCloud said, and keeps the requests of the week', () => {
    const young = requested(WEEK - 1);
    const before = { requests: [requested(WEEK), young], attempts: 3, says: 'no', notBefore: ago(-HOUR) };
    expect(afterSuccess(before, NOW)).toEqual({ requests: [young], attempts: 0 });
  });

  it('where nothing of the week is left there is nothing to remember', () => {
    expect(afterSuccess({ requests: [requested(WEEK)], attempts: 3 }, NOW)).toBeUndefined();
  });

  it('gives the very same object where it is no news', () => {
    const before = asked(DAY, 0);
    expect(afterSuccess(before, NOW)).toBe(before);
    expect(afterSuccess(asked(DAY, 1), NOW)).toEqual(before);
    const older = { requests: [requested(WEEK), requested(DAY)], attempts: 0 };
    expect(afterSuccess(older, NOW)).toEqual(before);
  });
});

describe('recentRequests', () => {
  it('a week is the limit', () => {
    const [old, young] = [requested(WEEK), requested(WEEK - 1)];
    expect(recentRequests({ requests: [old, young], attempts: 0 }, NOW)).toEqual([young]);
  });
});

describe('nextAttemptAt', () => {
  it.each([
    [1, 10 * MINUTE],
    [2, 100 * MINUTE],
    [3, DAY],
    [4, DAY],
    [1_000, DAY],
  ])('after %d in vain: %d ms after the last', (attempts, pause) => {
    expect(nextAttemptAt(asked(HOUR, attempts))).toBe(NOW - HOUR + pause);
  });

  it('it is the last request that counts', () => {
    expect(nextAttemptAt({ requests: [requested(DAY), requested(0)], attempts: 2 })).toBe(NOW + 100 * MINUTE);
  });

  it('at once where the last one came, or none is known', () => {
    expect(nextAttemptAt(asked(0, 0))).toBe(0);
    expect(nextAttemptAt({ requests: [], attempts: 1 })).toBe(0);
  });

  it('not before Let’s Encrypt said, and not before the pause is over', () => {
    expect(nextAttemptAt(asked(0, 1, { notBefore: ago(-HOUR) }))).toBe(NOW + HOUR);
    expect(nextAttemptAt(asked(0, 3, { notBefore: ago(-HOUR) }))).toBe(NOW + DAY);
    expect(nextAttemptAt({ requests: [], attempts: 0, notBefore: ago(-HOUR) })).toBe(NOW + HOUR);
  });

  it('a name that fails for ever has at most one request a day, and so is never paused', () => {
    let issuance = afterRequest(undefined, requested(0), undefined);
    let sent = 1;
    for (let now = NOW; now < NOW + 30 * DAY; now += 5 * MINUTE) {
      if (now < nextAttemptAt(issuance)) continue;
      issuance = afterRequest(issuance, requested(NOW - now), undefined);
      sent++;
    }
    // Three on the first day, then one each.
    expect(sent).toBeLessThanOrEqual(3 + 30);
    expect(sent).toBeGreaterThan(28);
    expect(issuance.requests.length).toBeLessThanOrEqual(7);
  });
});
