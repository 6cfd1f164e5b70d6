import { parseJson } from '../util/json.ts';
import type { RawSettings } from '../util/raw-settings.ts';
import { howToFill, SecretUnreadyError } from './secret-error.ts';
import { nameOfSecret, type SecretRef } from './secret-name.ts';

/**
 * Reads the value of the secret; `text` is undefined if it has none yet. Numbers and booleans count as their text,
 * because people and the console of Secrets Manager write `7` for `"7"`.
 * @throws SecretUnreadyError, which repeats no value
 */
export function parseSecretValue(text: string | undefined, ref: SecretRef): RawSettings {
  const secret = nameOfSecret(ref.id);
  const malformed = (what: string): SecretUnreadyError =>
    new SecretUnreadyError('malformed', `The secret ${secret} ${what}.`, howToFill(ref));
  const empty = new SecretUnreadyError('empty', `The secret ${secret} is empty.`, howToFill(ref));
  if (text === undefined || text.trim() === '') throw empty;
  const value = parseJson(text);
  if (value === undefined) throw malformed('is not JSON');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('is not a JSON object');
  const entries = Object.entries(value).map(([name, each]: [string, unknown]) => {
    if (typeof each === 'string') return [name, each] as const;
    if (typeof each === 'number' || typeof each === 'boolean') return [name, String(each)] as const;
    throw malformed(`has ${settingName(name)} that is not a text`);
  });
  // The console saves a form that nobody filled in as {"":""}.
  if (entries.every(([, each]) => each.trim() === '')) throw empty;
  return Object.fromEntries(entries);
}

/** If somebody swapped a name and its value, the name is a secret. Only what looks like a setting is shown. */
function settingName(name: string): string {
  return /^[A-Z]+(_[A-Z]+)+$/.test(name) ? `a value of ${name}` : 'a value';
}
