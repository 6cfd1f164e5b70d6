/** The rows of `status` with what a table needs to be sorted out by: in which state a domain is, since when, and whether it needs a person. */
import { domainToUnicode } from 'node:url';
import type { DomainRecord } from '../domain/record.ts';
import type { Hold } from '../plan/hold.ts';
import type { Subdomains } from '../plan/input.ts';
import { servedDns } from '../probe/result.ts';
import { type HostName, parseMapping } from '../values/host-name.ts';
import type { IsoTime } from '../values/time.ts';
import { countsAsNeed } from './pressing.ts';
import { DOMAIN_STATES, type DomainStateName, type FilterState } from './state-names.ts';
import type { DomainStatus } from './status.ts';

export type ListedDomain = DomainStatus & {
  readonly state: DomainStateName;
  /** When the last of what `state` goes by came to be as it is. Absent: nobody knows. */
  readonly since?: IsoTime;
  /** When DNS and certificate were asked for last. */
  readonly probed_at?: IsoTime;
  /** Codes of its holds, the cause first. */
  readonly codes?: readonly string[];
  readonly needs_person?: true;
};

export type DomainCountsByState = Readonly<Record<DomainStateName, number>>;

export function stateOf({ mapping, owned, dns, certificate }: DomainStatus): DomainStateName {
  if (mapping === 'not on RunCloud') return 'absent';
  if (!owned) return 'not-ours';
  if (dns === 'unknown') return 'unknown';
  if (dns !== 'pointing' && dns !== 'proxied') return 'dns';
  if (certificate === 'valid') return 'live';
  return certificate === 'expiring' || certificate === 'failed' ? certificate : 'certificate';
}

export function countByState(rows: readonly DomainStatus[]): DomainCountsByState {
  const counts = Object.fromEntries(DOMAIN_STATES.map((state) => [state, 0])) as Record<DomainStateName, number>;
  for (const row of rows) counts[stateOf(row)] += 1;
  return counts;
}

export function listDomains(
  rows: readonly DomainStatus[],
  {
    records,
    holds,
    subdomains,
  }: {
    readonly records: ReadonlyMap<HostName, DomainRecord>;
    readonly holds: readonly Hold[];
    readonly subdomains: Subdomains;
  },
): ListedDomain[] {
  const held = Map.groupBy(holds, ({ domain }) => domain);
  return rows.map((row) => {
    const parsed = parseMapping(row.domain);
    const record = parsed.ok ? records.get(parsed.domain) : undefined;
    const state = stateOf(row);
    const since = record && sinceOf(state, record);
    const own = held.get(row.domain) ?? [];
    const probedAt = record?.state.probe?.at;
    return {
      ...row,
      state,
      ...(since !== undefined && { since }),
      ...(probedAt !== undefined && { probed_at: probedAt }),
      ...(own.length > 0 && { codes: own.map(({ code }) => code) }),
      ...(own.some((hold) => countsAsNeed(hold, subdomains)) && { needs_person: true as const }),
    };
  });
}

function sinceOf(state: DomainStateName, { request, state: remembered }: DomainRecord): IsoTime | undefined {
  const { owned, ownedWww, probe } = remembered;
  if (state === 'absent') return remembered.removedAt ?? request?.occurredAt;
  if (state === 'not-ours') return undefined;
  const dns = probe && servedDns(probe)?.since;
  const ours = owned?.since ?? ownedWww?.since;
  const times = state === 'dns' || state === 'unknown' ? [ours, dns] : [ours, dns, probe?.certificate?.since];
  return times
    .filter((time) => time !== undefined)
    .sort()
    .at(-1);
}

/** Which rows to show. `from`: how many to leave out first. */
export type ListFilter = {
  readonly state?: readonly FilterState[] | undefined;
  /** A part of the name, in whatever script. */
  readonly search?: string | undefined;
  readonly from?: number | undefined;
  readonly limit?: number | undefined;
};

/** `matching` counts those that `from` and `limit` leave out as well. */
export function selectDomains(
  rows: readonly ListedDomain[],
  { state, search, from = 0, limit }: ListFilter,
): { readonly domains: readonly ListedDomain[]; readonly matching: number } {
  const part = search
    ?.trim()
    .toLowerCase()
    .replace(/^\.+|\.+$/g, '');
  const matching = rows.filter(
    (row) =>
      (part === undefined || row.domain.includes(part) || domainToUnicode(row.domain).includes(part)) &&
      (state === undefined ||
        state.includes(row.state) ||
        (row.needs_person === true && state.includes('needs-person'))),
  );
  return { domains: matching.slice(from, limit === undefined ? undefined : from + limit), matching: matching.length };
}
