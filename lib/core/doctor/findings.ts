/** What the doctor asked for and what it got. Nothing here is judged yet. */
import type { CertificateMode } from '../certificates/mode.ts';
import type { NetworkSummary } from '../network/credibility.ts';
import type { NetworkKnowledge } from '../network/event-networks.ts';
import type { Hold } from '../plan/hold.ts';
import type { Subdomains } from '../plan/input.ts';
import type { Policy } from '../plan/policy.ts';
import type { Handshake } from '../probe/handshake.ts';
import type { Block } from '../quota/blocked.ts';
import type { Usage } from '../quota/usage.ts';
import type { EndedEarly, Problem } from '../report/health.ts';

import type { RunProgress } from '../report/progress.ts';

import type { ReceiverStanding } from '../report/receivers.ts';

import type { HostName } from '../values/host-name.ts';
import type { IsoTime } from '../values/time.ts';

/** An answer, or why there is none. `skipped`: not asked, because an earlier question failed. */
export type Finding<T> =
  | { readonly kind: 'found'; readonly value: T; readonly fault?: never }
  | { readonly kind: 'failed'; readonly fault: string; readonly why: string; readonly whatToDo: string }
  | { readonly kind: 'skipped'; readonly why: string; readonly fault?: never };

/** What is said of the webhook keys without showing them. */
export type WebhookSetup = {
  readonly keys: number;
  /** A key was typed by hand, or repeats itself. */
  readonly isGuessable: boolean;
  /** Whether the plugin's own, unsigned webhook is accepted as a hint. */
  readonly plugin: 'open' | 'closed';
};

export type Domains = {
  readonly count: number;
  readonly primary: string | undefined;
  /** Undefined: the network's own host is not known. */
  readonly networkHost: { readonly name: HostName; readonly isServed: boolean } | undefined;
};

/** The server's addresses by RunCloud, by SERVER_ADDRESSES, and by public DNS of the network's own host. */
export type AddressFinding = {
  readonly runcloud: string;
  readonly listed: readonly string[];
  readonly host: string;
  /** IPv4 addresses of that host. */
  readonly found: readonly string[];
  /** The service that stands in front of it. */
  readonly proxy: string | undefined;
  /** What runs go by, the one that customers are told first. */
  readonly inUse: readonly string[];
};

/** Another clock against this one. `aheadMs` is positive where the other one is ahead. */
export type ClockReading = { readonly whose: 'RunCloud' | 'the network'; readonly aheadMs: number };

/** Messages that were not understood, and the newest of them. */
export type DeadLetters = {
  readonly count: number;
  readonly last: { readonly at: IsoTime; readonly why: string } | undefined;
};

export type Findings = {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Names of settings that nobody reads, in sentences. */
  readonly settingWarnings: readonly string[];
  /** Rows of the ledger that cannot be read. */
  readonly unreadable: readonly { readonly domain: HostName; readonly why: string }[];
  /** What is not well about the process on one machine. Undefined elsewhere. */
  readonly process: readonly Problem[] | undefined;
  readonly policy: Policy;
  readonly subdomains: Subdomains;
  /** Whether RunCloud accepts the credentials at all. */
  readonly access: Finding<undefined>;
  readonly server: Finding<{ readonly id: number; readonly address: string }>;
  readonly application: Finding<{ readonly id: number; readonly name: string }>;
  readonly domains: Finding<Domains>;
  /** RunCloud's limit on requests is used up until then. */
  readonly quietUntil: IsoTime | undefined;
  /** Calls to RunCloud. */
  readonly usage: Usage;
  /** While RunCloud refuses every call. */
  readonly block: Block | undefined;
  /** Undefined: no network is configured. */
  readonly network: Finding<NetworkSummary> | undefined;
  /** Which network may send events, and what others sent. */
  readonly eventNetworks: NetworkKnowledge;
  /** `mode` is undefined where RunCloud does not say. `names` counts those that a shared certificate would hold. */
  readonly certificates: Finding<{ readonly mode: CertificateMode | undefined; readonly names: number }>;
  readonly addresses: Finding<AddressFinding>;
  readonly handshake: Finding<{ readonly address: string; readonly name: string; readonly shown: Handshake }>;
  readonly webhook: WebhookSetup;
  readonly clocks: readonly ClockReading[];
  /** Public resolvers that were asked about one name, and those of them that answered. */
  readonly resolvers: { readonly asked: number; readonly answered: number };
  readonly lastReconcile: IsoTime | undefined;
  /** Why the last run ended early. Undefined: it did not. */
  readonly abort: EndedEarly | undefined;
  /** What it left to the next one, where that goes on. */
  readonly progress: RunProgress | undefined;
  /** When the lease that is taken ends by itself. */
  readonly leaseUntil: IsoTime | undefined;
  /** How long a lease taken now would last (ms). */
  readonly leaseMs: number;
  readonly holds: Finding<readonly Hold[]>;
  /** Undefined on AWS: there an alarm watches them, and no function may read that queue. */
  readonly deadLetters: DeadLetters | undefined;
  /** Whom the settings name to be told of events. */
  readonly receivers: readonly ReceiverStanding[];
  /** Interval of the schedule (ms). Undefined: a reconcile runs only when asked for. */
  readonly reconcileEveryMs: number | undefined;
};
