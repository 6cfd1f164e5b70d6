/** One writer at a time: the lease as a run holds it. */
import type { Doubt } from '../core/domain/pending-adds.ts';
import type { DomainRecord, DomainState } from '../core/domain/record.ts';
import { type Tally, tallyAfter } from '../core/domain/removal-count.ts';
import type { HostName } from '../core/values/host-name.ts';
import { type IsoTime, iso, MINUTE, SECOND } from '../core/values/time.ts';
import { LeaseLostError, type Notes } from '../ledger/ledger.ts';
import type { Patience } from '../runcloud/api.ts';
import { messageOf } from '../util/log.ts';
import type { World } from './dependencies.ts';

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
  readonly #world: World;
  readonly #holder: string;
  #until: number;
  #announced: ReadonlySet<HostName>;
  #announcedAt: IsoTime;
  readonly #underWay = new Map<HostName, IsoTime>();
  /** Adds that were sent, by this run or one that died, and whose outcome is not known: one entry for each sending. */
  #inDoubt: readonly Doubt[];
  /** Doubts that are over, as far as that is not on record yet. */
  #settling: readonly Doubt[] = [];
  #notes: Notes;
  #unsavedStates = new Map<HostName, DomainState>();
  #unsavedNotes: Notes = {};

  constructor(world: World, holder: string, adding: readonly HostName[], inDoubt: readonly Doubt[], notes: Notes) {
    this.#world = world;
    this.#holder = holder;
    this.#until = world.clock.now() + LEASE_MS;
    this.#announced = new Set(adding);
    this.#announcedAt = iso(world.clock.now());
    this.#inDoubt = inDoubt;
    this.#notes = notes;
  }

  /** Makes sure that the lease holds for one more call to RunCloud. Throws LeaseLostError. */
  async ensure(): Promise<void> {
    if (this.#until - this.#world.clock.now() < RENEW_WITH_LESS_THAN_MS) await this.#renew();
  }

  /** Takes the moment (ms since 1970) to end by; returns what requests are given that hold on to the lease meanwhile. */
  patience(until: number): Patience {
    return { until, before: async () => this.ensure() };
  }

  /** Says which domain is about to be added, with those that come next, where that was not said before. Throws LeaseLostError. */
  async announce(domain: HostName, next: readonly HostName[]): Promise<void> {
    if (this.#announced.has(domain)) return;
    this.#announced = new Set([domain, ...next]);
    this.#announcedAt = iso(this.#world.clock.now());
    await this.#renew();
  }

  /** What is remembered of the application, with what is to be remembered. */
  get notes(): Notes {
    return this.#notes;
  }

  /** Takes parts of the notes that are to be replaced. */
  note(notes: Notes): void {
    this.#notes = { ...this.#notes, ...notes };
    this.#unsavedNotes = { ...this.#unsavedNotes, ...notes };
  }

  /** Takes a domain, its state as it was and as it is to be remembered. */
  keep({ domain, state: before }: Pick<DomainRecord, 'domain' | 'state'>, state: DomainState): void {
    this.#unsavedStates.set(domain, state);
    const { tally } = this.#notes;
    const changed = tally && tallyAfter(tally, before, state);
    if (changed && changed !== tally) this.note({ tally: changed });
  }

  /** Takes states that are to be remembered, counted already. */
  keepCounted(states: ReadonlyMap<HostName, DomainState>, tally: Tally): void {
    for (const [domain, state] of states) this.#unsavedStates.set(domain, state);
    this.note({ tally });
  }

  /** Puts on record what is to be remembered. Throws LeaseLostError. */
  async flush(): Promise<void> {
    if (this.#unsavedStates.size === 0 && Object.keys(this.#unsavedNotes).length === 0) return;
    const changes = { states: this.#unsavedStates, notes: this.#unsavedNotes };
    await this.#world.ledger.save(this.#holder, changes);
    for (const domain of changes.states.keys()) this.#underWay.delete(domain);
    this.#settling = [];
    this.#unsavedStates = new Map();
    this.#unsavedNotes = {};
  }

  /** Takes records that are no longer needed; drops them from the ledger. Throws LeaseLostError. */
  async drop(records: readonly DomainRecord[]): Promise<void> {
    if (records.length > 0) await this.#world.ledger.drop(this.#holder, records);
  }

  /** Gives the lease back after the work is done, with all that is to be remembered. Throws LeaseLostError. */
  async release(): Promise<void> {
    await this.#release(this.#inDoubt);
  }

  /** Gives the lease back although the work was broken off: an add without a remembered outcome is in doubt. */
  async abort(): Promise<void> {
    const until = iso(this.#world.clock.now() + LONGEST_CALL_MS);
    const open = [...this.#underWay].filter(([domain]) => !this.#unsavedStates.has(domain));
    await this.#release([...this.#inDoubt, ...open.map(([domain, since]) => ({ domain, since, until }))]);
  }

  async #release(inDoubt: readonly Doubt[]): Promise<void> {
    const last = { states: this.#unsavedStates, notes: this.#unsavedNotes };
    await this.#world.ledger.release(this.#holder, inDoubt, last);
  }

  /** Takes a domain; returns the doubts about adds of it. */
  doubtsOf(domain: HostName): readonly Doubt[] {
    return this.#inDoubt.filter((doubt) => doubt.domain === domain);
  }

  /** All doubts there are. */
  get inDoubt(): readonly Doubt[] {
    return this.#inDoubt;
  }

  /** Takes a domain whose add was sent then (ms) and not answered: it is in doubt until it is seen. */
  doubt(domain: HostName, sentAt: number): void {
    // RunCloud may go on with a request for a while after the connection is lost.
    const until = iso(this.#world.clock.now() + LONGEST_CALL_MS);
    this.#inDoubt = [...this.#inDoubt, { domain, since: iso(sentAt), until }];
  }

  /** Takes which doubts are over: they are forgotten once what came of them is on record. */
  resolve(isOver: (doubt: Doubt) => boolean): void {
    this.#settling = [...this.#settling, ...this.#inDoubt.filter(isOver)];
    this.#inDoubt = this.#inDoubt.filter((doubt) => !isOver(doubt));
  }

  /** Takes a domain whose add is being sent now. */
  begin(domain: HostName): void {
    this.#underWay.set(domain, iso(this.#world.clock.now()));
  }

  /** Takes a domain whose add was refused, or is in doubt by now. One that was carried out ends by being on record. */
  end(domain: HostName): void {
    this.#underWay.delete(domain);
  }

  async #renew(): Promise<void> {
    const now = this.#world.clock.now();
    const adding = [...this.#inDoubt, ...this.#settling, ...under([...this.#announced], this.#announcedAt, now)];
    await this.#world.ledger.renew({ holder: this.#holder, now, ttlMs: LEASE_MS, adding });
    this.#until = now + LEASE_MS;
  }
}

/**
 * If this process is killed, an add that it announced was under way before its lease ran out, and not after. Whoever adds
 * the very same domain by hand between the announcement and that moment is taken for it.
 */
function under(domains: readonly HostName[], since: IsoTime, now: number): Doubt[] {
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
  world: World,
  adding: readonly HostName[],
  work: (lease: Lease) => Promise<T>,
): Promise<WithLease<T>> {
  const { ledger, clock, runcloud, log } = world;
  const holder = world.newId();
  const now = clock.now();
  const answer = await ledger.acquire({ holder, now, ttlMs: LEASE_MS, adding: under(adding, iso(now), now) });
  if (answer.kind === 'busy') return answer;
  const lease = new Lease(world, holder, adding, answer.inDoubt, answer.notes);
  if (answer.notes.quietUntil) runcloud.keepQuietUntil(Date.parse(answer.notes.quietUntil));
  const quietBefore = runcloud.quietUntil;
  const noteQuiet = (): void => {
    if (runcloud.quietUntil > quietBefore) lease.note({ quietUntil: iso(runcloud.quietUntil) });
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
