import type { ProbeState } from '../probe/result.ts';
import { epoch } from '../values/time.ts';
import { ANSWER_WITHIN_MS, type IssuanceHistory } from './requests.ts';

/** A domain's certificate as `status` shows it. `unknown`: the server was never asked, or could not be. */
export type CertificateAxis = 'unknown' | 'none' | 'waiting' | 'requested' | 'valid' | 'expiring' | 'failed';

/** What this service would never ask for (`not ours`) is `none`: it neither waits nor fails. */
export function certificateAxis(
  probe: ProbeState | undefined,
  issuance: IssuanceHistory | undefined,
  ownership: 'ours' | 'not ours',
  now: number,
): CertificateAxis {
  const shown = probe?.certificate?.verdict.kind;
  if (shown === undefined) return 'unknown';
  if (shown === 'valid' || shown === 'expiring') return shown;
  if (ownership === 'not ours') return 'none';
  const last = issuance?.requests.at(-1);
  if (!issuance || !last || issuance.attempts === 0) return 'waiting';
  return last.answer === 'open' && now < epoch(last.at) + ANSWER_WITHIN_MS ? 'requested' : 'failed';
}
