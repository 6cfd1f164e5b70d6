/** What a sender that is known says: from the bytes of a body to an event on the bus. */
import * as z from 'zod/mini';
import type { MappingRequest } from '../core/domain/mapping-request.ts';
import { isProtected } from '../core/plan/protected-domains.ts';
import type { HostName } from '../core/values/host-name.ts';
import { epoch, iso } from '../core/values/time.ts';
import type { Clock } from '../util/clock.ts';
import { parseJson } from '../util/json.ts';
import { messageOf } from '../util/log.ts';
import type { Secret } from '../util/secret.ts';
import { type Bus, toBus, toMappingEvent } from './event.ts';
import { parsePluginPayload } from './plugin-payload.ts';
import { type RawEvent, siteIdSchema, timeSchema } from './raw-event.ts';
import type { ReceiverSettings } from './settings.ts';
import { type SigningKey, TOLERANCE_MS } from './signature.ts';

/** The body of a request whose sender is known. */
export type Delivery =
  /** Signed, under this identity at this time (ms since 1970). */
  | { readonly kind: 'signed'; readonly body: Uint8Array; readonly id: string; readonly sentAt: number }
  /** By the plugin's own webhook. */
  | { readonly kind: 'plugin'; readonly body: Uint8Array };

/** What became of it. `refused`: sending it again does not help. `not-kept`: it does. */
export type DeliveryResult =
  | { readonly kind: 'kept'; readonly domain: HostName; readonly request: MappingRequest }
  | { readonly kind: 'no-event'; readonly mode: 'test' | 'ignored'; readonly says: string }
  | { readonly kind: 'refused' | 'not-kept'; readonly why: string };

const bodySchema = z.object(
  {
    type: z.enum(['domain.mapped', 'domain.unmapped'], 'must be domain.mapped or domain.unmapped'),
    timestamp: z.optional(timeSchema),
    data: z.object({ domain: z.string('must be text'), siteId: siteIdSchema }, 'must be an object'),
  },
  'must be an object',
);

const testSchema = z.object({ type: z.literal('bridge.test') });

/** Takes the settings of the way in, the bus and the clock; returns what requests are judged by, and taken with. */
export function webhookReceiver(
  { keys, urlToken, protectedDomains }: ReceiverSettings,
  bus: Bus,
  clock: Clock,
): WebhookReceiver {
  return {
    keys,
    urlToken,
    handleDelivery: async (delivery) => {
      const read = readDelivery(delivery, clock.now());
      return read.kind === 'event' ? put(read.event, protectedDomains, bus) : read;
    },
  };
}

type Read =
  | { readonly kind: 'event'; readonly event: RawEvent }
  | Exclude<DeliveryResult, { kind: 'kept' | 'not-kept' }>
  | Refused;
type Refused = { readonly kind: 'refused'; readonly why: string };

function readDelivery(delivery: Delivery, now: number): Read {
  const json = parseJson(delivery.body);
  if (json === undefined) return refused('The body is not valid JSON.');
  return delivery.kind === 'signed' ? readSigned(json, delivery, now) : readPlugin(json, now);
}

function readSigned(json: unknown, { id, sentAt }: Extract<Delivery, { kind: 'signed' }>, now: number): Read {
  // Who gets this far has the right address, key and clock, which is what the sender wants to know.
  if (testSchema.safeParse(json).success) return { kind: 'no-event', mode: 'test', says: 'do nothing: it is a test' };
  const parsed = bodySchema.safeParse(json);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the body'} ${issue.message}`);
    return refused(`The event was not understood: ${faults.join('; ')}.`);
  }
  const { type, timestamp, data } = parsed.data;
  const occurredAt = timestamp ?? iso(sentAt);
  // It would outrank everything that is said about the domain until then.
  if (epoch(occurredAt) > now + TOLERANCE_MS) {
    return refused(`The event is from ${occurredAt}, more than 5 minutes ahead of this clock.`);
  }
  const kind = type === 'domain.mapped' ? 'mapped' : 'unmapped';
  return { kind: 'event', event: { id, kind, ...data, siteId: data.siteId, occurredAt, trust: 'signed' } };
}

function readPlugin(json: unknown, now: number): Read {
  const payload = parsePluginPayload(json, now);
  switch (payload.kind) {
    case 'event':
      return payload;
    case 'malformed':
      return refused(`The event was not understood: ${payload.why}.`);
    case 'test':
      return { kind: 'no-event', mode: 'test', says: `map ${payload.domain}` };
    case 'inactive':
      return { kind: 'no-event', mode: 'ignored', says: 'The mapping is not active.' };
  }
}

async function put(event: RawEvent, protectedDomains: readonly string[], bus: Bus): Promise<DeliveryResult> {
  const parsed = toMappingEvent(event);
  if (!parsed.ok) return refused(`The event is refused: ${parsed.why}.`);
  const { domain, request } = parsed.event;
  const named = request.kind === 'mapped' && request.namedAs === 'www' ? `www.${domain}` : domain;
  if (isProtected(protectedDomains, [domain, named])) {
    return refused(`${domain} is listed in PROTECTED_DOMAINS, so it is neither added nor removed.`);
  }
  try {
    await bus.put(toBus(parsed.event));
  } catch (error) {
    return { kind: 'not-kept', why: messageOf(error) };
  }
  return { kind: 'kept', domain, request };
}

function refused(why: string): Refused {
  return { kind: 'refused', why };
}

/** What is needed to judge a request, and to take what it says. */
export type WebhookReceiver = {
  readonly keys: readonly SigningKey[];
  /** Where none of the keys fits: returns newer ones and those from before the last change, as far as there are any. */
  readonly moreKeys?: () => Promise<readonly SigningKey[]>;
  /** Secret part of the address for the plugin's own, unsigned webhook. Undefined: that way in is closed. */
  readonly urlToken: Secret | undefined;
  readonly handleDelivery: (delivery: Delivery) => Promise<DeliveryResult>;
};
