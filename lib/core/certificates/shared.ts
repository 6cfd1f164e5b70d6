/**
 * Mode `basic`: one certificate for all names of the application.
 *
 * It holds the names of the time of its issuance, so every change of names needs a new one. A single name that does not point
 * to the server makes the whole issuance fail. So changes are collected for a minute, every name is probed first, names that
 * would make it fail are named, and a name too many is refused.
 */

import { dnsAdvice } from '../probe/dns-advice.ts';
import type { ServerAddresses } from '../probe/dns-verdict.ts';
import { type ProbeState, whyUnasked } from '../probe/result.ts';
import { quantity } from '../values/text.ts';
import { epoch, iso, MINUTE } from '../values/time.ts';
import { lastBlamed, waitForOthers } from './blame.ts';
import { decideCertificate, OLDEST_PROBE_MS } from './decide.ts';
import { type CertificateCase, type CertificateContext, type CertificateWait, wait } from './decision.ts';
import { dnsOf } from './dns-waits.ts';
import type { IssuanceLimiter } from './rate-limits.ts';
import { waitForNextRequest, withinLimits } from './request-waits.ts';
import type { IssuanceHistory, OrderKind } from './requests.ts';
import { refusedForItself } from './uncertifiable.ts';

/** Let's Encrypt's profile `classic`: https://letsencrypt.org/docs/profiles/ */
export const MOST_SHARED_NAMES = 100;
export const SWITCH_TO_ADVANCED =
  'Switch the web application to Advanced SSL in RunCloud (SSL/TLS), which keeps a certificate for each domain.';

const SHOWN_AT_MOST = 5;
// Changes that follow each other within a minute share a certificate. A domain that has waited for ten minutes waits no longer.
const COLLECT_AT_MOST_MS = 10 * MINUTE;

/** A domain object of the application, ours or not. The certificate will hold all of its names. */
export type SharedMember = {
  readonly domain: string;
  readonly names: readonly string[];
  readonly probe: ProbeState | undefined;
  /** Nobody is ever told to remove the primary, a protected name, or the network's own host. */
  readonly isSpared: boolean;
};

export type SharedCertificate = {
  /** Every domain object but wildcards. */
  readonly members: readonly SharedMember[];
  /** Those of them that are ours and mapped. Only for their sake a certificate is requested. */
  readonly cases: readonly CertificateCase[];
  readonly issuance: IssuanceHistory | undefined;
};

export type SharedDecision = {
  /** The request to send, under the name of the first domain that needs it. */
  readonly ask:
    | { readonly domain: string; readonly names: readonly string[]; readonly why: string; readonly order: OrderKind }
    | undefined;
  readonly waits: readonly { readonly domain: string; readonly wait: CertificateWait }[];
};

/** One request for all domains that need a certificate, or the wait of each of them. What is sent counts in `limiter`. */
export function decideShared(
  { members, cases, issuance }: SharedCertificate,
  context: CertificateContext,
  limiter: IssuanceLimiter,
): SharedDecision {
  const waits: { domain: string; wait: CertificateWait }[] = [];
  const needs: { each: CertificateCase; why: string; order: OrderKind }[] = [];
  for (const each of cases) {
    // Earlier requests and new names concern all domains together, so they are weighed below.
    const decision = decideCertificate({ ...each, issuance: undefined, addedAt: undefined }, context);
    if (decision.kind === 'wait') waits.push({ domain: each.domain, wait: decision });
    else if (decision.kind === 'ask') needs.push({ each, why: decision.why, order: decision.order });
  }
  const [first] = needs;
  if (!first || !context.server) return { ask: undefined, waits };
  const names = members.flatMap((member) => member.names).toSorted();
  const order = needs.every((each) => each.order === 'renewal') ? 'renewal' : 'new';
  const needy = needs.map(({ each }) => each);
  const spared = members.flatMap((member) => (member.isSpared ? member.names : []));
  const why = needs.length === 1 ? first.why : `${first.why} ${othersNeedIt(needs.length - 1)}`;
  const held =
    tooManyNames(names) ??
    waitForAllNames(members, context.server, context.now) ??
    waitForNextRequest(
      first.each.domain,
      first.why,
      issuance && concerning(needy, names, issuance, spared),
      asOneDomain(needy, context.now),
      context.now,
    );
  const decided = held ?? withinLimits({ kind: 'ask', why, order }, names, limiter);
  if (decided.kind === 'ask') return { ask: { domain: first.each.domain, names, why, order }, waits };
  const blamed = issuance && decided.cause === 'certificate-failed' ? lastBlamed(issuance, spared) : undefined;
  const object = members.find((member) => blamed && member.names.includes(blamed.name))?.names[0];
  const waitOf = (each: CertificateCase): CertificateWait =>
    blamed && object !== undefined && !each.names.includes(blamed.name)
      ? waitForOthers(blamed, object, decided.until)
      : decided;
  return { ask: undefined, waits: [...waits, ...needy.map((each) => ({ domain: each.domain, wait: waitOf(each) }))] };
}

function othersNeedIt(count: number): string {
  return `${quantity(count, 'more domain')} ${count === 1 ? 'needs' : 'need'} the same certificate.`;
}

function tooManyNames(names: readonly string[]): CertificateWait | undefined {
  if (names.length <= MOST_SHARED_NAMES) return undefined;
  return wait(
    'too-many-names',
    `The application has ${names.length} names in one certificate, and Let's Encrypt allows ${MOST_SHARED_NAMES}.`,
    SWITCH_TO_ADVANCED,
  );
}

/** Names that make the whole issuance fail for sure come before those of which nobody knows. */
function waitForAllNames(
  members: readonly SharedMember[],
  server: ServerAddresses,
  now: number,
): CertificateWait | undefined {
  const wrong = members.flatMap(({ domain, names, probe, isSpared }) =>
    names.flatMap((name) => {
      const known = probe && dnsOf(probe, domain, name);
      const advice = known && dnsAdvice(name, known.verdict, server);
      const why = refusedForItself(name) ?? advice?.why.replace(/\.$/, '');
      return why === undefined ? [] : { why, isSpared };
    }),
  );
  if (wrong.length > 0) {
    const mend = wrong.some(({ isSpared }) => isSpared)
      ? 'Correct the DNS of the names given there.'
      : 'Correct the DNS of the names given there, or remove them from RunCloud.';
    return wait(
      'spoilt',
      `The application has one certificate for all its names, and it cannot be issued with these: ${formatReasons(wrong.map(({ why }) => why))}.`,
      `${mend} ${SWITCH_TO_ADVANCED}`,
    );
  }
  const unknown = members.flatMap(({ domain, names, probe }) => {
    if (!probe || !names.every((name) => dnsOf(probe, domain, name))) return [`${domain} (not probed yet)`];
    const unasked = whyUnasked(probe, domain, names);
    if (unasked !== undefined) return [`${domain} (${unasked})`];
    return now - epoch(probe.at) > OLDEST_PROBE_MS ? [`${domain} (last probed at ${probe.at})`] : [];
  });
  if (unknown.length === 0) return undefined;
  return wait(
    'unasked',
    `The application has one certificate for all its names, and of some it is not known now whether they point here: ${formatReasons(unknown)}.`,
    'Nothing, if it passes: the next runs probe them again. If it stays, check DNS_SERVERS and the name servers of these domains.',
  );
}

function formatReasons(reasons: readonly string[]): string {
  const more = reasons.length > SHOWN_AT_MOST ? `; and ${reasons.length - SHOWN_AT_MOST} more` : '';
  return `${reasons.slice(0, SHOWN_AT_MOST).join('; ')}${more}`;
}

/**
 * Earlier requests failed only the names they were for. Of other names the last request is awaited, because its certificate is
 * the application's, and it begins no longer pause. A request that was refused for a name which is gone begins none at all.
 */
function concerning(
  cases: readonly CertificateCase[],
  served: readonly string[],
  issuance: IssuanceHistory,
  spared: readonly string[],
): IssuanceHistory {
  const blamed = lastBlamed(issuance, spared);
  if (blamed && !served.includes(blamed.name)) return { ...issuance, attempts: 0 };
  const names = new Set(issuance.requests.at(-1)?.names);
  const isConcerned = cases.some((each) => each.names.some((name) => names.has(name)));
  return isConcerned ? issuance : { ...issuance, attempts: Math.min(issuance.attempts, 1) };
}

/** As if one domain were added last and requested last of all of them: that collects changes. */
function asOneDomain(cases: readonly CertificateCase[], now: number): Pick<CertificateCase, 'addedAt' | 'requestedAt'> {
  const times = cases.flatMap(({ addedAt }) => addedAt ?? []).toSorted();
  const hasWaited = now - epoch(times[0] ?? iso(now)) > COLLECT_AT_MOST_MS;
  return {
    addedAt: hasWaited ? undefined : times.at(-1),
    requestedAt: cases
      .flatMap(({ requestedAt }) => requestedAt ?? [])
      .toSorted()
      .at(-1),
  };
}
