/**
 * How often RunCloud's list is read where nobody asks for it and nothing is to be done that needs it. Each reading costs a call for every 40
 * domains, and finds only what was changed by hand: the network, which costs RunCloud nothing, is read in every run.
 */
import { DAY, epoch, HOUR, type IsoTime, iso, MINUTE } from '../values/time.ts';
import type { Usage } from './usage.ts';

/** The longest page that RunCloud gives. */
const DOMAINS_A_CALL = 40;
const MONTH = 30 * DAY;

const SHORTEST = { quiet: HOUR, watchful: 10 * MINUTE } as const;
const LONGEST_MS = 6 * HOUR;
/** Calls a month where nobody said how many the plan has. With them 1,000 domains that lie still take less than 20,000 calls. */
const CALLS_WITHOUT_QUOTA = { quiet: 18_000, watchful: 45_000 } as const;
/** Of what is left for reading. The rest is for whatever else a month brings. */
const SHARE = { quiet: 0.5, watchful: 0.75 } as const;
/** Whoever changes one thing by hand mostly changes more. */
export const WATCHFUL_MS = 3 * HOUR;

/** Of the quota: reading for its own sake never brings the use above that. */
const READING_SHARE = 0.9;

export type Cadence = {
  readonly everyMs: number;
  /** `watchful`: the last list differed from what was remembered. `spent`: what is left of the quota is not for reading. */
  readonly mood: 'quiet' | 'watchful' | 'spent';
};

/** `objects` are those in the list. `differedAt`: when a list last differed from what was remembered, or domains were adopted. */
export function cadenceOf(objects: number, usage: Usage, differedAt: IsoTime | undefined, now: number): Cadence {
  const mood = differedAt !== undefined && now < epoch(differedAt) + WATCHFUL_MS ? 'watchful' : 'quiet';
  const cost = callsForList(objects);
  const restMs = epoch(usage.resetAt) - now;
  if (usage.quota === undefined) return { everyMs: bounded((cost * MONTH) / CALLS_WITHOUT_QUOTA[mood], mood), mood };
  const left = usage.quota.calls * READING_SHARE - usage.used;
  if (left < cost) return { everyMs: restMs, mood: 'spent' };
  return { everyMs: bounded((cost * restMs) / (left * SHARE[mood]), mood), mood };
}

/** When the list is due again. It was read at `readAt`. */
export function nextListAt(readAt: IsoTime, { everyMs, mood }: Cadence, { resetAt }: Usage): IsoTime {
  return mood === 'spent' ? resetAt : iso(epoch(readAt) + everyMs);
}

export function callsForList(objects: number): number {
  return Math.max(1, Math.ceil(objects / DOMAINS_A_CALL));
}

function bounded(ms: number, mood: keyof typeof SHORTEST): number {
  return Math.min(LONGEST_MS, Math.max(SHORTEST[mood], ms));
}
