import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isProbeDue } from '../../../lib/core/certificates/next-probe.ts';
import { type IssuanceHistory, nextAttemptAt } from '../../../lib/core/certificates/requests.ts';
import type { ProbeState } from '../../../lib/core/probe/result.ts';
import { DAY, HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';
import { ago, historyOf, NOW, probeOf, SHOWN, VERDICTS } from '../builders.ts';

describe('isProbeDue', () => {
  const since = (ms: number) => ({ verdict: VERDICTS.absent, since: ago(ms) });
  /** Probed `at` ms ago; the last change was `changed` ms ago. */
  const probed = (at: number, changed: number, more: Partial<ProbeState> = {}): ProbeState => {
    return { at: ago(at), dns: since(changed), ...more };
  };

  it.each<[string, boolean, ProbeState | undefined]>([
    ['never probed', true, undefined],
    ['changed within a day: every run', true, probed(0, DAY - 1)],
    ['changed a day ago: not before 30 min are over', false, probed(30 * MINUTE - 1, DAY)],
    ['changed a day ago: after 30 min', true, probed(30 * MINUTE, DAY)],
    ['changed within a week: after 30 min', true, probed(30 * MINUTE, 7 * DAY - 1)],
    ['changed a week ago: not before 6 h are over', false, probed(6 * HOUR - 1, 7 * DAY)],
    ['changed a week ago: after 6 h', true, probed(6 * HOUR, 7 * DAY)],
    ['`www.` changed within a day', true, probed(0, 9 * DAY, { www: since(DAY - 1) })],
    ['`www.` changed long before', true, probed(0, DAY - 1, { www: since(9 * DAY) })],
    [
      'its certificate changed within a day',
      true,
      probeOf('absent', 'none', {
        at: ago(0),
        dns: since(9 * DAY),
        certificate: { verdict: SHOWN.none, since: ago(DAY - 1) },
      }),
    ],
    ['all is well: not before 6 h are over', false, probeOf('pointing', 'valid', { at: ago(6 * HOUR - 1) })],
    [
      'all is well, since less than a day: every run',
      true,
      probeOf('pointing', 'valid', { at: ago(0), dns: { verdict: VERDICTS.pointing, since: ago(DAY - 1) } }),
    ],
    [
      'all is well, for a day: not before 6 h are over',
      false,
      probeOf('pointing', 'valid', { at: ago(6 * HOUR - 1), dns: { verdict: VERDICTS.pointing, since: ago(DAY) } }),
    ],
    ['all is well: after 6 h', true, probeOf('pointing', 'valid', { at: ago(6 * HOUR) })],
    ['expiring: not before 1 h is over', false, probeOf('pointing', 'expiring', { at: ago(HOUR - 1) })],
    ['expiring: after 1 h', true, probeOf('pointing', 'expiring', { at: ago(HOUR) })],
    ['DNS could not be asked: every run', true, probeOf('pointing', 'valid', { dnsUnasked: 'time-out' })],
    [
      'nobody could be asked for 24 h: every half hour',
      false,
      probeOf('pointing', 'valid', { at: ago(1), dnsUnasked: 'x', unaskedSince: ago(DAY) }),
    ],
    [
      'nobody could be asked for just under 24 h: every run',
      true,
      probeOf('pointing', 'valid', { at: ago(1), dnsUnasked: 'x', unaskedSince: ago(DAY - 1) }),
    ],
    [
      'the server could not be asked: every run',
      true,
      probeOf('pointing', 'valid', { certificateUnasked: 'time-out' }),
    ],
  ])('%s: %j', (_, answer, probe) => {
    expect(isProbeDue(probe, undefined, NOW)).toBe(answer);
  });
});

describe('isProbeDue, where a certificate was asked for', () => {
  /** Without a certificate for 30 days, and probed so long ago (ms): by itself it would be probed every hour. */
  const old = (msAgo: number): ProbeState => {
    const since = ago(30 * DAY);
    const dns = { verdict: VERDICTS.pointing, since };
    return { at: ago(msAgo), dns, certificate: { verdict: SHOWN.expired, since } };
  };

  it.each<[string, boolean, number, IssuanceHistory | undefined]>([
    // what                                            due    probed       asked
    ['never asked for: not before an hour is over', false, HOUR - 1, undefined],
    ['never asked for: after an hour', true, HOUR, undefined],
    ['asked for just now: every run', true, 0, historyOf(0)],
    ['asked for within the hour: every run', true, 0, historyOf(HOUR - 1)],
    ['asked for an hour ago, probed since its pause is over', false, 50 * MINUTE, historyOf(HOUR)],
    ['asked for an hour ago, not probed since its pause is over', true, 50 * MINUTE + 1, historyOf(HOUR)],
    ['its pause is not over', false, HOUR - 1, historyOf(100 * MINUTE - 1, 2)],
    ['its pause is just over', true, 1, historyOf(100 * MINUTE, 2)],
    ['its pause is over, and it was probed', false, 0, historyOf(100 * MINUTE, 2)],
    ['in vain for long: once a day', true, 1, historyOf(DAY, 99)],
    ['in vain for long, and its turn is far', false, HOUR - 1, historyOf(DAY - 1, 99)],
    ['in vain for long, and it needs one all the same', true, HOUR, historyOf(DAY - 1, 99)],
    [
      'Let’s Encrypt named a date that is not over',
      false,
      HOUR - 1,
      historyOf(2 * HOUR, 1, { notBefore: iso(NOW + 1) }),
    ],
    ['Let’s Encrypt named a date that is over', true, 1, historyOf(2 * HOUR, 1, { notBefore: iso(NOW) })],
    ['the one that was asked for came', false, HOUR - 1, historyOf(MINUTE, 0)],
    ['nothing is remembered of it', false, HOUR - 1, { requests: [], attempts: 1 }],
  ])('%s', (_, answer, probedAgo, issuance) => {
    expect(isProbeDue(old(probedAgo), issuance, NOW)).toBe(answer);
  });

  it('what waits for DNS, or is not on RunCloud, needs none', () => {
    const { dns: _, ...elsewhere } = old(6 * HOUR - 1);
    const { certificate: __, ...notServed } = old(6 * HOUR - 1);
    const blocked = { ...elsewhere, dns: { verdict: VERDICTS.blocked, since: ago(30 * DAY) } };
    for (const probe of [elsewhere, notServed, blocked]) expect(isProbeDue(probe, undefined, NOW)).toBe(false);
  });

  it('no second request is sent on a probe from before the first', () => {
    fc.assert(
      fc.property(fc.nat(3 * DAY), fc.integer({ min: 1, max: 5 }), fc.nat(3 * DAY), (askedAgo, attempts, probedAgo) => {
        const issuance = historyOf(askedAgo, attempts);
        fc.pre(probedAgo > askedAgo && nextAttemptAt(issuance) <= NOW);
        expect(isProbeDue(old(probedAgo), issuance, NOW)).toBe(true);
      }),
    );
  });
});

describe('isProbeDue, where the last probe was written by a clock that was ahead', () => {
  it('is due from more than five minutes ahead on, and not before', () => {
    const ahead = (ms: number) => isProbeDue(probeOf('pointing', 'valid', { at: iso(NOW + ms) }), undefined, NOW);
    expect(ahead(5 * MINUTE)).toBe(false);
    expect(ahead(5 * MINUTE + 1)).toBe(true);
  });
});
