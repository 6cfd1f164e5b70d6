/** One HTTP request after the other to RunCloud's address, none of which outlasts its time. What answers mean is not known here. */
import { type Dispatcher, Pool } from 'undici';
import { SECOND } from '../core/values/time.ts';
import { responseText } from '../util/response-text.ts';
import type { Method } from './answer.ts';
import type { Answer } from './rate-limit.ts';

export type HttpRequest = {
  readonly method: Method;
  /** Below the address of the API. */
  readonly path: string;
  readonly authorization: string;
  readonly body: object | undefined;
  /** What is left until the run's deadline (ms). */
  readonly leftMs: number;
  /** Called once status and headers are there, before the body is. */
  readonly onAnswer: (answer: Answer) => void;
};

// A page of 40 domains has about 10 KB. Nothing this long comes from this API.
const LONGEST_BODY_BYTES = 4 * 1024 * 1024;
// A read that begins at the last moment still has a chance.
const SHORTEST_READ_MS = SECOND;
// A write that is cut off may have been carried out, so it gets a moment more when the service stops.
const STOPPED_WRITE_MS = 3 * SECOND;
const TIMED_OUT = new DOMException('it did not answer in time', 'TimeoutError');
const STOPPED = new DOMException('this service is being stopped', 'AbortError');

export class Transport {
  readonly #baseUrl: URL;
  readonly #timeoutMs: number;
  readonly #dispatcher: Dispatcher;
  readonly #underWay = new Set<{ readonly method: Method; readonly abort: AbortController }>();

  /** Opens no connection yet. `dispatcher` carries the requests in the place of a pool of connections. */
  constructor(baseUrl: URL, timeoutMs: number, dispatcher: Dispatcher | undefined) {
    this.#baseUrl = baseUrl;
    this.#timeoutMs = timeoutMs;
    this.#dispatcher =
      dispatcher ??
      new Pool(baseUrl.origin, {
        connect: { timeout: timeoutMs },
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
      });
  }

  /**
   * Returns the body. A read ends with its run at the latest; for the answer to a write a run keeps time after its deadline.
   * @throws an error of the connection, and one of the name `TimeoutError`
   */
  async send(request: HttpRequest): Promise<string> {
    const { method, leftMs } = request;
    const abort = new AbortController();
    const underWay = { method, abort };
    const limitMs = method === 'GET' ? Math.max(SHORTEST_READ_MS, leftMs) : this.#timeoutMs;
    // The pool's time-outs start anew with each chunk. This one bounds the whole answer.
    const timer = setTimeout(() => abort.abort(TIMED_OUT), Math.min(this.#timeoutMs, limitMs));
    this.#underWay.add(underWay);
    try {
      return await this.#exchange(request, abort.signal);
    } finally {
      clearTimeout(timer);
      this.#underWay.delete(underWay);
    }
  }

  /** Ends what hangs: reads at once, writes within seconds. */
  stop(): void {
    for (const { method, abort } of this.#underWay) {
      if (method === 'GET') abort.abort(STOPPED);
      else setTimeout(() => abort.abort(STOPPED), STOPPED_WRITE_MS).unref();
    }
  }

  async close(): Promise<void> {
    await this.#dispatcher.close();
  }

  async #exchange({ method, path, authorization, body, onAnswer }: HttpRequest, signal: AbortSignal): Promise<string> {
    const answer = await this.#dispatcher.request({
      method,
      path: `${this.#baseUrl.pathname.replace(/\/$/, '')}${path}`,
      headers: {
        authorization,
        // Without it RunCloud may answer with an HTML page.
        accept: 'application/json',
        'content-type': 'application/json',
        'user-agent': 'multisite-runcloud',
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal,
    });
    onAnswer({ status: answer.statusCode, headers: oneValueEach(answer.headers) });
    return responseText(answer.body, LONGEST_BODY_BYTES);
  }
}

function oneValueEach(headers: Dispatcher.ResponseData['headers']): Answer['headers'] {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().at(0)]));
}
