/**
 * Whether a domain needs a certificate, and whether this service may ask for it now.
 *
 * The first row that fits decides.
 *
 *   what the probe and the ledger say                       decision
 *   ──────────────────────────────────────────────────────  ────────────────────────────────────────────────────────────
 *   the server's address is not known                       wait: unasked
 *   never probed                                            wait: unasked
 *   it pointed here, and does not any more                  wait: moved-away
 *   the server could not be asked, ever                     wait: unasked
 *   a valid certificate for all its names; the server was   well
 *     reached within six hours
 *   the same, and it was not reached since                  wait: as for DNS below, else unasked
 *   Let's Encrypt never certifies one of its names          wait: uncertifiable
 *   DNS could not be asked, ever                            wait: unasked
 *   absent, elsewhere, partly, disagreed                    wait: dns         ┐ of the domain, and of its `www.` name
 *   proxied                                                 wait: proxied     │ where that is served
 *   CAA keeps Let's Encrypt out                             wait: caa         ┘
 *   the last probe could not ask DNS, or the server         wait: unasked
 *   expiring, and RunCloud may still renew it by itself     wait: renewal
 *   last probed more than two hours ago                     wait: unasked
 *   RunCloud does not say how it keeps certificates         wait: no-mode
 *   AutoSSL is on, and it pointed here for under an hour    wait: auto-ssl
 *   added less than a minute ago                            wait: settling
 *   requested, and the answer may still come                wait: certificate-requested
 *   RunCloud did not show the installed certificate         wait: unasked             ┐ a newer mapping request ends
 *   the installed one is not of Let's Encrypt               wait: foreign-certificate │ the wait, unless Let's Encrypt
 *   requested in vain, and its pause is not over            wait: certificate-failed  ┘ named a date
 *   one of Let's Encrypt's limits is reached                wait: limit
 *   else                                                    ask
 *
 * `dns-waits.ts` and `request-waits.ts` hold the rows that a shared certificate goes through as well.
 */
import type { CertificateVerdict } from '../probe/certificate-verdict.ts';
import { isUnreached, servedDns } from '../probe/result.ts';
import { formatHostName } from '../values/host-name.ts';
import { epoch, HOUR } from '../values/time.ts';
import { type CertificateCase, type CertificateContext, type CertificateDecision, wait } from './decision.ts';
import { unaskedServer, unknownServer, waitForDns, waitIfMovedAway } from './dns-waits.ts';
import { waitForNextRequest } from './request-waits.ts';
import { waitForAnotherName } from './uncertifiable.ts';

// Whatever needs a certificate is probed every hour at least. An older probe means that one was missed, and says too little.
export const OLDEST_PROBE_MS = 2 * HOUR;
// RunCloud does not document when AutoSSL begins. A request of ours beside its own would count twice towards the limits.
const AUTO_SSL_MS = HOUR;
// RunCloud renews by itself with a third of the lifetime left, which is when `expiring` begins. Of that third it has a
// thirtieth to itself: one of the last 30 days of a certificate for 90.
const RENEWAL_SHARE = 1 / 30;

function renewalBy({ until, expiringFrom }: Extract<CertificateVerdict, { kind: 'expiring' }>): number {
  const from = epoch(expiringFrom);
  return from + (epoch(until) - from) * RENEWAL_SHARE;
}

/** Whether RunCloud should have renewed the certificate by now. */
export function isOverdue(shown: CertificateVerdict | undefined, now: number): boolean {
  return shown?.kind === 'expired' || (shown?.kind === 'expiring' && now >= renewalBy(shown));
}

/** The table above but for the row of the limits, which `withinLimits` applies: they are counted over all domains. */
export function decideCertificate(
  { domain, names, probe, issuance, addedAt, requestedAt }: CertificateCase,
  { mode, server, now }: CertificateContext,
): CertificateDecision {
  if (!server) return unknownServer(domain);
  if (!probe) {
    return wait('unasked', `${formatHostName(domain)} has not been probed yet.`, 'Nothing: the next run probes it.');
  }
  const moved = waitIfMovedAway(domain, names, probe, server);
  if (moved) return moved;
  if (!probe.certificate) return unaskedServer(domain, probe, server);
  const { verdict: shown, since: shownSince } = probe.certificate;
  if (shown.kind === 'valid') {
    if (!isUnreached(probe, now)) return { kind: 'well' };
    return waitForDns(domain, names, probe, server) ?? unaskedServer(domain, probe, server);
  }
  const outside = waitForAnotherName(names) ?? waitForDns(domain, names, probe, server);
  if (outside) return outside;
  // Let's Encrypt would not reach a server that the last probe did not reach.
  if (probe.certificateUnasked !== undefined) return unaskedServer(domain, probe, server);
  if (shown.kind === 'expiring' && !isOverdue(shown, now)) {
    const why = `The certificate of ${formatHostName(domain)} is valid until ${shown.until}, and most of its life is over. RunCloud should renew it by itself about now.`;
    return wait(
      'renewal',
      why,
      'Nothing: this service asks for a new one if RunCloud does not renew it.',
      renewalBy(shown),
    );
  }
  if (now - epoch(probe.at) > OLDEST_PROBE_MS) {
    return wait(
      'unasked',
      `${formatHostName(domain)} was last probed at ${probe.at}, too long ago to ask for a certificate.`,
      'Nothing: the next run probes it.',
    );
  }
  const need = describeNeed(domain, shown);
  if (mode === undefined) {
    return wait(
      'no-mode',
      `${need} RunCloud does not say how it keeps the certificates of this application, so this service asks for none.`,
      'Look at SSL/TLS of the web application in RunCloud, and have the certificate issued there by hand.',
    );
  }
  if (mode === 'auto-ssl') {
    const dns = servedDns(probe);
    const since = Math.max(epoch(shownSince), dns ? epoch(dns.since) : 0);
    if (now - since < AUTO_SSL_MS) {
      return wait(
        'auto-ssl',
        `${need} AutoSSL is on, so RunCloud should ask for a certificate by itself.`,
        'Nothing: this service asks for one if there is none an hour later.',
        since + AUTO_SSL_MS,
      );
    }
  }
  return (
    waitForNextRequest(domain, need, issuance, { addedAt, requestedAt }, now) ?? {
      kind: 'ask',
      why: need,
      order: shown.kind === 'expiring' || shown.kind === 'expired' ? 'renewal' : 'new',
    }
  );
}

/** What a visitor meets, in a sentence. */
export function describeNeed(domain: string, shown: Exclude<CertificateVerdict, { kind: 'valid' }>): string {
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
