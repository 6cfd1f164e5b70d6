/** The settings that the receiver of webhooks needs. Its function on AWS reads no others. */
import type { WebhookSetup } from '../core/doctor/findings.ts';
import { type NetworkName, parseNetworkName } from '../core/values/network-name.ts';
import { errorsIn, quote, type RawSettings, SettingError, trimmed } from '../util/raw-settings.ts';
import { Secret } from '../util/secret.ts';
import { decodeKey, isGuessable, type SigningKey } from './signature.ts';

export type ReceiverSettings = {
  readonly keys: readonly SigningKey[];
  /** Secret part of the address for the plugin's own, unsigned webhook. Undefined closes that address. */
  readonly urlToken: Secret | undefined;
  /** The network whose events are taken. Undefined: event-networks.ts finds it. */
  readonly network: NetworkName | undefined;
};

export type ParsedReceiverSettings =
  | { readonly ok: true; readonly settings: ReceiverSettings }
  | { readonly ok: false; readonly faults: readonly string[] };

const SHORTEST_URL_TOKEN = 24;

/** Reports every fault at once. */
export function parseReceiverSettings(raw: RawSettings): ParsedReceiverSettings {
  const values = trimmed(raw);
  const [keys, urlToken] = [keysOf(values), urlTokenOf(values)];
  const network = networkOf(values);
  if (keys instanceof SettingError || urlToken instanceof SettingError || network instanceof SettingError) {
    return { ok: false, faults: errorsIn([keys, urlToken, network]) };
  }
  return { ok: true, settings: { keys, urlToken, network } };
}

/** What the doctor may show of them: no key and no token. */
export function describeWebhook({ keys, urlToken }: ReceiverSettings): WebhookSetup {
  return { keys: keys.length, isGuessable: keys.some(isGuessable), plugin: urlToken ? 'open' : 'closed' };
}

function keysOf({ WEBHOOK_SECRET: text = '' }: RawSettings): readonly SigningKey[] | SettingError {
  const parts = text.split(/\s+/).filter((part) => part !== '');
  if (parts.length === 0) {
    return new SettingError(
      'WEBHOOK_SECRET is missing. It is a key that begins with whsec_, the same as in WordPress. Make one with: npm run --silent webhook-secret',
    );
  }
  if (parts.length > 2)
    return new SettingError(`WEBHOOK_SECRET holds ${parts.length} keys. It holds one, or two while keys are changed.`);
  const keys = parts.map(decodeKey);
  const faults = keys.flatMap((key) => (typeof key === 'string' ? [key] : []));
  return faults.length > 0
    ? new SettingError(`WEBHOOK_SECRET: ${faults.join('; ')}.`)
    : keys.flatMap((key) => (typeof key === 'string' ? [] : [key]));
}

function urlTokenOf({ WEBHOOK_TOKEN: token }: RawSettings): Secret | undefined | SettingError {
  if (token === undefined) return undefined;
  if (token.length >= SHORTEST_URL_TOKEN && /^[\w-]+$/.test(token)) return new Secret(token);
  return new SettingError(`WEBHOOK_TOKEN needs at least ${SHORTEST_URL_TOKEN} letters, digits, "-" or "_".`);
}

function networkOf({ NETWORK: named }: RawSettings): NetworkName | undefined | SettingError {
  if (named === undefined) return undefined;
  return (
    parseNetworkName(named) ??
    new SettingError(
      `NETWORK is ${quote(named)}, and must be the address of the network's main site, such as network.example.`,
    )
  );
}
