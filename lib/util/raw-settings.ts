/** Settings as they are given, before anybody looked at what they mean. */

/** Names and values, from the environment or from a secret. */
export type RawSettings = Readonly<Record<string, string | undefined>>;

/** What is wrong with a setting, in a sentence that names it and repeats no value of a secret. */
export class SettingError {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

/** Takes names and values; returns them without white space around, and without what is empty: that counts as not given. */
export function trimmed(raw: RawSettings): RawSettings {
  return Object.fromEntries(
    Object.entries(raw)
      .filter(([, value]) => value?.trim())
      .map(([name, value]) => [name, value?.trim()]),
  );
}

/** Takes results, some of which may be faults; returns what the faults say. */
export function errorsIn(results: readonly unknown[]): string[] {
  return results.flatMap((result) => (result instanceof SettingError ? [result.message] : []));
}
