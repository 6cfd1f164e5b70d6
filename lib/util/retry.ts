import type { Clock } from './clock.ts';

export type RetryOptions<Outcome, Passing extends Outcome> = {
  /** How often it is tried in all. */
  readonly attempts: number;
  /** Tells the outcomes after which another attempt may come out better. */
  readonly isPassing: (outcome: Outcome) => outcome is Passing;
  /** Pauses that double from `firstMs` on. Left out: the next attempt follows at once. */
  readonly pauses?: {
    readonly clock: Pick<Clock, 'sleep'>;
    readonly firstMs: number;
    /** Called before each pause, to log it. What it throws ends the attempts. */
    readonly before?: (outcome: Passing, attempt: number, pauseMs: number) => void;
  };
};

/** Tries until the fault is no passing one or the attempts are used up. Returns the last outcome, a fault or not. */
export async function retry<Outcome, Passing extends Outcome>(
  attempt: () => Promise<Outcome>,
  { attempts, isPassing, pauses }: RetryOptions<Outcome, Passing>,
): Promise<Outcome> {
  for (let count = 1; ; count++) {
    const outcome = await attempt();
    if (count >= attempts || !isPassing(outcome)) return outcome;
    if (!pauses) continue;
    const pauseMs = pauses.firstMs * 2 ** (count - 1);
    pauses.before?.(outcome, count, pauseMs);
    await pauses.clock.sleep(pauseMs);
  }
}
