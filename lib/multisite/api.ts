/**
 * Requests to the network's REST API (`/wp-json/wu/v2`). What its answers mean stands in answer.ts.
 *
 * A read is repeated after passing faults. The one change there is, `markDone`, is sent once: a later run sees whether
 * it was made.
 */
import { type Dispatcher, Pool } from 'undici';
import { SECOND } from '../core/values/time.ts';
import { basicPair } from '../util/basic-auth.ts';
import type { Clock } from '../util/clock.ts';
import { ClockReadings } from '../util/clock-readings.ts';
import { type Log, messageOf } from '../util/log.ts';
import { cleanText } from '../util/outside-text.ts';
import type { RequestOptions } from '../util/request-options.ts';
import { responseText } from '../util/response-text.ts';
import { retry } from '../util/retry.ts';
import type { Secret } from '../util/secret.ts';
import { type Answered, clockAhead, isRefusal, judge, type NetworkAnswer } from './answer.ts';
import { NetworkError } from './error.ts';

export type NetworkSettings = {
  /** Address of the network's main site, with the path of WordPress if it has one. */
  readonly url: URL;
  readonly key: Secret;
  readonly secret: Secret;
};

const TIMEOUT_MS = 30 * SECOND;
const ATTEMPTS = 3;
const FIRST_PAUSE_MS = SECOND;
// A page of 100 sites with all their fields has about 100 KB.
const LONGEST_BODY_BYTES = 8 * 1024 * 1024;
/** Of the parameter that makes an address new. WordPress and its plugins use none of this name. */
const FRESH = 'mrc_asked';
/** OpenSSL's verify codes, as Node names them: faults of the network's certificate. */
const CERTIFICATE = /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|HOSTNAME_MISMATCH)/;

type Received = ({ readonly kind: 'answered' } & Answered) | { readonly kind: 'passing'; readonly why: string };

export type NetworkApiOptions = {
  readonly clock: Clock;
  readonly log: Log;
  /** Makes a value that no request of any process had before. */
  readonly newId: () => string;
  /** For a whole request, from connecting to the last byte of its answer (ms). */
  readonly timeoutMs?: number;
  /** Certificates of authorities (PEM), in the place of Node's own with NODE_EXTRA_CA_CERTS. */
  readonly authorities?: readonly string[];
  /** Those beside the key that the network's words must not repeat. */
  readonly secrets?: readonly Secret[];
  /** Carries the requests in the place of a pool of connections, as a network in memory does. */
  readonly dispatcher?: Dispatcher;
};

export class NetworkApi {
  readonly #settings: NetworkSettings;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #newId: () => string;
  readonly #timeoutMs: number;
  readonly #secrets: readonly Secret[];
  readonly #dispatcher: Dispatcher;
  readonly clockReadings = new ClockReadings();

  constructor(
    settings: NetworkSettings,
    { clock, log, newId, timeoutMs = TIMEOUT_MS, authorities, secrets = [], dispatcher }: NetworkApiOptions,
  ) {
    this.#settings = settings;
    this.#clock = clock;
    this.#log = log;
    this.#newId = newId;
    this.#timeoutMs = timeoutMs;
    const { key, secret } = settings;
    this.#secrets = [...secrets, key, secret, basicPair(key, secret)];
    this.#dispatcher =
      dispatcher ??
      new Pool(settings.url.origin, {
        connect: { timeout: timeoutMs, ...(authorities && { ca: [...authorities] }) },
      });
  }

  /** Makes a text of the network's safe to show, without the secrets that are known. */
  readonly clean = (text: string): string => cleanText(text, this.#secrets);

  get host(): string {
    return this.#settings.url.hostname;
  }

  /**
   * `path` is a route with its query, such as `/domain?page=1`.
   * @throws NetworkError
   */
  async read(path: string, options: RequestOptions): Promise<NetworkAnswer> {
    const attempt = async (): Promise<Received> => {
      await this.#mayBegin(options, 'before it had read the network');
      return this.#send('GET', this.#neverAsked(path));
    };
    const received = await retry(attempt, {
      attempts: ATTEMPTS,
      isPassing: (outcome) => outcome.kind === 'passing',
      pauses: {
        clock: this.#clock,
        firstMs: FIRST_PAUSE_MS,
        before: ({ why }, attempt) => {
          this.#log.warn('The network did not answer a read, asking again', { path, attempt, why });
        },
      },
    });
    if (received.kind === 'answered') return judge(received, path, this.clean);
    throw unavailable(`${received.why}, ${ATTEMPTS} times in a row`);
  }

  /**
   * Sets the stage of a mapping to `done`, and its secure flag.
   * @throws NetworkError, also if the answer is lost: the change may have been made then
   */
  async markDone(id: number, options: RequestOptions): Promise<NetworkAnswer> {
    const path = `/domain/${id}`;
    await this.#mayBegin(options, 'before it had marked every live domain as done in the network');
    const received = await this.#send('PUT', path, { stage: 'done', secure: true });
    if (received.kind === 'passing') throw unavailable(received.why);
    return judge(received, path, this.clean);
  }

  async close(): Promise<void> {
    await this.#dispatcher.close();
  }

  /**
   * The path with a value that it never had. Page caches in front of WordPress keep answers by address, and some heed neither
   * `Cache-Control` nor `Authorization` and send no `Age`: lscache_wp #732, #413, #1040; WordOps #548. WordPress and the plugin ignore a
   * parameter that they do not know.
   */
  #neverAsked(path: string): string {
    return `${path}${path.includes('?') ? '&' : '?'}${FRESH}=${encodeURIComponent(this.#newId())}`;
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
          // WordPress takes key and secret as parameters too, but those end in its access log.
          authorization: `Basic ${basicPair(key, secret).reveal()}`,
          accept: 'application/json',
          'cache-control': 'no-cache',
          'user-agent': 'multisite-runcloud',
          ...(change && { 'content-type': 'application/json' }),
        },
        body: change ? JSON.stringify(change) : null,
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
      const text = await responseText(body, LONGEST_BODY_BYTES);
      const isPassing = statusCode >= 500 || statusCode === 429;
      if (isPassing && !(method === 'PUT' && isRefusal(statusCode, text))) {
        return { kind: 'passing', why: `it answered ${statusCode}` };
      }
      const clockAheadMs = clockAhead(headers, (sentAt + this.#clock.now()) / 2);
      if (clockAheadMs !== undefined) this.clockReadings.add(clockAheadMs);
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
          : this.clean(code || messageOf(error));
      return { kind: 'passing', why };
    }
  }
}

function noTimeLeft(what: string): NetworkError {
  return new NetworkError('no-time-left', `The run had to end ${what}.`, 'Nothing: the next run continues.');
}

function unavailable(why: string): NetworkError {
  return new NetworkError(
    'unavailable',
    `The network could not be asked: ${why}.`,
    'See whether the network is up. The next run asks it again.',
  );
}
