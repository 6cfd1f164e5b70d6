import { type CertificateAxis, certificateAxis } from '../certificates/axis.ts';
import { isOverdue } from '../certificates/decide.ts';
import type { IssuanceHistory } from '../certificates/requests.ts';
import { type DomainState, isOurs, standingFailure } from '../domain/record.ts';
import { ActualIndex } from '../domain/runcloud-domain.ts';
import { type Hold, isAboutCertificate, holds as reasons } from '../plan/hold.ts';
import type { CertificateInput, PlanInput } from '../plan/input.ts';
import type { Plan } from '../plan/plan.ts';
import { isCarriedOut } from '../plan/policy.ts';
import { type DnsAxis, dnsAxis, isHere, servedDns } from '../probe/result.ts';
import { type HostName, parseMapping } from '../values/host-name.ts';

/** Mapping, DNS and certificate are kept apart. `unknown` says that nobody could be asked, and no more. */
export type DomainStatus = {
  readonly domain: string;
  readonly mapping: 'on RunCloud' | 'not on RunCloud';
  readonly dns: DnsAxis;
  readonly certificate: CertificateAxis;
  readonly owned: boolean;
  /** What happens next, or what to do about a hold. */
  readonly next: string;
  /** Why: of the hold, else of the last failure, else of the step. */
  readonly reason?: string;
};

const NEXT: Readonly<Record<Plan['steps'][number]['action'], string>> = {
  add: 'will be added to RunCloud',
  update: 'www and redirection will be changed',
  remove: 'will be removed from RunCloud',
  adopt: 'will be adopted',
  forget: 'will be forgotten',
  issue: 'its certificate will be requested',
};

/** A row for each domain that the ledger, RunCloud, or the plan knows, by name. `plan` must be made of the same input. */
export function statusOf(
  { actual, ledger, settings, certificates, now }: PlanInput,
  { steps, holds }: Plan,
): DomainStatus[] {
  const index = new ActualIndex(actual);
  const step = new Map(steps.map((each) => [each.domain as string, each]));
  // Of several holds of a domain the last one set stands: one about the domain itself, and of those the first.
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
    // Unmapped, gone, and nothing left to do: the record only guards against late events.
    if (!found && !planned && !hold && record.request?.kind !== 'mapped') continue;
    const failure = planned && standingFailure(record);
    const reason = hold?.reason ?? failure?.why ?? planned?.why;
    const { probe } = record.state;
    const issuance = issuanceOf(record.state, certificates);
    const owned = found !== undefined && isOurs(record.state, found);
    rows.push({
      domain,
      mapping: found ? 'on RunCloud' : 'not on RunCloud',
      dns: dnsAxis(probe),
      certificate: certificateAxis(probe, issuance, owned ? 'ours' : 'not ours', now),
      owned,
      next: hold ? nextOf(hold) : planned ? NEXT[planned.action] : 'nothing to do',
      ...(reason !== undefined && { reason }),
    });
  }
  return rows;
}

/**
 * What the alarms watch. `failed`: domains of ours that point here and have no valid certificate although one was requested.
 * `expiring`: domains of ours, pointing here or proxied, whose certificate should have been renewed by now.
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
    // A domain that left raises no alarm. A proxy may insist on the server's certificate, so it must not run out behind one.
    const dns = probe && servedDns(probe);
    if (!dns || !(isHere(dns.verdict) || dns.verdict.kind === 'proxied')) continue;
    if (isOverdue(probe.certificate?.verdict, now)) expiring += 1;
    if (!isHere(dns.verdict)) continue;
    const axis = certificateAxis(probe, issuanceOf(state, certificates), 'ours', now);
    if (axis === 'failed') failed += 1;
  }
  return { failed, expiring };
}

function issuanceOf({ issuance }: DomainState, { mode, shared }: CertificateInput): IssuanceHistory | undefined {
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
