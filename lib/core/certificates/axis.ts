/** How the certificate of a domain stands, in one word. */
import type { Look } from '../probe/result.ts';
import { epoch } from '../values/time.ts';
import { ANSWER_WITHIN_MS, type Issuing } from './requests.ts';

/** How a domain's certificate stands, in one word. `unknown`: nobody could look. */
export type CertificateAxis = 'unknown' | 'none' | 'waiting' | 'requested' | 'valid' | 'expiring' | 'failed';

/**
 * Takes what is remembered of looking and of asking, whether a certificate is wanted here (it is mapped and ours), and the time
 * (ms); returns how it stands.
 */
export function certificateAxis(
  look: Look | undefined,
  issuing: Issuing | undefined,
  interest: 'wanted' | 'not ours',
  now: number,
): CertificateAxis {
  const shown = look?.certificate?.verdict.kind;
  if (shown === undefined) return 'unknown';
  if (shown === 'valid' || shown === 'expiring') return shown;
  if (interest === 'not ours') return 'none';
  const last = issuing?.requests.at(-1);
  if (!issuing || !last || issuing.attempts === 0) return 'waiting';
  return last.answer === 'open' && now < epoch(last.at) + ANSWER_WITHIN_MS ? 'requested' : 'failed';
}
