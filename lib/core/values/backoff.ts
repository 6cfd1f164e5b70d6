/** How long to wait after a fault of RunCloud. */
import { HOUR, MINUTE } from './time.ts';

/**
 * Takes how often a step has failed (1 or more); returns the milliseconds to wait: a minute, doubled each time, at most
 * an hour. RunCloud's faults pass within minutes or need a person; more often than hourly helps neither.
 */
export function backOff(attempts: number): number {
  return Math.min(HOUR, MINUTE * 2 ** (attempts - 1));
}
