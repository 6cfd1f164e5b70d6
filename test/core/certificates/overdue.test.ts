import { describe, expect, it } from 'vitest';
import { isOverdue } from '../../../lib/core/certificates/decide.ts';
import type { CertificateVerdict } from '../../../lib/core/probe/certificate-verdict.ts';
import { DAY, iso } from '../../../lib/core/values/time.ts';
import { ago, NOW, SHOWN } from '../builders.ts';

describe('isOverdue: RunCloud should have renewed the certificate', () => {
  /** The last 30 days of 90 are its time to renew, and the first of them is RunCloud's own. */
  const expiringSince = (ms: number): CertificateVerdict => {
    return { kind: 'expiring', until: iso(NOW - ms + 30 * DAY), expiringFrom: ago(ms) };
  };

  it('once it has expired, or a thirtieth of its time to renew is over', () => {
    expect(isOverdue(SHOWN.expired, NOW)).toBe(true);
    expect(isOverdue(expiringSince(DAY), NOW)).toBe(true);
    expect(isOverdue(expiringSince(DAY - 1), NOW)).toBe(false);
  });

  it('not where the server showed none that could be renewed, or a valid one when it was last asked', () => {
    expect(isOverdue(undefined, NOW)).toBe(false);
    for (const kind of ['other-name', 'untrusted', 'none'] as const) expect(isOverdue(SHOWN[kind], NOW)).toBe(false);
    expect(isOverdue({ kind: 'valid', until: iso(NOW + DAY), expiringFrom: ago(29 * DAY) }, NOW)).toBe(false);
  });
});
