import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aged, type CertificateResult, judgeHandshake, worstOf } from '../../../lib/core/probe/certificate-verdict.ts';
import type { Handshake } from '../../../lib/core/probe/handshake.ts';
import { DAY, HOUR, iso } from '../../../lib/core/values/time.ts';
import { ago, NOW, SHOWN } from '../builders.ts';

type Shown = Extract<Handshake, { kind: 'certificate' }>;

/** A certificate of so many days that began so long ago (ms). */
function shown(lifeMs: number, begunMs: number, more: Partial<Shown> = {}): Shown {
  return {
    kind: 'certificate',
    notBefore: ago(begunMs),
    notAfter: iso(NOW - begunMs + lifeMs),
    names: ['shop.example'],
    fits: 'fits',
    trust: 'trusted',
    ...more,
  };
}

function kindOf(...changes: Parameters<typeof shown>): CertificateResult['kind'] {
  return judgeHandshake(shown(...changes), NOW).kind;
}

describe('judgeHandshake', () => {
  it('valid, until when, and from when on it counts as expiring', () => {
    expect(judgeHandshake(shown(90 * DAY, 10 * DAY), NOW)).toEqual({
      kind: 'valid',
      until: iso(NOW + 80 * DAY),
      expiringFrom: iso(NOW + 50 * DAY),
    });
  });

  it.each([
    ['90 days: a third is 30', 90 * DAY, 60 * DAY],
    ['45 days: a third is 15', 45 * DAY, 30 * DAY],
    ['10 days: a third still', 10 * DAY, (20 / 3) * DAY],
    ['a moment under 10 days: the half', 10 * DAY - 2, 5 * DAY - 1],
    ['160 hours: the half', 160 * HOUR, 80 * HOUR],
  ])('%s', (_, life, goodFor) => {
    expect(kindOf(life, goodFor)).toBe('valid');
    expect(kindOf(life, goodFor + 1)).toBe('expiring');
    expect(judgeHandshake(shown(life, goodFor + 1), NOW)).toEqual({
      kind: 'expiring',
      until: iso(NOW - goodFor - 1 + life),
      expiringFrom: ago(1),
    });
  });

  it('expired, to the millisecond', () => {
    expect(kindOf(90 * DAY, 90 * DAY - 1)).toBe('expiring');
    expect(judgeHandshake(shown(90 * DAY, 90 * DAY), NOW)).toEqual({ kind: 'expired', until: ago(0) });
  });

  it('not valid yet is not trusted yet', () => {
    expect(kindOf(90 * DAY, 0)).toBe('valid');
    expect(judgeHandshake(shown(90 * DAY, -1), NOW)).toEqual({
      kind: 'untrusted',
      why: `it is valid only from ${iso(NOW + 1)} on`,
    });
  });

  it('untrusted: why', () => {
    expect(judgeHandshake(shown(90 * DAY, DAY, { trust: { untrusted: 'it is self-signed' } }), NOW)).toEqual({
      kind: 'untrusted',
      why: 'it is self-signed',
    });
  });

  it('of other names: three of them', () => {
    const names = ['a.example', 'b.example', 'c.example', 'd.example'];
    expect(judgeHandshake(shown(90 * DAY, DAY, { fits: 'other-name', names }), NOW)).toEqual({
      kind: 'other-name',
      names: ['a.example', 'b.example', 'c.example'],
    });
  });

  it('where several things are wrong: the name comes first, then the end, then the trust', () => {
    const trust = { untrusted: 'it is self-signed' };
    expect(kindOf(DAY, 2 * DAY, { fits: 'other-name', trust })).toBe('other-name');
    expect(kindOf(DAY, 2 * DAY, { trust })).toBe('expired');
    expect(kindOf(DAY, -1, { trust })).toBe('untrusted');
  });

  it.each<Handshake>([
    { kind: 'none', why: 'nobody listens on the port' },
    { kind: 'could-not-ask', why: 'it did not finish the handshake' },
  ])('$kind is told as it is', (handshake) => {
    expect(judgeHandshake(handshake, NOW)).toBe(handshake);
  });

  it('every certificate that fits and is trusted goes from valid to expiring to expired, and never back', () => {
    const order = ['untrusted', 'valid', 'expiring', 'expired'];
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 * DAY }), fc.nat(500 * DAY), fc.nat(DAY), (life, begun, later) => {
        const certificate = shown(life, begun - DAY);
        const [first, second] = [NOW, NOW + later].map((now) => order.indexOf(judgeHandshake(certificate, now).kind));
        expect(second).toBeGreaterThanOrEqual(first as number);
      }),
    );
  });
});

describe('worstOf', () => {
  const unasked: CertificateResult = { kind: 'could-not-ask', why: 'time-out' };
  const fromBestToWorst: readonly CertificateResult[] = [
    SHOWN.valid,
    SHOWN.expiring,
    unasked,
    SHOWN.expired,
    SHOWN.untrusted,
    SHOWN['other-name'],
    SHOWN.none,
  ];

  it('of one it is that one', () => {
    for (const probe of fromBestToWorst) expect(worstOf([probe])).toBe(probe);
  });

  it('the worse one, in any order', () => {
    for (const [place, worse] of fromBestToWorst.entries()) {
      for (const better of fromBestToWorst.slice(0, place)) {
        expect(worstOf([better, worse])).toBe(worse);
        expect(worstOf([worse, better])).toBe(worse);
      }
    }
  });

  it('of two of a kind the one that ends first', () => {
    const sooner = { ...SHOWN.valid, until: iso(NOW + 40 * DAY) };
    expect(worstOf([SHOWN.valid, sooner])).toBe(sooner);
    expect(worstOf([sooner, SHOWN.valid])).toBe(sooner);
    expect(worstOf([sooner, { ...sooner }])).toBe(sooner);
  });

  it('of two of a kind without an end the first', () => {
    const other = { ...SHOWN.none, why: 'another' };
    expect(worstOf([SHOWN.none, other])).toBe(SHOWN.none);
    expect(worstOf([other, SHOWN.none])).toBe(other);
  });
});

describe('worstOf, of a better kind that ends sooner', () => {
  it('is the worse kind all the same', () => {
    const soon = { ...SHOWN.valid, until: iso(NOW + DAY) };
    expect(worstOf([SHOWN.expiring, soon])).toBe(SHOWN.expiring);
    expect(worstOf([soon, SHOWN.expiring])).toBe(SHOWN.expiring);
  });
});

describe('aged: what an older verdict has become', () => {
  it('an expiring certificate expires', () => {
    const { until } = SHOWN.expiring;
    expect(aged(SHOWN.expiring, Date.parse(until) - 1)).toEqual(SHOWN.expiring);
    expect(aged(SHOWN.expiring, Date.parse(until))).toEqual({ kind: 'expired', until });
  });

  it.each(['expired', 'other-name', 'untrusted', 'none'] as const)('%s stays the very same', (kind) => {
    expect(aged(SHOWN[kind], NOW)).toBe(SHOWN[kind]);
  });
});
