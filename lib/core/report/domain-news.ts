/** The state of a domain with the events that follow from its change: they are saved with it, or not at all. */
import { certificateAxis } from '../certificates/axis.ts';
import type { IssuanceHistory } from '../certificates/requests.ts';
import { type DomainEvent, type DomainView, HISTORY_DAYS, type Told } from '../domain/event.ts';
import { isOurs } from '../domain/ownership.ts';
import type { DomainState } from '../domain/record.ts';
import { aged } from '../probe/certificate-verdict.ts';
import type { ServerAddresses } from '../probe/dns-verdict.ts';
import { dnsAxis, type ProbeState } from '../probe/result.ts';
import type { HostName } from '../values/host-name.ts';
import { DAY, epoch, iso } from '../values/time.ts';
import { wordsFor } from './event-words.ts';
import { tell } from './told.ts';

/** What counts beside the domain's own record. */
export type NewsContext = {
  readonly now: number;
  /** The time by which an event is too old to be kept (epoch ms). */
  readonly ages: number;
  readonly run: string;
  /** Number of the last event before. */
  readonly last: number;
  readonly toldUpTo: number;
  /** Requests for the certificate that all names share. Undefined where each has its own. */
  readonly shared: IssuanceHistory | undefined;
  readonly server: ServerAddresses | undefined;
};

/** So many events of a domain are kept, and more while they are not told. */
const MOST_KEPT = 20;
/** While the bus takes none for weeks. Far below what an item of DynamoDB holds (400 KB). */
const MOST_UNTOLD = 100;

export function viewOf(state: DomainState, { now, shared }: Pick<NewsContext, 'now' | 'shared'>): DomainView {
  const { seen, probe, issuance } = state;
  const ownership = seen !== undefined && isOurs(state, seen) ? 'ours' : 'not ours';
  return {
    mapping: seen ? 'on RunCloud' : 'not on RunCloud',
    dns: dnsAxis(probe),
    certificate: certificateAxis(probe && withAge(probe, now), shared ?? issuance, ownership, now),
  };
}

/**
 * `before` is as the ledger or this run had it last, and `state` as it is now: what that says of events does not count. Returns the state
 * as it is to be saved, with the events that are new at the end of its list.
 */
export function withNews(
  domain: HostName,
  before: DomainState,
  state: DomainState,
  context: NewsContext,
): { readonly state: DomainState; readonly made: number } {
  const { now, run, last } = context;
  const earlier = before.events ?? [];
  const [was, is] = [viewOf(before, context), viewOf(state, context)];
  const { told, changes } = tell(before.told ?? firstTold(before, was, now), state, is, earlier, now);
  const made = changes.map(
    (change, index): DomainEvent => ({
      number: last + index + 1,
      run,
      type: change.type,
      at: iso(now),
      before: was,
      after: is,
      ...wordsFor(domain, change, before, state, context),
    }),
  );
  const { told: _told, events: _events, ...rest } = state;
  const events = kept([...earlier, ...made], context);
  return { state: { ...rest, ...(told && { told }), ...(events.length > 0 && { events }) }, made: made.length };
}

/** Of a domain that was there before this service told of any: nothing of it is news. */
function firstTold(state: DomainState, view: DomainView, now: number): Told | undefined {
  return tell(undefined, state, view, [], now).told;
}

function kept(events: readonly DomainEvent[], { ages, toldUpTo }: NewsContext): readonly DomainEvent[] {
  const standing = events.filter(({ at, number }) => number > toldUpTo || epoch(at) > ages - HISTORY_DAYS * DAY);
  const untold = standing.filter(({ number }) => number > toldUpTo).length;
  return standing.slice(-Math.max(MOST_KEPT, Math.min(untold, MOST_UNTOLD)));
}

/** A certificate runs out also while nobody looks. */
function withAge(probe: ProbeState, now: number): ProbeState {
  const { certificate } = probe;
  return certificate ? { ...probe, certificate: { ...certificate, verdict: aged(certificate.verdict, now) } } : probe;
}
