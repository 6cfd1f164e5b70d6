import { describe, expect, it } from 'vitest';
import { decideCertificate } from '../../../lib/core/certificates/decide.ts';
import type { CertificateDecision } from '../../../lib/core/certificates/decision.ts';
import {
  afterForeign,
  afterInBetween,
  afterUnread,
  type IssuanceHistory,
} from '../../../lib/core/certificates/requests.ts';
import { DAY, HOUR, type IsoTime, iso, MINUTE } from '../../../lib/core/values/time.ts';
import { ago, historyOf, NOW, probeOf, SERVER } from '../builders.ts';
import { LONG } from './decide-cases.ts';

describe('waitForNextRequest, where RunCloud did not show the installed certificate', () => {
  const server = SERVER;
  const decided = (issuance: IssuanceHistory, requestedAt?: IsoTime): CertificateDecision =>
    decideCertificate(
      {
        domain: 'shop.example',
        names: ['shop.example'],
        probe: probeOf('pointing', 'none'),
        issuance,
        addedAt: LONG,
        requestedAt,
      },
      { mode: 'advanced', server, now: NOW },
    );

  it('waits until its pause is over, or it is requested anew', () => {
    const issuance = afterUnread(undefined, 'It answered 500.', NOW - MINUTE + 1);
    expect(decided(issuance)).toMatchObject({
      kind: 'wait',
      cause: 'unasked',
      why: 'shop.example points here and has no certificate. RunCloud did not show which certificate it has for it, so this service asks for none: It answered 500.',
      until: iso(NOW + 1),
    });
    expect(decided(issuance, iso(NOW)).kind).toBe('ask');
    expect(decided(issuance, ago(HOUR)).kind).toBe('wait');
    expect(decided(afterUnread(undefined, 'It answered 500.', NOW - MINUTE)).kind).toBe('ask');
  });

  it('says what answered in the place of RunCloud', () => {
    const why = 'something in between answered POST /ssl with 403 and an HTML page';
    expect(decided(afterInBetween(undefined, why, NOW))).toEqual({
      kind: 'wait',
      cause: 'unasked',
      why: `shop.example points here and has no certificate. This service asked RunCloud for it, but ${why}.`,
      whatToDo:
        'Nothing, if it passes. If it stays, look at what stands between this machine and RunCloud, such as a firewall or a proxy.',
      until: iso(NOW + 15 * MINUTE),
    });
    expect(decided(afterInBetween(undefined, why, NOW - 15 * MINUTE)).kind).toBe('ask');
  });

  it('also where there were requests before', () => {
    expect(decided(afterUnread(historyOf(DAY, 1), 'It answered 500.', NOW))).toMatchObject({ cause: 'unasked' });
    expect(decided(afterUnread(historyOf(0, 1), 'It answered 500.', NOW))).toMatchObject({
      cause: 'certificate-requested',
    });
  });
});

describe('waitForNextRequest, where the installed certificate is not of Let’s Encrypt', () => {
  it('waits for a day, or until it is requested anew', () => {
    const each = {
      domain: 'shop.example',
      names: ['shop.example'],
      probe: probeOf('pointing', 'expired'),
      addedAt: LONG,
    };
    const context = { mode: 'advanced', server: SERVER, now: NOW } as const;
    const decided = (msAgo: number, requestedAt?: IsoTime) =>
      decideCertificate({ ...each, issuance: afterForeign(undefined, 'custom', NOW - msAgo), requestedAt }, context);
    expect(decided(DAY - 1)).toEqual({
      kind: 'wait',
      cause: 'foreign-certificate',
      why: "shop.example needs a new certificate. The one on RunCloud was not issued by Let's Encrypt (custom), so this service does not replace it.",
      whatToDo: expect.stringMatching(/by hand, or remove it there.*"map"/),
      until: iso(NOW + 1),
    });
    expect(decided(DAY).kind).toBe('ask');
    expect(decided(HOUR, ago(MINUTE)).kind).toBe('ask');
  });
});
