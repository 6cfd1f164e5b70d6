/**
 * The truth of the network, in a simulated world, under a seed: events that are late, repeated or false, answers that are
 * spoilt, kept by a page cache or late, rows that are odd, settings that change, runs that die. A domain that the network maps on a living site is never deleted from RunCloud. One
 * that it no longer maps is deleted only after its grace, or by a signed event that the network did not refute. When the faults are
 * over, RunCloud has what the network maps and nothing else of ours.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MappingEvent } from '../../lib/core/domain/mapping-request.ts';
import type { PlanSettings } from '../../lib/core/plan/input.ts';
import { type HostName, parseMapping } from '../../lib/core/values/host-name.ts';
import { DAY, HOUR, MINUTE } from '../../lib/core/values/time.ts';
import { memoryLedger } from '../../lib/ledger/memory.ts';
import { syncDomains } from '../../lib/loop/runs/sync.ts';
import {
  type MultisiteOptions,
  type NetworkReply,
  StandInMultisite,
  type StandInSite,
} from '../../local/stand-in/multisite.ts';
import { type Call, StandInRunCloud } from '../../local/stand-in/runcloud.ts';
import { simulatedClock } from '../support/clock.ts';
import { Died, Lifetime, mortal } from '../support/mortal.ts';
import { pageCache } from '../support/page-cache.ts';
import { runsOf } from '../support/property-runs.ts';
import { SCHEDULE } from '../support/schedule.ts';
import { createWorld, mapped, RUN, SETTINGS, type TestWorld, TOKEN, unmapped } from '../support/world.ts';

/** Always mapped, so that a list without any row is never true. */
const ANCHOR = 'anchor.example';
const NAMES = [
  ...['a.example', 'www.a.example', 'www.b.example', 'c.example'],
  // One name in both of its spellings, and one more.
  ...['bücher.example', 'xn--bcher-kva.example', 'müller.example'],
  ...['shop.network.example', 'blog.network.example'],
  ...['d.example', 'e.example', 'f.example', 'g.example', 'h.example', 'i.example', 'j.example'],
];
const DOMAINS = [...new Set(NAMES.map(domainOf))];
const GRACE = HOUR;
const BRAKES = { usual: { count: 5, percent: 5 }, none: SETTINGS.brake };

/** How answers of the network are spoilt. `cut`: the newest rows of a list are not there, though they are counted. */
const SPOILT = {
  fails: () => ({ status: 500, body: {} }),
  html: () => ({ body: '<html>Maintenance</html>' }),
  empty: () => ({ body: [] }),
  'empty by its total': () => ({ headers: { 'x-wp-total': '0', 'x-wp-totalpages': '0' }, body: [] }),
  cut: ({ headers = {}, body }) => ({ headers, body: Array.isArray(body) ? body.slice(0, -1) : body }),
  'site not found': () => ({ status: 404, body: '<html>Not found</html>' }),
} satisfies Record<string, (right: NetworkReply) => NetworkReply>;

type Row = Readonly<Record<string, unknown>>;

/** Fields that cannot be understood. `stage` alone does not keep a row from counting. */
const ODD = {
  'active null': { active: null },
  'blog_id 0': { blog_id: '0' },
  'a name with a port': (row) => ({ domain: `${row['domain']}:8080` }),
  'no stage': { stage: null },
} satisfies Record<string, Row | ((row: Row) => Row)>;

const ODD_NAMES = ['my_shop.example', 'port.example:8080', 'co.uk', '*.x', 'two names.example', ''];

type Spoilt = keyof typeof SPOILT;
type Delivery = 'at once' | 'late' | 'never';

type Operation =
  | { readonly kind: 'map' | 'unmap'; readonly name: string; readonly delivery: Delivery }
  /** Unmapped, with a late event, and mapped again without any: a site that is set up anew. */
  | { readonly kind: 'remap'; readonly from: number; readonly count: number }
  | { readonly kind: 'rename'; readonly name: string; readonly to: string }
  | {
      readonly kind: 'archive' | 'revive' | 'subdomain-site';
      readonly name: string;
      readonly state: StandInSite['state'];
    }
  /** A hint, sent by somebody who knows the address, of what may not be mapped at all. */
  | { readonly kind: 'forge'; readonly name: string }
  /** Events that are late are delivered now. */
  | { readonly kind: 'deliver'; readonly count: number }
  /** An event that was delivered already comes once more. */
  | { readonly kind: 'replay'; readonly from: number; readonly count: number }
  | { readonly kind: 'recheck'; readonly from: number; readonly count: number }
  | { readonly kind: 'reconcile' | 'scheduled' }
  /** Two reconciles, with the grace between them: what a list lacks that is believed twice goes. */
  | { readonly kind: 'pass-grace' }
  | { readonly kind: 'wait'; readonly minutes: number }
  | {
      readonly kind: 'spoil';
      readonly how: Spoilt;
      readonly what: 'lists' | 'questions' | 'all';
      readonly of: '/domain' | '/site' | '/';
      readonly share: number;
    }
  | { readonly kind: 'ignore-filters' | 'answer-well' }
  /** A page cache in front of the network, or lists that stay as they are now. */
  | { readonly kind: 'cache' | 'lag' }
  /** Rows of this domain, or of the site at this place, are shown so that nobody understands them. */
  | { readonly kind: 'odd-row'; readonly name: string; readonly row: keyof typeof ODD }
  /** Somebody maps a name that is none. */
  | { readonly kind: 'odd-name'; readonly name: string }
  | { readonly kind: 'settings'; readonly settings: Partial<PlanSettings> }
  | { readonly kind: 'die'; readonly after: number };

// Most of it happens to a few, so that one thing follows upon another.
const name = fc.oneof(
  fc.constantFrom('a.example', 'bücher.example', 'shop.network.example'),
  fc.constantFrom(...NAMES),
);
const place = fc.oneof(fc.constant(0), fc.nat(30));
const batch = fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 15 }));

function kind<K extends Operation['kind']>(...kinds: K[]): fc.Arbitrary<K> {
  return fc.constantFrom(...kinds);
}

const delivery = fc.constantFrom<Delivery>('at once', 'late', 'late', 'never');
const operation = fc.oneof<fc.WeightedArbitrary<Operation>[]>(
  { weight: 6, arbitrary: fc.record({ kind: kind('map', 'unmap', 'unmap'), name, delivery }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('remap'), from: place, count: batch }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('rename'), name, to: name }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: kind('archive', 'revive', 'subdomain-site'),
      name,
      state: fc.constantFrom<StandInSite['state']>('archived', 'spam', 'deleted'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('forge'), name }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('deliver'), count: batch }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('replay', 'recheck'), from: place, count: batch }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('reconcile', 'scheduled', 'pass-grace') }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: kind('wait'), minutes: fc.constantFrom(1, 10, 50, 70, 6 * 60, 26 * 60, 5 * 24 * 60) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: kind('spoil'),
      how: fc.constantFrom(...(Object.keys(SPOILT) as Spoilt[])),
      what: fc.constantFrom('lists' as const, 'questions' as const, 'all' as const),
      of: fc.constantFrom('/domain' as const, '/site' as const, '/' as const),
      share: fc.constantFrom(1, 1, 0.5),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('ignore-filters', 'answer-well', 'answer-well') }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('cache', 'lag') }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: kind('odd-row'),
      name,
      row: fc.constantFrom(...(Object.keys(ODD) as (keyof typeof ODD)[])),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('odd-name'), name: fc.constantFrom(...ODD_NAMES) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: kind('settings'),
      settings: fc.constantFrom<Partial<PlanSettings>>(
        {},
        { subdomains: 'ignore' },
        { subdomains: 'wildcard' },
        { policy: 'observe' },
        { policy: 'create-only' },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('die'), after: fc.integer({ min: 1, max: 8 }) }) },
);

function domainOf(name: string): HostName {
  const parsed = parseMapping(name);
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.domain;
}

type Oddities = {
  readonly paging: NonNullable<MultisiteOptions['paging']>;
  readonly brake: keyof typeof BRAKES;
};

class Simulation {
  readonly clock = simulatedClock();
  readonly standIn = new StandInRunCloud({
    clock: this.clock,
    authorization: `Bearer ${TOKEN}`,
    limit: { requests: 1_000_000, retryAfter: true, headers: true },
    fault: (call) => this.#watch(call),
  });
  readonly site: StandInMultisite;
  readonly #well: MultisiteOptions;
  readonly #chance: () => number;
  readonly #ledger = memoryLedger();
  readonly #lifetime = new Lifetime();
  /** What was deleted and should not have been. */
  readonly #deleted: string[] = [];
  /** Since when (ms) the network has not mapped what it once mapped. */
  readonly #goneSince = new Map<string, number>();
  #mappedBefore: ReadonlySet<string> = new Set();
  /** Domains that a signed event called unmapped, unless the network was asked since and mapped them. */
  readonly #calledGone = new Set<string>();
  readonly #undelivered: MappingEvent[] = [];
  readonly #delivered: MappingEvent[] = [];
  readonly #usual: PlanSettings;
  #settings: PlanSettings;
  /** When lists began to be without any row, as long as no run has read a right one since. */
  #emptySince: number | undefined;
  /** Lists were late at some time. What a late list lacked all along goes, whatever came and went meanwhile. */
  #lagged = false;
  #world: TestWorld | undefined;

  constructor(chance: () => number, { paging, brake }: Oddities) {
    this.#chance = chance;
    this.#usual = { ...SETTINGS, graceMs: GRACE, brake: BRAKES[brake] };
    this.#settings = this.#usual;
    this.#well = { host: 'network.example', key: 'key', secret: 'secret', clock: this.clock, paging };
    this.site = new StandInMultisite(this.#well);
  }

  async play(first: readonly string[], operations: readonly Operation[]): Promise<void> {
    this.site.map(ANCHOR);
    for (const each of first) this.#map(each);
    await this.#boot();
    await this.#alive((world) => world.ask({ action: 'reconcile' }));
    for (const each of operations) {
      this.clock.advance(1);
      await this.#do(each);
      // What goes now is gone from now on, and not from the next run.
      this.#recordTruth();
      expect(this.#deleted, `deleted wrongly, at ${JSON.stringify(each)}`).toEqual([]);
    }
    await this.#comeToRest();
  }

  async #do(operation: Operation): Promise<void> {
    switch (operation.kind) {
      case 'map':
        this.#map(operation.name);
        return this.#announce(mapped(operation.name, this.clock), operation.delivery);
      case 'unmap':
        this.site.unmap(operation.name);
        return this.#announce(unmapped(operation.name, this.clock), operation.delivery);
      case 'remap':
        for (const each of NAMES.slice(operation.from % NAMES.length).slice(0, operation.count)) {
          this.site.unmap(each);
          this.#undelivered.push(unmapped(each, this.clock));
          this.clock.advance(1);
          this.#map(each);
        }
        return;
      case 'rename': {
        const mapping = this.site.mappings.find(({ domain }) => domain === operation.name);
        if (mapping && !this.site.mappings.some(({ domain }) => domain === operation.to)) mapping.domain = operation.to;
        return;
      }
      case 'archive':
      case 'revive': {
        const site = this.#siteOf(operation.name);
        if (site) site.state = operation.kind === 'revive' ? 'alive' : operation.state;
        return;
      }
      case 'subdomain-site':
        if (operation.name.endsWith('.network.example')) this.site.addSite(operation.name);
        return;
      case 'forge': {
        const { domain, request } = mapped(operation.name, this.clock);
        if (request.kind === 'mapped') await this.#deliver([{ domain, request: { ...request, trust: 'hint' } }]);
        return;
      }
      case 'deliver':
        return this.#deliver(this.#undelivered.splice(0, operation.count));
      case 'replay':
        return this.#deliver(this.#delivered.slice(operation.from, operation.from + operation.count));
      case 'recheck': {
        const domains = DOMAINS.slice(operation.from % DOMAINS.length).slice(0, operation.count);
        const lived = await this.#alive((world) =>
          syncDomains(world, new Map(domains.map((domain) => [domain, 1])), this.clock.now() + RUN),
        );
        if (lived) this.#refute(domains);
        return;
      }
      case 'reconcile':
        return this.#reconcile();
      case 'scheduled':
        return this.#reconcile(SCHEDULE);
      case 'pass-grace':
        await this.#reconcile(SCHEDULE);
        this.clock.advance(GRACE + 10 * MINUTE);
        return this.#reconcile(SCHEDULE);
      case 'wait':
        this.clock.advance(operation.minutes * MINUTE);
        return;
      case 'spoil':
        this.site.options = { ...this.#well, spoil: this.#spoil(operation) };
        return;
      case 'ignore-filters':
        this.site.options = { ...this.#well, filters: 'ignored' };
        return;
      case 'answer-well':
        this.site.options = this.#well;
        return;
      case 'cache':
        this.site.options = { ...this.#well, spoil: pageCache() };
        return;
      case 'lag':
        this.site.options = { ...this.#well, lists: this.site.lists() };
        this.#lagged = true;
        return;
      case 'odd-row':
        this.site.options = { ...this.#well, spoil: showOdd(operation.name, ODD[operation.row]) };
        return;
      case 'odd-name':
        this.#map(operation.name);
        return;
      case 'settings':
        this.#settings =
          Object.keys(operation.settings).length > 0 ? { ...this.#usual, ...operation.settings } : this.#usual;
        return this.#boot();
      case 'die':
        this.#lifetime.calls = operation.after;
    }
  }

  #map(name: string): void {
    if (!this.site.mappings.some(({ domain }) => domain === name)) this.site.map(name);
  }

  #siteOf(name: string): StandInSite | undefined {
    const mapping = this.site.mappings.find(({ domain }) => domain === name);
    return this.site.sites.find(({ id, host }) => (mapping ? id === mapping.siteId : host === name));
  }

  /** What is served by right: by a mapping that is active on a living site, or as the address of one. */
  #truth(): Set<string> {
    const alive = this.site.sites.filter(({ state }) => state === 'alive');
    const ids = new Set(alive.map(({ id }) => id));
    const names = [
      ...this.site.mappings.filter(({ active, siteId }) => active && ids.has(siteId)).map(({ domain }) => domain),
      ...alive.map(({ host }) => host),
    ];
    const domains = names.filter((each) => !ODD_NAMES.includes(each)).map(domainOf);
    return new Set(domains.filter((domain) => domain !== this.#well.host));
  }

  /** Checks each request as it arrives, before it is carried out. */
  #watch({ method, path }: Pick<Call, 'method' | 'path'>): undefined {
    if (method !== 'DELETE') return;
    const id = Number(/\/domains\/(\d+)/.exec(path)?.[1]);
    const domain = this.standIn.domains.find((each) => each.id === id);
    if (!domain) return;
    const name = domainOf(domain.name);
    const goneFor = this.clock.now() - (this.#goneSince.get(name) ?? Number.NEGATIVE_INFINITY);
    if (this.#truth().has(name)) this.#deleted.push(`${name}, which is mapped`);
    else if (goneFor < GRACE && !this.#calledGone.has(name) && !this.#lagged)
      this.#deleted.push(`${name}, within its grace`);
  }

  #recordTruth(): void {
    const truth = this.#truth();
    for (const domain of truth) this.#goneSince.delete(domain);
    for (const domain of this.#mappedBefore) {
      if (!truth.has(domain) && !this.#goneSince.has(domain)) this.#goneSince.set(domain, this.clock.now());
    }
    this.#mappedBefore = new Set([...this.#mappedBefore, ...truth]);
  }

  /** Of the domains that a run asked about, those that the network maps refute the event that unmapped them. */
  #refute(domains: Iterable<string>): void {
    if (this.site.options !== this.#well || this.#settings !== this.#usual) return;
    const truth = this.#truth();
    for (const domain of domains) if (truth.has(domain)) this.#calledGone.delete(domain);
  }

  async #announce(event: MappingEvent, when: Delivery): Promise<void> {
    if (when === 'late') this.#undelivered.push(event);
    if (when === 'at once') await this.#deliver([event]);
  }

  async #deliver(events: readonly MappingEvent[]): Promise<void> {
    if (events.length === 0) return;
    this.#delivered.push(...events);
    for (const { domain, request } of events) if (request.kind === 'unmapped') this.#calledGone.add(domain);
    const lived = await this.#alive((world) => world.deliver(...events));
    if (lived) this.#refute(events.map(({ domain }) => domain));
  }

  async #reconcile(request: object = { action: 'reconcile' }): Promise<void> {
    const lived = await this.#alive((world) => world.ask(request));
    if (lived) this.#refute(this.#truth());
    const { network } = await this.#ledger.readApplication();
    const wasRead = this.#world?.measured.at(-1)?.NetworkRead === 1;
    if (lived && wasRead && !network?.emptySince) this.#emptySince = undefined;
  }

  #spoil({ how, what, of, share }: Operation & { kind: 'spoil' }): NonNullable<MultisiteOptions['spoil']> {
    return ({ path }, right) => {
      const url = new URL(path, 'http://network');
      if (url.pathname === '/auth' || !url.pathname.startsWith(of)) return undefined;
      const isList = url.searchParams.has('order');
      if (what !== 'all' && (what === 'lists') !== isList) return undefined;
      if (how === 'site not found' && !url.pathname.startsWith('/site/')) return undefined;
      // The newest row is asked for from the other end, where a list that is cut still has it.
      if (how === 'cut' && url.searchParams.get('order') !== 'ASC') return undefined;
      if (this.#chance() >= share || (isList && how.startsWith('empty') && !this.#mayBeEmpty())) return undefined;
      return SPOILT[how](right);
    };
  }

  /** A list that stays empty is believed after a while, as it should be, so here none stays so. */
  #mayBeEmpty(): boolean {
    this.#emptySince ??= this.clock.now();
    return this.clock.now() - this.#emptySince < GRACE - RUN;
  }

  /** Runs the work; returns whether the process lived through it. A dead one is replaced once its lease has run out. */
  async #alive(work: (world: TestWorld) => Promise<unknown>): Promise<boolean> {
    this.#recordTruth();
    try {
      if (this.#world) await work(this.#world);
      return true;
    } catch (error) {
      if (!(error instanceof Died)) throw error;
      this.#lifetime.calls = Number.POSITIVE_INFINITY;
      this.clock.advance(3 * MINUTE);
      await this.#boot();
      return false;
    }
  }

  async #boot(): Promise<void> {
    this.#world = await createWorld({
      clock: this.clock,
      standIn: this.standIn,
      network: this.site,
      settings: this.#settings,
      ledger: mortal(this.#ledger, this.#lifetime),
    });
  }

  async #heldByBrake(): Promise<Set<string>> {
    const plan = await this.#world?.ask({ action: 'plan' });
    const held = (plan?.['holds'] ?? []) as readonly { readonly domain: string; readonly code: string }[];
    return new Set(held.filter(({ code }) => code === 'brake').map(({ domain }) => domain));
  }

  async #comeToRest(): Promise<void> {
    this.site.options = this.#well;
    // A row without a name doubts every list until somebody corrects it.
    this.site.unmap('');
    this.#settings = this.#usual;
    this.#lifetime.calls = Number.POSITIVE_INFINITY;
    await this.#boot();
    await this.#deliver(this.#undelivered.splice(0));
    for (let day = 0; day < 4; day++) {
      this.clock.advance(DAY);
      await this.#reconcile();
      expect(this.#deleted, 'deleted wrongly, at rest').toEqual([]);
    }
    const truth = this.#truth();
    const present = this.standIn.names.map(domainOf).filter((domain) => domain !== this.#well.host);
    expect(present, 'what is mapped is there').toEqual(expect.arrayContaining([...truth]));
    const kept = await this.#heldByBrake();
    const left = present.filter((domain) => !truth.has(domain) && !kept.has(domain));
    expect(left, 'what is not mapped is gone').toEqual([]);
    const writes = this.standIn.writes.length;
    await this.#reconcile();
    expect(this.standIn.writes.length, 'a run without drift writes nothing').toBe(writes);
  }
}

/** Rows of this name as nobody understands them, in lists and in answers by name. */
function showOdd(name: string, odd: Row | ((row: Row) => Row)): NonNullable<MultisiteOptions['spoil']> {
  const changed = (row: Row): Row => {
    return row['domain'] === name ? { ...row, ...(typeof odd === 'function' ? odd(row) : odd) } : row;
  };
  return ({ path }, right) =>
    path.startsWith('/domain') && Array.isArray(right.body)
      ? { ...right, body: (right.body as readonly Row[]).map(changed) }
      : undefined;
}

describe('the truth of the network, in a simulated world', () => {
  it('is never deleted from RunCloud, whatever events and answers say, and is all there when the faults are over', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.constant(NAMES), fc.subarray(NAMES)),
        fc.array(operation, { minLength: 1, maxLength: 30, size: 'max' }),
        fc.infiniteStream(fc.double({ min: 0, max: 0.999999, noNaN: true })),
        fc.record<Oddities>({ paging: fc.constantFrom('totals', 'offsets'), brake: fc.constantFrom('usual', 'none') }),
        async (first, operations, stream, oddities) => {
          await new Simulation(() => stream.next().value, oddities).play(first, operations);
        },
      ),
      runsOf('truth of the network'),
    );
  }, 600_000);
});
