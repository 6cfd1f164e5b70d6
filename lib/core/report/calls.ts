/** What people are told of the calls to RunCloud: how many, on what, and for how long they last. */
import type { ApplicationSnapshot } from '../domain/application.ts';
import { type Cadence, cadenceOf, nextListAt } from '../quota/cadence.ts';
import { CALL_KINDS, type CallCounts, sumOf } from '../quota/calls.ts';
import { ALERT_SHARE, type Usage } from '../quota/usage.ts';
import { epoch, formatDuration, type IsoTime } from '../values/time.ts';

/** @example `1,240 calls to RunCloud since 2026-11-01: lists 1,100, changes 90, certificates 30, looks 20. A day takes some 46.` */
export function describeUsage({ used, by, perDay, since, resetAt, quota }: Usage): string {
  const on = used === 0 ? '' : `: ${describeCounts(by)}`;
  const daily = sumOf(perDay);
  const begin = `${number(used)} calls to RunCloud since ${day(since)}${on}. A day takes some ${number(daily)}.`;
  if (quota === undefined) {
    return `${begin} How many RunCloud's plan has is not known: set RUNCLOUD_CALLS_PER_MONTH. It shows in the panel, under Settings > API Management > Analytics, together with those of other tools.`;
  }
  const share = `That is ${Math.floor(quota.share * 100)} % of the ${number(quota.calls)} a month.`;
  if (quota.share >= 1) return `${begin} ${share} They are used up until ${day(resetAt)}.`;
  if (quota.runsOutAt === undefined)
    return `${begin} ${share} They last until ${day(resetAt)}, when RunCloud counts anew.`;
  return `${begin} ${share} If it goes on like this they are used up on ${day(quota.runsOutAt)}, and RunCloud counts anew on ${day(resetAt)}.`;
}

/** A person is to hear of it: at 80 %, as RunCloud itself does, or where the calls will not last. */
export function isAlarming({ quota, since, resetAt }: Usage, now: number): boolean {
  if (quota === undefined) return false;
  if (quota.share >= ALERT_SHARE) return true;
  // The first days of a period are too few to foretell its end by.
  const isEarly = now < epoch(since) + (epoch(resetAt) - epoch(since)) / 10;
  return quota.runsOutAt !== undefined && !isEarly;
}

export const SAVE_CALLS =
  'Nothing has to be done at once: the service itself reads less and less, and keeps the last tenth for events, removals and certificates. See in the panel what other tools use, or buy more calls there (Settings > API Management).';

export type ListReading = { readonly readAt: IsoTime; readonly nextAt: IsoTime; readonly mood: Cadence['mood'] };

/** Undefined before the list was read for the first time. */
export function listReading(
  snapshot: Pick<ApplicationSnapshot, 'observedAt' | 'count'> | undefined,
  differedAt: IsoTime | undefined,
  usage: Usage,
  now: number,
): ListReading | undefined {
  if (!snapshot) return undefined;
  const cadence = cadenceOf(snapshot.count, usage, differedAt, now);
  const { observedAt: readAt } = snapshot;
  return { readAt, nextAt: nextListAt(readAt, cadence, usage), mood: cadence.mood };
}

/** @example `RunCloud's list was read 40 minutes ago. Where nothing is to be done it is read next at 2026-11-27T13:00:00.000Z.` */
export function describeList({ readAt, nextAt, mood }: ListReading, now: number): string {
  const read = `RunCloud's list was read ${formatDuration(Math.max(0, now - epoch(readAt)))} ago.`;
  if (mood === 'spent')
    return `${read} What is left of the quota is not for reading it: a change by hand shows after ${nextAt}.`;
  return `${read} Where nothing is to be done it is read next at ${nextAt}.`;
}

export const WAIT_FOR_CALLS =
  'See in RunCloud, under Settings > API Management > Analytics, how many calls are left, and buy more, or wait until RunCloud counts anew. Once an hour a single call tries. If calls are left, see whether the plan or the rights of the token were changed.';

/** For programs. */
export function reportUsage({ used, by, perDay, since, resetAt, quota }: Usage) {
  return {
    used,
    on: by,
    a_day: perDay,
    since,
    reset_at: resetAt,
    ...(quota && {
      quota: quota.calls,
      percent: Math.floor(quota.share * 100),
      ...(quota.runsOutAt && { runs_out_at: quota.runsOutAt }),
    }),
  };
}

function describeCounts(counts: CallCounts): string {
  return CALL_KINDS.flatMap((kind) => (counts[kind] ? [`${kind} ${number(counts[kind])}`] : [])).join(', ');
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

function day(time: string): string {
  return time.slice(0, 10);
}
