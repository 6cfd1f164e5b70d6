/** The value of the secret: text to names and values, or what is wrong with it. */
import { parseJson } from '../util/json.ts';
import type { RawSettings } from '../util/raw-settings.ts';
import { howToFill, SecretUnreadyError } from './secret-error.ts';
import { nameOfSecret } from './secret-name.ts';

/**
 * Takes the secret's value (undefined: it has none yet) and its name or ARN; returns names and values. Numbers and
 * booleans are taken as their text, because the console of Secrets Manager and people write `7` for `"7"`.
 * Throws SecretUnreadyError, which never repeats a value.
 */
export function parseSecretValue(text: string | undefined, secretId: string): RawSettings {
  const secret = nameOfSecret(secretId);
  const malformed = (what: string): SecretUnreadyError =>
    new SecretUnreadyError('malformed', `The secret ${secret} ${what}.`, howToFill(secretId));
  const empty = new SecretUnreadyError('empty', `The secret ${secret} is empty.`, howToFill(secretId));
  if (text === undefined || text.trim() === '') throw empty;
  const value = parseJson(text);
  if (value === undefined) throw malformed('is not JSON');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('is not a JSON object');
  const entries = Object.entries(value).map(([name, each]: [string, unknown]) => {
    if (typeof each === 'string') return [name, each] as const;
    if (typeof each === 'number' || typeof each === 'boolean') return [name, String(each)] as const;
    throw malformed(`has ${sayName(name)} that is not a text`);
  });
  // The console saves a form that nobody filled in as {"":""}.
  if (entries.every(([, each]) => each.trim() === '')) throw empty;
  return Object.fromEntries(entries);
}

/** Who swaps a name and its value would find the value in the message: only what looks like a setting is shown. */
function sayName(name: string): string {
  return /^[A-Z]+(_[A-Z]+)+$/.test(name) ? `a value of ${name}` : 'a value';
}
