import { type IsoTime, MINUTE } from '../values/time.ts';
import { type ActualDomain, wildcardSuffix } from './runcloud-domain.ts';

/** What a sync of a few domains needs to know of the whole application, as of the last whole list. */
export type ApplicationSnapshot = {
  /** When RunCloud's list was last read whole. */
  readonly observedAt: IsoTime;
  /** How long the reading took (ms), less the waits that RunCloud's limit or faults asked for. */
  readonly tookMs?: number;
  readonly primary: ActualDomain | undefined;
  readonly wildcards: readonly ActualDomain[];
  /** Highest id in the list. Ids only grow: an object with a higher id was made after the list was read. */
  readonly highestId: number;
  /** Domain objects in the list: the last one is never removed. */
  readonly count: number;
};

/** What the brake and the rule of the last domain count. */
export type DomainCounts = {
  readonly owned: number;
  /** With those that were sent and of which no outcome is known: these are owned as well. */
  readonly removedLastDay: number;
  /** Domain objects of the application on RunCloud, ours or not. */
  readonly present: number;
};

/** `actual` is a whole list: a domain that it lacks counts as gone. */
export function snapshotOf(actual: readonly ActualDomain[], observedAt: IsoTime): ApplicationSnapshot {
  return {
    observedAt,
    primary: actual.find((domain) => domain.type === 'primary'),
    wildcards: actual.filter((domain) => wildcardSuffix(domain) !== undefined),
    highestId: actual.reduce((highest, { id }) => Math.max(highest, id), 0),
    count: actual.length,
  };
}

/** Objects that every plan has to know of, whichever domains it is about. */
export function knownToAll({ primary, wildcards }: ApplicationSnapshot): readonly ActualDomain[] {
  return [...(primary ? [primary] : []), ...wildcards];
}

/**
 * From this age on, a list that lacks a domain is believed (ms). RunCloud does not document how long its list may lag behind
 * a change; a quarter of an hour is on the safe side.
 */
export const LATEST_LIST_MS = 15 * MINUTE;
