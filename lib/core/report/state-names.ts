/** The states of domains, without what finds them out: what only reads a filter loads no more. */

/**
 * Where a domain stands, in one word: the first that fits.
 *
 * - `absent`: mapped, or to go, and not on RunCloud.
 * - `not-ours`: on RunCloud, and this service changes nothing about it.
 * - `unknown`: ours, and nobody has asked yet where public DNS points, or could.
 * - `dns`: ours, and public DNS does not point here.
 * - `failed`: it points here, and its certificate was requested in vain.
 * - `certificate`: it points here, and has no valid certificate yet, as far as is known.
 * - `expiring`: live, and its certificate should have been renewed by now.
 */
export const DOMAIN_STATES = [
  'live',
  'expiring',
  'certificate',
  'failed',
  'dns',
  'unknown',
  'absent',
  'not-ours',
] as const;
export type DomainStateName = (typeof DOMAIN_STATES)[number];

/** For people, behind a number. */
export const STATE_WORDS: Readonly<Record<DomainStateName, string>> = {
  live: 'live',
  expiring: 'expiring',
  certificate: 'waiting for a certificate',
  failed: 'failed',
  dns: 'waiting for DNS',
  unknown: 'not asked for yet',
  absent: 'not on RunCloud',
  'not-ours': 'not ours',
};

/** What whoever looks after the domains wants to see first. */
export const NOT_LIVE: readonly DomainStateName[] = DOMAIN_STATES.filter(
  (state) => state !== 'live' && state !== 'not-ours',
);

/** What rows can be chosen by. */
export const FILTER_STATES = [...DOMAIN_STATES, 'needs-person'] as const;
export type FilterState = (typeof FILTER_STATES)[number];
