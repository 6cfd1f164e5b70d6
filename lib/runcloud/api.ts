/**
 * One request to RunCloud's API: budget, retries, time-outs, and answers sorted by what they mean.
 *
 * Reads are repeated until they succeed or there is no sense in it. A write is sent once: where its answer is lost, the
 * caller is told so and reads back, because RunCloud has no idempotency keys and may have carried it out.
 */
import { type Dispatcher, Pool } from 'undici';
import type { Clock } from '../clock.ts';
import { afterAnswer, afterSending, type Budget, freshBudget, nextSlot } from '../core/request-budget.ts';
import type { Secret } from '../core/secret.ts';
import { iso, sayDuration } from '../core/time.ts';
import { type Log, messageOf } from '../log.ts';
import { RunCloudError } from './error.ts';

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

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** An answer that says something about what was asked: 2xx, or one of the codes that judge the request. */
export type ApiAnswer =
  /** Sent by our clock, answered by RunCloud's own (ms since 1970). */
  | { readonly kind: 'ok'; readonly body: unknown; readonly sentAt: number; readonly answeredAt: number }
  | { readonly kind: 'refused'; readonly status: number; readonly says: string }
  /**
   * Of a write only: it was sent then (ms since 1970), and may or may not have been carried out. Undefined: there was no
   * connection, so it surely was not.
   */
  | { readonly kind: 'unknown'; readonly why: string; readonly sentAt: number | undefined };

/** What a run gives its requests. */
export type Patience = {
  /** No request is waited for beyond this moment (ms since 1970). */
  readonly until: number;
  /** Called right before a write goes out; throws where it must not go any more. */
  readonly beforeWrite?: () => Promise<void>;
};

// RunCloud's slow calls are those for certificates; for the rest 30 s is what other clients grant.
const TIMEOUT_MS = 30_000;
const READ_ATTEMPTS = 5;
const FIRST_PAUSE_MS = 1_000;
// 40 domains are about 10 KB. More than this is not an answer of this API.
const LONGEST_BODY_BYTES = 4 * 1024 * 1024;

type Received = {
  readonly status: number;
  readonly text: string;
  readonly sentAt: number;
  readonly answeredAt: number;
};

export class RunCloudApi {
  readonly #settings: ApiSettings;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #timeoutMs: number;
  readonly #pool: Pool;
  #budget: Budget = freshBudget(0);
  #isStopping = false;
  #wake: () => void = () => {};
  readonly #stopping = new Promise<void>((resolve) => {
    this.#wake = resolve;
  });

  /** Opens no connection yet. `timeoutMs` bounds a whole request, from connecting to the last byte of its answer. */
  constructor(
    settings: ApiSettings,
    { clock, log, timeoutMs = TIMEOUT_MS }: { clock: Clock; log: Log; timeoutMs?: number },
  ) {
    this.#settings = settings;
    this.#clock = clock;
    this.#log = log;
    this.#timeoutMs = timeoutMs;
    this.#pool = new Pool(settings.baseUrl.origin, {
      connect: { timeout: timeoutMs },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
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

  /** Keeps silent until then (ms since 1970), as an earlier process was told. */
  keepQuietUntil(moment: number): void {
    if (moment > this.#budget.quietUntil) this.#budget = { ...this.#budget, quietUntil: moment };
  }

  /**
   * Reads. Throws RunCloudError; the only refusal it returns is a 404 that `path` below the application can mean.
   */
  async read(path: string, patience: Patience): Promise<ApiAnswer & { kind: 'ok' | 'refused' }> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#attempt('GET', path, undefined, patience);
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
      this.#checkTime(this.#clock.now() + pause, patience);
      await this.#sleep(pause);
    }
  }

  /** Writes, once. Throws RunCloudError only where RunCloud surely did not carry it out. */
  async write(
    method: Exclude<Method, 'GET'>,
    path: string,
    body: object | undefined,
    patience: Patience,
  ): Promise<ApiAnswer> {
    return this.#attempt(method, path, body, patience);
  }

  /** Ends every wait and lets nothing more be sent: runs that are at work stop as at their deadline. */
  stop(): void {
    this.#isStopping = true;
    this.#wake();
  }

  /** Closes the connections. */
  async close(): Promise<void> {
    await this.#pool.close();
  }

  async #attempt(method: Method, path: string, body: object | undefined, patience: Patience): Promise<ApiAnswer> {
    for (;;) {
      await this.#waitForSlot(patience);
      if (method !== 'GET') await patience.beforeWrite?.();
      const sentAt = this.#clock.now();
      this.#budget = afterSending(this.#budget, sentAt);
      let received: Received;
      try {
        received = await this.#send(method, path, body, sentAt);
      } catch (error) {
        return { kind: 'unknown', why: describeTransport(error), sentAt: neverConnected(error) ? undefined : sentAt };
      }
      if (received.status === 429) {
        const quietFor = sayDuration(this.#budget.quietUntil - this.#clock.now());
        this.#log.warn('RunCloud asks for a pause', { path, quietFor });
        continue;
      }
      return this.#judge(method, path, received);
    }
  }

  async #waitForSlot(patience: Patience): Promise<void> {
    for (;;) {
      const now = this.#clock.now();
      const slot = nextSlot(this.#budget, now);
      this.#checkTime(slot, patience);
      if (slot <= now) return;
      await this.#sleep(slot - now);
    }
  }

  async #sleep(ms: number): Promise<void> {
    await Promise.race([this.#clock.sleep(ms), this.#stopping]);
  }

  #checkTime(moment: number, { until }: Patience): void {
    if (moment <= until && !this.#isStopping) return;
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
    const answer = await this.#pool.request({
      method,
      path: `${pathname.replace(/\/$/, '')}${path}`,
      headers: {
        authorization: authorization(this.#settings.credentials),
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
    return { status: answer.statusCode, text: await readText(answer.body), sentAt, answeredAt };
  }

  #judge(method: Method, path: string, { status, text, sentAt, answeredAt }: Received): ApiAnswer {
    if (status >= 500) return { kind: 'unknown', why: `it answered ${status} to ${method} ${path}`, sentAt };
    if (status >= 300 && status < 400) {
      throw new RunCloudError(
        'redirected',
        `RunCloud answered ${method} ${path} with a redirect (${status}), which is not followed: the token would go along.`,
        'Check RUNCLOUD_API_URL: it names the API itself, as in https://manage.runcloud.io/api/v3.',
      );
    }
    if (status === 401) {
      throw new RunCloudError(
        'unauthorized',
        'RunCloud did not accept the credentials (401). Either they are wrong, or this address is not on the allow-list of the API.',
        'In RunCloud, Settings > API Management: compare the token, and look whether the API is limited to listed addresses.',
      );
    }
    const body = parseJson(text);
    if (status >= 200 && status < 300) {
      // Some changes are answered with an empty body.
      if (body.ok || (method !== 'GET' && text.trim() === ''))
        return { kind: 'ok', body: body.ok ? body.value : {}, sentAt, answeredAt };
      if (method !== 'GET')
        return { kind: 'unknown', why: `it answered ${method} ${path} with something that is not JSON`, sentAt };
      throw new RunCloudError(
        'unreadable',
        `RunCloud answered GET ${path} with ${status} and something that is not JSON (${text.trimStart().startsWith('<') ? 'a page for people' : 'cut or malformed'}).`,
        'If RunCloud is under maintenance, wait. Otherwise check RUNCLOUD_API_URL.',
      );
    }
    const says = body.ok ? saysOf(body.value) : '';
    if (method === 'GET' && status !== 404) throw unexpected(status, path, says);
    return { kind: 'refused', status, says };
  }
}

function unexpected(status: number, path: string, says: string): RunCloudError {
  if (status === 403) {
    return new RunCloudError(
      'forbidden',
      `RunCloud refuses to show ${path} (403)${says && `: ${says}`}.`,
      'API access belongs to the plans Business and Enterprise, and the token must belong to the workspace of the server.',
    );
  }
  return new RunCloudError(
    'unexpected',
    `RunCloud answered GET ${path} with ${status}${says && `: ${says}`}.`,
    'Try again later; if it stays, compare RUNCLOUD_API_URL with the documentation of the API.',
  );
}

function authorization(credentials: Credentials): string {
  if (credentials.kind === 'bearer') return `Bearer ${credentials.token.reveal()}`;
  return `Basic ${Buffer.from(`${credentials.key.reveal()}:${credentials.secret.reveal()}`).toString('base64')}`;
}

/** The words of an error body: `message` and the first of each of `errors`. Nothing else of a body is ever shown. */
function saysOf(body: unknown): string {
  if (typeof body !== 'object' || body === null) return '';
  const { message, errors } = body as { message?: unknown; errors?: unknown };
  const details = typeof errors === 'object' && errors !== null ? Object.values(errors).flat() : [];
  const words = [message, ...details].filter((each) => typeof each === 'string');
  // Control characters could forge lines in a log.
  return [...new Set(words)]
    .join(' ')
    .replace(/\p{Cc}+/gu, ' ')
    .slice(0, 300);
}

function parseJson(text: string): { ok: true; value: unknown } | { ok: false } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false };
  }
}

function oneValueEach(headers: Dispatcher.ResponseData['headers']): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().at(0)]));
}

async function readText(body: Dispatcher.ResponseData['body']): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body) {
    const bytes = part as Buffer;
    size += bytes.length;
    if (size > LONGEST_BODY_BYTES) throw new Error(`its answer is longer than ${LONGEST_BODY_BYTES} bytes`);
    parts.push(bytes);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Errors of name resolution and of connecting (Node's `errno` names, and undici's). */
const NO_CONNECTION = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
];

function neverConnected(error: unknown): boolean {
  return NO_CONNECTION.includes(String((error as { code?: unknown }).code));
}

function describeTransport(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  if (error instanceof Error && error.name === 'TimeoutError') return 'it did not answer in time';
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT' || code === 'UND_ERR_CONNECT_TIMEOUT') {
    return 'it did not answer in time';
  }
  return `the connection failed (${typeof code === 'string' ? code : messageOf(error)})`;
}
