/** How long a domain is spared that the network does not list any more, and that nobody unmapped. */
import type { DomainRecord } from '../domain/record.ts';
import { epoch, type IsoTime } from '../values/time.ts';

/**
 * Two complete readings of the network, at least the grace apart, must lack a domain, and both come after its newest mapping request. The
 * times of the readings count.
 */
export function isInGrace(record: DomainRecord, readAt: IsoTime, graceMs: number): boolean {
  const missingSince = missingSinceOf(record, readAt);
  if (!missingSince || readAt <= missingSince) return true;
  return epoch(readAt) - epoch(missingSince) < graceMs;
}

/**
 * A time after the reading comes from a clock that was wrong: it counts for nothing. Nor does one from before the newest mapping request,
 * also where the network has contradicted that since: a database replica that lags contradicts it too, and the lists from before it
 * lacked the domain rightly.
 */
export function missingSinceOf(
  { request, state: { missingSince } }: DomainRecord,
  readAt: IsoTime,
): IsoTime | undefined {
  if (!missingSince || missingSince > readAt) return undefined;
  return request?.kind === 'mapped' && request.occurredAt > missingSince ? undefined : missingSince;
}
