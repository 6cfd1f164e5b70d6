import { describe, expect, it } from 'vitest';
import {
  afterForeign,
  afterInBetween,
  afterRequest,
  afterSuccess,
  afterUnread,
  type IssuanceHistory,
  nextAttemptAt,
  obstacleEnd,
  recentRequests,
} from '../../../lib/core/certificates/requests.ts';
import { DAY, HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';
import { ago, historyOf, NOW, requested } from '../builders.ts';

const WEEK = 7 * DAY;

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

  it('RunCloud’s answer is kept, until the next answer', () => {
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
      'as it is written today',
      'retry after 2025-09-18 09:13:16 UTC: see https://letsencrypt.org',
      '2025-09-18T09:13:16.000Z',
    ],
    ['as it was written before', 'too many, retry after 2024-08-04T20:39:07Z', '2024-08-04T20:39:07.000Z'],
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

describe('the name that a refusal blames', () => {
  const names = ['network.example', 'r3--shop.example.net', 'shop.example', 'www.shop.example'];
  const CHALLENGE = '/.well-known/acme-challenge/6xYk';
  const blamed = (says: string, ...others: string[]) =>
    afterRequest(undefined, requested(0, { names: [...names, ...others], answer: 'refused' }), says).blamed;

  it.each([
    ['Cannot issue for "r3--shop.example.net": Domain name contains an invalid label', 'r3--shop.example.net'],
    ['DNS problem: NXDOMAIN looking up A for www.shop.example - check that it exists', 'www.shop.example'],
    ['CAA record for Shop.Example. prevents issuance', 'shop.example'],
    ['too many failed authorizations (5) for "shop.example" in the last 1h0m0s', 'shop.example'],
    ['SHOP.EXAMPLE: no, shop.example: no', 'shop.example'],
    ['status 422: shop.example: Timeout during connect', 'shop.example'],
    ['Some challenges have failed; "shop.example":Verify error', 'shop.example'],
    ['DNS problem: query timed out looking up AAAA for shop.example', 'shop.example'],
    ['DNS problem: SERVFAIL looking up CAA for shop.example', 'shop.example'],
    ['no valid A records found for shop.example; no valid AAAA records found for shop.example', 'shop.example'],
    ['No valid IP addresses found for shop.example', 'shop.example'],
    ['Incorrect validation certificate for tls-alpn-01 challenge for shop.example', 'shop.example'],
    ['203.0.113.10: Incorrect validation certificate for tls-alpn-01 challenge for shop.example', 'shop.example'],
    // As lego and certbot tell of it, where the challenge was redirected to another name of the application.
    [
      `error: one or more domains had a problem:\n[shop.example] acme: error: 400 :: urn:ietf:params:acme:error:connection :: 203.0.113.9: Fetching http://network.example${CHALLENGE}: Timeout`,
      'shop.example',
    ],
    [
      `Certbot failed to authenticate some domains.\n  Domain: shop.example\n  Type:   unauthorized\n  Detail: 203.0.113.9: Invalid response from http://network.example${CHALLENGE}: 404`,
      'shop.example',
    ],
    [
      `Failed authorization procedure. shop.example (http-01): urn:ietf:params:acme:error:connection :: Fetching http://network.example${CHALLENGE}: Timeout`,
      'shop.example',
    ],
    [
      '[shop.example] acme: error: 400 :: urn:ietf:params:acme:error:dns :: DNS problem: NXDOMAIN looking up A for network.example',
      'shop.example',
    ],
    [`shop.example:Verify error:Fetching https://network.example${CHALLENGE}: Timeout`, 'shop.example'],
    ['While processing CAA for www.shop.example: CAA record for shop.example prevents issuance', 'www.shop.example'],
    ['processing CAA for "shop.example"', 'shop.example'],
  ])('%s', (says, name) => {
    expect(blamed(says)).toEqual([{ name, at: ago(0), says }]);
  });

  it.each([
    ['it names none', 'The certificate could not be installed.'],
    ['it names several', 'shop.example and www.shop.example do not resolve'],
    ['the name is part of another', 'DNS problem: looking up A for my-shop.example, eu.shop.example, shop.example.net'],
    [
      'it is a limit of all below a registered domain',
      'too many certificates (50) already issued for "network.example"',
    ],
    ['it is a limit of the account', 'too many new orders (300) from this account, network.example'],
    ['it says nothing', ''],
    [
      'a redirect led there',
      '203.0.113.10: Invalid response from https://network.example/.well-known/acme-challenge/x: 404',
    ],
    ['a redirect may have led there', `203.0.113.10: Invalid response from http://shop.example${CHALLENGE}: 404`],
    ['a redirect may have led there, by its port', `Invalid response from http://shop.example:80${CHALLENGE}: 404`],
    [
      'a redirect led to what has no address',
      `203.0.113.10: Fetching http://shop.example${CHALLENGE}: no valid A records found for shop.example`,
    ],
    ['something was reached before', '203.0.113.10: DNS problem: NXDOMAIN looking up A for shop.example'],
    ['the same by IPv6', '[2001:db8::1]: DNS problem: NXDOMAIN looking up A for shop.example'],
    ['it is another address', 'Invalid response from http://shop.example/login: 200'],
    [
      'a client names several',
      '[shop.example] acme: error: 400 :: Timeout\n[www.shop.example] acme: error: 400 :: Timeout',
    ],
    [
      'a client names one that was not asked for',
      '[other.example] acme: error: 400 :: DNS problem: NXDOMAIN looking up A for shop.example',
    ],
    ['it is the application’s domain', 'Domain: network.example could not be redeployed'],
    ['it is the application’s name', 'Another SSL request of web application network.example is in progress'],
    ['it is something else that is missing', 'status 422: Unable to resolve network.example.'],
    ['it is where something listens', 'status 502: shop.example:443 did not answer'],
    ['it is in the middle of a sentence', 'The request of network.example: failed'],
    ['two sentences, two names', 'looking up A for shop.example. looking up A for www.shop.example'],
  ])('nobody knows which one it was: %s', (_, says) => {
    expect(blamed(says)).toBeUndefined();
  });

  it('a request for one name blames none: there is no rest', () => {
    expect(
      afterRequest(undefined, requested(0, { answer: 'refused' }), 'Cannot issue for "shop.example"'),
    ).not.toHaveProperty('blamed');
  });

  it('stands until a certificate holds that name', () => {
    const ofAll = requested(HOUR, { names, answer: 'refused' });
    const before = afterRequest(undefined, ofAll, 'Cannot issue for "shop.example"');
    expect(before.blamed).toHaveLength(1);
    const rest = afterRequest(before, requested(0, { names: ['network.example', 'r3--shop.example.net'] }), undefined);
    expect(rest.blamed).toEqual(before.blamed);
    expect(afterSuccess(rest, NOW)).toEqual({ requests: rest.requests, attempts: 0, blamed: before.blamed });
    // Of the week nothing is left, but the name would spoil the next certificate all the same.
    expect(afterSuccess(rest, NOW + WEEK)).toEqual({ requests: [], attempts: 0, blamed: before.blamed });
    const mended = afterRequest(before, requested(0, { names }), undefined);
    expect(afterSuccess(mended, NOW)).toEqual({ requests: mended.requests, attempts: 0 });
    // The same names, and nothing but the blame to forget.
    expect(afterSuccess({ ...mended, attempts: 0 }, NOW)).toEqual({ requests: mended.requests, attempts: 0 });
  });

  it('is no news where it stands', () => {
    const settled = { requests: [requested(0)], attempts: 0, blamed: [{ name: 'b.example', at: ago(0), says: 'no' }] };
    expect(afterSuccess(settled, NOW)).toBe(settled);
    const long = { ...settled, requests: [] };
    expect(afterSuccess(long, NOW)).toBe(long);
  });

  it('the same name stands once, as last refused; of many the last twenty', () => {
    const before = afterRequest(
      undefined,
      requested(HOUR, { names, answer: 'refused' }),
      'Cannot issue for "shop.example"',
    );
    const again = afterRequest(before, requested(0, { names, answer: 'refused' }), 'cannot issue for shop.example');
    expect(again.blamed).toEqual([{ name: 'shop.example', at: ago(0), says: 'cannot issue for shop.example' }]);
    const many = Array.from({ length: 21 }, (_, n) => `n${n}.example`);
    const all = many.reduce<IssuanceHistory | undefined>(
      (history, name) =>
        afterRequest(history, requested(0, { names: many, answer: 'refused' }), `cannot issue for ${name}`),
      undefined,
    );
    expect(all?.blamed?.map(({ name }) => name)).toEqual(many.slice(1));
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
    const before = historyOf(DAY, 2);
    const second = afterUnread({ ...before, ...first, requests: before.requests, attempts: 2 }, 'status 403', NOW);
    expect(second).toMatchObject({ ...before, obstacle: { times: 2, why: 'status 403' } });
    const ends = [first, second].map(({ obstacle }) => obstacle && obstacleEnd(obstacle));
    expect(ends).toEqual([NOW + MINUTE, NOW + 2 * MINUTE]);
  });

  it('that the certificate is not of Let’s Encrypt is asked about again a day later', () => {
    const before = afterForeign(historyOf(DAY, 2), 'custom', NOW);
    expect(before).toEqual({ ...historyOf(DAY, 2), obstacle: { kind: 'foreign', at: iso(NOW), method: 'custom' } });
    expect(before.obstacle && obstacleEnd(before.obstacle)).toBe(NOW + DAY);
    expect(afterUnread(before, 'status 500', NOW).obstacle).toMatchObject({ kind: 'unread', times: 1 });
    expect(afterForeign(undefined, 'custom', NOW)).toMatchObject({ requests: [], attempts: 0 });
  });

  it('that something in between answered leaves four requests an hour at most, and counts apart from the others', () => {
    const histories: IssuanceHistory[] = [];
    for (let count = 1; count <= 8; count++) histories.push(afterInBetween(histories.at(-1), `page ${count}`, NOW));
    expect(histories[1]).toEqual({
      requests: [],
      attempts: 0,
      obstacle: { kind: 'in-between', at: iso(NOW), times: 2, why: 'page 2' },
    });
    const pauses = histories.map(({ obstacle }) => obstacle && (obstacleEnd(obstacle) - NOW) / MINUTE);
    expect(pauses).toEqual([15, 15, 15, 15, 16, 32, 60, 60]);
    expect(afterUnread(histories[7], 'status 500', NOW).obstacle).toMatchObject({ kind: 'unread', times: 1 });
    expect(afterInBetween(historyOf(DAY, 2), 'a page', NOW)).toMatchObject(historyOf(DAY, 2));
  });

  it('is over with the next request, and with a valid certificate', () => {
    const before = afterUnread(historyOf(DAY, 0), 'status 500', NOW);
    expect(afterRequest(before, requested(0), undefined)).not.toHaveProperty('obstacle');
    expect(afterSuccess(before, NOW)).toEqual(historyOf(DAY, 0));
  });
});

describe('afterSuccess', () => {
  it('ends the count and RunCloud’s answer, and keeps the requests of the week', () => {
    const young = requested(WEEK - 1);
    const before = { requests: [requested(WEEK), young], attempts: 3, says: 'no', notBefore: ago(-HOUR) };
    expect(afterSuccess(before, NOW)).toEqual({ requests: [young], attempts: 0 });
  });

  it('where nothing of the week is left there is nothing to remember', () => {
    expect(afterSuccess({ requests: [requested(WEEK)], attempts: 3 }, NOW)).toBeUndefined();
  });

  it('gives the very same object where it is no news', () => {
    const before = historyOf(DAY, 0);
    expect(afterSuccess(before, NOW)).toBe(before);
    expect(afterSuccess(historyOf(DAY, 1), NOW)).toEqual(before);
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
    expect(nextAttemptAt(historyOf(HOUR, attempts))).toBe(NOW - HOUR + pause);
  });

  it('it is the last request that counts', () => {
    expect(nextAttemptAt({ requests: [requested(DAY), requested(0)], attempts: 2 })).toBe(NOW + 100 * MINUTE);
  });

  it('at once where the last one came, or none is known', () => {
    expect(nextAttemptAt(historyOf(0, 0))).toBe(0);
    expect(nextAttemptAt({ requests: [], attempts: 1 })).toBe(0);
  });

  it('not before the date that Let’s Encrypt named, and not before the pause is over', () => {
    expect(nextAttemptAt(historyOf(0, 1, { notBefore: ago(-HOUR) }))).toBe(NOW + HOUR);
    expect(nextAttemptAt(historyOf(0, 3, { notBefore: ago(-HOUR) }))).toBe(NOW + DAY);
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

describe('what RunCloud answered', () => {
  it('is no text at all where it accepted the request or did not answer', () => {
    expect(Object.keys(afterRequest(undefined, requested(0), undefined))).toEqual(['requests', 'attempts']);
  });

  it.each(['4shop2.example', 'my-shop.example'])('may name a registered domain such as %s', (domain) => {
    const says = `too many certificates (50) already issued for "${domain}", retry after 2026-11-25 08:00:00 UTC`;
    const { requests } = afterRequest(undefined, requested(0, { names: [`a.${domain}`] }), says);
    expect(requests).toMatchObject([{ spent: { key: `registered ${domain}`, until: '2026-11-25T08:00:00.000Z' } }]);
  });
});
