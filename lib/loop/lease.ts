/** One writer at a time: the lease as a run holds it. */
import { afterList, type PendingAdd } from '../core/domain/pending-adds.ts';
import type { DomainRecord, DomainState } from '../core/domain/record.ts';
import { type RemovalCounter, removalCounterAfter } from '../core/domain/removal-count.ts';
import type { HostName } from '../core/values/host-name.ts';
import { type IsoTime, iso, MINUTE, SECOND } from '../core/values/time.ts';
import { type ApplicationState, LeaseLostError } from '../ledger/ledger.ts';
import { messageOf } from '../util/log.ts';
import type { RequestOptions } from '../util/request-options.ts';
import type { Dependencies } from './dependencies.ts';

/** How long a lease holds (ms). Longer than any call to RunCloud takes (30 s), so that one that is checked before a call outlasts it. */
export const LEASE_MS = 2 * MINUTE;
const LONGEST_CALL_MS = 30 * SECOND;
const RENEW_WITH_LESS_THAN_MS = MINUTE;

/**
 * The lease as its holder sees it: what was announced, what is under way, what is in doubt, and what is to be remembered.
 *
 * What is to be remembered is on record at the latest when the next thing is asked of RunCloud, or with the end of the
 * lease: so the last word costs the ledger no request of its own.
 */
export class Lease {
  readonly #deps: Dependencies;
  readonly #holder: string;
  #until: number;
  #announced: ReadonlySet<HostName>;
  #announcedAt: IsoTime;
  readonly #underWay = new Map<HostName, IsoTime>();
  /** Adds that were sent, by this run or one that died, and whose outcome is not known: one entry for each sending. */
  #pendingAdds: readonly PendingAdd[];
  /** Doubts that are over, as far as that is not on record yet. */
  #settling: readonly PendingAdd[] = [];
  #application: ApplicationState;
  #unsavedStates = new Map<HostName, DomainState>();
  #unsavedApplication: ApplicationState = {};

  constructor(
    deps: Dependencies,
    holder: string,
    adding: readonly HostName[],
    pendingAdds: readonly PendingAdd[],
    application: ApplicationState,
  ) {
    this.#deps = deps;
    this.#holder = holder;
    this.#until = deps.clock.now() + LEASE_MS;
    this.#announced = new Set(adding);
    this.#announcedAt = iso(deps.clock.now());
    this.#pendingAdds = afterList(pendingAdds, application.snapshot?.highestId);
    this.#application = application;
  }

  /** Makes sure that the lease holds for one more call to RunCloud. Throws LeaseLostError. */
  async ensure(): Promise<void> {
    if (this.#until - this.#deps.clock.now() < RENEW_WITH_LESS_THAN_MS) await this.#renew();
  }

  /** Takes the moment (ms since 1970) to end by; returns what requests are given that hold on to the lease meanwhile. */
  requestOptions(deadline: number): RequestOptions {
    return { deadline, beforeSend: async () => this.ensure() };
  }

  /** Says which domain is about to be added, with those that come next, where that was not said before. Throws LeaseLostError. */
  async announce(domain: HostName, next: readonly HostName[]): Promise<void> {
    if (this.#announced.has(domain)) return;
    this.#announced = new Set([domain, ...next]);
    this.#announcedAt = iso(this.#deps.clock.now());
    await this.#renew();
  }

  /** What is remembered of the application, with what is to be remembered. */
  get application(): ApplicationState {
    return this.#application;
  }

  /** Takes parts of the notes that are to be replaced. */
  stageNotes(application: ApplicationState): void {
    this.#application = { ...this.#application, ...application };
    this.#unsavedApplication = { ...this.#unsavedApplication, ...application };
  }

  /** Takes a domain, its state as it was and as it is to be remembered. */
  stageState({ domain, state: before }: Pick<DomainRecord, 'domain' | 'state'>, state: DomainState): void {
    this.#unsavedStates.set(domain, state);
    const { removals } = this.#application;
    const changed = removals && removalCounterAfter(removals, before, state);
    if (changed && changed !== removals) this.stageNotes({ removals: changed });
  }

  /** Takes states that are to be remembered, counted already. */
  stageCountedStates(states: ReadonlyMap<HostName, DomainState>, removals: RemovalCounter): void {
    for (const [domain, state] of states) this.#unsavedStates.set(domain, state);
    this.stageNotes({ removals });
  }

  /** Puts on record what is to be remembered. Throws LeaseLostError. */
  async commit(): Promise<void> {
    if (this.#unsavedStates.size === 0 && Object.keys(this.#unsavedApplication).length === 0) return;
    const changes = { states: this.#unsavedStates, application: this.#unsavedApplication };
    await this.#deps.ledger.save(this.#holder, changes);
    for (const domain of changes.states.keys()) this.#underWay.delete(domain);
    this.#settling = [];
    this.#unsavedStates = new Map();
    this.#unsavedApplication = {};
  }

  /** Takes records that are no longer needed; drops them from the ledger. Throws LeaseLostError. */
  async drop(records: readonly DomainRecord[]): Promise<void> {
    if (records.length > 0) await this.#deps.ledger.drop(this.#holder, records);
  }

  /** Gives the lease back after the work is done, with all that is to be remembered. Throws LeaseLostError. */
  async release(): Promise<void> {
    await this.#release(this.#pendingAdds);
  }

  /** Gives the lease back although the work was broken off: an add without a remembered outcome is in doubt. */
  async abort(): Promise<void> {
    const until = iso(this.#deps.clock.now() + LONGEST_CALL_MS);
    const open = [...this.#underWay].filter(([domain]) => !this.#unsavedStates.has(domain));
    await this.#release([
      ...this.#pendingAdds,
      ...open.map(([domain, since]) => ({ domain, since, until, ...this.#aboveId })),
    ]);
  }

  async #release(pendingAdds: readonly PendingAdd[]): Promise<void> {
    const last = { states: this.#unsavedStates, application: this.#unsavedApplication };
    await this.#deps.ledger.release(this.#holder, pendingAdds, last);
  }

  /** Takes a domain; returns the doubts about adds of it. */
  pendingAddsOf(domain: HostName): readonly PendingAdd[] {
    return this.#pendingAdds.filter((each) => each.domain === domain);
  }

  /** All doubts there are. */
  get pendingAdds(): readonly PendingAdd[] {
    return this.#pendingAdds;
  }

  /** Takes a domain whose add was sent then (ms) and not answered: it is in doubt until it is seen. */
  addPending(domain: HostName, sentAt: number): void {
    // RunCloud may go on with a request for a while after the connection is lost.
    const until = iso(this.#deps.clock.now() + LONGEST_CALL_MS);
    this.#pendingAdds = [...this.#pendingAdds, { domain, since: iso(sentAt), until, ...this.#aboveId }];
  }

  /** Takes which doubts are over: they are forgotten once what came of them is on record. */
  resolvePending(isOver: (pending: PendingAdd) => boolean): void {
    this.#settling = [...this.#settling, ...this.#pendingAdds.filter(isOver)];
    this.#pendingAdds = this.#pendingAdds.filter((each) => !isOver(each));
  }

  /** Takes a domain whose add is being sent now. */
  beginAdd(domain: HostName): void {
    this.#underWay.set(domain, iso(this.#deps.clock.now()));
  }

  /** Takes a domain whose add was refused, or is in doubt by now. One that was carried out ends by being on record. */
  endAdd(domain: HostName): void {
    this.#underWay.delete(domain);
  }

  get #aboveId(): Pick<PendingAdd, 'aboveId'> {
    const highestId = this.#application.snapshot?.highestId;
    return highestId === undefined ? {} : { aboveId: highestId };
  }

  async #renew(): Promise<void> {
    const now = this.#deps.clock.now();
    const pendingAdds = [
      ...this.#pendingAdds,
      ...this.#settling,
      ...pendingUntilExpiry([...this.#announced], this.#announcedAt, now).map((each) => ({
        ...each,
        ...this.#aboveId,
      })),
    ];
    await this.#deps.ledger.renew({ holder: this.#holder, now, ttlMs: LEASE_MS, pendingAdds });
    this.#until = now + LEASE_MS;
  }
}

/** If this process is killed, an add that it announced was under way before its lease ran out, and not after. */
function pendingUntilExpiry(domains: readonly HostName[], since: IsoTime, now: number): PendingAdd[] {
  return domains.map((domain) => ({ domain, since, until: iso(now + LEASE_MS) }));
}

export type WithLease<T> =
  | { readonly kind: 'ran'; readonly result: T }
  | { readonly kind: 'busy'; readonly until: string };

/**
 * Takes which domains may be added at once and the work; does the work under the lease and gives it back, or does nothing
 * where another run holds it. RunCloud's request for silence is carried from run to run here. What the work throws passes
 * through, after the lease is back.
 */
export async function withLease<T>(
  deps: Dependencies,
  adding: readonly HostName[],
  work: (lease: Lease) => Promise<T>,
): Promise<WithLease<T>> {
  const { ledger, clock, runcloud, log } = deps;
  const holder = deps.newId();
  const now = clock.now();
  const answer = await ledger.acquire({
    holder,
    now,
    ttlMs: LEASE_MS,
    pendingAdds: pendingUntilExpiry(adding, iso(now), now),
  });
  if (answer.kind === 'busy') return answer;
  const lease = new Lease(deps, holder, adding, answer.pendingAdds, answer.application);
  if (answer.application.quietUntil) runcloud.keepQuietUntil(Date.parse(answer.application.quietUntil));
  const quietBefore = runcloud.quietUntil;
  const noteQuiet = (): void => {
    if (runcloud.quietUntil > quietBefore) lease.stageNotes({ quietUntil: iso(runcloud.quietUntil) });
  };
  let result: T;
  try {
    result = await work(lease);
  } catch (error) {
    noteQuiet();
    // Whether or not it can be given back, what broke the work off is what has to be told.
    await lease.abort().catch((why: unknown) => log.warn('The lease runs out by itself', { why: messageOf(why) }));
    throw error;
  }
  noteQuiet();
  try {
    await lease.release();
  } catch (error) {
    if (!(error instanceof LeaseLostError)) throw error;
    // Who took it knows what was announced, and finds out what became of it.
    log.warn('Another run took the lease before the last outcome was on record');
  }
  return { kind: 'ran', result };
}
