import { describe, expect, it } from 'vitest';
import { type CertificateAxis, certificateAxis } from '../../../lib/core/certificates/axis.ts';
import type { IssuanceHistory } from '../../../lib/core/certificates/requests.ts';
import type { ProbeState } from '../../../lib/core/probe/result.ts';
import { MINUTE } from '../../../lib/core/values/time.ts';
import { asked, NOW, seen } from '../builders.ts';
import { LONG, refused } from './decide-cases.ts';

describe('certificateAxis', () => {
  it.each<[string, ProbeState | undefined, IssuanceHistory | undefined, 'wanted' | 'not ours', CertificateAxis]>([
    ['never probed', undefined, asked(0), 'wanted', 'unknown'],
    ['the server was never asked', seen('pointing', undefined), undefined, 'wanted', 'unknown'],
    ['valid', seen('pointing', 'valid'), undefined, 'wanted', 'valid'],
    ['valid, and not ours', seen('pointing', 'valid'), undefined, 'not ours', 'valid'],
    ['valid, whatever was asked for', seen('pointing', 'valid'), asked(0), 'wanted', 'valid'],
    ['expiring', seen('pointing', 'expiring'), undefined, 'wanted', 'expiring'],
    ['expiring, and asked for', seen('pointing', 'expiring'), asked(0), 'wanted', 'expiring'],
    ['none, and not ours', seen('pointing', 'none'), undefined, 'not ours', 'none'],
    ['expired, and not ours', seen('pointing', 'expired'), asked(0), 'not ours', 'none'],
    ['none, and never asked for', seen('pointing', 'none'), undefined, 'wanted', 'waiting'],
    [
      'none, of nothing that is remembered',
      seen('pointing', 'none'),
      { requests: [], attempts: 1 },
      'wanted',
      'waiting',
    ],
    ['none, since one that came', seen('pointing', 'none'), asked(0, 0), 'wanted', 'waiting'],
    ['moved away', seen('elsewhere', 'none', { leftAt: LONG }), undefined, 'wanted', 'waiting'],
    ['asked for just now', seen('pointing', 'none'), asked(0), 'wanted', 'requested'],
    ['asked for again', seen('pointing', 'untrusted'), asked(MINUTE, 3), 'wanted', 'requested'],
    ['1 ms before its time is over', seen('pointing', 'none'), asked(10 * MINUTE - 1), 'wanted', 'requested'],
    ['when its time is over', seen('pointing', 'none'), asked(10 * MINUTE), 'wanted', 'failed'],
    ['refused', seen('pointing', 'other-name'), refused(0, 1, 'no'), 'wanted', 'failed'],
  ])('%s', (_, probe, issuance, interest, axis) => {
    expect(certificateAxis(probe, issuance, interest, NOW)).toBe(axis);
  });
});
