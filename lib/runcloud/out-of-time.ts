/** Why a request was not sent: the run has to end before it may be. */
import type { Situation } from '../core/quota/blocked.ts';
import { WAIT_FOR_CALLS } from '../core/report/calls.ts';
import { iso } from '../core/values/time.ts';
import { REMEDIES } from './answer.ts';
import { RunCloudError } from './error.ts';

/** Who asked for a pause: a firewall or a proxy in between has its own reasons. `quota`: RunCloud probably blocks every call. */
export type QuietBy = 'RunCloud' | 'in-between' | 'quota';

export function limitedUntil(moment: number, by: QuietBy): RunCloudError {
  if (by === 'quota') {
    return new RunCloudError(
      'quota-used-up',
      `RunCloud refuses every call, most likely because those of this month are used up. It is asked again at ${iso(moment)}.`,
      WAIT_FOR_CALLS,
    );
  }
  const end = `until ${iso(moment)}, which is after the end of this run.`;
  return by === 'in-between'
    ? new RunCloudError(
        'rate-limited',
        `Something in between answered with 429 and no JSON in the place of RunCloud, so RunCloud is not asked ${end}`,
        REMEDIES[by],
      )
    : new RunCloudError(
        'rate-limited',
        `RunCloud's request limit is used up ${end}`,
        'Nothing: a run after that time continues. If it happens often, other clients may use the same token.',
      );
}

export function blocked(status: number, { hasWorked }: Situation): RunCloudError {
  const before = hasWorked ? ' what it allowed before' : '';
  return new RunCloudError(
    'quota-used-up',
    `RunCloud refuses${before} (${status}), most likely because the calls of this month are used up.`,
    WAIT_FOR_CALLS,
  );
}

export function noTimeLeft(): RunCloudError {
  return new RunCloudError(
    'no-time-left',
    'This run had to end before the next request to RunCloud could be sent.',
    'Nothing: the next run continues where this one stopped.',
  );
}
