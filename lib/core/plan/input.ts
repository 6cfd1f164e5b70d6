/** Everything that the planner is given. */
import type { CertificateMode } from '../certificates/mode.ts';
import type { CertificateRequest, IssuanceHistory } from '../certificates/requests.ts';
import type { DomainCounts } from '../domain/application.ts';
import type { DomainRecord } from '../domain/record.ts';
import type { ActualDomain } from '../domain/runcloud-domain.ts';
import type { ServerAddresses } from '../probe/dns-verdict.ts';
import type { HostName } from '../values/host-name.ts';
import type { BrakeSettings } from './brake.ts';
import type { DesiredSource } from './desired.ts';
import type { Policy } from './policy.ts';
import type { WwwSetting } from './www.ts';

export type PlanSettings = {
  readonly policy: Policy;
  /** Names, or `*.` patterns, that are never added, changed or removed. */
  readonly protectedDomains: readonly string[];
  readonly www: WwwSetting;
  readonly graceMs: number;
  readonly brake: BrakeSettings;
  /** What is to become of the network's own subdomains. */
  readonly subdomains: Subdomains;
};

/** `create`: like any mapping. `wildcard`: a wildcard domain serves them. `ignore`: somebody else looks after them. */
export type Subdomains = 'create' | 'wildcard' | 'ignore';

export type PlanInput = {
  readonly desired: DesiredSource;
  readonly actual: readonly ActualDomain[];
  readonly ledger: ReadonlyMap<HostName, DomainRecord>;
  readonly counts: DomainCounts;
  readonly settings: PlanSettings;
  /** The network's own host, where it is known: it is protected, and what is below it are its subdomains. */
  readonly ownHost: HostName | undefined;
  readonly certificates: CertificateInput;
  /** Milliseconds since 1970. */
  readonly now: number;
};

/** What must be known of the application's certificates. */
export type CertificateInput = {
  /** Undefined: RunCloud does not say how it keeps them. */
  readonly mode: CertificateMode | undefined;
  readonly server: ServerAddresses | undefined;
  /** What is remembered of asking for the shared certificate. */
  readonly shared: IssuanceHistory | undefined;
  /** All requests of the last week, of every domain: the limits are counted over them. */
  readonly requests: readonly CertificateRequest[];
  /** Whether the plan is about the whole application, or some domains only: a shared certificate is decided for all or not at all. */
  readonly scope: 'all' | 'some';
};
