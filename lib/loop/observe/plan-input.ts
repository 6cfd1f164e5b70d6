/** Parts of a plan's input that are made alike from a fresh observation and from what the ledger remembers. */
import type { CertificateRequest, IssuanceHistory } from '../../core/certificates/requests.ts';
import type { ApplicationSnapshot, DomainCounts } from '../../core/domain/application.ts';
import { ownsAny } from '../../core/domain/ownership.ts';
import { type RemovalCounter, removedLastDay } from '../../core/domain/removal-count.ts';
import type { PlanSettings } from '../../core/plan/input.ts';
import { type HostName, parseMapping } from '../../core/values/host-name.ts';
import type { Records } from '../../ledger/ledger.ts';
import type { LedgerView } from '../dependencies.ts';

export function ownedDomains(records: Records): readonly HostName[] {
  return [...records.values()].flatMap(({ domain, state }) => (ownsAny(state) ? [domain] : []));
}

/** Of all domains, and for the shared certificate: Let's Encrypt counts its limits over all of them. */
export function certificateRequests(records: Records, shared: IssuanceHistory | undefined): CertificateRequest[] {
  const own = [...records.values()].flatMap(({ state }) => state.issuance?.requests ?? []);
  return [...own, ...(shared?.requests ?? [])];
}

export function countsOf(removals: RemovalCounter, snapshot: ApplicationSnapshot, now: number): DomainCounts {
  return { owned: removals.owned, removedLastDay: removedLastDay(removals, now), present: snapshot.count };
}

/** The host of MULTISITE_URL is no mapping, also where the network's main site has another host. */
export function withNetworkProtected({ network, settings }: Pick<LedgerView, 'network' | 'settings'>): PlanSettings {
  const parsed = network && parseMapping(network.host);
  if (!parsed?.ok || settings.protectedDomains.includes(parsed.domain)) return settings;
  return { ...settings, protectedDomains: [...settings.protectedDomains, parsed.domain] };
}
