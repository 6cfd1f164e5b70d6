import { describe, expect, it } from 'vitest';
import type { DomainEvent, DomainEventType } from '../../../lib/core/domain/event.ts';
import type { DomainState } from '../../../lib/core/domain/record.ts';
import type { CertificateVerdict } from '../../../lib/core/probe/certificate-verdict.ts';
import type { DnsVerdict } from '../../../lib/core/probe/dns-verdict.ts';
import { type NewsContext, viewOf, withNews } from '../../../lib/core/report/domain-news.ts';
import { DAY, HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';
import { ago, historyOf, NOW, object, owned, probeOf, SERVER, SHOP, SHOWN, shop, VERDICTS } from '../builders.ts';

const CONTEXT: NewsContext = {
  now: NOW,
  ages: NOW,
  run: 'run',
  last: 0,
  toldUpTo: 0,
  shared: undefined,
  server: SERVER,
};
const OURS: DomainState = { ...owned(), seen: shop };
const ADOPTED: DomainState = { owned: { id: 7, since: ago(30 * DAY), by: 'adopted' }, seen: shop };

/** Ours, and as a probe shows it. */
function shown(dns: DnsVerdict['kind'], certificate?: CertificateVerdict['kind'], more: DomainState = {}): DomainState {
  return { ...OURS, probe: probeOf(dns, certificate), ...more };
}

/** A domain that goes through these states, each so long (ms) after the one before. */
class History {
  state: DomainState;
  now = NOW;
  last = 0;
  toldUpTo = 0;

  constructor(state: DomainState = {}) {
    this.state = state;
  }

  /** The types of the events that this change made. */
  become(state: DomainState, afterMs = MINUTE, context: Partial<NewsContext> = {}): DomainEventType[] {
    this.now += afterMs;
    const { last, now, toldUpTo } = this;
    const after = withNews(SHOP, this.state, state, { ...CONTEXT, last, now, ages: now, toldUpTo, ...context });
    this.state = after.state;
    this.last += after.made;
    return after.made === 0 ? [] : this.events.slice(-after.made).map(({ type }) => type);
  }

  get events(): readonly DomainEvent[] {
    return this.state.events ?? [];
  }

  get reason(): string | undefined {
    return this.events.at(-1)?.reason;
  }
}

const LIVE = shown('pointing', 'valid');
const LOST = shown('elsewhere', 'valid');

/** A domain that was added, and live since long ago. */
function live(): History {
  const history = new History();
  history.become(OURS);
  history.become(LIVE);
  history.now += DAY;
  return history;
}

describe('what there is to tell of a domain', () => {
  it('is that it was added, got its certificate, and is live', () => {
    const history = new History();
    expect(history.become(OURS)).toEqual(['domain.added']);
    expect(history.become(shown('absent', 'none'))).toEqual([]);
    expect(history.become(shown('pointing', 'none'))).toEqual([]);
    expect(history.become(shown('pointing', 'none', { issuance: historyOf(0) }))).toEqual([]);
    expect(history.become(LIVE)).toEqual(['certificate.issued', 'domain.live']);
    expect(history.events.at(-1)).toEqual({
      number: 3,
      run: 'run',
      type: 'domain.live',
      at: iso(NOW + 5 * MINUTE),
      before: { mapping: 'on RunCloud', dns: 'pointing', certificate: 'requested' },
      after: { mapping: 'on RunCloud', dns: 'pointing', certificate: 'valid' },
    });
    expect(history.become(LIVE)).toEqual([]);
  });

  it('is that it is live behind a proxy as well', () => {
    expect(new History(OURS).become(shown('proxied', 'valid'))).toEqual(['certificate.issued', 'domain.live']);
  });

  it('is nothing of what is not ours, and nothing of what was well before anybody was told', () => {
    expect(new History({ seen: shop }).become({ seen: shop, probe: probeOf('pointing', 'valid') })).toEqual([]);
    const known = new History(LIVE);
    expect(known.become({ ...LIVE, goneSince: ago(0) })).toEqual([]);
    expect(known.state.told).toEqual({ live: 'live', dns: 'here', certificate: 'valid' });
    expect(known.become(shown('pointing', 'expired'))).toEqual(['domain.not-live']);
  });

  it('is that it was adopted, and neither that it is live nor that its certificate was issued', () => {
    const history = new History({ seen: shop });
    expect(history.become(ADOPTED)).toEqual(['domain.added']);
    expect(history.events[0]?.before).toEqual({ mapping: 'on RunCloud', dns: 'unknown', certificate: 'unknown' });
    expect(history.reason).toBe('It was on RunCloud already, and was adopted.');
    expect(history.become({ ...ADOPTED, probe: probeOf('pointing', 'valid') })).toEqual([]);
    expect(history.state.told).toMatchObject({ live: 'live' });
    expect(history.become({ ...ADOPTED, probe: probeOf('pointing', 'expiring') })).toEqual(['certificate.expiring']);
    expect(history.become({ ...ADOPTED, probe: probeOf('pointing', 'valid') })).toEqual(['certificate.issued']);
  });

  it('is that an adopted domain is live, or not any more, once it was seen to be otherwise', () => {
    const found = (dns: 'pointing' | 'elsewhere'): History => {
      const history = new History({ seen: shop });
      expect(history.become({ ...ADOPTED, probe: probeOf(dns, 'valid') })).toEqual(['domain.added']);
      return history;
    };
    expect(found('elsewhere').become({ ...ADOPTED, probe: probeOf('pointing', 'valid') })).toEqual(['domain.live']);
    expect(found('pointing').become({ ...ADOPTED, probe: probeOf('elsewhere', 'valid') })).toEqual([
      'dns.lost',
      'domain.not-live',
    ]);
  });

  it('is the certificate of an adopted domain that was seen to lack one', () => {
    const history = new History({ seen: shop, probe: probeOf('absent', 'none') });
    history.become({ ...ADOPTED, probe: probeOf('absent', 'none') });
    expect(history.events[0]).toMatchObject({ before: { certificate: 'none' }, after: { certificate: 'waiting' } });
    expect(history.become({ ...ADOPTED, probe: probeOf('absent', 'valid') })).toEqual(['certificate.issued']);
    expect(history.become({ ...ADOPTED, probe: probeOf('absent', 'expired') })).toEqual([]);
    expect(history.become({ ...ADOPTED, probe: probeOf('absent', 'expired') }, DAY)).toEqual([]);
    expect(history.become({ ...ADOPTED, probe: probeOf('absent', 'valid') })).toEqual(['certificate.issued']);
    expect(history.events.at(-1)).not.toHaveProperty('reason');
  });

  it('is its removal, and whose it was', () => {
    const history = live();
    expect(history.become({ removedAt: iso(history.now) })).toEqual(['domain.removed']);
    expect(history.reason).toBe('This service removed it.');
    expect(history.state.told).toBeUndefined();
    expect(history.events.at(-1)).toMatchObject({ after: { mapping: 'not on RunCloud' } });
    expect(history.events.at(-1)).not.toHaveProperty('whatToDo');
    const byHand = live();
    const { seen: _, ...gone } = { ...LIVE, removedAt: ago(DAY) };
    byHand.become({ ...LIVE, removedAt: ago(DAY) });
    expect(byHand.become(gone)).toEqual(['domain.removed']);
    expect(byHand.reason).toMatch(/^RunCloud does not have it any more, or has another of its name\./);
    expect(byHand.events.at(-1)?.whatToDo).toBe('Nothing: while the network maps it, the next run adds it again.');
    expect(byHand.become(LIVE)).toEqual(['domain.added', 'certificate.issued', 'domain.live']);
    expect(byHand.events.at(-3)).not.toHaveProperty('reason');
    const remade = live();
    expect(remade.become({ ...LIVE, seen: object('shop.example', { id: 8 }) })).toEqual(['domain.removed']);
  });

  it('is nothing while RunCloud’s list may be too late to show what was just added', () => {
    const added: DomainState = { owned: { id: 7, since: iso(NOW), by: 'added' } };
    const history = new History();
    history.become({ ...added, seen: shop });
    expect(history.become({ ...added, goneSince: iso(NOW) })).toEqual([]);
    expect(history.become({ ...added, goneSince: iso(NOW) }, 14 * MINUTE)).toEqual(['domain.removed']);
    const apart: DomainState = { ownedWww: { id: 8, since: iso(NOW), by: 'added' } };
    expect(new History().become(apart)).toEqual([]);
  });

  it('changes nothing where nobody could be asked', () => {
    const history = live();
    expect(history.become(OURS)).toEqual([]);
    expect(
      history.become({ ...OURS, probe: { at: ago(0), dns: { verdict: VERDICTS.pointing, since: ago(0) } } }),
    ).toEqual([]);
    const { certificate } = probeOf('pointing', 'valid');
    expect(history.become({ ...OURS, probe: { at: ago(0), ...(certificate && { certificate }) } })).toEqual([]);
    expect(history.become(LIVE)).toEqual([]);
    const fresh = new History(OURS);
    expect(fresh.become({ ...OURS, probe: { at: ago(0), ...(certificate && { certificate }) } })).toEqual([
      'certificate.issued',
    ]);
  });

  it('is DNS that left and came back, with what the customer has to do', () => {
    const history = live();
    expect(history.become(LOST)).toEqual(['dns.lost', 'domain.not-live']);
    expect(history.events.at(-1)).toMatchObject({
      reason: 'shop.example points to 198.51.100.7, and the server is 203.0.113.10.',
      whatToDo: 'Set A shop.example → 203.0.113.10, and no other address.',
    });
    expect(history.become(LOST)).toEqual([]);
    expect(history.become(LIVE)).toEqual(['dns.restored', 'domain.live']);
  });

  it('is no loss of DNS where it never pointed here', () => {
    const history = new History();
    history.become(OURS);
    expect(history.become(shown('absent', 'none'))).toEqual([]);
    expect(history.become(shown('elsewhere', 'none'))).toEqual([]);
  });
});

describe('why a domain is not live any more', () => {
  it.each([
    ['expired', 'shop.example points here, and its certificate has expired.'],
    ['other-name', 'shop.example points here, and the server shows a certificate of other names.'],
    ['untrusted', 'shop.example points here, and its certificate is not trusted.'],
    ['none', 'shop.example points here, and the server shows no certificate.'],
  ] as const)('is told by the kind of its certificate alone: %s', (kind, reason) => {
    const history = live();
    expect(history.become(shown('pointing', kind))).toEqual(['domain.not-live']);
    expect(history.reason).toBe(reason);
    expect(history.events.at(-1)?.whatToDo).toBe('{"action":"verify","domain":"shop.example"} says more.');
  });

  it('is told of a CAA record without repeating it, since one may name an account', () => {
    const history = live();
    expect(history.become(shown('blocked', 'expired'))).toEqual(['domain.not-live']);
    expect(history.reason).toBe('shop.example points here, and its certificate has expired.');
  });

  it('is told by the www. name where RunCloud serves that by itself', () => {
    const alone = object('www.shop.example');
    const www = (kind: DnsVerdict['kind']): DomainState => ({
      ...owned(),
      seen: alone,
      probe: probeOf('elsewhere', 'valid', { servedAs: 'www', www: { verdict: VERDICTS[kind], since: ago(0) } }),
    });
    const history = new History();
    history.become(www('pointing'));
    history.now += DAY;
    expect(history.become(www('elsewhere'))).toEqual(['dns.lost', 'domain.not-live']);
    expect(history.reason).toMatch(/^www\.shop\.example points to/);
  });

  it('is left out where the server’s address is not known, or DNS could not be asked', () => {
    const history = live();
    history.become(LOST, MINUTE, { server: undefined });
    expect(history.events.at(-1)).not.toHaveProperty('reason');
    const half = live();
    half.become({ ...LOST, seen: object('shop.example', { www: true }), probe: probeOf('absent', 'valid') });
    expect(half.reason).toMatch(/does not resolve/);
    const unasked = live();
    unasked.become({ ...LIVE, probe: probeOf('pointing', 'expired', { dnsUnasked: 'no answer' }) });
    expect(unasked.reason).toBe('shop.example points here, and its certificate has expired.');
    const proxied = live();
    proxied.become({ ...LIVE, seen: object('shop.example', { www: true }), probe: probeOf('disagreed', undefined) });
    expect(proxied.reason).toMatch(/^shop\.example resolves differently/);
  });
});

describe('DNS that comes and goes', () => {
  it('is told once, lost and restored, and then summed up when it has rested for an hour', () => {
    const history = live();
    expect(history.become(LOST)).toEqual(['dns.lost', 'domain.not-live']);
    expect(history.become(LIVE, 10 * MINUTE)).toEqual(['dns.restored', 'domain.live']);
    for (let time = 0; time < 3; time++) {
      expect(history.become(LOST, 10 * MINUTE)).toEqual([]);
      expect(history.become(LIVE, 10 * MINUTE)).toEqual([]);
    }
    expect(history.become(LIVE, 59 * MINUTE)).toEqual([]);
    expect(history.become(LIVE)).toEqual(['dns.restored', 'domain.live']);
    expect(history.reason).toMatch(/^It changed 6 times since 2026-[^ ]+Z\.$/);
    expect(history.state.told).not.toHaveProperty('unrest');
    expect(history.become(LIVE, 2 * HOUR)).toEqual([]);
  });

  it('is summed up with the reason, where it ends away', () => {
    const history = live();
    history.become(LOST);
    history.become(LIVE);
    history.become(LOST);
    expect(history.become(LOST, HOUR)).toEqual(['dns.lost', 'domain.not-live']);
    expect(history.reason).toMatch(/^It changed 1 time since \S+ shop\.example points to 198\.51\.100\.7/);
  });

  it('is summed up once a day where it never rests', () => {
    const history = live();
    history.become(LOST);
    history.become(LIVE);
    const told: DomainEventType[] = [];
    for (let half = 1; half <= 99; half++) told.push(...history.become(half % 2 ? LOST : LIVE, 30 * MINUTE));
    expect(told.filter((type) => type.startsWith('dns.'))).toEqual(['dns.lost', 'dns.lost']);
    expect(history.state.told?.unrest).toBeDefined();
  });

  it('is not summed up once more where it rests from that moment on', () => {
    const history = live();
    history.become(LOST);
    history.become(LIVE);
    let half = 0;
    while (history.become(half % 2 ? LIVE : LOST, 30 * MINUTE).length === 0) half += 1;
    expect(history.become(half % 2 ? LIVE : LOST, HOUR)).toEqual([]);
    expect(history.state.told).not.toHaveProperty('unrest');
  });

  it('is told at once within the hour of going live, and once it is back', () => {
    const history = new History(OURS);
    expect(history.become(LIVE)).toEqual(['certificate.issued', 'domain.live']);
    expect(history.become(LOST, 10 * MINUTE)).toEqual(['dns.lost', 'domain.not-live']);
    expect(history.become(LIVE, 10 * MINUTE)).toEqual(['dns.restored', 'domain.live']);
  });

  it('is summed up also where the last time is hours ago, and told at once where it is a day ago', () => {
    const history = live();
    expect(history.become(LOST, 3 * HOUR)).toEqual(['dns.lost', 'domain.not-live']);
    expect(history.become(LIVE, 3 * HOUR)).toEqual(['dns.restored', 'domain.live']);
    expect(history.become(LOST, 3 * HOUR)).toEqual([]);
    expect(history.become(LOST, HOUR)).toEqual(['dns.lost', 'domain.not-live']);
    expect(history.become(LIVE, DAY)).toEqual(['dns.restored', 'domain.live']);
    expect(history.become(LOST, DAY)).toEqual(['dns.lost', 'domain.not-live']);
  });
});

describe('a certificate that is requested in vain', () => {
  const failing = (attempts: number): DomainState => shown('pointing', 'none', { issuance: historyOf(HOUR, attempts) });

  it('is told once, and again once a week with the number of requests', () => {
    const history = new History(OURS);
    const told: DomainEventType[] = [];
    for (let day = 1; day <= 15; day++) {
      told.push(...history.become(failing(day), DAY / 2));
      told.push(...history.become({ ...failing(day), issuance: historyOf(-day * DAY, day) }, DAY / 2));
    }
    expect(told).toEqual(['certificate.failed', 'certificate.failed', 'certificate.failed']);
    expect(history.reason).toBe('15 requests brought no valid certificate.');
    expect(history.events.at(-1)?.whatToDo).toBe(
      '{"action":"verify","domain":"shop.example"} says why. The service tries again by itself.',
    );
    expect(history.become(LIVE)).toEqual(['certificate.issued', 'domain.live']);
    expect(history.events.at(-2)?.reason).toBe('It took 15 requests.');
  });

  it('is told again a week after it was told, whatever else was told meanwhile', () => {
    const history = new History(OURS);
    expect(history.become(failing(1))).toEqual(['certificate.failed']);
    expect(history.become({ ...failing(2), probe: probeOf('elsewhere', 'none') }, 6 * DAY)).toEqual(['dns.lost']);
    expect(history.become({ ...failing(2), probe: probeOf('elsewhere', 'none') }, DAY)).toEqual(['certificate.failed']);
  });

  it('is told again by no memory of the first time', () => {
    expect(new History(failing(1)).become(failing(2), 30 * DAY)).toEqual([]);
  });

  it('is that of all names, where they share one', () => {
    const state = shown('pointing', 'none');
    const shared = historyOf(HOUR, 2);
    const history = new History(OURS);
    expect(history.become(state, 0, { shared })).toEqual(['certificate.failed']);
    expect(history.reason).toBe('2 requests brought no valid certificate.');
    expect(viewOf(state, { now: NOW, shared }).certificate).toBe('failed');
    expect(history.become(LIVE, 0, { shared })).toEqual(['certificate.issued', 'domain.live']);
  });
});

describe('a certificate', () => {
  it('that should have been renewed is told once, also where it runs out while nobody looks', () => {
    const history = live();
    const left = (SHOWN.valid.expiringFrom as string) > iso(history.now) ? 31 * DAY : 0;
    expect(history.become(LIVE, left)).toEqual(['certificate.expiring']);
    expect(history.events.at(-1)).toMatchObject({
      reason: 'Its certificate should have been renewed by now.',
      whatToDo:
        'Nothing while the service renews it. {"action":"verify","domain":"shop.example"} says what it waits for.',
    });
    expect(history.become(LIVE)).toEqual([]);
    expect(history.become(LIVE, 40 * DAY)).toEqual(['domain.not-live']);
  });
});

describe('a certificate that comes and goes', () => {
  it('is told as issued once a day at most', () => {
    const history = new History(OURS);
    const told: DomainEventType[] = [];
    for (let half = 0; half < 2 * 24 * 6; half++)
      told.push(...history.become(half % 2 ? shown('pointing', 'other-name') : LIVE, 10 * MINUTE));
    expect(told.filter((type) => type === 'certificate.issued')).toHaveLength(2);
  });
});

describe('the events of a domain', () => {
  it('are the last twenty of 90 days by a clock that is believed, and as many as nobody was told of', () => {
    const history = live();
    for (let time = 0; time < 20; time++) {
      history.become(LOST, 13 * HOUR);
      history.become(LIVE, 13 * HOUR);
    }
    expect(history.events).toHaveLength(3 + 20 * 4);
    history.toldUpTo = history.last - 30;
    history.become(LIVE);
    expect(history.events).toHaveLength(30);
    history.toldUpTo = history.last;
    history.become(LIVE);
    expect(history.events).toHaveLength(20);
    history.become(LIVE, 88 * DAY);
    expect(history.events.map(({ type }) => type)).toContain('dns.lost');
    history.toldUpTo = history.last;
    history.become(LIVE, 91 * DAY, { ages: 0 });
    expect(history.events).not.toEqual([]);
    history.become(LIVE);
    expect(history.events).toEqual([]);
    expect(history.state).not.toHaveProperty('events');
  });

  it('are bounded also while nobody takes them for weeks', () => {
    const history = live();
    for (let time = 0; time < 60; time++) {
      history.become(LOST, 13 * HOUR);
      history.become(LIVE, 13 * HOUR);
    }
    expect(history.events).toHaveLength(100);
  });

  it('do not depend on what the state says that a transition returned', () => {
    const history = live();
    const { events } = history.state;
    expect(history.become({ ...LOST, events: [], told: { live: 'not live' } })).toEqual([
      'dns.lost',
      'domain.not-live',
    ]);
    expect(history.events.slice(0, -2)).toEqual(events);
  });
});
