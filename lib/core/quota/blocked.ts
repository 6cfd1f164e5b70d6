/**
 * Whether RunCloud refuses because the calls of the month are used up. Which status it then answers with is not documented, so each that it
 * may be is judged by what was known before. A month's calls are the owner's: other tools use them too, so this service may be far from the
 * quota by its own count.
 */
import { HOUR, type IsoTime, MINUTE } from '../values/time.ts';

/** Since when RunCloud refuses every call, and with which status. */
export type Block = { readonly since: IsoTime; readonly status: number };

export type Situation = {
  /** Of RUNCLOUD_CALLS_PER_MONTH, 0 to 1 and more. 0 where nobody said how many there are. */
  readonly share: number;
  /** Whether RunCloud's list was read before: these credentials may do so. */
  readonly hasWorked: boolean;
};

export type Refusal = {
  readonly status: number;
  /** A firewall answers with a page, and RunCloud in JSON. */
  readonly form: 'json' | 'other';
  /** What was asked for. One object may be refused by itself, the whole list may not. */
  readonly of: 'list' | 'other';
  /** 429s in a row, this one included. */
  readonly inARow: number;
  /** How long ago RunCloud took another call (ms). Infinite: not in this process. */
  readonly takenAgoMs: number;
};

const NEAR = 0.95;
/** They were asked 1, 2, 4 and 8 minutes apart, and a window of the rate limit is a minute. */
const TOO_MANY_IN_A_ROW = 5;

const LATELY_MS = 5 * MINUTE;

/** How often a single call tries whether it is over. */
export const BLOCK_TRIED_EVERY_MS = HOUR;

export function looksBlocked(
  { status, form, of, inARow, takenAgoMs }: Refusal,
  { share, hasWorked }: Situation,
): boolean {
  if (share >= NEAR) return status === 402 || status === 403 || status === 429;
  if (form === 'other') return false;
  // A quota that is used up stops every call, and not the list alone.
  if (status === 403) return of === 'list' && hasWorked && takenAgoMs > LATELY_MS;
  return status === 402 || (status === 429 && inARow >= TOO_MANY_IN_A_ROW);
}
