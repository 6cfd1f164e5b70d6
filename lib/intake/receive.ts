/**
 * The way in over HTTP: takes a request, checks who speaks and what is said, puts one event on the bus and answers.
 *
 *   POST /webhooks                            signed by Standard Webhooks: map and unmap
 *   POST /webhooks/ultimate-multisite/{token} the plugin's own webhook, unsigned: a hint, which may only add
 *
 * It answers 202 after the bus has the event, and never before.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import type { Clock } from '../clock.ts';
import { isProtected } from '../core/protection.ts';
import type { Secret } from '../core/secret.ts';
import { epoch, iso } from '../core/time.ts';
import type { MappingEvent } from '../core/wish.ts';
import { type Log, messageOf } from '../log.ts';
import type { IntakeSettings } from '../settings.ts';
import { type Bus, hear, siteIdSchema, timeSchema, toBus } from './event.ts';
import { parsePluginPayload } from './plugin-payload.ts';
import { TOLERANCE_MS, verify } from './signature.ts';

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

export type Intake = {
  readonly settings: IntakeSettings;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
};

export const LONGEST_BODY_BYTES = 64 * 1024;
const RETRY_AFTER_SECONDS = '30';
const SIGNED_PATH = '/webhooks';
const PLUGIN_PATH = '/webhooks/ultimate-multisite/';

const bodySchema = z.object({
  type: z.enum(['domain.mapped', 'domain.unmapped'], 'must be domain.mapped or domain.unmapped'),
  timestamp: timeSchema.optional(),
  data: z.object({ domain: z.string('must be text'), siteId: siteIdSchema }, 'must be an object'),
});

/** Takes a request and what is needed to judge it; returns the answer to send. Throws nothing a sender could cause. */
export async function receive(request: IntakeRequest, intake: Intake): Promise<IntakeAnswer> {
  const { method, path, body } = request;
  const isSigned = path === SIGNED_PATH;
  const isPlugin = path.startsWith(PLUGIN_PATH) && isToken(path.slice(PLUGIN_PATH.length), intake.settings.urlToken);
  // A wrong token looks like any other wrong address.
  if (!isSigned && !isPlugin) return refuse(intake, request, 404, 'There is nothing at this address.');
  if (method !== 'POST') return refuse(intake, request, 405, 'Only POST is understood here.', { allow: 'POST' });
  if (body.length > LONGEST_BODY_BYTES) return tooLarge(intake, request);
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
    return refuse(intake, request, 415, 'The content type must be application/json.');
  }
  return isSigned ? receiveSigned(request, intake) : receivePlugin(request, intake);
}

function tooLarge(intake: Intake, request: Pick<IntakeRequest, 'path'>): IntakeAnswer {
  return refuse(intake, request, 413, `The body is longer than ${LONGEST_BODY_BYTES} bytes.`);
}

async function receiveSigned(request: IntakeRequest, intake: Intake): Promise<IntakeAnswer> {
  const { headers, body } = request;
  const now = intake.clock.now();
  const signed = {
    id: headers['webhook-id'],
    timestamp: headers['webhook-timestamp'],
    signature: headers['webhook-signature'],
  };
  const verdict = verify(signed, body, intake.settings.keys, now);
  if (verdict.kind === 'refused') return refuse(intake, request, 401, `Not accepted: ${verdict.why}.`);
  const json = parseJson(body);
  if (json === undefined) return refuse(intake, request, 400, 'The body is not valid JSON.');
  const parsed = bodySchema.safeParse(json);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the body'} ${issue.message}`);
    return refuse(intake, request, 400, `The event was not understood: ${faults.join('; ')}.`);
  }
  const { type, timestamp, data } = parsed.data;
  const kind = type === 'domain.mapped' ? 'mapped' : 'unmapped';
  const occurredAt = timestamp ?? iso(verdict.sentAt);
  // It would outrank everything that is said about the domain until then.
  if (epoch(occurredAt) > now + TOLERANCE_MS) {
    return refuse(intake, request, 400, `The event is from ${occurredAt}, more than 5 minutes ahead of this clock.`);
  }
  const heard = hear({ id: verdict.id, kind, ...data, siteId: data.siteId, occurredAt, trust: 'signed' });
  return heard.ok
    ? accept(heard.event, request, intake)
    : refuse(intake, request, 400, `The event is refused: ${heard.why}.`);
}

async function receivePlugin(request: IntakeRequest, intake: Intake): Promise<IntakeAnswer> {
  const now = intake.clock.now();
  const json = parseJson(request.body);
  if (json === undefined) return refuse(intake, request, 400, 'The body is not valid JSON.');
  const payload = parsePluginPayload(json, now);
  switch (payload.kind) {
    case 'malformed':
      return refuse(intake, request, 400, `The event was not understood: ${payload.why}.`);
    case 'test':
      intake.log.info('A test event was answered', { verdict: 'test' });
      return respond(202, { accepted: true, mode: 'test', would: `map ${payload.domain}` });
    case 'inactive':
      intake.log.info('An event about an inactive mapping was answered', { verdict: 'ignored' });
      return respond(202, { accepted: true, mode: 'ignored', why: 'The mapping is not active.' });
    case 'said': {
      const heard = hear(payload.said);
      return heard.ok
        ? accept(heard.event, request, intake)
        : refuse(intake, request, 400, `The event is refused: ${heard.why}.`);
    }
  }
}

async function accept(event: MappingEvent, request: IntakeRequest, intake: Intake): Promise<IntakeAnswer> {
  const { domain, wish } = event;
  const named = wish.kind === 'mapped' && wish.namedAs === 'www' ? `www.${domain}` : domain;
  if (isProtected(intake.settings.protectedDomains, [domain, named])) {
    return refuse(
      intake,
      request,
      400,
      `${domain} is listed in PROTECTED_DOMAINS, so it is neither added nor removed.`,
    );
  }
  try {
    await intake.bus.put(toBus(event));
  } catch (error) {
    intake.log.error('The bus did not take an event', { id: wish.eventId, domain, why: messageOf(error) });
    return respond(
      503,
      { accepted: false, why: 'The event could not be kept. Send it again.' },
      { 'retry-after': RETRY_AFTER_SECONDS },
    );
  }
  intake.log.info('An event was accepted', { id: wish.eventId, kind: wish.kind, trust: wish.trust, domain });
  return respond(202, { accepted: true, domain, kind: wish.kind });
}

function refuse(
  { log }: Intake,
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

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}
