/** Where each domain stands, and what is next for it. */

import { type CertificateAxis, certificateAxis } from '../certificates/axis.ts';
import { isOverdue } from '../certificates/decide.ts';
import type { IssuanceHistory } from '../certificates/requests.ts';
import { type DomainState, isOurs, standingFailure } from '../domain/record.ts';
import { ActualIndex } from '../domain/runcloud-domain.ts';
import { type Hold, isAboutCertificate, holds as reasons } from '../plan/hold.ts';
import type { CertificateInput, PlanInput } from '../plan/input.ts';
import type { Plan } from '../plan/plan.ts';
import { isCarriedOut } from '../plan/policy.ts';
import { type DnsAxis, dnsAxis, isHere } from '../probe/result.ts';
import { type HostName, parseMapping } from '../values/host-name.ts';

/** Three axes that are kept apart. "unknown" says that nobody could look, and no more. */
export type DomainStatus = {
  readonly domain: string;
  readonly mapping: 'on RunCloud' | 'not on RunCloud';
  readonly dns: DnsAxis;
  readonly certificate: CertificateAxis;
  readonly owned: boolean;
  /** What happens next, and when where that is known. */
  readonly next: string;
  readonly reason?: string;
};

const NEXT: Readonly<Record<Plan['steps'][number]['action'], string>> = {
  add: 'will be added to RunCloud',
  update: 'www and redirection will be changed',
  remove: 'will be removed from RunCloud',
  adopt: 'will be adopted',
  forget: 'will be forgotten',
  issue: 'its certificate will be asked for',
};

/** Takes everything that is known and the plan made of it; returns a row for each domain on either side, by name. */
export function statusOf(
  { actual, ledger, settings, certificates, now }: PlanInput,
  { steps, holds }: Plan,
): DomainStatus[] {
  const index = new ActualIndex(actual);
  const step = new Map(steps.map((each) => [each.domain as string, each]));
  // What keeps the domain itself comes before what its certificate waits for.
  const held = new Map(
    holds
      .toReversed()
      .toSorted(certificateFirst)
      .map((each) => [each.domain, each]),
  );
  const names = new Set<string>([
    ...ledger.keys(),
    ...actual.map(({ name }) => domainOf(name)),
    ...step.keys(),
    ...holds.map(({ domain }) => domainOf(domain)),
  ]);
  const rows: DomainStatus[] = [];
  for (const domain of [...names].sort()) {
    // An object such as `*.shop.example` has no host name and so no record.
    const record = ledger.get(domain as HostName) ?? { domain: domain as HostName, request: undefined, state: {} };
    const found = index.find(domain);
    const planned = step.get(domain);
    const isForbidden = planned && !isCarriedOut(settings.policy, planned.action);
    const refused = isForbidden ? reasons.policy(domain, planned.action, settings.policy) : undefined;
    const hold = held.get(domain) ?? (found && held.get(found.name)) ?? refused;
    // Unmapped, gone, and nothing left to do: only a memory against late events.
    if (!found && !planned && !hold && record.request?.kind !== 'mapped') continue;
    const failure = planned && standingFailure(record);
    const reason = hold?.reason ?? failure?.why ?? planned?.why;
    const { probe } = record.state;
    const issuance = issuingOf(record.state, certificates);
    const owned = found !== undefined && isOurs(record.state, found);
    rows.push({
      domain,
      mapping: found ? 'on RunCloud' : 'not on RunCloud',
      dns: dnsAxis(probe),
      certificate: certificateAxis(probe, issuance, owned ? 'wanted' : 'not ours', now),
      owned,
      next: hold ? nextOf(hold) : planned ? NEXT[planned.action] : 'nothing to do',
      ...(reason !== undefined && { reason }),
    });
  }
  return rows;
}

/**
 * Takes everything that is known; returns how many owned domains that point here have no valid certificate although one was asked for, and
 * how many have one that should have been renewed by now: what alarms look at.
 */
export function countCertificates({ actual, ledger, certificates, now }: PlanInput): {
  readonly failed: number;
  readonly expiring: number;
} {
  const index = new ActualIndex(actual);
  let [failed, expiring] = [0, 0];
  for (const { domain, state } of ledger.values()) {
    const found = index.find(domain);
    if (!found || !isOurs(state, found)) continue;
    const { probe } = state;
    // Whoever left is nobody's alarm. A proxy may insist on the server's certificate, so behind one it must not run out.
    if (!probe?.dns || !(isHere(probe.dns.verdict) || probe.dns.verdict.kind === 'proxied')) continue;
    if (isOverdue(probe.certificate?.verdict, now)) expiring += 1;
    if (!isHere(probe.dns.verdict)) continue;
    const axis = certificateAxis(probe, issuingOf(state, certificates), 'wanted', now);
    if (axis === 'failed') failed += 1;
  }
  return { failed, expiring };
}

function issuingOf({ issuance }: DomainState, { mode, shared }: CertificateInput): IssuanceHistory | undefined {
  return mode === 'basic' ? shared : issuance;
}

function certificateFirst(a: Hold, b: Hold): number {
  return Number(isAboutCertificate(b)) - Number(isAboutCertificate(a));
}

function nextOf({ code, whatToDo }: Hold): string {
  return code === 'wildcard' || code === 'unmanaged' || code === 'not-ours' ? 'stays as it is' : `held: ${whatToDo}`;
}

/** A separate `www.shop.example` is shown with its `shop.example`. */
function domainOf(name: string): string {
  const parsed = parseMapping(name);
  return parsed.ok ? parsed.domain : name;
}
