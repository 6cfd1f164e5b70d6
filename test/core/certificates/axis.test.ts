import { describe, expect, it } from 'vitest';
import { type CertificateAxis, certificateAxis } from '../../../lib/core/certificates/axis.ts';
import type { IssuanceHistory } from '../../../lib/core/certificates/requests.ts';
import type { ProbeState } from '../../../lib/core/probe/result.ts';
import { MINUTE } from '../../../lib/core/values/time.ts';
import { historyOf, NOW, probeOf } from '../builders.ts';
import { LONG, refused } from './decide-cases.ts';

describe('certificateAxis', () => {
  it.each<[string, ProbeState | undefined, IssuanceHistory | undefined, 'ours' | 'not ours', CertificateAxis]>([
    ['never probed', undefined, historyOf(0), 'ours', 'unknown'],
    ['the server was never asked', probeOf('pointing', undefined), undefined, 'ours', 'unknown'],
    ['valid', probeOf('pointing', 'valid'), undefined, 'ours', 'valid'],
    ['valid, and not ours', probeOf('pointing', 'valid'), undefined, 'not ours', 'valid'],
    ['valid, whatever was asked for', probeOf('pointing', 'valid'), historyOf(0), 'ours', 'valid'],
    ['expiring', probeOf('pointing', 'expiring'), undefined, 'ours', 'expiring'],
    ['expiring, and asked for', probeOf('pointing', 'expiring'), historyOf(0), 'ours', 'expiring'],
    ['none, and not ours', probeOf('pointing', 'none'), undefined, 'not ours', 'none'],
    ['expired, and not ours', probeOf('pointing', 'expired'), historyOf(0), 'not ours', 'none'],
    ['none, and never asked for', probeOf('pointing', 'none'), undefined, 'ours', 'waiting'],
    [
      'none, of nothing that is remembered',
      probeOf('pointing', 'none'),
      { requests: [], attempts: 1 },
      'ours',
      'waiting',
    ],
    ['none, since one that came', probeOf('pointing', 'none'), historyOf(0, 0), 'ours', 'waiting'],
    ['moved away', probeOf('elsewhere', 'none', { leftAt: LONG }), undefined, 'ours', 'waiting'],
    ['asked for just now', probeOf('pointing', 'none'), historyOf(0), 'ours', 'requested'],
    ['asked for again', probeOf('pointing', 'untrusted'), historyOf(MINUTE, 3), 'ours', 'requested'],
    ['1 ms before its time is over', probeOf('pointing', 'none'), historyOf(10 * MINUTE - 1), 'ours', 'requested'],
    ['when its time is over', probeOf('pointing', 'none'), historyOf(10 * MINUTE), 'ours', 'failed'],
    ['refused', probeOf('pointing', 'other-name'), refused(0, 1, 'no'), 'ours', 'failed'],
  ])('%s', (_, probe, issuance, ownership, axis) => {
    expect(certificateAxis(probe, issuance, ownership, NOW)).toBe(axis);
  });
});
