import { blameOf, waitForBlamed } from '../certificates/blame.ts';
import { decideCertificate } from '../certificates/decide.ts';
import { type CertificateCase, type CertificateContext, type CertificateWait, wait } from '../certificates/decision.ts';
import { unknownServer, waitForDns, waitIfMovedAway } from '../certificates/dns-waits.ts';
import { IssuanceLimiter } from '../certificates/rate-limits.ts';
import { withinLimits } from '../certificates/request-waits.ts';
import type { BlamedName, IssuanceHistory } from '../certificates/requests.ts';
import { decideShared, MOST_SHARED_NAMES, type SharedMember, SWITCH_TO_ADVANCED } from '../certificates/shared.ts';
import { waitForAnotherName } from '../certificates/uncertifiable.ts';
import { ownershipOf } from '../domain/ownership.ts';
import type { DomainRecord } from '../domain/record.ts';
import { type ActualDomain, namesServed } from '../domain/runcloud-domain.ts';
import { isUnreached, type ProbeState } from '../probe/result.ts';
import { type HostName, parseMapping } from '../values/host-name.ts';
import { type Hold, holds } from './hold.ts';
import type { CertificateInput, PlanInput } from './input.ts';
import { isProtected } from './protected-domains.ts';
import type { IssueStep } from './step.ts';
import type { WwwWhenAdded } from './www.ts';
import { isWwwAloneHere } from './www-alone.ts';

/** A domain whose certificate this service looks after: ours, and not to be removed. `target` serves it. */
export type Served = {
  readonly record: DomainRecord;
  readonly target: ActualDomain;
  /** `changing`: a step of the same plan changes its names. A certificate issued before that would have to be issued once more. */
  readonly names: 'settled' | 'changing';
};

type Probed = Served & { readonly probe: ProbeState };

type CertificatePlan = { readonly steps: readonly IssueStep[]; readonly holds: readonly Hold[] };

/** The certificates to request now, and a hold for each domain that needs one and waits. */
export function planCertificates(served: readonly Served[], input: PlanInput): CertificatePlan {
  const { certificates, now } = input;
  // Without a probe nobody knows whether a certificate is missing.
  const probed = served.flatMap((each) => {
    const { probe } = each.record.state;
    return probe ? [{ ...each, probe }] : [];
  });
  const context: CertificateContext = { mode: certificates.mode, server: certificates.server, now };
  const limiter = new IssuanceLimiter(certificates.requests, now);
  const settled = probed.filter(({ names }) => names === 'settled');
  const { steps, holds: held } =
    certificates.mode === 'basic' ? planShared(settled, input, context, limiter) : planOwn(settled, context, limiter);
  const changing = probed.filter(({ names }) => names === 'changing');
  return { steps, holds: [...held, ...changing.flatMap((each) => waitOf(each, context))] };
}

/** What keeps the certificate away shows beside the step that changes the names, which does not mend it. New names are not probed yet. */
function waitOf(changing: Probed, context: CertificateContext): Hold[] {
  const each = caseOf(changing);
  const issuance = context.mode === 'basic' ? undefined : each.issuance;
  const decision = decideCertificate({ ...each, issuance }, context);
  return decision.kind === 'wait' && decision.cause !== 'unasked' ? [holds.certificate(each.domain, decision)] : [];
}

/** Whether a certificate surely needs neither step nor hold. Asked of every domain in every run, so it is cheap. */
export function isQuiet(probe: ProbeState | undefined, now: number): boolean {
  return probe?.certificate?.verdict.kind === 'valid' && probe.leftAt === undefined && !isUnreached(probe, now);
}

function planOwn(probed: readonly Probed[], context: CertificateContext, limiter: IssuanceLimiter): CertificatePlan {
  const steps: IssueStep[] = [];
  const held: Hold[] = [];
  for (const { record, target, probe } of probed.toSorted(byUrgency)) {
    const each = caseOf({ record, target, probe });
    const decision = decideCertificate(each, context);
    if (decision.kind === 'well') continue;
    const decided = decision.kind === 'ask' ? withinLimits(decision, each.names, limiter) : decision;
    const { domain } = record;
    if (decided.kind === 'wait') held.push(certificateHold(domain, decided, each, context.now));
    else {
      const { why, order } = decided;
      steps.push({ action: 'issue', domain, certificate: { kind: 'own', target }, names: each.names, order, why });
    }
  }
  return { steps, holds: held };
}

function planShared(
  probed: readonly Probed[],
  { actual, ledger, certificates, scope, settings, ownHost }: PlanInput,
  context: CertificateContext,
  limiter: IssuanceLimiter,
): CertificatePlan {
  const cases = probed.toSorted(byUrgency).map(caseOf);
  if (scope === 'some') return { steps: [], holds: cases.flatMap((each) => waitForAll(each, context)) };
  const listed = ownHost ? [...settings.protectedDomains, ownHost] : settings.protectedDomains;
  const members = actual.flatMap((object): SharedMember[] => {
    const names = namesServed(object);
    if (names.length === 0) return [];
    const parsed = parseMapping(object.name);
    const domain = parsed.ok ? parsed.domain : object.name;
    const isSpared = object.type === 'primary' || isProtected(listed, names);
    return [{ domain, names, probe: ledger.get(domain as HostName)?.state.probe, isSpared }];
  });
  const { ask, waits } = decideShared({ members, cases, issuance: certificates.shared }, context, limiter);
  const steps = ask
    ? [{ action: 'issue', certificate: { kind: 'shared' }, ...ask, domain: ask.domain as HostName } as const]
    : [];
  return {
    steps,
    holds: waits.map(({ domain, wait: why }) => {
      const probe = ledger.get(domain as HostName)?.state.probe;
      return certificateHold(domain, why, { probe, issuance: certificates.shared }, context.now);
    }),
  };
}

/** A sync knows some domains only, so it cannot tell whether another name would make the issuance fail. */
function waitForAll(each: CertificateCase, context: CertificateContext): Hold[] {
  const { domain } = each;
  const decision = decideCertificate({ ...each, issuance: undefined, addedAt: undefined }, context);
  if (decision.kind === 'well') return [];
  if (decision.kind === 'wait') return [certificateHold(domain, decision, each, context.now)];
  const whatToDo = 'Nothing: all names share one certificate, and the next reconcile asks for it.';
  return [holds.certificate(domain, wait('settling', decision.why, whatToDo))];
}

/**
 * A limit passes by itself, but a certificate that was asked for in vain does not come by that. Nor does a server come back that nobody has
 * reached for hours. DNS that nobody could ask is the customer's.
 */
function certificateHold(
  domain: string,
  why: CertificateWait,
  { probe, issuance }: Pick<CertificateCase, 'probe' | 'issuance'>,
  now: number,
): Hold {
  const hold = holds.certificate(domain, why);
  const isInVain = why.cause === 'limit' && issuance !== undefined && issuance.attempts > 0;
  const isOutOfReach = why.cause === 'unasked' && probe !== undefined && isUnreached(probe, now);
  return isInVain || isOutOfReach ? { ...hold, pressing: true } : hold;
}

const NOT_ADDED = { whatToDo: `Map the site under another name. ${SWITCH_TO_ADVANCED}` };

/**
 * Whether a name may be added. In mode `basic` a name that does not point to the server makes the certificate of all names fail,
 * so it is added only once it does, and not as one name too many. In other modes every name may.
 */
export class SharedAdmission {
  readonly #context: CertificateContext;
  readonly #issuance: IssuanceHistory | undefined;
  #names: number;

  constructor({ mode, server, shared }: CertificateInput, actual: readonly ActualDomain[], now: number) {
    this.#context = { mode, server, now };
    this.#issuance = shared;
    this.#names = mode === 'basic' ? countNames(actual) : 0;
  }

  /** Why the domain must wait. Undefined: it may be added, and its names count from here on. */
  admit(record: DomainRecord, www: WwwWhenAdded): CertificateWait | undefined {
    const { mode, server } = this.#context;
    if (mode !== 'basic') return undefined;
    const { domain, state } = record;
    const names = namesToAdd(domain, www, state.probe);
    const never = waitForAnotherName(names);
    if (never)
      return { ...never, ...NOT_ADDED, why: `${never.why} It is not added, because all names share one certificate.` };
    const blamed = this.#blameOf(record, names);
    if (blamed) return waitForBlamed(domain, blamed, 'added');
    if (!server) return unknownServer(domain);
    if (!state.probe) {
      return wait('unasked', `It is not known yet where ${domain} points.`, 'Nothing: the next run probes it.');
    }
    const dns = waitIfMovedAway(domain, names, state.probe, server) ?? waitForDns(domain, names, state.probe, server);
    if (dns)
      return { ...dns, why: `${dns.why} It is added once it points here, because all names share one certificate.` };
    return this.#count(names);
  }

  /** In mode `basic` the probe decides how a mapping of `www.` is served, in others DNS in the moment of adding. */
  formOf({ state: { probe } }: DomainRecord, www: WwwWhenAdded): WwwWhenAdded {
    if (www !== 'named' || this.#context.mode !== 'basic') return www;
    const isAlone = probe?.dns && probe.www && isWwwAloneHere(probe.dns.verdict, probe.www.verdict);
    return isAlone ? 'alone' : 'yes';
  }

  /** Whether a refusal named the `www.` name: the certificate of all others could not be issued with it. */
  isWwwBlamed(record: DomainRecord): boolean {
    return this.#blameOf(record, [`www.${record.domain}`]) !== undefined;
  }

  /**
   * The same for the `www.` name of a domain on RunCloud. A blame keeps it off, and never takes one away that is served: RunCloud's answer
   * may be about one moment. Else only the number of names counts: WWW=always asks for it whatever DNS says.
   */
  admitWww(record: DomainRecord): CertificateWait | undefined {
    if (this.#context.mode !== 'basic') return undefined;
    const www = [`www.${record.domain}`] as const;
    const blamed = this.#blameOf(record, www);
    return blamed ? waitForBlamed(record.domain, blamed, 'switched on') : this.#count(www);
  }

  /** Only in mode `basic` a name spoils others. */
  #blameOf({ domain, state, request }: DomainRecord, names: readonly string[]): BlamedName | undefined {
    const { mode, now } = this.#context;
    const blamable = { domain, probe: state.probe, requestedAt: request?.occurredAt };
    return mode === 'basic' ? blameOf(this.#issuance, blamable, names, now) : undefined;
  }

  #count(names: readonly [string, ...string[]]): CertificateWait | undefined {
    const count = this.#names + names.length;
    if (count > MOST_SHARED_NAMES) {
      return wait(
        'too-many-names',
        `With ${names[0]} the application would have ${count} names in one certificate, and Let's Encrypt allows ${MOST_SHARED_NAMES}.`,
        SWITCH_TO_ADVANCED,
      );
    }
    this.#names = count;
    return undefined;
  }
}

function namesToAdd(domain: string, www: WwwWhenAdded, probe: ProbeState | undefined): [string, ...string[]] {
  if (www === 'alone') return [`www.${domain}`];
  const isWwwServed = www === 'yes' || (www === 'auto' && probe?.www?.verdict.kind === 'pointing');
  return isWwwServed ? [domain, `www.${domain}`] : [domain];
}

/** Names in the shared certificate. */
export function countNames(actual: readonly ActualDomain[]): number {
  return actual.reduce((sum, object) => sum + namesServed(object).length, 0);
}

function caseOf({ record: { domain, request, state }, target, probe }: Omit<Probed, 'names'>): CertificateCase {
  const ownership = ownershipOf(state, target);
  return {
    domain,
    names: namesServed(target),
    probe,
    issuance: state.issuance,
    addedAt: ownership?.by === 'added' ? ownership.since : undefined,
    requestedAt: request?.kind === 'mapped' ? request.occurredAt : undefined,
  };
}

/** Domains without a valid certificate first, and of those the one that has pointed here for longest. Expiring ones can wait. */
function byUrgency(a: Probed, b: Probed): number {
  // In text `false` comes before `true`.
  const key = ({ record: { domain }, probe: { certificate, dns } }: Probed): string =>
    `${certificate?.verdict.kind === 'expiring'} ${dns?.since} ${domain}`;
  // Stryker disable next-line EqualityOperator: no two domains have one name.
  return key(a) < key(b) ? -1 : 1;
}
