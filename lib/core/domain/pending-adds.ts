/** Adds whose answer never came: which object on RunCloud is the outcome of one of them? */
import type { HostName } from '../values/host-name.ts';
import type { IsoTime } from '../values/time.ts';
import type { ActualDomain } from './runcloud-domain.ts';

/**
 * An add that was sent, or may have been by a run that died. It stands in the ledger before the request goes out, so whoever
 * comes next knows of it.
 */
export type PendingAdd = {
  readonly domain: HostName;
  readonly since: IsoTime;
  /** RunCloud does not work on the request beyond this. */
  readonly until: IsoTime;
  /** Highest id of the last whole list before the request. Absent: that of the list in the ledger, which is as old. */
  readonly aboveId?: number;
};

/**
 * Whether the object is the outcome of one of these adds: its id is above all in the last list before the request, and RunCloud's
 * ids only grow. Dates decide nothing: `created_at` names no zone. Whoever adds the same name by hand between that list and a lost
 * request is taken for this service; `docs/decisions/ownership-by-id.md` weighs that.
 */
export function isOutcomeOf(pendingAdds: readonly PendingAdd[], { id }: ActualDomain): boolean {
  return pendingAdds.some(({ aboveId }) => aboveId !== undefined && id > aboveId);
}

/** Pending adds of an earlier run, each with the list it was sent after. Before the first list there was no add. */
export function afterList(pendingAdds: readonly PendingAdd[], highestId: number | undefined): readonly PendingAdd[] {
  return pendingAdds.flatMap((pending) => {
    if (pending.aboveId !== undefined) return [pending];
    return highestId === undefined ? [] : [{ ...pending, aboveId: highestId }];
  });
}
