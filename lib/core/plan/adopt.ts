import { isOurs } from '../domain/ownership.ts';
import { ActualIndex, wildcardSuffix } from '../domain/runcloud-domain.ts';
import { formatHostName, type HostName, isCovered, isSubdomain } from '../values/host-name.ts';
import { listOf } from '../values/text.ts';
import { formatDuration } from '../values/time.ts';
import { planChecksum } from './checksum.ts';
import { cautionOf, desiredStateOf, mappedDomains, mappedIn, remarkOn } from './desired.ts';
import { type Hold, holds } from './hold.ts';
import type { PlanInput } from './input.ts';
import type { Plan } from './plan.ts';
import { isProtected } from './protected-domains.ts';
import type { Step } from './step.ts';
import { sortSteps } from './step.ts';

/** `all` is every domain that is mapped *and* on RunCloud. What is only on RunCloud stays unmanaged. */
export type ToAdopt = readonly HostName[] | 'all';

/**
 * Plans `adopt` steps and nothing else: an operator hands over what was on RunCloud before this service. A named domain that
 * cannot be adopted gets a hold; with `all` it is left out. A domain that is ours already gets neither.
 */
export function planAdoption(toAdopt: ToAdopt, input: PlanInput): Plan {
  const { desired, actual, ledger, settings, ownHost } = input;
  const goesBecause = removalsAfter(input);
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
      const goes = goesBecause(domain);
      const why = `handed over by an operator${goes === undefined ? '' : `; ${goes}`}`;
      steps.push({ action: 'adopt', domain, target, why, ...(goes !== undefined && { goes }) });
    }
  }
  const sorted = sortSteps(steps);
  return {
    steps: sorted,
    braked: [],
    unproven: [],
    holds: held,
    updates: [],
    caution: cautionOf(desired),
    remark: remarkOn(desired),
    checksum: planChecksum(sorted),
  };
}

/** What is ours and not mapped is removed, so whoever adopts a stray must hear of it. */
function removalsAfter({ desired, actual, ledger, settings, ownHost }: PlanInput) {
  const mapped = mappedIn(desired);
  const wildcards = new Set(actual.flatMap((object) => wildcardSuffix(object) ?? []));
  return (domain: HostName): string | undefined => {
    const isLeftToOthers = settings.subdomains !== 'create' && ownHost !== undefined && isSubdomain(domain, ownHost);
    if (isLeftToOthers || isCovered(domain, wildcards)) return undefined;
    const record = ledger.get(domain) ?? { domain, request: undefined, state: {} };
    switch (desiredStateOf(record, desired, mapped).kind) {
      case 'mapped':
      case 'unknown':
        return undefined;
      case 'unmapped':
        return 'it is unmapped, so the next run removes it from RunCloud';
      case 'missing':
        return `the network does not list it, so it is removed from RunCloud once that has been so for ${formatDuration(settings.graceMs)}`;
      case 'unread':
        return 'whether it is mapped is not known now, and if it is not, it is removed from RunCloud later';
    }
  };
}

/** The strays among what was adopted, for a summary. Undefined where there are none. */
export function describeStrays(steps: readonly Step[]): string | undefined {
  const going = steps.flatMap((step) => (step.action === 'adopt' && step.goes !== undefined ? [step] : []));
  const groups = [...Map.groupBy(going, ({ goes }) => goes)];
  const sentences = groups.map(
    ([goes, each]) => `${listOf(each.map(({ domain }) => formatHostName(domain)))}: ${goes}.`,
  );
  return sentences.length === 0 ? undefined : `To go: ${sentences.join(' ')}`;
}
