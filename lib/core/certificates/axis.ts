/** How the certificate of a domain stands, in one word. */
import type { ProbeState } from '../probe/result.ts';
import { epoch } from '../values/time.ts';
import { ANSWER_WITHIN_MS, type IssuanceHistory } from './requests.ts';

/** How a domain's certificate stands, in one word. `unknown`: nobody could look. */
export type CertificateAxis = 'unknown' | 'none' | 'waiting' | 'requested' | 'valid' | 'expiring' | 'failed';

/**
 * Takes what is remembered of looking and of asking, whether a certificate is wanted here (it is mapped and ours), and the time
 * (ms); returns how it stands.
 */
export function certificateAxis(
  probe: ProbeState | undefined,
  issuance: IssuanceHistory | undefined,
  interest: 'wanted' | 'not ours',
  now: number,
): CertificateAxis {
  const shown = probe?.certificate?.verdict.kind;
  if (shown === undefined) return 'unknown';
  if (shown === 'valid' || shown === 'expiring') return shown;
  if (interest === 'not ours') return 'none';
  const last = issuance?.requests.at(-1);
  if (!issuance || !last || issuance.attempts === 0) return 'waiting';
  return last.answer === 'open' && now < epoch(last.at) + ANSWER_WITHIN_MS ? 'requested' : 'failed';
}
