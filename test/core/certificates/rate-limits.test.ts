import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IssuanceLimiter, type LimitResult } from '../../../lib/core/certificates/rate-limits.ts';
import { afterRequest, type CertificateRequest, type OrderKind } from '../../../lib/core/certificates/requests.ts';
import { DAY, epoch, HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';
import { runsOf } from '../../support/property-runs.ts';
import { ago, NOW, requested } from '../builders.ts';

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
  return new IssuanceLimiter(requests, NOW).reserve(names, order);
}

describe('IssuanceLimiter: the limits of Let’s Encrypt, less a reserve', () => {
  it.each<[string, number, number, string, (n: number) => Partial<CertificateRequest>]>([
    ['240 orders in 3 h', 240, 3 * HOUR, 'orders', (n) => ({ names: [other(n)] })],
    ['40 a registered domain in 7 days', 40, WEEK, 'registered', (n) => ({ names: [`n${n}.shop.example`] })],
    ['4 for exactly these names in 7 days', 4, WEEK, 'set', () => ({ order: 'renewal' })],
    ['4 for one name in 1 h', 4, HOUR, 'name', (n) => ({ names: ['shop.example', other(n)], answer: 'refused' })],
  ])('%s', (_, most, withinMs, limit, like) => {
    const inside = times(most, (n) => requested(withinMs - 1, like(n)));
    expect(orderNow(inside, ['shop.example'])).toMatchObject({ kind: 'limited', limit, until: iso(NOW + 1) });
    // One less is allowed, and so is one that is just over.
    expect(orderNow(inside.slice(1), ['shop.example'])).toEqual({ kind: 'allowed' });
    const [first, ...rest] = inside;
    expect(orderNow([{ ...(first as CertificateRequest), at: ago(withinMs) }, ...rest], ['shop.example'])).toEqual({
      kind: 'allowed',
    });
  });

  it.each<[string, number, (n: number) => string[], string[]]>([
    ['orders', 240, (n) => [other(n)], ['last.example']],
    ['registered', 40, (n) => [`n${n}.shop.example`], ['last.shop.example']],
    ['set', 4, () => ['a.example', 'b.example'], ['b.example', 'a.example']],
  ])('what is requested now counts at once: %s', (limit, most, like, last) => {
    const limiter = new IssuanceLimiter([], NOW);
    // The names of a set would fill the limit of a name as well.
    const order = limit === 'set' ? 'renewal' : 'new';
    for (const names of times(most, like)) expect(limiter.reserve(names, order)).toEqual({ kind: 'allowed' });
    const reached = limiter.reserve(last, order);
    expect(reached.kind).toBe('limited');
    if (limit !== 'set') expect(reached).toMatchObject({ limit });
  });

  it('what is not allowed does not count', () => {
    const requests = times(4, () => requested(HOUR / 2));
    const limiter = new IssuanceLimiter(requests, NOW);
    for (const _ of times(50, () => 0)) expect(limiter.reserve(['shop.example'], 'new').kind).toBe('limited');
    expect(limiter.reserve(['other.shop.example'], 'new')).toEqual({ kind: 'allowed' });
  });

  it('it is allowed when enough requests have left the window', () => {
    const requests = [6, 5, 4, 3, 2, 1].map((days) => requested(days * DAY));
    // Two more than may be: the third oldest has to go as well.
    expect(orderNow(requests, ['shop.example'])).toMatchObject({ limit: 'set', until: iso(NOW + 3 * DAY) });
    expect(orderNow(requests.toReversed(), ['shop.example'])).toMatchObject({ until: iso(NOW + 3 * DAY) });
  });

  it('of several limits the one that ends last is named', () => {
    const lately = times(4, () => requested(MINUTE));
    const result = orderNow(lately, ['shop.example']);
    expect(result).toMatchObject({ limit: 'set', until: iso(NOW + WEEK - MINUTE) });
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
    expect(orderNow(renewals, ['new.shop.example'])).toEqual({ kind: 'allowed' });
    const fresh = times(40, (n) => requested(DAY, { names: [`n${n}.shop.example`] }));
    expect(orderNow(fresh, ['n0.shop.example'], 'renewal')).toEqual({ kind: 'allowed' });
    expect(orderNow(fresh, ['n0.shop.example'], 'new')).toMatchObject({ limit: 'registered' });
    const limiter = new IssuanceLimiter(fresh.slice(1), NOW);
    expect(limiter.reserve(['n0.shop.example'], 'renewal')).toEqual({ kind: 'allowed' });
    expect(limiter.reserve(['last.shop.example'], 'new')).toEqual({ kind: 'allowed' });
  });

  it('one that was refused brought no certificate: it is counted as an order and a failure alone', () => {
    const refused = { answer: 'refused' } as const;
    expect(
      orderNow(
        times(4, () => requested(2 * HOUR, refused)),
        ['shop.example'],
      ),
    ).toEqual({ kind: 'allowed' });
    const below = times(40, (n) => requested(2 * HOUR, { ...refused, names: [`n${n}.shop.example`] }));
    expect(orderNow(below, ['shop.example'])).toEqual({ kind: 'allowed' });
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
    expect(orderNow(below('shop.co.uk'), ['other.co.uk'])).toEqual({ kind: 'allowed' });
    // Each name right below github.io is somebody's own.
    expect(orderNow(below('github.io'), ['new.github.io'])).toEqual({ kind: 'allowed' });
    expect(orderNow(below('shop.github.io'), ['new.shop.github.io'])).toMatchObject({ limit: 'registered' });
  });

  it('what is itself a public suffix stands for itself', () => {
    const requests = times(40, (n) => requested(DAY, { names: ['co.uk', other(n)] }));
    expect(orderNow(requests, ['co.uk'])).toMatchObject({ limit: 'registered' });
    expect(orderNow(requests, ['org.uk'])).toEqual({ kind: 'allowed' });
  });

  it('a certificate with two names of one registered domain counts once for it', () => {
    const pairs = times(39, (n) => requested(DAY, { names: [`n${n}.shop.example`, `www.n${n}.shop.example`] }));
    expect(orderNow(pairs, ['new.shop.example'])).toEqual({ kind: 'allowed' });
  });

  it('a set is the same in any order of its names, and another with one more', () => {
    const names = ['a.example', 'b.example'];
    const requests = times(4, () => requested(DAY, { names }));
    expect(orderNow(requests, names.toReversed())).toMatchObject({ limit: 'set' });
    expect(orderNow(requests, [...names, 'c.example'])).toEqual({ kind: 'allowed' });
    expect(orderNow(requests, ['a.example'])).toEqual({ kind: 'allowed' });
    const joined = times(4, () => requested(DAY, { names: ['a.exampleb.example'] }));
    expect(orderNow(joined, names)).toEqual({ kind: 'allowed' });
  });

  it.each<[string, CertificateRequest[], string[], string]>([
    [
      'orders',
      times(240, (n) => requested(MINUTE, { names: [other(n)] })),
      ['shop.example'],
      "it asked for 240 certificates of all domains within 3 h, and Let's Encrypt allows few more",
    ],
    [
      'registered',
      times(41, (n) => requested(DAY, { names: [`n${n}.shop.example`] })),
      ['fr.shop.example'],
      "it asked for 41 certificates below shop.example within 7 days, and Let's Encrypt allows few more",
    ],
    [
      'set',
      times(4, () => requested(DAY)),
      ['shop.example'],
      "it asked for 4 certificates for exactly these names within 7 days, and Let's Encrypt allows few more",
    ],
    [
      'set of two',
      times(4, () => requested(DAY, { names: ['a.example', 'b.example'] })),
      ['a.example', 'b.example'],
      "it asked for 4 certificates for exactly these names (2 names) within 7 days, and Let's Encrypt allows few more",
    ],
    [
      'name',
      times(4, (n) => requested(MINUTE, { names: ['shop.example', other(n)] })),
      ['shop.example', 'www.shop.example'],
      "it asked for 4 certificates for this name within 1 h, and Let's Encrypt allows few more",
    ],
  ])('says which: %s', (_, requests, names, why) => {
    expect(orderNow(requests, names)).toMatchObject({ kind: 'limited', why });
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
      // How many like it are requested at once.
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
        const limiter = new IssuanceLimiter(
          admitted.filter(({ at }) => epoch(at) > now - 2 * WEEK),
          now,
        );
        for (let n = 0; n < count; n++) {
          const requestedNames = count === 1 ? names : names.map((name) => `n${n}-${now % 997}.${name}`);
          if (limiter.reserve(requestedNames, order).kind === 'allowed') {
            admitted.push({ at: iso(now), names: requestedNames, order, answer: 'open' });
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

describe('a limit that Let’s Encrypt calls used up', () => {
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
    expect(new IssuanceLimiter([request], NOW).reserve(names, 'new')).toMatchObject({ kind: 'limited', until: UNTIL });
    expect(new IssuanceLimiter([request], NOW + HOUR).reserve(names, 'new')).toEqual({ kind: 'allowed' });
    const other = new IssuanceLimiter([request], NOW).reserve(['a.other.example'], 'new');
    expect(other.kind).toBe(key === 'orders' ? 'limited' : 'allowed');
  });

  it.each([
    ['this exact set of names', `too many certificates (5) already issued for this exact set of identifiers, ${DATE}`],
    ['failures of one name', `too many failed authorizations (5) for "a.shop.example", ${DATE}`],
    ['a domain that was not asked for', `too many certificates already issued for "other.example", ${DATE}`],
    ['no date', 'too many certificates already issued for "shop.example"'],
  ])('concerns no other name: %s', (_, says) => {
    expect(refusedWith(says)).not.toHaveProperty('spent');
  });

  it('is named in words, and a renewal below a registered domain goes on', () => {
    const limiter = new IssuanceLimiter([refusedWith(`already issued for "shop.example", ${DATE}`)], NOW);
    expect(limiter.reserve(['b.shop.example'], 'renewal').kind).toBe('allowed');
    expect(limiter.reserve(['b.shop.example'], 'new')).toMatchObject({
      limit: 'registered',
      why: "Let's Encrypt's limit for certificates below shop.example is used up, also by others, until the date it named",
    });
  });
});
