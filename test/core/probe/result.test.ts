import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isProbeDue } from '../../../lib/core/certificates/next-probe.ts';
import { type IssuanceHistory, nextAttemptAt } from '../../../lib/core/certificates/requests.ts';
import type { CertificateResult } from '../../../lib/core/probe/certificate-verdict.ts';
import type { DnsResult } from '../../../lib/core/probe/dns-verdict.ts';
import {
  type DnsAxis,
  dnsAxis,
  hasMovedAway,
  isHere,
  isLive,
  type ProbeResult,
  type ProbeState,
  updateProbeState,
  withoutCertificate,
} from '../../../lib/core/probe/result.ts';
import { DAY, HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';
import { ago, asked, NOW, SHOWN, seen, VERDICTS } from '../builders.ts';

const UNASKED = { kind: 'could-not-ask', why: 'time-out' } as const;

function result(dns: DnsResult, certificate?: CertificateResult, more: Partial<ProbeResult> = {}): ProbeResult {
  return { dns, www: undefined, caaUnasked: undefined, certificate, ...more };
}

describe('withGlance', () => {
  it('the first look is remembered as it is, from now on', () => {
    const first = result(VERDICTS.pointing, SHOWN.none, { www: VERDICTS.absent });
    expect(updateProbeState(undefined, first, NOW)).toEqual({
      at: iso(NOW),
      dns: { verdict: VERDICTS.pointing, since: iso(NOW) },
      www: { verdict: VERDICTS.absent, since: iso(NOW) },
      certificate: { verdict: SHOWN.none, since: iso(NOW) },
    });
  });

  it('a first look that could ask nobody remembers why, and nothing else', () => {
    expect(updateProbeState(undefined, result(UNASKED, UNASKED, { www: UNASKED }), NOW)).toEqual({
      at: iso(NOW),
      dnsUnasked: 'time-out',
      wwwUnasked: 'time-out',
      certificateUnasked: 'time-out',
      unaskedSince: iso(NOW),
    });
  });

  it('what is new begins now, and what is not keeps its beginning', () => {
    const before = seen('absent', 'none', { at: ago(MINUTE) });
    expect(updateProbeState(before, result(VERDICTS.pointing, SHOWN.none), NOW)).toEqual({
      at: iso(NOW),
      dns: { verdict: VERDICTS.pointing, since: iso(NOW) },
      certificate: before.certificate,
    });
    expect(updateProbeState(before, result(VERDICTS.absent, SHOWN.valid), NOW)).toEqual({
      at: iso(NOW),
      dns: before.dns,
      certificate: { verdict: SHOWN.valid, since: iso(NOW) },
    });
  });

  it('other addresses of the same kind are no news at once, are remembered in time, and do not begin anew', () => {
    const moved = { kind: 'elsewhere', addresses: ['198.51.100.99'] } as const;
    const lately = seen('elsewhere', undefined, { at: ago(30 * MINUTE - 1) });
    expect(updateProbeState(lately, result(moved), NOW)).toBe(lately);
    const before = seen('elsewhere', undefined, { at: ago(30 * MINUTE) });
    expect(updateProbeState(before, result(moved), NOW)).toEqual({
      at: iso(NOW),
      dns: { verdict: moved, since: before.dns?.since },
    });
  });

  it('where nobody could be asked, what was known stands with the reason beside it', () => {
    const www = { verdict: VERDICTS.pointing, since: ago(DAY) };
    const before = seen('pointing', 'valid', { at: ago(MINUTE), www });
    expect(updateProbeState(before, result(UNASKED, UNASKED, { www: UNASKED }), NOW)).toEqual({
      ...before,
      at: iso(NOW),
      dnsUnasked: 'time-out',
      wwwUnasked: 'time-out',
      certificateUnasked: 'time-out',
      unaskedSince: iso(NOW),
    });
  });

  it('and while nobody can ask, a certificate goes on running out', () => {
    const certificate = {
      verdict: { kind: 'valid', until: iso(NOW + 30 * DAY), expiringFrom: iso(NOW + DAY) },
      since: ago(DAY),
    } as const;
    const before = { ...seen('pointing', 'valid', { at: ago(MINUTE) }), certificate };
    const later = (ms: number) => updateProbeState(before, result(UNASKED, UNASKED), NOW + ms).certificate;
    expect(later(DAY)).toEqual(certificate);
    expect(later(DAY + 1)).toEqual({
      verdict: { ...certificate.verdict, kind: 'expiring' },
      since: iso(NOW + DAY + 1),
    });
    expect(later(30 * DAY)).toEqual({
      verdict: { kind: 'expired', until: iso(NOW + 30 * DAY) },
      since: iso(NOW + 30 * DAY),
    });
    const none = seen('pointing', 'none', { at: ago(MINUTE) });
    expect(updateProbeState(none, result(UNASKED, UNASKED), NOW + 90 * DAY).certificate).toEqual(none.certificate);
  });

  it('and the reason goes when it could be asked again', () => {
    const before = seen('pointing', 'valid', { at: ago(MINUTE), dnsUnasked: 'x', certificateUnasked: 'x' });
    const after = updateProbeState(before, result(VERDICTS.pointing, SHOWN.valid), NOW);
    expect(after).toEqual({ at: iso(NOW), dns: before.dns, certificate: before.certificate });
  });

  it('CAA that could not be asked for is DNS that could not be asked', () => {
    const after = updateProbeState(undefined, result(VERDICTS.pointing, SHOWN.none, { caaUnasked: 'no CAA' }), NOW);
    expect(after).toMatchObject({ dns: { verdict: VERDICTS.pointing }, dnsUnasked: 'no CAA' });
  });

  it('what is not looked at any more is forgotten: `www.`, and the certificate of what is not on RunCloud', () => {
    const www = { verdict: VERDICTS.pointing, since: ago(DAY) };
    const before = seen('pointing', 'valid', { at: ago(MINUTE), www });
    expect(updateProbeState(before, result(VERDICTS.pointing), NOW)).toEqual({ at: iso(NOW), dns: before.dns });
  });

  it('gives the very same object where there is nothing new, for half an hour', () => {
    const before = seen('pointing', 'valid', { at: ago(30 * MINUTE - 1) });
    const same = result({ ...VERDICTS.pointing }, { ...SHOWN.valid });
    expect(updateProbeState(before, same, NOW)).toBe(before);
    expect(updateProbeState(before, same, NOW + 1)).toEqual({ ...before, at: iso(NOW + 1) });
  });

  it('gives the very same object for what was read back from the ledger', () => {
    const before: ProbeState = JSON.parse(
      JSON.stringify(updateProbeState(undefined, result(VERDICTS.partly, UNASKED, { www: VERDICTS.absent }), NOW)),
    );
    expect(updateProbeState(before, result(VERDICTS.partly, UNASKED, { www: VERDICTS.absent }), NOW + MINUTE)).toBe(
      before,
    );
  });

  describe('leaving', () => {
    const after = (before: ProbeState | undefined, dns: DnsResult) => updateProbeState(before, result(dns), NOW).leftAt;
    const wasHere = seen('pointing', undefined, { at: ago(MINUTE) });
    const hasLeft = seen('elsewhere', undefined, { at: ago(MINUTE), leftAt: ago(HOUR) });

    it.each<[string, ProbeState | undefined, DnsResult, string | undefined]>([
      ['pointed here, and is elsewhere', wasHere, VERDICTS.elsewhere, iso(NOW)],
      ['pointed here, and is nowhere', wasHere, VERDICTS.absent, iso(NOW)],
      ['pointed here, and resolvers disagree', wasHere, VERDICTS.disagreed, iso(NOW)],
      ['pointed here as far as CAA goes', seen('blocked', undefined), VERDICTS.elsewhere, iso(NOW)],
      ['pointed here, and CAA forbids a certificate', wasHere, VERDICTS.blocked, undefined],
      ['pointed here, and could not be asked', wasHere, UNASKED, undefined],
      ['left, and stays away', hasLeft, VERDICTS.elsewhere, ago(HOUR)],
      ['left, and is nowhere by now', hasLeft, VERDICTS.absent, ago(HOUR)],
      ['left, and could not be asked', hasLeft, UNASKED, ago(HOUR)],
      ['left, and came back', hasLeft, VERDICTS.pointing, undefined],
      ['never was here', seen('absent', undefined), VERDICTS.elsewhere, undefined],
      ['never looked at', undefined, VERDICTS.elsewhere, undefined],
      ['never could be asked', { at: ago(MINUTE), dnsUnasked: 'x' }, VERDICTS.elsewhere, undefined],
    ])('%s', (_, before, dns, leftAt) => {
      expect(after(before, dns)).toBe(leftAt);
    });
  });

  const dnsLooks = fc.constantFrom<DnsResult>(...Object.values(VERDICTS), UNASKED);
  const glances: fc.Arbitrary<ProbeResult> = fc.record({
    dns: dnsLooks,
    www: fc.option(dnsLooks, { nil: undefined }),
    caaUnasked: fc.constantFrom(undefined, 'no CAA'),
    certificate: fc.constantFrom<CertificateResult | undefined>(...Object.values(SHOWN), UNASKED, undefined),
  });

  it('glancing at the same again within half an hour changes nothing, whatever came before', () => {
    fc.assert(
      fc.property(fc.array(glances), glances, fc.nat(30 * MINUTE - 1), (history, last, later) => {
        const before = [...history, last].reduce<ProbeState | undefined>(
          (probe, each, n) => updateProbeState(probe, each, NOW - (history.length - n) * HOUR),
          undefined,
        );
        expect(updateProbeState(before, structuredClone(last), NOW + later)).toBe(before);
      }),
    );
  });

  it('a verdict never began after it was seen, nor before the one it follows', () => {
    fc.assert(
      fc.property(fc.array(glances, { minLength: 1 }), (history) => {
        let probe: ProbeState | undefined;
        for (const [n, each] of history.entries()) {
          const before = probe;
          const now = NOW + n * MINUTE;
          probe = updateProbeState(before, each, now);
          if (each.dns.kind === 'could-not-ask') expect(probe.dns).toEqual(before?.dns);
          else if (each.dns.kind === before?.dns?.verdict.kind) expect(probe.dns?.since).toBe(before.dns.since);
          else expect(probe.dns?.since).toBe(iso(now));
        }
      }),
    );
  });
});

describe('isHere', () => {
  it('the addresses decide, whatever CAA says', () => {
    const here = [...Object.values(VERDICTS), UNASKED].filter((each) => isHere(each)).map(({ kind }) => kind);
    expect(here).toEqual(['pointing', 'blocked']);
  });
});

describe('hasMovedAway', () => {
  const LEFT = { leftAt: ago(HOUR) };
  it.each<[string, boolean, ProbeState]>([
    ['elsewhere, after it was here', true, seen('elsewhere', undefined, LEFT)],
    ['nowhere, after it was here', true, seen('absent', undefined, LEFT)],
    ['behind a proxy, after it was here', false, seen('proxied', undefined, LEFT)],
    ['not surely away', false, seen('disagreed', undefined, LEFT)],
    ['partly here', false, seen('partly', undefined, LEFT)],
    ['elsewhere, and never here', false, seen('elsewhere', undefined)],
    ['never asked', false, { at: ago(0), ...LEFT }],
  ])('%s: %j', (_, answer, probe) => {
    expect(hasMovedAway(probe)).toBe(answer);
  });
});

describe('isLive', () => {
  it.each<[boolean, ProbeState]>([
    [true, seen('pointing', 'valid')],
    [true, seen('pointing', 'expiring')],
    [true, seen('blocked', 'valid')],
    [false, seen('pointing', 'expired')],
    [false, seen('pointing', 'none')],
    [false, seen('pointing', undefined)],
    [false, seen('elsewhere', 'valid')],
    [false, { at: ago(0), certificate: { verdict: SHOWN.valid, since: ago(DAY) } }],
  ])('%j: %j', (answer, probe) => {
    expect(isLive(probe)).toBe(answer);
  });
});

describe('dnsAxis', () => {
  it.each<[DnsAxis, ProbeState | undefined]>([
    ['unknown', undefined],
    ['unknown', { at: ago(0), dnsUnasked: 'time-out' }],
    ['pointing', seen('pointing', 'none')],
    ['pointing', seen('pointing', 'none', { dnsUnasked: 'time-out' })],
    ['pointing', seen('blocked', 'none')],
    ['pending', seen('absent', 'none')],
    ['pending', seen('elsewhere', 'none')],
    ['pending', seen('partly', 'none')],
    ['pending', seen('disagreed', 'none', { leftAt: ago(HOUR) })],
    ['proxied', seen('proxied', 'none')],
    ['proxied', seen('proxied', 'none', { leftAt: ago(HOUR) })],
    ['moved away', seen('elsewhere', 'none', { leftAt: ago(HOUR) })],
    ['moved away', seen('absent', 'none', { leftAt: ago(HOUR) })],
  ])('%s: %j', (axis, probe) => {
    expect(dnsAxis(probe)).toBe(axis);
  });
});

describe('isDueToLook', () => {
  const since = (ms: number) => ({ verdict: VERDICTS.absent, since: ago(ms) });
  /** Looked at so long ago (ms), when the last change was so long ago. */
  const looked = (at: number, changed: number, more: Partial<ProbeState> = {}): ProbeState => {
    return { at: ago(at), dns: since(changed), ...more };
  };

  it.each<[string, boolean, ProbeState | undefined]>([
    ['never looked at', true, undefined],
    ['changed within a day: every run', true, looked(0, DAY - 1)],
    ['changed a day ago: not before 30 min are over', false, looked(30 * MINUTE - 1, DAY)],
    ['changed a day ago: after 30 min', true, looked(30 * MINUTE, DAY)],
    ['changed within a week: after 30 min', true, looked(30 * MINUTE, 7 * DAY - 1)],
    ['changed a week ago: not before 6 h are over', false, looked(6 * HOUR - 1, 7 * DAY)],
    ['changed a week ago: after 6 h', true, looked(6 * HOUR, 7 * DAY)],
    ['`www.` changed within a day', true, looked(0, 9 * DAY, { www: since(DAY - 1) })],
    ['`www.` changed long before', true, looked(0, DAY - 1, { www: since(9 * DAY) })],
    [
      'its certificate changed within a day',
      true,
      seen('absent', 'none', {
        at: ago(0),
        dns: since(9 * DAY),
        certificate: { verdict: SHOWN.none, since: ago(DAY - 1) },
      }),
    ],
    ['all is well: not before 6 h are over', false, seen('pointing', 'valid', { at: ago(6 * HOUR - 1) })],
    [
      'all is well, since a moment: not before 6 h are over',
      false,
      seen('pointing', 'valid', { at: ago(6 * HOUR - 1), dns: { verdict: VERDICTS.pointing, since: ago(MINUTE) } }),
    ],
    ['all is well: after 6 h', true, seen('pointing', 'valid', { at: ago(6 * HOUR) })],
    ['expiring: not before 1 h is over', false, seen('pointing', 'expiring', { at: ago(HOUR - 1) })],
    ['expiring: after 1 h', true, seen('pointing', 'expiring', { at: ago(HOUR) })],
    ['DNS could not be asked: every run', true, seen('pointing', 'valid', { dnsUnasked: 'time-out' })],
    [
      'nobody could be asked for 24 h: every half hour',
      false,
      seen('pointing', 'valid', { at: ago(1), dnsUnasked: 'x', unaskedSince: ago(DAY) }),
    ],
    [
      'nobody could be asked for just under 24 h: every run',
      true,
      seen('pointing', 'valid', { at: ago(1), dnsUnasked: 'x', unaskedSince: ago(DAY - 1) }),
    ],
    ['the server could not be asked: every run', true, seen('pointing', 'valid', { certificateUnasked: 'time-out' })],
  ])('%s: %j', (_, answer, probe) => {
    expect(isProbeDue(probe, undefined, NOW)).toBe(answer);
  });
});

describe('isDueToLook, where a certificate was asked for', () => {
  /** Wanted for long, and looked at so long ago (ms): by itself it would be looked at every six hours. */
  const old = (msAgo: number): ProbeState => {
    const since = ago(30 * DAY);
    const dns = { verdict: VERDICTS.pointing, since };
    return { at: ago(msAgo), dns, certificate: { verdict: SHOWN.expired, since } };
  };

  it.each<[string, boolean, number, IssuanceHistory | undefined]>([
    // what                                            due    looked at    asked
    ['never asked for', false, HOUR, undefined],
    ['asked for just now: every run', true, 0, asked(0)],
    ['asked for within the hour: every run', true, 0, asked(HOUR - 1)],
    ['asked for an hour ago, looked at since its pause is over', false, 50 * MINUTE, asked(HOUR)],
    ['asked for an hour ago, not looked at since its pause is over', true, 50 * MINUTE + 1, asked(HOUR)],
    ['its pause is not over', false, 90 * MINUTE, asked(100 * MINUTE - 1, 2)],
    ['its pause is just over', true, 1, asked(100 * MINUTE, 2)],
    ['its pause is over, and it was looked at', false, 0, asked(100 * MINUTE, 2)],
    ['in vain for long: once a day', true, 1, asked(DAY, 99)],
    ['in vain for long, and its turn is far', false, 5 * HOUR, asked(DAY - 1, 99)],
    ['Let’s Encrypt named a date that is not over', false, 3 * HOUR, asked(2 * HOUR, 1, { notBefore: iso(NOW + 1) })],
    ['Let’s Encrypt named a date that is over', true, 1, asked(2 * HOUR, 1, { notBefore: iso(NOW) })],
    ['the one that was asked for came', false, HOUR, asked(MINUTE, 0)],
    ['nothing is remembered of it', false, HOUR, { requests: [], attempts: 1 }],
  ])('%s', (_, answer, lookedAt, issuance) => {
    expect(isProbeDue(old(lookedAt), issuance, NOW)).toBe(answer);
  });

  it('no second request is sent on what was seen before the first', () => {
    fc.assert(
      fc.property(fc.nat(3 * DAY), fc.integer({ min: 1, max: 5 }), fc.nat(3 * DAY), (askedAgo, attempts, lookedAgo) => {
        const issuance = asked(askedAgo, attempts);
        fc.pre(lookedAgo > askedAgo && nextAttemptAt(issuance) <= NOW);
        expect(isProbeDue(old(lookedAgo), issuance, NOW)).toBe(true);
      }),
    );
  });
});

describe('withoutCertificate', () => {
  it('all else stays, and it is looked at by the next run', () => {
    const probe = seen('pointing', 'valid', { leftAt: ago(HOUR) });
    const { certificate: _, ...rest } = probe;
    const after = withoutCertificate(probe);
    expect(after).toEqual({ ...rest, certificateUnasked: 'RunCloud was changed since the last look' });
    expect(isProbeDue(probe, undefined, NOW)).toBe(false);
    expect(isProbeDue(after, undefined, NOW)).toBe(true);
  });
});
