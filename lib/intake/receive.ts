/**
 * Receives webhooks over HTTP: checks who sent them, hands them on, and answers.
 *
 *   POST /webhooks                            signed by Standard Webhooks: map and unmap
 *   POST /webhooks/ultimate-multisite/{token} the plugin's own webhook, unsigned: a hint, which may only add
 *
 * A slash at the end, or anything in front, makes no other address. It answers 202 only once the bus has the event.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../util/clock.ts';
import { explain, type Log } from '../util/log.ts';
import type { Secret } from '../util/secret.ts';
import { parseAddress } from './address.ts';
import type { DeliveryResult, WebhookReceiver } from './delivery.ts';
import { type Verdict, verifySignature } from './signature.ts';

/** A request, from API Gateway or from the local server. The names of headers are in lower case. */
export type WebhookRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Unchanged bytes: the signature is over these. */
  readonly body: Uint8Array;
};

export type WebhookResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly accepted: boolean; readonly [more: string]: string | boolean };
};

export type ReceiverDependencies = {
  /** Called only for a request that has the form of a webhook. Throws if the settings cannot be read. */
  readonly open: () => Promise<WebhookReceiver>;
  readonly clock: Clock;
  readonly log: Log;
};

export const LONGEST_BODY_BYTES = 64 * 1024;
const RETRY_AFTER_SECONDS = '30';

/** Nothing that a sender does makes it throw. */
export async function receive(request: WebhookRequest, deps: ReceiverDependencies): Promise<WebhookResponse> {
  const address = parseAddress(request.path);
  if (address.kind === 'signed') {
    const refused = refuseByForm(request, deps);
    if (refused) return refused;
    const receiver = await openReceiver(deps);
    return receiver
      ? receiveSigned(request, receiver, deps)
      : unavailable('The service is not ready. Send it again later.');
  }
  if (address.kind === 'plugin') {
    const receiver = await openReceiver(deps);
    if (!receiver) return unavailable('The service is not ready. Send it again later.');
    // A wrong token gets the answer of any unknown address.
    if (isToken(address.token, receiver.urlToken)) {
      const refused = refuseByForm(request, deps);
      return refused ?? answer(await receiver.handleDelivery({ kind: 'plugin', body: request.body }), request, deps);
    }
  }
  return refuse(deps, request, 404, 'There is nothing at this address.');
}

/** The answer to a request that no sender may make. */
function refuseByForm(request: WebhookRequest, deps: ReceiverDependencies): WebhookResponse | undefined {
  const { method, headers, body } = request;
  if (method !== 'POST') return refuse(deps, request, 405, 'Only POST is understood here.', { allow: 'POST' });
  if (body.length > LONGEST_BODY_BYTES) {
    return refuse(deps, request, 413, `The body is longer than ${LONGEST_BODY_BYTES} bytes.`);
  }
  if (!/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')) {
    return refuse(deps, request, 415, 'The content type must be application/json.');
  }
  return undefined;
}

async function openReceiver({ open, log }: ReceiverDependencies): Promise<WebhookReceiver | undefined> {
  try {
    return await open();
  } catch (error) {
    log.error('Webhooks cannot be received', { why: explain(error) });
    return undefined;
  }
}

async function receiveSigned(
  request: WebhookRequest,
  receiver: WebhookReceiver,
  deps: ReceiverDependencies,
): Promise<WebhookResponse> {
  const { body } = request;
  const verdict = await verifyWithAnyKey(request, receiver, deps.clock.now());
  if (verdict.kind !== 'genuine') return refuse(deps, request, 401, `Not accepted: ${verdict.why}.`);
  return answer(
    await receiver.handleDelivery({ kind: 'signed', body, id: verdict.id, sentAt: verdict.sentAt }),
    request,
    deps,
  );
}

/** More keys cost a request to Secrets Manager, so they are read only if none of those at hand fits. */
async function verifyWithAnyKey(
  { headers, body }: WebhookRequest,
  receiver: WebhookReceiver,
  now: number,
): Promise<Verdict> {
  const signed = {
    id: headers['webhook-id'],
    timestamp: headers['webhook-timestamp'],
    signature: headers['webhook-signature'],
  };
  const verdict = verifySignature(signed, body, receiver.keys, now);
  if (verdict.kind !== 'unknown-key' || !receiver.moreKeys) return verdict;
  return verifySignature(signed, body, await receiver.moreKeys(), now);
}

function answer(result: DeliveryResult, request: WebhookRequest, deps: ReceiverDependencies): WebhookResponse {
  switch (result.kind) {
    case 'refused':
      return refuse(deps, request, 400, result.why);
    case 'other-network':
      return refuse(deps, request, 403, result.why);
    case 'not-kept':
      deps.log.error('The bus did not take an event', { why: result.why });
      return unavailable('The event could not be kept. Send it again.');
    case 'no-event':
      deps.log.info('A delivery without an event was answered', { mode: result.mode });
      return respond(202, {
        accepted: true,
        mode: result.mode,
        [result.mode === 'test' ? 'would' : 'why']: result.explanation,
      });
    case 'kept': {
      const { domain, request } = result;
      deps.log.info('An event was accepted', { id: request.eventId, kind: request.kind, trust: request.trust, domain });
      return respond(202, { accepted: true, domain, kind: request.kind });
    }
  }
}

function unavailable(why: string): WebhookResponse {
  return respond(503, { accepted: false, why }, { 'retry-after': RETRY_AFTER_SECONDS });
}

function refuse(
  { log }: ReceiverDependencies,
  { path }: Pick<WebhookRequest, 'path'>,
  status: number,
  why: string,
  headers: Readonly<Record<string, string>> = {},
): WebhookResponse {
  // The path of the plugin's webhook is secret, so the log names the route alone.
  log.warn('A request was refused', { route: parseAddress(path).kind, status, why });
  return respond(status, { accepted: false, why }, headers);
}

function respond(
  status: number,
  body: WebhookResponse['body'],
  headers: Readonly<Record<string, string>> = {},
): WebhookResponse {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body };
}

/** Compares hashes, so that the time tells nothing about the token's length either. */
function isToken(text: string, token: Secret | undefined): boolean {
  const digest = (value: string) => createHash('sha256').update(value).digest();
  return token !== undefined && timingSafeEqual(digest(text), digest(token.reveal()));
}
