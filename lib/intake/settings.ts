import type { WebhookSetup } from '../core/doctor/findings.ts';
import { parseHostName } from '../core/values/host-name.ts';
import { errorsIn, type RawSettings, SettingError, trimmed } from '../util/raw-settings.ts';
import { Secret } from '../util/secret.ts';
import { decodeKey, isGuessable, type SigningKey } from './signature.ts';

export type ReceiverSettings = {
  readonly keys: readonly SigningKey[];
  /** Secret part of the address for the plugin's own, unsigned webhook. Undefined: that way in is closed. */
  readonly urlToken: Secret | undefined;
  readonly protectedDomains: readonly string[];
};

export type ParsedReceiverSettings =
  | { readonly ok: true; readonly settings: ReceiverSettings }
  | { readonly ok: false; readonly faults: readonly string[] };

const SHORTEST_URL_TOKEN = 24;

/** Takes names and values; returns the settings of the way in, or all that is missing or wrong in them. */
export function parseReceiverSettings(raw: RawSettings): ParsedReceiverSettings {
  const given = trimmed(raw);
  const [keys, urlToken, protectedDomains] = [keysOf(given), urlTokenOf(given), protectedOf(given)];
  if (keys instanceof SettingError || urlToken instanceof SettingError || protectedDomains instanceof SettingError) {
    return { ok: false, faults: errorsIn([keys, urlToken, protectedDomains]) };
  }
  return { ok: true, settings: { keys, urlToken, protectedDomains } };
}

/** Takes the settings of the way in; returns what may be said of them. */
export function describeWebhook({ keys, urlToken }: ReceiverSettings): WebhookSetup {
  return { keys: keys.length, isGuessable: keys.some(isGuessable), plugin: urlToken ? 'open' : 'closed' };
}

function keysOf({ WEBHOOK_SECRET: given }: RawSettings): readonly SigningKey[] | SettingError {
  const parts = (given ?? '').split(/\s+/).filter((part) => part !== '');
  if (parts.length === 0) {
    return new SettingError(
      'WEBHOOK_SECRET is missing: a key as in whsec_…, the same as in the network. Make one with: npm run --silent webhook-secret',
    );
  }
  if (parts.length > 2)
    return new SettingError(`WEBHOOK_SECRET holds ${parts.length} keys: one, or two during a change of keys.`);
  const keys = parts.map(decodeKey);
  const faults = keys.flatMap((key) => (typeof key === 'string' ? [key] : []));
  return faults.length > 0
    ? new SettingError(`WEBHOOK_SECRET: ${faults.join('; ')}.`)
    : keys.flatMap((key) => (typeof key === 'string' ? [] : [key]));
}

function urlTokenOf({ WEBHOOK_TOKEN: given }: RawSettings): Secret | undefined | SettingError {
  if (given === undefined) return undefined;
  if (given.length >= SHORTEST_URL_TOKEN && /^[\w-]+$/.test(given)) return new Secret(given);
  return new SettingError(`WEBHOOK_TOKEN needs at least ${SHORTEST_URL_TOKEN} letters, digits, "-" or "_".`);
}

function protectedOf({ PROTECTED_DOMAINS: given = '' }: RawSettings): readonly string[] | SettingError {
  const names: string[] = [];
  for (const part of given.split(/[\s,]+/).filter((each) => each !== '')) {
    const star = part.startsWith('*.') ? '*.' : '';
    const parsed = parseHostName(part.slice(star.length));
    if (!parsed.ok) return new SettingError(`PROTECTED_DOMAINS: ${parsed.why}.`);
    names.push(`${star}${parsed.name}`);
  }
  return names;
}
