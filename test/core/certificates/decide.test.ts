import { describe, expect, it } from 'vitest';
import { type CertificateAxis, certificateAxis } from '../../../lib/core/certificates/axis.ts';
import {
  type CertificateCase,
  type CertificateDecision,
  type CertificateWait,
  decideCertificate,
  withinLimits,
} from '../../../lib/core/certificates/decide.ts';
import type { CertificateMode } from '../../../lib/core/certificates/mode.ts';
import { IssuanceLimiter } from '../../../lib/core/certificates/rate-limits.ts';
import {
  afterForeign,
  afterUnread,
  type CertificateRequest,
  type IssuanceHistory,
} from '../../../lib/core/certificates/requests.ts';
import type { CertificateVerdict } from '../../../lib/core/probe/certificate-verdict.ts';
import type { DnsVerdict } from '../../../lib/core/probe/dns-verdict.ts';
import type { ProbeState } from '../../../lib/core/probe/result.ts';
import { DAY, HOUR, type IsoTime, iso, MINUTE } from '../../../lib/core/values/time.ts';
import { ago, asked, NOW, requested, SERVER, SHOWN, seen, VERDICTS } from '../builders.ts';

const LONG = ago(2 * DAY);

function points(kind: DnsVerdict['kind'], since = LONG): Partial<ProbeState> {
  return { dns: { verdict: VERDICTS[kind], since } };
}
function www(kind: DnsVerdict['kind']): Partial<ProbeState> {
  return { ...points('pointing'), www: { verdict: VERDICTS[kind], since: LONG } };
}
function shows(kind: CertificateVerdict['kind'], since = LONG): Partial<ProbeState> {
  return { certificate: { verdict: SHOWN[kind], since } };
}
/** Of a life of 90 days, or of 6, a third or a half is left when it begins to count as expiring. */
function expiringFor(ms: number, left = 30 * DAY): Partial<ProbeState> {
  const from = NOW - ms;
  return {
    certificate: { verdict: { kind: 'expiring', until: iso(from + left), expiringFrom: iso(from) }, since: iso(from) },
  };
}
function refused(msAgo: number, attempts: number, says: string, notBefore?: number): IssuanceHistory {
  const more = notBefore === undefined ? {} : { notBefore: iso(NOW + notBefore) };
  return { ...asked(msAgo, attempts, { says, ...more }), requests: [requested(msAgo, { answer: 'refused' })] };
}
function many(count: number, msAgo: number, more: (n: number) => Partial<CertificateRequest>): CertificateRequest[] {
  return Array.from({ length: count }, (_, n) => requested(msAgo, { names: [`n${n}.other${n}.example`], ...more(n) }));
}

/** What public DNS says, of the name itself and of `www.`. Since two days, where no time is given. */
const DNS = {
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

/** What the server shows for all names that are served. Since two days, where no time is given. */
const PROBE = {
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
};
const DATED = 'too many certificates already issued, retry after 2026-11-22 09:00:00 UTC';

/** What this service did, and what was wished for. `asked 2×, 3 min`: the second request in a row is three minutes old. */
const HISTORY = {
  '-': {},
  'added 1 min': { addedAt: ago(MINUTE) },
  'added 1 min -1': { addedAt: ago(MINUTE - 1) },
  'asked 1×, 0 min': { issuance: asked(0) },
  'asked 1×, 10 min': { issuance: asked(10 * MINUTE) },
  'asked 1×, 10 min -1': { issuance: asked(10 * MINUTE - 1) },
  'asked 2×, 10 min': { issuance: asked(10 * MINUTE, 2) },
  'asked 2×, 100 min': { issuance: asked(100 * MINUTE, 2) },
  'asked 2×, 100 min -1': { issuance: asked(100 * MINUTE - 1, 2) },
  'asked 3×, 1 d': { issuance: asked(DAY, 3) },
  'asked 3×, 1 d -1': { issuance: asked(DAY - 1, 3) },
  'asked 99×, 1 d': { issuance: asked(DAY, 99) },
  'asked 99×, 1 d -1': { issuance: asked(DAY - 1, 99) },
  'asked 1×, 0 min, wished since': { issuance: asked(1), requestedAt: ago(0) },
  'asked 3×, 11 min, wished since': { issuance: asked(11 * MINUTE, 3), requestedAt: ago(10 * MINUTE) },
  'asked 3×, 11 min, wished before': { issuance: asked(11 * MINUTE, 3), requestedAt: ago(11 * MINUTE) },
  'refused 1×, 0 min': { issuance: refused(0, 1, 'status 422: no') },
  'refused 1×, 10 min': { issuance: refused(10 * MINUTE, 1, 'status 422: no') },
  'refused 1×, 0 min, wished since': { issuance: refused(1, 1, 'status 422: no'), requestedAt: ago(0) },
  'refused 1×, date ahead': { issuance: refused(50 * MINUTE, 1, DATED, 1) },
  'refused 1×, date ahead, wished since': { issuance: refused(50 * MINUTE, 1, DATED, 1), requestedAt: ago(0) },
  'refused 1×, date over': { issuance: refused(50 * MINUTE, 1, DATED, 0) },
  'refused 3×, date over, pause not': { issuance: refused(50 * MINUTE, 3, DATED, 0) },
  'had one, asked 0 min': { issuance: asked(0, 0) },
  '4 of these names': { others: many(4, 6 * DAY, () => ({ names: ['shop.example'], order: 'renewal' })) },
  '40 below shop.example': { others: many(40, 6 * DAY, (n) => ({ names: [`n${n}.shop.example`] })) },
  '240 of others': { others: many(240, HOUR, () => ({})) },
  '4 of this name in 1 h': {
    others: many(4, HOUR / 2, (n) => ({ names: ['shop.example', `n${n}.example`], answer: 'refused' })),
  },
} as const satisfies Record<string, History>;

type Row = readonly [
  mode: CertificateMode | 'unknown',
  dns: keyof typeof DNS,
  probe: keyof typeof PROBE,
  history: keyof typeof HISTORY,
  decision: string,
];

function decide([mode, dns, probe, history]: Row | readonly [...Row]): CertificateDecision {
  const { others = [], ...done }: History = HISTORY[history];
  const isWwwServed = dns.startsWith('www') && !dns.endsWith('not served');
  const names = isWwwServed ? ['shop.example', 'www.shop.example'] : ['shop.example'];
  const given: CertificateCase = {
    domain: 'shop.example',
    names,
    probe: { at: ago(0), ...DNS[dns], ...PROBE[probe] },
    issuance: undefined,
    addedAt: undefined,
    requestedAt: undefined,
    ...done,
  };
  const world = { mode: mode === 'unknown' ? undefined : mode, server: SERVER, now: NOW };
  const decision = decideCertificate(given, world);
  return decision.kind === 'ask' ? withinLimits(decision, names, new IssuanceLimiter(others, NOW)) : decision;
}

function inShort(decision: CertificateDecision): string {
  if (decision.kind === 'well') return 'well';
  if (decision.kind === 'ask') return `ask ${decision.order}`;
  const until = decision.until === undefined ? '' : `, ${Date.parse(decision.until) - NOW} ms`;
  return `wait ${decision.cause}${until}`;
}

/** Takes a row without its decision, of which the decision is known to be to wait; returns it. */
function waitOf(...row: [...Row] extends [...infer Given, string] ? Given : never): CertificateWait {
  const decision = decide([...row, '']);
  if (decision.kind !== 'wait') throw new Error(`expected to wait: ${inShort(decision)}`);
  return decision;
}

const ROWS: readonly Row[] = [
  // mode       DNS                         server shows          history                     decision
  // The server could not be asked, ever: nobody knows whether one is wanted.
  ['advanced', 'here', 'never asked', '-', 'wait unasked'],
  ['advanced', 'here', '-', '-', 'wait unasked'],
  ['advanced', 'absent', 'never asked', '-', 'wait unasked'],
  ['unknown', 'here', 'never asked', '-', 'wait unasked'],

  // A valid certificate for all its names: well, whatever else is known.
  ['advanced', 'here', 'valid', '-', 'well'],
  ['basic', 'here', 'valid', '-', 'well'],
  ['auto-ssl', 'here', 'valid', '-', 'well'],
  ['unknown', 'here', 'valid', '-', 'well'],
  ['advanced', 'left, elsewhere', 'valid', '-', 'wait moved-away'],
  ['advanced', 'left, proxied', 'valid', '-', 'well'],
  ['advanced', 'proxied', 'valid', '-', 'well'],
  ['advanced', 'CAA forbids', 'valid', '-', 'well'],
  ['advanced', 'never asked', 'valid', '-', 'well'],
  ['advanced', 'www here', 'valid', '-', 'well'],
  ['advanced', 'here', 'valid', 'asked 2×, 10 min', 'well'],

  // DNS could not be asked, ever.
  ['advanced', 'never asked', 'none', '-', 'wait unasked'],
  ['basic', 'never asked', 'none', '-', 'wait unasked'],
  ['advanced', 'www never asked', 'none', '-', 'wait unasked'],

  // It pointed here, and does not any more: nothing is asked for, however badly one is wanted.
  ['advanced', 'left, elsewhere', 'none', '-', 'wait moved-away'],
  ['advanced', 'left, elsewhere', 'expired', '-', 'wait moved-away'],
  ['advanced', 'left, elsewhere', 'expiring 1 d', '-', 'wait moved-away'],
  ['advanced', 'left, absent', 'none', 'asked 1×, 10 min', 'wait moved-away'],
  ['auto-ssl', 'left, absent', 'none', '-', 'wait moved-away'],
  ['advanced', 'left, proxied', 'none', '-', 'wait proxied'],
  ['advanced', 'left, partly', 'none', '-', 'wait dns'],
  ['advanced', 'left and back', 'none', '-', 'ask new'],

  // Absent, elsewhere, partly, disagreed: Let's Encrypt would not reach the server for sure.
  ['advanced', 'absent', 'none', '-', 'wait dns'],
  ['advanced', 'elsewhere', 'none', '-', 'wait dns'],
  ['advanced', 'partly', 'none', '-', 'wait dns'],
  ['advanced', 'IPv6 elsewhere', 'none', '-', 'wait dns'],
  ['advanced', 'disagreed', 'none', '-', 'wait dns'],
  ['basic', 'elsewhere', 'other name', '-', 'wait dns'],
  ['auto-ssl', 'absent', 'none', '-', 'wait dns'],
  ['unknown', 'absent', 'none', '-', 'wait dns'],
  ['advanced', 'absent', 'expiring 1 d', '-', 'wait dns'],
  ['advanced', 'elsewhere, not asked now', 'none', '-', 'wait dns'],
  ['advanced', 'absent', 'none', 'asked 3×, 11 min, wished since', 'wait dns'],
  ['advanced', 'proxied', 'none', '-', 'wait proxied'],
  ['advanced', 'CAA forbids', 'none', '-', 'wait caa'],

  // The same of `www.`, where it is served.
  ['advanced', 'www absent', 'none', '-', 'wait dns'],
  ['advanced', 'www elsewhere', 'none', '-', 'wait dns'],
  ['advanced', 'www partly', 'none', '-', 'wait dns'],
  ['advanced', 'www disagreed', 'none', '-', 'wait dns'],
  ['advanced', 'www proxied', 'other name', '-', 'wait proxied'],
  ['advanced', 'www CAA forbids', 'other name', '-', 'wait caa'],
  ['advanced', 'www here', 'none', '-', 'ask new'],
  ['advanced', 'www absent, not served', 'none', '-', 'ask new'],

  // DNS could not be asked just now: what was known is shown, and nothing is spent on it.
  ['advanced', 'here, not asked now', 'none', '-', 'wait unasked'],
  ['advanced', 'here, not asked now', 'expired', '-', 'wait unasked'],

  // The server could not be asked just now: it would not answer Let's Encrypt either.
  ['advanced', 'here', 'none, not asked now', '-', 'wait unasked'],
  ['basic', 'here', 'none, not asked now', '-', 'wait unasked'],
  ['advanced', 'here', 'expired, not asked now', '-', 'wait unasked'],
  ['advanced', 'here', 'none, not asked now', 'asked 3×, 11 min, wished since', 'wait unasked'],
  ['advanced', 'absent', 'none, not asked now', '-', 'wait dns'],
  ['advanced', 'here', 'valid, not asked now', '-', 'well'],

  // Expiring, and RunCloud may still renew it by itself: it has a thirtieth of what is left for that.
  ['advanced', 'here', 'expiring 1 d -1', '-', 'wait renewal, 1 ms'],
  ['basic', 'here', 'expiring 1 d -1', '-', 'wait renewal, 1 ms'],
  ['auto-ssl', 'here', 'expiring 1 d -1', '-', 'wait renewal, 1 ms'],
  ['unknown', 'here', 'expiring 1 d -1', '-', 'wait renewal, 1 ms'],
  ['advanced', 'here', 'expiring 1 d', '-', 'ask renewal'],
  ['advanced', 'here', 'expiring, short -1', '-', 'wait renewal, 1 ms'],
  ['advanced', 'here', 'expiring, short', '-', 'ask renewal'],

  // RunCloud does not say how it keeps certificates: nobody knows which route to take.
  ['unknown', 'here', 'none', '-', 'wait no-mode'],
  ['unknown', 'here', 'expired', '-', 'wait no-mode'],
  ['unknown', 'here', 'expiring 1 d', '-', 'wait no-mode'],
  ['unknown', 'here', 'none', 'asked 3×, 11 min, wished since', 'wait no-mode'],

  // AutoSSL is on: only where it has had an hour, with the domain pointing here and its certificate amiss.
  ['auto-ssl', 'here 1 h -1', 'none', '-', 'wait auto-ssl, 1 ms'],
  ['auto-ssl', 'here 1 h', 'none', '-', 'ask new'],
  ['auto-ssl', 'here', 'none 1 h -1', '-', 'wait auto-ssl, 1 ms'],
  ['auto-ssl', 'here', 'none 1 h', '-', 'ask new'],
  ['auto-ssl', 'left and back', 'none', '-', 'wait auto-ssl, 3540000 ms'],
  ['auto-ssl', 'here', 'expiring 1 d', '-', 'ask renewal'],
  ['advanced', 'here 1 h -1', 'none 1 h -1', '-', 'ask new'],

  // Added a moment ago: the web server may not know the name yet.
  ['advanced', 'here', 'none', 'added 1 min -1', 'wait settling, 1 ms'],
  ['advanced', 'here', 'none', 'added 1 min', 'ask new'],

  // Asked for, and the answer may still come. Nothing shortens that.
  ['advanced', 'here', 'none', 'asked 1×, 0 min', 'wait certificate-requested, 600000 ms'],
  ['advanced', 'here', 'none', 'asked 1×, 10 min -1', 'wait certificate-requested, 1 ms'],
  ['advanced', 'here', 'none', 'asked 1×, 0 min, wished since', 'wait certificate-requested, 599999 ms'],
  ['auto-ssl', 'here', 'none', 'asked 1×, 10 min -1', 'wait certificate-requested, 1 ms'],

  // Asked for in vain: pauses of 10 min, 100 min, then days.
  ['advanced', 'here', 'none', 'asked 1×, 10 min', 'ask new'],
  ['advanced', 'here', 'none', 'asked 2×, 10 min', 'wait certificate-failed, 5400000 ms'],
  ['advanced', 'here', 'none', 'asked 2×, 100 min -1', 'wait certificate-failed, 1 ms'],
  ['advanced', 'here', 'none', 'asked 2×, 100 min', 'ask new'],
  ['advanced', 'here', 'none', 'asked 3×, 1 d -1', 'wait certificate-failed, 1 ms'],
  ['advanced', 'here', 'none', 'asked 3×, 1 d', 'ask new'],
  ['advanced', 'here', 'none', 'asked 99×, 1 d -1', 'wait certificate-failed, 1 ms'],
  ['advanced', 'here', 'none', 'asked 99×, 1 d', 'ask new'],
  ['advanced', 'here', 'expiring 1 d', 'asked 2×, 100 min -1', 'wait certificate-failed, 1 ms'],
  ['advanced', 'here', 'none', 'refused 1×, 0 min', 'wait certificate-failed, 600000 ms'],
  ['advanced', 'here', 'none', 'refused 1×, 10 min', 'ask new'],
  // A newer wish ends such a pause, and not one that Let's Encrypt asked for.
  ['advanced', 'here', 'none', 'asked 3×, 11 min, wished since', 'ask new'],
  ['advanced', 'here', 'none', 'asked 3×, 11 min, wished before', 'wait certificate-failed, 85740000 ms'],
  ['advanced', 'here', 'none', 'refused 1×, 0 min, wished since', 'ask new'],
  ['advanced', 'here', 'none', 'refused 1×, date ahead', 'wait certificate-failed, 1 ms'],
  ['advanced', 'here', 'none', 'refused 1×, date ahead, wished since', 'wait certificate-failed, 1 ms'],
  ['advanced', 'here', 'none', 'refused 1×, date over', 'ask new'],
  ['advanced', 'here', 'none', 'refused 3×, date over, pause not', 'wait certificate-failed, 83400000 ms'],
  // One that came ends the count.
  ['advanced', 'here', 'none', 'had one, asked 0 min', 'ask new'],

  // Let's Encrypt's limits leave no room. A renewal does not count for the registered domain.
  ['advanced', 'here', 'none', '4 of these names', 'wait limit, 86400000 ms'],
  ['advanced', 'here', 'expired', '4 of these names', 'wait limit, 86400000 ms'],
  ['advanced', 'here', 'none', '40 below shop.example', 'wait limit, 86400000 ms'],
  ['advanced', 'here', 'expired', '40 below shop.example', 'ask renewal'],
  ['advanced', 'here', 'none', '240 of others', 'wait limit, 7200000 ms'],
  ['advanced', 'here', 'none', '4 of this name in 1 h', 'wait limit, 1800000 ms'],

  // Else it is asked for.
  ['advanced', 'here', 'none', '-', 'ask new'],
  ['basic', 'here', 'none', '-', 'ask new'],
  ['auto-ssl', 'here', 'none', '-', 'ask new'],
  ['advanced', 'here', 'other name', '-', 'ask new'],
  ['advanced', 'here', 'staging', '-', 'ask new'],
  ['advanced', 'here', 'expired', '-', 'ask renewal'],
];

describe('the decision', () => {
  it.each(ROWS)('%s | %s | %s | %s → %s', (...row) => {
    expect(inShort(decide(row))).toBe(row[4]);
  });

  it('what was never looked at waits for that', () => {
    const never = { domain: 'shop.example', names: ['shop.example'], probe: undefined, issuance: undefined } as const;
    const world = { mode: 'advanced', server: SERVER, now: NOW } as const;
    const decision = decideCertificate({ ...never, addedAt: undefined, requestedAt: undefined }, world);
    expect(decision).toEqual({
      kind: 'wait',
      cause: 'unasked',
      why: 'shop.example was not looked at yet.',
      whatToDo: 'Nothing: the next run looks.',
    });
  });

  it('where the address of the server is not known, nothing is', () => {
    const given = { domain: 'shop.example', names: ['shop.example'], issuance: undefined };
    const world = { mode: 'advanced', server: undefined, now: NOW } as const;
    for (const probe of [undefined, seen('pointing', 'none'), seen('pointing', 'valid')]) {
      expect(decideCertificate({ ...given, probe, addedAt: undefined, requestedAt: undefined }, world)).toEqual({
        kind: 'wait',
        cause: 'unasked',
        why: 'Whether shop.example points to the server is not known: RunCloud did not tell the address of the server.',
        whatToDo: expect.stringMatching(/^Nothing, if it passes.*"doctor"/),
      });
    }
  });

  it('a look of more than two hours ago is no ground for a request', () => {
    const given = {
      domain: 'shop.example',
      names: ['shop.example'],
      issuance: undefined,
      addedAt: undefined,
      requestedAt: undefined,
    };
    const world = { mode: 'advanced', server: SERVER, now: NOW } as const;
    const at = (msAgo: number) =>
      decideCertificate({ ...given, probe: seen('pointing', 'none', { at: ago(msAgo) }) }, world);
    expect(at(2 * HOUR)).toMatchObject({ kind: 'ask' });
    expect(at(2 * HOUR + 1)).toMatchObject({
      kind: 'wait',
      cause: 'unasked',
      why: expect.stringMatching(/last looked at at 2026/),
    });
  });

  it('where only `www.` is served it is that name which has to point here', () => {
    const only = { domain: 'shop.example', names: ['www.shop.example'], issuance: undefined };
    const world = { mode: 'advanced', server: SERVER, now: NOW } as const;
    const decisionOn = (probe: ProbeState) =>
      inShort(decideCertificate({ ...only, probe, addedAt: undefined, requestedAt: undefined }, world));
    const seenWww = (kind: DnsVerdict['kind']) => ({ www: { verdict: VERDICTS[kind], since: LONG } });
    expect(decisionOn(seen('elsewhere', 'none', seenWww('pointing')))).toBe('ask new');
    expect(decisionOn(seen('elsewhere', 'none', { ...seenWww('pointing'), leftAt: ago(HOUR) }))).toBe('ask new');
    expect(decisionOn(seen('pointing', 'none', seenWww('absent')))).toBe('wait dns');
    // What could not be asked about this time is no ground for a request; about a name that is not served it is none of its business.
    const silent = (names: readonly string[]) =>
      inShort(
        decideCertificate(
          {
            ...only,
            names,
            probe: seen('pointing', 'none', { ...seenWww('pointing'), wwwUnasked: 'SERVFAIL' }),
            addedAt: undefined,
            requestedAt: undefined,
          },
          world,
        ),
      );
    expect(silent(['shop.example', 'www.shop.example'])).toBe('wait unasked');
    expect(silent(['shop.example'])).toBe('ask new');
    const { dns: _, ...neverAsked } = seen('pointing', 'none', seenWww('pointing'));
    const autoSsl = { ...only, probe: neverAsked, addedAt: undefined, requestedAt: undefined };
    expect(inShort(decideCertificate(autoSsl, { ...world, mode: 'auto-ssl' }))).toBe('ask new');
  });
});

describe('the words of a decision', () => {
  it.each<[CertificateVerdict['kind'] & keyof typeof PROBE, string]>([
    ['none', 'shop.example points here and has no certificate.'],
    ['expired', `The certificate of shop.example expired at ${ago(DAY)}.`],
  ])('%s: why one is wanted', (probe, why) => {
    expect(decide(['advanced', 'here', probe, '-', ''])).toMatchObject({ kind: 'ask', why });
  });

  it.each<[keyof typeof PROBE, string]>([
    ['other name', 'For shop.example the server shows a certificate of other names (network.example).'],
    ['staging', 'The certificate of shop.example is not trusted: it comes from an authority that is not known.'],
    ['expiring 1 d', `The certificate of shop.example is valid only until ${iso(NOW + 29 * DAY)}.`],
  ])('%s: why one is wanted', (probe, why) => {
    expect(decide(['advanced', 'here', probe, '-', ''])).toMatchObject({ kind: 'ask', why });
  });

  it('a server that could not be asked: why, that it may pass, and where to look', () => {
    for (const probe of ['never asked', 'none, not asked now'] as const) {
      const { why, whatToDo } = waitOf('advanced', 'here', probe, '-');
      expect(why).toBe(
        'The server 203.0.113.10 could not be asked for the certificate of shop.example: it did not finish the handshake.',
      );
      expect(whatToDo).toMatch(/^Nothing, if it passes.*TLS_PORT/);
    }
    expect(waitOf('advanced', 'here', '-', '-').why).toMatch(/: nobody tried\.$/);
  });

  it('DNS that could not be asked: why, and that it may pass', () => {
    for (const dns of ['never asked', 'here, not asked now'] as const) {
      const { why, whatToDo } = waitOf('advanced', dns, 'none', '-');
      expect(why).toBe('Public DNS could not be asked about shop.example: the resolver did not answer.');
      expect(whatToDo).toMatch(/^Nothing, if it passes.*DNS_SERVERS/);
    }
    expect(waitOf('advanced', 'www never asked', 'none', '-').why).toContain('nothing is known of www.shop.example');
  });

  it('moved away: since when, where to, and what to do either way', () => {
    const { why, whatToDo } = waitOf('advanced', 'left, elsewhere', 'none', '-');
    expect(why).toBe(
      `shop.example pointed here until ${ago(HOUR)} and does not any more. shop.example points to 198.51.100.7, and the server is 203.0.113.10.`,
    );
    expect(whatToDo).toBe(
      'If the customer left, unmap it in the network. Otherwise: Set A shop.example → 203.0.113.10, and no other address.',
    );
  });

  it('DNS: the name that is not right and the record to set', () => {
    expect(waitOf('advanced', 'www absent', 'none', '-')).toMatchObject({
      why: 'www.shop.example does not resolve: public DNS has no address for it.',
      whatToDo: 'Set A www.shop.example → 203.0.113.10.',
    });
  });

  it('no mode: what is wanted, and that it can be done by hand', () => {
    const { why, whatToDo } = waitOf('unknown', 'here', 'none', '-');
    expect(why).toContain('has no certificate. RunCloud does not say how it keeps the certificates');
    expect(whatToDo).toContain('by hand');
  });

  it.each<[Parameters<typeof waitOf>, RegExp, RegExp]>([
    [['advanced', 'here', 'expiring 1 d -1', '-'], /most of its life is over/, /^Nothing: .* if RunCloud does not/],
    [['auto-ssl', 'here 1 h -1', 'none', '-'], /AutoSSL is on/, /^Nothing: .* an hour later/],
    [['advanced', 'here', 'none', 'added 1 min -1'], /added a moment ago/, /^Nothing: .* in a minute/],
    [['advanced', 'here', 'none', 'asked 1×, 0 min'], /was asked for at 2026-11-22T08:00:00.000Z/, /^Nothing/],
  ])('%j: there is nothing to do', (row, why, whatToDo) => {
    const decision = waitOf(...row);
    expect(decision.why).toMatch(why);
    expect(decision.whatToDo).toMatch(whatToDo);
  });

  it('asked for in vain: how often, when, what RunCloud said, and where to look', () => {
    const { why, whatToDo } = waitOf('advanced', 'here', 'none', 'asked 2×, 10 min');
    expect(why).toBe(
      `shop.example points here and has no certificate. It was asked for 2 times, last at ${ago(10 * MINUTE)}; nothing came of it.`,
    );
    expect(whatToDo).toContain('http://shop.example/.well-known/acme-challenge/');
    expect(whatToDo).toContain('{"action":"map","domain":"shop.example"}');
    expect(waitOf('advanced', 'here', 'none', 'refused 1×, 0 min').why).toMatch(
      /asked for once, last at .*; RunCloud said: status 422: no\.$/,
    );
  });

  it('a date of Let’s Encrypt: that nothing helps before it', () => {
    const dated = waitOf('advanced', 'here', 'none', 'refused 1×, date ahead');
    expect(dated.why).toContain('retry after 2026-11-22 09:00:00 UTC');
    expect(dated.whatToDo).toMatch(/^Nothing before that: Let's Encrypt named the date/);
    const over = waitOf('advanced', 'here', 'none', 'refused 3×, date over, pause not');
    expect(over.whatToDo).toContain('{"action":"map","domain":"shop.example"}');
  });

  it('a limit: what is wanted, which limit it is, and until when', () => {
    const { why, whatToDo } = waitOf('advanced', 'here', 'none', '240 of others');
    expect(why).toBe(
      "shop.example points here and has no certificate. It is not asked for now, because 240 certificates of all domains were asked for within 3 h, and Let's Encrypt allows few more.",
    );
    expect(whatToDo).toBe('Nothing: it is asked for then.');
  });

  it('the limit of a registered domain: how its subdomains need but one', () => {
    const { why, whatToDo } = waitOf('advanced', 'here', 'none', '40 below shop.example');
    expect(why).toContain('40 certificates below shop.example were asked for within 7 days');
    expect(whatToDo).toContain('SUBDOMAINS=wildcard');
  });

  it('the limit of a set: that the requests of before brought nothing, and where to look', () => {
    const { why, whatToDo } = waitOf('advanced', 'here', 'none', '4 of these names');
    expect(why).toContain('4 certificates for exactly these names were asked for within 7 days');
    expect(whatToDo).toContain('SSL/TLS of the web application in RunCloud');
  });

  it('an international name is said as people read it', () => {
    const domain = 'xn--bcher-kva.example';
    const given = { domain, names: [domain], issuance: undefined, addedAt: undefined, requestedAt: undefined };
    const world = { mode: 'advanced', server: SERVER, now: NOW } as const;
    expect(decideCertificate({ ...given, probe: seen('absent', 'none') }, world)).toMatchObject({
      why: `bücher.example (${domain}) does not resolve: public DNS has no address for it.`,
      whatToDo: `Set A ${domain} → 203.0.113.10.`,
    });
  });
});

describe('a domain whose installed certificate RunCloud did not show', () => {
  const server = SERVER;
  const decided = (issuance: IssuanceHistory, requestedAt?: IsoTime): CertificateDecision =>
    decideCertificate(
      {
        domain: 'shop.example',
        names: ['shop.example'],
        probe: seen('pointing', 'none'),
        issuance,
        addedAt: LONG,
        requestedAt,
      },
      { mode: 'advanced', server, now: NOW },
    );

  it('waits until its pause is over, or it is wished for anew', () => {
    const issuance = afterUnread(undefined, 'It answered 500.', NOW - MINUTE + 1);
    expect(decided(issuance)).toMatchObject({
      kind: 'wait',
      cause: 'unasked',
      why: 'shop.example points here and has no certificate. RunCloud would not show which certificate it has for it, so none is asked for: It answered 500.',
      until: iso(NOW + 1),
    });
    expect(decided(issuance, iso(NOW)).kind).toBe('ask');
    expect(decided(issuance, ago(HOUR)).kind).toBe('wait');
    expect(decided(afterUnread(undefined, 'It answered 500.', NOW - MINUTE)).kind).toBe('ask');
  });

  it('also where it was asked for before', () => {
    expect(decided(afterUnread(asked(DAY, 1), 'It answered 500.', NOW))).toMatchObject({ cause: 'unasked' });
    expect(decided(afterUnread(asked(0, 1), 'It answered 500.', NOW))).toMatchObject({
      cause: 'certificate-requested',
    });
  });
});

describe('a domain with a certificate that somebody brought along', () => {
  it('says so for a day, or until it is wished for anew', () => {
    const given = {
      domain: 'shop.example',
      names: ['shop.example'],
      probe: seen('pointing', 'expired'),
      addedAt: LONG,
    };
    const world = { mode: 'advanced', server: SERVER, now: NOW } as const;
    const decided = (msAgo: number, requestedAt?: IsoTime) =>
      decideCertificate({ ...given, issuance: afterForeign(undefined, 'custom', NOW - msAgo), requestedAt }, world);
    expect(decided(DAY - 1)).toEqual({
      kind: 'wait',
      cause: 'foreign-certificate',
      why: "shop.example needs a new certificate, and the one RunCloud has for it was not issued by Let's Encrypt (custom), so it is not replaced.",
      whatToDo: expect.stringMatching(/by hand, or remove it there.*"map"/),
      until: iso(NOW + 1),
    });
    expect(decided(DAY).kind).toBe('ask');
    expect(decided(HOUR, ago(MINUTE)).kind).toBe('ask');
  });
});

describe('certificateAxis', () => {
  it.each<[string, ProbeState | undefined, IssuanceHistory | undefined, 'wanted' | 'not ours', CertificateAxis]>([
    ['never looked at', undefined, asked(0), 'wanted', 'unknown'],
    ['the server was never asked', seen('pointing', undefined), undefined, 'wanted', 'unknown'],
    ['valid', seen('pointing', 'valid'), undefined, 'wanted', 'valid'],
    ['valid, and not ours', seen('pointing', 'valid'), undefined, 'not ours', 'valid'],
    ['valid, whatever was asked for', seen('pointing', 'valid'), asked(0), 'wanted', 'valid'],
    ['expiring', seen('pointing', 'expiring'), undefined, 'wanted', 'expiring'],
    ['expiring, and asked for', seen('pointing', 'expiring'), asked(0), 'wanted', 'expiring'],
    ['none, and not ours', seen('pointing', 'none'), undefined, 'not ours', 'none'],
    ['expired, and not ours', seen('pointing', 'expired'), asked(0), 'not ours', 'none'],
    ['none, and never asked for', seen('pointing', 'none'), undefined, 'wanted', 'waiting'],
    [
      'none, of nothing that is remembered',
      seen('pointing', 'none'),
      { requests: [], attempts: 1 },
      'wanted',
      'waiting',
    ],
    ['none, since one that came', seen('pointing', 'none'), asked(0, 0), 'wanted', 'waiting'],
    ['moved away', seen('elsewhere', 'none', { leftAt: LONG }), undefined, 'wanted', 'waiting'],
    ['asked for just now', seen('pointing', 'none'), asked(0), 'wanted', 'requested'],
    ['asked for again', seen('pointing', 'untrusted'), asked(MINUTE, 3), 'wanted', 'requested'],
    ['1 ms before its time is over', seen('pointing', 'none'), asked(10 * MINUTE - 1), 'wanted', 'requested'],
    ['when its time is over', seen('pointing', 'none'), asked(10 * MINUTE), 'wanted', 'failed'],
    ['refused', seen('pointing', 'other-name'), refused(0, 1, 'no'), 'wanted', 'failed'],
  ])('%s', (_, probe, issuance, interest, axis) => {
    expect(certificateAxis(probe, issuance, interest, NOW)).toBe(axis);
  });
});
