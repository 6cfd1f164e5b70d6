import { describe, expect, it } from 'vitest';
import { whyNotLive } from '../../../lib/core/report/not-live.ts';
import { HOUR } from '../../../lib/core/values/time.ts';
import { ago, object, probeOf, SERVER, SHOP, shop, VERDICTS } from '../builders.ts';

describe('what keeps visitors away', () => {
  it('is nothing where the certificate is valid, or the domain is not there or not probed', () => {
    for (const certificate of ['valid', 'expiring', undefined] as const) {
      expect(whyNotLive(SHOP, { seen: shop, probe: probeOf('pointing', certificate) }, SERVER)).toBeUndefined();
    }
    expect(whyNotLive(SHOP, { probe: probeOf('pointing', 'none') }, SERVER)).toBeUndefined();
    expect(whyNotLive(SHOP, { seen: shop }, SERVER)).toBeUndefined();
  });

  it.each([
    ['other-name', 'For shop.example the server shows a certificate of other names (network.example).'],
    ['none', 'shop.example points here and has no certificate.'],
    ['untrusted', 'The certificate of shop.example is not trusted: it comes from an authority that is not known.'],
  ] as const)('is the certificate: %s', (certificate, why) => {
    expect(whyNotLive(SHOP, { seen: shop, probe: probeOf('pointing', certificate) }, SERVER)).toBe(why);
  });

  it('is the DNS before the certificate, of each name that is served', () => {
    expect(whyNotLive(SHOP, { seen: shop, probe: probeOf('absent', 'other-name') }, SERVER)).toBe(
      'shop.example does not resolve: public DNS has no address for it.',
    );
    const probe = probeOf('pointing', 'none', { www: { verdict: VERDICTS.absent, since: ago(HOUR) } });
    const seen = object('shop.example', { www: true });
    expect(whyNotLive(SHOP, { seen, probe }, SERVER)).toBe(
      'www.shop.example does not resolve: public DNS has no address for it.',
    );
    expect(whyNotLive(SHOP, { seen: shop, probe }, SERVER)).toBe('shop.example points here and has no certificate.');
  });

  it('is not a bare name that leads elsewhere, where `www.` is served by itself', () => {
    const of = (www: keyof typeof VERDICTS, certificate: 'valid' | 'none') =>
      whyNotLive(
        SHOP,
        {
          seen: shop,
          probe: probeOf('elsewhere', certificate, {
            www: { verdict: VERDICTS[www], since: ago(HOUR) },
            servedAs: 'www',
          }),
        },
        SERVER,
      );
    expect(of('pointing', 'valid')).toBeUndefined();
    expect(of('pointing', 'none')).toBe('shop.example points here and has no certificate.');
    expect(of('absent', 'none')).toBe('www.shop.example does not resolve: public DNS has no address for it.');
  });

  it('is a server that could not be asked, unless the certificate is known to be no good', () => {
    const of = (certificate: 'valid' | 'expiring' | 'none' | undefined) =>
      whyNotLive(
        SHOP,
        { seen: shop, probe: probeOf('pointing', certificate, { certificateUnasked: 'time-out' }) },
        SERVER,
      );
    for (const certificate of ['valid', 'expiring', undefined] as const) {
      expect(of(certificate)).toBe(
        'The server 203.0.113.10 could not be asked for the certificate of shop.example: time-out.',
      );
    }
    expect(of('none')).toBe('shop.example points here and has no certificate.');
  });

  it('is that it left, where it pointed here before', () => {
    const probe = probeOf('absent', 'none', { leftAt: ago(HOUR) });
    expect(whyNotLive(SHOP, { seen: shop, probe }, SERVER)).toMatch(
      /^shop\.example pointed here until \S+ and does not any more\./,
    );
  });
});
