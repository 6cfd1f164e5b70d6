/**
 * How a record changes: `applyOutcome` after a step, `applyListing` after RunCloud's list was read, `applyProbe` after a probe,
 * `applyUpdate` after the network was read. Each returns the very same object where nothing changed, so that a run without
 * drift writes nothing.
 */

import { afterSuccess, recentRequests } from '../certificates/requests.ts';
import { type ProbeResult, updateProbeState, withoutCertificate } from '../probe/result.ts';
import { backOff } from '../values/backoff.ts';
import { DAY, epoch, type IsoTime, iso } from '../values/time.ts';
import { LATEST_LIST_MS } from './application.ts';
import { requestOrder } from './mapping-request.ts';
import {
  type DomainRecord,
  type DomainState,
  isOurs,
  type RecordUpdate,
  standingFailure,
  standingRequest,
} from './record.ts';
import type { ActualDomain, Serving } from './runcloud-domain.ts';

/** How a step ended. A step whose outcome nobody could ask for has none: it ends the run. */
export type Outcome =
  | { readonly kind: 'added' | 'adopted'; readonly domain: ActualDomain }
  /** An add found the domain there already: the object is not ours. */
  | { readonly kind: 'found'; readonly domain: ActualDomain }
  | { readonly kind: 'updated'; readonly serving: Serving }
  /** Removed by this step, or found to be gone already. */
  | { readonly kind: 'removed' }
  /** An update found the object gone. */
  | { readonly kind: 'vanished' }
  | { readonly kind: 'forgotten' }
  /** `soon` for faults that pass by themselves, `daily` for a refusal that a person has to look into. */
  | { readonly kind: 'failed'; readonly why: string; readonly whatToDo: string; readonly retry: 'soon' | 'daily' };

/** Every outcome but `failed` ends the failure that stood. */
export function applyOutcome(record: DomainRecord, outcome: Outcome, now: number): DomainState {
  const { failure: _, ...state } = record.state;
  switch (outcome.kind) {
    case 'added':
    case 'adopted':
      return {
        owned: { id: outcome.domain.id, since: iso(now), by: outcome.kind },
        seen: outcome.domain,
        ...observed(state, outcome.kind),
        ...lasting(state),
      };
    case 'found':
      return { seen: outcome.domain, ...observed(state, outcome.kind), ...lasting(state) };
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
      return { ...lasting(state), removedAt: iso(now) };
    case 'forgotten':
      return lasting(state);
    case 'failed': {
      const attempts = (standingFailure(record)?.attempts ?? 0) + 1;
      const { why, whatToDo } = outcome;
      const dueAt = iso(now + (outcome.retry === 'soon' ? backOff(attempts) : DAY));
      return {
        ...state,
        failure: { attempts, dueAt, why, whatToDo, requestOrder: record.request ? requestOrder(record.request) : '' },
      };
    }
  }
}

/** DNS, and the rows of the network that were set, do not depend on whose object stands on RunCloud. The certificate does. */
function observed({ probe, writtenBack }: DomainState, how: 'added' | 'adopted' | 'found'): DomainState {
  const stillTrue = probe && how !== 'adopted' ? withoutCertificate(probe) : probe;
  return { ...(stillTrue && { probe: stillTrue }), ...(writtenBack && { writtenBack }) };
}

/**
 * What outlives the domain object: certificate requests (Let's Encrypt counts them for a week), the removal (the brake counts
 * it for a day), and the request that the network contradicted. `writtenBack` does not: by the time the domain is mapped again
 * the plugin may have called it failed once more.
 */
function lasting({ issuance, removedAt: before, removalSentAt, refuted }: DomainState): DomainState {
  // The object is gone, so the removal of which nothing was heard may have done it.
  const removedAt = removalSentAt ?? before;
  return { ...(issuance && { issuance }), ...(removedAt && { removedAt }), ...(refuted && { refuted }) };
}

export function applyUpdate(state: DomainState, update: RecordUpdate): DomainState {
  if (update.kind === 'refuted') return { ...state, refuted: update.request };
  const { missingSince: _, ...rest } = state;
  return update.kind === 'missing' ? { ...rest, missingSince: update.since } : rest;
}

/**
 * `actual` is what a fresh list shows for the domain; undefined: it lacks it. `isOurDoing` says that an add of ours which was
 * never answered made the object: then it is ours. Ownership of a domain that the list lacks stays, because the list may be
 * late; the planner gives it up.
 */
export function applyListing(
  state: DomainState,
  actual: ActualDomain | undefined,
  isOurDoing: boolean,
  now: number,
): DomainState {
  const { seen, requested, goneSince, removalSentAt, ...others } = state;
  const isDisproved = removalSentAt !== undefined && actual && isOurs(state, actual) && isProof(removalSentAt, now);
  const rest = { ...others, ...(removalSentAt !== undefined && !isDisproved && { removalSentAt }) };
  if (!actual) {
    if (rest.owned) return goneSince && !seen && !requested ? state : { ...rest, goneSince: goneSince ?? iso(now) };
    // The probe is about an object that is gone.
    const { probe: _, ...gone } = rest;
    return seen || requested ? gone : state;
  }
  const claimed = isOurDoing && seen?.id !== actual.id && !isOurs(state, actual);
  const isFulfilled = requested && requested.www === actual.www && requested.redirection === actual.redirection;
  if (!isFulfilled && !isDisproved && !goneSince && seen && sameDomain(seen, actual)) return state;
  return {
    ...rest,
    ...(claimed && { owned: { id: actual.id, since: iso(now), by: 'added' as const } }),
    seen: actual,
    ...(requested && !isFulfilled && { requested }),
  };
}

/** Whether a list that shows the object proves that the removal was not carried out: it may be late. */
function isProof(removalSentAt: IsoTime, now: number): boolean {
  return now > epoch(removalSentAt) + LATEST_LIST_MS;
}

/** A valid certificate ends the count of attempts in vain, also one that somebody installed by hand. */
export function applyProbe(state: DomainState, result: ProbeResult, now: number): DomainState {
  const probe = updateProbeState(state.probe, result, now);
  const { issuance: before, ...rest } = state;
  const issuance = before && result.certificate?.kind === 'valid' ? afterSuccess(before, now) : before;
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
 * certificate requests counts any more, and its last request is too old for a late event to bring it back.
 */
export function isDisposable(record: DomainRecord, now: number): boolean {
  const { request, state } = record;
  if (state.issuance && recentRequests(state.issuance, now).length > 0) return false;
  // Probed within the last day: the network maps it, and it waits for its DNS.
  if (state.probe && state.probe.at > iso(now - DAY)) return false;
  if (state.owned || state.seen || state.failure || standingRequest(record)?.kind === 'mapped') return false;
  const latest = [state.removedAt, request?.occurredAt].filter((time) => time !== undefined).sort();
  const last = latest.at(-1);
  return last === undefined || last < iso(now - TOMBSTONE_MS);
}
