/**
 * One row of the plan: the outcome for one domain, by its desired state (desired.ts) and what is on RunCloud. "Ours" means that
 * the ledger has the object's id: added or adopted.
 *
 *   desired state          on RunCloud  ours  outcome
 *   ─────────────────────  ───────────  ────  ───────────────────────────────────────────────────────────────────────────
 *   mapped                 no           any   add · hold: protected, wildcard, waiting; in mode `basic` dns and others
 *   mapped                 yes          yes   keep; update where www or redirection differ (adopted: only under WWW=always and
 *                                             never) · hold: as-found, not-taken, waiting, policy;
 *                                             issue where it lacks a certificate (certificates/decide.ts) · hold: dns, limit …
 *   mapped                 yes          no    keep · hold: not-ours
 *   unmapped               yes          yes   remove · hold: protected, wildcard, waiting, policy, last-domain, brake
 *   unmapped               yes          no    leave · hold: protected, not-ours
 *   missing                yes          yes   hold: grace; once the grace is over as unmapped
 *   unknown                yes          yes   keep
 *   unread, event, list    yes          yes   leave · hold: incomplete
 *     or row against it
 *   unread, event against  yes          no    leave · hold: protected, not-ours
 *   unread, else           yes          yes   keep
 *   missing, unknown,      yes          no    leave · hold: unmanaged
 *     unread, else
 *   unmapped, missing,     no           yes   hold: gone; forget once RunCloud's list has lacked it for a quarter of an hour
 *     unknown
 *
 *   any, whose row in the ledger cannot be read: leave · hold: unreadable
 *   mapped, and a further object of it (`www.shop.example`) beside the one that serves it: leave · hold: beside
 *   mapped, its `www.` name has an object of its own, or is to have one: www-alone.ts
 *   any, primary domain of the application: leave · hold: protected, where an event or the network asks for a change
 *   any, subdomain of the network, unless SUBDOMAINS=create: leave · hold: subdomain
 *
 * Where nothing is done because the network contradicts the newest event: hold: still-mapped, not-listed.
 */
import { LATEST_LIST_MS } from '../domain/application.ts';
import { isAdopted, isOurs, ownsAny } from '../domain/ownership.ts';
import { type DomainRecord, type RecordUpdate, standingFailure } from '../domain/record.ts';
import { type ActualDomain, type Serving, wildcardSuffix } from '../domain/runcloud-domain.ts';
import { type HostName, isCovered, isSubdomain, type NamedAs } from '../values/host-name.ts';
import { DAY, epoch, type IsoTime, iso } from '../values/time.ts';
import { isQuiet, SharedAdmission } from './certificates.ts';
import { type DesiredState, refutedBy } from './desired.ts';
import { isInGrace, missingSinceOf } from './grace.ts';
import { type Hold, holds } from './hold.ts';
import type { PlanInput } from './input.ts';
import { isPlanned } from './policy.ts';
import { isProtected } from './protected-domains.ts';
import { hold, NOTHING, type Row, step } from './row.ts';
import { servingDiffers, type WwwWhenAdded, wwwSeen, wwwWhenAdded } from './www.ts';
import { type Apart, formAgain, judgeApart, TOGETHER } from './www-alone.ts';

// Whoever sent an event that the network contradicts can read so for a day. After that the event is history.
const CONTRADICTION_SHOWN_MS = DAY;

/** Plans one domain after the other. From one to the next it keeps only the number of names in a shared certificate. */
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
    // Stryker disable next-line ArrayDeclaration: a suffix that no name has covers nothing.
    this.#wildcards = new Set(actual.flatMap((domain) => wildcardSuffix(domain) ?? []));
    this.#admission = new SharedAdmission(certificates, actual, now);
  }

  /** For a domain with a record or a mapping. `apart`: the separate object of its `www.` name. */
  row(record: DomainRecord, desired: DesiredState, actual: ActualDomain | undefined, apart?: ActualDomain): Row {
    if (record.unreadable !== undefined) return hold(holds.unreadable(record.domain, record.unreadable));
    const updates = this.#updates(record, desired);
    const row = this.#isLeftToOthers(record)
      ? this.#leftToOthers(record, desired, actual)
      : this.#ownRow(record, desired, actual, apart);
    return { ...row, updates: [...updates, ...row.updates] };
  }

  /** For an object on RunCloud that has neither. */
  unmanaged(actual: ActualDomain): Row {
    const isSpared = this.#isProtected(actual.name, actual) || wildcardSuffix(actual) !== undefined;
    return isSpared ? NOTHING : hold(holds.unmanaged(actual.name));
  }

  /** For a further object of a domain that stays, beside the one that serves it. */
  beside(actual: ActualDomain, domain: HostName): Row {
    const row = this.unmanaged(actual);
    return row === NOTHING ? row : hold(holds.beside(actual.name, domain));
  }

  #updates(record: DomainRecord, desired: DesiredState): RecordUpdate[] {
    const { domain, state } = record;
    const refuted = refutedBy(record, this.#input.desired, desired);
    const updates: RecordUpdate[] = [];
    if (refuted !== undefined) updates.push({ kind: 'refuted', domain, request: refuted });
    if (desired.kind === 'mapped' && state.missingSince) updates.push({ kind: 'not missing', domain });
    return updates;
  }

  /** A subdomain of the network is neither added nor removed, unless SUBDOMAINS=create. */
  #isLeftToOthers({ domain }: DomainRecord): boolean {
    const { settings, ownHost } = this.#input;
    return settings.subdomains !== 'create' && ownHost !== undefined && isSubdomain(domain, ownHost);
  }

  #leftToOthers({ domain, state }: DomainRecord, desired: DesiredState, actual: ActualDomain | undefined): Row {
    const isAsked = desired.kind === 'mapped' ? !actual : ownsAny(state) && actual !== undefined;
    if (!isAsked || isCovered(domain, this.#wildcards)) return NOTHING;
    return hold(holds.subdomain(domain, this.#input.settings.subdomains));
  }

  #ownRow(
    record: DomainRecord,
    desired: DesiredState,
    actual: ActualDomain | undefined,
    apart: ActualDomain | undefined,
  ): Row {
    const row = this.#outcome(record, desired, actual, apart);
    const isDecided = row.steps.length > 0 || row.removals.length > 0 || row.holds.length > 0;
    if (isDecided || this.#isProtected(record.domain, actual)) return row;
    const contradiction = this.#contradiction(record, desired);
    return contradiction ? { ...row, holds: [contradiction] } : row;
  }

  #outcome(
    record: DomainRecord,
    desired: DesiredState,
    actual: ActualDomain | undefined,
    apart: ActualDomain | undefined,
  ): Row {
    if (desired.kind === 'mapped') {
      return actual ? this.#keep(record, desired.namedAs, actual, apart) : this.#add(record, desired.namedAs);
    }
    if (!actual) return ownsAny(record.state) && desired.kind !== 'unread' ? this.#forget(record) : NOTHING;
    const ours = [actual, apart].flatMap((each) => (each && isOurs(record.state, each) ? [each] : []));
    const rows = ours.map((each) => this.#retire(record, desired, each));
    // One object goes in each run. One that has to stay keeps no other one.
    const row = rows.find(({ removals }) => removals.length > 0);
    const decided = row ?? (record.state.probe?.certificateOf === 'www' ? rows.at(-1) : rows[0]);
    if (decided) return decided;
    const isUnmapped = desired.kind === 'unmapped' || (desired.kind === 'unread' && desired.against === 'event');
    if (!isUnmapped) return this.unmanaged(actual);
    const { domain } = record;
    return hold(this.#isProtected(domain, actual) ? holds.protected(domain) : holds.notOursToRemove(domain));
  }

  /** The network's own records win over an event. The hold tells whoever sent the event. */
  #contradiction({ domain, request }: DomainRecord, desired: DesiredState): Hold | undefined {
    if (!request || epoch(this.#now) - epoch(request.occurredAt) > CONTRADICTION_SHOWN_MS) return undefined;
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
    const byName = wwwWhenAdded(domain, namedAs, this.#input.settings.www);
    const wanted = formAgain(record.state, byName, epoch(this.#now));
    const isBlamed = wanted === 'auto' && this.#admission.isWwwBlamed(record);
    const www = isBlamed ? 'no' : this.#admission.formOf(record, wanted);
    const why = ownsAny(record.state) ? 'mapped, but gone from RunCloud' : 'mapped, and not on RunCloud';
    return this.#addAs(record, www, why);
  }

  #addAs(record: DomainRecord, www: WwwWhenAdded, why: string): Row {
    const { domain } = record;
    const name = www === 'alone' ? `www.${domain}` : domain;
    if (isCovered(name, this.#wildcards)) return hold(holds.wildcard(domain));
    const waiting = this.#waiting(record);
    if (waiting) return hold(waiting);
    const refused = this.#admission.admit(record, www);
    return refused ? hold(holds.certificate(domain, refused)) : step({ action: 'add', domain, www, why });
  }

  #keep(record: DomainRecord, namedAs: NamedAs, actual: ActualDomain, apart: ActualDomain | undefined): Row {
    const { domain, state } = record;
    const ours = isOurs(state, actual);
    const known = this.#input.scope === 'all' ? apart : (apart ?? 'unknown');
    const judged = ours ? judgeApart(record, namedAs, actual, known, epoch(this.#now)) : TOGETHER;
    if (judged.kind !== 'together') return this.#keepApart(record, namedAs, actual, judged);
    // Nearly every domain of nearly every run ends here, so the costlier checks come after it.
    const isAsFound = isAdopted(state, actual) && this.#input.settings.www === 'auto';
    const seen = wwwSeen(state.probe, epoch(this.#now));
    const serving = isAsFound ? undefined : servingDiffers(actual, namedAs, this.#input.settings.www, seen);
    // A plan about a few domains does not know the objects beside theirs.
    const isUnserved = isAsFound && namedAs === 'www' && actual.www === false && known === undefined;
    if (ours && !serving && !isUnserved && isQuiet(state.probe, epoch(this.#now))) return NOTHING;
    // Beside an object that somebody made by hand our `www.` one keeps its certificate.
    const isOfApart = !ours && apart !== undefined && state.probe?.certificateOf === 'www' && isOurs(state, apart);
    const beside = isOfApart ? this.#serve(record, apart) : NOTHING;
    if (this.#isProtected(domain, actual) || wildcardSuffix(actual) !== undefined) return beside;
    if (!ours) return { ...beside, holds: [holds.notOurs(domain)] };
    if (isUnserved) return { ...hold(holds.asFound(domain)), served: { record, target: actual, names: 'settled' } };
    const corrected = serving ? this.#correct(record, namedAs, actual, serving) : NOTHING;
    if (corrected.steps.length === 0) return { ...corrected, served: { record, target: actual, names: 'settled' } };
    // By the names after the step: it may be the one that mends what the certificate waits for.
    return { ...corrected, served: { record, target: { ...actual, ...serving }, names: 'changing' } };
  }

  /** Ours and mapped, and its `www.` name is to have an object of its own, or has one (www-alone.ts). */
  #keepApart(
    record: DomainRecord,
    namedAs: NamedAs,
    actual: ActualDomain,
    apart: Exclude<Apart, { kind: 'together' }>,
  ): Row {
    const { domain, state } = record;
    if (apart.kind === 'keep') return apart.target ? this.#serve(record, apart.target) : NOTHING;
    if (this.#isProtected(domain, actual) || wildcardSuffix(actual) !== undefined) return NOTHING;
    if (apart.kind === 'give-up') return this.#correct(record, 'bare', actual, { www: false, redirection: 'none' });
    const isAsFound = isAdopted(state, actual) && this.#input.settings.www === 'auto';
    const row = isAsFound ? hold(holds.asFoundWww(domain)) : this.#addAs(record, apart.www, apart.why);
    // Nobody is to be told to set a name that is not mapped.
    const isServed = namedAs === 'www' || state.probe?.www?.verdict.kind === 'pointing';
    return row.steps.length > 0 || !isServed ? row : { ...row, ...this.#servedAs(record, actual) };
  }

  /** Ours and mapped, but `www` or redirection differ from `serving`. */
  #correct(record: DomainRecord, namedAs: NamedAs, actual: ActualDomain, serving: Serving): Row {
    const { domain, state } = record;
    const { policy } = this.#input.settings;
    if (namedAs === 'www' && this.#isProtected(`www.${domain}`)) return NOTHING;
    if (state.requested?.www === serving.www && state.requested.redirection === serving.redirection) {
      return hold(holds.notTaken(domain));
    }
    if (!isPlanned(policy, 'update')) return hold(holds.policy(domain, 'update', policy));
    const waiting = this.#waiting(record);
    if (waiting) return hold(waiting);
    const refused = serving.www && !actual.www ? this.#admission.admitWww(record) : undefined;
    if (refused) return hold(holds.certificate(domain, refused));
    const from = `www ${onOrOff(actual.www)}, redirection ${actual.redirection ?? 'unknown'}`;
    const why = `is served with ${from}; www ${onOrOff(serving.www)}, redirection ${serving.redirection} is right`;
    return step({ action: 'update', domain, target: actual, ...serving, why });
  }

  /** Ours and on RunCloud, but not known to be mapped. */
  #retire(record: DomainRecord, desired: Exclude<DesiredState, { kind: 'mapped' }>, actual: ActualDomain): Row {
    const { domain } = record;
    const { settings } = this.#input;
    if (desired.kind === 'unknown') {
      // The network was asked about this domain alone and lacks it: the next whole list decides.
      return this.#input.desired.from === 'events' ? this.#serve(record, actual) : NOTHING;
    }
    if (desired.kind === 'unread') {
      if (desired.against === 'nothing') return this.#serve(record, actual);
      if (desired.against === 'row') return hold(holds.oddRow(domain, desired.why));
      return hold(holds.incomplete(domain, desired.against, desired.why));
    }
    if (this.#isProtected(domain, actual)) return hold(holds.protected(domain));
    if (wildcardSuffix(actual) !== undefined || isCovered(domain, this.#wildcards)) return hold(holds.wildcard(domain));
    if (
      desired.kind === 'missing' &&
      (this.#input.scope === 'some' || isInGrace(record, desired.readAt, settings.graceMs))
    ) {
      // What nobody unmapped goes only where all of it is planned: the brake weighs it against all that is owned.
      return this.#grace(record, desired.readAt);
    }
    if (!isPlanned(settings.policy, 'remove')) return hold(holds.policy(domain, 'remove', settings.policy));
    const waiting = this.#waiting(record);
    if (waiting) return hold(waiting);
    const why =
      desired.kind === 'unmapped' ? 'unmapped by a signed event' : 'missing from the network beyond its grace';
    const cause = desired.kind === 'unmapped' ? 'unmapped' : 'unlisted';
    return { ...NOTHING, removals: [{ action: 'remove', domain, target: actual, cause, why, proof: desired.proof }] };
  }

  /** A domain of ours keeps its certificate, also while the network cannot be asked. */
  #serve(record: DomainRecord, actual: ActualDomain): Row {
    const isSpared = this.#isProtected(record.domain, actual) || wildcardSuffix(actual) !== undefined;
    return isSpared ? NOTHING : { ...NOTHING, ...this.#servedAs(record, actual) };
  }

  #servedAs(record: DomainRecord, target: ActualDomain): Pick<Row, 'served'> {
    return isQuiet(record.state.probe, epoch(this.#now)) ? {} : { served: { record, target, names: 'settled' } };
  }

  /** RunCloud's list may be late, or wrong once, so one list that lacks a domain does not end its ownership. */
  #forget({ domain, state }: DomainRecord): Row {
    const since = state.goneSince ?? this.#now;
    if (epoch(this.#now) - epoch(since) < LATEST_LIST_MS) return hold(holds.gone(domain, since));
    return step({ action: 'forget', domain, why: 'neither mapped nor on RunCloud any more' });
  }

  #grace(record: DomainRecord, readAt: IsoTime): Row {
    const { domain } = record;
    const stored = missingSinceOf(record, readAt);
    const since = stored ?? readAt;
    const held = hold(holds.grace(domain, since, this.#input.settings.graceMs));
    return since === record.state.missingSince ? held : { ...held, updates: [{ kind: 'missing', domain, since }] };
  }

  #waiting(record: DomainRecord): Hold | undefined {
    const failure = standingFailure(record);
    return failure && failure.dueAt > this.#now ? holds.waiting(record.domain, failure) : undefined;
  }

  #isProtected(name: string, actual?: ActualDomain): boolean {
    return actual?.type === 'primary' || isProtected(this.#protectedNames, [name, actual?.name]);
  }
}

function onOrOff(www: boolean | undefined): string {
  return www === undefined ? 'unknown' : www ? 'on' : 'off';
}
