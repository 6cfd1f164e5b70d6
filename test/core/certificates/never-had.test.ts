import { describe, expect, it } from 'vitest';
import { neverHadCertificate } from '../../../lib/core/certificates/never-had.ts';
import type { CertificateVerdict } from '../../../lib/core/probe/certificate-verdict.ts';
import type { ProbeState } from '../../../lib/core/probe/result.ts';
import { DAY, iso, MINUTE } from '../../../lib/core/values/time.ts';

const NOW = Date.parse('2026-11-22T08:00:00.000Z');
const at = iso(NOW);

function shows(verdict: CertificateVerdict): ProbeState {
  return { at, certificate: { verdict, since: at } };
}

const none = shows({ kind: 'none', why: 'it refused the handshake' });
const fresh = { addedAt: iso(NOW - 2 * MINUTE), issuance: undefined, probe: none };

describe('a domain that was added just now', () => {
  it('never had a certificate if none was asked for and the server shows none, or that of another name', () => {
    expect(neverHadCertificate(fresh, NOW)).toBe(true);
    const probe = shows({ kind: 'other-name', names: ['network.example'] });
    expect(neverHadCertificate({ ...fresh, probe }, NOW)).toBe(true);
  });

  it('counts as one that may have had one from ten minutes on, and where it was adopted', () => {
    expect(neverHadCertificate({ ...fresh, addedAt: iso(NOW - 10 * MINUTE + 1) }, NOW)).toBe(true);
    expect(neverHadCertificate({ ...fresh, addedAt: iso(NOW - 10 * MINUTE) }, NOW)).toBe(false);
    expect(neverHadCertificate({ ...fresh, addedAt: undefined }, NOW)).toBe(false);
  });

  it('may have one if one was asked for', () => {
    expect(neverHadCertificate({ ...fresh, issuance: { requests: [], attempts: 0 } }, NOW)).toBe(false);
  });

  it.each<CertificateVerdict>([
    { kind: 'untrusted', why: 'its issuer is not known' },
    { kind: 'expired', until: iso(NOW - DAY) },
    { kind: 'expiring', until: iso(NOW + DAY), expiringFrom: iso(NOW - DAY) },
    { kind: 'valid', until: iso(NOW + DAY), expiringFrom: at },
  ])('has one if the server shows one for its names ($kind)', (verdict) => {
    expect(neverHadCertificate({ ...fresh, probe: shows(verdict) }, NOW)).toBe(false);
  });

  it('may have one if the server was not asked', () => {
    expect(neverHadCertificate({ ...fresh, probe: undefined }, NOW)).toBe(false);
    expect(neverHadCertificate({ ...fresh, probe: { at } }, NOW)).toBe(false);
    const probe = { ...none, certificateUnasked: 'it did not answer' };
    expect(neverHadCertificate({ ...fresh, probe }, NOW)).toBe(false);
  });
});
