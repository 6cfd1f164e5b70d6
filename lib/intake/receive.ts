/**
 * The way in over HTTP: takes a request, checks who speaks, has taken what is said, and answers.
 *
 *   POST /webhooks                            signed by Standard Webhooks: map and unmap
 *   POST /webhooks/ultimate-multisite/{token} the plugin's own webhook, unsigned: a hint, which may only add
 *
 * It answers 202 after the bus has the event, and never before.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../util/clock.ts';
import { explain, type Log } from '../util/log.ts';
import type { Secret } from '../util/secret.ts';
import type { Intake, Taken } from './deliver.ts';
import { type Verdict, verify } from './signature.ts';

/** A request, whatever brought it. Names of headers in lower case. */
export type IntakeRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The bytes as they came: the signature is over these. */
  readonly body: Uint8Array;
};

export type IntakeAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly accepted: boolean; readonly [more: string]: string | boolean };
};

export type Door = {
  /** Opened only for a request that may be one. Throws where the settings are not to be had. */
  readonly open: () => Promise<Intake>;
  readonly clock: Clock;
  readonly log: Log;
};

export const LONGEST_BODY_BYTES = 64 * 1024;
const RETRY_AFTER_SECONDS = '30';
const SIGNED_PATH = '/webhooks';
const PLUGIN_PATH = '/webhooks/ultimate-multisite/';

/** Takes a request and the door; returns the answer to send. Throws nothing a sender could cause. */
export async function receive(request: IntakeRequest, door: Door): Promise<IntakeAnswer> {
  const { path } = request;
  if (path === SIGNED_PATH) {
    const refused = refuseByForm(request, door);
    if (refused) return refused;
    const intake = await openDoor(door);
    return intake ? receiveSigned(request, intake, door) : notNow('The service is not ready. Send it again later.');
  }
  if (path.startsWith(PLUGIN_PATH)) {
    const intake = await openDoor(door);
    if (!intake) return notNow('The service is not ready. Send it again later.');
    // A wrong token looks like any other wrong address.
    if (isToken(path.slice(PLUGIN_PATH.length), intake.urlToken)) {
      const refused = refuseByForm(request, door);
      return refused ?? answer(await intake.take({ kind: 'plugin', body: request.body }), request, door);
    }
  }
  return refuse(door, request, 404, 'There is nothing at this address.');
}

/** Returns the answer where the request cannot be one, whoever sent it; else undefined. */
function refuseByForm(request: IntakeRequest, door: Door): IntakeAnswer | undefined {
  const { method, headers, body } = request;
  if (method !== 'POST') return refuse(door, request, 405, 'Only POST is understood here.', { allow: 'POST' });
  if (body.length > LONGEST_BODY_BYTES) {
    return refuse(door, request, 413, `The body is longer than ${LONGEST_BODY_BYTES} bytes.`);
  }
  if (!/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')) {
    return refuse(door, request, 415, 'The content type must be application/json.');
  }
  return undefined;
}

async function openDoor({ open, log }: Door): Promise<Intake | undefined> {
  try {
    return await open();
  } catch (error) {
    log.error('Webhooks cannot be received', { why: explain(error) });
    return undefined;
  }
}

async function receiveSigned(request: IntakeRequest, intake: Intake, door: Door): Promise<IntakeAnswer> {
  const { body } = request;
  const verdict = await verifyWithAnyKey(request, intake, door.clock.now());
  if (verdict.kind !== 'genuine') return refuse(door, request, 401, `Not accepted: ${verdict.why}.`);
  return answer(await intake.take({ kind: 'signed', body, id: verdict.id, sentAt: verdict.sentAt }), request, door);
}

/** Keys that are not at hand cost a question to somebody else: they are fetched only where none at hand fits. */
async function verifyWithAnyKey({ headers, body }: IntakeRequest, intake: Intake, now: number): Promise<Verdict> {
  const signed = {
    id: headers['webhook-id'],
    timestamp: headers['webhook-timestamp'],
    signature: headers['webhook-signature'],
  };
  const verdict = verify(signed, body, intake.keys, now);
  if (verdict.kind !== 'unknown-key' || !intake.moreKeys) return verdict;
  return verify(signed, body, await intake.moreKeys(), now);
}

function answer(taken: Taken, request: IntakeRequest, door: Door): IntakeAnswer {
  switch (taken.kind) {
    case 'refused':
      return refuse(door, request, 400, taken.why);
    case 'not-kept':
      door.log.error('The bus did not take an event', { why: taken.why });
      return notNow('The event could not be kept. Send it again.');
    case 'no-event':
      door.log.info('A message that asks for nothing was answered', { mode: taken.mode });
      return respond(202, { accepted: true, mode: taken.mode, [taken.mode === 'test' ? 'would' : 'why']: taken.says });
    case 'kept': {
      const { domain, wish } = taken;
      door.log.info('An event was accepted', { id: wish.eventId, kind: wish.kind, trust: wish.trust, domain });
      return respond(202, { accepted: true, domain, kind: wish.kind });
    }
  }
}

function notNow(why: string): IntakeAnswer {
  return respond(503, { accepted: false, why }, { 'retry-after': RETRY_AFTER_SECONDS });
}

function refuse(
  { log }: Door,
  { path }: Pick<IntakeRequest, 'path'>,
  status: number,
  why: string,
  headers: Readonly<Record<string, string>> = {},
): IntakeAnswer {
  // The path of the plugin's webhook is a secret; which of the two ways it was says enough.
  const way = path === SIGNED_PATH ? 'signed' : path.startsWith(PLUGIN_PATH) ? 'plugin' : 'elsewhere';
  log.warn('A request was refused', { way, status, why });
  return respond(status, { accepted: false, why }, headers);
}

function respond(
  status: number,
  body: IntakeAnswer['body'],
  headers: Readonly<Record<string, string>> = {},
): IntakeAnswer {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body };
}

/** Hashes make both sides equally long, so that the comparison tells nothing about the length either. */
function isToken(given: string, token: Secret | undefined): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return token !== undefined && timingSafeEqual(digest(given), digest(token.reveal()));
}
