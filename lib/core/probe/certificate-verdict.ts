/**
 * What a TLS handshake says about a certificate. It is what a visitor meets, whatever RunCloud's panel shows.
 */

import { DAY, epoch, type IsoTime, iso } from '../values/time.ts';
import type { Handshake } from './handshake.ts';

export type CertificateVerdict =
  | { readonly kind: 'valid'; readonly until: IsoTime; readonly expiringFrom: IsoTime }
  /** Past `expiringFrom`: whoever renews it should have done so. */
  | { readonly kind: 'expiring'; readonly until: IsoTime; readonly expiringFrom: IsoTime }
  | { readonly kind: 'expired'; readonly until: IsoTime }
  /** The server shows a certificate for these names instead. */
  | { readonly kind: 'other-name'; readonly names: readonly string[] }
  /** Browsers do not trust its issuer, or it is not valid yet. */
  | { readonly kind: 'untrusted'; readonly why: string }
  | { readonly kind: 'none'; readonly why: string };

/** `could-not-ask` says nothing about the certificate: the verdict of the last probe stands. */
export type CertificateResult = CertificateVerdict | { readonly kind: 'could-not-ask'; readonly why: string };

// Let's Encrypt's integration guide: renew with a third of the lifetime left, and half-way if the lifetime is under ten days.
const SHORT_LIFE_MS = 10 * DAY;
const NAMES_SHOWN = 3;

/**
 * Only one fault is named where there are several: the wrong name first, then the end, then the trust. A visitor's browser
 * refuses an expired certificate whoever issued it.
 */
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

/** What an older verdict has become by now. A certificate runs out without anybody looking. */
export function aged(verdict: CertificateVerdict, now: number): CertificateVerdict {
  if (verdict.kind !== 'valid' && verdict.kind !== 'expiring') return verdict;
  if (now >= epoch(verdict.until)) return { kind: 'expired', until: verdict.until };
  return now > epoch(verdict.expiringFrom) ? { ...verdict, kind: 'expiring' } : verdict;
}

// Best for visitors first. `could-not-ask` hides a valid certificate, and never a fault that was seen.
const ORDER: readonly CertificateResult['kind'][] = [
  'valid',
  'expiring',
  'could-not-ask',
  'expired',
  'untrusted',
  'other-name',
  'none',
];

/** One result for all names of a domain. Of two of a kind the one that ends first is the worse. */
export function worstOf(results: readonly [CertificateResult, ...CertificateResult[]]): CertificateResult {
  return results.reduce((worst, each) => (isWorse(each, worst) ? each : worst));
}

function isWorse(each: CertificateResult, worst: CertificateResult): boolean {
  const rank = ORDER.indexOf(each.kind) - ORDER.indexOf(worst.kind);
  // Of one kind either both have an end or neither has.
  return rank > 0 || (rank === 0 && 'until' in each && each.until < (worst as typeof each).until);
}
