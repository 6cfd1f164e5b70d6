/** What somebody says about a domain, before it is known to be one. */
import * as z from 'zod';
import { type IsoTime, iso } from '../core/time.ts';
import type { Wish } from '../core/wish.ts';

export type Said = {
  readonly id: string;
  readonly kind: Wish['kind'];
  readonly domain: string;
  readonly siteId: number | undefined;
  readonly occurredAt: IsoTime;
  readonly trust: Wish['trust'];
};

/** A site's id as WordPress counts: the plugin sends numbers and digits alike. */
export const siteIdSchema = z.coerce.number().int().positive().optional().catch(undefined);

/** ISO time with its offset, as ISO time in UTC. */
export const timeSchema = z.iso.datetime({ offset: true }).transform((text) => iso(Date.parse(text)));
