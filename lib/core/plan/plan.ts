/**
 * Computes the steps from current to desired state. Pure: same input, same plan.
 *
 * - Plan each domain by itself (rows.ts).
 * - Spare the last domain of the application.
 * - Hold all removals where there are too many of them (brake.ts).
 * - Hold what a list lacks until the question for its name comes to the same (proof.ts).
 * - Plan certificates (certificates.ts): Let's Encrypt counts its limits over all domains.
 * - Hold what the last calls of the month are not for (reserve.ts).
 * - Sort the steps, and take the checksum of what they do (checksum.ts).
 */
import type { DomainCounts } from '../domain/application.ts';
import { isOurs, ownsAny } from '../domain/ownership.ts';
import type { DomainRecord, RecordUpdate } from '../domain/record.ts';
import { unansweredRemovals } from '../domain/removal-count.ts';
import { ActualIndex } from '../domain/runcloud-domain.ts';
import { type HostName, isSubdomain, parseMapping } from '../values/host-name.ts';
import { type BrakeVerdict, brake, brakeUnlisted, brakeUpdates } from './brake.ts';
import { planCertificates, type Served } from './certificates.ts';
import { planChecksum } from './checksum.ts';
import { cautionOf, type DesiredState, desiredStateOf, mappedIn, remarkOn } from './desired.ts';
import { type Hold, holds } from './hold.ts';
import type { PlanInput } from './input.ts';
import { withinReserve } from './reserve.ts';
import type { Row } from './row.ts';
import { RowPlanner } from './rows.ts';
import {
  byName,
  type DueRemoval,
  isProven,
  isUnproven,
  type Step,
  sortSteps,
  type UnprovenRemoval,
  type UpdateStep,
} from './step.ts';

export type Plan = {
  /** What may be done now, in the order of `sortSteps`. */
  readonly steps: readonly Step[];
  /** Removals that the brake holds. Only `apply` with this plan's checksum carries them out. Each has a hold in `holds` too. */
  readonly braked: readonly DueRemoval[];
  /** Changes of `www` or redirection that the brake holds, in the same way. */
  readonly brakedUpdates: readonly UpdateStep[];
  /** Removals that only want for a proof: the network is to be asked for them by name. Each has a hold in `holds` too. */
  readonly unproven: readonly UnprovenRemoval[];
  readonly holds: readonly Hold[];
  /** Changes to records that follow from the network's reading and need no step. */
  readonly updates: readonly RecordUpdate[];
  /** Why the network's lists lead to no removal, in a sentence. Undefined: they are believed, or there is no network. */
  readonly caution: string | undefined;
  /** A sentence about rows of the network's lists that are not understood. */
  readonly remark: string | undefined;
  /** Fingerprint of what `steps`, `braked`, `brakedUpdates` and `unproven` do. */
  readonly checksum: string;
};

export function plan(input: PlanInput): Plan {
  const rows = collect(planRows(input));
  const { removals, spared } = spareLastDomain(rows.removals, input);
  const { braked, numbers } = applyBrake(removals, input);
  const held = new Set(braked);
  const free = removals.filter((removal) => !held.has(removal));
  const { kept: unproven, held: unprovenWaiting } = withinReserve(free.filter(isUnproven), input.usage);
  const certificates = planCertificates(rows.served, input);
  const updates = rows.steps.filter((step) => step.action === 'update');
  const verdict = brakeUpdates(updates.length, input.counts);
  const brakedUpdates = verdict.kind === 'held' ? updates.sort(byName) : [];
  const heldUpdates = new Set<Step>(brakedUpdates);
  const due = [...rows.steps.filter((step) => !heldUpdates.has(step)), ...free.filter(isProven), ...certificates.steps];
  const { kept, held: waiting } = withinReserve(due, input.usage);
  const steps = sortSteps(kept);
  return {
    steps,
    braked,
    brakedUpdates,
    unproven,
    holds: [
      ...rows.holds,
      ...spared,
      ...braked.map(({ domain }) => holds.brake(domain, numbers)),
      ...(verdict.kind === 'held' ? brakedUpdates.map(({ domain }) => holds.brakeUpdate(domain, verdict.numbers)) : []),
      ...unproven.map(holdUnproven),
      ...certificates.holds,
      ...waiting,
      ...unprovenWaiting,
    ].sort(byName),
    updates: rows.updates.sort(byName),
    caution: cautionOf(input.desired),
    remark: remarkOn(input.desired),
    checksum: planChecksum([...steps, ...braked, ...brakedUpdates, ...unproven]),
  };
}

export function holdUnproven({ domain, proof }: UnprovenRemoval): Hold {
  return holds.unconfirmed(domain, proof.why);
}

type Braked = { readonly braked: readonly DueRemoval[]; readonly numbers: string };

/** What too many removals hold back: all of them, or those that nobody asked for. */
function applyBrake(removals: readonly DueRemoval[], input: PlanInput): Braked {
  const weighed = weigh(removals, input);
  const { counts } = weighed;
  const all = brake(removals.length, counts, input.settings.brake);
  if (all.kind === 'held') return { braked: removals, numbers: all.numbers };
  const unlisted = removals.filter(({ cause }) => cause === 'unlisted');
  const verdict = brakeUnlisted(unlisted.length, removals.length - unlisted.length, counts);
  if (verdict.kind === 'held') return { braked: unlisted, numbers: verdict.numbers };
  const ofCustomers = brakeCustomers(removals, input, weighed);
  if (ofCustomers.kind === 'held') return { braked: unlisted, numbers: ofCustomers.numbers };
  // Stryker disable next-line StringLiteral: no hold says it where nothing is braked.
  return { braked: [], numbers: '' };
}

type Weighed = {
  readonly counts: DomainCounts;
  /** Domains with a removal that was sent, is not planned again, and of which no outcome is known. */
  readonly maybeGone: ReadonlySet<HostName>;
};

/**
 * Each removal counts once. One of which no outcome is known is done, and its domain not owned any more; where it is planned again, it is
 * planned, and its domain is owned.
 */
function weigh(removals: readonly DueRemoval[], { ledger, counts, now }: PlanInput): Weighed {
  const planned = new Set(removals.map(({ target }) => target.id));
  const sent = unansweredRemovals(ledger.values(), now);
  const again = sent.filter(({ id }) => planned.has(id));
  const maybeGone = new Set(sent.filter((each) => !again.includes(each)).map(({ domain }) => domain));
  const owned = Math.max(0, counts.owned - maybeGone.size);
  const removedLastDay = Math.max(0, counts.removedLastDay - again.length);
  return { counts: { ...counts, owned, removedLastDay }, maybeGone };
}

/**
 * The same without the network's own subdomains. They come from another of its lists: where the mappings' table is lost, they are still
 * listed, and would make the customers' domains look like a few of many.
 */
function brakeCustomers(
  removals: readonly DueRemoval[],
  { ledger, ownHost }: PlanInput,
  { counts, maybeGone }: Weighed,
): BrakeVerdict {
  const isOwn = ({ domain }: { readonly domain: HostName }): boolean =>
    ownHost !== undefined && isSubdomain(domain, ownHost);
  const isOwnAndOwned = (record: DomainRecord): boolean =>
    isOwn(record) && ownsAny(record.state) && !maybeGone.has(record.domain);
  const owned = counts.owned - [...ledger.values()].filter(isOwnAndOwned).length;
  const planned = removals.filter((removal) => !isOwn(removal));
  const unlisted = planned.filter(({ cause }) => cause === 'unlisted').length;
  return brakeUnlisted(unlisted, planned.length - unlisted, { ...counts, owned });
}

function* planRows(input: PlanInput): Generator<Row> {
  const { desired, ledger, actual } = input;
  const index = new ActualIndex(actual);
  const mapped = mappedIn(desired);
  const kept = new Set<HostName>();
  const planner = new RowPlanner(input);
  for (const record of ledger.values()) {
    const { domain, state } = record;
    const wanted = desiredStateOf(record, desired, mapped);
    if (isKept(record, wanted)) kept.add(domain);
    const apart = index.takeApart(domain, (object) => isOurs(state, object));
    yield planner.row(record, wanted, index.take(domain), apart);
  }
  for (const [domain, namedAs] of mapped) {
    if (ledger.has(domain)) continue;
    kept.add(domain);
    yield planner.row({ domain, request: undefined, state: {} }, { kind: 'mapped', namedAs }, index.take(domain));
  }
  for (const object of index.untaken()) {
    const parsed = parseMapping(object.name);
    yield parsed.ok && kept.has(parsed.domain) ? planner.beside(object, parsed.domain) : planner.unmanaged(object);
  }
}

/** Mapped; or ours, and nothing says that it is not. */
function isKept({ state }: DomainRecord, { kind }: DesiredState): boolean {
  return kind === 'mapped' || (ownsAny(state) && (kind === 'unknown' || kind === 'unread'));
}

type Collected = {
  readonly steps: Step[];
  /** Sorted by name, so that the same ones are spared in every run. */
  readonly removals: DueRemoval[];
  readonly holds: Hold[];
  readonly updates: RecordUpdate[];
  readonly served: Served[];
};

function collect(rows: Iterable<Row>): Collected {
  const all: Collected = { steps: [], removals: [], holds: [], updates: [], served: [] };
  for (const row of rows) {
    for (const step of row.steps) all.steps.push(step);
    for (const removal of row.removals) all.removals.push(removal);
    for (const hold of row.holds) all.holds.push(hold);
    for (const update of row.updates) all.updates.push(update);
    if (row.served) all.served.push(row.served);
  }
  all.removals.sort(byName);
  return all;
}

/** The primary domain is never removed. Early API v2 does not show which one that is: there the last object stays. */
function spareLastDomain(
  removals: readonly DueRemoval[],
  { actual, counts }: PlanInput,
): { readonly removals: readonly DueRemoval[]; readonly spared: readonly Hold[] } {
  const hasPrimary = actual.some((object) => object.type === 'primary');
  if (hasPrimary) return { removals, spared: [] };
  const most = Math.max(0, counts.present - 1);
  return {
    removals: removals.slice(0, most),
    spared: removals.slice(most).map(({ domain }) => holds.lastDomain(domain)),
  };
}
