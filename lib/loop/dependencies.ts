import type { DeadLetters, WebhookSetup } from '../core/doctor/findings.ts';
import type { PlanSettings } from '../core/plan/input.ts';
import type { QuotaSettings } from '../core/quota/usage.ts';
import type { DomainStates } from '../core/report/domain-states.ts';
import type { Problem } from '../core/report/health.ts';
import type { OutgoingEvent } from '../core/report/outgoing.ts';
import type { ReceiverStanding } from '../core/report/receivers.ts';
import type { HostName } from '../core/values/host-name.ts';
import type { NetworkName } from '../core/values/network-name.ts';
import type { Dns } from '../dns/dns.ts';
import type { CustomerLinks } from '../intake/customer-links.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { NetworkApi } from '../multisite/api.ts';
import type { RunCloudApi } from '../runcloud/api.ts';
import type { Tls } from '../tls/tls.ts';
import type { Clock } from '../util/clock.ts';
import type { Log } from '../util/log.ts';
import type { RunClock } from './run-clock.ts';

/** What a run works with. The deployed functions, the one-machine service and the tests differ in nothing else. */
export type Dependencies = {
  readonly settings: PlanSettings;
  readonly runcloud: RunCloudApi;
  /** Undefined without MULTISITE_URL: then events are all the service knows of the network. */
  readonly network: NetworkApi | undefined;
  /** The network whose events are recorded. Undefined: the one in the ledger, where the first signed event puts it. */
  readonly eventsFrom: NetworkName | undefined;
  /** How many calls RunCloud's plan has, and from which day of the month on. */
  readonly quota: QuotaSettings;
  /** SERVER_ADDRESSES: addresses that lead to the server, whatever RunCloud says. */
  readonly serverAddresses: readonly string[];
  /** WRITE_BACK: whether the network's records of live domains are set to `done`. */
  readonly writeBack: boolean;
  /** How signed webhooks are set up. Only the doctor needs it. */
  readonly webhook: WebhookSetup;
  /** Names of settings that nobody reads, in sentences. */
  readonly settingWarnings: readonly string[];
  /** Only the console's action `link` needs it. */
  readonly customerLinks: () => CustomerLinks;
  /** What is not well about this process. Undefined on AWS, where alarms watch the functions. */
  readonly processProblems?: () => readonly Problem[];
  readonly ledger: Ledger;
  readonly dns: Dns;
  readonly tls: Tls;
  readonly clock: Clock;
  /** Within a run: the clocks that it heard. */
  readonly runClock?: RunClock;
  readonly log: Log;
  /**
   * Runs `syncDomains` over these domains after `afterMs`, with `hop`: how often they have come back by then. Outlives the
   * process once it resolves.
   */
  readonly recheck: (domains: readonly HostName[], afterMs: number, hop: number) => Promise<void>;
  /**
   * Tells those who listen, in this order. Once it resolves, the events outlive the process. They may come again, with the same ids.
   * @throws if they are not taken, or not all of them
   */
  readonly tell: (events: readonly OutgoingEvent[]) => Promise<void>;
  /** Whom the settings name to be told of events, and how they are. @throws if that cannot be read */
  readonly receivers: () => Promise<readonly ReceiverStanding[]>;
  /** Of the queue on one machine. Undefined on AWS. */
  readonly deadLetters?: (() => DeadLetters) | undefined;
  readonly emitMetrics: (metrics: Metrics) => void;
  /** Time between two scheduled reconciles (ms). Undefined: reconcile runs only when somebody asks for it. */
  readonly reconcileEveryMs: number | undefined;
  /** Unique in this process and in every other: the ledger tells the holders of its lease apart by it. */
  readonly newId: () => string;
};

/** Enough for a plan of what the ledger remembers. */
export type LedgerView = Pick<Dependencies, 'settings' | 'serverAddresses' | 'ledger' | 'clock'> & {
  readonly network: Pick<NetworkApi, 'host'> | undefined;
  /** Undefined before a run of this version ended. */
  readonly quota: QuotaSettings | undefined;
};

/** Dependencies, or why there are none yet. Until then mapping requests are recorded in the ledger, so none is lost. */
export type Startup =
  | { readonly kind: 'ready'; readonly deps: Dependencies }
  | { readonly kind: 'unready'; readonly why: string; readonly ledger: Ledger; readonly clock: Clock };

/** The figures of one reconcile, each a count. The alarms watch all but those of `DomainStates`, which the dashboard shows. */
export type Metrics = Partial<DomainStates> & {
  /** 1 if the reconcile came to its end, or left the rest to the next one after it had changed RunCloud. */
  readonly ReconcileSucceeded: 0 | 1;
  readonly HeldByBrake?: number;
  /** Holds and failed steps that a person has to see to. Absent where the run ended early: its end is not its outcome. */
  readonly NeedsPerson?: number;
  /** 1 if the network's lists were read whole and believed. Absent where no network is configured. */
  readonly NetworkRead?: 0 | 1;
  /** Owned domains that point here and have no valid certificate although one was asked for. */
  readonly CertificatesFailed?: number;
  /** Owned domains whose certificate should have been renewed by now. */
  readonly CertificatesExpiring?: number;
  /** Since RunCloud last began to count anew. */
  readonly RunCloudCalls?: number;
  /** Of RUNCLOUD_CALLS_PER_MONTH, a percentage. Absent where nobody said how many the plan has. */
  readonly QuotaUsedPercent?: number;
};
