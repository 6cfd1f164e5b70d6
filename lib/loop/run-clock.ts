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
  #stored: 'ahead' | 'past' = 'past';

  constructor(deps: Clocks, deadline: number) {
    this.#deps = deps;
    this.#deadline = deadline;
    deps.runcloud.clockAheadMs = undefined;
    deps.network?.forgetClock();
  }

  /** Why nothing may be removed now. */
  get doubt(): string | undefined {
    return clockDoubt(this.#heard, this.#stored);
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
    if (this.#heard.length === 0) {
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

  get #heard(): readonly OutsideClock[] {
    const { runcloud, network } = this.#deps;
    const clocks = [
      { whose: 'RunCloud', aheadMs: runcloud.clockAheadMs },
      { whose: 'the network', aheadMs: network?.clockAheadMs },
    ];
    return clocks.flatMap(({ whose, aheadMs }) => (aheadMs === undefined ? [] : [{ whose, aheadMs }]));
  }
}

export function withRunClock<Deps extends Clocks & { readonly runClock?: RunClock }>(
  deps: Deps,
  deadline: number,
): Deps {
  return deps.runClock ? deps : { ...deps, runClock: new RunClock(deps, deadline) };
}
