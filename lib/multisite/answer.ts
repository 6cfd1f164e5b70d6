/**
 * What an answer of the network means. Much stands between this service and the plugin: caches, firewalls, security plugins, errors of
 * PHP. Their answers are named as what they are.
 */
import type { Dispatcher } from 'undici';
import { quote } from '../core/values/host-name.ts';
import { SECOND } from '../core/values/time.ts';
import { parseJson } from '../util/json.ts';
import { NetworkError } from './error.ts';

/** As it came. `status` is no fault that passes by itself. */
export type Answered = {
  readonly status: number;
  readonly text: string;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly clockAheadMs: number | undefined;
};

export type NetworkAnswer = {
  readonly body: unknown;
  /** Rows of the whole list (`X-WP-Total`). Undefined with versions of the plugin that do not send it. */
  readonly total: number | undefined;
  /** How far the network's clock is ahead of this one (ms). Undefined if the answer has no date. */
  readonly clockAheadMs: number | undefined;
  /** How long a cache has kept the answer (ms, header `Age`). Undefined without that header. */
  readonly ageMs: number | undefined;
};

/**
 * `path` is the route that was asked, with its query; `clean` makes words of the network safe to show.
 * @throws NetworkError unless it is a sound answer of the plugin
 */
export function judge(
  { status, text, headers, clockAheadMs }: Answered,
  path: string,
  clean: (text: string) => string,
): NetworkAnswer {
  const route = path.split('?', 1)[0] ?? '';
  if (status >= 300 && status < 400) {
    throw new NetworkError(
      'redirected',
      `The network answered with a redirect (${status}). It was not followed: that would send the key to another address.`,
      "Set MULTISITE_URL to the address of the network's main site exactly as it is served: with https, and with or without www.",
    );
  }
  const body = parseBody(text);
  if (status === 401 || status === 403) throw notAllowed(status, codeOf(body));
  // Only the plugin's own 404 means that a record is gone. Any web server may answer 404 for a page.
  if (status === 404 && isNoItem(body)) {
    throw new NetworkError(
      'no-item',
      `The network has nothing under ${route} (404).`,
      'Nothing, if it was deleted just now.',
    );
  }
  if (status === 404) {
    throw new NetworkError(
      'no-api',
      `The network has no REST API under /wp-json/wu/v2${route} (404).`,
      'See whether Ultimate Multisite is active, whether its API is enabled (Settings > API & Webhooks), whether MULTISITE_URL is the main site, and whether that site has plain permalinks (Settings > Permalinks): with those there is no /wp-json.',
    );
  }
  if (isRefusal(status, text)) {
    const { code, message } = body as { readonly code: string; readonly message?: unknown };
    const says = typeof message === 'string' && message !== '' ? `: ${quote(clean(message))}` : '';
    throw new NetworkError(
      'refused',
      `The network refused the change of ${route} (${clean(code)}${says}).`,
      'Open the record in the network and save it there: its screen says what is wrong with it.',
    );
  }
  if (status !== 200) {
    throw new NetworkError('unexpected', `The network answered ${status} to ${route}.`, 'Try again later.');
  }
  if (body === undefined) {
    throw new NetworkError(
      'unreadable',
      `The network answered ${route} with ${describeText(text)}.`,
      'Open the address in a browser. A maintenance page, a security plugin or an error of PHP may stand in the way.',
    );
  }
  const total = [headers['x-wp-total']].flat().at(0);
  return {
    body,
    total: total !== undefined && /^\d{1,9}$/.test(total) ? Number(total) : undefined,
    clockAheadMs,
    ageMs: ageOf(headers),
  };
}

/**
 * Whether a change was refused for the sake of its one row. The plugin's errors of a save have no status, so WordPress answers 500:
 * `{"code":"domain","message":"… is not valid","data":null}`. An error of PHP has a status in `data`.
 */
export function isRefusal(status: number, text: string): boolean {
  if (status !== 500) return false;
  const body = parseBody(text);
  const { data } = (body ?? {}) as { readonly data?: { readonly status?: unknown } | null };
  return codeOf(body) !== undefined && data?.status === undefined;
}

/**
 * JSON, though something added to it: a byte order mark of a PHP file before it, or comments of HTML around it, as page caches and
 * optimisers write them. Undefined if it is none.
 */
export function parseBody(text: string): unknown {
  // `trim` takes byte order marks away too.
  let rest = text.trim();
  while (rest.startsWith('<!--') && rest.includes('-->')) rest = rest.slice(rest.indexOf('-->') + 3).trim();
  while (rest.endsWith('-->') && rest.includes('<!--')) rest = rest.slice(0, rest.lastIndexOf('<!--')).trim();
  return parseJson(rest);
}

/** Who accepted the key and who did not even look at it are told apart: `rest_forbidden` is WordPress' word for the plugin's no. */
function notAllowed(status: number, code: string | undefined): NetworkError {
  if (code === 'rest_forbidden') {
    return new NetworkError(
      'unauthorized',
      `The network did not accept MULTISITE_API_KEY and MULTISITE_API_SECRET (${status}).`,
      'Compare them with Ultimate Multisite > Settings > API & Webhooks. If they are right, the web server may remove the header Authorization.',
    );
  }
  if (code !== undefined) {
    return new NetworkError(
      'blocked',
      `Something on the network does not let this service use its REST API (${status}, ${code}). It is not Ultimate Multisite, so this says nothing about the key.`,
      'Look for a plugin that restricts the REST API, and let /wp-json/wu/v2 through there.',
    );
  }
  return new NetworkError(
    'blocked',
    `A page answered in the place of the network (${status}), so this says nothing about the key. A firewall, a challenge for browsers or a password of the web server may stand in front of it.`,
    'Let requests to /wp-json/wu/v2 through there, by the address of this service or by its user agent, multisite-runcloud.',
  );
}

function codeOf(body: unknown): string | undefined {
  const code = (body as { readonly code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' && /^[\w-]{1,80}$/.test(code) ? code : undefined;
}

function describeText(text: string): string {
  const rest = text.trim();
  if (rest === '') return 'nothing';
  if (rest.startsWith('<')) return 'an HTML page';
  return /^[[{]/.test(rest) ? 'JSON that is cut or has something else around it' : 'something that is not JSON';
}

/** The plugin's codes are such as `wu_rest_domain_invalid_id`. */
function isNoItem(body: unknown): boolean {
  return /^wu_rest_\w+_invalid_id$/.test(codeOf(body) ?? '');
}

function ageOf(headers: Dispatcher.ResponseData['headers']): number | undefined {
  const age = [headers['age']].flat().at(0);
  return age !== undefined && /^\d{1,9}$/.test(age) ? Number(age) * SECOND : undefined;
}

/** `now` is the middle of the request: about then the network wrote the header `Date`. It has whole seconds. */
export function clockAhead(headers: Dispatcher.ResponseData['headers'], now: number): number | undefined {
  const date = Date.parse([headers['date']].flat().at(0) ?? '');
  return Number.isNaN(date) ? undefined : date - now;
}
