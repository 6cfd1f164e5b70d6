/** Adds whose answer never came: were they carried out, and is what stands on RunCloud now ours or somebody else's? */
import type { HostName } from '../values/host-name.ts';
import { epoch, HOUR, type IsoTime, MINUTE, SECOND } from '../values/time.ts';
import type { ActualDomain } from './runcloud-domain.ts';

/** An add that was, or may have been, under way between these two moments. */
export type Doubt = { readonly domain: HostName; readonly since: IsoTime; readonly until: IsoTime };

// `created_at` has whole seconds, and a request is under way for a moment on either side.
const TOLERANCE_MS = 5 * SECOND;

/**
 * Takes an object on RunCloud, the doubts about adds of its name, and how RunCloud's clock runs (undefined: taken to be
 * as ours). Returns whether RunCloud made the object while one of those adds was under way: then it is ours. Made before,
 * between, or long after, or with no date, it is somebody else's: to own too little is mended by `adopt`, to own too much
 * by nothing.
 */
export function isOurDoing(
  { createdAt }: ActualDomain,
  doubts: readonly Doubt[],
  clock: RunCloudClock | undefined,
): boolean {
  if (createdAt === undefined) return false;
  const made = createdAt - (clock?.aheadMs ?? 0);
  return doubts.some(({ since, until }) => made >= epoch(since) - TOLERANCE_MS && made <= epoch(until) + TOLERANCE_MS);
}

/**
 * RunCloud's `created_at` against the clocks: it names no zone, so both numbers are learned from the first object that is
 * surely new.
 */
export type RunCloudClock = {
  /** Its zone: how far it is ahead of the `Date` header of the same answer, in whole quarters of an hour (ms). */
  readonly zoneMs: number;
  /** How far it is ahead of our clock (ms). */
  readonly aheadMs: number;
};

// Zones differ by quarters of an hour, from UTC-12 to UTC+14, and by an hour more or less in summer.
const ZONE_STEP_MS = 15 * MINUTE;
const FURTHEST_ZONE_MS = 14 * HOUR;
const FRESH_MS = 15 * SECOND;

/** How old the last list may be where nothing is known of RunCloud's clock: no two zones are less than this apart (ms). */
export const LIST_AGE_FOR_UNKNOWN_CLOCK_MS = ZONE_STEP_MS - MINUTE;

/**
 * Takes the object that an add was answered with, the moment of the answer by RunCloud's own clock (ms, header `Date`), how
 * long the request took (ms), what is known of that clock, and how old the last complete list is (ms). Returns whether the object was made just then:
 * an API may answer an add of what exists with the old object. What is older than the last list is told by its id, so a
 * change of zone is believed only where no object can be that old without having been listed. Where RunCloud gives no
 * `created_at`, nothing speaks against it.
 */
export function isFreshlyMade(
  added: ActualDomain,
  answeredAt: number,
  tookMs: number,
  clock: RunCloudClock | undefined,
  listAgeMs: number,
): boolean {
  if (added.createdAt === undefined) return true;
  const distance = added.createdAt - answeredAt;
  const zone = zoneOf(distance);
  const after = distance - zone;
  // A slow request may have made the object long before it was answered.
  if (after > FRESH_MS || after < -FRESH_MS - tookMs || Math.abs(zone) > FURTHEST_ZONE_MS) return false;
  const shift = clock ? Math.abs(zone - clock.zoneMs) : ZONE_STEP_MS;
  return shift === 0 || listAgeMs < shift - FRESH_MS;
}

/** Takes a freshly made object, when it was answered by RunCloud's clock and by ours (ms); returns how the two differ. */
export function learnClock(added: ActualDomain, answeredAt: number, now: number): RunCloudClock | undefined {
  if (added.createdAt === undefined) return undefined;
  return { zoneMs: zoneOf(added.createdAt - answeredAt), aheadMs: added.createdAt - now };
}

/** Takes two readings of the clock; returns whether they are the same within the seconds that a request takes. */
export function isSameClock(a: RunCloudClock, b: RunCloudClock | undefined): boolean {
  return b !== undefined && a.zoneMs === b.zoneMs && Math.abs(a.aheadMs - b.aheadMs) <= TOLERANCE_MS;
}

function zoneOf(distance: number): number {
  return Math.round(distance / ZONE_STEP_MS) * ZONE_STEP_MS;
}
