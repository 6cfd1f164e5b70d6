/**
 * The whole loop in a simulated world, under a seed: events doubled and out of order, changes by hand, answers lost, runs
 * that die in the middle. After every step the invariants hold, and when the faults are over everything converges.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MappingEvent, supersedes, type Wish } from '../../lib/core/domain/mapping-request.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../lib/core/values/time.ts';
import { memoryLedger } from '../../lib/ledger/memory.ts';
import { type Call, type Fault, type StandInOptions, StandInRunCloud } from '../../local/stand-in/runcloud.ts';
import { simulatedClock } from '../support/clock.ts';
import { Died, Lifetime, mortal } from '../support/mortal.ts';
import { createWorld, mapped, shops, type TestWorld, TOKEN, unmapped, type WorldOptions } from '../support/world.ts';

const NAMES = shops(4);
/** Listed in PROTECTED_DOMAINS. */
const PROTECTED = NAMES[3];

type Operation =
  | {
      readonly kind: 'map' | 'map-www' | 'unmap' | 'add-by-hand' | 'remove-by-hand' | 'make-primary' | 'make-wildcard';
      readonly name: string;
    }
  | { readonly kind: 'deliver'; readonly count: number; readonly order: readonly number[]; readonly keep: boolean }
  /** `together`: two processes, one with events and one reconciling, at the same time. */
  | { readonly kind: 'reconcile' | 'together' }
  /** The queue delivers something once more that was done with long ago. */
  | { readonly kind: 'repeat'; readonly index: number }
  | { readonly kind: 'wait'; readonly minutes: number }
  | { readonly kind: 'faults'; readonly share: number }
  /** The process dies at its n-th word to the ledger from here on. */
  | { readonly kind: 'die'; readonly after: number };

const name = fc.constantFrom(...NAMES);
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('map' as const, 'map' as const, 'map-www' as const, 'unmap' as const, 'unmap' as const),
      name,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'add-by-hand' as const,
        'remove-by-hand' as const,
        'add-by-hand' as const,
        'make-primary' as const,
        'make-wildcard' as const,
      ),
      name,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('deliver' as const),
      count: fc.integer({ min: 1, max: 6 }),
      order: fc.array(fc.nat(5), { maxLength: 4 }),
      keep: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.constantFrom({ kind: 'reconcile' as const }, { kind: 'together' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('repeat' as const), index: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 90 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('faults' as const), share: fc.constantFrom(0, 0.2, 0.6) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('die' as const), after: fc.integer({ min: 1, max: 8 }) }) },
);

class Simulation {
  readonly clock = simulatedClock();
  readonly standIn = new StandInRunCloud({
    // Hours ahead, so that only what was learned of RunCloud's clock can tell when something was made.
    zoneMs: 8 * HOUR,
    clock: this.clock,
    authorization: `Bearer ${TOKEN}`,
    fault: (call) => this.#watch(call) ?? this.#fault(),
  });
  readonly #ledger = memoryLedger();
  readonly #chance: () => number;
  readonly #madeByHand = new Set<number>();
  readonly #violations: string[] = [];
  readonly #queue: MappingEvent[] = [];
  readonly #latest = new Map<string, Wish>();
  readonly #past: MappingEvent[] = [];
  #share = 0;
  #leaseOfTheDead = 0;
  readonly #lifetime = new Lifetime();
  #world: TestWorld | undefined;
  get #options(): WorldOptions {
    const settings = { protectedDomains: [PROTECTED ?? ''], www: 'never' } as const;
    return { clock: this.clock, standIn: this.standIn, settings };
  }

  constructor(chance: () => number, oddities: Pick<StandInOptions, 'onDuplicate' | 'listLagMs' | 'paging'>) {
    this.#chance = chance;
    this.standIn.options = { ...this.standIn.options, ...oddities };
  }

  async play(operations: readonly Operation[]): Promise<void> {
    this.#world = await this.#boot();
    // The first answer to an add shows how RunCloud's clock runs.
    await this.#world.hear(mapped('first.example', this.clock));
    for (const each of operations) {
      await this.#do(each);
      this.#check();
    }
    await this.#comeToRest();
  }

  async #do(operation: Operation): Promise<void> {
    switch (operation.kind) {
      case 'map':
      case 'map-www':
      case 'unmap': {
        this.clock.advance(1);
        const event =
          operation.kind === 'unmap'
            ? unmapped(operation.name, this.clock)
            : mapped(operation.kind === 'map' ? operation.name : `www.${operation.name}`, this.clock);
        if (supersedes(event.wish, this.#latest.get(event.domain))) this.#latest.set(event.domain, event.wish);
        this.#queue.push(event);
        this.#past.push(event);
        return;
      }
      case 'add-by-hand':
        // An add may go on for half a minute after its connection was lost, and a date within 15 s counts as now.
        this.clock.advance(45 * SECOND);
        // What a killed process was about to add may have been its doing until its lease ran out.
        if (this.clock.now() < this.#leaseOfTheDead) this.clock.advance(2 * MINUTE);
        if (!this.standIn.find(operation.name)) this.#madeByHand.add(this.standIn.addByHand(operation.name).id);
        this.clock.advance(20 * SECOND);
        return;
      case 'make-primary': {
        const chosen = this.standIn.find(operation.name);
        if (!chosen) return;
        for (const domain of this.standIn.domains) if (domain.type === 'primary') domain.type = 'alias';
        chosen.type = 'primary';
        return;
      }
      case 'make-wildcard': {
        const chosen = this.standIn.find(operation.name);
        if (chosen) chosen.wildcard = true;
        return;
      }
      case 'remove-by-hand':
        this.standIn.removeByHand(operation.name);
        return;
      case 'deliver': {
        // At least once and in any order: some are taken out of turn, and some stay to be delivered again.
        const batch = this.#queue.slice(0, operation.count);
        const shuffled = [...operation.order.flatMap((index) => this.#queue[index] ?? []), ...batch];
        if (shuffled.length === 0) return;
        if (await this.#alive((world) => world.hear(...shuffled))) {
          if (!operation.keep) this.#queue.splice(0, batch.length);
        }
        return;
      }
      case 'reconcile':
        await this.#alive((world) => world.ask({ action: 'reconcile' }));
        return;
      case 'together': {
        const other = await createWorld({ ...this.#options, ledger: this.#ledger });
        const batch = this.#queue.splice(0);
        await Promise.all([
          batch.length > 0 ? other.hear(...batch) : undefined,
          this.#alive((world) => world.ask({ action: 'reconcile' })),
        ]);
        return;
      }
      case 'repeat': {
        const event = this.#past[operation.index];
        if (event) await this.#alive((world) => world.hear(event));
        return;
      }
      case 'wait':
        this.clock.advance(operation.minutes * MINUTE);
        return;
      case 'faults':
        this.#share = operation.share;
        return;
      case 'die':
        this.#lifetime.words = operation.after;
    }
  }

  /** Runs the work; returns whether the process lived through it. A dead one is replaced by a new one. */
  async #alive(work: (world: TestWorld) => Promise<unknown>): Promise<boolean> {
    try {
      if (this.#world) await work(this.#world);
      return true;
    } catch (error) {
      if (!(error instanceof Died)) throw error;
      this.#leaseOfTheDead = this.clock.now() + 2 * MINUTE + 5 * SECOND;
      this.#lifetime.words = Number.POSITIVE_INFINITY;
      this.#world = await this.#boot();
      return false;
    }
  }

  async #boot(): Promise<TestWorld> {
    return createWorld({ ...this.#options, ledger: mortal(this.#ledger, this.#lifetime) });
  }

  /** Looks at each request as it comes, before anything is done about it. */
  #watch({ method, path }: Pick<Call, 'method' | 'path'>): undefined {
    if (method !== 'DELETE' && method !== 'PATCH') return;
    const id = Number(/\/domains\/(\d+)/.exec(path)?.[1]);
    const domain = this.standIn.domains.find((each) => each.id === id);
    if (domain?.wildcard) this.#violations.push(`${method} of the wildcard ${domain.name}`);
    if (domain?.type === 'primary') this.#violations.push(`${method} of the primary domain ${domain.name}`);
    if (this.#madeByHand.has(id)) this.#violations.push(`${method} of ${domain?.name}, which was made by hand`);
    if (domain?.name === PROTECTED) this.#violations.push(`${method} of the protected ${PROTECTED}`);
  }

  #fault(): Fault | undefined {
    if (this.#chance() >= this.#share) return undefined;
    const carriedOut = this.#chance() < 0.4;
    return this.#chance() < 0.5 ? { kind: 'no-answer', carriedOut } : { kind: 'status', status: 500, carriedOut };
  }

  #check(): void {
    const { names } = this.standIn;
    expect(new Set(names).size, 'no name is there twice').toBe(names.length);
    expect(names, 'the first primary domain was never ours').toContain('network.example');
    expect(this.#violations, 'what is not ours is not touched').toEqual([]);
  }

  async #comeToRest(): Promise<void> {
    this.#share = 0;
    this.#lifetime.words = Number.POSITIVE_INFINITY;
    // What a dead process did not work on comes back to the next one.
    let isHeard = this.#queue.length === 0;
    while (!isHeard) isHeard = await this.#alive((world) => world.hear(...this.#queue));
    for (let day = 0; day < 3; day++) {
      this.clock.advance(DAY);
      await this.#alive((world) => world.ask({ action: 'reconcile' }));
      this.#check();
    }
    for (const [domain, wish] of this.#latest) {
      const found = this.standIn.find(domain);
      if (wish.kind === 'mapped' && domain !== PROTECTED) expect(found, `${domain} is mapped`).toBeDefined();
      if (wish.kind === 'unmapped' && found) {
        const mayStay = this.#madeByHand.has(found.id) || found.type === 'primary' || found.wildcard;
        expect(mayStay, `${domain} stays only if it is primary or made by hand`).toBe(true);
      }
    }
    const writes = this.standIn.writes.length;
    await this.#alive((world) => world.ask({ action: 'reconcile' }));
    expect(this.standIn.writes.length, 'a run without drift writes nothing').toBe(writes);
  }
}

describe('the whole loop, in a simulated world', () => {
  it('never touches what is not its own, adds nothing twice, and converges when faults are over', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(operation, { minLength: 5, maxLength: 40 }),
        fc.infiniteStream(fc.double({ min: 0, max: 0.999999, noNaN: true })),
        fc.record({
          onDuplicate: fc.constantFrom('refuse' as const, 'old-object' as const),
          listLagMs: fc.constantFrom(0, 3 * MINUTE),
          paging: fc.constantFrom('pagination' as const, 'lastPage' as const),
        }),
        async (operations, stream, oddities) => {
          await new Simulation(() => stream.next().value, oddities).play(operations);
        },
      ),
      { numRuns: Number(process.env['SIMULATION_RUNS'] ?? 200) },
    );
  });
});
