/** What the server shows for a name, judged: the truth about its certificate, as a visitor meets it. */

import { DAY, epoch, type IsoTime, iso } from '../values/time.ts';
import type { Handshake } from './handshake.ts';

export type CertificateVerdict =
  | { readonly kind: 'valid'; readonly until: IsoTime; readonly expiringFrom: IsoTime }
  /** Less than a third of its life is left: whoever renews it should have done so. */
  | { readonly kind: 'expiring'; readonly until: IsoTime; readonly expiringFrom: IsoTime }
  | { readonly kind: 'expired'; readonly until: IsoTime }
  /** The server shows a certificate of these names. */
  | { readonly kind: 'other-name'; readonly names: readonly string[] }
  /** Issued by nobody that browsers trust, or not valid yet. */
  | { readonly kind: 'untrusted'; readonly why: string }
  | { readonly kind: 'none'; readonly why: string };

/** What one looking gave: a verdict, or that the server could not be asked, which says nothing about the certificate. */
export type CertificateResult = CertificateVerdict | { readonly kind: 'could-not-ask'; readonly why: string };

// The authority's integration guide: renew with a third of the life left, and half-way where it lives less than ten days.
const SHORT_LIFE_MS = 10 * DAY;
const NAMES_SHOWN = 3;

/** Takes what a handshake showed and the time (ms); returns what it is worth. */
export function judgeHandshake(shown: Handshake, now: number): CertificateResult {
  if (shown.kind !== 'certificate') return shown;
  const [from, until] = [epoch(shown.notBefore), epoch(shown.notAfter)];
  if (shown.fits === 'other-name') return { kind: 'other-name', names: shown.names.slice(0, NAMES_SHOWN) };
  if (now >= until) return { kind: 'expired', until: shown.notAfter };
  if (shown.trust !== 'trusted') return { kind: 'untrusted', why: shown.trust.untrusted };
  if (now < from) return { kind: 'untrusted', why: `it is valid only from ${shown.notBefore} on` };
  const life = until - from;
  const expiringFrom = iso(until - (life < SHORT_LIFE_MS ? life / 2 : life / 3));
  return { kind: now > epoch(expiringFrom) ? 'expiring' : 'valid', until: shown.notAfter, expiringFrom };
}

/** Takes what was seen some time ago, and the time (ms); returns what has become of it since: a certificate runs out by itself. */
export function aged(verdict: CertificateVerdict, now: number): CertificateVerdict {
  if (verdict.kind !== 'valid' && verdict.kind !== 'expiring') return verdict;
  if (now >= epoch(verdict.until)) return { kind: 'expired', until: verdict.until };
  return now > epoch(verdict.expiringFrom) ? { ...verdict, kind: 'expiring' } : verdict;
}

// From the best for visitors to the worst; what is not known is worse than what is well, and no proof of a fault.
const ORDER: readonly CertificateResult['kind'][] = [
  'valid',
  'expiring',
  'could-not-ask',
  'expired',
  'untrusted',
  'other-name',
  'none',
];

/** Takes what was seen for each name that is served; returns the worst of it: the domain is as well as that. */
export function worstOf(looks: readonly [CertificateResult, ...CertificateResult[]]): CertificateResult {
  return looks.reduce((worst, probe) => (isWorse(probe, worst) ? probe : worst));
}

function isWorse(probe: CertificateResult, worst: CertificateResult): boolean {
  if (probe.kind !== worst.kind) return ORDER.indexOf(probe.kind) > ORDER.indexOf(worst.kind);
  return 'until' in probe && 'until' in worst && probe.until < worst.until;
}
