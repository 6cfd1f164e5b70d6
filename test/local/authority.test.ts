import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, iso, MINUTE, SECOND } from '../../lib/core/values/time.ts';
import { StandInAuthority } from '../../local/stand-in/authority.ts';
import { StandInDns } from '../../local/stand-in/dns.ts';
import { simulatedClock } from '../support/clock.ts';
import { runsOf } from '../support/property-runs.ts';

const HERE = '203.0.113.10';
const HERE_6 = '2001:db8::10';

function create(lifetimeMs?: number) {
  const clock = simulatedClock();
  const dns = new StandInDns();
  const authority = new StandInAuthority({
    clock,
    dns,
    addresses: [HERE, HERE_6],
    ...(lifetimeMs !== undefined && { lifetimeMs }),
  });
  /** Names that point here. */
  const names = (count: number, below = 'example') => {
    const made = Array.from({ length: count }, (_, index) => `shop-${index}.${below}`);
    for (const name of made) dns.point(name, HERE);
    return made;
  };
  return { clock, dns, authority, names };
}

/** The end of a limit, as its refusal tells it (ms since 1970). */
function endOf(answer: { readonly why?: string }): number {
  const [, date] = /retry after (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC/.exec(answer.why ?? '') ?? [];
  if (!date) throw new Error(`no date in ${answer.why}`);
  return Date.parse(`${date.replace(' ', 'T')}Z`);
}

describe('the stand-in for the authority', () => {
  it('issues for names that point to the server, for 90 days or what was chosen', () => {
    const { clock, authority, names } = create();
    const now = clock.now();
    const [a = '', b = ''] = names(2);
    expect(authority.order([b, a, a], 'server')).toEqual({
      kind: 'issued',
      names: [a, b],
      notBefore: now,
      notAfter: now + 90 * DAY,
    });
    const short = create(7 * DAY);
    expect(short.authority.order(short.names(1), 'server')).toMatchObject({ notAfter: now + 7 * DAY });
  });

  it.each<[string, string[], RegExp]>([
    ['no address', [], /NXDOMAIN looking up A for shop\.example/],
    ['another address', ['192.0.2.1'], /^192\.0\.2\.1: Invalid response/],
    ['another address besides', [HERE, '192.0.2.1'], /^192\.0\.2\.1: Invalid response/],
    ['an IPv6 address elsewhere', [HERE, '2001:db8::bad'], /^\[2001:db8::bad\]: Invalid response/],
  ])('refuses a certificate where one of its names has %s', (_, addresses, why) => {
    const { dns, authority, names } = create();
    dns.point('shop.example', ...addresses);
    expect(authority.order([...names(3), 'shop.example'], 'server')).toEqual({
      kind: 'refused',
      why: expect.stringMatching(why),
    });
    dns.point('shop.example', HERE, HERE_6);
    expect(authority.order(['shop.example'], 'server')).toMatchObject({ kind: 'issued' });
  });

  it.each([
    [[{ isCritical: false, tag: 'issue', value: 'letsencrypt.org; validationmethods=http-01' }], 'issued'],
    [[{ isCritical: false, tag: 'iodef', value: 'mailto:a@b.example' }], 'issued'],
    [[{ isCritical: false, tag: 'issue', value: ';' }], 'refused'],
    [[{ isCritical: false, tag: 'issue', value: 'other-ca.example' }], 'refused'],
    [[{ isCritical: true, tag: 'new-thing', value: '' }], 'refused'],
  ])('with CAA records %j: %s', (caa, kind) => {
    const { dns, authority } = create();
    dns.set('example', { caa });
    dns.point('shop.example', HERE);
    expect(authority.order(['shop.example'], 'server').kind).toBe(kind);
  });

  it('takes no more than 100 names', () => {
    const { authority, names } = create();
    expect(authority.order(names(101), 'server')).toMatchObject({ why: expect.stringContaining('more than 100') });
    expect(authority.order(names(100), 'server')).toMatchObject({ kind: 'issued' });
  });

  it('issues five times for the same set, whoever asks, and tells until when not again', () => {
    const { clock, authority, names } = create();
    const set = names(2);
    for (let index = 0; index < 5; index++) {
      expect(authority.order(set, `server-${index}`)).toMatchObject({ kind: 'issued' });
    }
    const answer = authority.order([...set].reverse(), 'server');
    expect(answer).toMatchObject({
      kind: 'refused',
      why: expect.stringMatching(
        /too many certificates \(5\) already issued for this exact set of identifiers in the last 168h0m0s, retry after /,
      ),
    });
    const end = endOf(answer as { why: string });
    // One of five comes back in a fifth of a week.
    expect(iso(end)).toBe(iso(clock.now() + (7 * DAY) / 5));
    clock.advance(end - clock.now() - SECOND);
    expect(authority.order(set, 'server')).toMatchObject({ kind: 'refused' });
    clock.advance(SECOND);
    expect(authority.order(set, 'server')).toMatchObject({ kind: 'issued' });
  });

  it('issues 50 certificates for one registered domain, and lets renewals through', () => {
    const { authority, names } = create();
    const subdomains = names(51, 'network.co.uk');
    for (const name of subdomains.slice(0, 50)) expect(authority.order([name], name)).toMatchObject({ kind: 'issued' });
    expect(authority.order(subdomains.slice(50), 'another')).toMatchObject({
      why: expect.stringMatching(/too many certificates \(50\) already issued for "network\.co\.uk"/),
    });
    expect(authority.order(subdomains.slice(0, 1), 'server')).toMatchObject({ kind: 'issued' });
  });

  it('takes 300 orders of one account in three hours', () => {
    const { clock, authority } = create();
    for (let index = 0; index < 300; index++) authority.order([`shop-${index}.example`], 'server');
    const answer = authority.order(['one-more.example'], 'server');
    expect(answer).toMatchObject({ why: expect.stringMatching(/too many new orders \(300\) from this account/) });
    expect(endOf(answer as { why: string }) - clock.now()).toBe(36 * SECOND);
  });

  it('takes no order with a name that failed five times within an hour, not even when it points here by then', () => {
    const { clock, dns, authority } = create();
    for (let index = 0; index < 5; index++) authority.order(['shop.example'], 'server');
    dns.point('shop.example', HERE);
    const answer = authority.order(['shop.example'], 'server');
    expect(answer).toMatchObject({
      why: expect.stringMatching(/too many failed authorizations \(5\) for "shop\.example" in the last 1h0m0s/),
    });
    expect(endOf(answer as { why: string }) - clock.now()).toBe(HOUR / 5);
    expect(authority.order(['shop.example'], 'another account')).toMatchObject({ kind: 'issued' });
    clock.advance(12 * MINUTE);
    expect(authority.order(['shop.example'], 'server')).toMatchObject({ kind: 'issued' });
  });

  it('never issues more for one set than its bucket holds, however the orders fall', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2 * DAY }), { maxLength: 60 }), (pauses) => {
        const { clock, authority, names } = create();
        const set = names(1);
        const times: number[] = [];
        for (const pause of pauses) {
          clock.advance(pause);
          if (authority.order(set, 'server').kind === 'issued') times.push(clock.now());
        }
        for (const [index, from] of times.entries()) {
          const within = times.slice(index).filter((time) => time <= from + 7 * DAY).length;
          expect(within).toBeLessThanOrEqual(5 + 5);
        }
        expect(authority.orders).toHaveLength(pauses.length);
        expect(authority.issued).toHaveLength(times.length);
      }),
      runsOf('certificate limits'),
    );
  });
});
