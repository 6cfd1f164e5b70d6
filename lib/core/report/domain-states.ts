import type { DomainStatus } from './status.ts';

/** How many domains stand where. Each of them counts once, in the first state that fits. */
export type DomainStates = {
  /** Mapped, or to go, and not on RunCloud. */
  readonly DomainsNotOnRunCloud: number;
  /** On RunCloud, and not ours. */
  readonly DomainsNotOurs: number;
  /** Ours, and public DNS does not point here, or nobody knows. */
  readonly DomainsNotPointing: number;
  /** Ours, pointing here or behind a proxy, and without a valid certificate as far as is known. */
  readonly DomainsWithoutCertificate: number;
  readonly DomainsLive: number;
};

export function countStates(rows: readonly DomainStatus[]): DomainStates {
  const counts = {
    DomainsNotOnRunCloud: 0,
    DomainsNotOurs: 0,
    DomainsNotPointing: 0,
    DomainsWithoutCertificate: 0,
    DomainsLive: 0,
  };
  for (const row of rows) counts[stateOf(row)] += 1;
  return counts;
}

function stateOf({ mapping, owned, dns, certificate }: DomainStatus): keyof DomainStates {
  if (mapping === 'not on RunCloud') return 'DomainsNotOnRunCloud';
  if (!owned) return 'DomainsNotOurs';
  if (dns !== 'pointing' && dns !== 'proxied') return 'DomainsNotPointing';
  return certificate === 'valid' || certificate === 'expiring' ? 'DomainsLive' : 'DomainsWithoutCertificate';
}
