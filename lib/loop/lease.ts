/** What the holder of the lease writes, and when. */
import { type ApplicationNews, type News, NO_NEWS } from '../core/domain/event.ts';
import { afterList, besideAnswered, type PendingAdd } from '../core/domain/pending-adds.ts';
import type { DomainRecord, DomainState } from '../core/domain/record.ts';
import { type RemovalCounter, removalCounterAfter } from '../core/domain/removal-count.ts';
import { addCalls, type CallsByDay } from '../core/quota/calls.ts';
import type { RunMessages } from '../core/report/outgoing.ts';
import type { HostName } from '../core/values/host-name.ts';
import { type IsoTime, iso, MINUTE, SECOND } from '../core/values/time.ts';
import { type ApplicationState, type Changes, ONE_WRITE, type Records } from '../ledger/ledger.ts';
import type { RequestOptions } from '../util/request-options.ts';
import type { Dependencies } from './dependencies.ts';
import { isUntold, Outbox } from './news.ts';

/** How long a lease lasts without renewal (ms). A run that dies keeps the others waiting for so long. */
export const LEASE_MS = 2 * MINUTE;
// Twice the longest call, so that a lease which is renewed before a call outlasts it.
const RENEW_BELOW_MS = MINUTE;
// A request to RunCloud times out after that. RunCloud may carry it out for as long after the connection is lost.
const LONGEST_CALL_MS = 30 * SECOND;

type AddUnderWay = { readonly name: string; readonly since: IsoTime };

/**
 * What the one writer knows beside the ledger: the adds it announced, those under way, those pending, and the changes it staged.
 *
 * Changes are staged, and committed at the latest before the next write to RunCloud or with the end of the lease. So the last outcome
 * costs the ledger no request of its own.
 */
export class Lease {
  readonly #deps: Dependencies;
  readonly #holder: string;
  #expiresAt: number;
  #announced: ReadonlySet<HostName>;
  #announcedAt: IsoTime;
  /** Adds that are sent and not answered, by when they were sent. */
  readonly #addsUnderWay = new Map<HostName, AddUnderWay>();
  /** Adds of this run, or of one that died, whose answer was lost: one entry for each request. */
  #pendingAdds: readonly PendingAdd[];
  /** Resolved, but what they came to is not committed: the ledger must go on naming them until it is. */
  #uncommittedResolved: readonly PendingAdd[] = [];
  #application: ApplicationState;
  /** As the ledger has them. */
  #savedCalls: CallsByDay;
  #unsavedStates = new Map<HostName, DomainState>();
  /** All that this run staged, saved or not. */
  readonly #states = new Map<HostName, DomainState>();
  #unsavedApplication: ApplicationState = {};
  /** Goes with what is saved anyway. */
  #besides: ApplicationState = {};
  readonly #outbox: Outbox;

  constructor(
    deps: Dependencies,
    holder: string,
    adding: readonly HostName[],
    pendingAdds: readonly PendingAdd[],
    application: ApplicationState,
  ) {
    this.#deps = deps;
    this.#holder = holder;
    this.#expiresAt = deps.clock.now() + LEASE_MS;
    this.#announced = new Set(adding);
    this.#announcedAt = iso(deps.clock.now());
    this.#pendingAdds = afterList(pendingAdds, application.snapshot?.highestId);
    this.#application = application;
    this.#savedCalls = application.calls ?? {};
    this.#outbox = new Outbox(deps, holder, application);
  }

  /** Renews the lease if it may not outlast one more call to RunCloud. @throws LeaseLostError */
  async ensure(): Promise<void> {
    if (this.#expiresAt - this.#deps.clock.now() < RENEW_BELOW_MS) await this.#renew();
  }

  /** Requests with these options renew the lease before they are sent. `deadline`: epoch ms. */
  requestOptions(deadline: number): RequestOptions {
    return { deadline, beforeSend: async () => this.ensure() };
  }

  /** The application's state with all that is staged. */
  get application(): ApplicationState {
    return this.#application;
  }

  /** Replaces these parts of the application's state. */
  stageApplication(application: ApplicationState): void {
    this.#application = { ...this.#application, ...application };
    this.#unsavedApplication = { ...this.#unsavedApplication, ...application };
  }

  /** The same for what is worth no request of its own to the ledger. */
  stageBesides(application: Pick<ApplicationState, 'progress' | 'settingsInUse'>): void {
    this.#application = { ...this.#application, ...application };
    this.#besides = { ...this.#besides, ...application };
  }

  /** The state with all that is staged. `record` is as this run read it. */
  stateOf({ domain, state }: DomainRecord): DomainState {
    return this.#states.get(domain) ?? state;
  }

  /** `record` is as this run read it: the brake counts what differs. A row that cannot be read is left to people. */
  stageState(record: DomainRecord, state: DomainState): void {
    const { domain, unreadable } = record;
    if (unreadable !== undefined) return;
    const before = this.stateOf(record);
    this.#stage(domain, before, state);
    const { removals } = this.#application;
    const changed = removals && removalCounterAfter(removals, before, state);
    if (changed && changed !== removals) this.stageApplication({ removals: changed });
  }

  /** For states that `removals` already counts. `stored`: all records, as this run read them. */
  stageCountedStates(states: ReadonlyMap<HostName, DomainState>, removals: RemovalCounter, stored: Records): void {
    this.#outbox.knowAll(stored);
    for (const [domain, state] of states) {
      this.#stage(domain, this.#states.get(domain) ?? stored.get(domain)?.state ?? {}, state);
    }
    this.stageApplication({ removals });
  }

  #stage(domain: HostName, before: DomainState, state: DomainState): void {
    const withNews = this.#outbox.withNews(domain, before, state, this.#application);
    this.#unsavedStates.set(domain, withNews);
    this.#states.set(domain, withNews);
  }

  get news(): News {
    return this.#application.news ?? NO_NEWS;
  }

  stageNews(news: News, made: readonly ApplicationNews[] = []): void {
    const after = this.#outbox.withEvents(news, made);
    this.stageApplication({ news: { ...after, last: this.#outbox.last } });
  }

  /** What nobody was told of, as far as this run knows of all that comes before it. */
  get untold(): readonly RunMessages[] {
    return this.#outbox.untold(this.#states, this.news);
  }

  get knowsAllNews(): boolean {
    return this.#outbox.knowsAll;
  }

  /** The numbers of events are given once, also where this process dies in the middle of a save. */
  async #numberNews(): Promise<void> {
    if (this.#outbox.last === this.news.last) return;
    this.stageNews(this.news);
    if (this.#unsavedStates.size > ONE_WRITE)
      await this.#deps.ledger.save(this.#holder, { application: { news: this.news } });
  }

  /** @throws LeaseLostError; then nothing of it is saved. */
  async commit(): Promise<void> {
    if (this.#unsavedStates.size === 0 && Object.keys(this.#unsavedApplication).length === 0) return;
    await this.#numberNews();
    const calls = this.#stageCalls();
    const changes = this.#unsaved();
    await this.#deps.ledger.save(this.#holder, changes);
    this.#settleCalls(calls);
    for (const domain of changes.states.keys()) this.#addsUnderWay.delete(domain);
    this.#uncommittedResolved = [];
    this.#unsavedStates = new Map();
    this.#unsavedApplication = {};
    this.#besides = {};
  }

  /** A record stays as long as nobody was told of its events. @throws LeaseLostError */
  async drop(records: readonly DomainRecord[]): Promise<void> {
    const told = records.filter((record) => !isUntold(this.stateOf(record), this.news));
    if (told.length > 0) await this.#deps.ledger.drop(this.#holder, told);
  }

  /**
   * Puts the add into the ledger before it is sent, together with those that come next: one request to the ledger for all of them.
   * @throws LeaseLostError
   */
  async announce(domain: HostName, next: readonly HostName[]): Promise<void> {
    if (this.#announced.has(domain)) return;
    this.#announced = new Set([domain, ...next]);
    this.#announcedAt = iso(this.#deps.clock.now());
    await this.#renew();
  }

  /** `name`: that of the object which RunCloud is asked for. */
  beginAdd(domain: HostName, name: string): void {
    this.#addsUnderWay.set(domain, { name, since: iso(this.#deps.clock.now()) });
  }

  /** For an add that was refused, or is pending by now. One that was carried out ends when its state is committed. */
  endAdd(domain: HostName): void {
    this.#addsUnderWay.delete(domain);
  }

  /** For an add whose answer was lost. `sentAt`: epoch ms. */
  addPending(domain: HostName, name: string, sentAt: number): void {
    this.#pendingAdds = [...this.#pendingAdds, this.#pendingFrom(domain, { name, since: iso(sentAt) })];
  }

  get pendingAdds(): readonly PendingAdd[] {
    return this.#pendingAdds;
  }

  pendingAddsOf(domain: HostName): readonly PendingAdd[] {
    return this.#pendingAdds.filter((each) => each.domain === domain);
  }

  /** The ledger forgets them once what they came to is committed. */
  resolvePending(isResolved: (pending: PendingAdd) => boolean): void {
    this.#uncommittedResolved = [...this.#uncommittedResolved, ...this.#pendingAdds.filter(isResolved)];
    this.#pendingAdds = this.#pendingAdds.filter((each) => !isResolved(each));
  }

  /** An add of the domain was answered with a new object of this name. */
  addAnswered(domain: HostName, name: string): void {
    const before = this.#pendingAdds;
    this.#pendingAdds = before.flatMap((each) => (each.domain === domain ? besideAnswered(each, name) : each));
    this.#uncommittedResolved = [
      ...this.#uncommittedResolved,
      ...before.filter((each) => !this.#pendingAdds.includes(each)),
    ];
  }

  /** Commits what is staged and gives the lease back. @throws LeaseLostError */
  async release(): Promise<void> {
    await this.#release(this.#pendingAdds);
  }

  /** The same where the work broke off: an add that is under way, and has no outcome staged, becomes pending. */
  async abort(): Promise<void> {
    const open = [...this.#addsUnderWay].filter(([domain]) => !this.#unsavedStates.has(domain));
    await this.#release([...this.#pendingAdds, ...open.map(([domain, add]) => this.#pendingFrom(domain, add))]);
  }

  async #release(pendingAdds: readonly PendingAdd[]): Promise<void> {
    await this.#numberNews();
    const calls = this.#stageCalls();
    await this.#deps.ledger.release(this.#holder, pendingAdds, this.#unsaved());
    this.#settleCalls(calls);
  }

  #unsaved(): Required<Changes> {
    return { states: this.#unsavedStates, application: { ...this.#unsavedApplication, ...this.#besides } };
  }

  /**
   * Stages the requests to RunCloud that no ledger has yet: they go with what is saved anyway. What is not saved is counted by the next
   * run of this process. Returns those that are staged.
   */
  #stageCalls(): CallsByDay {
    const { uncounted } = this.#deps.runcloud.meter;
    const isNew = Object.keys(uncounted).length > 0;
    if (isNew) this.stageApplication({ calls: addCalls(this.#savedCalls, uncounted) });
    return uncounted;
  }

  #settleCalls(saved: CallsByDay): void {
    this.#deps.runcloud.meter.settle(saved);
    this.#savedCalls = this.#application.calls ?? {};
  }

  async #renew(): Promise<void> {
    const now = this.#deps.clock.now();
    const announced = pendingUntilExpiry([...this.#announced], this.#announcedAt, now);
    const pendingAdds = [
      ...this.#pendingAdds,
      ...this.#uncommittedResolved,
      ...announced.map((each) => ({ ...each, ...this.#aboveId })),
    ];
    await this.#deps.ledger.renew({ holder: this.#holder, now, ttlMs: LEASE_MS, pendingAdds });
    this.#expiresAt = now + LEASE_MS;
  }

  #pendingFrom(domain: HostName, { name, since }: AddUnderWay): PendingAdd {
    return { domain, name, since, until: iso(this.#deps.clock.now() + LONGEST_CALL_MS), ...this.#aboveId };
  }

  get #aboveId(): Pick<PendingAdd, 'aboveId'> {
    const highestId = this.#application.snapshot?.highestId;
    return highestId === undefined ? {} : { aboveId: highestId };
  }
}

/** If the process dies, it sent these adds before its lease ran out, or never. */
export function pendingUntilExpiry(domains: readonly HostName[], since: IsoTime, now: number): PendingAdd[] {
  return domains.map((domain) => ({ domain, since, until: iso(now + LEASE_MS) }));
}
