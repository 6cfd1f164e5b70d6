/** An event for one receiver, as the rules of the bus write it into the queue of notify (infra/notify.ts). */
import * as z from 'zod/mini';
import { isEventId } from '../core/domain/mapping-request.ts';
import type { ReceiverName } from '../core/report/delivery.ts';
import { OUTGOING_TYPES, type OutgoingEvent } from '../core/report/outgoing.ts';
import { parseJson } from '../util/json.ts';

const schema = z.object({
  receiver: z.enum(['webhook', 'slack']),
  event: z.object({
    'detail-type': z.enum(OUTGOING_TYPES),
    detail: z.looseObject({
      id: z.string().check(z.refine(isEventId, 'must be of 1 to 256 printable ASCII characters')),
      at: z.iso.datetime(),
      reason: z.optional(z.string()),
      whatToDo: z.optional(z.string()),
      domain: z.optional(z.string()),
      domains: z.optional(z.array(z.string())),
      count: z.optional(z.number()),
    }),
  }),
});

/** Of no domain. */
const OF_NONE: ReadonlySet<string> = new Set(['quota.low', 'notify.test']);

/** A string says what is wrong. */
export function parseQueued(body: string): { readonly receiver: ReceiverName; readonly event: OutgoingEvent } | string {
  const parsed = schema.safeParse(parseJson(body));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return `it is no event for a receiver (${issue?.path.join('.') || 'the whole of it'}: ${issue?.message})`;
  }
  const { receiver, event } = parsed.data;
  const { 'detail-type': type, detail } = event;
  const isOfDomains = detail.domains !== undefined && detail.count !== undefined;
  const isOfOne = detail.domain !== undefined && type !== 'removals.held';
  if (!OF_NONE.has(type) && !isOfOne && !isOfDomains) return `it is an event ${type} of no domain`;
  return { receiver, event: { type, detail } as unknown as OutgoingEvent };
}
