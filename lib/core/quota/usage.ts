/**
 * How much of RunCloud's monthly quota is used. RunCloud counts per subscription and blocks every request of its owner once the quota is
 * used up, until the billing period begins anew (<https://runcloud.io/docs/increase-api-usage-limit>). It alerts the owner at 80 and 99 %.
 */
import { DAY, epoch, type IsoTime, iso } from '../values/time.ts';
import { CALL_KINDS, type CallCounts, type CallsByDay, callsSince, type Day, dayOf, sumOf } from './calls.ts';

export type QuotaSettings = {
  /** RUNCLOUD_CALLS_PER_MONTH. Absent: nobody said how many calls the plan has. */
  readonly callsPerMonth?: number;
  /** RUNCLOUD_BILLING_DAY: the day of the month, 1 to 28, on which RunCloud counts anew. */
  readonly billingDay: number;
};

export type Usage = {
  /** Calls of this service in the present period. Other tools of the owner draw on the same quota, unseen. */
  readonly used: number;
  readonly by: CallCounts;
  /** Of a day, on average, over the last week or since counting began. */
  readonly perDay: CallCounts;
  /** All that is counted, days before the present period too. */
  readonly calls: CallsByDay;
  readonly since: IsoTime;
  readonly resetAt: IsoTime;
  /** Undefined where nobody said how many calls the plan has. */
  readonly quota?: {
    readonly calls: number;
    /** 0 and more: above 1 it is used up. */
    readonly share: number;
    /** When it is used up, if calls go on as they do. Undefined: not before the reset. */
    readonly runsOutAt?: IsoTime;
  };
};

export const ALERT_SHARE = 0.8;

const AVERAGE_OVER_DAYS = 7;

export function usageOf(calls: CallsByDay, { callsPerMonth, billingDay }: QuotaSettings, now: number): Usage {
  const { start, end } = periodOf(now, billingDay);
  const by = callsSince(calls, start);
  const used = sumOf(by);
  const perDay = averageOf(calls, now);
  const usage: Usage = { used, by, perDay, calls, since: iso(start), resetAt: iso(end) };
  if (callsPerMonth === undefined) return usage;
  const [left, daily] = [callsPerMonth - used, sumOf(perDay)];
  // The longest that a period lasts is a month, so nothing beyond it is computed.
  const runsOut = left <= 0 ? now : daily > 0 ? now + Math.min(left / daily, 60) * DAY : end;
  return {
    ...usage,
    quota: { calls: callsPerMonth, share: used / callsPerMonth, ...(runsOut < end && { runsOutAt: iso(runsOut) }) },
  };
}

/** Of whole days where there is one. Today is not over, and would make every morning look cheap. */
function averageOf(calls: CallsByDay, now: number): CallCounts {
  const today = dayOf(now);
  const oldest = dayOf(now - AVERAGE_OVER_DAYS * DAY);
  const whole = Object.entries(calls).filter(([day]) => day >= oldest && day < today);
  const [first] = whole.map(([day]) => day).sort();
  if (first === undefined) return calls[today] ?? {};
  // A day without calls is a day too.
  const count = Math.round((epoch(today as IsoTime) - epoch(first as IsoTime)) / DAY);
  const sum = callsSince(Object.fromEntries(whole), 0);
  const averages = CALL_KINDS.map((kind) => [kind, Math.round((sum[kind] ?? 0) / count)] as const);
  return Object.fromEntries(averages.filter(([, average]) => average > 0));
}

/** Each day of the present period up to today, those without a call too. */
export function daysOf(
  { calls, since, resetAt }: Usage,
  now: number,
): { readonly day: Day; readonly by: CallCounts }[] {
  const start = epoch(since);
  // Between the count and now the period may have ended.
  const count = Math.floor((Math.min(now, epoch(resetAt) - 1) - start) / DAY) + 1;
  return Array.from({ length: count }, (_, index) => {
    const day = dayOf(start + index * DAY);
    return { day, by: calls[day] ?? {} };
  });
}

/** The present billing period (epoch ms). In UTC: RunCloud does not say by which clock it counts. */
export function periodOf(now: number, billingDay: number): { readonly start: number; readonly end: number } {
  const date = new Date(now);
  const month = date.getUTCMonth() - (date.getUTCDate() < billingDay ? 1 : 0);
  const at = (which: number): number => Date.UTC(date.getUTCFullYear(), which, billingDay);
  return { start: at(month), end: at(month + 1) };
}
