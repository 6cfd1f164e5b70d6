/**
 * The brake: many removals at once are more often a fault than meant.
 *
 *   removals of 24 hours above max(BRAKE_COUNT, BRAKE_PERCENT of the owned)   all are held
 *   removals for want of being listed that would leave none of the owned      these are held
 *   the same, more than two at once, that take half of the owned              these are held
 *   changes of `www` or redirection above max(10, 10 % of the owned)          these are held
 *
 * What is held waits until somebody applies that plan by its checksum.
 */
import type { DomainCounts } from '../domain/application.ts';

/** The greater of the two is what may be removed within 24 hours. */
export type BrakeSettings = {
  /** So many removals a day are let through, whatever the percentage. */
  readonly count: number;
  readonly percent: number;
};

export type BrakeVerdict =
  | { readonly kind: 'free' }
  /** `numbers` stands in a sentence after "but". */
  | { readonly kind: 'held'; readonly numbers: string };

const FREE: BrakeVerdict = { kind: 'free' };

/**
 * The percentage is taken of the domains owned at the start of the day (owned now, and removed since), so that removals in one
 * plan and removals one by one come to the same.
 */
export function brake(planned: number, counts: DomainCounts, settings: BrakeSettings): BrakeVerdict {
  const base = counts.owned + counts.removedLastDay;
  const allowed = Math.max(settings.count, Math.floor((base * settings.percent) / 100));
  const total = planned + counts.removedLastDay;
  if (planned === 0 || total <= allowed) return FREE;
  return {
    kind: 'held',
    numbers:
      `${total} removals within 24 hours (${planned} planned, ${counts.removedLastDay} done) are more than the ${allowed} ` +
      `that the brake allows for ${base} owned domains (the greater of ${settings.count} and ${settings.percent} %).`,
  };
}

const UPDATES: BrakeSettings = { count: 10, percent: 10 };

/** Changes of `www` or redirection at once: a setting that was changed, or read wrongly, would change every site of the network. */
export function brakeUpdates(planned: number, { owned }: DomainCounts): BrakeVerdict {
  const allowed = Math.max(UPDATES.count, Math.floor((owned * UPDATES.percent) / 100));
  if (planned <= allowed) return FREE;
  return {
    kind: 'held',
    numbers:
      `${planned} such changes at once are more than the ${allowed} that the brake allows for ${owned} owned domains ` +
      `(the greater of ${UPDATES.count} and ${UPDATES.percent} %).`,
  };
}

// A network of three customers is below every percentage. A list that lost most of them is not what their operator meant.
const FEW = 2;

/**
 * For removals that nobody asked for: the network's list lacks the domains. `others` are planned because somebody unmapped them. What
 * was removed within the day counts as well, so that a list which shrinks from run to run comes to the same.
 */
export function brakeUnlisted(planned: number, others: number, { owned, removedLastDay }: DomainCounts): BrakeVerdict {
  if (planned === 0) return FREE;
  const hold = (effect: string): BrakeVerdict => ({
    kind: 'held',
    numbers: `the network's list lacks ${planned} of ${owned} owned domains and nobody unmapped them, and ${removedLastDay} were removed within 24 hours. To remove these ${effect}, which is more often a fault of the list than meant.`,
  });
  if (planned + others >= owned) return hold('would leave none');
  const total = planned + removedLastDay;
  return total > FEW && total * 2 >= owned + removedLastDay ? hold('would take half of them or more') : FREE;
}
