/**
 * The planner: what the network wants, against what RunCloud has, gives the steps to take and the holds to report.
 *
 * One row for each case; `n` stands for a domain. "Ours" means that the ledger says so: added or adopted.
 *
 *   wanted            on RunCloud  ours   outcome
 *   ────────────────  ───────────  ─────  ──────────────────────────────────────────────────────────────────────────
 *   mapped            no           any    add · hold: protected, wildcard, waiting; in mode `basic` dns and others
 *   mapped            yes          yes    keep; update where www or redirection differ · hold: not-taken, waiting, policy;
 *                                         issue where a certificate is wanted (certify.ts) · hold: dns, limit and others
 *   mapped            yes          no     keep · hold: not-ours
 *   unmapped          yes          yes    remove · hold: protected, wildcard, waiting, policy, last-domain, brake
 *   unmapped          yes          no     leave · hold: protected, not-ours
 *   missing           yes          yes    as unmapped, but only after its grace · hold: grace
 *   missing, unknown  yes          no     leave · hold: unmanaged
 *   unread, asked off yes          yes    leave · hold: incomplete
 *   unread, asked off yes          no     leave · hold: protected, not-ours
 *   unread, unknown   yes          yes    leave
 *   unmapped, missing no           yes    forget, once it has stayed away · hold: gone
 *   unknown           no           yes    the same
 *   any               primary      any    leave · hold: protected, where something was asked
 *   any subdomain of the network, unless SUBDOMAINS=create: leave · hold: subdomain
 *
 *   Where nothing is done because the newest event and the network contradict each other: hold: still-mapped, not-listed
 *
 *   What the words on the left mean stands in want.ts.
 */

import { type DomainCounts, LATEST_LIST_MS } from '../domain/application.ts';
import { type DomainRecord, isOurs, type RecordUpdate, standingFailure } from '../domain/record.ts';
import { type ActualDomain, ActualIndex, type Serving, wildcardSuffix } from '../domain/runcloud-domain.ts';
import { type HostName, isCovered, isSubdomain, type NamedAs } from '../values/host-name.ts';
import { DAY, epoch, type IsoTime, iso } from '../values/time.ts';
import { brake } from './brake.ts';
import { isQuiet, planCertificates, type Served, SharedAdmission } from './certificates.ts';
import { planChecksum } from './checksum.ts';
import { cautionOf, type DesiredState, desiredStateOf, mappedIn, refutedBy } from './desired.ts';
import { type Hold, holds } from './hold.ts';
import type { PlanInput, PlanSettings } from './input.ts';
import { isProtected } from './protected-domains.ts';
import { byName, type RunCloudStep, type Step, sortSteps } from './step.ts';
import { servingDiffers, wwwSeen, wwwWhenAdded } from './www.ts';

export type Plan = {
  /** What may be done now, in the order of doing: sorted by action, then by name. */
  readonly steps: readonly Step[];
  /** Removals that wait for an explicit `apply` of this very plan; each has its hold below. */
  readonly braked: readonly RunCloudStep[];
  readonly holds: readonly Hold[];
  readonly updates: readonly RecordUpdate[];
  /** Why the network's word counts for adding at most, where that is so. */
  readonly caution: string | undefined;
  /** The same for two plans that do the same, whenever they are made. */
  readonly checksum: string;
};

/** Takes everything that is known; returns what to do. Asks nobody, changes nothing, and is the same every time. */
export function plan(input: PlanInput): Plan {
  const { desired, ledger } = input;
  const index = new ActualIndex(input.actual);
  const mapped = mappedIn(desired);
  const planner = new Planner(input);
  for (const record of ledger.values()) {
    planner.decide(record, desiredStateOf(record, desired, mapped), index.take(record.domain));
  }
  for (const [domain, namedAs] of mapped) {
    if (ledger.has(domain)) continue;
    planner.decide({ domain, request: undefined, state: {} }, { kind: 'mapped', namedAs }, index.take(domain));
  }
  for (const domain of index.untaken()) planner.leave(domain);
  return planner.finish();
}

// Who sent an event that the network contradicts can read so for a day; after that it is history.
const TOLD_FOR_MS = DAY;

/** Collects the outcome, one domain at a time. */
class Planner {
  readonly #settings: PlanSettings;
  readonly #ownHost: HostName | undefined;
  readonly #fleet: DomainCounts;
  readonly #now: IsoTime;
  readonly #wildcards = new Set<string>();
  #hasPrimary = false;
  readonly #steps: Step[] = [];
  readonly #removals: (Step & { action: 'remove' })[] = [];
  readonly #holds: Hold[] = [];
  readonly #marks: RecordUpdate[] = [];
  readonly #served: Served[] = [];
  readonly #admission: SharedAdmission;
  readonly #input: PlanInput;

  constructor(input: PlanInput) {
    const { settings, ownHost, counts, actual, certificates, now } = input;
    this.#input = input;
    this.#admission = new SharedAdmission(certificates, actual, now);
    this.#settings = settings;
    this.#ownHost = ownHost;
    this.#fleet = counts;
    this.#now = iso(now);
    for (const domain of actual) {
      if (domain.type === 'primary') this.#hasPrimary = true;
      const suffix = wildcardSuffix(domain);
      if (suffix !== undefined) this.#wildcards.add(suffix);
    }
  }

  decide(record: DomainRecord, want: DesiredState, actual: ActualDomain | undefined): void {
    const { domain, state } = record;
    const refuted = refutedBy(record, this.#input.desired, want);
    if (refuted !== undefined) this.#marks.push({ kind: 'refuted', domain, request: refuted });
    if (want.kind === 'mapped' && state.missingSince) this.#marks.push({ kind: 'not missing', domain });
    if (this.#isLeftToOthers(record, want, actual)) return;
    const before = this.#outcomes;
    this.#weigh(record, want, actual);
    if (this.#outcomes === before && !this.#isProtected(record.domain, actual)) this.#contradict(record, want);
  }

  #weigh(record: DomainRecord, want: DesiredState, actual: ActualDomain | undefined): void {
    if (want.kind === 'mapped') {
      if (actual) this.#keep(record, want.namedAs, actual);
      else this.#add(record, want.namedAs);
    } else if (actual) {
      if (isOurs(record.state, actual)) this.#retire(record, want, actual);
      else if (want.kind !== 'unmapped' && !(want.kind === 'unread' && want.against === 'event')) this.leave(actual);
      else if (this.#isProtected(record.domain, actual)) this.#holds.push(holds.protected(record.domain));
      else this.#holds.push(holds.notOursToRemove(record.domain));
    } else if (record.state.owned && want.kind !== 'unread') {
      this.#forget(record);
    }
  }

  get #outcomes(): number {
    return this.#steps.length + this.#removals.length + this.#holds.length;
  }

  /** A subdomain of the network that is not this service's business: neither added nor removed. */
  #isLeftToOthers({ domain, state }: DomainRecord, want: DesiredState, actual: ActualDomain | undefined): boolean {
    const { subdomains } = this.#settings;
    if (subdomains === 'create' || !this.#ownHost || !isSubdomain(domain, this.#ownHost)) return false;
    const isAsked = want.kind === 'mapped' ? !actual : state.owned !== undefined && actual !== undefined;
    if (isAsked && !isCovered(domain, this.#wildcards)) this.#holds.push(holds.subdomain(domain, subdomains));
    return true;
  }

  /** Nothing is done where the newest event and the network's own records contradict each other: the records win. */
  #contradict({ domain, request }: DomainRecord, want: DesiredState): void {
    if (!request || epoch(this.#now) - epoch(request.occurredAt) > TOLD_FOR_MS) return;
    if (want.kind === 'mapped' && request.kind === 'unmapped') this.#holds.push(holds.stillMapped(domain));
    if ((want.kind === 'missing' || want.kind === 'unknown') && request.kind === 'mapped') {
      this.#holds.push(holds.notListed(domain, request.occurredAt));
    }
  }

  /** A domain on RunCloud that nobody maps and that is not ours. */
  leave(actual: ActualDomain): void {
    if (this.#isProtected(actual.name, actual) || wildcardSuffix(actual) !== undefined) return;
    this.#holds.push(holds.unmanaged(actual.name));
  }

  /** Sorts, applies the two rules that look at all removals together, and seals the plan with its checksum. */
  finish(): Plan {
    const removals = this.#removals.sort(byName);
    // The primary domain stays in any case; early API v2 does not say which one that is.
    while (!this.#hasPrimary && removals.length > 0 && removals.length >= this.#fleet.present) {
      const [last] = removals.splice(-1);
      this.#holds.push(holds.lastDomain((last as Step).domain));
    }
    const verdict = brake(removals.length, this.#fleet, this.#settings.brake);
    const braked = verdict.kind === 'held' ? removals : [];
    if (verdict.kind === 'held') {
      for (const { domain } of removals) this.#holds.push(holds.brake(domain, verdict.numbers));
    } else {
      this.#steps.push(...removals);
    }
    const { steps: issues, holds: waiting } = planCertificates(this.#served, this.#input);
    this.#holds.push(...waiting);
    const steps = sortSteps([...this.#steps, ...issues]);
    return {
      steps,
      braked,
      holds: this.#holds.sort(byName),
      updates: this.#marks.sort(byName),
      caution: cautionOf(this.#input.desired),
      checksum: planChecksum([...steps, ...braked]),
    };
  }

  #add(record: DomainRecord, namedAs: NamedAs): void {
    const { domain } = record;
    if (this.#isProtected(domain) || (namedAs === 'www' && this.#isProtected(`www.${domain}`))) {
      this.#holds.push(holds.protected(domain));
    } else if (isCovered(domain, this.#wildcards)) {
      this.#holds.push(holds.wildcard(domain));
    } else if (!this.#waits(record)) {
      const www = wwwWhenAdded(namedAs, this.#settings.www);
      const refused = this.#admission.admit(record, www);
      if (refused) {
        this.#holds.push(holds.certificate(domain, refused));
        return;
      }
      const why = record.state.owned ? 'mapped, but gone from RunCloud' : 'mapped, and not on RunCloud';
      this.#steps.push({ action: 'add', domain, www, why });
    }
  }

  #keep(record: DomainRecord, namedAs: NamedAs, actual: ActualDomain): void {
    const { domain, state } = record;
    const ours = isOurs(state, actual);
    // Nearly every domain of nearly every run ends here, so the costlier questions come after.
    const wanted = servingDiffers(actual, namedAs, this.#settings.www, wwwSeen(state.probe, epoch(this.#now)));
    const isCertified = isQuiet(state.probe);
    if (ours && !wanted && isCertified) return;
    if (this.#isProtected(domain, actual) || wildcardSuffix(actual) !== undefined) return;
    if (!ours) {
      this.#holds.push(holds.notOurs(domain));
      return;
    }
    const stepsBefore = this.#steps.length;
    if (wanted) this.#correct(record, namedAs, actual, wanted);
    // A certificate for names that are just being changed would have to be issued once more.
    if (this.#steps.length === stepsBefore) this.#served.push({ record, target: actual });
  }

  /** An owned and mapped domain that is served otherwise than it should be. */
  #correct(record: DomainRecord, namedAs: NamedAs, actual: ActualDomain, wanted: Serving): void {
    const { domain, state } = record;
    if (namedAs === 'www' && this.#isProtected(`www.${domain}`)) return;
    if (state.requested?.www === wanted.www && state.requested.redirection === wanted.redirection) {
      this.#holds.push(holds.notTaken(domain));
    } else if (this.#settings.policy === 'create-only') {
      this.#holds.push(holds.policy(domain, 'update', this.#settings.policy));
    } else if (!this.#waits(record)) {
      const refused = wanted.www && !actual.www ? this.#admission.admitWww(record) : undefined;
      if (refused) {
        this.#holds.push(holds.certificate(domain, refused));
        return;
      }
      const from = `www ${say(actual.www)}, redirection ${actual.redirection ?? 'unknown'}`;
      const why = `is served with ${from}; www ${say(wanted.www)}, redirection ${wanted.redirection} is right`;
      this.#steps.push({ action: 'update', domain, target: actual, ...wanted, why });
    }
  }

  /** An owned domain that is on RunCloud and not known to be mapped. */
  #retire(record: DomainRecord, want: Exclude<DesiredState, { kind: 'mapped' }>, actual: ActualDomain): void {
    const { domain } = record;
    if (want.kind === 'unknown') {
      // Where the network was asked and lacks it, the next whole list decides.
      if (this.#input.desired.from === 'events') this.#serve(record, actual);
    } else if (want.kind === 'unread') {
      if (want.against === 'nothing') this.#serve(record, actual);
      else this.#holds.push(holds.incomplete(domain, want.against, want.why));
    } else if (this.#isProtected(domain, actual)) {
      this.#holds.push(holds.protected(domain));
    } else if (wildcardSuffix(actual) !== undefined || isCovered(domain, this.#wildcards)) {
      this.#holds.push(holds.wildcard(domain));
    } else if (want.kind === 'missing' && this.#inGrace(record, want.readAt)) {
      const known = knownMissingSince(record, want.readAt);
      const since = known ?? want.readAt;
      if (!known) this.#marks.push({ kind: 'missing', domain, since });
      this.#holds.push(holds.grace(domain, since, this.#settings.graceMs));
    } else if (this.#settings.policy === 'create-only') {
      this.#holds.push(holds.policy(domain, 'remove', this.#settings.policy));
    } else if (!this.#waits(record)) {
      const why = want.kind === 'unmapped' ? 'unmapped by a signed event' : 'missing from the network beyond its grace';
      this.#removals.push({ action: 'remove', domain, target: actual, why });
    }
  }

  /** Nothing speaks against it, so what is ours keeps its certificate, also while the network cannot be asked. */
  #serve(record: DomainRecord, actual: ActualDomain): void {
    const isSpared = this.#isProtected(record.domain, actual) || wildcardSuffix(actual) !== undefined;
    if (!isSpared && !isQuiet(record.state.probe)) this.#served.push({ record, target: actual });
  }

  /** A list may be late, or wrong once: what is ours is given up only when it has stayed away for a while. */
  #forget({ domain, state }: DomainRecord): void {
    const since = state.goneSince ?? this.#now;
    if (epoch(this.#now) - epoch(since) >= LATEST_LIST_MS) {
      this.#steps.push({ action: 'forget', domain, why: 'neither mapped nor on RunCloud any more' });
    } else {
      this.#holds.push(holds.gone(domain, since));
    }
  }

  /** Two complete reads at least the grace apart must lack a domain: it is the reads' times that count. */
  #inGrace(record: DomainRecord, readAt: IsoTime): boolean {
    const missingSince = knownMissingSince(record, readAt);
    if (!missingSince || readAt <= missingSince) return true;
    return epoch(readAt) - epoch(missingSince) < this.#settings.graceMs;
  }

  #waits(record: DomainRecord): boolean {
    const failure = standingFailure(record);
    if (!failure || failure.dueAt <= this.#now) return false;
    this.#holds.push(holds.waiting(record.domain, failure));
    return true;
  }

  #isProtected(name: string, actual?: ActualDomain): boolean {
    const { protectedDomains } = this.#settings;
    const listed = this.#ownHost ? [...protectedDomains, this.#ownHost] : protectedDomains;
    return actual?.type === 'primary' || isProtected(listed, [name, actual?.name]);
  }
}

/** A beginning that lies ahead comes from a clock that was wrong: it counts for nothing. */
function knownMissingSince({ state: { missingSince } }: DomainRecord, readAt: IsoTime): IsoTime | undefined {
  return missingSince && missingSince <= readAt ? missingSince : undefined;
}

function say(www: boolean | undefined): string {
  return www === undefined ? 'unknown' : www ? 'on' : 'off';
}
