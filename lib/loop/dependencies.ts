import type { WebhookSetup } from '../core/doctor/findings.ts';
import type { PlanSettings } from '../core/plan/input.ts';
import type { HostName } from '../core/values/host-name.ts';
import type { Dns } from '../dns/dns.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { NetworkApi } from '../multisite/api.ts';
import type { RunCloudApi } from '../runcloud/api.ts';
import type { Tls } from '../tls/tls.ts';
import type { Clock } from '../util/clock.ts';
import type { Log } from '../util/log.ts';

/** What is measured, each a count. */
export type Metrics = {
  /** 1 for a run over all domains that came to its end, else 0. */
  readonly ReconcileSucceeded: 0 | 1;
  /** Domains that the brake keeps from being removed. */
  readonly HeldByBrake?: number;
  /** Whether the network's lists were read whole and believed; absent where no network is configured. */
  readonly NetworkRead?: 0 | 1;
  /** Owned domains that point here and have no valid certificate although one was asked for. */
  readonly CertificatesFailed?: number;
  /** Owned domains whose certificate should have been renewed by now. */
  readonly CertificatesExpiring?: number;
};

/** Everything outside the decisions, handed in: the deployed functions, the embedded service and the tests differ here. */
export type Dependencies = {
  readonly settings: PlanSettings;
  readonly runcloud: RunCloudApi;
  /** The network's REST API. Undefined: events are all there is. */
  readonly network: NetworkApi | undefined;
  /** Whether the network's records of domains that are live are set to done. */
  readonly writeBack: boolean;
  /** How signed webhooks are set up, for the doctor. */
  readonly webhook: WebhookSetup;
  readonly ledger: Ledger;
  readonly dns: Dns;
  readonly tls: Tls;
  readonly clock: Clock;
  readonly log: Log;
  /** Brings these domains back to `syncDomains` after so many milliseconds. Outlives the process once it resolves. */
  readonly recheck: (domains: readonly HostName[], afterMs: number) => Promise<void>;
  /** Takes figures that an alarm may look at. */
  readonly emitMetrics: (metrics: Metrics) => void;
  /** How often all domains are run over (ms); undefined: only when asked. */
  readonly reconcileEveryMs: number | undefined;
  /** Returns a text that is unique to this run and to this process. */
  readonly newId: () => string;
};

/** A world; or why there is none yet, and where wishes can be recorded until there is. */
export type Startup =
  | { readonly kind: 'ready'; readonly deps: Dependencies }
  | { readonly kind: 'unready'; readonly why: string; readonly ledger: Ledger };
