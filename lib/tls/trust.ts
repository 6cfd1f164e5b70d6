/** Whether browsers trust the issuer of a certificate. */
import { X509Certificate } from 'node:crypto';
import { getCACertificates } from 'node:tls';

/** Public authorities have no longer chains. */
const LONGEST_CHAIN = 10;
const DATES = ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'];

/**
 * Why a certificate is not trusted, or undefined if it is. `fault` is what OpenSSL found, `authorities` are PEM
 * (undefined: Node's own).
 *
 * OpenSSL reports the last fault it meets, and it checks the certificate's own dates last. A fault of the dates may
 * hide an unknown authority, so the chain is followed here then, by this machine's clock as in OpenSSL.
 */
export function whyUntrusted(
  certificate: X509Certificate,
  fault: Error | string | null,
  authorities: readonly string[] | undefined,
): string | undefined {
  const code =
    fault === null ? undefined : String(fault instanceof Error ? (fault as NodeJS.ErrnoException).code : fault);
  if (code === undefined) return undefined;
  if (!DATES.includes(code)) return REASONS[code] ?? `its authority cannot be verified (${code})`;
  const roots = (authorities ?? getCACertificates('default')).map((pem) => new X509Certificate(pem));
  return followChain(certificate, roots, Date.now());
}

function followChain(leaf: X509Certificate, roots: readonly X509Certificate[], now: number): string | undefined {
  let current = leaf;
  for (let length = 0; length < LONGEST_CHAIN; length++) {
    const root = roots.find((each) => isIssuedBy(current, each));
    if (root) return holds(root, now) ? undefined : AUTHORITY_DATES;
    const next = current.issuerCertificate;
    if (current.checkIssued(current)) return length === 0 ? SELF_SIGNED : UNKNOWN;
    if (!next?.ca || !isIssuedBy(current, next)) return UNKNOWN;
    if (!holds(next, now)) return AUTHORITY_DATES;
    current = next;
  }
  return UNKNOWN;
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function holds({ validFromDate, validToDate }: X509Certificate, now: number): boolean {
  return validFromDate.getTime() <= now && now <= validToDate.getTime();
}

const SELF_SIGNED = 'it is self-signed';
const UNKNOWN = 'it comes from an authority that is not known, or without the certificates that lead to a known one';
const AUTHORITY_DATES = 'a certificate of its authority has expired or does not hold yet';

const REASONS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: SELF_SIGNED,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN,
};
