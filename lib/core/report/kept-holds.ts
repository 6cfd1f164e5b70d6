/**
 * The holds of the last run over all domains, and of those about some since, as the ledger keeps them: what a list of the network or the whole application led to
 * cannot be found again in the ledger alone. `query` answers from them, and `status` while RunCloud cannot be asked.
 */
import { type DomainRecord, standingFailure } from '../domain/record.ts';
import { type Hold, holds as reasons } from '../plan/hold.ts';
import type { Subdomains } from '../plan/input.ts';
import type { Plan } from '../plan/plan.ts';
import { byName } from '../plan/step.ts';
import type { HostName } from '../values/host-name.ts';
import type { IsoTime } from '../values/time.ts';
import { isPressing } from './pressing.ts';

/** `leftOut`: how many holds there were beyond those. */
export type KeptHolds = { readonly alike: readonly Alike[]; readonly leftOut: number };

/** `at`: the end of the run about this domain alone that left it. Absent: the last run over all domains did. */
type KeptHold = Hold & { readonly at?: IsoTime };

/** Of these domains the same is said: `{domain}` stands for the name of each. */
type Alike = Omit<KeptHold, 'domain'> & { readonly domains: readonly string[] };

const NAME = '{domain}';
/**
 * Characters. In DynamoDB the notes share one item with the lease, which is paid for by its size and holds 400 KB:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */
const MOST_KEPT = 20_000;

/** What needs a person is kept first. */
export function keepHolds(held: readonly KeptHold[], subdomains: Subdomains): KeptHolds {
  const isUrgent = Map.groupBy(held, (hold) => isPressing(hold, subdomains));
  const kept = new Map<string, Omit<KeptHold, 'domain'> & { readonly domains: string[] }>();
  let [size, leftOut] = [0, 0];
  for (const { domain, ...hold } of [...(isUrgent.get(true) ?? []), ...(isUrgent.get(false) ?? [])]) {
    const texts = {
      ...hold,
      reason: hold.reason.replaceAll(domain, NAME),
      whatToDo: hold.whatToDo.replaceAll(domain, NAME),
    };
    const key = JSON.stringify(texts);
    const alike = kept.get(key);
    const more = domain.length + (alike ? 0 : key.length);
    if (size + more > MOST_KEPT) {
      leftOut += 1;
      continue;
    }
    size += more;
    if (alike) alike.domains.push(domain);
    else kept.set(key, { ...texts, domains: [domain] });
  }
  return { alike: [...kept.values()], leftOut };
}

/** After a run about `domains` alone, which left `held` at `at`: of the others what is kept stays. */
export function keepHoldsOf(
  domains: ReadonlySet<string>,
  {
    held,
    at,
    before,
  }: { readonly held: readonly Hold[]; readonly at: IsoTime; readonly before: KeptHolds | undefined },
  subdomains: Subdomains,
): KeptHolds {
  const others = restore(before).filter(({ domain }) => !domains.has(domain));
  const { alike, leftOut } = keepHolds([...others, ...held.map((hold) => ({ ...hold, at }))], subdomains);
  return { alike, leftOut: leftOut + (before?.leftOut ?? 0) };
}

function restore(kept: KeptHolds | undefined): KeptHold[] {
  return (kept?.alike ?? []).flatMap(({ domains, reason, whatToDo, ...hold }) =>
    domains.map((domain) => ({
      ...hold,
      domain,
      reason: reason.replaceAll(NAME, () => domain),
      whatToDo: whatToDo.replaceAll(NAME, () => domain),
    })),
  );
}

/** Those of domains to which nothing happened after the run that left them, which ended at `at` where the hold does not say. */
export function standingHolds(
  kept: KeptHolds | undefined,
  records: ReadonlyMap<HostName, DomainRecord>,
  at: IsoTime | undefined,
): Hold[] {
  return restore(kept).flatMap(({ at: own, ...hold }) => {
    const left = own ?? at;
    return left !== undefined && !isNewer(records.get(hold.domain as HostName), left) ? [hold] : [];
  });
}

/**
 * `planned` is of the ledger alone. Of a domain with a kept hold these holds count, unless something happened to the domain after `at`,
 * the end of the run that left them. A failure that stands is told where nothing else is.
 */
export function withKeptHolds(
  planned: Plan,
  kept: KeptHolds | undefined,
  records: ReadonlyMap<HostName, DomainRecord>,
  at: IsoTime | undefined,
): Plan {
  const standing = standingHolds(kept, records, at);
  const told = new Set(standing.map(({ domain }) => domain));
  const steps = planned.steps.filter(({ domain }) => !told.has(domain));
  const holds = [...planned.holds.filter(({ domain }) => !told.has(domain)), ...standing];
  const named = new Set<string>([...steps, ...holds].map(({ domain }) => domain));
  const failed = [...records.values()].flatMap((record) => {
    const failure = named.has(record.domain) ? undefined : standingFailure(record);
    return failure ? [reasons.waiting(record.domain, failure)] : [];
  });
  return { ...planned, steps, holds: [...holds, ...failed].sort(byName) };
}

function isNewer(record: DomainRecord | undefined, at: IsoTime): boolean {
  const { owned, ownedWww, removedAt, probe } = record?.state ?? {};
  const probed = [probe?.dns, probe?.www, probe?.certificate].map((each) => each?.since);
  const times = [record?.request?.occurredAt, owned?.since, ownedWww?.since, removedAt, ...probed];
  return times.some((time) => time !== undefined && time > at);
}
