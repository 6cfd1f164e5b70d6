/** What follows from an adoption, so that an operator reads it before: an adopted domain is changed and removed as the network says. */
import type { HoldCode } from '../plan/hold.ts';
import type { Plan } from '../plan/plan.ts';
import { isReadOnly, type Policy } from '../plan/policy.ts';
import type { Step } from '../plan/step.ts';
import { quantity } from '../values/text.ts';

export type Consequence = { readonly action: Step['action']; readonly domain: string; readonly why: string };

/** They keep a removal waiting that comes by itself, or once somebody has approved it. */
const REMOVED_LATER: ReadonlySet<HoldCode> = new Set(['grace', 'brake']);
const NAMED = 3;

/** `after` is the plan of the next run (`planAfter`). */
export function consequencesOf(adoption: Plan, after: Plan): readonly Consequence[] {
  const adopted = new Set(adoption.steps.map(({ domain }) => domain as string));
  const later = after.holds.filter(({ code }) => REMOVED_LATER.has(code));
  return [
    ...after.steps.map(({ action, domain, why }) => ({ action, domain, why })),
    ...after.unproven.map(({ action, domain, why }) => ({ action, domain, why })),
    ...later.map(({ domain, reason }) => ({ action: 'remove' as const, domain, why: reason })),
  ].filter(({ domain }) => adopted.has(domain));
}

/** @example `From that follows: 2 to issue, 1 to remove. 1 domain will go, because nothing maps it: stray.example. …` */
export function summariseConsequences(consequences: readonly Consequence[], policy: Policy): string {
  if (consequences.length === 0) return 'Nothing on RunCloud changes because of that.';
  const counts = Map.groupBy(consequences, ({ action }) => action);
  const actions = [...counts].map(([action, each]) => `${each.length} to ${action}`).join(', ');
  const note = isReadOnly(policy) ? ' None of it is done while POLICY is observe.' : '';
  const leaving = counts.get('remove')?.map(({ domain }) => domain) ?? [];
  return `From that follows: ${actions}.${note}${leaving.length > 0 ? ` ${announceRemovals(leaving)}` : ''}`;
}

function announceRemovals(domains: readonly string[]): string {
  const more = domains.length - NAMED;
  const names = `${domains.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return `${quantity(domains.length, 'domain')} will go, because nothing maps ${domains.length === 1 ? 'it' : 'them'}: ${names}. List what shall stay in PROTECTED_DOMAINS.`;
}
