import type { HostName } from '../values/host-name.ts';
import type { IsoTime } from '../values/time.ts';
import { ownershipOf } from './ownership.ts';
import type { DomainState } from './record.ts';
import type { ActualDomain, ActualIndex } from './runcloud-domain.ts';

/**
 * An add whose answer is not known: it was lost, or the run died that was about to send it. It is in the ledger before the
 * request goes out, so that the next run knows of it.
 */
export type PendingAdd = {
  readonly domain: HostName;
  /** Of the object that was asked for: that of the domain, or its `www.` name. Absent: the run died, and either may have been. */
  readonly name?: string;
  readonly since: IsoTime;
  /** RunCloud carries the request out before this or never. A quarter of an hour later a list that lacks the domain proves "never". */
  readonly until: IsoTime;
  /** Highest id in the last whole list before the request. Absent: the list in the ledger is that one. */
  readonly aboveId?: number;
};

/**
 * Whether the object counts as made by one of these adds, which are of its domain: it has the name, and its id is above all in the last whole list before
 * the request, and RunCloud's ids only grow. Dates decide nothing: `created_at` names no zone.
 *
 * The blind spot: an object of that name which somebody made by hand after that list passes too, because nothing tells the two
 * apart. `docs/decisions/ownership-by-id.md` weighs it.
 */
export function isOutcomeOf(pendingAdds: readonly PendingAdd[], object: ActualDomain): boolean {
  return pendingAdds.some(
    (pending) => isOfName(pending, object) && object.id > (pending.aboveId ?? Number.POSITIVE_INFINITY),
  );
}

/** Whether it asked for an object of that name, as far as is known. */
export function isOfName({ name }: PendingAdd, object: ActualDomain): boolean {
  return name === undefined || name === object.name;
}

/**
 * Whether a list shows what became of the add. Until then an object of its name, when it shows at last, has to be told from others. `before`
 * is the domain's state as the list found it.
 */
export function isResolved(pending: PendingAdd, index: ActualIndex, before: DomainState): boolean {
  const listed = [index.find(pending.domain), index.apart(pending.domain)].filter((each) => each !== undefined);
  if (pending.name !== undefined) return listed.some((each) => isOfName(pending, each));
  // Beside an object that was ours before, the add may have been for the other form of the name: unless the run that died recorded it itself.
  return listed.some((each) => {
    const ownership = ownershipOf(before, each);
    return !ownership || (isOutcomeOf([pending], each) && ownership.since <= pending.until);
  });
}

/**
 * What stays pending of an add once another one of its domain was answered with a new object of this name. RunCloud has no name twice, so
 * what the run that died asked for was the other form of it, if anything.
 */
export function besideAnswered(pending: PendingAdd, name: string): readonly PendingAdd[] {
  if (pending.name !== undefined) return pending.name === name ? [] : [pending];
  return [{ ...pending, name: name === pending.domain ? `www.${pending.domain}` : pending.domain }];
}

/** Gives the pending adds of an earlier run the list they were sent after. No list yet: then none of them was sent. */
export function afterList(pendingAdds: readonly PendingAdd[], highestId: number | undefined): readonly PendingAdd[] {
  return pendingAdds.flatMap((pending) => {
    if (pending.aboveId !== undefined) return [pending];
    return highestId === undefined ? [] : [{ ...pending, aboveId: highestId }];
  });
}
