/** What is remembered of the web application as a whole. */
import { type IsoTime, MINUTE } from '../values/time.ts';
import { type ActualDomain, wildcardSuffix } from './runcloud-domain.ts';

/** What must be known of the whole application where only a few domains are looked at. */
export type ApplicationSnapshot = {
  /** When RunCloud's list was last read whole. */
  readonly observedAt: IsoTime;
  /** How long that took, without waits for a RunCloud in trouble (ms). */
  readonly tookMs?: number;
  readonly primary: ActualDomain | undefined;
  readonly wildcards: readonly ActualDomain[];
  /** The highest id in that list: ids only grow, so an answer with a lower one shows an object that stood before. */
  readonly highestId: number;
  /** How many domain objects it held: the last one is never removed. */
  readonly count: number;
};

/** Sizes the brake works with. */
export type DomainCounts = {
  readonly owned: number;
  readonly removedLastDay: number;
  /** Domain objects of the application on RunCloud, ours or not. */
  readonly present: number;
};

/** Takes RunCloud's whole list and when it was read; returns what to remember of the application. */
export function snapshotOf(actual: readonly ActualDomain[], observedAt: IsoTime): ApplicationSnapshot {
  let highestId = 0;
  for (const { id } of actual) if (id > highestId) highestId = id;
  return {
    observedAt,
    primary: actual.find((domain) => domain.type === 'primary'),
    wildcards: actual.filter((domain) => wildcardSuffix(domain) !== undefined),
    highestId,
    count: actual.length,
  };
}

/** After this a list that lacks a domain is believed (ms). How late RunCloud's list may be is not documented. */
export const LATEST_LIST_MS = 15 * MINUTE;
