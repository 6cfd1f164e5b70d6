/** One request to the network's REST API (`/wp-json/wu/v2`), and its answers sorted by what they mean. */
import { type Dispatcher, Pool } from 'undici';
import { SECOND } from '../core/values/time.ts';
import type { Clock } from '../util/clock.ts';
import { type Log, messageOf } from '../util/log.ts';
import { responseText } from '../util/response-text.ts';
import type { Secret } from '../util/secret.ts';
import { NetworkError } from './error.ts';

export type NetworkSettings = {
  /** Address of the network's main site, with a path where WordPress lives in one. */
  readonly url: URL;
  readonly key: Secret;
  readonly secret: Secret;
};

/** What a run gives its requests. */
export type RequestOptions = {
  /** No request is begun after this moment (ms since 1970). */
  readonly deadline: number;
  /** Called right before each request goes out; throws where it must not go any more. */
  readonly beforeSend?: () => Promise<void>;
};

export type NetworkAnswer = {
  readonly body: unknown;
  /** `X-WP-Total`, where the version of the plugin sends it. */
  readonly total: number | undefined;
  /** How far the network's clock is ahead of this one (ms), where its answer shows it. */
  readonly clockAheadMs: number | undefined;
  /** How long a cache has kept it (ms, header `Age`); undefined where none says so. */
  readonly ageMs: number | undefined;
};

const TIMEOUT_MS = 30 * SECOND;
const ATTEMPTS = 3;
const FIRST_PAUSE_MS = SECOND;
// 100 sites with all their fields are about 100 KB.
const LONGEST_BODY_BYTES = 8 * 1024 * 1024;
/** Errors of TLS that are about the certificate (OpenSSL's verify codes, as Node names them). */
const CERTIFICATE = /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|HOSTNAME_MISMATCH)/;

type Received =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly text: string;
      readonly headers: Dispatcher.ResponseData['headers'];
      readonly clockAheadMs: number | undefined;
    }
  | { readonly kind: 'passing'; readonly why: string };
type Answered = Extract<Received, { kind: 'answered' }>;

export type NetworkApiOptions = {
  readonly clock: Clock;
  readonly log: Log;
  /** Bounds a whole request (ms). */
  readonly timeoutMs?: number;
  /** Certificates of authorities (PEM) in the place of Node's own, to which NODE_EXTRA_CA_CERTS adds. */
  readonly authorities?: readonly string[];
  /** Carries the requests in the place of a pool of connections, as a network in memory does. */
  readonly dispatcher?: Dispatcher;
};

export class NetworkApi {
  readonly #settings: NetworkSettings;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #timeoutMs: number;
  readonly #dispatcher: Dispatcher;

  /** Opens no connection yet. */
  constructor(
    settings: NetworkSettings,
    { clock, log, timeoutMs = TIMEOUT_MS, authorities, dispatcher }: NetworkApiOptions,
  ) {
    this.#settings = settings;
    this.#clock = clock;
    this.#log = log;
    this.#timeoutMs = timeoutMs;
    this.#dispatcher =
      dispatcher ??
      new Pool(settings.url.origin, {
        connect: { timeout: timeoutMs, ...(authorities && { ca: [...authorities] }) },
      });
  }

  /** Host of the network's main site, as its address names it. */
  get host(): string {
    return this.#settings.url.hostname;
  }

  /** Takes a route and a query (`/domain?page=1`); returns its answer. Throws NetworkError. */
  async read(path: string, options: RequestOptions): Promise<NetworkAnswer> {
    for (let attempt = 1; ; attempt++) {
      await this.#mayBegin(options, 'before the network was read whole');
      const received = await this.#send('GET', path);
      if (received.kind === 'answered') return judge(received, path);
      const { why } = received;
      if (attempt === ATTEMPTS) throw unavailable(`${why}, ${ATTEMPTS} times in a row`);
      const pause = FIRST_PAUSE_MS * 2 ** (attempt - 1);
      this.#log.warn('The network did not answer properly, asking again', { path, attempt, why });
      await this.#clock.sleep(pause);
    }
  }

  /**
   * Takes the id of a mapping; sets its stage to `done` and its secure flag. It is the only change there is, and is sent once, also
   * where its answer is lost. Returns the answer. Throws NetworkError.
   */
  async markDone(id: number, options: RequestOptions): Promise<NetworkAnswer> {
    const path = `/domain/${id}`;
    await this.#mayBegin(options, 'before the network was told of every domain that is live');
    const received = await this.#send('PUT', path, { stage: 'done', secure: true });
    if (received.kind === 'passing') throw unavailable(received.why);
    return judge(received, path);
  }

  /** Closes the connections. */
  async close(): Promise<void> {
    await this.#dispatcher.close();
  }

  async #mayBegin({ deadline, beforeSend }: RequestOptions, what: string): Promise<void> {
    if (this.#clock.now() > deadline) throw noTimeLeft(what);
    await beforeSend?.();
  }

  async #send(method: 'GET' | 'PUT', path: string, change?: object): Promise<Received> {
    const { url, key, secret } = this.#settings;
    const sentAt = this.#clock.now();
    try {
      const { statusCode, headers, body } = await this.#dispatcher.request({
        method,
        path: `${url.pathname.replace(/\/$/, '')}/wp-json/wu/v2${path}`,
        headers: {
          // Parameters would do as well, and end in logs.
          authorization: `Basic ${Buffer.from(`${key.reveal()}:${secret.reveal()}`).toString('base64')}`,
          accept: 'application/json',
          'cache-control': 'no-cache',
          'user-agent': 'multisite-runcloud',
          ...(change && { 'content-type': 'application/json' }),
        },
        body: change ? JSON.stringify(change) : null,
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
      const text = await responseText(body, LONGEST_BODY_BYTES);
      if (statusCode >= 500 || statusCode === 429) return { kind: 'passing', why: `it answered ${statusCode}` };
      const clockAheadMs = clockAhead(headers, (sentAt + this.#clock.now()) / 2);
      return { kind: 'answered', status: statusCode, text, headers, clockAheadMs };
    } catch (error) {
      const code = String((error as { code?: unknown }).code ?? '');
      if (CERTIFICATE.test(code)) {
        throw new NetworkError(
          'certificate',
          `The certificate of ${url.host} is not valid (${code}), so the key was not sent.`,
          'Renew the certificate of the network, or correct MULTISITE_URL.',
        );
      }
      const why =
        error instanceof Error && error.name === 'TimeoutError'
          ? 'it did not answer in time'
          : code || messageOf(error);
      return { kind: 'passing', why };
    }
  }
}

function judge({ status, text, headers, clockAheadMs }: Answered, path: string): NetworkAnswer {
  if (status >= 300 && status < 400) {
    throw new NetworkError(
      'redirected',
      `The network answered with a redirect (${status}), which is not followed: the key would go along.`,
      "MULTISITE_URL must be the address of the network's main site exactly as it is served, with https and with or without www.",
    );
  }
  if (status === 401 || status === 403) {
    throw new NetworkError(
      'unauthorized',
      `The network did not accept MULTISITE_API_KEY and MULTISITE_API_SECRET (${status}).`,
      'Compare them with Ultimate Multisite > Settings > API & Webhooks. If they are right, the web server may strip the header Authorization.',
    );
  }
  const body = parseJson(text);
  // A page that was not found, of whatever web server, says nothing of the plugin's records.
  if (status === 404 && isNoItem(body)) {
    throw new NetworkError(
      'no-item',
      `The network has nothing under ${path.split('?', 1)[0]} any more (404).`,
      'Nothing, if it was deleted just now.',
    );
  }
  if (status === 404) {
    throw new NetworkError(
      'no-api',
      `The network has no REST API under /wp-json/wu/v2${path.split('?', 1)[0]} (404).`,
      'Look whether Ultimate Multisite is active and its API is enabled (Settings > API & Webhooks), and whether MULTISITE_URL is the main site.',
    );
  }
  if (status !== 200) {
    throw new NetworkError(
      'unexpected',
      `The network answered ${status} to ${path.split('?', 1)[0]}.`,
      'Try again later.',
    );
  }
  if (body === undefined) {
    const what = text.trimStart().startsWith('<') ? 'a page for people' : 'something that is not JSON';
    throw new NetworkError(
      'unreadable',
      `The network answered ${path.split('?', 1)[0]} with ${what}.`,
      'A maintenance page, a security plugin or an error of PHP may stand in the way: open the address in a browser.',
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

/** As in `wu_rest_domain_invalid_id`. */
function isNoItem(body: unknown): boolean {
  return /^wu_rest_\w+_invalid_id$/.test(String((body as { code?: unknown } | undefined)?.code));
}

function ageOf(headers: Dispatcher.ResponseData['headers']): number | undefined {
  const age = [headers['age']].flat().at(0);
  return age !== undefined && /^\d{1,9}$/.test(age) ? Number(age) * SECOND : undefined;
}

/** The header `Date` has whole seconds, and was written about half-way through the request. */
function clockAhead(headers: Dispatcher.ResponseData['headers'], now: number): number | undefined {
  const date = Date.parse([headers['date']].flat().at(0) ?? '');
  return Number.isNaN(date) ? undefined : date - now;
}

function noTimeLeft(what: string): NetworkError {
  return new NetworkError('no-time-left', `The run had to end ${what}.`, 'Nothing: the next run goes on with it.');
}

function unavailable(why: string): NetworkError {
  return new NetworkError(
    'unavailable',
    `The network could not be asked: ${why}.`,
    'Look whether the network is up. It is asked again later.',
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
