/**
 * What somebody says about a domain, before it is known to be one.
 *
 * The way in reads with `zod/mini`, not `zod`: 80 KB and 9 ms less at each start of the function.
 */
import * as z from 'zod/mini';
import type { MappingRequest } from '../core/domain/mapping-request.ts';
import { type IsoTime, iso } from '../core/values/time.ts';

export type RawEvent = {
  readonly id: string;
  readonly kind: MappingRequest['kind'];
  readonly domain: string;
  readonly siteId: number | undefined;
  readonly occurredAt: IsoTime;
  readonly trust: MappingRequest['trust'];
};

/** A site's id as WordPress counts: the plugin sends numbers and digits alike. */
export const siteIdSchema = z.catch(z.optional(z.coerce.number().check(z.int(), z.positive())), undefined);

/** ISO time with its offset, as ISO time in UTC. */
export const timeSchema = z.pipe(
  z.iso.datetime({ offset: true, error: 'must be an ISO time with its zone, such as 2026-11-22T08:00:00Z' }),
  z.transform((text: string) => iso(Date.parse(text))),
);
