/**
 * The payload of Ultimate Multisite's own webhook `domain_created`: 36 flat keys, ids as numbers or digits, flags as
 * "true" and "false", dates in UTC without a zone. Most of it is a customer's personal data, and is dropped here.
 */
import * as z from 'zod/mini';
import { epoch, type IsoTime, iso, parseTime } from '../core/values/time.ts';
import { type RawEvent, siteIdSchema } from './raw-event.ts';

export type PluginPayload =
  | { readonly kind: 'event'; readonly event: RawEvent }
  /** The plugin's "Send Test Event". Nothing marks it but ids of 0. Its domain is example.com. */
  | { readonly kind: 'test'; readonly domain: string }
  /** A mapping that is there and does not hold yet. */
  | { readonly kind: 'inactive' }
  | { readonly kind: 'malformed'; readonly why: string };

const NUMBER = 'must be a number';
const id = z
  .union([z.int(), z.pipe(z.string().check(z.regex(/^\d+$/)), z.transform(Number))], NUMBER)
  .check(z.refine((value) => value >= 0, NUMBER));
const flag = z.pipe(
  z.union([z.boolean(), z.enum(['true', 'false', '0', '1'])]),
  z.transform((value) => value === true || value === 'true' || value === '1'),
);

const schema = z.object(
  {
    domain_id: id,
    domain_domain: z.string('must be text'),
    domain_site_id: siteIdSchema,
    domain_active: z.catch(z._default(flag, true), true),
    domain_date_created: z.catch(z.nullish(z.string()), undefined),
  },
  'must be an object',
);

export function parsePluginPayload(body: unknown, now: number): PluginPayload {
  const parsed = schema.safeParse(body);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the body'} ${issue.message}`);
    return { kind: 'malformed', why: faults.join('; ') };
  }
  const { domain_id, domain_domain: domain, domain_site_id: siteId, domain_active, domain_date_created } = parsed.data;
  if (domain_id === 0) return { kind: 'test', domain };
  if (!domain_active) return { kind: 'inactive' };
  const occurredAt = createdAt(domain_date_created, now);
  // The plugin gives its deliveries no id. The row and its date stay the same however often they are sent.
  const eventId = `ultimate-multisite-${domain_id}-${occurredAt}`;
  return {
    kind: 'event',
    event: { id: eventId, kind: 'mapped', domain, siteId, occurredAt, trust: 'hint', network: undefined },
  };
}

/**
 * The date of the row: a replay of an old event stays old, and cannot bring back what was unmapped since. If the date
 * is missing, unreadable or in the future, the time of arrival takes its place.
 */
function createdAt(date: string | null | undefined, now: number): IsoTime {
  const [, day, time] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)$/.exec(date ?? '') ?? [];
  const created = parseTime(`${day}T${time}Z`);
  return created === undefined || epoch(created) > now ? iso(now) : created;
}
