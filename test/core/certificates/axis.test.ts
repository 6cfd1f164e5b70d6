import { describe, expect, it } from 'vitest';
import { type CertificateAxis, certificateAxis } from '../../../lib/core/certificates/axis.ts';
import type { IssuanceHistory } from '../../../lib/core/certificates/requests.ts';
import type { ProbeState } from '../../../lib/core/probe/result.ts';
import { MINUTE } from '../../../lib/core/values/time.ts';
import { asked, NOW, seen } from '../builders.ts';
import { LONG, refused } from './decide-cases.ts';

describe('certificateAxis', () => {
  it.each<[string, ProbeState | undefined, IssuanceHistory | undefined, 'ours' | 'not ours', CertificateAxis]>([
    ['never probed', undefined, asked(0), 'ours', 'unknown'],
    ['the server was never asked', seen('pointing', undefined), undefined, 'ours', 'unknown'],
    ['valid', seen('pointing', 'valid'), undefined, 'ours', 'valid'],
    ['valid, and not ours', seen('pointing', 'valid'), undefined, 'not ours', 'valid'],
    ['valid, whatever was asked for', seen('pointing', 'valid'), asked(0), 'ours', 'valid'],
    ['expiring', seen('pointing', 'expiring'), undefined, 'ours', 'expiring'],
    ['expiring, and asked for', seen('pointing', 'expiring'), asked(0), 'ours', 'expiring'],
    ['none, and not ours', seen('pointing', 'none'), undefined, 'not ours', 'none'],
    ['expired, and not ours', seen('pointing', 'expired'), asked(0), 'not ours', 'none'],
    ['none, and never asked for', seen('pointing', 'none'), undefined, 'ours', 'waiting'],
    ['none, of nothing that is remembered', seen('pointing', 'none'), { requests: [], attempts: 1 }, 'ours', 'waiting'],
    ['none, since one that came', seen('pointing', 'none'), asked(0, 0), 'ours', 'waiting'],
    ['moved away', seen('elsewhere', 'none', { leftAt: LONG }), undefined, 'ours', 'waiting'],
    ['asked for just now', seen('pointing', 'none'), asked(0), 'ours', 'requested'],
    ['asked for again', seen('pointing', 'untrusted'), asked(MINUTE, 3), 'ours', 'requested'],
    ['1 ms before its time is over', seen('pointing', 'none'), asked(10 * MINUTE - 1), 'ours', 'requested'],
    ['when its time is over', seen('pointing', 'none'), asked(10 * MINUTE), 'ours', 'failed'],
    ['refused', seen('pointing', 'other-name'), refused(0, 1, 'no'), 'ours', 'failed'],
  ])('%s', (_, probe, issuance, ownership, axis) => {
    expect(certificateAxis(probe, issuance, ownership, NOW)).toBe(axis);
  });
});
