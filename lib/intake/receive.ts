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
import { type HttpRequest, JSON_TYPE, RETRY_AFTER, refusalByForm, verifyRequest } from './request.ts';

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

/** Nothing that a sender does makes it throw. */
export async function receive(request: HttpRequest, deps: ReceiverDependencies): Promise<WebhookResponse> {
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
function refuseByForm(request: HttpRequest, deps: ReceiverDependencies): WebhookResponse | undefined {
  const refusal = refusalByForm(request);
  return refusal && refuse(deps, request, refusal.status, refusal.why, refusal.headers);
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
  request: HttpRequest,
  receiver: WebhookReceiver,
  deps: ReceiverDependencies,
): Promise<WebhookResponse> {
  const { body } = request;
  const verdict = await verifyRequest(request, receiver, deps.clock);
  if (verdict.kind !== 'genuine') return refuse(deps, request, 401, `Not accepted: ${verdict.why}.`);
  return answer(
    await receiver.handleDelivery({ kind: 'signed', body, id: verdict.id, sentAt: verdict.sentAt }),
    request,
    deps,
  );
}

function answer(result: DeliveryResult, request: HttpRequest, deps: ReceiverDependencies): WebhookResponse {
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
  return respond(503, { accepted: false, why }, RETRY_AFTER);
}

function refuse(
  { log }: ReceiverDependencies,
  { path }: Pick<HttpRequest, 'path'>,
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
  return { status, headers: { ...JSON_TYPE, ...headers }, body };
}

/** Compares hashes, so that the time tells nothing about the token's length either. */
function isToken(text: string, token: Secret | undefined): boolean {
  const digest = (value: string) => createHash('sha256').update(value).digest();
  return token !== undefined && timingSafeEqual(digest(text), digest(token.reveal()));
}
