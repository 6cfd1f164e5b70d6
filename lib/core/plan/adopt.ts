import { isOurs, ownsAny } from '../domain/ownership.ts';
import type { DomainRecord } from '../domain/record.ts';
import { ActualIndex, wildcardSuffix } from '../domain/runcloud-domain.ts';
import { applyOutcome } from '../domain/transitions.ts';
import type { HostName } from '../values/host-name.ts';
import { planChecksum } from './checksum.ts';
import { cautionOf, mappedDomains, remarkOn } from './desired.ts';
import { type Hold, holds } from './hold.ts';
import type { PlanInput } from './input.ts';
import { type Plan, plan } from './plan.ts';
import { isProtected } from './protected-domains.ts';
import { type Step, sortSteps } from './step.ts';

/** `all` is every domain that is mapped *and* on RunCloud. What is only on RunCloud stays unmanaged. */
export type ToAdopt = readonly HostName[] | 'all';

/**
 * Plans `adopt` steps and nothing else: an operator hands over what was on RunCloud before this service. A named domain that
 * cannot be adopted gets a hold; with `all` it is left out. A domain that is ours already gets neither.
 */
export function planAdoption(toAdopt: ToAdopt, { desired, actual, ledger, settings, ownHost }: PlanInput): Plan {
  const index = new ActualIndex(actual);
  const names = toAdopt === 'all' ? [...mappedDomains(desired, ledger)] : [...new Set(toAdopt)];
  const protectedNames = ownHost ? [...settings.protectedDomains, ownHost] : settings.protectedDomains;
  // Stryker disable next-line ArrayDeclaration: sortSteps drops what is no step.
  const steps: Step[] = [];
  const held: Hold[] = [];
  for (const domain of names) {
    const target = index.find(domain);
    const unreadable = ledger.get(domain)?.unreadable;
    if (unreadable !== undefined) {
      held.push(holds.unreadable(domain, unreadable));
    } else if (!target) {
      if (toAdopt !== 'all') held.push(holds.absent(domain));
    } else if (target.type === 'primary' || isProtected(protectedNames, [domain, target.name])) {
      if (toAdopt !== 'all') held.push(holds.protected(domain));
    } else if (wildcardSuffix(target) !== undefined) {
      if (toAdopt !== 'all') held.push(holds.wildcard(domain));
    } else if (!isOurs(ledger.get(domain)?.state ?? {}, target)) {
      steps.push({ action: 'adopt', domain, target, why: 'handed over by an operator' });
    }
  }
  const sorted = sortSteps(steps);
  return {
    steps: sorted,
    braked: [],
    brakedUpdates: [],
    unproven: [],
    holds: held,
    updates: [],
    caution: cautionOf(desired),
    remark: remarkOn(desired),
    checksum: planChecksum(sorted),
  };
}

/** The plan of the next run, if nothing changes but that these are adopted. */
export function planAfter(adoption: Plan, input: PlanInput): Plan {
  const ledger = new Map(input.ledger);
  let { owned } = input.counts;
  for (const { domain, target } of adoption.steps.filter((step) => step.action === 'adopt')) {
    const record: DomainRecord = ledger.get(domain) ?? { domain, request: undefined, state: {} };
    if (!ownsAny(record.state)) owned += 1;
    ledger.set(domain, { ...record, state: applyOutcome(record, { kind: 'adopted', domain: target }, input.now) });
  }
  return plan({ ...input, ledger, counts: { ...input.counts, owned } });
}
