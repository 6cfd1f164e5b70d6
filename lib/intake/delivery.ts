/** What becomes of a delivery whose sender is known: its body is parsed, and its event put on the bus. */
import * as z from 'zod/mini';
import type { MappingRequest } from '../core/domain/mapping-request.ts';
import { expectedNetwork, explainRefusal, isRefused, type NetworkKnowledge } from '../core/network/event-networks.ts';
import type { HostName } from '../core/values/host-name.ts';
import type { NetworkName } from '../core/values/network-name.ts';
import { CLOCK_TOLERANCE_MS, epoch, iso } from '../core/values/time.ts';
import type { Clock } from '../util/clock.ts';
import { parseJson } from '../util/json.ts';
import { messageOf } from '../util/log.ts';
import type { Secret } from '../util/secret.ts';
import { type Bus, toBus, toMappingEvent } from './event.ts';
import { parsePluginPayload } from './plugin-payload.ts';
import { networkSchema, type RawEvent, siteIdSchema, timeSchema } from './raw-event.ts';
import type { Signers } from './request.ts';
import type { ReceiverSettings } from './settings.ts';

export type Delivery =
  /** A signed webhook: its headers `webhook-id` and `webhook-timestamp` (here epoch ms). */
  | { readonly kind: 'signed'; readonly body: Uint8Array; readonly id: string; readonly sentAt: number }
  /** The plugin's own webhook, at its secret address. */
  | { readonly kind: 'plugin'; readonly body: Uint8Array };

/** After `refused` it does not help to send the delivery again. After `not-kept` it does. */
export type DeliveryResult =
  | { readonly kind: 'kept'; readonly domain: HostName; readonly request: MappingRequest }
  | { readonly kind: 'no-event'; readonly mode: 'test' | 'ignored'; readonly explanation: string }
  /** `other-network`: it helps once the network on record is another. */
  | { readonly kind: 'refused' | 'not-kept' | 'other-network'; readonly why: string };

export type WebhookReceiver = Signers & {
  /** Secret part of the address for the plugin's own, unsigned webhook. Undefined closes that address. */
  readonly urlToken: Secret | undefined;
  readonly handleDelivery: (delivery: Delivery) => Promise<DeliveryResult>;
};

const bodySchema = z.object(
  {
    type: z.enum(['domain.mapped', 'domain.unmapped'], 'must be domain.mapped or domain.unmapped'),
    timestamp: z.optional(timeSchema),
    data: z.object(
      { domain: z.string('must be text'), siteId: siteIdSchema, network: networkSchema },
      'must be an object',
    ),
  },
  'must be an object',
);

const testSchema = z.object({
  type: z.literal('bridge.test'),
  data: z.catch(z.object({ network: networkSchema }), { network: undefined }),
});

const NOTHING_KNOWN = { remembered: undefined, listedHost: undefined };

/**
 * `recall`: what the ledger knows of networks, where the receiver may read it. It may not on AWS: there only a network that the
 * settings name is known here, and `sync` refuses the events of others.
 */
export function webhookReceiver(
  settings: ReceiverSettings,
  bus: Bus,
  clock: Clock,
  recall: () => Promise<Omit<NetworkKnowledge, 'configured'>> = async () => NOTHING_KNOWN,
): WebhookReceiver {
  const { keys, urlToken, network } = settings;
  return {
    keys,
    urlToken,
    handleDelivery: async (delivery) => {
      const parsed = parseDelivery(delivery, clock.now());
      if (parsed.kind === 'refused') return parsed;
      const from = parsed.kind === 'event' ? parsed.event.network : parsed.network;
      const known = { configured: network, ...(from && !network ? await recall() : NOTHING_KNOWN) };
      if (from && isRefused(from, known)) {
        return { kind: 'other-network', why: explainRefusal(from, expectedNetwork(known)) };
      }
      return parsed.kind === 'event' ? put(parsed.event, bus) : parsed.result;
    },
  };
}

type Parsed =
  | { readonly kind: 'event'; readonly event: RawEvent }
  | {
      readonly kind: 'no-event';
      readonly result: Extract<DeliveryResult, { kind: 'no-event' }>;
      readonly network: NetworkName | undefined;
    }
  | Refused;
type Refused = { readonly kind: 'refused'; readonly why: string };

function parseDelivery(delivery: Delivery, now: number): Parsed {
  const json = parseJson(delivery.body);
  if (json === undefined) return refused('The body is not valid JSON.');
  return delivery.kind === 'signed' ? parseSigned(json, delivery, now) : parsePlugin(json, now);
}

function parseSigned(json: unknown, { id, sentAt }: Extract<Delivery, { kind: 'signed' }>, now: number): Parsed {
  const parsed = bodySchema.safeParse(json);
  if (!parsed.success) {
    // A test asks whether address, key and clock are right. They are, or it had not come here.
    const test = testSchema.safeParse(json);
    if (test.success) return noEvent('test', 'do nothing: it is a test', test.data.data.network);
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the body'} ${issue.message}`);
    return refused(`The event was not understood: ${faults.join('; ')}.`);
  }
  const { type, timestamp, data } = parsed.data;
  const occurredAt = timestamp ?? iso(sentAt);
  // The newest event about a domain wins. One from the future would win against all others until then.
  if (epoch(occurredAt) > now + CLOCK_TOLERANCE_MS) {
    return refused(`The event is from ${occurredAt}, more than 5 minutes ahead of this clock.`);
  }
  const kind = type === 'domain.mapped' ? 'mapped' : 'unmapped';
  return {
    kind: 'event',
    event: { id, kind, ...data, siteId: data.siteId, network: data.network, occurredAt, trust: 'signed' },
  };
}

function parsePlugin(json: unknown, now: number): Parsed {
  const payload = parsePluginPayload(json, now);
  switch (payload.kind) {
    case 'event':
      return payload;
    case 'malformed':
      return refused(`The event was not understood: ${payload.why}.`);
    case 'test':
      return noEvent('test', `map ${payload.domain}`);
    case 'inactive':
      return noEvent('ignored', 'The mapping is not active.');
  }
}

/** The planner holds what is protected, and shows it. The receiver on AWS does not know which domains that are. */
async function put(event: RawEvent, bus: Bus): Promise<DeliveryResult> {
  const parsed = toMappingEvent(event);
  if (!parsed.ok) return refused(`The event is refused: ${parsed.why}.`);
  const { domain, request } = parsed.event;
  try {
    await bus.put(toBus(parsed.event));
  } catch (error) {
    return { kind: 'not-kept', why: messageOf(error) };
  }
  return { kind: 'kept', domain, request };
}

function noEvent(mode: 'test' | 'ignored', explanation: string, network?: NetworkName): Parsed {
  return { kind: 'no-event', result: { kind: 'no-event', mode, explanation }, network };
}

function refused(why: string): Refused {
  return { kind: 'refused', why };
}
