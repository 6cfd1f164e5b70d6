import { type CertificateAxis, certificateAxis } from '../certificates/axis.ts';
import { isOverdue } from '../certificates/decide.ts';
import type { IssuanceHistory } from '../certificates/requests.ts';
import { isOurs } from '../domain/ownership.ts';
import { type DomainState, standingFailure } from '../domain/record.ts';
import { ActualIndex } from '../domain/runcloud-domain.ts';
import { type Hold, type HoldCode, isAboutCertificate, holds as reasons } from '../plan/hold.ts';
import type { CertificateInput, PlanInput } from '../plan/input.ts';
import type { Plan } from '../plan/plan.ts';
import { isCarriedOut } from '../plan/policy.ts';
import type { Step } from '../plan/step.ts';
import { isBareAloneHere } from '../plan/www-alone.ts';
import { aged } from '../probe/certificate-verdict.ts';
import { type DnsAxis, dnsAxis, isHere, type ProbeState, servedDns } from '../probe/result.ts';
import { type HostName, parseMapping } from '../values/host-name.ts';
import type { IsoTime } from '../values/time.ts';

/** Mapping, DNS and certificate are kept apart. `unknown` says that nobody could be asked, and no more. */
export type DomainStatus = {
  readonly domain: string;
  readonly mapping: 'on RunCloud' | 'not on RunCloud';
  readonly dns: DnsAxis;
  readonly certificate: CertificateAxis;
  readonly owned: boolean;
  /** What happens next, or what to do about a hold. */
  readonly next: string;
  /** Every reason: of the holds, what keeps visitors away first; then of the last failure, or of the step. */
  readonly reason?: string;
};

/** What a step will do. */
export const NEXT: Readonly<Record<Plan['steps'][number]['action'], string>> = {
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
  const held = Map.groupBy(holds.toSorted(causeFirst), ({ domain }) => domain);
  const names = new Set<string>([
    ...ledger.keys(),
    ...actual.map(({ name }) => rowOf(name, index)),
    ...step.keys(),
    ...holds.map(({ domain }) => rowOf(domain, index)),
  ]);
  const rows: DomainStatus[] = [];
  for (const domain of [...names].sort()) {
    // An object such as `*.shop.example` has no host name and so no record. That of a mapping has what is known of both its names.
    const record = ledger.get(domainOf(domain) as HostName) ?? {
      domain: domain as HostName,
      request: undefined,
      state: {},
    };
    const found = index.find(domain);
    const planned = step.get(domain);
    const isForbidden = planned && !isCarriedOut(settings.policy, planned.action);
    const refused = isForbidden ? reasons.policy(domain, planned.action, settings.policy) : undefined;
    const standing = [...(held.get(domain) ?? (found && held.get(found.name)) ?? []), ...(refused ? [refused] : [])];
    const [hold] = standing;
    // Unmapped, gone, and nothing left to do: the record only guards against late events.
    if (!found && !planned && !hold && record.request?.kind !== 'mapped') continue;
    const due = isForbidden ? undefined : planned;
    const failure = due && standingFailure(record);
    const behind = standing.length === 0 ? '' : `${domain}: `;
    const why = [...standing.map(({ reason }) => reason), failure?.why ?? (due && `${behind}${due.why}`)];
    const owned = found !== undefined && isOurs(record.state, found);
    const probe = record.domain === domain ? record.state.probe : probeOfWww(record.state.probe, owned);
    const issuance = issuanceOf(record.state, certificates);
    rows.push({
      domain,
      mapping: found ? 'on RunCloud' : 'not on RunCloud',
      dns: dnsAxis(probe),
      certificate: certificateAxis(probe && withAge(probe, now), issuance, owned ? 'ours' : 'not ours', now),
      owned,
      next: nextOf(hold, due),
      ...reasonOf(why),
    });
  }
  return rows;
}

/** The row of a domain of which nothing is known. */
export function unknownDomain(domain: HostName, dns: DnsAxis): DomainStatus {
  return {
    domain,
    mapping: 'not on RunCloud',
    dns,
    certificate: 'none',
    owned: false,
    next: 'nothing to do',
    reason: 'The service knows of no mapping of it, and it is not on RunCloud.',
  };
}

/** The same where the network lists what is mapped, and the ledger alone is asked. `lastRunAt`: undefined where none came to its end. */
export function unseenDomain(domain: HostName, lastRunAt: IsoTime | undefined): DomainStatus {
  const reason =
    lastRunAt === undefined
      ? 'No run over all domains has come to its end yet, so nothing is known of it.'
      : `It was not seen in the last run over all domains, which ended at ${lastRunAt}. A mapping made since shows after the next one.`;
  return { ...unknownDomain(domain, 'unknown'), next: 'ask again after the next run', reason };
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
    const objects = [index.find(domain), index.apart(domain)];
    if (!objects.some((each) => each !== undefined && isOurs(state, each))) continue;
    const { probe } = state;
    // A domain that left raises no alarm. A proxy may insist on the server's certificate, so it must not run out behind one.
    const dns = probe && servedDns(probe);
    if (!dns || !(isHere(dns.verdict) || dns.verdict.kind === 'proxied')) continue;
    if (isOverdue(probe.certificate?.verdict, now)) expiring += 1;
    if (!isHere(dns.verdict)) continue;
    // Stryker disable next-line StringLiteral: certificateAxis asks only whether it is 'not ours'.
    const axis = certificateAxis(probe, issuanceOf(state, certificates), 'ours', now);
    if (axis === 'failed') failed += 1;
  }
  return { failed, expiring };
}

/** The ledger may be all that is known: a certificate runs out also while nobody looks. */
function withAge(probe: ProbeState, now: number): ProbeState {
  const { certificate } = probe;
  return certificate ? { ...probe, certificate: { ...certificate, verdict: aged(certificate.verdict, now) } } : probe;
}

function issuanceOf({ issuance }: DomainState, { mode, shared }: CertificateInput): IssuanceHistory | undefined {
  return mode === 'basic' ? shared : issuance;
}

/** Where DNS leads elsewhere, nothing else matters to visitors. */
const ABOUT_DNS: ReadonlySet<HoldCode> = new Set(['moved-away', 'dns', 'proxied', 'caa']);

export function causeFirst(a: Hold, b: Hold): number {
  return rankOf(a) - rankOf(b);
}

/** A certificate comes after the domain itself. */
function rankOf(hold: Hold): number {
  if (ABOUT_DNS.has(hold.code)) return 0;
  return isAboutCertificate(hold) ? 2 : 1;
}

const STAYS: ReadonlySet<HoldCode> = new Set(['wildcard', 'unmanaged', 'beside', 'not-ours']);

function nextOf(hold: Hold | undefined, due: Step | undefined): string {
  const step = due && NEXT[due.action];
  if (!hold) return step ?? 'nothing to do';
  const { code, whatToDo } = hold;
  const held = STAYS.has(code) ? 'stays as it is' : `held: ${whatToDo}`;
  return step === undefined ? held : `${held} Also: ${step}.`;
}

function reasonOf(reasons: readonly (string | undefined)[]): Pick<DomainStatus, 'reason'> {
  const each = [...new Set(reasons.filter((reason) => reason !== undefined))];
  return each.length === 0 ? {} : { reason: joinReasons(each) };
}

/** The reason of a step is no sentence. By itself it stays as it is. */
export function joinReasons(reasons: readonly string[]): string {
  if (reasons.length === 1) return reasons.join('');
  return reasons.map((reason) => (/[.!?…]$/.test(reason) ? reason : `${reason}.`)).join(' ');
}

/** `www.shop.example` is shown with its `shop.example`, unless RunCloud has an object for each. */
function rowOf(name: string, index: ActualIndex): string {
  const domain = domainOf(name);
  return index.apart(domain)?.name === name ? name : domain;
}

/** The certificate of one that is not ours is not probed. Of two that are ours the one that is wanting is in the record. */
function probeOfWww(probe: ProbeState | undefined, owned: boolean): ProbeState | undefined {
  const isOfBoth =
    probe?.certificate?.verdict.kind === 'valid' &&
    !(probe.dns && probe.www && isBareAloneHere(probe.dns.verdict, probe.www.verdict));
  const isKnown = owned && (probe?.certificateOf === 'www' || isOfBoth);
  return (
    probe?.www && {
      at: probe.at,
      dns: probe.www,
      ...(isKnown && probe.certificate && { certificate: probe.certificate }),
    }
  );
}

function domainOf(name: string): string {
  const parsed = parseMapping(name);
  return parsed.ok ? parsed.domain : name;
}
