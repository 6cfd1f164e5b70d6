import type { DomainCounts } from '../domain/application.ts';

export type BrakeSettings = {
  /** This many removals a day are always let through. */
  readonly count: number;
  /** Or this share of the owned domains, in percent, where that is more. */
  readonly percent: number;
};

export type BrakeVerdict =
  | { readonly kind: 'free' }
  /** `numbers` says what was counted and what is allowed, to stand in a sentence after "but". */
  | { readonly kind: 'held'; readonly numbers: string };

/**
 * Takes how many removals are planned, the fleet and the settings; returns whether they may go, all or none.
 * The share is taken of the domains owned at the start of the day (owned now, and removed since), so that it makes no
 * difference whether removals come in one plan or one by one.
 */
export function brake(planned: number, counts: DomainCounts, settings: BrakeSettings): BrakeVerdict {
  const base = counts.owned + counts.removedLastDay;
  const allowed = Math.max(settings.count, Math.floor((base * settings.percent) / 100));
  const total = planned + counts.removedLastDay;
  if (planned === 0 || total <= allowed) return { kind: 'free' };
  return {
    kind: 'held',
    numbers:
      `${total} removals within 24 hours (${planned} planned, ${counts.removedLastDay} done) are more than the ${allowed} ` +
      `that the brake allows for ${base} owned domains (the greater of ${settings.count} and ${settings.percent} %).`,
  };
}
