import { HOUR, MINUTE } from './time.ts';

/**
 * Wait after a failed step (ms): 1, 2, 4 … minutes, at most an hour. `attempts` counts from 1.
 * Faults of RunCloud pass within minutes or need a person; asking more often than hourly helps neither.
 */
export function backOff(attempts: number): number {
  return Math.min(HOUR, MINUTE * 2 ** (attempts - 1));
}
