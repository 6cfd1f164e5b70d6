/** The part of the plan that is about certificates: which to ask for now, and why the others wait. */

import {
  type CertificateCase,
  type CertificateContext,
  type CertificateWait,
  decideCertificate,
  unknownServer,
  wait,
  waitForDns,
  waitForReturn,
  withinLimits,
} from '../certificates/decide.ts';
import { IssuanceLimiter } from '../certificates/rate-limits.ts';
import { decideShared, MOST_SHARED_NAMES, type SharedMember, SWITCH_TO_ADVANCED } from '../certificates/shared.ts';
import type { DomainRecord } from '../domain/record.ts';
import { type ActualDomain, namesServed } from '../domain/runcloud-domain.ts';
import type { ProbeState } from '../probe/result.ts';
import { type HostName, parseMapping } from '../values/host-name.ts';
import { type Hold, holds } from './hold.ts';
import type { CertificateInput, PlanInput } from './input.ts';
import type { IssueStep } from './step.ts';
import type { WwwWhenAdded } from './www.ts';

/** An owned and mapped domain, and the object that serves it. */
export type Served = { readonly record: DomainRecord; readonly target: ActualDomain };

type CertificatePlan = { readonly steps: readonly IssueStep[]; readonly holds: readonly Hold[] };

/** Takes the owned and mapped domains and everything that is known; returns the certificates to ask for, and why the others wait. */
export function planCertificates(served: readonly Served[], input: PlanInput): CertificatePlan {
  const { certificates, now } = input;
  // Of what was never looked at there is nothing to say.
  const open = served.filter(({ record: { state } }) => state.probe !== undefined);
  if (open.length === 0) return { steps: [], holds: [] };
  const deps: CertificateContext = { mode: certificates.mode, server: certificates.server, now };
  const book = new IssuanceLimiter(certificates.requests, now);
  return certificates.mode === 'basic' ? planShared(open, input, deps, book) : planOwn(open, deps, book);
}

/** Takes what is remembered of looking; returns whether there surely is nothing to say of the certificate. */
export function isQuiet(probe: ProbeState | undefined): boolean {
  return probe?.certificate?.verdict.kind === 'valid' && probe.leftAt === undefined;
}

function planOwn(open: readonly Served[], deps: CertificateContext, book: IssuanceLimiter): CertificatePlan {
  const steps: IssueStep[] = [];
  const held: Hold[] = [];
  for (const { record, target } of open.toSorted(byUrgency)) {
    const each = caseOf({ record, target });
    const decision = decideCertificate(each, deps);
    if (decision.kind === 'well') continue;
    const decided = decision.kind === 'ask' ? withinLimits(decision, each.names, book) : decision;
    const { domain } = record;
    if (decided.kind === 'wait') held.push(holds.certificate(domain, decided));
    else {
      const { why, order } = decided;
      steps.push({ action: 'issue', domain, certificate: { kind: 'own', target }, names: each.names, order, why });
    }
  }
  return { steps, holds: held };
}

function planShared(
  open: readonly Served[],
  { actual, ledger, certificates }: PlanInput,
  deps: CertificateContext,
  book: IssuanceLimiter,
): CertificatePlan {
  const cases = open.toSorted(byUrgency).map(caseOf);
  if (certificates.scope === 'some') return { steps: [], holds: cases.flatMap((each) => waitForAll(each, deps)) };
  const members = actual.flatMap((object): SharedMember[] => {
    const names = namesServed(object);
    if (names.length === 0) return [];
    const parsed = parseMapping(object.name);
    const domain = parsed.ok ? parsed.domain : object.name;
    return [{ domain, names, probe: ledger.get(domain as HostName)?.state.probe }];
  });
  const { ask, waits } = decideShared({ members, cases, issuance: certificates.shared }, deps, book);
  const steps = ask
    ? [{ action: 'issue', certificate: { kind: 'shared' }, ...ask, domain: ask.domain as HostName } as const]
    : [];
  return { steps, holds: waits.map(({ domain, wait: why }) => holds.certificate(domain, why)) };
}

/** Whether another name would spoil it is known only where all of them are looked at. */
function waitForAll(each: CertificateCase, deps: CertificateContext): Hold[] {
  const { domain } = each;
  const decision = decideCertificate({ ...each, issuance: undefined, addedAt: undefined }, deps);
  if (decision.kind === 'well') return [];
  if (decision.kind === 'wait') return [holds.certificate(domain, decision)];
  const whatToDo = 'Nothing: all names share one certificate, and the next run over all of them asks for it.';
  return [holds.certificate(domain, wait('settling', decision.why, whatToDo))];
}

/** In mode `basic` a name that does not point here spoils the certificate of all, so it is added only once it does. */
export class SharedAdmission {
  readonly #world: CertificateContext;
  #names: number;

  /** Takes what is known of certificates, the objects that are there, and the time (ms). */
  constructor({ mode, server }: CertificateInput, actual: readonly ActualDomain[], now: number) {
    this.#world = { mode, server, now };
    this.#names = mode === 'basic' ? countNames(actual) : 0;
  }

  /** Takes a domain to add; returns why it must wait, or undefined, and then counts it. */
  admit({ domain, state }: DomainRecord, www: WwwWhenAdded): CertificateWait | undefined {
    const { mode, server } = this.#world;
    if (mode !== 'basic') return undefined;
    const isWwwServed = www === 'yes' || (www === 'auto' && state.probe?.www?.verdict.kind === 'pointing');
    const names: [string, ...string[]] = isWwwServed ? [domain, `www.${domain}`] : [domain];
    if (!server) return unknownServer(domain);
    if (!state.probe) {
      return wait('unasked', `Where ${domain} points is not known yet.`, 'Nothing: the next run looks.');
    }
    const dns = waitForReturn(domain, names, state.probe, server) ?? waitForDns(domain, names, state.probe, server);
    if (dns)
      return { ...dns, why: `${dns.why} It is added once it points here, because all names share one certificate.` };
    return this.#count(names);
  }

  /** Takes a domain whose `www.` name is to be served from now on; returns why it must not, or undefined, and then counts it. */
  admitWww({ domain }: DomainRecord): CertificateWait | undefined {
    return this.#world.mode === 'basic' ? this.#count([`www.${domain}`]) : undefined;
  }

  #count(names: readonly [string, ...string[]]): CertificateWait | undefined {
    const count = this.#names + names.length;
    if (count > MOST_SHARED_NAMES) {
      return wait(
        'too-many-names',
        `With ${names[0]} the application would have ${count} names in one certificate, and Let's Encrypt takes ${MOST_SHARED_NAMES}.`,
        SWITCH_TO_ADVANCED,
      );
    }
    this.#names = count;
    return undefined;
  }
}

/** Takes domain objects; returns how many names they serve. */
export function countNames(actual: readonly ActualDomain[]): number {
  return actual.reduce((sum, object) => sum + namesServed(object).length, 0);
}

function caseOf({ record: { domain, request, state }, target }: Served): CertificateCase {
  return {
    domain,
    names: namesServed(target),
    probe: state.probe,
    issuance: state.issuance,
    addedAt: state.owned?.by === 'added' ? state.owned.since : undefined,
    requestedAt: request?.kind === 'mapped' ? request.occurredAt : undefined,
  };
}

/** What is down comes first, and of that what has pointed here for longest; what only runs out can wait. */
function byUrgency(a: Served, b: Served): number {
  const key = ({ record: { domain, state } }: Served): string => {
    const runsOut = state.probe?.certificate?.verdict.kind === 'expiring' ? '1' : '0';
    return `${runsOut} ${state.probe?.dns?.since} ${domain}`;
  };
  return key(a) < key(b) ? -1 : 1;
}
