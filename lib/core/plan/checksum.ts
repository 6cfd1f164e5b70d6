/** The checksum of a plan: what an operator reviewed is what is applied, or nothing is. */
import { createHash } from 'node:crypto';
import type { Step } from './step.ts';

/**
 * Takes the steps of a plan in the order of doing; returns 16 hexadecimal digits that depend on what the steps do and on
 * nothing else: not on the time, not on the words of the reasons.
 */
export function planChecksum(steps: readonly Step[]): string {
  return createHash('sha256').update(steps.map(canonical).join('\n')).digest('hex').slice(0, 16);
}

/** A line for each step. No field can hold a space: names are host names, the rest are numbers and fixed words. */
function canonical(step: Step): string {
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
