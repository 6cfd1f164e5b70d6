import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isProbeDue } from '../../../lib/core/certificates/next-probe.ts';
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
  servedDns,
  updateProbeState,
  withoutCertificate,
} from '../../../lib/core/probe/result.ts';
import { DAY, HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';
import { ago, NOW, probeOf, SHOWN, VERDICTS } from '../builders.ts';

const UNASKED = { kind: 'could-not-ask', why: 'time-out' } as const;

function result(dns: DnsResult, certificate?: CertificateResult, more: Partial<ProbeResult> = {}): ProbeResult {
  return { dns, www: undefined, caaUnasked: undefined, certificate, ...more };
}

describe('updateProbeState', () => {
  it('the first probe is remembered as it is, from now on', () => {
    const first = result(VERDICTS.pointing, SHOWN.none, { www: VERDICTS.absent });
    expect(updateProbeState(undefined, first, NOW)).toEqual({
      at: iso(NOW),
      dns: { verdict: VERDICTS.pointing, since: iso(NOW) },
      www: { verdict: VERDICTS.absent, since: iso(NOW) },
      certificate: { verdict: SHOWN.none, since: iso(NOW) },
    });
  });

  it('a first probe that could ask nobody remembers why, and nothing else', () => {
    expect(updateProbeState(undefined, result(UNASKED, UNASKED, { www: UNASKED }), NOW)).toEqual({
      at: iso(NOW),
      dnsUnasked: 'time-out',
      wwwUnasked: 'time-out',
      certificateUnasked: 'time-out',
      unaskedSince: iso(NOW),
    });
  });

  it('CAA records of the `www.` name that could not be asked for are remembered beside where it points', () => {
    const after = updateProbeState(
      undefined,
      result(VERDICTS.pointing, SHOWN.none, { www: VERDICTS.pointing, wwwCaaUnasked: 'SERVFAIL' }),
      NOW,
    );
    expect(after).toMatchObject({ www: { verdict: VERDICTS.pointing }, wwwUnasked: 'SERVFAIL' });
    expect(after).not.toHaveProperty('dnsUnasked');
  });

  it('name servers are kept until nothing is to be set any more, also where nobody could be asked about them', () => {
    const nameServers = ['ns1.example.net'];
    const first = updateProbeState(undefined, result(VERDICTS.absent, undefined, { nameServers }), NOW);
    expect(first).toMatchObject({ nameServers });
    const unasked = updateProbeState(first, result(UNASKED), NOW + HOUR);
    expect(unasked).toMatchObject({ nameServers });
    const ofWww = updateProbeState(unasked, result(VERDICTS.pointing, undefined, { www: VERDICTS.absent }), NOW + HOUR);
    expect(ofWww).toMatchObject({ nameServers });
    const set = result(VERDICTS.pointing, undefined, { www: VERDICTS.pointing });
    expect(updateProbeState(ofWww, set, NOW + HOUR)).not.toHaveProperty('nameServers');
  });

  it('other name servers are news', () => {
    const of = (nameServers: readonly string[]) => result(VERDICTS.absent, undefined, { nameServers });
    const first = updateProbeState(undefined, of(['ns1.example.net']), NOW);
    expect(updateProbeState(first, of(['ns1.example.net']), NOW + MINUTE)).toBe(first);
    expect(updateProbeState(first, of(['ns1.example.org']), NOW + MINUTE)).toMatchObject({
      nameServers: ['ns1.example.org'],
    });
  });

  describe('half an answer', () => {
    const half = { ...UNASKED, half: VERDICTS.pointing };
    const probe = (before: ProbeState | undefined, now: number) =>
      updateProbeState(before, result(half, SHOWN.none, { www: { ...half, half: VERDICTS.absent } }), now);
    const certificate = { verdict: SHOWN.none, since: iso(NOW) };

    it('counts as none for an hour, and as the whole from then on', () => {
      const first = probe(undefined, NOW);
      const unasked = { dnsUnasked: 'time-out', wwwUnasked: 'time-out', unaskedSince: iso(NOW) };
      const since = { dnsHalfSince: iso(NOW), wwwHalfSince: iso(NOW) };
      expect(first).toEqual({ at: iso(NOW), certificate, ...unasked, ...since });
      expect(probe(first, NOW + HOUR - 1)).toEqual({ ...first, at: iso(NOW + HOUR - 1) });
      const hour = probe(first, NOW + HOUR);
      const at = iso(NOW + HOUR);
      expect(hour).toEqual({
        at,
        dns: { verdict: VERDICTS.pointing, since: at },
        www: { verdict: VERDICTS.absent, since: at },
        certificate,
        ...since,
      });
      // It goes on counting, and is no news.
      expect(probe(hour, NOW + HOUR + MINUTE)).toBe(hour);
    });

    it('begins anew after a whole answer, and where a fast clock wrote its beginning', () => {
      const whole = updateProbeState(probe(undefined, NOW), result(VERDICTS.pointing, SHOWN.none), NOW + MINUTE);
      expect(whole).not.toHaveProperty('dnsHalfSince');
      expect(probe(whole, NOW + 2 * HOUR).dnsHalfSince).toBe(iso(NOW + 2 * HOUR));
      const fast = { ...probe(undefined, NOW), dnsHalfSince: iso(NOW + DAY), wwwHalfSince: iso(NOW + DAY) };
      expect(probe(fast, NOW + MINUTE)).toMatchObject({ dnsHalfSince: iso(NOW + MINUTE), dnsUnasked: 'time-out' });
    });

    it('that leads elsewhere is when the domain left', () => {
      const before = probeOf('pointing', 'none', { dnsHalfSince: ago(HOUR) });
      expect(updateProbeState(before, result({ ...UNASKED, half: VERDICTS.elsewhere }), NOW).leftAt).toBe(iso(NOW));
      const young = { ...before, dnsHalfSince: ago(HOUR - 1) };
      expect(updateProbeState(young, result({ ...UNASKED, half: VERDICTS.elsewhere }), NOW)).not.toHaveProperty(
        'leftAt',
      );
    });

    it('does not say what CAA says', () => {
      const before = probeOf('pointing', 'none', { dnsHalfSince: ago(HOUR) });
      expect(updateProbeState(before, result(half, SHOWN.none, { caaUnasked: 'SERVFAIL' }), NOW).dnsUnasked).toBe(
        'SERVFAIL',
      );
    });
  });

  it('what is new begins now, and what is not keeps its beginning', () => {
    const before = probeOf('absent', 'none', { at: ago(MINUTE) });
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
    const lately = probeOf('elsewhere', undefined, { at: ago(30 * MINUTE - 1) });
    expect(updateProbeState(lately, result(moved), NOW)).toBe(lately);
    const before = probeOf('elsewhere', undefined, { at: ago(30 * MINUTE) });
    expect(updateProbeState(before, result(moved), NOW)).toEqual({
      at: iso(NOW),
      dns: { verdict: moved, since: before.dns?.since },
    });
  });

  it('where nobody could be asked, what was known stands with the reason beside it', () => {
    const www = { verdict: VERDICTS.pointing, since: ago(DAY) };
    const before = probeOf('pointing', 'valid', { at: ago(MINUTE), www });
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
    const before = { ...probeOf('pointing', 'valid', { at: ago(MINUTE) }), certificate };
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
    const none = probeOf('pointing', 'none', { at: ago(MINUTE) });
    expect(updateProbeState(none, result(UNASKED, UNASKED), NOW + 90 * DAY).certificate).toEqual(none.certificate);
  });

  it('and the reason goes when it could be asked again', () => {
    const before = probeOf('pointing', 'valid', { at: ago(MINUTE), dnsUnasked: 'x', certificateUnasked: 'x' });
    const after = updateProbeState(before, result(VERDICTS.pointing, SHOWN.valid), NOW);
    expect(after).toEqual({ at: iso(NOW), dns: before.dns, certificate: before.certificate });
  });

  it('CAA that could not be asked for is DNS that could not be asked', () => {
    const after = updateProbeState(undefined, result(VERDICTS.pointing, SHOWN.none, { caaUnasked: 'no CAA' }), NOW);
    expect(after).toMatchObject({ dns: { verdict: VERDICTS.pointing }, dnsUnasked: 'no CAA' });
  });

  it('what is not probed any more is forgotten: `www.`, and the certificate of what is not on RunCloud', () => {
    const www = { verdict: VERDICTS.pointing, since: ago(DAY) };
    const before = probeOf('pointing', 'valid', { at: ago(MINUTE), www });
    expect(updateProbeState(before, result(VERDICTS.pointing), NOW)).toEqual({ at: iso(NOW), dns: before.dns });
  });

  it('gives the very same object where there is nothing new, for half an hour', () => {
    const before = probeOf('pointing', 'valid', { at: ago(30 * MINUTE - 1) });
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
    const wasHere = probeOf('pointing', undefined, { at: ago(MINUTE) });
    const hasLeft = probeOf('elsewhere', undefined, { at: ago(MINUTE), leftAt: ago(HOUR) });

    it.each<[string, ProbeState | undefined, DnsResult, string | undefined]>([
      ['pointed here, and is elsewhere', wasHere, VERDICTS.elsewhere, iso(NOW)],
      ['pointed here, and is nowhere', wasHere, VERDICTS.absent, iso(NOW)],
      ['pointed here, and resolvers disagree', wasHere, VERDICTS.disagreed, iso(NOW)],
      ['pointed here as far as CAA goes', probeOf('blocked', undefined), VERDICTS.elsewhere, iso(NOW)],
      ['pointed here, and CAA forbids a certificate', wasHere, VERDICTS.blocked, undefined],
      ['pointed here, and could not be asked', wasHere, UNASKED, undefined],
      ['left, and stays away', hasLeft, VERDICTS.elsewhere, ago(HOUR)],
      ['left, and is nowhere by now', hasLeft, VERDICTS.absent, ago(HOUR)],
      ['left, and could not be asked', hasLeft, UNASKED, ago(HOUR)],
      ['left, and came back', hasLeft, VERDICTS.pointing, undefined],
      ['never was here', probeOf('absent', undefined), VERDICTS.elsewhere, undefined],
      ['never probed', undefined, VERDICTS.elsewhere, undefined],
      ['never could be asked', { at: ago(MINUTE), dnsUnasked: 'x' }, VERDICTS.elsewhere, undefined],
    ])('%s', (_, before, dns, leftAt) => {
      expect(after(before, dns)).toBe(leftAt);
    });
  });

  const dnsLooks = fc.constantFrom<DnsResult>(...Object.values(VERDICTS), UNASKED);
  const results: fc.Arbitrary<ProbeResult> = fc.record({
    dns: dnsLooks,
    www: fc.option(dnsLooks, { nil: undefined }),
    caaUnasked: fc.constantFrom(undefined, 'no CAA'),
    certificate: fc.constantFrom<CertificateResult | undefined>(...Object.values(SHOWN), UNASKED, undefined),
  });

  it('the same result again within half an hour changes nothing, whatever came before', () => {
    fc.assert(
      fc.property(fc.array(results), results, fc.nat(30 * MINUTE - 1), (history, last, later) => {
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
      fc.property(fc.array(results, { minLength: 1 }), (history) => {
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
    ['elsewhere, after it was here', true, probeOf('elsewhere', undefined, LEFT)],
    ['nowhere, after it was here', true, probeOf('absent', undefined, LEFT)],
    ['behind a proxy, after it was here', false, probeOf('proxied', undefined, LEFT)],
    ['not surely away', false, probeOf('disagreed', undefined, LEFT)],
    ['partly here', false, probeOf('partly', undefined, LEFT)],
    ['elsewhere, and never here', false, probeOf('elsewhere', undefined)],
    ['never asked', false, { at: ago(0), ...LEFT }],
  ])('%s: %j', (_, answer, probe) => {
    expect(hasMovedAway(probe)).toBe(answer);
  });
});

describe('isLive', () => {
  it.each<[boolean, ProbeState]>([
    [true, probeOf('pointing', 'valid')],
    [true, probeOf('pointing', 'expiring')],
    [true, probeOf('blocked', 'valid')],
    [false, probeOf('pointing', 'expired')],
    [false, probeOf('pointing', 'none')],
    [false, probeOf('pointing', undefined)],
    [false, probeOf('elsewhere', 'valid')],
    [false, { at: ago(0), certificate: { verdict: SHOWN.valid, since: ago(DAY) } }],
  ])('%j: %j', (answer, probe) => {
    expect(isLive(probe)).toBe(answer);
  });
});

describe('dnsAxis', () => {
  it.each<[DnsAxis, ProbeState | undefined]>([
    ['unknown', undefined],
    ['unknown', { at: ago(0), dnsUnasked: 'time-out' }],
    ['pointing', probeOf('pointing', 'none')],
    ['pointing', probeOf('pointing', 'none', { dnsUnasked: 'time-out' })],
    ['pointing', probeOf('blocked', 'none')],
    ['pending', probeOf('absent', 'none')],
    ['pending', probeOf('elsewhere', 'none')],
    ['pending', probeOf('partly', 'none')],
    ['pending', probeOf('disagreed', 'none', { leftAt: ago(HOUR) })],
    ['proxied', probeOf('proxied', 'none')],
    ['proxied', probeOf('proxied', 'none', { leftAt: ago(HOUR) })],
    ['moved away', probeOf('elsewhere', 'none', { leftAt: ago(HOUR) })],
    ['moved away', probeOf('absent', 'none', { leftAt: ago(HOUR) })],
  ])('%s: %j', (axis, probe) => {
    expect(dnsAxis(probe)).toBe(axis);
  });
});

describe('withoutCertificate', () => {
  it('all else stays, and the next run probes it', () => {
    const probe = probeOf('pointing', 'valid', { leftAt: ago(HOUR) });
    const { certificate: _, ...rest } = probe;
    const after = withoutCertificate(probe);
    expect(after).toEqual({ ...rest, certificateUnasked: 'RunCloud was changed since the last probe' });
    expect(isProbeDue(probe, undefined, NOW)).toBe(false);
    expect(isProbeDue(after, undefined, NOW)).toBe(true);
  });
});

describe('a domain that is served by its `www.` name alone', () => {
  const since = ago(DAY);
  const alone = probeOf('elsewhere', 'valid', { www: { verdict: VERDICTS.pointing, since }, servedAs: 'www' });

  it('is where that name points', () => {
    expect([isLive(alone), dnsAxis(alone), servedDns(alone)]).toEqual([true, 'pointing', alone.www]);
    const together = probeOf('elsewhere', 'valid', { www: { verdict: VERDICTS.pointing, since } });
    expect([isLive(together), dnsAxis(together), servedDns(together)]).toEqual([false, 'pending', together.dns]);
    const { www: _, ...never } = alone;
    expect([isLive(never), dnsAxis(never)]).toEqual([false, 'unknown']);
  });

  it('has moved away when that name has, and not with the bare name', () => {
    const probe = (www: DnsResult, before = alone) =>
      updateProbeState(before, result(VERDICTS.elsewhere, SHOWN.valid, { www, servedAs: 'www' }), NOW);
    expect(probe(VERDICTS.pointing)).not.toHaveProperty('leftAt');
    const left = probe(VERDICTS.absent);
    expect(left).toMatchObject({ leftAt: iso(NOW), servedAs: 'www' });
    expect([hasMovedAway(left), dnsAxis(left)]).toEqual([true, 'moved away']);
    expect(hasMovedAway({ ...alone, leftAt: ago(HOUR) })).toBe(false);
    const unknown = updateProbeState(alone, result(VERDICTS.pointing, SHOWN.valid, { servedAs: 'www' }), NOW);
    expect(unknown).not.toHaveProperty('leftAt');
  });

  it('remembers of which object the certificate is, and forgets it', () => {
    const of = updateProbeState(undefined, result(VERDICTS.pointing, SHOWN.none, { certificateOf: 'www' }), NOW);
    expect(of).toMatchObject({ certificateOf: 'www' });
    expect(updateProbeState(of, result(VERDICTS.pointing, SHOWN.none), NOW + MINUTE)).not.toHaveProperty(
      'certificateOf',
    );
  });
});
