/** One writer at a time: the lease as a run holds it. */
import type { Doubt } from '../core/doubt.ts';
import type { HostName } from '../core/host-name.ts';
import { type IsoTime, iso, MINUTE, SECOND } from '../core/time.ts';
import type { Notes } from '../ledger/ledger.ts';
import type { World } from './world.ts';

// Longer than any single call to RunCloud takes (30 s), so that a lease that is checked before a call outlasts it.
const TTL_MS = 2 * MINUTE;
const LONGEST_CALL_MS = 30 * SECOND;
const RENEW_WITH_LESS_THAN_MS = MINUTE;

/** Another run took the lease, because this one did not show itself for too long. It must not write any more. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
  readonly whatToDo = 'Nothing: the other run goes on with the work.';

  constructor() {
    super('This run lost its lease to another one and stopped writing.');
  }
}

/** The lease as its holder sees it: what was announced, what is under way, and what is in doubt. */
export class Lease {
  readonly #world: World;
  readonly #holder: string;
  #until: number;
  #announced: ReadonlySet<HostName>;
  #announcedAt: IsoTime;
  readonly #underWay = new Map<HostName, IsoTime>();
  /** Adds that were sent, by this run or one that died, and whose outcome is not known: one entry for each sending. */
  #inDoubt: readonly Doubt[];
  readonly notes: Notes;

  constructor(world: World, holder: string, adding: readonly HostName[], inDoubt: readonly Doubt[], notes: Notes) {
    this.#world = world;
    this.#holder = holder;
    this.#until = world.clock.now() + TTL_MS;
    this.#announced = new Set(adding);
    this.#announcedAt = iso(world.clock.now());
    this.#inDoubt = inDoubt;
    this.notes = notes;
  }

  /** Makes sure that the lease holds for one more call to RunCloud. Throws LeaseLostError. */
  async ensure(): Promise<void> {
    if (this.#until - this.#world.clock.now() < RENEW_WITH_LESS_THAN_MS) await this.#renew();
  }

  /** Says which domains are about to be added, where that was not said before. Throws LeaseLostError. */
  async announce(adding: readonly HostName[]): Promise<void> {
    if (adding.every((domain) => this.#announced.has(domain))) return;
    this.#announced = new Set(adding);
    this.#announcedAt = iso(this.#world.clock.now());
    await this.#renew();
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

  /** Takes which doubts are over; forgets them. */
  resolve(isOver: (doubt: Doubt) => boolean): void {
    this.#inDoubt = this.#inDoubt.filter((doubt) => !isOver(doubt));
  }

  /** Takes a domain whose add is being sent now. */
  begin(domain: HostName): void {
    this.#underWay.set(domain, iso(this.#world.clock.now()));
  }

  /** Takes a domain whose add was written down, or is in doubt by now. */
  end(domain: HostName): void {
    this.#underWay.delete(domain);
  }

  /** What is in doubt if this run ends here and now without having written down what it did. */
  get inDoubtIfAborted(): readonly Doubt[] {
    const until = iso(this.#world.clock.now() + LONGEST_CALL_MS);
    return [...this.#inDoubt, ...[...this.#underWay].map(([domain, since]) => ({ domain, since, until }))];
  }

  async #renew(): Promise<void> {
    const now = this.#world.clock.now();
    const adding = [...this.#inDoubt, ...under([...this.#announced], this.#announcedAt, now)];
    const held = await this.#world.ledger.renew({ holder: this.#holder, now, ttlMs: TTL_MS, adding });
    if (!held) throw new LeaseLostError();
    this.#until = now + TTL_MS;
  }
}

/**
 * If this process is killed, an add that it announced was under way before its lease ran out, and not after. Whoever adds
 * the very same domain by hand within these two minutes is taken for it.
 */
function under(domains: readonly HostName[], since: IsoTime, now: number): Doubt[] {
  return domains.map((domain) => ({ domain, since, until: iso(now + TTL_MS) }));
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
  const { ledger, clock, runcloud } = world;
  const holder = world.newId();
  const now = clock.now();
  const answer = await ledger.acquire({ holder, now, ttlMs: TTL_MS, adding: under(adding, iso(now), now) });
  if (answer.kind === 'busy') return answer;
  const lease = new Lease(world, holder, adding, answer.inDoubt, answer.notes);
  if (answer.notes.quietUntil) runcloud.keepQuietUntil(Date.parse(answer.notes.quietUntil));
  const quietBefore = runcloud.quietUntil;
  const giveBack = async (inDoubt: readonly Doubt[]): Promise<void> => {
    if (runcloud.quietUntil > quietBefore) await ledger.saveNotes({ quietUntil: iso(runcloud.quietUntil) });
    await ledger.release(holder, inDoubt);
  };
  try {
    const result = await work(lease);
    await giveBack(lease.inDoubt);
    return { kind: 'ran', result };
  } catch (error) {
    await giveBack(lease.inDoubtIfAborted);
    throw error;
  }
}
