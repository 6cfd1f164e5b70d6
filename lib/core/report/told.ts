/**
 * What there is to tell of a domain, from what was told before and what is known now. What nobody knows, and what may be a list that is late,
 * changes nothing.
 *
 *   on RunCloud and ours, or not     domain.added, domain.removed
 *   visitors reach it, or not        domain.live, domain.not-live; not how an adopted domain is found
 *   DNS left, or came back           dns.lost, dns.restored; the first arrival shows as domain.live
 *   certificate                      certificate.issued, certificate.failed, certificate.expiring
 *
 * DNS that comes and goes within a day is told once, lost and restored. After that it is summed up when it has rested for an hour, and once a day. A
 * certificate that is requested in vain is told once, and again once a week.
 */
import { LATEST_LIST_MS } from '../domain/application.ts';
import type { DomainEvent, DomainEventType, DomainView, Told, Unrest } from '../domain/event.ts';
import { ownershipOf } from '../domain/ownership.ts';
import type { DomainState, Ownership } from '../domain/record.ts';
import { DAY, epoch, HOUR, type IsoTime, iso } from '../values/time.ts';

/** `sum`: of changes that were not told one by one. */
export type Change = {
  readonly type: DomainEventType;
  readonly sum?: { readonly times: number; readonly since: IsoTime };
};

export type Telling = { readonly told: Told | undefined; readonly changes: readonly Change[] };

const ADDED: Told = { live: 'not live' };
/** It may have been live for years: that is no news, as its certificate is none. */
const ADOPTED: Told = {};

const FLAPS_WITHIN_MS = DAY;
const RESTS_AFTER_MS = HOUR;
const SUM_EVERY_MS = DAY;
const REMIND_EVERY_MS = 7 * DAY;

/** How it became ours, where it is there. `unclear`: RunCloud's list lacks what was added a moment ago, and may be late. */
export function presenceOf(state: DomainState, now: number): Ownership['by'] | 'absent' | 'unclear' {
  const { seen, owned, ownedWww } = state;
  if (seen) return ownershipOf(state, seen)?.by ?? 'absent';
  const youngest = [owned, ownedWww].flatMap((each) => (each?.by === 'added' ? [epoch(each.since)] : []));
  return Math.max(...youngest) > now - LATEST_LIST_MS ? 'unclear' : 'absent';
}

/** `view` is of `state`, and `earlier` are the events so far. `told`: undefined where the domain was not there. */
export function tell(
  told: Told | undefined,
  state: DomainState,
  view: DomainView,
  earlier: readonly DomainEvent[],
  now: number,
): Telling {
  const presence = presenceOf(state, now);
  if (presence === 'unclear') return { told, changes: [] };
  if (presence === 'absent') return { told: undefined, changes: told ? [{ type: 'domain.removed' }] : [] };
  const begun: readonly Change[] = told ? [] : [{ type: 'domain.added' }];
  const before = told ?? (presence === 'adopted' ? ADOPTED : ADDED);
  const certificate = tellCertificate(before, view, presence, earlier, now);
  const dns = tellDns(before, view, earlier, now);
  const live = tellLive(before, view, earlier, now);
  const unrest = { ...(live.unrest && { live: live.unrest }), ...(dns.unrest && { dns: dns.unrest }) };
  return {
    told: {
      ...(live.is && { live: live.is }),
      ...(dns.is && { dns: dns.is }),
      ...(certificate.is && { certificate: certificate.is }),
      ...(Object.keys(unrest).length > 0 && { unrest }),
    },
    changes: [...begun, ...certificate.changes, ...dns.changes, ...live.changes],
  };
}

type Axis<Value, Restless = Value> = {
  readonly is: Value;
  readonly unrest?: Unrest<Restless>;
  readonly changes: readonly Change[];
};

function tellCertificate(
  { certificate: was }: Told,
  { certificate }: DomainView,
  by: Ownership['by'],
  earlier: readonly DomainEvent[],
  now: number,
): Axis<Told['certificate'], never> {
  switch (certificate) {
    // Of what is not ours nothing is known either.
    case 'unknown':
    case 'none':
      return { is: was, changes: [] };
    case 'waiting':
    case 'requested':
      // What was told of stays so until there is a valid one. One that was issued within the day is not told as issued anew.
      return {
        is: was === 'failed' || was === 'expiring' || (was === 'valid' && wasIssued(earlier, now)) ? was : 'wanting',
        changes: [],
      };
    case 'valid': {
      // A certificate that an adopted domain brought along was not issued now.
      const isNews = was === undefined ? by === 'added' : was !== 'valid';
      return { is: 'valid', changes: isNews ? [{ type: 'certificate.issued' }] : [] };
    }
    case 'expiring':
      return { is: certificate, changes: was === certificate ? [] : [{ type: 'certificate.expiring' }] };
    case 'failed': {
      const last = earlier.findLast(({ type }) => type === 'certificate.failed');
      const isDue = was !== certificate || (last !== undefined && now - epoch(last.at) >= REMIND_EVERY_MS);
      return { is: certificate, changes: isDue ? [{ type: 'certificate.failed' }] : [] };
    }
  }
}

function wasIssued(earlier: readonly DomainEvent[], now: number): boolean {
  return earlier.some(({ type, at }) => type === 'certificate.issued' && now - epoch(at) < FLAPS_WITHIN_MS);
}

function tellDns(
  { dns: was, unrest }: Told,
  { dns }: DomainView,
  earlier: readonly DomainEvent[],
  now: number,
): Axis<Told['dns'], 'here' | 'lost'> {
  const isHere = dns === 'pointing' || dns === 'proxied';
  if (was === undefined) return { is: isHere ? 'here' : undefined, changes: [] };
  const is = dns === 'unknown' ? undefined : isHere ? 'here' : 'lost';
  return tellRestless<'here' | 'lost'>(
    { was, is, unrest: unrest?.dns },
    { lost: 'dns.lost', here: 'dns.restored' },
    'lost',
    earlier,
    now,
  );
}

function tellLive(
  { live: was, unrest }: Told,
  { dns, certificate }: DomainView,
  earlier: readonly DomainEvent[],
  now: number,
): Axis<Told['live'], 'live' | 'not live'> {
  const is =
    dns === 'unknown' || certificate === 'unknown'
      ? undefined
      : (dns === 'pointing' || dns === 'proxied') && (certificate === 'valid' || certificate === 'expiring')
        ? 'live'
        : 'not live';
  if (was === undefined) return { is, changes: [] };
  const types = { live: 'domain.live', 'not live': 'domain.not-live' } as const;
  return tellRestless<'live' | 'not live'>({ was, is, unrest: unrest?.live }, types, 'not live', earlier, now);
}

type Restless<Value> = {
  readonly was: Value;
  readonly is: Value | undefined;
  readonly unrest: Unrest<Value> | undefined;
};

/** `away`: the value that a change to and back from makes a flap. */
function tellRestless<Value extends string>(
  { was, is: seen, unrest }: Restless<Value>,
  types: Readonly<Record<Value, DomainEventType>>,
  away: Value,
  earlier: readonly DomainEvent[],
  now: number,
): Axis<Value> {
  const at = iso(now);
  const before = unrest?.is ?? was;
  const is = seen ?? before;
  if (!unrest) {
    if (is === before) return { is, changes: [] };
    if (!hasFlapped(types, away, earlier, now)) return { is, changes: [{ type: types[is] }] };
    return { is: was, unrest: { is, at, since: at, times: 1 }, changes: [] };
  }
  const { since } = unrest;
  const after = is === before ? unrest : { ...unrest, is, at, times: unrest.times + 1 };
  const { times } = after;
  const isAtRest = now - epoch(after.at) >= RESTS_AFTER_MS;
  if (!isAtRest && now - epoch(since) < SUM_EVERY_MS) return { is: was, unrest: after, changes: [] };
  const changes = times === 0 ? [] : [{ type: types[is], sum: { times, since } }];
  return { is, ...(!isAtRest && { unrest: { is, at: after.at, since: at, times: 0 } }), changes };
}

/** Whether it went away and came back within the day, and that was told. */
function hasFlapped<Value extends string>(
  types: Readonly<Record<Value, DomainEventType>>,
  away: Value,
  earlier: readonly DomainEvent[],
  now: number,
): boolean {
  const own = new Set<DomainEventType>(Object.values(types));
  const recent = earlier.filter(({ type, at }) => own.has(type) && now - epoch(at) < FLAPS_WITHIN_MS);
  const left = recent.findIndex(({ type }) => type === types[away]);
  return left !== -1 && left < recent.length - 1;
}
