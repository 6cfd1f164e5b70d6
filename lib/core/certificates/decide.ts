/**
 * Whether a domain needs a certificate, and whether it may be asked for now.
 *
 * The rows are weighed in this order; the first that fits decides.
 *
 *   seen of the domain                                    decision
 *   ────────────────────────────────────────────────────  ──────────────────────────────────────────────────────────────
 *   the server's address is not known                     wait: unasked
 *   never looked at                                       wait: unasked
 *   it pointed here, and does not any more                wait: moved-away
 *   the server could not be asked, ever                   wait: unasked
 *   a valid certificate for all its names                 well
 *   DNS could not be asked, ever                          wait: unasked
 *   absent, elsewhere, partly, disagreed                  wait: dns         ┐ of the name itself, and of `www.` where
 *   proxied                                               wait: proxied     │ that is served
 *   CAA keeps Let's Encrypt out                           wait: caa         ┘
 *   DNS, or the server, could not be asked just now       wait: unasked
 *   expiring, and RunCloud may still renew it by itself   wait: renewal
 *   last looked at more than two hours ago                wait: unasked
 *   RunCloud does not say how it keeps certificates       wait: no-mode
 *   AutoSSL is on, and it pointed here for under an hour  wait: auto-ssl
 *   added a moment ago                                    wait: settling
 *   asked for, and the answer may still come              wait: certificate-requested
 *   RunCloud would not show what is installed             wait: unasked             ┐ "map" ends the wait
 *   somebody brought along what is installed              wait: foreign-certificate ┘
 *   asked for in vain, and its pause is not over          wait: certificate-failed ("map" ends the pause, unless Let's
 *                                                         Encrypt named a date)
 *   Let's Encrypt's limits leave no room                  wait: limit
 *   else                                                  ask
 */
import type { CertificateVerdict } from '../probe/certificate-verdict.ts';
import { dnsAdvice } from '../probe/dns-advice.ts';
import type { ServerAddresses } from '../probe/dns-verdict.ts';
import { hasMovedAway, type ProbeState, whyUnasked } from '../probe/result.ts';
import { formatHostName } from '../values/host-name.ts';
import { epoch, HOUR, type IsoTime, iso, MINUTE } from '../values/time.ts';
import type { CertificateMode } from './mode.ts';
import type { IssuanceLimiter, Limit } from './rate-limits.ts';
import { ANSWER_WITHIN_MS, type IssuanceHistory, nextAttemptAt, type OrderKind, obstacleEnd } from './requests.ts';

/** What is known of one domain, or of one set of names that share a certificate. */
export type CertificateCase = {
  /** Name of the domain itself. */
  readonly domain: string;
  /** Every name that the certificate is for; the domain first. */
  readonly names: readonly string[];
  readonly probe: ProbeState | undefined;
  readonly issuance: IssuanceHistory | undefined;
  /** Since when it has been on RunCloud as far as that is known. */
  readonly addedAt: IsoTime | undefined;
  /** When somebody last asked for the domain. */
  readonly requestedAt: IsoTime | undefined;
};

export type CertificateContext = {
  /** How RunCloud keeps certificates; undefined where it does not say. */
  readonly mode: CertificateMode | undefined;
  /** Undefined: RunCloud was not asked for it yet. */
  readonly server: ServerAddresses | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
};

/** Why a certificate, or in mode `basic` a domain itself, has to wait. */
export const WAIT_CAUSES = [
  'unasked',
  'moved-away',
  'dns',
  'proxied',
  'caa',
  'renewal',
  'no-mode',
  'auto-ssl',
  'settling',
  'certificate-requested',
  'certificate-failed',
  'foreign-certificate',
  'limit',
  'spoilt',
  'too-many-names',
] as const;
export type WaitCause = (typeof WAIT_CAUSES)[number];

export type CertificateDecision =
  | { readonly kind: 'well' }
  | { readonly kind: 'ask'; readonly why: string; readonly order: OrderKind }
  | {
      readonly kind: 'wait';
      readonly cause: WaitCause;
      readonly why: string;
      readonly whatToDo: string;
      /** When it is looked at again for this cause, where that is known. */
      readonly until?: IsoTime;
    };
export type CertificateWait = Extract<CertificateDecision, { kind: 'wait' }>;

// Right after RunCloud's answer the web server may still not know the name: operators' notes, and 5 s in other clients.
export const SETTLING_MS = MINUTE;
// What wants a certificate is looked at every hour at least: an older look was missed, and things may have changed since.
export const OLDEST_PROBE_MS = 2 * HOUR;
// AutoSSL begins when it likes, which is not documented. Two issuers would spend one budget.
const AUTO_SSL_MS = HOUR;
// RunCloud renews by itself when a third of a certificate's life is left, which is when it counts as expiring. It has a
// thirtieth of that rest for it before it is asked: a day of the 30 that are left of 90.
const RENEWAL_SHARE = 1 / 30;

function renewalBy({ until, expiringFrom }: Extract<CertificateVerdict, { kind: 'expiring' }>): number {
  const from = epoch(expiringFrom);
  return from + (epoch(until) - from) * RENEWAL_SHARE;
}

/** Takes what is shown for a domain, and the time (ms); returns whether it should have been renewed by now. */
export function isOverdue(shown: CertificateVerdict | undefined, now: number): boolean {
  return shown?.kind === 'expired' || (shown?.kind === 'expiring' && now >= renewalBy(shown));
}

/** Takes a case and what surrounds it; returns whether to ask for a certificate, as far as the limits leave room for it. */
export function decideCertificate(
  { domain, names, probe, issuance, addedAt, requestedAt }: CertificateCase,
  deps: CertificateContext,
): CertificateDecision {
  const { mode, server, now } = deps;
  if (!server) return unknownServer(domain);
  if (!probe)
    return wait('unasked', `${formatHostName(domain)} was not looked at yet.`, 'Nothing: the next run looks.');
  const moved = waitForReturn(domain, names, probe, server);
  if (moved) return moved;
  if (!probe.certificate) return couldNotAskServer(domain, probe, server);
  const { verdict: shown, since: shownSince } = probe.certificate;
  if (shown.kind === 'valid') return { kind: 'well' };
  const dns = waitForDns(domain, names, probe, server);
  if (dns) return dns;
  // A server that is out of reach now would not answer Let's Encrypt either.
  if (probe.certificateUnasked !== undefined) return couldNotAskServer(domain, probe, server);
  if (shown.kind === 'expiring' && now < renewalBy(shown)) {
    const why = `The certificate of ${formatHostName(domain)} is valid until ${shown.until}, and most of its life is over. RunCloud renews by itself about now.`;
    return wait('renewal', why, 'Nothing: it is asked for if RunCloud does not.', renewalBy(shown));
  }
  if (now - epoch(probe.at) > OLDEST_PROBE_MS) {
    return wait(
      'unasked',
      `${formatHostName(domain)} was last looked at at ${probe.at}.`,
      'Nothing: the next run looks.',
    );
  }
  const why = wanting(domain, shown);
  if (mode === undefined) {
    return wait(
      'no-mode',
      `${why} RunCloud does not say how it keeps the certificates of this application, so none is asked for.`,
      'Look at SSL/TLS of the web application in RunCloud, and have the certificate issued there by hand.',
    );
  }
  if (mode === 'auto-ssl') {
    const since = Math.max(epoch(shownSince), probe.dns ? epoch(probe.dns.since) : 0);
    if (now - since < AUTO_SSL_MS) {
      return wait(
        'auto-ssl',
        `${why} AutoSSL is on, so RunCloud should see to it by itself.`,
        'Nothing: it is asked for if it is not there an hour later.',
        since + AUTO_SSL_MS,
      );
    }
  }
  return (
    waitForTurn(domain, why, issuance, { addedAt, requestedAt }, now) ?? {
      kind: 'ask',
      why,
      order: shown.kind === 'expiring' || shown.kind === 'expired' ? 'renewal' : 'new',
    }
  );
}

/** Takes a domain; returns that it waits for RunCloud to tell the address it would have to point to. */
export function unknownServer(domain: string): CertificateWait {
  return wait(
    'unasked',
    `Whether ${formatHostName(domain)} points to the server is not known: RunCloud did not tell the address of the server.`,
    'Nothing, if it passes: the next run asks. If it stays, {"action":"doctor"} says whether the token may read the server.',
  );
}

function couldNotAskServer(
  domain: string,
  { certificateUnasked }: ProbeState,
  server: ServerAddresses,
): CertificateWait {
  return wait(
    'unasked',
    `The server ${server.main} could not be asked for the certificate of ${formatHostName(domain)}: ${certificateUnasked ?? 'nobody tried'}.`,
    'Nothing, if it passes: the next run asks. If it stays, see that the port of TLS_PORT on the server can be reached from here. What a visitor sees is not known meanwhile.',
  );
}

/** What can be done about a limit, other than to wait. */
const AT_LIMIT: { readonly [L in Limit]?: string } = {
  registered:
    'Nothing. For many subdomains of the network, a wildcard domain on RunCloud with SUBDOMAINS=wildcard needs one certificate for all of them.',
  set: 'Nothing brought a certificate that the server shows: look at SSL/TLS of the web application in RunCloud, where it can be had by hand meanwhile. It is asked for then.',
};

/** Takes a decision to ask, the names and the order book; returns it, or a wait until the limits leave room. Counts what is asked. */
export function withinLimits(
  ask: Extract<CertificateDecision, { kind: 'ask' }>,
  names: readonly string[],
  book: IssuanceLimiter,
): Exclude<CertificateDecision, { kind: 'well' }> {
  const room = book.order(names, ask.order);
  if (room.kind === 'room') return ask;
  return wait(
    'limit',
    `${ask.why} It is not asked for now, because ${room.why}.`,
    AT_LIMIT[room.limit] ?? 'Nothing: it is asked for then.',
    epoch(room.until),
  );
}

/**
 * Takes a domain, its names and what is remembered of looking; returns that it moved away, or undefined. Said while its certificate still
 * holds too: it will not be renewed, and visitors are elsewhere.
 */
export function waitForReturn(
  domain: string,
  names: readonly string[],
  probe: ProbeState,
  server: ServerAddresses,
): CertificateWait | undefined {
  const hasMoved = names.includes(domain) && hasMovedAway(probe);
  const advice = probe.dns && hasMoved ? dnsAdvice(domain, probe.dns.verdict, server) : undefined;
  if (!advice) return undefined;
  return wait(
    'moved-away',
    `${formatHostName(domain)} pointed here until ${probe.leftAt} and does not any more. ${advice.why}`,
    `If the customer left, unmap it in the network. Otherwise: ${advice.whatToDo}`,
  );
}

/** Takes a domain's names and what is remembered of looking; returns what is not right in DNS, or undefined. */
export function waitForDns(
  domain: string,
  names: readonly string[],
  probe: ProbeState,
  server: ServerAddresses,
): CertificateWait | undefined {
  const couldNot = (why: string): CertificateWait =>
    wait(
      'unasked',
      `Public DNS could not be asked about ${formatHostName(domain)}: ${why}.`,
      'Nothing, if it passes: it is asked again. If it stays, look at DNS_SERVERS and at the name servers of the domain.',
    );
  for (const name of names) {
    const seen = dnsOf(probe, domain, name);
    if (!seen) return couldNot(probe.dnsUnasked ?? `nothing is known of ${name}`);
    const advice = dnsAdvice(name, seen.verdict, server);
    if (advice) return wait(causeOf(seen.verdict.kind), advice.why, advice.whatToDo);
  }
  // What was known holds for the panel, and not for spending a request on it.
  const unasked = whyUnasked(probe, domain, names);
  return unasked === undefined ? undefined : couldNot(unasked);
}

/** Takes what is remembered, the domain and one of its names; returns where that name was seen to point. */
export function dnsOf(probe: ProbeState, domain: string, name: string): ProbeState['dns'] {
  return name === domain ? probe.dns : probe.www;
}

function causeOf(kind: string): WaitCause {
  if (kind === 'proxied') return 'proxied';
  return kind === 'blocked' ? 'caa' : 'dns';
}

/**
 * Takes a domain, why a certificate is wanted for it, and what is remembered of asking; returns what keeps the next request
 * waiting, or undefined where it is its turn.
 */
export function waitForTurn(
  domain: string,
  wanted: string,
  issuance: IssuanceHistory | undefined,
  { addedAt, requestedAt }: Pick<CertificateCase, 'addedAt' | 'requestedAt'>,
  now: number,
): CertificateWait | undefined {
  const settled = addedAt === undefined ? 0 : epoch(addedAt) + SETTLING_MS;
  if (now < settled) {
    const why = `${formatHostName(domain)} was added a moment ago: the server may not know it yet.`;
    return wait('settling', why, 'Nothing: its certificate is asked for in a minute.', settled);
  }
  const last = issuance?.requests.at(-1);
  if (!issuance) return undefined;
  if (!last || issuance.attempts === 0) return waitForObstacle(domain, wanted, issuance, requestedAt, now);
  const answerBy = epoch(last.at) + ANSWER_WITHIN_MS;
  if (last.answer === 'open' && now < answerBy) {
    const why = `The certificate of ${formatHostName(domain)} was asked for at ${last.at}, and is not there yet.`;
    return wait('certificate-requested', why, 'Nothing: it is looked at again.', answerBy);
  }
  const obstacle = waitForObstacle(domain, wanted, issuance, requestedAt, now);
  if (obstacle) return obstacle;
  const isRequestedAnew = requestedAt !== undefined && requestedAt > last.at;
  const turn = isRequestedAnew ? epoch(issuance.notBefore ?? last.at) : nextAttemptAt(issuance);
  if (now >= turn) return undefined;
  const said = issuance.says === undefined ? 'nothing came of it' : `RunCloud said: ${issuance.says}`;
  const times = issuance.attempts === 1 ? 'once' : `${issuance.attempts} times`;
  return wait(
    'certificate-failed',
    `${wanted} It was asked for ${times}, last at ${last.at}; ${said}.`,
    issuance.notBefore !== undefined && now < epoch(issuance.notBefore)
      ? "Nothing before that: Let's Encrypt named the date, and refuses whatever is asked for earlier."
      : `See that http://${domain}/.well-known/acme-challenge/ on the server can be reached, and look at SSL/TLS of the web application in RunCloud. {"action":"map","domain":"${domain}"} asks before that.`,
    turn,
  );
}

/** What kept a request from being sent, until it is tried again. */
function waitForObstacle(
  domain: string,
  wanted: string,
  { obstacle }: IssuanceHistory,
  requestedAt: IsoTime | undefined,
  now: number,
): CertificateWait | undefined {
  if (!obstacle || (requestedAt !== undefined && requestedAt > obstacle.at)) return undefined;
  const until = obstacleEnd(obstacle);
  if (now >= until) return undefined;
  if (obstacle.kind === 'foreign') return foreignCertificate(domain, obstacle.method, until);
  return wait(
    'unasked',
    `${wanted} RunCloud would not show which certificate it has for it, so none is asked for: ${obstacle.why}`,
    `Nothing, if it passes. If it stays, look at SSL/TLS of ${formatHostName(domain)} in RunCloud.`,
    until,
  );
}

/** Takes a domain, how the certificate that RunCloud has for it came there, and when that is looked at again (ms). */
export function foreignCertificate(domain: string, method: string, until: number): CertificateWait {
  return wait(
    'foreign-certificate',
    `${formatHostName(domain)} needs a new certificate, and the one RunCloud has for it was not issued by Let's Encrypt (${method}), so it is not replaced.`,
    `Renew it in RunCloud by hand, or remove it there: then one is asked for, at once with {"action":"map","domain":"${domain}"}.`,
    until,
  );
}

/** Why a certificate is wanted, in a sentence. */
function wanting(domain: string, shown: Exclude<CertificateVerdict, { kind: 'valid' }>): string {
  const name = formatHostName(domain);
  switch (shown.kind) {
    case 'none':
      return `${name} points here and has no certificate.`;
    case 'other-name':
      return `For ${name} the server shows a certificate of other names (${shown.names.join(', ')}).`;
    case 'untrusted':
      return `The certificate of ${name} is not trusted: ${shown.why}.`;
    case 'expired':
      return `The certificate of ${name} expired at ${shown.until}.`;
    case 'expiring':
      return `The certificate of ${name} is valid only until ${shown.until}.`;
  }
}

/** Takes why a certificate is not asked for and until when (ms); returns it as a decision. */
export function wait(cause: WaitCause, why: string, whatToDo: string, until?: number): CertificateWait {
  return { kind: 'wait', cause, why, whatToDo, ...(until !== undefined && { until: iso(until) }) };
}
