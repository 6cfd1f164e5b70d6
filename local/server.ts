/** HTTP on one machine, in front of the same functions as API Gateway and the Lambda API on AWS. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Queries } from '../functions/query.ts';
import type { ReconcileHandler } from '../functions/reconcile.ts';
import type { WebhookHandler } from '../functions/webhook.ts';
import { SECOND } from '../lib/core/values/time.ts';
import { parseAddress } from '../lib/intake/address.ts';
import { LONGEST_BODY_BYTES } from '../lib/intake/request.ts';
import type { Clock } from '../lib/util/clock.ts';
import { parseJson } from '../lib/util/json.ts';
import { type Log, messageOf } from '../lib/util/log.ts';
import type { OperatorPage } from './operator.ts';
import { RUN_MS } from './pump.ts';

export type Handlers = {
  readonly webhook: WebhookHandler;
  readonly reconcile: ReconcileHandler;
  readonly queries: Queries;
  /** What a browser on this machine is shown at `/`. */
  readonly operator: OperatorPage;
  /** The answer to `GET /health`, which everybody sees who reaches the port. */
  readonly health: () => Promise<{ readonly ok: boolean; readonly [more: string]: unknown }>;
};

// The path that `aws lambda invoke --endpoint-url http://127.0.0.1:8787` uses.
const INVOCATIONS = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;
const LONGEST_PAYLOAD_BYTES = 256 * 1024;
const REQUEST_TIMEOUT_MS = 15 * SECOND;

type ServerDependencies = { readonly clock: Clock; readonly log: Log };

/** Not listening yet. */
export function createHttpServer(handlers: Handlers, { clock, log }: ServerDependencies): Server {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    route(request, response, handlers, { clock, log }).catch((error: unknown) => {
      log.error('A request failed', { why: messageOf(error) });
      if (response.headersSent) response.destroy();
      else send(response, 503, { accepted: false, why: 'The service failed. Try again.' }, { 'retry-after': '30' });
    });
  });
  return server;
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  handlers: Handlers,
  dependencies: ServerDependencies,
): Promise<void> {
  // Neither a path nor a query ends in a log: either may be a key.
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  const invoked = INVOCATIONS.exec(path)?.[1];
  if (invoked !== undefined) return invoke(request, response, invoked, handlers, dependencies);
  if (path === '/health' && request.method === 'GET') {
    const health = await handlers.health();
    return send(response, health.ok ? 200 : 503, health);
  }
  // To anybody else there is nothing at that address, as on AWS.
  if (path === '/' && isLocal(request)) {
    const asked = { method: request.method ?? '', query: new URLSearchParams(query), host: request.headers.host ?? '' };
    const { status, headers, body } = await handlers.operator(asked);
    response.writeHead(status, { ...headers, ...(!request.complete && { connection: 'close' }) }).end(body);
    return;
  }
  const body = await readBody(request, LONGEST_BODY_BYTES);
  const { kind } = parseAddress(path);
  const isQuery = kind === 'queries' || kind === 'page' || kind === 'page-check';
  const answer = await (isQuery ? handlers.queries.answerHttp : handlers.webhook)({
    rawPath: path,
    rawQueryString: query,
    requestContext: { http: { method: request.method ?? '' } },
    // Node joins what comes twice, in all but `set-cookie`, which is a header of answers.
    headers: request.headers as Record<string, string>,
    body: body.toString('base64'),
    isBase64Encoded: true,
  });
  const headers = { ...(answer.headers as Record<string, string>) };
  // The rest of a body that is too long stays unread, so the connection cannot be used again.
  if (!request.complete) headers['connection'] = 'close';
  response.writeHead(answer.statusCode ?? 200, headers).end(answer.body);
}

async function invoke(
  request: IncomingMessage,
  response: ServerResponse,
  name: string,
  { reconcile, queries }: Handlers,
  { clock, log }: ServerDependencies,
): Promise<void> {
  const refuse = (status: number, type: string, message: string) =>
    send(response, status, { Type: 'User', message }, { 'x-amzn-errortype': type });
  if (!isLocal(request))
    return refuse(403, 'AccessDeniedException', 'Only programs on this machine may invoke functions.');
  if (request.method !== 'POST') return refuse(405, 'InvalidRequestContentException', 'Only POST is understood here.');
  if (name !== 'reconcile' && name !== 'query') {
    return refuse(404, 'ResourceNotFoundException', `Function not found: ${name}. Invoke "reconcile" or "query".`);
  }
  const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  if (type !== 'RequestResponse') {
    return refuse(400, 'InvalidParameterValueException', 'Only the invocation type RequestResponse is offered here.');
  }
  const body = await readBody(request, LONGEST_PAYLOAD_BYTES);
  if (body.length > LONGEST_PAYLOAD_BYTES) {
    return refuse(413, 'RequestTooLargeException', `The payload is longer than ${LONGEST_PAYLOAD_BYTES} bytes.`);
  }
  const event = body.length === 0 ? {} : parseJson(body);
  if (event === undefined) {
    return refuse(400, 'InvalidRequestContentException', 'The payload is not valid JSON.');
  }
  const end = clock.now() + RUN_MS;
  const executed = { 'x-amz-executed-version': '$LATEST' };
  const context = { getRemainingTimeInMillis: () => end - clock.now() };
  try {
    const answer = name === 'query' ? await queries.answerInvocation(event) : await reconcile(event, context);
    send(response, 200, answer, executed);
  } catch (error) {
    // As Lambda answers where a function throws, with the words that every answer has.
    const errorMessage = messageOf(error);
    log.error('An invocation failed', { why: errorMessage });
    const summary = `The service failed: ${errorMessage}. {"action":"doctor"} says more.`;
    const errorType = error instanceof Error ? error.name : 'Error';
    send(
      response,
      200,
      { ok: false, summary, errorType, errorMessage },
      { ...executed, 'x-amz-function-error': 'Unhandled' },
    );
  }
}

/**
 * Whether a program on this machine asks. Its address alone does not tell: a page in a browser on this machine has the
 * same (but sends `Origin`, or a host name that was made to point to 127.0.0.1), and so has a proxy in front of the
 * service. Not every proxy shows: nginx adds no header by default, and only older versions of it are known by their
 * HTTP/1.0.
 */
function isLocal({ socket, headers, httpVersion }: IncomingMessage): boolean {
  const from = socket.remoteAddress ?? '';
  const host = (headers.host ?? '').replace(/:\d+$/, '');
  const isProxied = ['x-forwarded-for', 'forwarded', 'via', 'x-real-ip'].some((name) => headers[name] !== undefined);
  return (
    ['127.0.0.1', '::1', '::ffff:127.0.0.1'].includes(from) &&
    ['127.0.0.1', 'localhost', '[::1]'].includes(host) &&
    headers.origin === undefined &&
    httpVersion !== '1.0' &&
    !isProxied
  );
}

/** Reads one byte more than allowed at most: enough to see that a body is too long. */
async function readBody(request: IncomingMessage, most: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  // An iterator over the request costs a tenth of all that an accepted webhook does.
  await new Promise<void>((resolve, reject) => {
    request.on('data', (part: Buffer) => {
      parts.push(part);
      size += part.length;
      if (size > most) {
        request.pause();
        resolve();
      }
    });
    request.once('end', resolve).once('error', reject).once('close', resolve);
  });
  return Buffer.concat(parts).subarray(0, most + 1);
}

function send(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  response
    .writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
    .end(`${JSON.stringify(body, null, 2)}\n`);
}
