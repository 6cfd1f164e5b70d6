/**
 * One request to RunCloud's API: budget, retries, time-outs, and answers sorted by what they mean.
 *
 * Reads are repeated until they succeed or there is no sense in it. A write is sent once: where its answer is lost, the
 * caller is told so and reads back, because RunCloud has no idempotency keys and may have carried it out.
 */
import { type Dispatcher, Pool } from 'undici';
import { formatDuration, iso } from '../core/values/time.ts';
import type { Clock } from '../util/clock.ts';
import { type Log, messageOf } from '../util/log.ts';
import { responseText } from '../util/response-text.ts';
import type { Secret } from '../util/secret.ts';
import {
  type ApiAnswer,
  describeTransport,
  judge,
  type Method,
  neverConnected,
  type Received,
  unexpected,
} from './answer.ts';
import { RunCloudError } from './error.ts';
import { afterAnswer, afterSending, type Budget, freshBudget, nextSlot } from './rate-limit.ts';

export type Credentials =
  | { readonly kind: 'bearer'; readonly token: Secret }
  | { readonly kind: 'basic'; readonly key: Secret; readonly secret: Secret };

export type ApiSettings = {
  /** With the version in it, as in `https://manage.runcloud.io/api/v3`. */
  readonly baseUrl: URL;
  readonly credentials: Credentials;
  readonly serverId: number;
  readonly appId: number;
};

/** What a run gives its requests. */
export type RequestOptions = {
  /** No request is waited for beyond this moment (ms since 1970). */
  readonly deadline: number;
  /** Called right before each request goes out, and now and then in a long wait; throws where it must not go any more. */
  readonly beforeSend?: () => Promise<void>;
};

/** A read that was answered. */
export type ReadAnswer = ApiAnswer & { kind: 'ok' | 'refused' };

// What other clients grant. Those for certificates may take longer; the lease does not, so their outcome is looked for later.
const TIMEOUT_MS = 30_000;
const READ_ATTEMPTS = 5;
const FIRST_PAUSE_MS = 1_000;
// Who waits holds on to a lease meanwhile, which lasts for two minutes.
const LONGEST_NAP_MS = 45_000;
// 40 domains are about 10 KB. More than this is not an answer of this API.
const LONGEST_BODY_BYTES = 4 * 1024 * 1024;

export class RunCloudApi {
  readonly #settings: ApiSettings;
  readonly #renewCredentials: (() => Promise<Credentials>) | undefined;
  #credentials: Credentials;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #timeoutMs: number;
  readonly #dispatcher: Dispatcher;
  #budget: Budget = freshBudget(0);
  #pausedMs = 0;
  #isStopping = false;
  #wake: () => void = () => {};
  readonly #stopping = new Promise<void>((resolve) => {
    this.#wake = resolve;
  });

  /**
   * Opens no connection yet. `timeoutMs` bounds a whole request, from connecting to the last byte of its answer;
   * `renewCredentials` is asked where RunCloud does not accept the ones there are; `dispatcher` carries the requests in the place
   * of a pool of connections, as a RunCloud in memory does.
   */
  constructor(
    settings: ApiSettings,
    {
      clock,
      log,
      timeoutMs = TIMEOUT_MS,
      renewCredentials,
      dispatcher,
    }: {
      clock: Clock;
      log: Log;
      timeoutMs?: number;
      renewCredentials?: () => Promise<Credentials>;
      dispatcher?: Dispatcher;
    },
  ) {
    this.#settings = settings;
    this.#credentials = settings.credentials;
    this.#renewCredentials = renewCredentials;
    this.#clock = clock;
    this.#log = log;
    this.#timeoutMs = timeoutMs;
    this.#dispatcher =
      dispatcher ??
      new Pool(settings.baseUrl.origin, {
        connect: { timeout: timeoutMs },
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
      });
  }

  get serverId(): number {
    return this.#settings.serverId;
  }

  get appId(): number {
    return this.#settings.appId;
  }

  /** Path of the server, for `serverPath` routes. */
  get serverPath(): string {
    return `/servers/${this.#settings.serverId}`;
  }

  /** Path of the web application. */
  get appPath(): string {
    return `${this.serverPath}/webapps/${this.#settings.appId}`;
  }

  /** Until when RunCloud asked for silence (ms since 1970; in the past: not). To be remembered beyond this process. */
  get quietUntil(): number {
    return this.#budget.quietUntil;
  }

  /** How long requests have waited so far because RunCloud was in trouble or asked for silence (ms). */
  get pausedMs(): number {
    return this.#pausedMs;
  }

  /** Keeps silent until then (ms since 1970), as an earlier process was told. */
  keepQuietUntil(moment: number): void {
    if (moment > this.#budget.quietUntil) this.#budget = { ...this.#budget, quietUntil: moment };
  }

  /**
   * Reads. Throws RunCloudError; the only refusal it returns is a 404 that `path` below the application can mean.
   */
  async read(path: string, options: RequestOptions): Promise<ReadAnswer> {
    const answer = await this.ask(path, options);
    if (answer.kind === 'refused' && answer.status !== 404) throw unexpected(path, answer);
    return answer;
  }

  /** Reads where a refusal of any kind may be an answer, as it does of certificates. Throws RunCloudError for the rest. */
  async ask(path: string, options: RequestOptions): Promise<ReadAnswer> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#attempt('GET', path, undefined, options);
      if (answer.kind !== 'unknown') return answer;
      if (attempt === READ_ATTEMPTS) {
        throw new RunCloudError(
          'unavailable',
          `RunCloud could not be asked: ${answer.why}, ${READ_ATTEMPTS} times in a row.`,
          'Nothing has to be done if RunCloud has an outage: the next run asks again. See https://status.runcloud.io.',
        );
      }
      const pause = FIRST_PAUSE_MS * 2 ** (attempt - 1);
      this.#log.warn('RunCloud did not answer a read properly, asking again', {
        path,
        attempt,
        why: answer.why,
        pause,
      });
      this.#checkTime(this.#clock.now() + pause, options);
      this.#pausedMs += pause;
      await this.#sleep(pause);
    }
  }

  /** Writes, once. Throws RunCloudError only where RunCloud surely did not carry it out. */
  async write(
    method: Exclude<Method, 'GET'>,
    path: string,
    body: object | undefined,
    options: RequestOptions,
  ): Promise<ApiAnswer> {
    return this.#attempt(method, path, body, options);
  }

  /** Ends every wait and lets nothing more be sent: runs that are at work stop as at their deadline. */
  stop(): void {
    this.#isStopping = true;
    this.#wake();
  }

  /** Closes the connections. */
  async close(): Promise<void> {
    await this.#dispatcher.close();
  }

  async #attempt(method: Method, path: string, body: object | undefined, options: RequestOptions): Promise<ApiAnswer> {
    for (;;) {
      await this.#waitForSlot(options);
      await options.beforeSend?.();
      const sentAt = this.#clock.now();
      this.#budget = afterSending(this.#budget, sentAt);
      let received: Received;
      try {
        received = await this.#send(method, path, body, sentAt);
      } catch (error) {
        return { kind: 'unknown', why: describeTransport(error), sentAt: neverConnected(error) ? undefined : sentAt };
      }
      // Not accepted is not carried out: with other credentials even a write may be sent again.
      if (received.status === 401 && (await this.#hasNewCredentials())) continue;
      if (received.status === 429) {
        const quietFor = formatDuration(this.#budget.quietUntil - this.#clock.now());
        this.#log.warn('RunCloud asks for a pause', { path, quietFor });
        continue;
      }
      return judge(method, path, received);
    }
  }

  /** Asks for credentials that were changed since; returns whether there are any. */
  async #hasNewCredentials(): Promise<boolean> {
    try {
      const credentials = await this.#renewCredentials?.();
      if (!credentials || authorization(credentials) === authorization(this.#credentials)) return false;
      this.#credentials = credentials;
      this.#log.info('RunCloud did not accept the credentials: trying newer ones');
      return true;
    } catch (error) {
      this.#log.warn('Newer credentials could not be had', { why: messageOf(error) });
      return false;
    }
  }

  async #waitForSlot(options: RequestOptions): Promise<void> {
    for (;;) {
      const now = this.#clock.now();
      const slot = nextSlot(this.#budget, now);
      this.#checkTime(slot, options);
      if (slot <= now) return;
      const nap = Math.min(slot - now, LONGEST_NAP_MS);
      if (this.#budget.quietUntil >= slot) this.#pausedMs += nap;
      await this.#sleep(nap);
      await options.beforeSend?.();
    }
  }

  async #sleep(ms: number): Promise<void> {
    await Promise.race([this.#clock.sleep(ms), this.#stopping]);
  }

  #checkTime(moment: number, { deadline }: RequestOptions): void {
    if (moment <= deadline && !this.#isStopping) return;
    if (!this.#isStopping && this.#budget.quietUntil >= moment) {
      throw new RunCloudError(
        'rate-limited',
        `RunCloud's request limit is used up until ${iso(moment)}, which is after the end of this run.`,
        'Nothing: a run after that time goes on. If it happens often, other clients may use the same token.',
      );
    }
    throw new RunCloudError(
      'no-time-left',
      'This run had to end before the next request to RunCloud could be sent.',
      'Nothing: the next run goes on where this one stopped.',
    );
  }

  async #send(method: Method, path: string, body: object | undefined, sentAt: number): Promise<Received> {
    const { pathname } = this.#settings.baseUrl;
    const answer = await this.#dispatcher.request({
      method,
      path: `${pathname.replace(/\/$/, '')}${path}`,
      headers: {
        authorization: authorization(this.#credentials),
        // Without it RunCloud may answer with a page for people.
        accept: 'application/json',
        'content-type': 'application/json',
        'user-agent': 'multisite-runcloud',
      },
      body: body === undefined ? null : JSON.stringify(body),
      // The time-outs of the pool start anew with each piece of an answer; this one is for all of it.
      signal: AbortSignal.timeout(this.#timeoutMs),
    });
    const headers = oneValueEach(answer.headers);
    this.#budget = afterAnswer(this.#budget, { status: answer.statusCode, headers }, this.#clock.now());
    const date = Date.parse(headers['date'] ?? '');
    const answeredAt = Number.isNaN(date) ? this.#clock.now() : date;
    const text = await responseText(answer.body, LONGEST_BODY_BYTES);
    return { status: answer.statusCode, text, sentAt, answeredAt, tookMs: this.#clock.now() - sentAt };
  }
}

function authorization(credentials: Credentials): string {
  if (credentials.kind === 'bearer') return `Bearer ${credentials.token.reveal()}`;
  return `Basic ${Buffer.from(`${credentials.key.reveal()}:${credentials.secret.reveal()}`).toString('base64')}`;
}

function oneValueEach(headers: Dispatcher.ResponseData['headers']): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().at(0)]));
}
