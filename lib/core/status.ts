/** Where each domain stands, and what is next for it. */
import { type Hold, holds as reasons } from './hold.ts';
import { type HostName, parseMapping } from './host-name.ts';
import { isLedgerStep, type Plan, type PlanInput } from './plan.ts';
import { ActualIndex, isOurs, standingTrouble } from './record.ts';

/** Three axes that are kept apart. DNS and certificates are not looked at yet: "unknown" says that, and no more. */
export type DomainStatus = {
  readonly domain: string;
  readonly mapping: 'on RunCloud' | 'not on RunCloud';
  readonly dns: 'unknown';
  readonly certificate: 'unknown';
  readonly owned: boolean;
  /** What happens next, and when where that is known. */
  readonly next: string;
  readonly reason?: string;
};

const NEXT: Readonly<Record<Plan['steps'][number]['action'], string>> = {
  add: 'will be added to RunCloud',
  update: 'www and redirection will be changed',
  remove: 'will be removed from RunCloud',
  adopt: 'will be adopted',
  forget: 'will be forgotten',
};

/** Takes everything that is known and the plan made of it; returns a row for each domain on either side, by name. */
export function statusOf({ actual, ledger, settings }: PlanInput, { steps, holds }: Plan): DomainStatus[] {
  const index = new ActualIndex(actual);
  const step = new Map(steps.map((each) => [each.domain as string, each]));
  const held = new Map(holds.map((each) => [each.domain, each]));
  const names = new Set<string>([
    ...ledger.keys(),
    ...actual.map(({ name }) => domainOf(name)),
    ...step.keys(),
    ...holds.map(({ domain }) => domainOf(domain)),
  ]);
  const rows: DomainStatus[] = [];
  for (const domain of [...names].sort()) {
    // An object such as `*.shop.example` has no host name and so no record.
    const record = ledger.get(domain as HostName) ?? { domain: domain as HostName, wish: undefined, state: {} };
    const found = index.find(domain);
    const planned = step.get(domain);
    const isForbidden = planned && settings.policy === 'observe' && !isLedgerStep(planned);
    const refused = isForbidden ? reasons.policy(domain, planned.action, settings.policy) : undefined;
    const hold = held.get(domain) ?? (found && held.get(found.name)) ?? refused;
    // Unmapped, gone, and nothing left to do: only a memory against late events.
    if (!found && !planned && !hold && record.wish?.kind !== 'mapped') continue;
    const trouble = planned && standingTrouble(record);
    const reason = hold?.reason ?? trouble?.why ?? planned?.why;
    rows.push({
      domain,
      mapping: found ? 'on RunCloud' : 'not on RunCloud',
      dns: 'unknown',
      certificate: 'unknown',
      owned: found !== undefined && isOurs(record.state, found),
      next: hold ? nextOf(hold) : planned ? NEXT[planned.action] : 'nothing to do',
      ...(reason !== undefined && { reason }),
    });
  }
  return rows;
}

function nextOf({ code, whatToDo }: Hold): string {
  return code === 'wildcard' || code === 'unmanaged' || code === 'not-ours' ? 'stays as it is' : `held: ${whatToDo}`;
}

/** A separate `www.shop.example` is shown with its `shop.example`. */
function domainOf(name: string): string {
  const parsed = parseMapping(name);
  return parsed.ok ? parsed.domain : name;
}
