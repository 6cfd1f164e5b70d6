/**
 * Where a stand-in is reached: over real HTTP on loopback, or in memory, as a dispatcher of undici. One handler answers both.
 * In memory thousands of simulated worlds need no sockets; what is about time-outs, resets and TLS needs the real listener.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Dispatcher, errors } from 'undici';

export type EndpointRequest = {
  readonly method: string;
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
};

export type EndpointReply =
  | {
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly text: string;
    }
  /** The connection ends without an answer. */
  | 'no-answer';

export type Handler = (request: EndpointRequest) => EndpointReply;

export class Endpoint {
  readonly #handle: Handler;
  #server: Server | undefined;

  constructor(handle: Handler) {
    this.#handle = handle;
  }

  /** Listens on a free port of loopback. Returns the origin, as in `http://127.0.0.1:12345`. */
  async listen(): Promise<string> {
    this.#server ??= this.#createServer();
    const server = this.#server;
    if (!server.listening) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Ends the listener and its connections, where there are any. */
  async close(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  /** A dispatcher that answers in memory, for a client that takes one. */
  dispatcher(): Dispatcher {
    return new MemoryDispatcher(this.#handle);
  }

  #createServer(): Server {
    return createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const { method = '', url: path = '' } = request;
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, `${value}`]));
      const reply = this.#handle({ method, path, headers, body: Buffer.concat(parts).toString('utf8') });
      if (reply === 'no-answer') request.socket.destroy();
      else response.writeHead(reply.status, reply.headers).end(reply.text);
    });
  }
}

class MemoryDispatcher extends Dispatcher {
  readonly #handle: Handler;

  constructor(handle: Handler) {
    super();
    this.#handle = handle;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const request: EndpointRequest = {
      method: options.method,
      path: options.path,
      headers: headersOf(options.headers),
      body: bodyOf(options.body),
    };
    const controller = new MemoryController(handler);
    handler.onRequestStart?.(controller, {});
    // As on a network, a request takes its time to arrive, and so does the answer: what runs at once goes on meanwhile.
    setImmediate(() => {
      if (controller.aborted) return;
      const reply = this.#handle(request);
      setImmediate(() => controller.answer(reply));
    });
    return true;
  }

  // There is nothing to close: undici's declared overloads are for callers with a callback.
  override close(): Promise<void>;
  override close(callback: () => void): void;
  override close(callback?: () => void): Promise<void> | undefined {
    return callback ? void callback() : Promise.resolve();
  }
}

class MemoryController implements Dispatcher.DispatchController {
  readonly #handler: Dispatcher.DispatchHandler;
  aborted = false;
  paused = false;
  reason: Error | null = null;
  rawHeaders: null = null;
  rawTrailers: null = null;

  constructor(handler: Dispatcher.DispatchHandler) {
    this.#handler = handler;
  }

  answer(reply: EndpointReply): void {
    if (this.aborted) return;
    if (reply === 'no-answer') {
      this.abort(new errors.SocketError('other side closed'));
      return;
    }
    this.#handler.onResponseStart?.(this, reply.status, { ...reply.headers });
    // Over HTTP these have no body, whatever was written.
    if (reply.status !== 204 && reply.status !== 304) this.#handler.onResponseData?.(this, Buffer.from(reply.text));
    this.#handler.onResponseEnd?.(this, {});
  }

  abort(reason: Error): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    this.#handler.onResponseError?.(this, reason);
  }

  /** The whole answer is in memory already: there is nobody to slow down. */
  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }
}

/** The clients of this project give plain objects. */
function headersOf(headers: Dispatcher.DispatchOptions['headers']): EndpointRequest['headers'] {
  if (!headers) return {};
  if (Array.isArray(headers) || Symbol.iterator in headers) throw new TypeError('headers in memory are an object');
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), `${value}`]));
}

function bodyOf(body: Dispatcher.DispatchOptions['body']): string {
  if (body === null || body === undefined) return '';
  if (typeof body !== 'string') throw new TypeError('a body in memory is a text');
  return body;
}
