/** An instant as people and ledgers read it: UTC, ISO 8601, always with milliseconds, so that text order is time order. */
export type IsoTime = string & { readonly brand: 'IsoTime' };

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Takes milliseconds since 1970; returns the same instant as ISO time. Throws RangeError outside the years of `Date`. */
export function iso(ms: number): IsoTime {
  return new Date(ms).toISOString() as IsoTime;
}

/** Takes ISO time; returns milliseconds since 1970. */
export function epoch(time: IsoTime): number {
  return Date.parse(time);
}

const UNITS: Readonly<Record<string, number>> = { s: SECOND, m: MINUTE, h: HOUR, d: DAY };

/** Takes a duration as settings write it (`30s`, `5m`, `1h`, `2d`); returns milliseconds, or undefined where it is none. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  return amount === undefined || unit === undefined ? undefined : Number(amount) * (UNITS[unit] as number);
}

const NAMED: readonly (readonly [string, number])[] = [
  ['day', DAY],
  ['hour', HOUR],
  ['minute', MINUTE],
];

/** Takes milliseconds; returns the nearest amount a person would say (`90 seconds`, `2 hours`), never less than a second. */
export function formatDuration(ms: number): string {
  const [name, unit] = NAMED.find(([, size]) => ms >= 2 * size) ?? ['second', SECOND];
  const amount = Math.max(1, Math.round(ms / unit));
  return `${amount} ${name}${amount === 1 ? '' : 's'}`;
}
