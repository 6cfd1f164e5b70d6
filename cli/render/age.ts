import { DAY, HOUR, MINUTE, SECOND } from '../../lib/core/values/time.ts';

const UNITS = [
  ['d', DAY],
  ['h', HOUR],
  ['min', MINUTE],
] as const;

/** Short, for a table: `45s`, `12min`, `3h`, `45d`. Empty where nobody knows. */
export function shortAge(time: string | undefined, now: string): string {
  if (time === undefined) return '';
  const age = Math.max(0, Date.parse(now) - Date.parse(time));
  const [name, unit] = UNITS.find(([, size]) => age >= size) ?? ['s', SECOND];
  return `${Math.floor(age / unit)}${name}`;
}
