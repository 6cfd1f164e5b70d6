/**
 * Mode `basic`: one certificate for all names of the application.
 *
 * It holds the names that were there when it was issued, so every change of names needs a new one, and a single name that
 * does not point here makes the whole issuance fail. So changes are collected, every name is looked at first, those that
 * would spoil it are named, and what cannot fit is refused.
 */

import { dnsAdvice } from '../probe/dns-advice.ts';
import type { ServerAddresses } from '../probe/dns-verdict.ts';
import { type ProbeState, whyUnasked } from '../probe/result.ts';
import { epoch, MINUTE } from '../values/time.ts';
import {
  type CertificateCase,
  type CertificateContext,
  type CertificateWait,
  decideCertificate,
  dnsOf,
  OLDEST_PROBE_MS,
  wait,
  waitForTurn,
  withinLimits,
} from './decide.ts';
import type { IssuanceLimiter } from './rate-limits.ts';
import type { IssuanceHistory, OrderKind } from './requests.ts';

/** Names in one certificate: Let's Encrypt, profile `classic`. https://letsencrypt.org/docs/profiles/ */
export const MOST_SHARED_NAMES = 100;
/** The way on where a shared certificate does not do. */
export const SWITCH_TO_ADVANCED =
  'Switch the web application to Advanced SSL in RunCloud (SSL/TLS), which keeps a certificate for each domain.';

const SHOWN_AT_MOST = 5;
// Changes that come within a minute of each other share a certificate; one that has waited ten minutes waits no more.
const COLLECT_AT_MOST_MS = 10 * MINUTE;

/** A domain object of the application, ours or not: each of its names will be in the certificate. */
export type SharedMember = {
  readonly domain: string;
  readonly names: readonly string[];
  readonly probe: ProbeState | undefined;
};

export type SharedCertificate = {
  /** Every domain object but wildcards. */
  readonly members: readonly SharedMember[];
  /** The owned and mapped ones among them. */
  readonly cases: readonly CertificateCase[];
  /** What is remembered of asking for the shared certificate. */
  readonly issuance: IssuanceHistory | undefined;
};

export type SharedDecision = {
  /** The certificate to ask for, and the first domain that wants it. */
  readonly ask:
    | { readonly domain: string; readonly names: readonly string[]; readonly why: string; readonly order: OrderKind }
    | undefined;
  readonly waits: readonly { readonly domain: string; readonly wait: CertificateWait }[];
};

/** Takes the application's domains and what surrounds them; returns whether to have its certificate issued anew. */
export function decideShared(
  { members, cases, issuance }: SharedCertificate,
  deps: CertificateContext,
  book: IssuanceLimiter,
): SharedDecision {
  const waits: { domain: string; wait: CertificateWait }[] = [];
  const wanted: { each: CertificateCase; why: string; order: OrderKind }[] = [];
  for (const each of cases) {
    // What was asked for is remembered of all together, and what was added lately is collected below.
    const decision = decideCertificate({ ...each, issuance: undefined, addedAt: undefined }, deps);
    if (decision.kind === 'wait') waits.push({ domain: each.domain, wait: decision });
    else if (decision.kind === 'ask') wanted.push({ each, why: decision.why, order: decision.order });
  }
  const [first] = wanted;
  if (!first || !deps.server) return { ask: undefined, waits };
  const names = members.flatMap((member) => member.names).toSorted();
  const order = wanted.every((each) => each.order === 'renewal') ? 'renewal' : 'new';
  const why = wanted.length === 1 ? first.why : `${first.why} ${wanted.length - 1} more want the same certificate.`;
  const held =
    tooMany(names) ??
    spoilt(members, deps.server, deps.now) ??
    waitForTurn(
      first.each.domain,
      first.why,
      issuance &&
        asFarAs(
          wanted.map(({ each }) => each),
          issuance,
        ),
      collected(
        wanted.map(({ each }) => each),
        deps.now,
      ),
      deps.now,
    );
  const decided = held ?? withinLimits({ kind: 'ask', why, order }, names, book);
  if (decided.kind === 'ask') return { ask: { domain: first.each.domain, names, why, order }, waits };
  return { ask: undefined, waits: [...waits, ...wanted.map(({ each }) => ({ domain: each.domain, wait: decided }))] };
}

function tooMany(names: readonly string[]): CertificateWait | undefined {
  if (names.length <= MOST_SHARED_NAMES) return undefined;
  return wait(
    'too-many-names',
    `The application has ${names.length} names in one certificate, and Let's Encrypt takes ${MOST_SHARED_NAMES}.`,
    SWITCH_TO_ADVANCED,
  );
}

/** The names that would make the whole issuance fail, or of which nobody knows whether they would. */
function spoilt(members: readonly SharedMember[], server: ServerAddresses, now: number): CertificateWait | undefined {
  const spoilers = members.flatMap(({ domain, names, probe }) =>
    names.flatMap((name) => {
      const seen = probe && dnsOf(probe, domain, name);
      const advice = seen && dnsAdvice(name, seen.verdict, server);
      return advice ? [advice.why.replace(/\.$/, '')] : [];
    }),
  );
  if (spoilers.length > 0) {
    return wait(
      'spoilt',
      `The application has one certificate for all its names, and it cannot be issued with a name that does not point here: ${some(spoilers)}.`,
      `Correct the DNS of what is named there, or remove it from RunCloud. ${SWITCH_TO_ADVANCED}`,
    );
  }
  const unknown = members.flatMap(({ domain, names, probe }) => {
    if (!probe || !names.every((name) => dnsOf(probe, domain, name))) return [`${domain} (not looked at yet)`];
    const unasked = whyUnasked(probe, domain, names);
    if (unasked !== undefined) return [`${domain} (${unasked})`];
    return now - epoch(probe.at) > OLDEST_PROBE_MS ? [`${domain} (last looked at at ${probe.at})`] : [];
  });
  if (unknown.length === 0) return undefined;
  return wait(
    'unasked',
    `The application has one certificate for all its names, and of some it is not known now whether they point here: ${some(unknown)}.`,
    'Nothing, if it passes: they are looked at again. If it stays, look at DNS_SERVERS and at the name servers of these domains.',
  );
}

function some(reasons: readonly string[]): string {
  const more = reasons.length > SHOWN_AT_MOST ? `; and ${reasons.length - SHOWN_AT_MOST} more` : '';
  return `${reasons.slice(0, SHOWN_AT_MOST).join('; ')}${more}`;
}

/** A certificate that was asked for before these domains were among its names did not fail them: its answer is waited for, no more. */
function asFarAs(cases: readonly CertificateCase[], issuance: IssuanceHistory): IssuanceHistory {
  const names = new Set(issuance.requests.at(-1)?.names);
  const isConcerned = cases.some((each) => each.names.some((name) => names.has(name)));
  return isConcerned ? issuance : { ...issuance, attempts: Math.min(issuance.attempts, 1) };
}

/** Since when all of this round's domains are there, and when the newest was wished for. */
function collected(cases: readonly CertificateCase[], now: number): Pick<CertificateCase, 'addedAt' | 'requestedAt'> {
  const times = cases.flatMap(({ addedAt }) => addedAt ?? []).toSorted();
  const hasWaited = times[0] !== undefined && now - epoch(times[0]) > COLLECT_AT_MOST_MS;
  return {
    addedAt: hasWaited ? undefined : times.at(-1),
    requestedAt: cases
      .flatMap(({ requestedAt }) => requestedAt ?? [])
      .toSorted()
      .at(-1),
  };
}
