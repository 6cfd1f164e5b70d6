/**
 * What the last tenth of RunCloud's calls is kept for. At 100 % RunCloud blocks every request until the reset: a customer who leaves could
 * not be let go, and a certificate would run out.
 */
import type { Usage } from '../quota/usage.ts';
import { type Hold, holds } from './hold.ts';
import type { DueRemoval, Step } from './step.ts';

/** From this share of the quota on, a step of the kind waits for the reset. In the order of what is given up last. */
const MOST_USED = {
  /** Somebody asked for it. */
  removal: 1,
  /** A site that works would stop to. */
  renewal: 0.99,
  /** With its first certificate: without one the domain does not work. */
  add: 0.97,
  /** Corrections of `www` and redirection, and removals that nobody asked for. */
  other: 0.9,
} as const;

export function withinReserve<S extends Step | DueRemoval>(
  steps: readonly S[],
  usage: Usage | undefined,
): { readonly kept: readonly S[]; readonly held: readonly Hold[] } {
  const quota = usage?.quota;
  if (!quota) return { kept: steps, held: [] };
  const waits = (step: S): boolean => quota.share >= mostUsed(step);
  return {
    kept: steps.filter((step) => !waits(step)),
    held: steps.filter(waits).map(({ domain, action }) => holds.quota(domain, action, usage)),
  };
}

function mostUsed(step: Step | DueRemoval): number {
  switch (step.action) {
    // They cost no call.
    case 'adopt':
    case 'forget':
      return Number.POSITIVE_INFINITY;
    case 'remove':
      return step.cause === 'unmapped' ? MOST_USED.removal : MOST_USED.other;
    case 'issue':
      return step.order === 'renewal' ? MOST_USED.renewal : MOST_USED.add;
    case 'add':
      return MOST_USED.add;
    case 'update':
      return MOST_USED.other;
  }
}
