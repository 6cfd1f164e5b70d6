import type { Plan } from './plan.ts';

/**
 * Whether a plan by what the ledger remembers of RunCloud has to be made anew by RunCloud's list. A request for a domain's own certificate
 * looks at its object itself, and is what most plans are about: a domain whose DNS has come.
 */
export function needsList({ steps, unproven }: Pick<Plan, 'steps' | 'unproven'>): boolean {
  return unproven.length > 0 || steps.some((step) => !(step.action === 'issue' && step.certificate.kind === 'own'));
}
