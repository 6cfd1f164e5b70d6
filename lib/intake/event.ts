/**
 * Events on the bus, in the form of EventBridge.
 *
 * Anything in the AWS account with the right to put events may send `domain.mapped` and `domain.unmapped`. That right
 * is as good as a signature, so an event counts as signed unless it calls itself a hint.
 */
import * as z from 'zod/mini';
import { isEventId, type MappingEvent } from '../core/domain/mapping-request.ts';
import { type HostName, parseMapping } from '../core/values/host-name.ts';
import { CLOCK_TOLERANCE_MS, epoch } from '../core/values/time.ts';
import { parseJson } from '../util/json.ts';
import { networkSchema, type RawEvent, siteIdSchema, timeSchema } from './raw-event.ts';

export type BusEvent = {
  readonly 'detail-type': 'domain.mapped' | 'domain.unmapped' | 'domain.recheck' | 'domain.check';
  readonly detail: object;
};

/** Once `put` resolves, the event outlives the process. */
export type Bus = { put(event: BusEvent): Promise<void> };

/**
 * A message of the queue of `sync`. `recheck` asks for another run over these domains; `hop` says how often they came back. `check` asks
 * for a look at a domain, because its customer does.
 */
export type Message =
  | { readonly kind: 'event'; readonly event: MappingEvent }
  | { readonly kind: 'recheck'; readonly domains: readonly HostName[]; readonly hop: number }
  | { readonly kind: 'check'; readonly domain: HostName }
  | { readonly kind: 'malformed'; readonly why: string };

const identity = z.string().check(z.refine(isEventId, 'must be of 1 to 256 printable ASCII characters'));

const envelopeSchema = z.object({
  id: identity,
  'detail-type': z.enum(['domain.mapped', 'domain.unmapped', 'domain.recheck', 'domain.check']),
  time: timeSchema,
  detail: z.object({
    // The bus gives each event an id too, and it is the same at every delivery.
    id: z.catch(z.optional(identity), undefined),
    domain: z.optional(z.string()),
    domains: z.optional(z.array(z.string())),
    // Version 0.1.0 did not count.
    hop: z._default(z.int().check(z.nonnegative()), 1),
    siteId: siteIdSchema,
    network: networkSchema,
    occurredAt: z.optional(timeSchema),
    trust: z._default(z.enum(['signed', 'hint']), 'signed'),
  }),
});

export type ParsedEvent =
  | { readonly ok: true; readonly event: MappingEvent }
  | { readonly ok: false; readonly why: string };

/** Normalises the domain. Refuses what is no host name, and hints to remove. */
export function toMappingEvent({ id, kind, domain, siteId, occurredAt, trust, network }: RawEvent): ParsedEvent {
  const parsed = parseMapping(domain);
  if (!parsed.ok) return parsed;
  const raw = { eventId: id, occurredAt, ...(siteId !== undefined && { siteId }) };
  const about = { domain: parsed.domain, ...(network !== undefined && { network }) };
  if (kind === 'mapped') {
    return { ok: true, event: { ...about, request: { ...raw, kind, trust, namedAs: parsed.namedAs } } };
  }
  if (trust === 'hint') return { ok: false, why: 'a hint may add a domain and never remove one' };
  return { ok: true, event: { ...about, request: { ...raw, kind, trust } } };
}

/** The event, as `parseMessage` reads it. */
export function toBus({ domain, request, network }: MappingEvent): BusEvent {
  const { eventId: id, siteId, occurredAt, trust, kind } = request;
  const name = kind === 'mapped' && request.namedAs === 'www' ? `www.${domain}` : domain;
  return {
    'detail-type': `domain.${kind}`,
    detail: {
      id,
      domain: name,
      ...(siteId !== undefined && { siteId }),
      occurredAt,
      trust,
      ...(network !== undefined && { network }),
    },
  };
}

/** The service sends it to itself, with a delay, for domains that are due soon. */
export function recheckEvent(domains: readonly HostName[], hop: number): BusEvent {
  return { 'detail-type': 'domain.recheck', detail: { domains, hop } };
}

/** The page of a domain sends it, to the queue and not to the bus. */
export function checkEvent(domain: HostName): BusEvent {
  return { 'detail-type': 'domain.check', detail: { domain } };
}

/** Unreadable domains of a recheck are dropped: it only repeats what the ledger knows. */
export function parseMessage(text: string): Message {
  const malformed = (why: string): Message => ({ kind: 'malformed', why });
  const body = parseJson(text);
  if (body === undefined) return malformed('it is not JSON');
  const parsed = envelopeSchema.safeParse(body);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return malformed(`it does not have the form of an event: ${issue?.path.join('.')} ${issue?.message}`);
  }
  const { id, 'detail-type': type, time, detail } = parsed.data;
  if (type === 'domain.recheck') {
    const domains = (detail.domains ?? []).flatMap((domain) => {
      const each = parseMapping(domain);
      return each.ok ? [each.domain] : [];
    });
    const { hop } = detail;
    return domains.length > 0 ? { kind: 'recheck', domains, hop } : malformed('it names no domain to check again');
  }
  if (detail.domain === undefined) return malformed('it names no domain');
  if (type === 'domain.check') {
    const checked = parseMapping(detail.domain);
    return checked.ok ? { kind: 'check', domain: checked.domain } : malformed(checked.why);
  }
  const { domain, siteId, trust, network } = detail;
  // An event from the future gets the time of the bus, which is the same at every delivery of the message.
  const claimed = detail.occurredAt ?? time;
  const occurredAt = epoch(claimed) > epoch(time) + CLOCK_TOLERANCE_MS ? time : claimed;
  const kind = type === 'domain.mapped' ? 'mapped' : 'unmapped';
  const event = toMappingEvent({ id: detail.id ?? id, kind, domain, siteId, occurredAt, trust, network });
  return event.ok ? { kind: 'event', event: event.event } : malformed(event.why);
}
