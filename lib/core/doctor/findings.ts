/** What the doctor found on looking around, before anybody judges it. */
import type { CertificateMode } from '../certificates/mode.ts';
import type { NetworkSummary } from '../network/credibility.ts';
import type { Hold } from '../plan/hold.ts';
import type { Subdomains } from '../plan/input.ts';
import type { Policy } from '../plan/policy.ts';
import type { Handshake } from '../probe/handshake.ts';
import type { HostName } from '../values/host-name.ts';
import type { IsoTime } from '../values/time.ts';

/** What came of asking for something. `skipped`: not asked, because of what came before. */
export type Finding<T> =
  | { readonly kind: 'found'; readonly value: T }
  | { readonly kind: 'failed'; readonly fault: string; readonly why: string; readonly whatToDo: string }
  | { readonly kind: 'skipped'; readonly why: string };

/** How the keys for webhooks look, without the keys. */
export type WebhookSetup = {
  readonly keys: number;
  /** One of them is typed by hand, or repeats itself: it can be guessed. */
  readonly isGuessable: boolean;
  /** Whether the plugin's own, unsigned webhook is let in. */
  readonly plugin: 'open' | 'closed';
};

export type Domains = {
  readonly count: number;
  readonly primary: string | undefined;
  /** Whether one of them serves the network's own host; undefined where that host is not known. */
  readonly networkHost: { readonly name: HostName; readonly isServed: boolean } | undefined;
};

/** Somebody else's clock against this one (ms; positive: theirs is ahead). */
export type ClockReading = { readonly whose: 'RunCloud' | 'the network'; readonly aheadMs: number };

export type Findings = {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly policy: Policy;
  readonly subdomains: Subdomains;
  /** Whether the token opens the API at all. */
  readonly access: Finding<undefined>;
  readonly server: Finding<{ readonly id: number; readonly address: string }>;
  readonly application: Finding<{ readonly id: number; readonly name: string }>;
  readonly domains: Finding<Domains>;
  /** Until when RunCloud asked for silence. */
  readonly quietUntil: IsoTime | undefined;
  /** Undefined: no network is configured. */
  readonly network: Finding<NetworkSummary> | undefined;
  /** How certificates are kept (undefined: RunCloud does not say), and for how many names. */
  readonly certificates: Finding<{ readonly mode: CertificateMode | undefined; readonly names: number }>;
  /** What the server showed for one of its names. */
  readonly handshake: Finding<{ readonly address: string; readonly name: string; readonly shown: Handshake }>;
  readonly webhook: WebhookSetup;
  readonly clocks: readonly ClockReading[];
  /** How many public resolvers were asked about the network's host, and how many of them answered. */
  readonly resolvers: { readonly asked: number; readonly answered: number };
  readonly lastReconcile: IsoTime | undefined;
  /** What ended the last run early. */
  readonly abort: { readonly at: IsoTime; readonly why: string; readonly whatToDo: string } | undefined;
  /** Until when somebody holds the lease. */
  readonly leaseUntil: IsoTime | undefined;
  /** How long a lease holds that was taken this moment (ms). */
  readonly leaseMs: number;
  readonly holds: Finding<readonly Hold[]>;
  /** How often all domains are run over (ms); undefined: only when asked. */
  readonly reconcileEveryMs: number | undefined;
};
