/**
 * The ledger as it counts: without what a clock that was ahead wrote (`core/values/present.ts`). Every run reads it through here. A run
 * that holds the lease saves what it found, so that a time that counts as now does so once.
 */
import { type MappingEvent, requestOrder } from '../core/domain/mapping-request.ts';
import type { PendingAdd } from '../core/domain/pending-adds.ts';
import { ISSUANCE_TIMES, presentRecord, withContest } from '../core/domain/present.ts';
import type { DomainRecord } from '../core/domain/record.ts';
import { presentCalls } from '../core/quota/calls.ts';
import type { HostName } from '../core/values/host-name.ts';
import { type TimeRules, withoutAhead } from '../core/values/present.ts';
import { DAY, epoch, iso } from '../core/values/time.ts';
import type { ApplicationState, Ledger, Records } from '../ledger/ledger.ts';
import type { Clock } from '../util/clock.ts';
import type { RunClock } from './run-clock.ts';

const APPLICATION_TIMES: TimeRules<ApplicationState> = {
  // What stands in it is still the last list.
  snapshot: { observedAt: 'now' },
  listDifferedAt: 'nothing',
  removals: { removals: { until: 'whole' } },
  block: { since: 'now' },
  // The longest pause that RunCloud is believed (rate-limit.ts).
  quietUntil: ['nothing', DAY],
  // What was read stays, and is read again.
  server: { readAt: 'long ago', othersReadAt: 'nothing' },
  certificateMode: { readAt: 'long ago' },
  unasked: { server: 'nothing', others: 'nothing', certificateMode: 'nothing' },
  sharedCertificate: ISSUANCE_TIMES,
  // Another network, or an empty list, is doubted for as long as after any change.
  network: { since: 'now', rival: { since: 'now' }, emptySince: 'nothing' },
  eventNetworks: { refused: { at: 'whole' } },
  writeBackRefusedAt: 'nothing',
  // It would hide that no run has come to its end since. That one ended at all stays known (health.ts).
  lastReconcile: { at: 'long ago' },
  // When it was nobody knows, and it is only shown.
  runs: { at: 'whole' },
  // Then the last run over all domains counts as the one that left it.
  keptHolds: { alike: { at: 'nothing' } },
  // The end of a period is not for this clock to say. Its begin is that of another period, so it is told once more.
  news: { events: { at: 'now', after: { resetAt: 'as told' } }, lowSince: 'nothing' },
  abort: { at: 'now' },
  // How far the run has got that goes on with it is counted anew.
  progress: { startedAt: 'whole', at: 'whole' },
};

// A lease, and so a request under it, ends within the tolerance from now.
const PENDING_ADD_TIMES: TimeRules<PendingAdd> = { since: 'now', until: 'now' };

export function presentApplication(application: ApplicationState, now: number): ApplicationState {
  const present = withoutAhead(application, APPLICATION_TIMES, now);
  const calls = present.calls && presentCalls(present.calls, now);
  return calls && calls !== present.calls ? { ...present, calls } : present;
}

export function presentPendingAdds(pendingAdds: readonly PendingAdd[], now: number): readonly PendingAdd[] {
  return withoutAhead(pendingAdds, PENDING_ADD_TIMES, now);
}

/** For an answer to a person: what it shows is not saved. */
export async function readPresentApplication({ ledger, clock }: LedgerAndClock): Promise<ApplicationState> {
  return presentApplication(await ledger.readApplication(), clock.now());
}

/** `changed` are the records as they are stored of which a time counts for less than it says. */
export type Present = { readonly records: Map<HostName, DomainRecord>; readonly changed: readonly DomainRecord[] };

/** Whether what is ahead may be corrected. */
type Correction = Pick<RunClock, 'mayCorrect'>;
/** While no other clock can be asked. */
export const NO_CORRECTION: Correction = { mayCorrect: async () => false };

/** Without `runClock`, what is shown to a person. */
type LedgerAndClock = { readonly ledger: Ledger; readonly clock: Clock; readonly runClock?: Correction };

export async function readPresent(deps: LedgerAndClock, domains: readonly HostName[]): Promise<Present> {
  return asTheyCount(await deps.ledger.read(domains), deps);
}

export async function readAllPresent(deps: LedgerAndClock): Promise<Present> {
  return asTheyCount(await deps.ledger.readAll(), deps);
}

/**
 * An event that comes after a request from a time that is ahead counts as the newer one. Where this clock is not believed, the state of
 * its record has both, and only a run that saves it holds on to the event: whoever cannot lets the `undecided` ones be delivered again.
 */
export async function recordPresent(
  deps: LedgerAndClock,
  events: readonly MappingEvent[],
): Promise<Present & { readonly undecided: readonly MappingEvent[] }> {
  const { ledger } = deps;
  const before = await asTheyCount(await ledger.recordRequests(events), deps);
  if (!(await redate(ledger, before))) return withContests(before, events, deps.clock.now());
  const after = await asTheyCount(await ledger.recordRequests(events), deps);
  return { ...withStatesOf(before, after), undecided: [] };
}

function withContests(
  { records, changed }: Present,
  events: readonly MappingEvent[],
  now: number,
): Awaited<ReturnType<typeof recordPresent>> {
  const contested = new Map(records);
  const undecided = events.filter(({ domain, request }) => {
    const record = contested.get(domain);
    if (!record) return false;
    const after = withContest(record, request, now);
    contested.set(domain, after);
    return after !== record;
  });
  const before = new Set(undecided.flatMap(({ domain }) => records.get(domain) ?? []));
  return { records: contested, changed: [...changed, ...before], undecided };
}

/** What a record says of a request that stands has to be saved with the new time of that request. */
function withStatesOf(before: Present, { records, changed }: Present): Present {
  const kept = before.changed.flatMap(({ domain }) => {
    const [was, is] = [before.records.get(domain), records.get(domain)];
    if (!was?.request || !is?.request || requestOrder(was.request) !== requestOrder(is.request)) return [];
    records.set(domain, was);
    return [is];
  });
  const domains = new Set(kept.map(({ domain }) => domain));
  return { records, changed: [...changed.filter(({ domain }) => !domains.has(domain)), ...kept] };
}

/** Saves the times of requests as they count. Returns whether there was anything to save. */
export async function redate(ledger: Ledger, { records, changed }: Present): Promise<boolean> {
  let isRedated = false;
  for (const stored of changed) {
    const request = records.get(stored.domain)?.request;
    if (request === undefined || request === stored.request) continue;
    if (request.eventId === stored.request?.eventId) {
      await ledger.redate(stored, request.occurredAt);
    } else {
      // The one that came after it wins by its own time.
      await ledger.redate(stored, iso(epoch(request.occurredAt) - 1));
      await ledger.recordRequests([{ domain: stored.domain, request }]);
    }
    isRedated = true;
  }
  return isRedated;
}

/** As they are stored, where this clock is not believed: a true time would be lost for good. */
async function asTheyCount(stored: Records, { clock, runClock }: LedgerAndClock): Promise<Present> {
  const present = presentRecords(stored, clock.now());
  if (present.changed.length === 0 || !runClock || (await runClock.mayCorrect())) return present;
  return { records: new Map(stored), changed: [] };
}

function presentRecords(stored: Records, now: number): Present {
  const records = new Map<HostName, DomainRecord>();
  const changed: DomainRecord[] = [];
  for (const record of stored.values()) {
    const present = presentRecord(record, now);
    if (present !== record) changed.push(record);
    records.set(record.domain, present);
  }
  return { records, changed };
}
