/**
 * The ledger: what the service must remember between runs.
 *
 * Wishes may be recorded by anyone at any time: the newest wins, whatever order they come in. All else is written only by
 * the holder of the lease, because RunCloud has no conditional writes and two writers would add twice.
 */
import type { CertificateMode } from '../core/certificates/mode.ts';
import type { IssuanceHistory } from '../core/certificates/requests.ts';
import type { ApplicationSnapshot } from '../core/domain/application.ts';
import type { MappingEvent } from '../core/domain/mapping-request.ts';
import type { PendingAdd } from '../core/domain/pending-adds.ts';
import type { DomainRecord, DomainState } from '../core/domain/record.ts';
import type { RemovalCounter } from '../core/domain/removal-count.ts';
import type { KnownNetwork } from '../core/network/credibility.ts';
import type { EventNetworks } from '../core/network/event-networks.ts';
import type { RunAbort } from '../core/plan/hold.ts';
import type { ServerAddresses } from '../core/probe/dns-verdict.ts';
import type { HostName } from '../core/values/host-name.ts';
import type { IsoTime } from '../core/values/time.ts';

export type Records = ReadonlyMap<HostName, DomainRecord>;

/** The server's addresses, and when they were read; `othersReadAt`: of those beside the main one, absent where that was never answered. */
export type KnownServer = ServerAddresses & { readonly readAt: IsoTime; readonly othersReadAt?: IsoTime };

/** What is read beside RunCloud's list: the server's main address, those beside it, and how certificates are kept. */
export type ServerInfoPart = 'server' | 'others' | 'certificateMode';

/** What is remembered of the application as a whole. Every part is absent until it is first known. */
export type ApplicationState = {
  readonly snapshot?: ApplicationSnapshot;
  readonly removals?: RemovalCounter;
  /** RunCloud asked for silence until then. Holds beyond the process that was told. */
  readonly quietUntil?: IsoTime;
  readonly server?: KnownServer;
  /** How RunCloud keeps certificates; null where it did not say. */
  readonly certificateMode?: { readonly mode: CertificateMode | null; readonly readAt: IsoTime };
  /** When these were last asked for in vain. */
  readonly unasked?: { readonly [part in ServerInfoPart]?: IsoTime };
  /** What was asked for the shared certificate of the application; null: nothing that still counts. */
  readonly sharedCertificate?: IssuanceHistory | null;
  /** The network, as it was last read. */
  readonly network?: KnownNetwork;
  /** Which network may send events, and what others sent. */
  readonly eventNetworks?: EventNetworks;
  /** When the network last refused to have any of its records set to `done`. */
  readonly writeBackRefusedAt?: IsoTime;
  /** The last run over all domains that came to its end. */
  readonly lastReconcile?: {
    readonly at: IsoTime;
    readonly done: number;
    readonly held: number;
    readonly failed: number;
  };
  /** What ended the last run early, or null where it came to its end. */
  readonly abort?: (RunAbort & { readonly at: IsoTime }) | null;
};

export type LeaseRequest = {
  /** Unique to this run. */
  readonly holder: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** How long the lease holds if it is not renewed, in milliseconds. */
  readonly ttlMs: number;
  /**
   * Domains this run may add while it holds the lease, and what was in doubt before. If it dies, whoever comes next is
   * told: these may be on RunCloud, and may be ours.
   */
  readonly pendingAdds: readonly PendingAdd[];
};

export type LeaseAnswer =
  | { readonly kind: 'acquired'; readonly pendingAdds: readonly PendingAdd[]; readonly application: ApplicationState }
  | { readonly kind: 'busy'; readonly until: IsoTime };

/** What the holder of the lease wants remembered. */
export type Changes = {
  /** Replaces the states of these domains and leaves their wishes alone. */
  readonly states?: ReadonlyMap<HostName, DomainState>;
  /** Replaces the parts that are given. */
  readonly application?: ApplicationState;
};

/** Another run took the lease, because this one did not show itself for too long. It must not write any more. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
  readonly whatToDo = 'Nothing: the other run goes on with the work.';

  constructor() {
    super('This run lost its lease to another one and stopped writing.');
  }
}

/** Any operation may throw NewerLedgerError: a newer version of the software took the ledger over. */
export type Ledger = {
  /**
   * Takes events; keeps for each domain the newest wish of all that ever came (`wishOrder`). Returns the records of all
   * these domains as they are now. Once it resolves the wishes outlive the process.
   */
  recordRequests(events: readonly MappingEvent[]): Promise<Records>;
  /** Returns the records of these domains; a domain without one is absent. */
  read(domains: readonly HostName[]): Promise<Records>;
  readAll(): Promise<Records>;
  readApplication(): Promise<ApplicationState>;
  /** Returns until when somebody holds the lease, or held it; undefined where it was given back. */
  leaseUntil(): Promise<IsoTime | undefined>;
  /** Takes the lease if it is free or has run out. What is in doubt stays in doubt until `release` says otherwise. */
  acquire(request: LeaseRequest): Promise<LeaseAnswer>;
  /** Holds on to the lease, replacing what may be added. Throws LeaseLostError. */
  renew(request: LeaseRequest): Promise<void>;
  /** Keeps changes, all or none of them (of more than a hundred: in parts, notes last). Throws LeaseLostError and then keeps none. */
  save(holder: string, changes: Changes): Promise<void>;
  /** Drops records whose wish is still the one given here. Throws LeaseLostError. */
  drop(holder: string, records: readonly DomainRecord[]): Promise<void>;
  /**
   * Keeps the last changes and gives the lease back with the adds whose outcome is still unknown, all or nothing.
   * Throws LeaseLostError.
   */
  release(holder: string, pendingAdds: readonly PendingAdd[], last: Changes): Promise<void>;
};
