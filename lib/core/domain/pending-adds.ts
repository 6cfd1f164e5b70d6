import type { HostName } from '../values/host-name.ts';
import type { IsoTime } from '../values/time.ts';
import type { ActualDomain } from './runcloud-domain.ts';

/**
 * An add whose answer is not known: it was lost, or the run died that was about to send it. It is in the ledger before the
 * request goes out, so that the next run knows of it.
 */
export type PendingAdd = {
  readonly domain: HostName;
  readonly since: IsoTime;
  /** RunCloud carries the request out before this or never. A quarter of an hour later a list that lacks the domain proves "never". */
  readonly until: IsoTime;
  /** Highest id in the last whole list before the request. Absent: the list in the ledger is that one. */
  readonly aboveId?: number;
};

/**
 * Whether the object counts as made by one of these adds, which are of its name: its id is above all in the last whole list before
 * the request, and RunCloud's ids only grow. Dates decide nothing: `created_at` names no zone.
 *
 * The blind spot: an object of that name which somebody made by hand after that list passes too, because nothing tells the two
 * apart. `docs/decisions/ownership-by-id.md` weighs it.
 */
export function isOutcomeOf(pendingAdds: readonly PendingAdd[], { id }: ActualDomain): boolean {
  return pendingAdds.some(({ aboveId }) => id > (aboveId ?? Number.POSITIVE_INFINITY));
}

/** Gives the pending adds of an earlier run the list they were sent after. No list yet: then none of them was sent. */
export function afterList(pendingAdds: readonly PendingAdd[], highestId: number | undefined): readonly PendingAdd[] {
  return pendingAdds.flatMap((pending) => {
    if (pending.aboveId !== undefined) return [pending];
    return highestId === undefined ? [] : [{ ...pending, aboveId: highestId }];
  });
}
