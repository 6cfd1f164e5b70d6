import type { Plan } from './plan.ts';
import { isReadOnly, type Policy } from './policy.ts';

/**
 * Whether a plan by what the ledger remembers of RunCloud has to be made anew by RunCloud's list. A request for a domain's own certificate
 * looks at its object itself, and is what most plans are about: a domain whose DNS has come. What wants for a proof waits for it, and what
 * no run carries out needs no list.
 */
export function needsList({ steps }: Pick<Plan, 'steps'>, policy: Policy): boolean {
  if (isReadOnly(policy)) return false;
  return steps.some((step) => !(step.action === 'issue' && step.certificate.kind === 'own'));
}
