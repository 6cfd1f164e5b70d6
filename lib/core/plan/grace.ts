/** How long a domain is spared that the network does not list any more, and that nobody unmapped. */
import type { DomainRecord } from '../domain/record.ts';
import { epoch, type IsoTime } from '../values/time.ts';

/** Two complete readings of the network, at least the grace apart, must lack a domain. The times of the readings count. */
export function isInGrace(record: DomainRecord, readAt: IsoTime, graceMs: number): boolean {
  const missingSince = missingSinceOf(record, readAt);
  if (!missingSince || readAt <= missingSince) return true;
  return epoch(readAt) - epoch(missingSince) < graceMs;
}

/** A time after the reading comes from a clock that was wrong: it counts for nothing. */
export function missingSinceOf({ state: { missingSince } }: DomainRecord, readAt: IsoTime): IsoTime | undefined {
  return missingSince && missingSince <= readAt ? missingSince : undefined;
}
