import { DOMAIN_STATES, STATE_WORDS } from '../../lib/core/report/state-names.ts';
import { quantity } from '../../lib/core/values/text.ts';
import type { StatusAnswer } from '../answers.ts';

/** @example `400 domains: 380 live, 9 waiting for DNS, 11 not ours` */
export function describeCounts(counts: StatusAnswer['counts']): string {
  const all = DOMAIN_STATES.map((state) => [state, counts[state] ?? 0] as const).filter(([, count]) => count > 0);
  const sum = all.reduce((total, [, count]) => total + count, 0);
  if (sum === 0) return 'No domains';
  return `${quantity(sum, 'domain')}: ${all.map(([state, count]) => `${count} ${STATE_WORDS[state]}`).join(', ')}`;
}
