/** The settings that the functions need which the internet reaches: the receiver of webhooks, and customers' pages. */
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
  /** Address under which customers reach their pages. Undefined: the service's own. */
  readonly publicUrl: string | undefined;
};

export type ParsedReceiverSettings =
  | { readonly ok: true; readonly settings: ReceiverSettings }
  | { readonly ok: false; readonly faults: readonly string[] };

const SHORTEST_URL_TOKEN = 24;

/** Reports every fault at once. */
export function parseReceiverSettings(raw: RawSettings): ParsedReceiverSettings {
  const values = trimmed(raw);
  const [keys, urlToken] = [keysOf(values), urlTokenOf(values)];
  const [network, publicUrl] = [networkOf(values), publicUrlOf(values)];
  if (
    keys instanceof SettingError ||
    urlToken instanceof SettingError ||
    network instanceof SettingError ||
    publicUrl instanceof SettingError
  ) {
    return { ok: false, faults: errorsIn([keys, urlToken, network, publicUrl]) };
  }
  return { ok: true, settings: { keys, urlToken, network, publicUrl } };
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

/** What a customer is sent must be safe to open, so it is https; `http` is for this machine. */
function publicUrlOf({ PUBLIC_URL: text }: RawSettings): string | undefined | SettingError {
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  const isBare = url && !url.username && !url.password && !url.search && !url.hash;
  if (isBare && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url)))) {
    return url.href.replace(/\/+$/, '');
  }
  return new SettingError(
    `PUBLIC_URL is ${quote(text)}, and must be the https address under which customers reach this service, such as https://domains.example, without user name, query and fragment.`,
  );
}

/** Whether only this machine reaches the address. */
export function isLoopback({ hostname }: URL): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}
