/** What needs a person, for people: each kind once, with an example and what to do. */
import type { Hold } from '../plan/hold.ts';
import type { Subdomains } from '../plan/input.ts';
import type { Usage } from '../quota/usage.ts';
import { describeUsage, isAlarming, SAVE_CALLS } from './calls.ts';
import type { Problem } from './health.ts';
import type { ListedDomain } from './listing.ts';
import { countsAsNeed } from './pressing.ts';

/** As the console answers it, so in snake case. */
export type Need = {
  /** Code of a hold, kind of a problem, or `expiring`, `calls`, `events`, `dead-letters`, `odd-rows`. */
  readonly code: string;
  /** How many domains; 0 where it is about none in particular. */
  readonly count: number;
  /** The first of them. */
  readonly domains: readonly string[];
  /** Of the first domain, where there are several. */
  readonly found: string;
  readonly what_to_do: string;
};

export const NO_DOMAINS = { count: 0, domains: [] } as const;

export type NeedsInput = {
  readonly holds: readonly Hold[];
  readonly subdomains: Subdomains;
  readonly rows: readonly ListedDomain[];
  /** What is wrong with the service itself, by its kind. */
  readonly problems: readonly { readonly kind: string; readonly found: string; readonly whatToDo: string }[];
  readonly usage: Usage | undefined;
  readonly now: number;
};

/** An operator wants to see which, and not all of them. */
const NAMED = 3;

/** Many domains wait for these, or all of them. */
const FIRST = [
  'ledger',
  'storage',
  'disk',
  'brake',
  'incomplete',
  'last-domain',
  'stopped',
  'run',
  'overdue',
  'messages',
];

/** These problems are told by the holds of the domains. */
const TOLD_BY_HOLDS: ReadonlySet<string> = new Set<Problem['kind']>(['held', 'failed']);

export function needsOf({ holds, subdomains, rows, problems, usage, now }: NeedsInput): Need[] {
  const pressing = Map.groupBy(
    holds.filter((hold) => countsAsNeed(hold, subdomains)),
    ({ code }) => code,
  );
  const needs: Need[] = [...pressing].map(([code, held]) => {
    // A group is never empty.
    const [example] = held as [Hold, ...Hold[]];
    const domains = [...new Set(held.map(({ domain }) => domain))];
    return need(code, domains, example.reason, example.whatToDo);
  });
  for (const { kind, found, whatToDo } of problems) {
    if (!TOLD_BY_HOLDS.has(kind)) needs.push(need(kind, [], found, whatToDo));
  }
  const expiring = rows.filter(({ state }) => state === 'expiring');
  const [first] = expiring;
  if (first) {
    const why = `The certificate of ${first.domain} should have been renewed by now${first.reason === undefined ? '.' : `. ${first.reason}`}`;
    needs.push(
      need(
        'expiring',
        expiring.map(({ domain }) => domain),
        why,
        first.next,
      ),
    );
  }
  if (usage && isAlarming(usage, now)) needs.push(need('calls', [], describeUsage(usage), SAVE_CALLS));
  return needs.sort((a, b) => rank(a) - rank(b));
}

function need(code: string, domains: readonly string[], found: string, whatToDo: string): Need {
  return { code, count: domains.length, domains: domains.slice(0, NAMED), found, what_to_do: whatToDo };
}

function rank({ code }: Need): number {
  const at = FIRST.indexOf(code);
  return at === -1 ? FIRST.length : at;
}
