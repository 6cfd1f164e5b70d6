/**
 * Requests to RunCloud's API, within its rate limit.
 *
 * A read is repeated after passing faults. A write is sent once: RunCloud has no idempotency keys and may have carried it out where its
 * answer was lost, so the caller reads back before it sends the write again.
 */
import type { Dispatcher } from 'undici';
import { formatDuration } from '../core/values/time.ts';
import type { Clock } from '../util/clock.ts';
import { ClockReadings } from '../util/clock-readings.ts';
import { type Log, messageOf } from '../util/log.ts';
import { cleanText } from '../util/outside-text.ts';
import type { RequestOptions } from '../util/request-options.ts';
import { retry } from '../util/retry.ts';
import type { Secret } from '../util/secret.ts';
import {
  type ApiAnswer,
  describeTransport,
  judge,
  type Method,
  neverConnected,
  REMEDIES,
  type Received,
  unexpected,
} from './answer.ts';
import { CallMeter } from './call-meter.ts';
import { authorization, type Credentials, secretsIn } from './credentials.ts';
import { RunCloudError } from './error.ts';
import { Limits } from './limits.ts';
import { noTimeLeft } from './out-of-time.ts';
import type { SentRequest } from './rate-limit.ts';
import { Transport } from './transport.ts';

export type { Credentials } from './credentials.ts';

export type ApiSettings = {
  /** Includes the version, as in `https://manage.runcloud.io/api/v3`. */
  readonly baseUrl: URL;
  readonly credentials: Credentials;
  readonly serverId: number;
  readonly appId: number;
};

export type ReadAnswer = ApiAnswer & { kind: 'ok' | 'refused' };

// Requests for certificates may take longer than this. The lease does not last that long, so a later run reads their outcome.
const TIMEOUT_MS = 30_000;
const READ_ATTEMPTS = 5;
const FIRST_PAUSE_MS = 1_000;
// The lease lasts for two minutes and is renewed between two naps.
const LONGEST_NAP_MS = 45_000;

export class RunCloudApi {
  readonly clockReadings = new ClockReadings();
  /** Of the requests that were sent: each one draws on RunCloud's quota, whatever becomes of it. */
  readonly meter = new CallMeter();
  readonly #settings: ApiSettings;
  readonly #renewCredentials: (() => Promise<Credentials>) | undefined;
  #credentials: Credentials;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #secrets: readonly Secret[];
  readonly #transport: Transport;
  /** As they stand. The ledger keeps them for the next process. */
  readonly limits: Limits;
  #pausedMs = 0;
  #isStopping = false;
  /** Ends of the waits that there are now: one promise for all of them would hold on to each as long as the process lives. */
  readonly #wakers = new Set<() => void>();

  /**
   * Opens no connection yet. `timeoutMs` bounds a whole request, from connecting to the last byte of its answer. A read ends with
   * its run at the latest: after its deadline a run has time for the answer to a write alone.
   * `renewCredentials` is called after a 401, for credentials that may have been changed since.
   * `secrets` are those beside the credentials that RunCloud's words must not repeat.
   * `dispatcher` carries the requests in the place of a pool of connections, as a RunCloud in memory does.
   */
  constructor(
    settings: ApiSettings,
    {
      clock,
      log,
      timeoutMs = TIMEOUT_MS,
      renewCredentials,
      secrets = [],
      dispatcher,
    }: {
      clock: Clock;
      log: Log;
      timeoutMs?: number;
      renewCredentials?: () => Promise<Credentials>;
      secrets?: readonly Secret[];
      dispatcher?: Dispatcher;
    },
  ) {
    this.#settings = settings;
    this.#credentials = settings.credentials;
    this.#renewCredentials = renewCredentials;
    this.#clock = clock;
    this.#log = log;
    this.#secrets = secrets;
    this.limits = new Limits(clock);
    this.#transport = new Transport(settings.baseUrl, timeoutMs, dispatcher);
  }

  get serverId(): number {
    return this.#settings.serverId;
  }

  get appId(): number {
    return this.#settings.appId;
  }

  get serverPath(): string {
    return `/servers/${this.#settings.serverId}`;
  }

  get appPath(): string {
    return `${this.serverPath}/webapps/${this.#settings.appId}`;
  }

  /** Makes a text of RunCloud's safe to show, without the secrets that are known. */
  readonly clean = (text: string): string =>
    cleanText(text, [
      ...this.#secrets,
      ...secretsIn(this.#settings.credentials),
      // After a change both are around.
      ...secretsIn(this.#credentials),
    ]);

  /** How long requests have waited so far after a 429 or between the attempts of a read (ms). */
  get pausedMs(): number {
    return this.#pausedMs;
  }

  /** Reads. The only refusal it returns is 404: there is no such object. @throws RunCloudError */
  async read(path: string, options: RequestOptions): Promise<ReadAnswer> {
    const answer = await this.ask(path, options);
    if (answer.kind === 'refused' && answer.status !== 404) throw unexpected(path, answer);
    return answer;
  }

  /**
   * Reads, and returns every refusal but 401: the routes of certificates say by a refusal that there is none.
   * @throws RunCloudError
   */
  async ask(path: string, options: RequestOptions): Promise<ReadAnswer> {
    const answer = await retry(async () => this.#attempt('GET', path, undefined, options), {
      attempts: READ_ATTEMPTS,
      isPassing: (outcome) => outcome.kind === 'unknown',
      pauses: {
        clock: { sleep: async (ms) => this.#sleep(ms) },
        firstMs: FIRST_PAUSE_MS,
        before: ({ why }, attempt, pause) => {
          this.#log.warn('RunCloud did not answer a read, asking again', { path, attempt, why, pause });
          this.#checkTime(this.#clock.now() + pause, options);
          this.#pausedMs += pause;
        },
      },
    });
    if (answer.kind !== 'unknown') return answer;
    throw new RunCloudError(
      'unavailable',
      `RunCloud could not be asked: ${answer.why}, ${READ_ATTEMPTS} times in a row.`,
      REMEDIES[answer.cause],
    );
  }

  /** Sends a write once. @throws RunCloudError if RunCloud surely did not carry it out */
  async write(
    method: Exclude<Method, 'GET'>,
    path: string,
    body: object | undefined,
    options: RequestOptions,
  ): Promise<ApiAnswer> {
    return this.#attempt(method, path, body, options);
  }

  /** Ends every wait, and every request that hangs. Nothing is sent any more: runs end as they do at their deadline. */
  stop(): void {
    this.#isStopping = true;
    for (const wake of this.#wakers) wake();
    this.#transport.stop();
  }

  async close(): Promise<void> {
    await this.#transport.close();
  }

  async #attempt(method: Method, path: string, body: object | undefined, options: RequestOptions): Promise<ApiAnswer> {
    for (;;) {
      await this.#waitForSlot(options);
      await options.beforeSend?.();
      const request = this.limits.sending();
      const sentAt = request.at;
      this.meter.count(method, path, sentAt);
      let received: Received;
      try {
        received = await this.#send(method, path, body, request, options);
      } catch (error) {
        const why = describeTransport(error, this.clean);
        return { kind: 'unknown', cause: 'unanswered', why, sentAt: neverConnected(error) ? undefined : sentAt };
      }
      this.limits.judge(method, path, received);
      // A 401 carried nothing out, so even a write may be sent again with other credentials.
      if (received.status === 401 && (await this.#hasNewCredentials())) continue;
      if (received.status === 429) {
        const { quietUntil, quietBy: by } = this.limits;
        const quietFor = formatDuration(quietUntil - this.#clock.now());
        this.#log.warn('A 429 asks for a pause', { path, by, quietFor });
        continue;
      }
      return judge(method, path, received, this.clean);
    }
  }

  async #hasNewCredentials(): Promise<boolean> {
    try {
      const credentials = await this.#renewCredentials?.();
      if (!credentials || authorization(credentials) === authorization(this.#credentials)) return false;
      this.#credentials = credentials;
      this.#log.info('RunCloud did not accept the credentials, trying newer ones');
      return true;
    } catch (error) {
      this.#log.warn('The settings could not be read again for newer credentials', { why: messageOf(error) });
      return false;
    }
  }

  async #waitForSlot(options: RequestOptions): Promise<void> {
    for (;;) {
      const now = this.#clock.now();
      const slot = this.limits.nextSlot();
      this.#checkTime(slot, options);
      if (slot <= now) return;
      const nap = Math.min(slot - now, LONGEST_NAP_MS);
      if (this.limits.isQuietUntil(slot)) this.#pausedMs += nap;
      await this.#sleep(nap);
      await options.beforeSend?.();
    }
  }

  async #sleep(ms: number): Promise<void> {
    if (this.#isStopping) return;
    const { promise: woken, resolve: wake } = Promise.withResolvers<void>();
    this.#wakers.add(wake);
    await Promise.race([this.#clock.sleep(ms), woken]);
    this.#wakers.delete(wake);
  }

  #checkTime(moment: number, { deadline }: RequestOptions): void {
    if (moment <= deadline && !this.#isStopping) return;
    throw !this.#isStopping && this.limits.isQuietUntil(moment) ? this.limits.quietError(moment) : noTimeLeft();
  }

  async #send(
    method: Method,
    path: string,
    body: object | undefined,
    request: SentRequest,
    { deadline }: RequestOptions,
  ): Promise<Received> {
    const sentAt = request.at;
    let status = 0;
    let answeredAt = sentAt;
    let isPauseNamed = false;
    let heard: ReturnType<Limits['heard']> | undefined;
    const sending = this.#transport.send({
      method,
      path,
      body,
      authorization: authorization(this.#credentials),
      leftMs: deadline - sentAt,
      onAnswer: (answer) => {
        heard = this.limits.heard(answer, request);
        const date = Date.parse(answer.headers['date'] ?? '');
        status = answer.status;
        isPauseNamed = ['retry-after', 'x-ratelimit-reset'].some((name) => answer.headers[name] !== undefined);
        answeredAt = Number.isNaN(date) ? this.#clock.now() : date;
        if (!Number.isNaN(date)) this.clockReadings.add(date - (sentAt + this.#clock.now()) / 2);
      },
    });
    let text: string;
    try {
      text = await sending;
    } catch (error) {
      // Where the headers came and the rest did not, they ended it.
      if (status === 0) this.limits.silent(request);
      throw error;
    }
    heard?.endedBy(text);
    return { status, text, sentAt, answeredAt, tookMs: this.#clock.now() - sentAt, isPauseNamed };
  }
}
