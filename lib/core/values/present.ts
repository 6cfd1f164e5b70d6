/**
 * What a clock that was ahead wrote counts for nothing: one rule for every time that is stored (`domain/present.ts` and
 * `loop/present.ts` list them all). A time is ahead where it is later than now, than the longest it may rightly lie ahead, and than
 * the tolerance between clocks.
 */
import { CLOCK_TOLERANCE_MS, DAY, epoch, type IsoTime, iso } from './time.ts';

/**
 * What takes the place of a time that is ahead.
 *
 *   nothing     the field is left out
 *   whole       the object that holds it is left out, of a list as well
 *   now         it counts as just written, once: where the change is not saved, it would begin anew each time
 *   long ago    it is over, and whatever was read then is read again
 *   as told     it stays: somebody else's clock says it, such as the end of a certificate
 */
type Instead = 'nothing' | 'whole' | 'now' | 'long ago' | 'as told';

/** With the longest that such a time may rightly lie ahead (ms), for one that says when something ends or is due. */
export type TimeRule = Instead | readonly [Instead, number];

type Keys<T> = T extends unknown ? keyof T : never;
type Value<T, K> = T extends unknown ? (K extends keyof T ? NonNullable<T[K]> : never) : never;
type HasTime<T> = T extends IsoTime
  ? true
  : T extends string | number | boolean | null | undefined
    ? false
    : T extends readonly (infer Item)[]
      ? HasTime<Item>
      : { [K in Keys<T>]: HasTime<Value<T, K>> }[Keys<T>];

/** A rule for every time in `T`, however deep. A new one in `T` has to be given its rule, or this does not compile. */
export type TimeRules<T> = T extends readonly (infer Item)[]
  ? TimeRules<Item>
  : {
      readonly [K in Keys<T> as true extends HasTime<Value<T, K>> ? K : never]-?: Value<T, K> extends IsoTime
        ? TimeRule
        : TimeRules<Value<T, K>>;
    };

type Rules = { readonly [name: string]: TimeRule | Rules };

// Longer than anything is waited for or kept by its age.
export const LONG_AGO_MS = 30 * DAY;

/**
 * The value without times that are ahead of `now` (ms); the very same object where it has none. `whole` is for what is within the value or
 * its list: of the value itself nothing would be left.
 */
export function withoutAhead<T extends object>(value: T, rules: TimeRules<NoInfer<T>>, now: number): T {
  return clean(value, rules as Rules, now) as T;
}

export function isAhead(time: IsoTime, now: number, longestAheadMs = 0): boolean {
  return epoch(time) > now + longestAheadMs + CLOCK_TOLERANCE_MS;
}

function clean(value: object, rules: Rules, now: number): object | undefined {
  if (Array.isArray(value)) {
    const items = value.flatMap((item: object) => clean(item, rules, now) ?? []);
    return items.length === value.length && items.every((item, index) => item === value[index]) ? value : items;
  }
  const fields = value as Readonly<Record<string, unknown>>;
  const changed: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries(rules)) {
    const field = fields[name];
    if (field === undefined || field === null) continue;
    const kept = isRule(rule) ? instead(field as IsoTime, rule, now) : clean(field as object, rule, now);
    if (kept === 'whole') return undefined;
    if (kept !== field) changed[name] = kept;
  }
  if (Object.keys(changed).length === 0) return value;
  return Object.fromEntries(
    Object.entries({ ...fields, ...changed }).filter(([name, field]) => !(name in changed) || field !== undefined),
  );
}

function isRule(rule: TimeRule | Rules): rule is TimeRule {
  return typeof rule === 'string' || Array.isArray(rule);
}

function instead(time: IsoTime, rule: TimeRule, now: number): IsoTime | 'whole' | undefined {
  const [choice, longestAheadMs] = typeof rule === 'string' ? [rule, 0] : rule;
  if (!isAhead(time, now, longestAheadMs)) return time;
  switch (choice) {
    case 'nothing':
      return undefined;
    case 'whole':
      return 'whole';
    case 'now':
      return iso(now);
    case 'long ago':
      return iso(now - LONG_AGO_MS);
    case 'as told':
      return time;
  }
}
