/**
 * The ledger: what the service must remember between runs.
 *
 * Wishes may be recorded by anyone at any time: the newest wins, whatever order they come in. All else is written only by
 * the holder of the lease, because RunCloud has no conditional writes and two writers would add twice.
 */
import type { Doubt, RunCloudClock } from '../core/doubt.ts';
import type { Stop } from '../core/hold.ts';
import type { HostName } from '../core/host-name.ts';
import type { DomainRecord, DomainState, Facts } from '../core/record.ts';
import type { IsoTime } from '../core/time.ts';
import type { MappingEvent } from '../core/wish.ts';

export type Records = ReadonlyMap<HostName, DomainRecord>;

/** What is remembered of the application as a whole. Every part is absent until it is first known. */
export type Notes = {
  readonly facts?: Facts;
  readonly clock?: RunCloudClock;
  /** RunCloud asked for silence until then. Holds beyond the process that was told. */
  readonly quietUntil?: IsoTime;
  readonly server?: { readonly address: string; readonly readAt: IsoTime };
  /** The last run over all domains that came to its end. */
  readonly lastReconcile?: {
    readonly at: IsoTime;
    readonly done: number;
    readonly held: number;
    readonly failed: number;
  };
  /** What ended the last run early, or null where it came to its end. */
  readonly stop?: (Stop & { readonly at: IsoTime }) | null;
};

export type LeaseWish = {
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
  readonly adding: readonly Doubt[];
};

export type LeaseAnswer =
  | { readonly kind: 'acquired'; readonly inDoubt: readonly Doubt[]; readonly notes: Notes }
  | { readonly kind: 'busy'; readonly until: IsoTime };

export type Ledger = {
  /**
   * Takes events; keeps for each domain the newest wish of all that ever came (`wishOrder`). Returns the records of all
   * these domains as they are now. Once it resolves the wishes outlive the process.
   */
  recordWishes(events: readonly MappingEvent[]): Promise<Records>;
  /** Returns the records of these domains; a domain without one is absent. */
  read(domains: readonly HostName[]): Promise<Records>;
  readAll(): Promise<Records>;
  /** Replaces the states of these domains and leaves their wishes alone. For the holder of the lease. */
  saveStates(states: ReadonlyMap<HostName, DomainState>): Promise<void>;
  /** Drops records whose wish is still the one given here. For the holder of the lease. */
  drop(records: readonly DomainRecord[]): Promise<void>;
  /** Takes the time (ms); returns how many domains are owned, and how many were removed in the 24 hours before. */
  countOwned(now: number): Promise<{ readonly owned: number; readonly removedLastDay: number }>;
  readNotes(): Promise<Notes>;
  /** Replaces the parts that are given. For the holder of the lease. */
  saveNotes(notes: Notes): Promise<void>;
  /** Takes the lease if it is free or has run out. What is in doubt stays in doubt until `release` says otherwise. */
  acquire(wish: LeaseWish): Promise<LeaseAnswer>;
  /** Holds on to the lease, replacing what may be added. Returns false where another run has taken it meanwhile. */
  renew(wish: LeaseWish): Promise<boolean>;
  /** Gives the lease back with the adds whose outcome is still unknown. Does nothing if another run has taken it. */
  release(holder: string, inDoubt: readonly Doubt[]): Promise<void>;
};
