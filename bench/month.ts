/**
 * RunCloud's calls in a month of 30 days, by what they are for, with the service's clock handed in. One in a hundred domains changes each day:
 * half of them go, and as many come, get their DNS within hours and then their certificate.
 */
import { CALL_KINDS, callsSince, sumOf } from '../lib/core/quota/calls.ts';
import { DAY, HOUR, MINUTE } from '../lib/core/values/time.ts';
import { syncDomains } from '../lib/loop/runs/sync.ts';
import type { Tls } from '../lib/tls/tls.ts';
import { StandInRunCloud } from '../local/stand-in/runcloud.ts';
import { SCHEDULE } from '../test/support/schedule.ts';
import { certified } from '../test/support/well.ts';
import { createWorld, mapped, RUN, type TestWorld, unmapped } from '../test/support/world.ts';

const UNLIMITED = { limit: { requests: 1_000_000_000, retryAfter: true, headers: true } };
const DAYS = 30;

export type Month = {
  readonly domains: number;
  readonly callsPerMonth?: number;
  /** Domains that change in a day. */
  readonly changes: number;
  /** Between two runs (ms). */
  readonly everyMs: number;
};

export async function benchMonths(): Promise<void> {
  const months: readonly Month[] = [
    { domains: 100, changes: 0, everyMs: 10 * MINUTE },
    { domains: 1_000, changes: 0, everyMs: 10 * MINUTE },
    { domains: 100, changes: 1, everyMs: 10 * MINUTE },
    { domains: 1_000, changes: 10, everyMs: 10 * MINUTE },
    // A run takes long at this size, and the list is due every hour at most.
    { domains: 10_000, changes: 100, everyMs: HOUR, callsPerMonth: 400_000 },
    { domains: 10_000, changes: 100, everyMs: HOUR },
  ];
  for (const month of months) await benchMonth(month);
}

async function benchMonth({ domains, changes, everyMs, callsPerMonth }: Month): Promise<void> {
  const world = await createWorld({
    settings: { www: 'never' },
    probes: 'stand-ins',
    runcloud: UNLIMITED,
    ...(callsPerMonth !== undefined && { quota: { callsPerMonth } }),
  });
  const old = Array.from({ length: domains }, (_, index) => `old-${index}.example`);
  for (const name of old) world.standInDns.point(name, StandInRunCloud.address);
  Object.assign(world, { tls: wellFor('old-', world) });
  await world.ask(SCHEDULE);
  for (let at = 0; at < domains; at += 1_000) {
    await world.deliver(...old.slice(at, at + 1_000).map((name) => mapped(name, world.clock)));
  }
  const schedule = new Schedule(world, everyMs);
  await schedule.pass(DAY);
  const before = await callsOf(world);
  let asked = 0;
  for (let day = 0; day < DAYS; day++) {
    for (let change = 0; change < changes; change++) {
      asked += 1;
      const name = `new-${day}-${change}.example`;
      await (asked % 2 === 0
        ? world.deliver(unmapped(old.shift() as string, world.clock))
        : world.deliver(mapped(name, world.clock)));
      if (asked % 2 === 1) world.standInDns.point(name, StandInRunCloud.address);
      await schedule.pass(DAY / changes);
    }
    if (changes === 0) await schedule.pass(DAY);
  }
  const after = await callsOf(world);
  const spent = CALL_KINDS.map((kind) => [kind, (after[kind] ?? 0) - (before[kind] ?? 0)] as const);
  const together = spent.reduce((sum, [, count]) => sum + count, 0);
  const share =
    callsPerMonth === undefined ? '' : `, ${Math.round((100 * together) / callsPerMonth)} % of ${callsPerMonth}`;
  console.log(
    `a month, ${domains} domains, ${changes} changes a day: ${together} calls${share} ` +
      `(${spent.map(([kind, count]) => `${kind} ${count}`).join(', ')}); ${asked} events, ${sumOf(after)} calls since the start`,
  );
}

/** Runs of the schedule and rechecks, in the order of their time. */
class Schedule {
  readonly #world: TestWorld;
  readonly #everyMs: number;
  #next: number;

  constructor(world: TestWorld, everyMs: number) {
    this.#world = world;
    this.#everyMs = everyMs;
    this.#next = world.clock.now() + everyMs;
  }

  async pass(ms: number): Promise<void> {
    const { clock } = this.#world;
    const end = clock.now() + ms;
    while (this.#next <= end) {
      await recheckUntil(this.#world, this.#next);
      clock.advance(Math.max(0, this.#next - clock.now()));
      await this.#world.ask(SCHEDULE);
      this.#next += this.#everyMs;
    }
    await recheckUntil(this.#world, end);
    clock.advance(Math.max(0, end - clock.now()));
  }
}

async function recheckUntil(world: TestWorld, end: number): Promise<void> {
  for (;;) {
    world.rechecks.sort((a, b) => a.at - b.at);
    const due = world.rechecks[0];
    if (due === undefined || due.at > end) return;
    world.rechecks.shift();
    world.clock.advance(Math.max(0, due.at - world.clock.now()));
    const hops = new Map(due.domains.map((domain) => [domain, due.hop]));
    await syncDomains(world, hops, world.clock.now() + RUN);
  }
}

async function callsOf({ ledger }: TestWorld) {
  return callsSince((await ledger.readApplication()).calls ?? {}, 0);
}

/** Those that were there before have their certificates. The others get theirs from the stand-in. */
function wellFor(prefix: string, { clock, standInTls }: TestWorld): Tls {
  const well = certified(clock);
  return {
    shakeHands: async (address, name) => (name.startsWith(prefix) ? well : standInTls).shakeHands(address, name),
  };
}
