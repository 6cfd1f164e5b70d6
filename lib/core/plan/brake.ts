import type { DomainCounts } from '../domain/application.ts';

/** The greater of the two is what may be removed within 24 hours. */
export type BrakeSettings = {
  readonly count: number;
  /** Percent of the owned domains. */
  readonly percent: number;
};

export type BrakeVerdict =
  | { readonly kind: 'free' }
  /** `numbers` is a sentence of what was counted and what is allowed, to follow "but". */
  | { readonly kind: 'held'; readonly numbers: string };

/**
 * Holds all planned removals or none. The percentage counts what was owned 24 hours ago (owned now, and removed since), so
 * it makes no difference whether removals come in one plan or one by one.
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
