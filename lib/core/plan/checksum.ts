import { createHash } from 'node:crypto';
import type { DueRemoval, Step } from './step.ts';

/**
 * Fingerprint of a plan's effects (SHA-256, 16 hex digits). Times, reasons and proofs are left out, so an unchanged plan keeps its
 * checksum, and an operator applies exactly what was reviewed. The order of the steps does not count.
 */
export function planChecksum(steps: readonly (Step | DueRemoval)[]): string {
  return createHash('sha256').update(steps.map(canonical).sort().join('\n')).digest('hex').slice(0, 16);
}

/** One line per step. No field can hold a space: they are host names, numbers and fixed words. */
function canonical(step: Step | DueRemoval): string {
  switch (step.action) {
    case 'add':
      return `add ${step.domain} ${step.www}`;
    case 'update':
      return `update ${step.domain} ${step.target.id} ${step.www} ${step.redirection}`;
    case 'remove':
    case 'adopt':
      return `${step.action} ${step.domain} ${step.target.id}`;
    case 'issue':
      return `issue ${step.certificate.kind} ${step.names.join(' ')}`;
    case 'forget':
      return `forget ${step.domain}`;
  }
}
