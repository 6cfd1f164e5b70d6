/** All settings: one flat set of names, from a JSON secret or from the environment. */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import * as z from 'zod';
import type { PlanSettings } from './core/plan/input.ts';
import { proxyOfAddress } from './core/probe/proxies.ts';
import type { QuotaSettings } from './core/quota/usage.ts';
import { parseHostName } from './core/values/host-name.ts';
import { parseDuration } from './core/values/time.ts';
import { parseReceiverSettings, type ReceiverSettings } from './intake/settings.ts';
import type { NetworkSettings } from './multisite/api.ts';
import { type NotifySettings, parseNotifySettings } from './notify/settings.ts';
import type { ApiSettings } from './runcloud/api.ts';
import { SETTING_NAMES } from './setting-names.ts';
import { errorsIn, quote, type RawSettings, SettingError, trimmed } from './util/raw-settings.ts';
import { Secret } from './util/secret.ts';
import { warnOfUnknown } from './util/unknown-names.ts';

export type Settings = {
  readonly plan: PlanSettings;
  readonly api: ApiSettings;
  readonly receiver: ReceiverSettings;
  /** Public resolvers: `ip` or `ip:port`. */
  readonly dnsServers: readonly string[];
  /** Addresses that lead to the server, whatever RunCloud says. The first is what customers are told to set. */
  readonly serverAddresses: readonly string[];
  /** Port on which the server shows certificates. */
  readonly tlsPort: number;
  readonly quota: QuotaSettings;
  /** The network's REST API. Undefined: events are all the service knows. */
  readonly network: NetworkSettings | undefined;
  /** Who is told of events. */
  readonly notify: NotifySettings;
  /** Names that nobody reads, in sentences. */
  readonly warnings: readonly string[];
  /** Whether the service marks the mappings of live domains as done in the network. */
  readonly writeBack: boolean;
};

export type ParsedSettings =
  | { readonly ok: true; readonly settings: Settings }
  /** Every fault at once, in a sentence that names its setting. The value of a secret is never repeated. */
  | { readonly ok: false; readonly faults: readonly string[] };

const V3 = 'https://manage.runcloud.io/api/v3';
const V2 = 'https://manage.runcloud.io/api/v2';
const DEFAULT_DNS = '1.1.1.1 8.8.8.8';

/** `rule` goes on after the name of the setting: `is a whole number`. */
const wrong =
  (rule: string) =>
  ({ input }: { readonly input?: unknown }): string =>
    input === undefined ? rule : `is ${quote(String(input))}, and ${rule}`;

const wholeNumber = (least: number, most: number) => {
  const error = wrong(`has to be a whole number from ${least} to ${most}`);
  const isOne = (text: string): boolean => /^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most;
  return z.string().refine(isOne, { error }).transform(Number);
};

/** Settings that depend on no other. The functions below read the rest. */
const schema = z.object({
  POLICY: z.enum(['observe', 'create-only', 'sync'], {
    error: (issue) =>
      issue.input === undefined
        ? 'is required: observe, create-only or sync. There is no default'
        : wrong('has to be observe, create-only or sync')(issue),
  }),
  WWW: z.enum(['auto', 'always', 'never'], { error: wrong('has to be auto, always or never') }).default('auto'),
  SUBDOMAINS: z
    .enum(['create', 'wildcard', 'ignore'], { error: wrong('has to be create, wildcard or ignore') })
    .default('create'),
  GRACE: z
    .string()
    .refine((text) => parseDuration(text) !== undefined, {
      error: wrong('has to be a duration such as 30s, 5m, 1h or 2d'),
    })
    .default('1h')
    .transform((text) => parseDuration(text) as number),
  BRAKE_COUNT: wholeNumber(0, 100_000).default(5),
  BRAKE_PERCENT: wholeNumber(0, 100).default(5),
  TLS_PORT: wholeNumber(1, 65_535).default(443),
  RUNCLOUD_CALLS_PER_MONTH: wholeNumber(1_000, 999_999_999).optional(),
  // Every month has these.
  RUNCLOUD_BILLING_DAY: wholeNumber(1, 28).default(1),
  WRITE_BACK: z.enum(['true', 'false'], { error: wrong('has to be true or false') }).default('false'),
});

/**
 * Reports every fault at once. `warnings` are about names that are not known. All of `raw` counts, unless the caller knows better: the
 * environment is full of them.
 */
export function parseSettings(
  raw: RawSettings,
  warnings: readonly string[] = warnOfUnknown({ names: Object.keys(raw), from: 'settings' }, SETTING_NAMES),
): ParsedSettings {
  const values = trimmed(raw);
  const parsed = schema.safeParse(values);
  const credentials = credentialsOf(values);
  const ids = idsOf(values);
  const baseUrl = baseUrlOf(values);
  const receiver = parseReceiverSettings(values);
  const notify = parseNotifySettings(values);
  const protectedDomains = protectedOf(values);
  const dnsServers = dnsServersOf(values);
  const serverAddresses = serverAddressesOf(values);
  const network = networkOf(values);
  if (
    !parsed.success ||
    !receiver.ok ||
    !notify.ok ||
    credentials instanceof SettingError ||
    ids instanceof SettingError ||
    baseUrl instanceof SettingError ||
    protectedDomains instanceof SettingError ||
    dnsServers instanceof SettingError ||
    serverAddresses instanceof SettingError ||
    network instanceof SettingError
  ) {
    const issues = parsed.error?.issues ?? [];
    const faults = [
      ...issues.map((issue) => `${issue.path.join('.')} ${issue.message}.`),
      ...errorsIn([credentials, ids, baseUrl, protectedDomains, dnsServers, serverAddresses, network]),
      ...(receiver.ok ? [] : receiver.faults),
      ...(notify.ok ? [] : notify.faults),
      // What is missing may stand there under a name that is not known.
      ...warnings,
    ];
    return { ok: false, faults };
  }
  const { data } = parsed;
  return {
    ok: true,
    settings: {
      plan: {
        policy: data.POLICY,
        protectedDomains,
        www: data.WWW,
        graceMs: data.GRACE,
        brake: { count: data.BRAKE_COUNT, percent: data.BRAKE_PERCENT },
        subdomains: data.SUBDOMAINS,
      },
      api: { baseUrl, credentials, ...ids },
      receiver: receiver.settings,
      notify: notify.settings,
      dnsServers,
      serverAddresses,
      tlsPort: data.TLS_PORT,
      quota: {
        billingDay: data.RUNCLOUD_BILLING_DAY,
        ...(data.RUNCLOUD_CALLS_PER_MONTH !== undefined && { callsPerMonth: data.RUNCLOUD_CALLS_PER_MONTH }),
      },
      network,
      warnings,
      writeBack: data.WRITE_BACK === 'true',
    },
  };
}

function credentialsOf({
  WU_RUNCLOUD_API_TOKEN: token,
  WU_RUNCLOUD_API_KEY: key,
  WU_RUNCLOUD_API_SECRET: secret,
}: RawSettings): ApiSettings['credentials'] | SettingError {
  if (token) return { kind: 'bearer', token: new Secret(token) };
  if (key && secret) return { kind: 'basic', key: new Secret(key), secret: new Secret(secret) };
  if (key || secret)
    return new SettingError('WU_RUNCLOUD_API_KEY and WU_RUNCLOUD_API_SECRET belong together: one is missing.');
  return new SettingError(
    'WU_RUNCLOUD_API_TOKEN is missing. It is the token of API v3, from Settings > API Management in RunCloud. (API v2 takes WU_RUNCLOUD_API_KEY and WU_RUNCLOUD_API_SECRET instead.)',
  );
}

/** The ids in an address of RunCloud's panel: `…/servers/7/webapps/12` or `…/servers/7/apps/12`. */
export function parsePanelAddress(text: string): { serverId: number; appId: number } | undefined {
  const [, serverId, appId] = /^https:\/\/[^/]+\/(?:.*\/)?servers\/(\d+)\/(?:web)?apps\/(\d+)/.exec(text) ?? [];
  return serverId && appId ? { serverId: Number(serverId), appId: Number(appId) } : undefined;
}

export function isRunCloudId(text: string | undefined): text is string {
  return /^[1-9]\d{0,14}$/.test(text ?? '');
}

/** An address of the panel in the place of either id stands for both. */
function idsOf({
  WU_RUNCLOUD_SERVER_ID: server,
  WU_RUNCLOUD_APP_ID: app,
}: RawSettings): { serverId: number; appId: number } | SettingError {
  for (const text of [server, app]) {
    const ids = parsePanelAddress(text ?? '');
    if (ids) return ids;
  }
  if (isRunCloudId(server) && isRunCloudId(app)) return { serverId: Number(server), appId: Number(app) };
  const ids = { WU_RUNCLOUD_SERVER_ID: server, WU_RUNCLOUD_APP_ID: app };
  const faulty = Object.entries(ids).filter(([, id]) => !isRunCloudId(id));
  const given = faulty.flatMap(([name, id]) => (id === undefined ? [] : [` ${name} is ${quote(id)}.`]));
  return new SettingError(
    `${faulty.map(([name]) => name).join(' and ')} must be set.${given.join('')} It is the number in the address of the panel, or that whole address (https://manage.runcloud.io/servers/7/webapps/12).`,
  );
}

function baseUrlOf({ RUNCLOUD_API_URL: address, WU_RUNCLOUD_API_TOKEN: token }: RawSettings): URL | SettingError {
  const chosen = address ?? (token ? V3 : V2);
  const url = URL.canParse(chosen) ? new URL(chosen) : undefined;
  if (!token && url && /\/v3\/?$/.test(url.pathname)) {
    return new SettingError('RUNCLOUD_API_URL names API v3. API v3 takes a token only: set WU_RUNCLOUD_API_TOKEN.');
  }
  const isLocal = url && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url && (url.protocol === 'https:' || (url.protocol === 'http:' && isLocal))) return url;
  return new SettingError(
    `RUNCLOUD_API_URL is ${quote(chosen)}, and must be an https address, because the token is sent there. (http is allowed for this machine only.)`,
  );
}

/** Paths below the address of WordPress, which people copy from the browser along with it. */
const BELOW_WORDPRESS = /\/wp-(admin|json|login\.php|content|includes)(\/|$)/;

function networkOf({
  MULTISITE_URL: address,
  MULTISITE_API_KEY: key,
  MULTISITE_API_SECRET: secret,
}: RawSettings): NetworkSettings | undefined | SettingError {
  if (!address && !key && !secret) return undefined;
  if (!address || !key || !secret) {
    return new SettingError(
      'MULTISITE_URL, MULTISITE_API_KEY and MULTISITE_API_SECRET belong together: one is missing.',
    );
  }
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isLocal = url && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (!url || (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLocal))) {
    return new SettingError(
      `MULTISITE_URL is ${quote(address)}, and must be the https address of the network's main site, because the key is sent there. (http is allowed for this machine only.)`,
    );
  }
  if (url.username || url.password || url.search || url.hash || BELOW_WORDPRESS.test(url.pathname)) {
    return new SettingError(
      `MULTISITE_URL is ${quote(address)}, and must be the address of the network's main site alone, such as https://network.example. It has a path only if WordPress has one (https://network.example/blog), and no user name, no ? or #, no /wp-admin or /wp-json.`,
    );
  }
  return { url, key: new Secret(key), secret: new Secret(secret) };
}

function protectedOf({ PROTECTED_DOMAINS: list = '' }: RawSettings): readonly string[] | SettingError {
  const names: string[] = [];
  for (const part of list.split(/[\s,]+/).filter((each) => each !== '')) {
    const star = part.startsWith('*.') ? '*.' : '';
    const parsed = parseHostName(part.slice(star.length));
    if (!parsed.ok) return new SettingError(`PROTECTED_DOMAINS: ${parsed.why}.`);
    names.push(`${star}${parsed.name}`);
  }
  return names;
}

function dnsServersOf({ DNS_SERVERS: list = DEFAULT_DNS }: RawSettings): string[] | SettingError {
  const servers = list.split(/\s+/).filter((part) => part !== '');
  const faulty = servers.filter((server) => {
    const [, v4, v6, plain] =
      /^(?:([\d.]+)(?::\d{1,5})?|\[([\da-f:]+)\](?::\d{1,5})?|([\da-f:]+))$/i.exec(server) ?? [];
    return isIP(v4 ?? v6 ?? plain ?? '') === 0;
  });
  if (servers.length > 0 && faulty.length === 0) return servers;
  const given = faulty.length === 0 ? '' : ` It has ${faulty.map(quote).join(', ')}.`;
  return new SettingError(`DNS_SERVERS must be addresses of resolvers: ip or ip:port, separated by spaces.${given}`);
}

/** The first one is what customers are told to set. IPv6 in canonical form (RFC 5952), as DNS answers are, so that text compares. */
function serverAddressesOf({ SERVER_ADDRESSES: list = '' }: RawSettings): string[] | SettingError {
  const addresses: string[] = [];
  for (const part of list.split(/[\s,]+/).filter((each) => each !== '')) {
    if (isIP(part) === 0) {
      return new SettingError(
        `SERVER_ADDRESSES must be IP addresses that lead to the server, separated by spaces or commas: "${part.slice(0, 80)}" is none.`,
      );
    }
    const proxy = proxyOfAddress(part);
    if (proxy !== undefined) {
      return new SettingError(
        `SERVER_ADDRESSES: ${part} belongs to ${proxy}, whose addresses are everybody's. List the addresses of the server behind it.`,
      );
    }
    const parsed = ipaddr.parse(part);
    addresses.push(parsed instanceof ipaddr.IPv6 ? parsed.toRFC5952String() : part);
  }
  return [...new Set(addresses)];
}
