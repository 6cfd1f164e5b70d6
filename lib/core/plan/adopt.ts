/** Adoption: taking over what was on RunCloud before this service, but only what an operator names. */

import { isOurs } from '../domain/record.ts';
import { ActualIndex, wildcardSuffix } from '../domain/runcloud-domain.ts';
import type { HostName } from '../values/host-name.ts';
import { planChecksum } from './checksum.ts';
import { cautionOf, mappedDomains } from './desired.ts';
import { type Hold, holds } from './hold.ts';
import type { PlanInput } from './input.ts';
import type { Plan } from './plan.ts';
import { isProtected } from './protected-domains.ts';
import type { Step } from './step.ts';
import { sortSteps } from './step.ts';

/** `all` is every domain that is mapped *and* on RunCloud; what is only on RunCloud stays unmanaged. */
export type ToAdopt = readonly HostName[] | 'all';

/**
 * Takes what an operator wants adopted and everything that is known; returns a plan of nothing but `adopt` steps, with a
 * hold for each named domain that cannot be adopted. A domain that is ours already gives neither.
 */
export function planAdoption(wanted: ToAdopt, { desired, actual, ledger, settings, ownHost }: PlanInput): Plan {
  const index = new ActualIndex(actual);
  const names = wanted === 'all' ? [...mappedDomains(desired, ledger)] : [...new Set(wanted)];
  const protectedNames = ownHost ? [...settings.protectedDomains, ownHost] : settings.protectedDomains;
  const steps: Step[] = [];
  const held: Hold[] = [];
  for (const domain of names) {
    const target = index.find(domain);
    if (!target) {
      if (wanted !== 'all') held.push(holds.absent(domain));
    } else if (target.type === 'primary' || isProtected(protectedNames, [domain, target.name])) {
      if (wanted !== 'all') held.push(holds.protected(domain));
    } else if (wildcardSuffix(target) !== undefined) {
      if (wanted !== 'all') held.push(holds.wildcard(domain));
    } else if (!isOurs(ledger.get(domain)?.state ?? {}, target)) {
      steps.push({ action: 'adopt', domain, target, why: 'told to adopt it' });
    }
  }
  const sorted = sortSteps(steps);
  return {
    steps: sorted,
    braked: [],
    holds: held,
    updates: [],
    caution: cautionOf(desired),
    checksum: planChecksum(sorted),
  };
}
