/** What there is to tell of the application after a run over all domains. */
import type { ApplicationNews, News } from '../domain/event.ts';
import type { Usage } from '../quota/usage.ts';
import { describeUsage, isAlarming, SAVE_CALLS } from './calls.ts';

export type RunNews = {
  /** Domains whose removal the brake holds now, by name. Undefined: nobody knows, since no list of the network counts. */
  readonly held: readonly string[] | undefined;
  readonly usage: Usage;
  readonly now: number;
};

/** Characters of names. The ledger has them in one item with all else of the application; more of them show by their number. */
const MOST_REMEMBERED = 10_000;
const MOST_NAMED = 2_000;

/** What happened, and what the next run has to know of this one. */
export function applicationNews(
  before: News,
  { held, usage, now }: RunNews,
): { readonly events: readonly ApplicationNews[]; readonly news: News } {
  const { quota } = usage;
  const low = quota && isAlarming(usage, now) && before.lowSince !== usage.since ? quotaLow(usage, quota) : undefined;
  const ofBrake = held ? brakeNews(before, held) : { events: [], news: before };
  return {
    events: [...ofBrake.events, ...(low ? [low] : [])],
    news: { ...ofBrake.news, ...(low && { lowSince: usage.since }) },
  };
}

function brakeNews(
  { held: before, ...rest }: News,
  held: readonly string[],
): { readonly events: readonly ApplicationNews[]; readonly news: News } {
  const domains = firstOf(held, MOST_REMEMBERED);
  return {
    events: isHeldAnew(held.length, domains, before) ? [removalsHeld(held, before?.count ?? 0)] : [],
    news: { ...rest, ...(held.length > 0 && { held: { count: held.length, domains } }) },
  };
}

function isHeldAnew(count: number, domains: readonly string[], before: News['held']): boolean {
  if (!before) return count > 0;
  if (count > before.count) return true;
  // Of those that are not remembered nobody knows.
  return before.count === before.domains.length && domains.some((domain) => !before.domains.includes(domain));
}

/** By name, as many as have room. */
function firstOf(names: readonly string[], mostCharacters: number): readonly string[] {
  let room = mostCharacters;
  return names.toSorted().filter(({ length }) => {
    room -= length;
    return room >= 0;
  });
}

function removalsHeld(held: readonly string[], before: number): ApplicationNews {
  return {
    type: 'removals.held',
    domains: firstOf(held, MOST_NAMED),
    before: { held: before },
    after: { held: held.length },
    reason: 'The brake holds removals: so many at once are more often a fault than meant.',
    whatToDo: 'Read {"action":"plan"}. If all of it is meant, apply it by its checksum.',
  };
}

function quotaLow(usage: Usage, { share }: NonNullable<Usage['quota']>): ApplicationNews {
  return {
    type: 'quota.low',
    before: { used: 0, percent: 0 },
    after: { used: usage.used, percent: Math.floor(share * 100), resetAt: usage.resetAt },
    reason: describeUsage(usage),
    whatToDo: SAVE_CALLS,
  };
}
