/** What a needed certificate waits for once DNS is right: earlier requests, and Let's Encrypt's limits. */
import { formatHostName } from '../values/host-name.ts';
import { epoch, type IsoTime, iso, MINUTE } from '../values/time.ts';
import { type CertificateCase, type CertificateDecision, type CertificateWait, wait } from './decision.ts';
import type { IssuanceLimiter, Limit } from './rate-limits.ts';
import { ANSWER_WITHIN_MS, type IssuanceHistory, nextAttemptAt, obstacleEnd } from './requests.ts';

// After RunCloud's answer to an add the web server may not know the name yet. Operators report seconds; other clients wait 5 s.
export const AFTER_ADD_MS = MINUTE;

/**
 * What keeps the next request waiting. `need` says in a sentence why a certificate is needed. A mapping request that is newer
 * than the last certificate request ends a pause, and not one that Let's Encrypt named the end of.
 */
export function waitForNextRequest(
  domain: string,
  need: string,
  issuance: IssuanceHistory | undefined,
  { addedAt, requestedAt }: Pick<CertificateCase, 'addedAt' | 'requestedAt'>,
  now: number,
): CertificateWait | undefined {
  const readyAt = epoch(addedAt ?? iso(0)) + AFTER_ADD_MS;
  if (now < readyAt) {
    const why = `${formatHostName(domain)} was added a moment ago, and the server may not know it yet.`;
    return wait('settling', why, 'Nothing: this service asks for its certificate in a minute.', readyAt);
  }
  if (!issuance) return undefined;
  // Without attempts the last request is one whose certificate came.
  const last = issuance.attempts > 0 ? issuance.requests.at(-1) : undefined;
  if (last?.answer === 'open' && now < epoch(last.at) + ANSWER_WITHIN_MS) {
    const answerBy = epoch(last.at) + ANSWER_WITHIN_MS;
    const why = `This service asked for the certificate of ${formatHostName(domain)} at ${last.at}, and the server does not show it yet.`;
    return wait('certificate-requested', why, 'Nothing: the next runs probe it.', answerBy);
  }
  return (
    waitForObstacle(domain, need, issuance, requestedAt, now) ??
    (last && waitForPause(domain, need, issuance, last.at, requestedAt, now))
  );
}

function waitForPause(
  domain: string,
  need: string,
  issuance: IssuanceHistory,
  lastAt: IsoTime,
  requestedAt: IsoTime | undefined,
  now: number,
): CertificateWait | undefined {
  const isRequestedAnew = (requestedAt ?? lastAt) > lastAt;
  const nextAt = isRequestedAnew ? epoch(issuance.notBefore ?? lastAt) : nextAttemptAt(issuance);
  if (now >= nextAt) return undefined;
  const answer = issuance.says === undefined ? 'nothing came of it' : `RunCloud answered: ${issuance.says}`;
  const times = issuance.attempts === 1 ? 'once' : `${issuance.attempts} times`;
  return wait(
    'certificate-failed',
    `${need} This service asked for it ${times}, last at ${lastAt}; ${answer}.`,
    now < epoch(issuance.notBefore ?? iso(now))
      ? "Nothing before that: Let's Encrypt named the date and refuses what is asked for earlier."
      : `Make sure that http://${domain}/.well-known/acme-challenge/ on the server can be reached, and look at SSL/TLS of the web application in RunCloud. {"action":"map","domain":"${domain}"} asks at once.`,
    nextAt,
  );
}

function waitForObstacle(
  domain: string,
  need: string,
  { obstacle }: IssuanceHistory,
  requestedAt: IsoTime | undefined,
  now: number,
): CertificateWait | undefined {
  if (!obstacle || (requestedAt ?? obstacle.at) > obstacle.at) return undefined;
  const until = obstacleEnd(obstacle);
  if (now >= until) return undefined;
  if (obstacle.kind === 'foreign') return foreignCertificate(domain, obstacle.method, until);
  if (obstacle.kind === 'in-between') {
    return wait(
      'unasked',
      `${need} This service asked RunCloud for it, but ${obstacle.why}.`,
      'Nothing, if it passes. If it stays, look at what stands between this machine and RunCloud, such as a firewall or a proxy.',
      until,
    );
  }
  return wait(
    'unasked',
    `${need} RunCloud did not show which certificate it has for it, so this service asks for none: ${obstacle.why}`,
    `Nothing, if it passes. If it stays, look at SSL/TLS of ${formatHostName(domain)} in RunCloud.`,
    until,
  );
}

/** `method` is RunCloud's word for how the installed certificate came there; `until` (ms) is when it is read again. */
export function foreignCertificate(domain: string, method: string, until: number): CertificateWait {
  return wait(
    'foreign-certificate',
    `${formatHostName(domain)} needs a new certificate. The one on RunCloud was not issued by Let's Encrypt (${method}), so this service does not replace it.`,
    `Renew it in RunCloud by hand, or remove it there: then this service asks for one, at once with {"action":"map","domain":"${domain}"}.`,
    until,
  );
}

const AT_LIMIT: { readonly [L in Limit]?: string } = {
  registered:
    'Nothing: this service asks for it then. If these are subdomains of the network, a wildcard domain on RunCloud with SUBDOMAINS=wildcard needs one certificate for all of them.',
  set: 'None of these requests brought a certificate that the server shows. Look at SSL/TLS of the web application in RunCloud, where it can be issued by hand meanwhile. This service asks for it then.',
};

/** Turns `ask` into a wait where a limit is reached. What goes through counts towards the limits at once. */
export function withinLimits(
  ask: Extract<CertificateDecision, { kind: 'ask' }>,
  names: readonly string[],
  limiter: IssuanceLimiter,
): Exclude<CertificateDecision, { kind: 'well' }> {
  const result = limiter.reserve(names, ask.order);
  if (result.kind === 'allowed') return ask;
  return wait(
    'limit',
    `${ask.why} This service does not ask for one now, because ${result.why}.`,
    AT_LIMIT[result.limit] ?? 'Nothing: this service asks for it then.',
    epoch(result.until),
  );
}
