import type { IssuanceHistory } from '../certificates/requests.ts';
import type { ProbeState } from '../probe/result.ts';
import type { HostName } from '../values/host-name.ts';
import type { IsoTime } from '../values/time.ts';
import type { DomainEvent, Told } from './event.ts';
import { type MappingRequest, requestOrder } from './mapping-request.ts';
import type { ActualDomain, Serving } from './runcloud-domain.ts';

/** Why the last attempt for a domain did not succeed, and when the next one is due. */
export type FailureState = {
  readonly attempts: number;
  readonly dueAt: IsoTime;
  readonly why: string;
  readonly whatToDo: string;
  /**
   * `requestOrder` of the request that the step failed under, empty without one. A newer request makes the failure void: it
   * is tried at once.
   */
  readonly requestOrder: string;
};

/** One row of the network that was set to `done`, and what the network answered. */
export type WrittenBack = {
  readonly row: number;
  readonly at: IsoTime;
  readonly answer: 'accepted' | 'failed';
};

/** The domain object that this service added or was told to adopt. */
export type Ownership = {
  readonly id: number;
  readonly since: IsoTime;
  readonly by: 'added' | 'adopted';
  /** When its removal was last sent, and nobody knows the outcome. The brake counts it, until it is disproved. */
  readonly removalSentAt?: IsoTime;
};

/**
 * A request that came after one with a time ahead of this machine's clock, while no clock that is believed told which of the two is the
 * newer one. Neither is dropped: present.ts decides once a clock is believed.
 */
export type Contest = {
  /** Of the request that is ahead. */
  readonly eventId: string;
  readonly by: MappingRequest;
};

/** What the service itself remembers of a domain. Only the run that holds the lease writes it. */
export type DomainState = {
  /**
   * The domain object that this service added or was told to adopt. An object of the same name that somebody makes later
   * has another id and is not ours.
   */
  readonly owned?: Ownership;
  /** The same of an object that stands for the `www.` name by itself. Both may be there (ownership.ts). */
  readonly ownedWww?: Ownership;
  /** As RunCloud last showed it. Absent: the last list lacked it. */
  readonly seen?: ActualDomain;
  readonly failure?: FailureState;
  /** When a complete reading of the network first lacked the domain. Its grace begins then, unless it was mapped since (grace.ts). */
  readonly missingSince?: IsoTime;
  /** When RunCloud's list first lacked a domain that is ours. */
  readonly goneSince?: IsoTime;
  /** `requestOrder` of the request that the network contradicted. It is void for good. */
  readonly refuted?: string;
  readonly contested?: Contest;
  /** When this service last removed it. The brake counts these. */
  readonly removedAt?: IsoTime;
  readonly probe?: ProbeState;
  /** Requests for the domain's own certificate. Those for a shared one stand with the application. */
  readonly issuance?: IssuanceHistory;
  readonly writtenBack?: readonly WrittenBack[];
  /** A change that RunCloud accepted and its list does not show yet. It is not asked for a second time. */
  readonly requested?: Serving;
  /** What the events say of it. Only the lease writes this and them (loop/news.ts): what else changes a state need not carry them. */
  readonly told?: Told;
  /** The last of them, oldest first: history, and outbox as far as they are not told yet. */
  readonly events?: readonly DomainEvent[];
};

export type DomainRecord = {
  readonly domain: HostName;
  readonly request: MappingRequest | undefined;
  readonly state: DomainState;
  /** Why its row in the ledger cannot be read. Then request and state are empty, and nothing may follow from that. */
  readonly unreadable?: string;
};

/** The failure that still delays the domain. Undefined where a newer request made it void. */
export function standingFailure(record: DomainRecord): FailureState | undefined {
  const { failure } = record.state;
  return failure?.requestOrder === (record.request ? requestOrder(record.request) : '') ? failure : undefined;
}

/**
 * The request that counts. Once the network has contradicted a request, it stays void, also while the network cannot be
 * asked. A newer event makes a new request.
 */
export function standingRequest({ request, state }: DomainRecord): MappingRequest | undefined {
  return request && state.refuted !== requestOrder(request) ? request : undefined;
}

/** A change to a record that follows from a reading of the network, without any step. */
export type RecordUpdate = { readonly domain: HostName } & (
  | { readonly kind: 'missing'; readonly since: IsoTime }
  | { readonly kind: 'not missing' }
  /** `request` is the `requestOrder` of the request that the network contradicts. */
  | { readonly kind: 'refuted'; readonly request: string }
);
