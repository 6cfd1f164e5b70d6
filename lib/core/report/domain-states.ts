import { countByState } from './listing.ts';
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
  const { live, expiring, certificate, failed, dns, unknown, absent, 'not-ours': notOurs } = countByState(rows);
  return {
    DomainsNotOnRunCloud: absent,
    DomainsNotOurs: notOurs,
    DomainsNotPointing: dns + unknown,
    DomainsWithoutCertificate: certificate + failed,
    DomainsLive: live + expiring,
  };
}
