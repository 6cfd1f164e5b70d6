/**
 * The ledger: what the service must remember between runs.
 *
 * Any process may record a mapping request at any time; the newest stands, whatever order they come in. All else is written only by
 * the holder of the lease, because RunCloud has no conditional writes and two writers would add twice.
 */
import type { CertificateMode } from '../core/certificates/mode.ts';
import type { IssuanceHistory } from '../core/certificates/requests.ts';
import type { ApplicationSnapshot } from '../core/domain/application.ts';
import type { News } from '../core/domain/event.ts';
import type { MappingEvent } from '../core/domain/mapping-request.ts';
import type { PendingAdd } from '../core/domain/pending-adds.ts';
import type { DomainRecord, DomainState } from '../core/domain/record.ts';
import type { RemovalCounter } from '../core/domain/removal-count.ts';
import type { KnownNetwork } from '../core/network/credibility.ts';
import type { EventNetworks } from '../core/network/event-networks.ts';
import type { RunAbort } from '../core/plan/hold.ts';
import type { PlanSettings } from '../core/plan/input.ts';
import type { KnownAddresses } from '../core/probe/server-addresses.ts';
import type { Block } from '../core/quota/blocked.ts';
import type { CallsByDay } from '../core/quota/calls.ts';
import type { QuotaSettings } from '../core/quota/usage.ts';
import type { KeptHolds } from '../core/report/kept-holds.ts';
import type { NeedsPerson } from '../core/report/pressing.ts';
import type { RunProgress } from '../core/report/progress.ts';
import type { EndedRun } from '../core/report/run-history.ts';
import type { HostName } from '../core/values/host-name.ts';
import type { NetworkName } from '../core/values/network-name.ts';
import { CLOCK_TOLERANCE_MS, type IsoTime } from '../core/values/time.ts';
import { ExplainedError } from '../util/explained-error.ts';

export type Records = ReadonlyMap<HostName, DomainRecord>;

/** `othersReadAt` is about the addresses beside the main one. Absent: public DNS never answered. */
export type KnownServer = KnownAddresses & { readonly readAt: IsoTime; readonly othersReadAt?: IsoTime };

/** What is read beside RunCloud's list: the server's main address, those beside it, and how certificates are kept. */
export type ServerInfoPart = 'server' | 'others' | 'certificateMode';

/** No secrets. `networkHost`: of MULTISITE_URL, null without one. `eventsFrom`: of NETWORK, null without one. */
export type SettingsInUse = {
  readonly plan: PlanSettings;
  readonly networkHost: string | null;
  readonly serverAddresses: readonly string[];
  readonly eventsFrom: NetworkName | null;
  readonly reconcileEveryMs: number | null;
  /** Absent before version 0.3.0. */
  readonly quota?: QuotaSettings;
};

/** `progress`: a run over all domains that did what its time or RunCloud's limit allowed. The next one goes on. */
export type EndedEarly = Omit<RunAbort, 'passes'> & { readonly at: IsoTime; readonly progress?: true };

/** State of the web application as a whole. Each part is absent until it is first known. */
export type ApplicationState = {
  readonly snapshot?: ApplicationSnapshot;
  /** When RunCloud's list last showed what nothing remembered: a change by hand, or whatever an adoption is about to change. */
  readonly listDifferedAt?: IsoTime;
  readonly removals?: RemovalCounter;
  /** While RunCloud refuses every call. Null: it does not. */
  readonly block?: Block | null;
  /** End of RunCloud's last pause (429). It outlives the process that was refused. */
  readonly quietUntil?: IsoTime;
  /** Requests sent to RunCloud. */
  readonly calls?: CallsByDay;
  readonly server?: KnownServer;
  /** How RunCloud keeps certificates; null where it did not say. */
  readonly certificateMode?: { readonly mode: CertificateMode | null; readonly readAt: IsoTime };
  /** When these were last requested without an answer. */
  readonly unasked?: { readonly [part in ServerInfoPart]?: IsoTime };
  /** Requests for the shared certificate of the application. Null: none that still counts. */
  readonly sharedCertificate?: IssuanceHistory | null;
  /** The network, as it was last read. */
  readonly network?: KnownNetwork;
  /** Which network may send events, and what others sent. */
  readonly eventNetworks?: EventNetworks;
  /** What the last run over all domains planned by, and plans by while it is at work: for those who may read the ledger and not the settings. */
  readonly settingsInUse?: SettingsInUse;
  /** When the network last refused to have any of its records set to `done`. */
  readonly writeBackRefusedAt?: IsoTime;
  /** The last run over all domains that came to its end. */
  readonly lastReconcile?: {
    readonly at: IsoTime;
    readonly done: number;
    readonly held: number;
    readonly failed: number;
    /** Absent: nobody is needed. */
    readonly needsPerson?: NeedsPerson;
    /** The network's lists led to no removal. Absent: they were believed, or no network is configured. */
    readonly network?: 'doubted';
  };
  /** The last runs over all domains, newest first, those that ended early too. */
  readonly runs?: readonly EndedRun[];
  /** What the last run that came to its end left alone. */
  readonly keptHolds?: KeptHolds;
  /** What ended the last run early, or null where it came to its end. */
  readonly abort?: EndedEarly | null;
  /** How far the work has got that a run is at, or that the next run goes on with. Null: there is none. */
  readonly progress?: RunProgress | null;
  /** Events: how far they are told, and those of the application. The others stand with their domains. */
  readonly news?: News;
};

export type LeaseRequest = {
  /** Unique to this run. */
  readonly holder: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** How long the lease holds if it is not renewed, in milliseconds. */
  readonly ttlMs: number;
  /**
   * Adds of this run while it holds the lease, and those that were pending before. If it dies, the next holder gets them: they may
   * be on RunCloud, and may be ours.
   */
  readonly pendingAdds: readonly PendingAdd[];
};

/** Whether a lease until then (ms) was taken by a clock that was ahead. */
export function isLeaseAhead(until: number, { now, ttlMs }: Pick<LeaseRequest, 'now' | 'ttlMs'>): boolean {
  return until > now + ttlMs + CLOCK_TOLERANCE_MS;
}

export type LeaseAnswer =
  | { readonly kind: 'acquired'; readonly pendingAdds: readonly PendingAdd[]; readonly application: ApplicationState }
  | { readonly kind: 'busy'; readonly until: IsoTime };

/** What the holder of the lease writes. */
export type Changes = {
  /** Replaces the states of these domains. Their requests stay. */
  readonly states?: ReadonlyMap<HostName, DomainState>;
  /** Replaces the parts that are given. */
  readonly application?: ApplicationState;
};

/** Another run took the lease, because this one did not show itself for too long. It must not write any more. */
export class LeaseLostError extends ExplainedError<'lease-lost'> {
  override readonly name = 'LeaseLostError';

  constructor() {
    super(
      'lease-lost',
      'This run lost its lease to another one and stopped writing.',
      'Nothing: the other run goes on with the work.',
    );
  }
}

/** So many states are saved together with the application, or not at all. */
export const ONE_WRITE = 99;

/** Any operation may throw NewerLedgerError: a newer version of the software took the ledger over. */
export type Ledger = {
  /**
   * Of each domain the newest request of all that ever came stands (`requestOrder`). The records are those after that. Once it
   * resolves, the requests outlive the process.
   */
  recordRequests(events: readonly MappingEvent[]): Promise<Records>;
  /** Gives the request of this record another time, unless it is not the newest any more. */
  redate(record: DomainRecord, occurredAt: IsoTime): Promise<void>;
  /** A domain without a record is absent. */
  read(domains: readonly HostName[]): Promise<Records>;
  readAll(): Promise<Records>;
  readApplication(): Promise<ApplicationState>;
  /** Expiry of the lease, in the past too. Undefined: it was given back. */
  leaseUntil(): Promise<IsoTime | undefined>;
  /**
   * Succeeds if the lease is free or has run out. Adds stay pending until `release` leaves them out. A lease that lasts longer than any
   * run takes it for was taken by a clock that was ahead: from now on it lasts for `ttlMs`, so that its holder can still renew it.
   * It keeps other runs out at once, and is on record by the next answer of the ledger: before that no run has read what it acts on.
   */
  acquire(request: LeaseRequest): Promise<LeaseAnswer>;
  /** Replaces the pending adds too. @throws LeaseLostError */
  renew(request: LeaseRequest): Promise<void>;
  /** All or nothing; beyond ONE_WRITE states in parts, the application last. @throws LeaseLostError with nothing written */
  save(holder: string, changes: Changes): Promise<void>;
  /** Records whose request is newer than the one given stay. @throws LeaseLostError */
  drop(holder: string, records: readonly DomainRecord[]): Promise<void>;
  /** The last changes and the end of the lease, all or nothing. `pendingAdds`: those without a known outcome. @throws LeaseLostError */
  release(holder: string, pendingAdds: readonly PendingAdd[], last: Changes): Promise<void>;
};
