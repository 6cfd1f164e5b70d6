/** Adds whose answer never came: were they carried out, and is what stands on RunCloud now ours or somebody else's? */
import type { HostName } from './host-name.ts';
import type { ActualDomain } from './record.ts';
import { epoch, HOUR, type IsoTime, iso, MINUTE, SECOND } from './time.ts';

/** An add that was, or may have been, under way between these two moments. */
export type Doubt = { readonly domain: HostName; readonly since: IsoTime; readonly until: IsoTime };

// `created_at` has whole seconds, and a request is under way for a moment on either side.
const TOLERANCE_MS = 5 * SECOND;

/**
 * Takes an object on RunCloud, the doubt about an add of its name, and by how much RunCloud's `created_at` runs ahead of
 * our clock (ms). Returns whether RunCloud made the object while that add was under way: then it is ours. Made before, or
 * long after, or with no date, it is somebody else's: to own too little is mended by `adopt`, to own too much by nothing.
 */
export function isOurDoing(actual: ActualDomain, doubt: Doubt | undefined, clockAheadMs: number): boolean {
  if (!doubt || actual.createdAt === undefined) return false;
  const made = actual.createdAt - clockAheadMs;
  return made >= epoch(doubt.since) - TOLERANCE_MS && made <= epoch(doubt.until) + TOLERANCE_MS;
}

/** Zones differ by quarters of an hour, from UTC-12 to UTC+14, and by one hour more or less in summer. */
const ZONE_STEP_MS = 15 * MINUTE;
const FURTHEST_ZONE_MS = 14 * HOUR;
const FRESH_MS = 15 * SECOND;

/**
 * Takes the object that an add was answered with, and the moment of the answer by RunCloud's own clock (ms, from the
 * header `Date`). Returns whether the object was made just then: an API may answer an add of what exists with the old
 * object. `created_at` names no zone, so its distance must be a whole number of quarters of an hour; where RunCloud gives
 * no `created_at`, nothing speaks against it.
 */
export function isFreshlyMade(added: ActualDomain, answeredAt: number): boolean {
  if (added.createdAt === undefined) return true;
  const distance = added.createdAt - answeredAt;
  const zone = Math.round(distance / ZONE_STEP_MS) * ZONE_STEP_MS;
  return Math.abs(zone) <= FURTHEST_ZONE_MS && Math.abs(distance - zone) <= FRESH_MS;
}

/**
 * Takes an object that was made just now, the time of the answer by our clock (ms), and what was thought of RunCloud's
 * clock so far (ms); returns by how much `created_at` runs ahead. The old value stays where the new one is the same within
 * the seconds that a request takes.
 */
export function clockAhead(added: ActualDomain, now: number, known: number): number {
  if (added.createdAt === undefined) return known;
  const ahead = added.createdAt - now;
  return Math.abs(ahead - known) <= TOLERANCE_MS ? known : ahead;
}

/** Takes doubts, perhaps several about one domain; returns one for each, over all the time that any of them spans. */
export function mergeDoubts(doubts: readonly Doubt[]): Map<HostName, Doubt> {
  const merged = new Map<HostName, Doubt>();
  for (const { domain, since, until } of doubts) {
    const other = merged.get(domain) ?? { since, until };
    merged.set(domain, {
      domain,
      since: iso(Math.min(epoch(since), epoch(other.since))),
      until: iso(Math.max(epoch(until), epoch(other.until))),
    });
  }
  return merged;
}
