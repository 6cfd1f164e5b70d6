/**
 * Runs a function's package as Lambda does: in a process of its own, behind a Runtime API on loopback.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type LambdaSettings = {
  /** Program and arguments of the runtime, as `runtimeFor` gives them. */
  readonly command: readonly string[];
  /** Folder of the package. */
  readonly folder: string;
  /** `bundle.handler` */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What the function is told that it has (ms). */
  readonly timeoutMs: number;
  /** What it really has, where that is less: as if its time had run out while it hung (ms). */
  readonly cutShortMs?: number;
};

type Ended =
  | { readonly kind: 'answered'; readonly payload: unknown }
  /** The function, or its start, failed. */
  | { readonly kind: 'failed'; readonly type: string; readonly message: string }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'died' };

/** What came of an event, and how long it took with the start of a process, where there was one (ms). */
export type Invoked = Ended & { readonly tookMs: number };

type Work = { readonly id: string; readonly event: unknown; readonly end: (ended: Ended) => void };

// As in Lambda.
const LONGEST_START_MS = 10_000;

export class LambdaProcess {
  /** All that every process of it has printed. */
  printed = '';
  /** How many processes were started. */
  starts = 0;
  readonly #settings: LambdaSettings;
  readonly #server: Server;
  #child: ChildProcess | undefined;
  /** The runtime asked for an event, and none has come yet. */
  #waiting: ServerResponse | undefined;
  #work: Work | undefined;
  #isDelivered = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(settings: LambdaSettings) {
    this.#settings = settings;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
  }

  /** One at a time, as Lambda does. */
  async invoke(event: unknown): Promise<Invoked> {
    if (!this.#server.listening) await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const start = performance.now();
    const ended = await new Promise<Ended>((end) => {
      this.#work = { id: randomUUID(), event, end };
      this.#isDelivered = false;
      if (!this.#child) this.#start();
      this.#deliver();
    });
    clearTimeout(this.#timer);
    this.#work = undefined;
    // A process that ran out of time or died is never used again.
    if (ended.kind === 'timed-out' || ended.kind === 'died') await this.kill();
    return { ...ended, tookMs: performance.now() - start };
  }

  /** Kills the process, whatever it is at. The next event starts another one. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    this.#waiting = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const closed = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await closed;
  }

  /** Kills the process and closes the Runtime API. */
  async close(): Promise<void> {
    await this.kill();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #start(): void {
    const { command, folder, handler, environment } = this.#settings;
    const [program = '', ...parameters] = command;
    this.starts += 1;
    const child = spawn(program, parameters, {
      cwd: folder,
      env: {
        PATH: process.env['PATH'] ?? '',
        TZ: ':UTC',
        AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${(this.#server.address() as AddressInfo).port}`,
        AWS_LAMBDA_FUNCTION_NAME: 'test',
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024',
        AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/test',
        AWS_LAMBDA_LOG_STREAM_NAME: 'test',
        AWS_LAMBDA_LOG_FORMAT: 'JSON',
        AWS_EC2_METADATA_DISABLED: 'true',
        LAMBDA_TASK_ROOT: folder,
        _HANDLER: handler,
        ...environment,
      },
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (part: Buffer) => {
        this.printed += part.toString();
      });
    }
    child.once('exit', () => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#waiting = undefined;
      this.#work?.end({ kind: 'died' });
    });
    this.#limit(LONGEST_START_MS);
  }

  #deliver(): void {
    if (!this.#work || !this.#waiting || this.#isDelivered) return;
    const { timeoutMs, cutShortMs = timeoutMs } = this.#settings;
    this.#isDelivered = true;
    this.#waiting
      .writeHead(200, {
        'content-type': 'application/json',
        'lambda-runtime-aws-request-id': this.#work.id,
        'lambda-runtime-deadline-ms': String(Date.now() + timeoutMs),
        'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:eu-central-1:123456789012:function:test',
        'lambda-runtime-trace-id': 'Root=1-0-0;Sampled=0',
      })
      .end(JSON.stringify(this.#work.event));
    this.#waiting = undefined;
    this.#limit(cutShortMs);
  }

  #limit(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#work?.end({ kind: 'timed-out' }), ms);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const path = (request.url ?? '').replace('/2018-06-01/runtime/', '');
    if (path === 'invocation/next') {
      this.#waiting = response;
      this.#deliver();
      return;
    }
    const origin = JSON.parse(Buffer.concat(parts).toString() || 'null');
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}');
    const [, id, what] = path.split('/');
    if (path === 'init/error' || (id === this.#work?.id && what === 'error')) {
      this.#work?.end({ kind: 'failed', type: String(origin?.errorType), message: String(origin?.errorMessage) });
    } else if (id === this.#work?.id) {
      this.#work?.end({ kind: 'answered', payload: origin });
    }
  }
}
