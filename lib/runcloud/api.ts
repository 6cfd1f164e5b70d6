/**
 * Requests to RunCloud's API, within its rate limit.
 *
 * A read is repeated after passing faults. A write is sent once: RunCloud has no idempotency keys and may have carried it out where its
 * answer was lost, so the caller reads back before it sends the write again.
 */
import type { Dispatcher } from 'undici';
import { BLOCK_TRIED_EVERY_MS, type Block, looksBlocked, type Situation } from '../core/quota/blocked.ts';
import { formatDuration, iso } from '../core/values/time.ts';
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
  isJsonObject,
  judge,
  type Method,
  neverConnected,
  REMEDIES,
  type Received,
  unexpected,
} from './answer.ts';
import { CallMeter, kindOf } from './call-meter.ts';
import { authorization, type Credentials, secretsIn } from './credentials.ts';
import { RunCloudError } from './error.ts';
import { blocked, limitedUntil, noTimeLeft, type QuietBy } from './out-of-time.ts';
import {
  afterAnswer,
  afterSending,
  afterSilence,
  type Budget,
  freshBudget,
  nextSlot,
  presentBudget,
  type SentRequest,
} from './rate-limit.ts';
import { Transport } from './transport.ts';

export type { Credentials } from './credentials.ts';

export type ApiSettings = {
  /** Includes the version, as in `https://manage.runcloud.io/api/v3`. */
  readonly baseUrl: URL;
  readonly credentials: Credentials;
  readonly serverId: number;
  readonly appId: number;
};

export type RememberedLimits = {
  /** Epoch ms, or 0. */
  readonly quietUntil: number;
  readonly block: Block | undefined;
  readonly situation: Situation;
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
  #budget: Budget = freshBudget(0);
  #pausedMs = 0;
  #quietBy: QuietBy = 'RunCloud';
  #situation: Situation = { share: 0, hasWorked: false };
  #block: Block | undefined;
  #takenAt = Number.NEGATIVE_INFINITY;
  /** RunCloud's own 429s in a row. */
  #limited = { count: 0, since: 0 };
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

  /** End of the pause that a 429 asked for (epoch ms; 0 if none did). The ledger keeps it for the next process. */
  get quietUntil(): number {
    return presentBudget(this.#budget, this.#clock.now()).quietUntil;
  }

  /** How long requests have waited so far after a 429 or between the attempts of a read (ms). */
  get pausedMs(): number {
    return this.#pausedMs;
  }

  /** Set while RunCloud refuses every call. The ledger keeps it for the next process. */
  get block(): Block | undefined {
    return this.#block;
  }

  /** Why nothing can be asked now, where RunCloud refuses every call. */
  get blockError(): RunCloudError | undefined {
    return this.#block && limitedUntil(this.quietUntil, 'quota');
  }

  /**
   * What earlier processes learned. Nothing is sent before the end of a pause (epoch ms) that one of them was asked for, and `block` says
   * whether that was because of the quota.
   */
  recall({ quietUntil, block, situation }: RememberedLimits): void {
    this.#situation = situation;
    this.#block = block;
    if (quietUntil <= this.quietUntil) return;
    this.#budget = { ...this.#budget, quietUntil };
    this.#quietBy = block ? 'quota' : 'RunCloud';
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
      const sentAt = this.#clock.now();
      this.#budget = afterSending(this.#budget, sentAt);
      this.meter.count(method, path, sentAt);
      let received: Received;
      try {
        received = await this.#send(method, path, body, { nth: this.#budget.sentCount, at: sentAt }, options);
      } catch (error) {
        const why = describeTransport(error, this.clean);
        return { kind: 'unknown', cause: 'unanswered', why, sentAt: neverConnected(error) ? undefined : sentAt };
      }
      this.#throwIfBlocked(method, path, received);
      // A 401 carried nothing out, so even a write may be sent again with other credentials.
      if (received.status === 401 && (await this.#hasNewCredentials())) continue;
      if (received.status === 429) {
        const quietFor = formatDuration(this.#budget.quietUntil - this.#clock.now());
        this.#log.warn('A 429 asks for a pause', { path, by: this.#quietBy, quietFor });
        continue;
      }
      return judge(method, path, received, this.clean);
    }
  }

  /** A pause that is longer than a run: nothing is sent until a single call tries again. @throws RunCloudError */
  #throwIfBlocked(method: Method, path: string, { status, text, isPauseNamed }: Received): void {
    const read = kindOf(method, path) === 'lists' ? 'list' : 'look';
    const of = method === 'GET' ? read : 'change';
    const form = isJsonObject(text) ? 'json' : 'other';
    const now = this.#clock.now();
    const before = this.#limited;
    if (status !== 429) this.#limited = { count: 0, since: now };
    else if (form === 'json')
      this.#limited = { count: before.count + 1, since: before.count === 0 ? now : before.since };
    const { count, since } = this.#limited;
    const limited = { count, forMs: now - since, pauseMs: isPauseNamed ? this.quietUntil - now : undefined };
    const refusal = { status, form, of, takenAgoMs: now - this.#takenAt, limited } as const;
    if (!looksBlocked(refusal, this.#situation)) {
      // Whatever else it judges a request by, it takes calls.
      if (form === 'json' && status < 500 && ![401, 403, 429].includes(status)) {
        this.#block = undefined;
        this.#takenAt = now;
      }
      return;
    }
    this.#block = { since: this.#block?.since ?? iso(now), status };
    this.#quietBy = 'quota';
    this.#budget = { ...this.#budget, quietUntil: now + BLOCK_TRIED_EVERY_MS };
    throw blocked(status, this.#situation);
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
    if (this.#isStopping) return;
    const { promise: woken, resolve: wake } = Promise.withResolvers<void>();
    this.#wakers.add(wake);
    await Promise.race([this.#clock.sleep(ms), woken]);
    this.#wakers.delete(wake);
  }

  #checkTime(moment: number, { deadline }: RequestOptions): void {
    if (moment <= deadline && !this.#isStopping) return;
    throw !this.#isStopping && this.#budget.quietUntil >= moment ? limitedUntil(moment, this.#quietBy) : noTimeLeft();
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
    let budgetOfRunCloud = this.#budget;
    const sending = this.#transport.send({
      method,
      path,
      body,
      authorization: authorization(this.#credentials),
      leftMs: deadline - sentAt,
      onAnswer: (answer) => {
        budgetOfRunCloud = afterAnswer(this.#budget, answer, request, this.#clock.now());
        // RunCloud answers in JSON alone. Until then a 429 may be a firewall's page, which may name a day.
        const believed = answer.status === 429 ? { ...answer, headers: {} } : answer;
        this.#budget = afterAnswer(this.#budget, believed, request, this.#clock.now());
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
      if (status === 0) this.#budget = afterSilence(this.#budget, request, this.#clock.now());
      throw error;
    }
    if (status === 429) {
      this.#quietBy = isJsonObject(text) ? 'RunCloud' : 'in-between';
      // Others may have been sent or answered while its body came.
      const { sent, sentCount, underWay } = this.#budget;
      if (this.#quietBy === 'RunCloud') this.#budget = { ...budgetOfRunCloud, sent, sentCount, underWay };
    }
    return { status, text, sentAt, answeredAt, tookMs: this.#clock.now() - sentAt, isPauseNamed };
  }
}
