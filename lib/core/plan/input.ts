import type { CertificateMode } from '../certificates/mode.ts';
import type { CertificateRequest, IssuanceHistory } from '../certificates/requests.ts';
import type { DomainCounts } from '../domain/application.ts';
import type { DomainRecord } from '../domain/record.ts';
import type { ActualDomain } from '../domain/runcloud-domain.ts';
import type { ServerAddresses } from '../probe/dns-verdict.ts';
import type { Usage } from '../quota/usage.ts';
import type { HostName } from '../values/host-name.ts';
import type { BrakeSettings } from './brake.ts';
import type { DesiredSource } from './desired-source.ts';
import type { Policy } from './policy.ts';
import type { WwwSetting } from './www.ts';

export type PlanSettings = {
  readonly policy: Policy;
  /** Names, or patterns such as `*.shop.example`. */
  readonly protectedDomains: readonly string[];
  readonly www: WwwSetting;
  readonly graceMs: number;
  readonly brake: BrakeSettings;
  readonly subdomains: Subdomains;
};

/**
 * The network's own subdomains. `create`: added like any mapping. `wildcard`: a wildcard domain serves them. `ignore`: somebody
 * else looks after them.
 */
export type Subdomains = 'create' | 'wildcard' | 'ignore';

/** Everything a plan depends on. */
export type PlanInput = {
  readonly desired: DesiredSource;
  readonly actual: readonly ActualDomain[];
  readonly ledger: ReadonlyMap<HostName, DomainRecord>;
  readonly counts: DomainCounts;
  readonly settings: PlanSettings;
  /** The network's: it counts as protected, and names below it are its subdomains. Undefined: not known. */
  readonly ownHost: HostName | undefined;
  /**
   * `some`: a plan about a few domains. It asks for no shared certificate and removes nothing that nobody unmapped, because both are
   * decided over the whole application. `recalled`: about all, by what the ledger remembers of RunCloud. Of two objects of a domain it
   * remembers the one that serves it.
   */
  readonly scope: 'all' | 'some' | 'recalled';
  readonly certificates: CertificateInput;
  /** Of RunCloud's calls. Absent: not known. */
  readonly usage?: Usage | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
};

export type CertificateInput = {
  /** Undefined: RunCloud does not say. */
  readonly mode: CertificateMode | undefined;
  /** Undefined: RunCloud did not tell the server's address. */
  readonly server: ServerAddresses | undefined;
  /** Requests for the shared certificate of mode `basic`. */
  readonly shared: IssuanceHistory | undefined;
  /** Requests of the last week for every domain. Let's Encrypt's limits count over all of them. */
  readonly requests: readonly CertificateRequest[];
};
