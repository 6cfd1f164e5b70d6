/** UTC in ISO 8601, always with milliseconds: the order of the text is the order in time (years 0 to 9999). */
export type IsoTime = string & { readonly brand: 'IsoTime' };

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** How far two clocks may differ (ms). A webhook from further away is refused, and a time from further ahead counts for nothing. */
export const CLOCK_TOLERANCE_MS = 5 * MINUTE;

/** @throws RangeError beyond what `Date` can hold, and for NaN. */
export function iso(ms: number): IsoTime {
  return new Date(ms).toISOString() as IsoTime;
}

/** Milliseconds since 1970. */
export function epoch(time: IsoTime): number {
  return Date.parse(time);
}

const LATEST = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * A time that somebody outside wrote, in the one form. Undefined for what is no date, and for what is not in the years 1970 to
 * 9999. Others would be stored as `-000001-12-31T…` or `+010000-01-01T…`, which sort wrongly and are refused when they are read
 * again.
 */
export function parseTime(text: string): IsoTime | undefined {
  const ms = Date.parse(text);
  return ms >= 0 && ms <= LATEST ? iso(ms) : undefined;
}

const UNITS: Readonly<Record<string, number>> = { s: SECOND, m: MINUTE, h: HOUR, d: DAY };

/** Reads a duration of the settings: `30s`, `5m`, `1h`, `2d`. At most six digits and one unit; anything else is undefined. */
export function parseDuration(text: string): number | undefined {
  const found = /^(\d{1,6})([smhd])$/.exec(text);
  return found ? Number(found[1]) * (UNITS[found[2] as string] as number) : undefined;
}

const LONG_UNITS: readonly (readonly [string, number])[] = [
  ['day', DAY],
  ['hour', HOUR],
  ['minute', MINUTE],
];

/**
 * A unit is used from two of it on, so the rounding is off by a third at most. Less than a second counts as one.
 *
 * @example formatDuration(90_000) is `90 seconds`, formatDuration(120_000) is `2 minutes`.
 */
export function formatDuration(ms: number): string {
  const [name, unit] = LONG_UNITS.find(([, size]) => ms >= 2 * size) ?? ['second', SECOND];
  const amount = Math.max(1, Math.round(ms / unit));
  return `${amount} ${name}${amount === 1 ? '' : 's'}`;
}
