/** Cases of `decideCertificate` as rows of a table: what DNS says, what the server shows, what was done before. */

import { decideCertificate } from '../../../lib/core/certificates/decide.ts';
import type { CertificateCase, CertificateDecision, CertificateWait } from '../../../lib/core/certificates/decision.ts';
import type { CertificateMode } from '../../../lib/core/certificates/mode.ts';
import { IssuanceLimiter } from '../../../lib/core/certificates/rate-limits.ts';
import { withinLimits } from '../../../lib/core/certificates/request-waits.ts';
import type { CertificateRequest, IssuanceHistory } from '../../../lib/core/certificates/requests.ts';
import type { CertificateVerdict } from '../../../lib/core/probe/certificate-verdict.ts';
import type { DnsVerdict } from '../../../lib/core/probe/dns-verdict.ts';
import type { ProbeState } from '../../../lib/core/probe/result.ts';
import { DAY, HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';
import { ago, historyOf, NOW, requested, SERVER, SHOWN, VERDICTS } from '../builders.ts';

export const LONG = ago(2 * DAY);

function points(kind: DnsVerdict['kind'], since = LONG): Partial<ProbeState> {
  return { dns: { verdict: VERDICTS[kind], since } };
}
function www(kind: DnsVerdict['kind']): Partial<ProbeState> {
  return { ...points('pointing'), www: { verdict: VERDICTS[kind], since: LONG } };
}
function shows(kind: CertificateVerdict['kind'], since = LONG): Partial<ProbeState> {
  return { certificate: { verdict: SHOWN[kind], since } };
}
/** `left` is what is left of the lifetime when a certificate begins to count as expiring: 30 of 90 days, 3 of 6. */
function expiringFor(ms: number, left = 30 * DAY): Partial<ProbeState> {
  const from = NOW - ms;
  return {
    certificate: { verdict: { kind: 'expiring', until: iso(from + left), expiringFrom: iso(from) }, since: iso(from) },
  };
}
export function refused(msAgo: number, attempts: number, says: string, notBefore?: number): IssuanceHistory {
  const more = notBefore === undefined ? {} : { notBefore: iso(NOW + notBefore) };
  return { ...historyOf(msAgo, attempts, { says, ...more }), requests: [requested(msAgo, { answer: 'refused' })] };
}
function many(count: number, msAgo: number, more: (n: number) => Partial<CertificateRequest>): CertificateRequest[] {
  return Array.from({ length: count }, (_, n) => requested(msAgo, { names: [`n${n}.other${n}.example`], ...more(n) }));
}

/** Public DNS of the domain and of its `www.` name, for two days where no time is given. */
export const DNS = {
  'never asked': { dnsUnasked: 'the resolver did not answer' },
  here: points('pointing'),
  'here 1 h': points('pointing', ago(HOUR)),
  'here 1 h -1': points('pointing', ago(HOUR - 1)),
  'here, not asked now': { ...points('pointing'), dnsUnasked: 'the resolver did not answer' },
  'elsewhere, not asked now': { ...points('elsewhere'), dnsUnasked: 'the resolver did not answer' },
  absent: points('absent'),
  elsewhere: points('elsewhere'),
  partly: points('partly'),
  'IPv6 elsewhere': { dns: { verdict: { kind: 'partly', foreign: ['2001:db8::9'] }, since: LONG } },
  disagreed: points('disagreed'),
  proxied: points('proxied'),
  'CAA forbids': points('blocked'),
  'left, elsewhere': { ...points('elsewhere'), leftAt: ago(HOUR) },
  'left, absent': { ...points('absent'), leftAt: ago(HOUR) },
  'left, proxied': { ...points('proxied'), leftAt: ago(HOUR) },
  'left, partly': { ...points('partly'), leftAt: ago(HOUR) },
  'left and back': points('pointing', ago(MINUTE)),
  'www here': www('pointing'),
  'www absent': www('absent'),
  'www elsewhere': www('elsewhere'),
  'www partly': www('partly'),
  'www disagreed': www('disagreed'),
  'www proxied': www('proxied'),
  'www CAA forbids': www('blocked'),
  'www never asked': points('pointing'),
  'www absent, not served': www('absent'),
} as const satisfies Record<string, Partial<ProbeState>>;

/** The worst that the server shows for the served names, for two days where no time is given. */
export const SERVER_SHOWS = {
  '-': {},
  valid: shows('valid'),
  none: shows('none'),
  'none 1 h': shows('none', ago(HOUR)),
  'none 1 h -1': shows('none', ago(HOUR - 1)),
  'other name': shows('other-name'),
  staging: shows('untrusted'),
  expired: shows('expired'),
  'expiring 1 d': expiringFor(DAY),
  'expiring 1 d -1': expiringFor(DAY - 1),
  'expiring, short': expiringFor(2.4 * HOUR, 3 * DAY),
  'expiring, short -1': expiringFor(2.4 * HOUR - 1, 3 * DAY),
  'never asked': { certificateUnasked: 'it did not finish the handshake' },
  'valid, not asked now': { ...shows('valid'), certificateUnasked: 'it did not finish the handshake' },
  'none, not asked now': { ...shows('none'), certificateUnasked: 'it did not finish the handshake' },
  'expired, not asked now': { ...shows('expired'), certificateUnasked: 'it did not finish the handshake' },
} as const satisfies Record<string, Partial<ProbeState>>;

type History = Partial<Pick<CertificateCase, 'issuance' | 'addedAt' | 'requestedAt'>> & {
  readonly others?: readonly CertificateRequest[];
  readonly domain?: string;
};
const DATED = 'too many certificates already issued, retry after 2026-11-22 09:00:00 UTC';

/** What this service did, and when the domain was requested. `asked 2×, 3 min`: the second request in a row is three minutes old. */
export const HISTORY = {
  '-': {},
  'added 1 min': { addedAt: ago(MINUTE) },
  'added 1 min -1': { addedAt: ago(MINUTE - 1) },
  'asked 1×, 0 min': { issuance: historyOf(0) },
  'asked 1×, 10 min': { issuance: historyOf(10 * MINUTE) },
  'asked 1×, 10 min -1': { issuance: historyOf(10 * MINUTE - 1) },
  'asked 2×, 10 min': { issuance: historyOf(10 * MINUTE, 2) },
  'asked 2×, 100 min': { issuance: historyOf(100 * MINUTE, 2) },
  'asked 2×, 100 min -1': { issuance: historyOf(100 * MINUTE - 1, 2) },
  'asked 3×, 1 d': { issuance: historyOf(DAY, 3) },
  'asked 3×, 1 d -1': { issuance: historyOf(DAY - 1, 3) },
  'asked 99×, 1 d': { issuance: historyOf(DAY, 99) },
  'asked 99×, 1 d -1': { issuance: historyOf(DAY - 1, 99) },
  'asked 1×, 0 min, requested since': { issuance: historyOf(1), requestedAt: ago(0) },
  'asked 3×, 11 min, requested since': { issuance: historyOf(11 * MINUTE, 3), requestedAt: ago(10 * MINUTE) },
  'asked 3×, 11 min, requested before': { issuance: historyOf(11 * MINUTE, 3), requestedAt: ago(11 * MINUTE) },
  'refused 1×, 0 min': { issuance: refused(0, 1, 'status 422: no') },
  'refused 1×, 10 min': { issuance: refused(10 * MINUTE, 1, 'status 422: no') },
  'refused 1×, 0 min, requested since': { issuance: refused(1, 1, 'status 422: no'), requestedAt: ago(0) },
  'refused 1×, date ahead': { issuance: refused(50 * MINUTE, 1, DATED, 1) },
  'refused 1×, date ahead, requested since': { issuance: refused(50 * MINUTE, 1, DATED, 1), requestedAt: ago(0) },
  'refused 1×, date over': { issuance: refused(50 * MINUTE, 1, DATED, 0) },
  'refused 3×, date over, pause not': { issuance: refused(50 * MINUTE, 3, DATED, 0) },
  'had one, asked 0 min': { issuance: historyOf(0, 0) },
  'reserved label': { domain: 'r3--shop.example.net' },
  '4 of these names': { others: many(4, 6 * DAY, () => ({ names: ['shop.example'], order: 'renewal' })) },
  '40 below shop.example': { others: many(40, 6 * DAY, (n) => ({ names: [`n${n}.shop.example`] })) },
  '240 of others': { others: many(240, HOUR, () => ({})) },
  '4 of this name in 1 h': {
    others: many(4, HOUR / 2, (n) => ({ names: ['shop.example', `n${n}.example`], answer: 'refused' })),
  },
} as const satisfies Record<string, History>;

export type Row = readonly [
  mode: CertificateMode | 'unknown',
  dns: keyof typeof DNS,
  shown: keyof typeof SERVER_SHOWS,
  history: keyof typeof HISTORY,
  decision: string,
];

export function decide([mode, dns, shown, history]: Row | readonly [...Row]): CertificateDecision {
  const { others = [], domain = 'shop.example', ...done }: History = HISTORY[history];
  const isWwwServed = dns.startsWith('www') && !dns.endsWith('not served');
  const names = isWwwServed ? [domain, `www.${domain}`] : [domain];
  const each: CertificateCase = {
    domain,
    names,
    probe: { at: ago(0), ...DNS[dns], ...SERVER_SHOWS[shown] },
    issuance: undefined,
    addedAt: undefined,
    requestedAt: undefined,
    ...done,
  };
  const context = { mode: mode === 'unknown' ? undefined : mode, server: SERVER, now: NOW };
  const decision = decideCertificate(each, context);
  return decision.kind === 'ask' ? withinLimits(decision, names, new IssuanceLimiter(others, NOW)) : decision;
}

export function inShort(decision: CertificateDecision): string {
  if (decision.kind === 'well') return 'well';
  if (decision.kind === 'ask') return `ask ${decision.order}`;
  const until = decision.until === undefined ? '' : `, ${Date.parse(decision.until) - NOW} ms`;
  return `wait ${decision.cause}${until}`;
}

/** The decision of a row, which must be to wait. */
export function waitOf(...row: [...Row] extends [...infer Rest, string] ? Rest : never): CertificateWait {
  const decision = decide([...row, '']);
  if (decision.kind !== 'wait') throw new Error(`expected to wait: ${inShort(decision)}`);
  return decision;
}
