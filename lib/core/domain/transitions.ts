/** What the ledger remembers after RunCloud was looked at, and after a step was taken. */

import { afterSuccess, recentRequests } from '../certificates/requests.ts';
import { type Glance, withGlance, withoutCertificate } from '../probe/result.ts';
import { backOff } from '../values/backoff.ts';
import { DAY, iso } from '../values/time.ts';
import { wishOrder } from './mapping-request.ts';
import { type DomainRecord, type DomainState, isOurs, type Mark, standingTrouble, standingWish } from './record.ts';
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
export function settle(record: DomainRecord, outcome: Outcome, now: number): DomainState {
  const { trouble: _, ...state } = record.state;
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
        ...(state.look && { look: withoutCertificate(state.look) }),
        asked: outcome.serving,
      };
    case 'vanished': {
      const { seen: _seen, asked: _asked, ...rest } = state;
      return rest;
    }
    case 'removed':
      return { ...lasting(state), removedAt: iso(now) };
    case 'forgotten':
      return lasting(state);
    case 'failed': {
      const attempts = (standingTrouble(record)?.attempts ?? 0) + 1;
      const { why, whatToDo } = outcome;
      const dueAt = iso(now + (outcome.retry === 'soon' ? backOff(attempts) : DAY));
      return {
        ...state,
        trouble: { attempts, dueAt, why, whatToDo, under: record.wish ? wishOrder(record.wish) : '' },
      };
    }
  }
}

/**
 * What is known of a domain from outside, and what the network was told, does not depend on whose object stands on RunCloud; but
 * another object has another certificate, or none.
 */
function outside({ look, writtenBack }: DomainState, how: 'added' | 'adopted' | 'found'): DomainState {
  const known = look && how !== 'adopted' ? withoutCertificate(look) : look;
  return { ...(known && { look: known }), ...(writtenBack && { writtenBack }) };
}

/**
 * What counts on when the domain is gone, and when it comes back: what was asked of Let's Encrypt, for a week; the removal, which
 * the brake counts for a day; and what the network said of a wish. What the network was told does not: the plugin may have given
 * up on the domain again meanwhile.
 */
function lasting({ issuing, removedAt, refuted }: DomainState): DomainState {
  return { ...(issuing && { issuing }), ...(removedAt && { removedAt }), ...(refuted !== undefined && { refuted }) };
}

/** Takes a domain's state and what is to be remembered of what the network said; returns the state with that. */
export function marked(state: DomainState, mark: Mark): DomainState {
  if (mark.kind === 'refuted') return { ...state, refuted: mark.wish };
  const { missingSince: _, ...rest } = state;
  return mark.kind === 'missing' ? { ...rest, missingSince: mark.since } : rest;
}

/**
 * Takes a domain's state, the object a fresh reading of RunCloud shows for it (undefined: none), whether an add of ours
 * that was never answered made that object (`isOurDoing`), and the time (ms). Returns what to remember: the very same
 * object when it is nothing new, so that a run without drift writes nothing.
 */
export function witness(
  state: DomainState,
  actual: ActualDomain | undefined,
  isOurDoing: boolean,
  now: number,
): DomainState {
  const { seen, asked, goneSince, ...rest } = state;
  if (!actual) {
    if (rest.owned) return goneSince && !seen && !asked ? state : { ...rest, goneSince: goneSince ?? iso(now) };
    // What was seen of it from outside went with it.
    const { look: _, ...gone } = rest;
    return seen || asked ? gone : state;
  }
  const claimed = isOurDoing && seen?.id !== actual.id && !isOurs(state, actual);
  const asAsked = asked && asked.www === actual.www && asked.redirection === actual.redirection;
  if (!claimed && !asAsked && !goneSince && seen && sameDomain(seen, actual)) return state;
  return {
    ...rest,
    ...(claimed && { owned: { id: actual.id, since: iso(now), by: 'added' as const } }),
    seen: actual,
    ...(asked && !asAsked && { asked }),
  };
}

/**
 * Takes a domain's state, what was seen of it from outside, and the time (ms). Returns what to remember: the very same object
 * when it is nothing new.
 */
export function glimpse(state: DomainState, glance: Glance, now: number): DomainState {
  const look = withGlance(state.look, glance, now);
  const { issuing: before, ...rest } = state;
  const issuing = before && glance.certificate?.kind === 'valid' ? afterSuccess(before, now) : before;
  if (look === state.look && issuing === before) return state;
  return { ...rest, look, ...(issuing && { issuing }) };
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
export function isSpent(record: DomainRecord, now: number): boolean {
  const { wish, state } = record;
  if (state.issuing && recentRequests(state.issuing, now).length > 0) return false;
  // Still looked at: it is wanted by the network, and waits for its DNS.
  if (state.look && state.look.at > iso(now - DAY)) return false;
  if (state.owned || state.seen || state.trouble || standingWish(record)?.kind === 'mapped') return false;
  const latest = [state.removedAt, wish?.occurredAt].filter((time) => time !== undefined).sort();
  const last = latest.at(-1);
  return last === undefined || last < iso(now - TOMBSTONE_MS);
}
