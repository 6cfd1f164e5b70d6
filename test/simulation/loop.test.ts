/**
 * The whole loop in a simulated world, under a seed: events doubled and out of order, changes by hand, answers lost, runs
 * that die in the middle. After every step the invariants hold, and when the faults are over everything converges.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MappingEvent, type MappingRequest, supersedes } from '../../lib/core/domain/mapping-request.ts';
import type { HostName } from '../../lib/core/values/host-name.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../lib/core/values/time.ts';
import type { Changes, Ledger } from '../../lib/ledger/ledger.ts';
import { memoryLedger } from '../../lib/ledger/memory.ts';
import { checkDomains } from '../../lib/loop/runs/check.ts';
import { TooEarlyError } from '../../lib/loop/runs/sync.ts';
import { StandInAuthority } from '../../local/stand-in/authority.ts';
import { StandInDns } from '../../local/stand-in/dns.ts';
import { type Call, type Fault, type StandInOptions, StandInRunCloud } from '../../local/stand-in/runcloud.ts';
import { simulatedClock, skewedClock } from '../support/clock.ts';
import { domainsIn, Listener } from '../support/listener.ts';
import { Died, Lifetime, mortal } from '../support/mortal.ts';
import { runsOf } from '../support/property-runs.ts';
import { SCHEDULE } from '../support/schedule.ts';
import { createWorld, mapped, shops, type TestWorld, TOKEN, unmapped, type WorldOptions } from '../support/world.ts';

const NAMES = shops(4);
// A lease of two minutes, half a minute for the last request, and a quarter of an hour for a list that is late.
const LONGEST_PENDING_MS = 18 * MINUTE;
/** Listed in PROTECTED_DOMAINS. */
const PROTECTED = NAMES[3];

type Operation =
  | {
      readonly kind:
        | 'map'
        | 'map-www'
        | 'unmap'
        | 'add-by-hand'
        | 'remove-by-hand'
        | 'make-primary'
        | 'make-wildcard'
        | 'lead-away'
        | 'lead-back'
        /** Its customer asks for a look. */
        | 'check';
      readonly name: string;
    }
  | { readonly kind: 'deliver'; readonly count: number; readonly order: readonly number[]; readonly keep: boolean }
  /** `together`: two processes, one with events and one reconciling, at the same time. */
  | { readonly kind: 'reconcile' | 'scheduled' | 'together' }
  /** The queue delivers something once more that was done with long ago. */
  | { readonly kind: 'repeat'; readonly index: number }
  | { readonly kind: 'wait'; readonly minutes: number }
  /** From here on the service's clock is so far ahead of everybody else's. */
  | { readonly kind: 'clock'; readonly aheadMs: number }
  | { readonly kind: 'faults'; readonly share: number }
  /** The process dies at its n-th call to the ledger from here on. */
  | { readonly kind: 'die'; readonly after: number };

const name = fc.constantFrom(...NAMES);
/** By hand either form of a name is made, removed or changed. */
const eitherName = fc.constantFrom(...NAMES, ...NAMES, ...NAMES.map((each) => `www.${each}`));
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
      name: eitherName,
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
  {
    weight: 4,
    arbitrary: fc
      .constantFrom('reconcile' as const, 'scheduled' as const, 'scheduled' as const, 'together' as const)
      .map((kind) => ({ kind })),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('repeat' as const), index: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 90 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('lead-away' as const, 'lead-back' as const, 'lead-back' as const, 'check' as const),
      name,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('clock' as const),
      aheadMs: fc.constantFrom(0, 0, 4 * MINUTE, 40 * MINUTE, 2 * DAY, 400 * DAY),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('faults' as const), share: fc.constantFrom(0, 0.2, 0.6) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('die' as const), after: fc.integer({ min: 1, max: 8 }) }) },
);

function bareOf(name: string): string {
  return name.replace(/^www\./, '');
}

class Simulation {
  readonly clock = simulatedClock();
  readonly #dns = new StandInDns();
  /** The service's own. */
  readonly #clock = skewedClock(this.clock);
  readonly standIn = new StandInRunCloud({
    clock: this.clock,
    ssl: {
      authority: new StandInAuthority({ clock: this.clock, dns: this.#dns, addresses: [StandInRunCloud.address] }),
    },
    authorization: `Bearer ${TOKEN}`,
    fault: (call) => this.#watch(call) ?? this.#fault(),
  });
  readonly #listener = new Listener();
  readonly #ledger = this.#listener.watch(this.#watchLists(memoryLedger()));
  /** Highest id of the last whole list in the ledger. */
  #highestListed = 0;
  /**
   * Names of pending adds, and since when (epoch ms). What is made by hand under one of them may count as ours, until a list is late
   * enough to end that.
   */
  readonly #pending = new Map<string, number>();
  readonly #chance: () => number;
  readonly #madeByHand = new Set<number>();
  /** Made by hand under a name whose add was pending: it may count as ours, or not. */
  readonly #disputed = new Set<number>();
  /** Of these the clock made the service forget what a list that is late does not show yet: nobody else's, and not its own any more. */
  readonly #forgotten = new Set<string>();
  readonly #violations: string[] = [];
  readonly #queue: MappingEvent[] = [];
  readonly #latest = new Map<string, MappingRequest>();
  readonly #past: MappingEvent[] = [];
  #share = 0;
  readonly #lifetime = new Lifetime();
  #world: TestWorld | undefined;
  get #options(): WorldOptions {
    const settings = { protectedDomains: [PROTECTED ?? ''], www: 'never' } as const;
    return { clock: this.#clock, standIn: this.standIn, settings };
  }

  constructor(chance: () => number, oddities: Pick<StandInOptions, 'onDuplicate' | 'listLagMs' | 'paging'>) {
    this.#chance = chance;
    this.standIn.options = { ...this.standIn.options, ...oddities };
  }

  async play(operations: readonly Operation[]): Promise<void> {
    this.#world = await this.#boot();
    for (const name of NAMES.slice(0, 2)) this.#leadAway(name);
    // Until a list was read everything is on RunCloud since before, so the first run reads one.
    await this.#world.deliver(mapped('first.example', this.clock));
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
        if (supersedes(event.request, this.#latest.get(event.domain))) this.#latest.set(event.domain, event.request);
        this.#queue.push(event);
        this.#past.push(event);
        return;
      }
      case 'add-by-hand':
        if (!this.standIn.find(operation.name)) {
          const { id } = this.standIn.addByHand(operation.name);
          if (this.#pending.has(bareOf(operation.name))) this.#dispute(bareOf(operation.name));
          else this.#madeByHand.add(id);
        }
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
      case 'lead-away':
        this.#leadAway(operation.name);
        return;
      case 'lead-back':
        this.#dns.point(operation.name, StandInRunCloud.address);
        return;
      case 'check':
        await this.#alive((world) =>
          checkDomains(world, [operation.name as HostName], world.clock.now() + MINUTE).catch((error: unknown) => {
            // Its message comes back, and then it may be looked at.
            if (!(error instanceof TooEarlyError)) throw error;
          }),
        );
        return;
      case 'remove-by-hand':
        this.standIn.removeByHand(operation.name);
        return;
      case 'deliver': {
        // At least once and in any order: some come out of turn, and some stay to be delivered again.
        const batch = this.#queue.slice(0, operation.count);
        const shuffled = [...operation.order.flatMap((index) => this.#queue[index] ?? []), ...batch];
        if (shuffled.length === 0) return;
        if (await this.#alive((world) => world.deliver(...shuffled))) {
          if (!operation.keep) this.#queue.splice(0, batch.length);
        }
        return;
      }
      case 'reconcile':
        await this.#alive((world) => world.ask({ action: 'reconcile' }));
        return;
      case 'scheduled':
        await this.#alive((world) => world.ask(SCHEDULE));
        return;
      case 'together': {
        const other = await this.#boot(this.#ledger);
        const batch = this.#queue.splice(0);
        await Promise.all([
          batch.length > 0 ? other.deliver(...batch) : undefined,
          this.#alive((world) => world.ask({ action: 'reconcile' })),
        ]);
        return;
      }
      case 'repeat': {
        const event = this.#past[operation.index];
        if (event) await this.#alive((world) => world.deliver(event));
        return;
      }
      case 'wait':
        this.clock.advance(operation.minutes * MINUTE);
        return;
      case 'clock':
        if (operation.aheadMs > this.#clock.aheadMs) this.#forgetUnlisted();
        this.#clock.aheadMs = operation.aheadMs;
        return;
      case 'faults':
        this.#share = operation.share;
        return;
      case 'die':
        this.#lifetime.calls = operation.after;
    }
  }

  /** Runs the work; returns whether the process lived through it. A dead one is replaced by a new one. */
  async #alive(work: (world: TestWorld) => Promise<unknown>): Promise<boolean> {
    try {
      if (this.#world) await work(this.#world);
      return true;
    } catch (error) {
      if (!(error instanceof Died)) throw error;
      for (const each of NAMES) this.#setPending(each);
      this.#lifetime.calls = Number.POSITIVE_INFINITY;
      this.#world = await this.#boot();
      return false;
    }
  }

  async #boot(ledger = mortal(this.#ledger, this.#lifetime)): Promise<TestWorld> {
    const refuse = () => {
      if (this.#chance() >= this.#share) return undefined;
      return this.#chance() < 0.5 ? ('all' as const) : ('the rest' as const);
    };
    return Object.assign(await createWorld({ ...this.#options, ledger }), { tell: this.#listener.teller(refuse) });
  }

  /** Nothing tells an object made by hand after the last list from the outcome of an add of the same name. */
  #setPending(added: string): void {
    const domain = bareOf(added);
    this.#pending.set(domain, this.clock.now());
    for (const each of [domain, `www.${domain}`]) {
      const unlisted = this.standIn.find(each);
      if (unlisted && unlisted.id > this.#highestListed && this.#madeByHand.delete(unlisted.id))
        this.#disputed.add(unlisted.id);
    }
  }

  /** Beside an object made by hand the outcome of such an add may be taken for the one that was made by hand. */
  #dispute(domain: string): void {
    for (const each of [domain, `www.${domain}`]) {
      const unlisted = this.standIn.find(each);
      if (unlisted && unlisted.id > this.#highestListed) this.#disputed.add(unlisted.id);
    }
  }

  /** A clock that jumps ahead ends the waits for a list that is late. */
  #forgetUnlisted(): void {
    const over = this.clock.now() - LONGEST_PENDING_MS;
    const young = this.standIn.domains.filter(({ createdAt }) => createdAt > over).map((each) => each.name);
    const pending = [...this.#pending.keys()].flatMap((each) => [each, `www.${each}`]);
    for (const each of [...young, ...pending]) this.#forgotten.add(each);
  }

  #watchLists(ledger: Ledger): Ledger {
    const record = ({ application }: Changes): void => {
      if (!application?.snapshot) return;
      this.#highestListed = application.snapshot.highestId;
      const over = this.clock.now() - LONGEST_PENDING_MS;
      for (const [name, since] of this.#pending) if (since < over) this.#pending.delete(name);
    };
    return {
      ...ledger,
      save: async (holder, changes) => {
        await ledger.save(holder, changes);
        record(changes);
      },
      release: async (holder, pendingAdds, last) => {
        await ledger.release(holder, pendingAdds, last);
        record(last);
      },
    };
  }

  /** Checks each request as it arrives, before it is carried out. */
  #watch({ method, path, body }: Pick<Call, 'method' | 'path'> & { readonly body: string }): undefined {
    if (method === 'POST' && path.endsWith('/domains')) this.#setPending(JSON.parse(body).name);
    if (method !== 'DELETE' && method !== 'PATCH') return;
    const id = Number(/\/domains\/(\d+)/.exec(path)?.[1]);
    const domain = this.standIn.domains.find((each) => each.id === id);
    if (domain?.wildcard) this.#violations.push(`${method} of the wildcard ${domain.name}`);
    if (domain?.type === 'primary') this.#violations.push(`${method} of the primary domain ${domain.name}`);
    if (this.#madeByHand.has(id)) this.#violations.push(`${method} of ${domain?.name}, which was made by hand`);
    if (domain?.name === PROTECTED) this.#violations.push(`${method} of the protected ${PROTECTED}`);
  }

  /** `www.` stays here, and the bare name goes to a redirect service. */
  #leadAway(name: string): void {
    this.#dns.point(`www.${name}`, StandInRunCloud.address);
    this.#dns.point(name, '198.51.100.1');
  }

  #isByHand(id: number): boolean {
    return this.#madeByHand.has(id) || this.#disputed.has(id);
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
    this.#clock.aheadMs = 0;
    this.#lifetime.calls = Number.POSITIVE_INFINITY;
    // What a dead process did not work on comes back to the next one.
    let isDelivered = this.#queue.length === 0;
    while (!isDelivered) isDelivered = await this.#alive((world) => world.deliver(...this.#queue));
    // What is due within a day may have been written by a clock that was two days ahead: then it is due on the third.
    for (let day = 0; day < 4; day++) {
      this.clock.advance(DAY);
      await this.#alive((world) => world.ask(SCHEDULE));
      this.#check();
    }
    for (const [domain, request] of this.#latest) {
      const found = this.standIn.find(domain) ?? this.standIn.find(`www.${domain}`);
      if (request.kind === 'mapped' && domain !== PROTECTED) expect(found, `${domain} is mapped`).toBeDefined();
      if (request.kind === 'unmapped') this.#expectGone(domain);
    }
    const writes = this.standIn.writes.length;
    await this.#alive((world) => world.ask({ action: 'reconcile' }));
    expect(this.standIn.writes.length, 'a run without drift writes nothing').toBe(writes);
    const domains = [...this.#latest.keys()];
    if (domains.length === 0) return this.#expectTold();
    await this.#alive((world) => world.deliver(...domains.map((domain) => unmapped(domain, this.clock))));
    // Of two objects of a domain one goes in each run.
    for (let hour = 0; hour < 6; hour++) {
      this.clock.advance(HOUR);
      await this.#alive((world) => world.ask(SCHEDULE));
    }
    for (const domain of domains) this.#expectGone(domain);
    await this.#expectTold();
  }

  /** Also what a run made that was killed, or that the bus did not take. */
  async #expectTold(): Promise<void> {
    this.#listener.expectAllTold();
    const last = new Map<string, string>();
    for (const event of this.#listener.told) for (const domain of domainsIn(event)) last.set(domain, event.type);
    for (const [domain, { state }] of await this.#ledger.readAll()) {
      const isThere = last.has(domain) && last.get(domain) !== 'domain.removed';
      expect(isThere, `who listens knows whether ${domain} is there`).toBe(state.told !== undefined);
    }
  }

  #expectGone(domain: string): void {
    for (const left of [this.standIn.find(domain), this.standIn.find(`www.${domain}`)]) {
      const mayStay =
        !left || this.#isByHand(left.id) || this.#forgotten.has(left.name) || left.type === 'primary' || left.wildcard;
      expect(mayStay, `${left?.name} stays only if it is primary or made by hand`).toBe(true);
    }
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
      runsOf('simulation'),
    );
  }, 600_000);
});
