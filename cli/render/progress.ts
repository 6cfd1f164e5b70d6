import { formatDuration, SECOND } from '../../lib/core/values/time.ts';
import type { Progress } from '../answers.ts';

/** @example `134 of 388, 9 minutes left` */
export function describeProgress({ done, of, seconds_left: left }: Progress): string {
  return `${done} of ${of}${left === undefined ? '' : `, ${formatDuration(left * SECOND)} left`}`;
}
