/**
 * One row of the plan: what one domain comes to, by what is wanted of it and what is on RunCloud.
 *
 * One line for each case. "Ours" means that the ledger says so: added or adopted.
 *
 *   wanted            on RunCloud  ours   outcome
 *   ────────────────  ───────────  ─────  ──────────────────────────────────────────────────────────────────────────
 *   mapped            no           any    add · hold: protected, wildcard, waiting; in mode `basic` dns and others
 *   mapped            yes          yes    keep; update where www or redirection differ · hold: not-taken, waiting, policy;
 *                                         issue where a certificate is wanted (certificates/decide.ts) · hold: dns, limit and others
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
 *   What the words on the left mean stands in desired.ts.
 */
import { LATEST_LIST_MS } from '../domain/application.ts';
import { type DomainRecord, isOurs, type RecordUpdate, standingFailure } from '../domain/record.ts';
import { type ActualDomain, type Serving, wildcardSuffix } from '../domain/runcloud-domain.ts';
import { isCovered, isSubdomain, type NamedAs } from '../values/host-name.ts';
import { DAY, epoch, type IsoTime, iso } from '../values/time.ts';
import { isQuiet, type Served, SharedAdmission } from './certificates.ts';
import { type DesiredState, refutedBy } from './desired.ts';
import { type Hold, holds } from './hold.ts';
import type { PlanInput } from './input.ts';
import { isPlanned } from './policy.ts';
import { isProtected } from './protected-domains.ts';
import type { Step } from './step.ts';
import { servingDiffers, wwwSeen, wwwWhenAdded } from './www.ts';

/** What one domain comes to. */
export type Row = {
  readonly steps: readonly Step[];
  readonly holds: readonly Hold[];
  readonly updates: readonly RecordUpdate[];
  /** It stays as it is on RunCloud, and a certificate may be wanted for it. */
  readonly served?: Served;
};

const NOTHING: Row = { steps: [], holds: [], updates: [] };
const step = (each: Step): Row => ({ ...NOTHING, steps: [each] });
const hold = (each: Hold): Row => ({ ...NOTHING, holds: [each] });

// Who sent an event that the network contradicts can read so for a day; after that it is history.
const TOLD_FOR_MS = DAY;

/** Plans one domain at a time. It remembers only how many names a shared certificate has by now. */
export class RowPlanner {
  readonly #input: PlanInput;
  readonly #now: IsoTime;
  readonly #protectedNames: readonly string[];
  readonly #wildcards: ReadonlySet<string>;
  readonly #admission: SharedAdmission;

  constructor(input: PlanInput) {
    const { settings, ownHost, actual, certificates, now } = input;
    this.#input = input;
    this.#now = iso(now);
    this.#protectedNames = ownHost ? [...settings.protectedDomains, ownHost] : settings.protectedDomains;
    this.#wildcards = new Set(actual.flatMap((domain) => wildcardSuffix(domain) ?? []));
    this.#admission = new SharedAdmission(certificates, actual, now);
  }

  /** A domain that somebody mapped or unmapped, or that the ledger knows. */
  row(record: DomainRecord, desired: DesiredState, actual: ActualDomain | undefined): Row {
    const updates = this.#updates(record, desired);
    const row = this.#isLeftToOthers(record)
      ? this.#leftToOthers(record, desired, actual)
      : this.#ownRow(record, desired, actual);
    return updates.length === 0 ? row : { ...row, updates: [...updates, ...row.updates] };
  }

  /** An object on RunCloud that nobody maps and that is not ours. */
  unmanaged(actual: ActualDomain): Row {
    const isSpared = this.#isProtected(actual.name, actual) || wildcardSuffix(actual) !== undefined;
    return isSpared ? NOTHING : hold(holds.unmanaged(actual.name));
  }

  #updates(record: DomainRecord, desired: DesiredState): RecordUpdate[] {
    const { domain, state } = record;
    const refuted = refutedBy(record, this.#input.desired, desired);
    const updates: RecordUpdate[] = [];
    if (refuted !== undefined) updates.push({ kind: 'refuted', domain, request: refuted });
    if (desired.kind === 'mapped' && state.missingSince) updates.push({ kind: 'not missing', domain });
    return updates;
  }

  /** A subdomain of the network that is not this service's business: neither added nor removed. */
  #isLeftToOthers({ domain }: DomainRecord): boolean {
    const { settings, ownHost } = this.#input;
    return settings.subdomains !== 'create' && ownHost !== undefined && isSubdomain(domain, ownHost);
  }

  #leftToOthers({ domain, state }: DomainRecord, desired: DesiredState, actual: ActualDomain | undefined): Row {
    const isAsked = desired.kind === 'mapped' ? !actual : state.owned !== undefined && actual !== undefined;
    if (!isAsked || isCovered(domain, this.#wildcards)) return NOTHING;
    return hold(holds.subdomain(domain, this.#input.settings.subdomains));
  }

  #ownRow(record: DomainRecord, desired: DesiredState, actual: ActualDomain | undefined): Row {
    const row = this.#outcome(record, desired, actual);
    if (row.steps.length > 0 || row.holds.length > 0 || this.#isProtected(record.domain, actual)) return row;
    const contradiction = this.#contradiction(record, desired);
    return contradiction ? { ...row, holds: [contradiction] } : row;
  }

  #outcome(record: DomainRecord, desired: DesiredState, actual: ActualDomain | undefined): Row {
    if (desired.kind === 'mapped') {
      return actual ? this.#keep(record, desired.namedAs, actual) : this.#add(record, desired.namedAs);
    }
    if (!actual) return record.state.owned && desired.kind !== 'unread' ? this.#forget(record) : NOTHING;
    if (isOurs(record.state, actual)) return this.#retire(record, desired, actual);
    const isAskedToGo = desired.kind === 'unmapped' || (desired.kind === 'unread' && desired.against === 'event');
    if (!isAskedToGo) return this.unmanaged(actual);
    const { domain } = record;
    return hold(this.#isProtected(domain, actual) ? holds.protected(domain) : holds.notOursToRemove(domain));
  }

  /** Nothing is done where the newest event and the network's own records contradict each other: the records win. */
  #contradiction({ domain, request }: DomainRecord, desired: DesiredState): Hold | undefined {
    if (!request || epoch(this.#now) - epoch(request.occurredAt) > TOLD_FOR_MS) return undefined;
    if (desired.kind === 'mapped' && request.kind === 'unmapped') return holds.stillMapped(domain);
    if ((desired.kind === 'missing' || desired.kind === 'unknown') && request.kind === 'mapped') {
      return holds.notListed(domain, request.occurredAt);
    }
    return undefined;
  }

  #add(record: DomainRecord, namedAs: NamedAs): Row {
    const { domain } = record;
    if (this.#isProtected(domain) || (namedAs === 'www' && this.#isProtected(`www.${domain}`))) {
      return hold(holds.protected(domain));
    }
    if (isCovered(domain, this.#wildcards)) return hold(holds.wildcard(domain));
    const waiting = this.#waiting(record);
    if (waiting) return hold(waiting);
    const www = wwwWhenAdded(namedAs, this.#input.settings.www);
    const refused = this.#admission.admit(record, www);
    if (refused) return hold(holds.certificate(domain, refused));
    const why = record.state.owned ? 'mapped, but gone from RunCloud' : 'mapped, and not on RunCloud';
    return step({ action: 'add', domain, www, why });
  }

  #keep(record: DomainRecord, namedAs: NamedAs, actual: ActualDomain): Row {
    const { domain, state } = record;
    const ours = isOurs(state, actual);
    // Nearly every domain of nearly every run ends here, so the costlier questions come after.
    const wanted = servingDiffers(actual, namedAs, this.#input.settings.www, wwwSeen(state.probe, epoch(this.#now)));
    if (ours && !wanted && isQuiet(state.probe)) return NOTHING;
    if (this.#isProtected(domain, actual) || wildcardSuffix(actual) !== undefined) return NOTHING;
    if (!ours) return hold(holds.notOurs(domain));
    const corrected = wanted ? this.#correct(record, namedAs, actual, wanted) : NOTHING;
    // A certificate for names that are just being changed would have to be issued once more.
    return corrected.steps.length > 0 ? corrected : { ...corrected, served: { record, target: actual } };
  }

  /** An owned and mapped domain that is served otherwise than it should be. */
  #correct(record: DomainRecord, namedAs: NamedAs, actual: ActualDomain, wanted: Serving): Row {
    const { domain, state } = record;
    const { policy } = this.#input.settings;
    if (namedAs === 'www' && this.#isProtected(`www.${domain}`)) return NOTHING;
    if (state.requested?.www === wanted.www && state.requested.redirection === wanted.redirection) {
      return hold(holds.notTaken(domain));
    }
    if (!isPlanned(policy, 'update')) return hold(holds.policy(domain, 'update', policy));
    const waiting = this.#waiting(record);
    if (waiting) return hold(waiting);
    const refused = wanted.www && !actual.www ? this.#admission.admitWww(record) : undefined;
    if (refused) return hold(holds.certificate(domain, refused));
    const from = `www ${onOrOff(actual.www)}, redirection ${actual.redirection ?? 'unknown'}`;
    const why = `is served with ${from}; www ${onOrOff(wanted.www)}, redirection ${wanted.redirection} is right`;
    return step({ action: 'update', domain, target: actual, ...wanted, why });
  }

  /** An owned domain that is on RunCloud and not known to be mapped. */
  #retire(record: DomainRecord, desired: Exclude<DesiredState, { kind: 'mapped' }>, actual: ActualDomain): Row {
    const { domain } = record;
    const { settings } = this.#input;
    if (desired.kind === 'unknown') {
      // Where the network was asked and lacks it, the next whole list decides.
      return this.#input.desired.from === 'events' ? this.#serve(record, actual) : NOTHING;
    }
    if (desired.kind === 'unread') {
      if (desired.against === 'nothing') return this.#serve(record, actual);
      return hold(holds.incomplete(domain, desired.against, desired.why));
    }
    if (this.#isProtected(domain, actual)) return hold(holds.protected(domain));
    if (wildcardSuffix(actual) !== undefined || isCovered(domain, this.#wildcards)) return hold(holds.wildcard(domain));
    if (desired.kind === 'missing' && this.#isInGrace(record, desired.readAt))
      return this.#grace(record, desired.readAt);
    if (!isPlanned(settings.policy, 'remove')) return hold(holds.policy(domain, 'remove', settings.policy));
    const waiting = this.#waiting(record);
    if (waiting) return hold(waiting);
    const why =
      desired.kind === 'unmapped' ? 'unmapped by a signed event' : 'missing from the network beyond its grace';
    return step({ action: 'remove', domain, target: actual, why });
  }

  /** Nothing speaks against it, so what is ours keeps its certificate, also while the network cannot be asked. */
  #serve(record: DomainRecord, actual: ActualDomain): Row {
    const isSpared = this.#isProtected(record.domain, actual) || wildcardSuffix(actual) !== undefined;
    return isSpared || isQuiet(record.state.probe) ? NOTHING : { ...NOTHING, served: { record, target: actual } };
  }

  /** A list may be late, or wrong once: what is ours is given up only when it has stayed away for a while. */
  #forget({ domain, state }: DomainRecord): Row {
    const since = state.goneSince ?? this.#now;
    if (epoch(this.#now) - epoch(since) < LATEST_LIST_MS) return hold(holds.gone(domain, since));
    return step({ action: 'forget', domain, why: 'neither mapped nor on RunCloud any more' });
  }

  #grace(record: DomainRecord, readAt: IsoTime): Row {
    const { domain } = record;
    const known = knownMissingSince(record, readAt);
    const since = known ?? readAt;
    const held = hold(holds.grace(domain, since, this.#input.settings.graceMs));
    return known ? held : { ...held, updates: [{ kind: 'missing', domain, since }] };
  }

  /** Two complete reads at least the grace apart must lack a domain: it is the reads' times that count. */
  #isInGrace(record: DomainRecord, readAt: IsoTime): boolean {
    const missingSince = knownMissingSince(record, readAt);
    if (!missingSince || readAt <= missingSince) return true;
    return epoch(readAt) - epoch(missingSince) < this.#input.settings.graceMs;
  }

  #waiting(record: DomainRecord): Hold | undefined {
    const failure = standingFailure(record);
    return failure && failure.dueAt > this.#now ? holds.waiting(record.domain, failure) : undefined;
  }

  #isProtected(name: string, actual?: ActualDomain): boolean {
    return actual?.type === 'primary' || isProtected(this.#protectedNames, [name, actual?.name]);
  }
}

/** A beginning that lies ahead comes from a clock that was wrong: it counts for nothing. */
function knownMissingSince({ state: { missingSince } }: DomainRecord, readAt: IsoTime): IsoTime | undefined {
  return missingSince && missingSince <= readAt ? missingSince : undefined;
}

function onOrOff(www: boolean | undefined): string {
  return www === undefined ? 'unknown' : www ? 'on' : 'off';
}
