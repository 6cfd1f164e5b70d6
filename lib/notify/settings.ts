/** Who is told of events: NOTIFY_URL, SLACK_WEBHOOK_URL. The function on AWS that tells them reads no other settings. */
import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { RECEIVER_SETTINGS } from '../core/report/receivers.ts';
import { decodeKey, type SigningKey } from '../intake/signature.ts';
import { errorsIn, type RawSettings, SettingError, trimmed } from '../util/raw-settings.ts';
import { Secret } from '../util/secret.ts';
import { whyForbidden } from './addresses.ts';

/** The whole address may be a secret: Slack's is one, and others have a token in their query. */
type Address = { readonly url: Secret; readonly host: string };

export type Receiver = Address & {
  /** Of its address, its keys, and where events may be sent: what is remembered of a receiver is of this one. */
  readonly fingerprint: string;
} & ({ readonly name: 'webhook'; readonly keys: readonly SigningKey[] } | { readonly name: 'slack' });

/** `public`: https, and addresses that everybody reaches. */
export type Reach = 'public' | 'private too';

export type NotifySettings = { readonly receivers: readonly Receiver[]; readonly reach: Reach };

export type ParsedNotifySettings =
  | { readonly ok: true; readonly settings: NotifySettings }
  | { readonly ok: false; readonly faults: readonly string[] };

/** Reports every fault at once, and repeats no address. */
export function parseNotifySettings(raw: RawSettings): ParsedNotifySettings {
  const values = trimmed(raw);
  const reach = reachOf(values);
  // Of a wrong NOTIFY_ALLOW_PRIVATE nobody knows what it allows, so the addresses are judged by their form alone.
  const judged = reach instanceof SettingError ? 'private too' : reach;
  const [webhook, slack] = [webhookOf(values, judged), slackOf(values, judged)];
  if (reach instanceof SettingError || webhook instanceof SettingError || slack instanceof SettingError) {
    return { ok: false, faults: errorsIn([webhook, slack, reach]) };
  }
  const receivers = [...(webhook ? [webhook] : []), ...(slack ? [slack] : [])];
  return { ok: true, settings: { receivers, reach } };
}

/** What is shorter is a word, such as `services`. */
const LEAST_SECRET = 9;

/** Nobody's words may repeat these. */
export function secretsOfReceivers({ receivers }: NotifySettings): readonly Secret[] {
  return receivers.flatMap((receiver) => {
    const { pathname, search, searchParams } = new URL(receiver.url.reveal());
    const words = [...pathname.split('/'), ...searchParams.values()].filter(({ length }) => length >= LEAST_SECRET);
    const parts = [pathname, search, ...words].filter(({ length }) => length > 1).map((part) => new Secret(part));
    const keys = receiver.name === 'webhook' ? receiver.keys : [];
    return [receiver.url, ...parts, ...keys.map((key) => new Secret(key.export().toString('base64')))];
  });
}

function reachOf({ NOTIFY_ALLOW_PRIVATE: text = 'false' }: RawSettings): Reach | SettingError {
  if (text === 'true') return 'private too';
  return text === 'false' ? 'public' : new SettingError('NOTIFY_ALLOW_PRIVATE has to be true or false.');
}

function webhookOf(
  { NOTIFY_URL: url, NOTIFY_SECRET: secret }: RawSettings,
  reach: Reach,
): Receiver | undefined | SettingError {
  if (url === undefined) {
    return secret === undefined
      ? undefined
      : new SettingError('NOTIFY_SECRET is set and NOTIFY_URL is not: they belong together.');
  }
  const address = addressOf(RECEIVER_SETTINGS.webhook, url, reach);
  const keys = keysOf(secret);
  const faults = errorsIn([address, keys]);
  if (address instanceof SettingError || keys instanceof SettingError) return new SettingError(faults.join(' '));
  return { name: 'webhook', ...address, keys, fingerprint: fingerprintOf(reach, url, secret) };
}

function slackOf({ SLACK_WEBHOOK_URL: url }: RawSettings, reach: Reach): Receiver | undefined | SettingError {
  if (url === undefined) return undefined;
  const address = addressOf(RECEIVER_SETTINGS.slack, url, reach);
  if (address instanceof SettingError) return address;
  return { name: 'slack', ...address, fingerprint: fingerprintOf(reach, url) };
}

function keysOf(text: string | undefined): readonly SigningKey[] | SettingError {
  const parts = (text ?? '').split(/\s+/).filter((part) => part !== '');
  if (parts.length === 0) {
    return new SettingError(
      'NOTIFY_SECRET is missing: what is sent to NOTIFY_URL is signed. It is a key that begins with whsec_, the same as at the receiver. Make one with: npm run --silent webhook-secret',
    );
  }
  if (parts.length > 2)
    return new SettingError(`NOTIFY_SECRET holds ${parts.length} keys. It holds one, or two while keys are changed.`);
  const keys: SigningKey[] = [];
  const faults: string[] = [];
  for (const key of parts.map(decodeKey)) {
    if (typeof key === 'string') faults.push(key);
    else keys.push(key);
  }
  return faults.length > 0 ? new SettingError(`NOTIFY_SECRET: ${faults.join('; ')}.`) : keys;
}

function addressOf(name: string, text: string, reach: Reach): Address | SettingError {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    return new SettingError(`${name} has to be an https address. (It is not shown, because it may hold a secret.)`);
  }
  if (url.username || url.password || url.hash) {
    return new SettingError(`${name} must not have a user name, a password or a #.`);
  }
  if (reach === 'public') {
    if (url.protocol === 'http:') {
      return new SettingError(
        `${name} begins with http://, and everybody on the way could read what is sent. Use https. (NOTIFY_ALLOW_PRIVATE=true allows http.)`,
      );
    }
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const why = isIP(host) === 0 ? undefined : whyForbidden(host, []);
    if (why !== undefined) {
      return new SettingError(
        `${name}: its address ${why}, and events are sent to public addresses alone. (NOTIFY_ALLOW_PRIVATE=true allows others.)`,
      );
    }
  }
  return { url: new Secret(url.href), host: url.host };
}

function fingerprintOf(...parts: readonly (string | undefined)[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 32);
}
