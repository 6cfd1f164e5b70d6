/** What the ledger remembers after RunCloud was looked at, and after a step was taken. */

import { afterSuccess, recentRequests } from '../certificates/requests.ts';
import { type ProbeResult, updateProbeState, withoutCertificate } from '../probe/result.ts';
import { backOff } from '../values/backoff.ts';
import { DAY, iso } from '../values/time.ts';
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

/** How a step ended. "Could not ask" never gets this far: it ends the run. */
export type Outcome =
  | { readonly kind: 'added' | 'adopted'; readonly domain: ActualDomain }
  /** It was there before this service tried to add it. */
  | { readonly kind: 'found'; readonly domain: ActualDomain }
  | { readonly kind: 'updated'; readonly serving: Serving }
  /** Removed by this step, or found to be gone already. */
  | { readonly kind: 'removed' }
  /** To be changed, and not there any more. */
  | { readonly kind: 'vanished' }
  | { readonly kind: 'forgotten' }
  /** `soon` for faults that pass by themselves, `daily` for a refusal that somebody has to look into. */
  | { readonly kind: 'failed'; readonly why: string; readonly whatToDo: string; readonly retry: 'soon' | 'daily' };

/** Takes a domain's record, how a step for it ended and the time (ms); returns what to remember. */
export function applyOutcome(record: DomainRecord, outcome: Outcome, now: number): DomainState {
  const { failure: _, ...state } = record.state;
  switch (outcome.kind) {
    case 'added':
    case 'adopted':
      return {
        owned: { id: outcome.domain.id, since: iso(now), by: outcome.kind },
        seen: outcome.domain,
        ...outside(state, outcome.kind),
        ...lasting(state),
      };
    case 'found':
      return { seen: outcome.domain, ...outside(state, outcome.kind), ...lasting(state) };
    case 'updated':
      return {
        ...state,
        ...(state.seen && { seen: { ...state.seen, ...outcome.serving } }),
        // Other names want another certificate: what was seen of the one there counts no longer.
        ...(state.probe && { probe: withoutCertificate(state.probe) }),
        requested: outcome.serving,
      };
    case 'vanished': {
      const { seen: _seen, requested: _asked, ...rest } = state;
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

/**
 * What is known of a domain from outside, and what the network was told, does not depend on whose object stands on RunCloud; but
 * another object has another certificate, or none.
 */
function outside({ probe, writtenBack }: DomainState, how: 'added' | 'adopted' | 'found'): DomainState {
  const known = probe && how !== 'adopted' ? withoutCertificate(probe) : probe;
  return { ...(known && { probe: known }), ...(writtenBack && { writtenBack }) };
}

/**
 * What counts on when the domain is gone, and when it comes back: what was asked of Let's Encrypt, for a week; the removal, which
 * the brake counts for a day; and what the network said of a wish. What the network was told does not: the plugin may have given
 * up on the domain again meanwhile.
 */
function lasting({ issuance, removedAt, refuted }: DomainState): DomainState {
  return { ...(issuance && { issuance }), ...(removedAt && { removedAt }), ...(refuted !== undefined && { refuted }) };
}

/** Takes a domain's state and what is to be remembered of what the network said; returns the state with that. */
export function applyUpdate(state: DomainState, mark: RecordUpdate): DomainState {
  if (mark.kind === 'refuted') return { ...state, refuted: mark.request };
  const { missingSince: _, ...rest } = state;
  return mark.kind === 'missing' ? { ...rest, missingSince: mark.since } : rest;
}

/**
 * Takes a domain's state, the object a fresh reading of RunCloud shows for it (undefined: none), whether an add of ours
 * that was never answered made that object (`isOurDoing`), and the time (ms). Returns what to remember: the very same
 * object when it is nothing new, so that a run without drift writes nothing.
 */
export function applyListing(
  state: DomainState,
  actual: ActualDomain | undefined,
  isOurDoing: boolean,
  now: number,
): DomainState {
  const { seen, requested, goneSince, ...rest } = state;
  if (!actual) {
    if (rest.owned) return goneSince && !seen && !requested ? state : { ...rest, goneSince: goneSince ?? iso(now) };
    // What was seen of it from outside went with it.
    const { probe: _, ...gone } = rest;
    return seen || requested ? gone : state;
  }
  const claimed = isOurDoing && seen?.id !== actual.id && !isOurs(state, actual);
  const asAsked = requested && requested.www === actual.www && requested.redirection === actual.redirection;
  if (!claimed && !asAsked && !goneSince && seen && sameDomain(seen, actual)) return state;
  return {
    ...rest,
    ...(claimed && { owned: { id: actual.id, since: iso(now), by: 'added' as const } }),
    seen: actual,
    ...(requested && !asAsked && { requested }),
  };
}

/**
 * Takes a domain's state, what was seen of it from outside, and the time (ms). Returns what to remember: the very same object
 * when it is nothing new.
 */
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

/** How long the ledger keeps a wish that is fulfilled and gone: longer than any replay of events reaches back. */
const TOMBSTONE_MS = 90 * DAY;

/**
 * Takes a record and the time (ms); returns whether nothing is lost by dropping it: not owned, not on RunCloud, no
 * certificate of it counts any more, and either never wished for or unmapped so long ago that no late event can still arrive.
 */
export function isDisposable(record: DomainRecord, now: number): boolean {
  const { request, state } = record;
  if (state.issuance && recentRequests(state.issuance, now).length > 0) return false;
  // Still looked at: it is wanted by the network, and waits for its DNS.
  if (state.probe && state.probe.at > iso(now - DAY)) return false;
  if (state.owned || state.seen || state.failure || standingRequest(record)?.kind === 'mapped') return false;
  const latest = [state.removedAt, request?.occurredAt].filter((time) => time !== undefined).sort();
  const last = latest.at(-1);
  return last === undefined || last < iso(now - TOMBSTONE_MS);
}
