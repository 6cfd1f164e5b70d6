import { epoch, MINUTE } from '../values/time.ts';
import type { CertificateCase } from './decision.ts';

// The first request comes a minute or two after the add. In an import RunCloud's limit spreads them over more.
const JUST_ADDED_MS = 10 * MINUTE;

/**
 * Whether RunCloud can have no certificate for a domain object, by what the service itself knows: it added the object just now, has asked for
 * no certificate of it, and the server shows none for its names. One that somebody brings along meanwhile is seen by the handshake, also
 * where browsers do not trust it.
 */
export function neverHadCertificate(
  { addedAt, issuance, probe }: Pick<CertificateCase, 'addedAt' | 'issuance' | 'probe'>,
  now: number,
): boolean {
  if (addedAt === undefined || now - epoch(addedAt) >= JUST_ADDED_MS || issuance !== undefined) return false;
  const shown = probe?.certificateUnasked === undefined ? probe?.certificate?.verdict.kind : undefined;
  return shown === 'none' || shown === 'other-name';
}
