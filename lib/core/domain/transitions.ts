/**
 * How a record changes: `applyOutcome` after a step, `applyListing` after RunCloud's list was read, `applyProbe` after a probe,
 * `applyUpdate` after the network was read. Each returns the very same object where nothing changed, so that a run without
 * drift writes nothing.
 */

import { afterSuccess, recentRequests } from '../certificates/requests.ts';
import { type ProbeOccasion, type ProbeResult, updateProbeState, withoutCertificate } from '../probe/result.ts';
import { backOff } from '../values/backoff.ts';
import { DAY, epoch, iso } from '../values/time.ts';
import { LATEST_LIST_MS } from './application.ts';
import { requestOrder } from './mapping-request.ts';
import {
  isOurs,
  ownershipOf,
  ownsAny,
  removalsSent,
  withOwned,
  withoutId,
  withoutNameOf,
  withPlaceOf,
  withRemovalSent,
} from './ownership.ts';
import { type DomainRecord, type DomainState, type RecordUpdate, standingFailure, standingRequest } from './record.ts';
import { type ActualDomain, isWwwAlone, type Serving } from './runcloud-domain.ts';

/** How a step ended. A step whose outcome nobody could ask for has none: it ends the run. */
export type Outcome =
  | { readonly kind: 'added' | 'adopted'; readonly domain: ActualDomain }
  /** An add found the domain there already: the object is not ours. */
  | { readonly kind: 'found'; readonly domain: ActualDomain }
  | { readonly kind: 'updated'; readonly serving: Serving }
  /** The object with this id, by this step. */
  | { readonly kind: 'removed'; readonly id: number }
  /** An update found the object gone. */
  | { readonly kind: 'vanished' }
  /** The object with this id is gone, and not by our doing. Without one: nothing of the domain is left. */
  | { readonly kind: 'forgotten'; readonly id?: number }
  /**
   * `soon` for faults that pass by themselves, `daily` for a refusal that a person has to look into. `next run`: the fault may be
   * that of all, so the step waits for nothing when it is over. Only its turn comes after those of the others.
   */
  | {
      readonly kind: 'failed';
      readonly why: string;
      readonly whatToDo: string;
      readonly retry: 'soon' | 'daily' | 'next run';
    };

/** Every outcome but `failed` ends the failure that stood. */
export function applyOutcome(record: DomainRecord, outcome: Outcome, now: number): DomainState {
  return withRemovalsOf(record.state, afterOutcome(record, outcome, now));
}

function afterOutcome(record: DomainRecord, outcome: Outcome, now: number): DomainState {
  const { failure: _, ...state } = record.state;
  switch (outcome.kind) {
    case 'added':
    case 'adopted':
      // Where RunCloud's list was late, an add finds what is ours already. It stays what it was: adopted as found.
      return withOwned(
        present(state, outcome),
        outcome.domain,
        ownershipOf(state, outcome.domain) ?? { id: outcome.domain.id, since: iso(now), by: outcome.kind },
      );
    case 'found':
      return withoutNameOf(present(state, outcome), outcome.domain);
    case 'updated':
      return {
        ...state,
        ...(state.seen && { seen: { ...state.seen, ...outcome.serving } }),
        // The names changed, so the certificate that was probed is not the one that counts.
        ...(state.probe && { probe: withoutCertificate(state.probe) }),
        requested: outcome.serving,
      };
    case 'vanished': {
      const { seen: _seen, requested: _requested, ...rest } = state;
      return rest;
    }
    case 'removed':
      return { ...without(state, outcome.id), removedAt: iso(now) };
    case 'forgotten':
      return outcome.id === undefined ? lasting(state) : without(state, outcome.id);
    case 'failed': {
      const attempts = (standingFailure(record)?.attempts ?? 0) + 1;
      const { why, whatToDo } = outcome;
      const dueAt = iso(now + pauseBefore(outcome.retry, attempts));
      return {
        ...state,
        failure: { attempts, dueAt, why, whatToDo, requestOrder: record.request ? requestOrder(record.request) : '' },
      };
    }
  }
}

function pauseBefore(retry: Extract<Outcome, { kind: 'failed' }>['retry'], attempts: number): number {
  switch (retry) {
    case 'soon':
      return backOff(attempts);
    case 'daily':
      return DAY;
    case 'next run':
      return 0;
  }
}

/** The domain as the outcome shows it. A `www.` object beside the one that serves the domain changes nothing but the certificate. */
function present(
  state: DomainState,
  { kind, domain: object }: Extract<Outcome, { domain: ActualDomain }>,
): DomainState {
  const { seen } = state;
  if (seen && isWwwAlone(object, seen.name)) {
    return { ...state, ...(state.probe && { probe: withoutCertificate(state.probe) }) };
  }
  const { owned, ownedWww } = seen ? withPlaceOf(state, seen) : state;
  const ours = { ...(owned && { owned }), ...(ownedWww && { ownedWww }) };
  return { ...ours, seen: object, ...observed(state, kind), ...lasting(state) };
}

/** Where another object of ours is left, the domain is not done with: that one goes next, by what proved this one. */
function without(state: DomainState, id: number): DomainState {
  const left = withoutId(state, id);
  const { seen, requested: _, ...rest } = left;
  const still = seen && seen.id !== id ? { seen } : {};
  return { ...(ownsAny(rest) ? rest : lasting(left)), ...still };
}

/** An object of ours is gone, so the removal of which nothing was heard may have done it. */
function withRemovalsOf(before: DomainState, after: DomainState): DomainState {
  const kept = new Set(removalsSent(after).map(({ id }) => id));
  const done = removalsSent(before).flatMap(({ id, at }) => (kept.has(id) ? [] : [at]));
  const removedAt = [...done, ...(after.removedAt ? [after.removedAt] : [])].sort().at(-1);
  return done.length > 0 && removedAt ? { ...after, removedAt } : after;
}

/** DNS, and the rows of the network that were set, do not depend on whose object stands on RunCloud. The certificate does. */
function observed({ probe, writtenBack }: DomainState, how: 'added' | 'adopted' | 'found'): DomainState {
  const stillTrue = probe && how !== 'adopted' ? withoutCertificate(probe) : probe;
  return { ...(stillTrue && { probe: stillTrue }), ...(writtenBack && { writtenBack }) };
}

/**
 * What outlives the domain object: certificate requests (Let's Encrypt counts them for a week), the removal (the brake counts
 * it for a day), the request that the network contradicted, and one that is not decided upon. `writtenBack` does not: by the time
 * the domain is mapped again the plugin may have called it failed once more.
 */
function lasting({ issuance, removedAt, refuted, contested }: DomainState): DomainState {
  return {
    ...(issuance && { issuance }),
    ...(removedAt && { removedAt }),
    ...(refuted && { refuted }),
    ...(contested && { contested }),
  };
}

export function applyUpdate(state: DomainState, update: RecordUpdate): DomainState {
  if (update.kind === 'refuted') return { ...state, refuted: update.request };
  const { missingSince: _, ...rest } = state;
  return update.kind === 'missing' ? { ...rest, missingSince: update.since } : rest;
}

/**
 * `actual` is what a fresh list shows for the domain; undefined: it lacks it. `isOurDoing` says that an add of ours which was
 * never answered made the object: then it is ours. Ownership of a domain that the list lacks stays, because the list may be
 * late; the planner gives it up. `ages`: the time by which a removal was sent long enough ago for the list to disprove it (epoch ms).
 */
export function applyListing(
  state: DomainState,
  actual: ActualDomain | undefined,
  isOurDoing: boolean,
  now: number,
  ages = now,
): DomainState {
  if (!actual) {
    const { seen, requested, goneSince, ...rest } = state;
    if (ownsAny(rest)) return goneSince && !seen && !requested ? state : { ...rest, goneSince: goneSince ?? iso(now) };
    // The probe is about an object that is gone.
    const { probe: _, ...gone } = rest;
    return seen || requested ? gone : state;
  }
  const claimed = claim(state, actual, isOurDoing, now, ages);
  const { seen, requested, goneSince, ...rest } = claimed;
  const isFulfilled = requested && requested.www === actual.www && requested.redirection === actual.redirection;
  if (!isFulfilled && !goneSince && seen && sameDomain(seen, actual)) return claimed;
  return { ...rest, seen: actual, ...(requested && !isFulfilled && { requested }) };
}

/** The same of the separate `www.` object that the list shows beside it. */
export function applyBeside(
  state: DomainState,
  beside: ActualDomain,
  isOurDoing: boolean,
  now: number,
  ages = now,
): DomainState {
  return claim(state, beside, isOurDoing, now, ages);
}

/** What was seen before is not what the add made. */
function claim(state: DomainState, actual: ActualDomain, isOurDoing: boolean, now: number, ages: number): DomainState {
  if (!isOurDoing || state.seen?.id === actual.id || isOurs(state, actual)) {
    return withPlaceOf(withoutDisproved(state, actual, ages), actual);
  }
  const claimed = withOwned(state, actual, { id: actual.id, since: iso(now), by: 'added' });
  return withRemovalsOf(state, claimed);
}

/** The object still shows, and a list is not as late as that: its removal was not carried out, and the brake counts it no longer. */
function withoutDisproved(state: DomainState, actual: ActualDomain, ages: number): DomainState {
  const sentAt = ownershipOf(state, actual)?.removalSentAt;
  const isDisproved = sentAt !== undefined && ages > epoch(sentAt) + LATEST_LIST_MS;
  return isDisproved ? withRemovalSent(state, actual, undefined) : state;
}

/**
 * A valid certificate ends the count of attempts in vain, also one that somebody installed by hand. `ages`: the time by which requests for
 * certificates are too old to count (epoch ms).
 */
export function applyProbe(
  state: DomainState,
  result: ProbeResult,
  now: number,
  ages = now,
  occasion: ProbeOccasion = 'run',
): DomainState {
  const probe = updateProbeState(state.probe, result, now, occasion);
  const { issuance: before, ...rest } = state;
  const issuance = before && result.certificate?.kind === 'valid' ? afterSuccess(before, ages) : before;
  if (probe === state.probe && issuance === before) return state;
  return { ...rest, probe, ...(issuance && { issuance }) };
}

function sameDomain(a: ActualDomain, b: ActualDomain): boolean {
  return (
    a.id === b.id &&
    a.name === b.name &&
    a.type === b.type &&
    a.www === b.www &&
    a.redirection === b.redirection &&
    a.wildcard === b.wildcard
  );
}

/** Longer than an event can be late: the archive of the bus keeps one for 30 days, and a queue for 14. */
const TOMBSTONE_MS = 90 * DAY;

/**
 * Whether the record can be dropped: the domain is neither ours nor on RunCloud nor mapped, no failure delays it, none of its
 * certificate requests counts any more, its last request is too old for a late event to bring it back, and so is the last event of its
 * history.
 */
export function isDisposable(record: DomainRecord, now: number): boolean {
  const { request, state } = record;
  if (state.issuance && recentRequests(state.issuance, now).length > 0) return false;
  // Probed within the last day: the network maps it, and it waits for its DNS.
  if (state.probe && state.probe.at > iso(now - DAY)) return false;
  if (ownsAny(state) || state.seen || state.failure || standingRequest(record)?.kind === 'mapped') return false;
  const latest = [state.removedAt, request?.occurredAt, state.events?.at(-1)?.at]
    .filter((time) => time !== undefined)
    .sort();
  const last = latest.at(-1);
  return last === undefined || last < iso(now - TOMBSTONE_MS);
}
