/** Settings before they are parsed. */

/** Names and values, from the environment or from the secret. */
export type RawSettings = Readonly<Record<string, string | undefined>>;

/** What is wrong with a setting, in a sentence that names it. It never repeats the value of a secret. */
export class SettingError {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

/** Trims every value. An empty value counts as missing. */
export function trimmed(raw: RawSettings): RawSettings {
  return Object.fromEntries(
    Object.entries(raw)
      .filter(([, value]) => value?.trim())
      .map(([name, value]) => [name, value?.trim()]),
  );
}

/** Messages of those results that are faults. */
export function errorsIn(results: readonly unknown[]): string[] {
  return results.flatMap((result) => (result instanceof SettingError ? [result.message] : []));
}

const LONGEST_QUOTED = 60;
/** User name and query of an address; and what is as long as a key, which may have come into the wrong line. */
const MAY_BE_SECRET = /[@?]|[\w+=-]{24}/;

/** A value that is wrong, for the sentence that says so. Never for the value of a secret. */
export function quote(value: string): string {
  if (value.length > LONGEST_QUOTED) return `a text of ${value.length} characters`;
  return MAY_BE_SECRET.test(value) ? 'a text that may hold a secret' : JSON.stringify(value);
}
