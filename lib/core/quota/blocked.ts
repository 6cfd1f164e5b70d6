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
  /** What was asked for. One object may be refused by itself, and one change even more so; the whole list may not. */
  readonly of: 'list' | 'look' | 'change';
  /** How long ago RunCloud took another call (ms). Infinite: not in this process. */
  readonly takenAgoMs: number;
  /** 429s of RunCloud in a row, this one included: how many, since when (ms), and how long the last one asks to wait, where it says. */
  readonly limited: { readonly count: number; readonly forMs: number; readonly pauseMs: number | undefined };
};

const NEAR = 0.95;
/** A quota that is used up stops every call. A refusal right after a call that was taken is about what was asked for. */
const LATELY_MS = 5 * MINUTE;

/** Others that use up each minute's calls, such as a backup, go on for a while, and the rate limit names the end of its window. */
const LIMITED = { count: 5, forMs: 15 * MINUTE, forMsWherePauseIsNamed: HOUR } as const;
const SHORT_PAUSE_MS = 5 * MINUTE;

/** How often a single call tries whether it is over. */
export const BLOCK_TRIED_EVERY_MS = HOUR;

export function looksBlocked(
  { status, form, of, takenAgoMs, limited }: Refusal,
  { share, hasWorked }: Situation,
): boolean {
  const isNear = share >= NEAR;
  if (status === 429) return isNear || (form === 'json' && isEndless(limited));
  // Whatever became of a change is read afterwards, and that reading tells.
  if ((status !== 402 && status !== 403) || of === 'change' || takenAgoMs <= LATELY_MS) return false;
  if (isNear) return true;
  return form === 'json' && of === 'list' && (status === 402 || hasWorked);
}

function isEndless({ count, forMs, pauseMs }: Refusal['limited']): boolean {
  const isNamed = pauseMs !== undefined && pauseMs <= SHORT_PAUSE_MS;
  return count >= LIMITED.count && forMs >= (isNamed ? LIMITED.forMsWherePauseIsNamed : LIMITED.forMs);
}
