/** The clocks that are heard in one run: each answer of RunCloud and of the network has a date (core/plan/clock-doubt.ts). */
import { clockDoubt, type OutsideClock } from '../core/plan/clock-doubt.ts';
import type { RunAbort } from '../core/plan/hold.ts';
import { SECOND } from '../core/values/time.ts';
import type { NetworkApi } from '../multisite/api.ts';
import { createAccountReader } from '../runcloud/account.ts';
import type { RunCloudApi } from '../runcloud/api.ts';
import type { Clock } from '../util/clock.ts';
import { type Log, messageOf } from '../util/log.ts';

// The lease must outlast the question.
const LONGEST_QUESTION_MS = 20 * SECOND;

type Clocks = {
  readonly runcloud: RunCloudApi;
  readonly network: NetworkApi | undefined;
  readonly clock: Clock;
  readonly log: Log;
};

export class RunClock {
  readonly #deps: Clocks;
  readonly #deadline: number;
  // Another run, and a plan or a status beside this one, share the clients.
  readonly #fromRunCloud: () => readonly number[];
  readonly #fromNetwork: (() => readonly number[]) | undefined;
  #runcloudAheadMs: number | undefined;
  #networkAheadMs: number | undefined;
  #stored: 'ahead' | 'past' = 'past';

  constructor(deps: Clocks, deadline: number) {
    this.#deps = deps;
    this.#deadline = deadline;
    this.#fromRunCloud = deps.runcloud.clockReadings.follow();
    this.#fromNetwork = deps.network?.clockReadings.follow();
    deps.network?.clockReadings.beginAnew();
  }

  /** Why nothing may be removed now. */
  get doubt(): string | undefined {
    return clockDoubt(this.#hear(), this.#stored);
  }

  /** Whether another clock was heard, and none denies this one. */
  get isConfirmed(): boolean {
    return this.#hear().length > 0 && this.doubt === undefined;
  }

  get abort(): RunAbort | undefined {
    const { doubt } = this;
    return doubt === undefined
      ? undefined
      : {
          why: `Nothing is removed, because ${doubt}.`,
          whatToDo: 'Set the clock that is wrong by a time server (NTP). The doctor compares the clocks.',
        };
  }

  /** Whether stored times that are ahead of this clock may be corrected. Asks RunCloud for its time where no clock was heard yet. */
  async mayCorrect(): Promise<boolean> {
    this.#stored = 'ahead';
    if (this.#hear().length === 0) {
      const { runcloud, clock, log } = this.#deps;
      const deadline = Math.min(this.#deadline, clock.now() + LONGEST_QUESTION_MS);
      try {
        await createAccountReader(runcloud, { deadline }).ping();
      } catch (error) {
        log.warn('RunCloud could not be asked for the time', { why: messageOf(error) });
      }
    }
    return this.doubt === undefined;
  }

  #hear(): readonly OutsideClock[] {
    this.#runcloudAheadMs = this.#fromRunCloud().at(-1) ?? this.#runcloudAheadMs;
    // By its latest date: an answer from a cache has an older one.
    for (const aheadMs of this.#fromNetwork?.() ?? []) {
      this.#networkAheadMs = Math.max(this.#networkAheadMs ?? Number.NEGATIVE_INFINITY, aheadMs);
    }
    const clocks = [
      { whose: 'RunCloud', aheadMs: this.#runcloudAheadMs },
      { whose: 'the network', aheadMs: this.#networkAheadMs },
    ];
    return clocks.flatMap(({ whose, aheadMs }) => (aheadMs === undefined ? [] : [{ whose, aheadMs }]));
  }
}

/**
 * The time by which what is old is dropped (epoch ms). Under a clock that no other one confirms nothing is old: what is dropped under one
 * that is ahead is gone for good, such as the removals that the brake counts. Outside a run nothing is dropped.
 */
export function timeForAges({ clock, runClock }: Pick<Clocks, 'clock'> & { readonly runClock?: RunClock }): number {
  return !runClock || runClock.isConfirmed ? clock.now() : 0;
}

export function withRunClock<Deps extends Clocks & { readonly runClock?: RunClock }>(
  deps: Deps,
  deadline: number,
): Deps {
  return deps.runClock ? deps : { ...deps, runClock: new RunClock(deps, deadline) };
}
