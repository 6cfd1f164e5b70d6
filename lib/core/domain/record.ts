/** What is on RunCloud, and what the ledger remembers of each domain. */

import type { IssuanceHistory } from '../certificates/requests.ts';
import type { ProbeState } from '../probe/result.ts';
import type { HostName } from '../values/host-name.ts';
import type { IsoTime } from '../values/time.ts';
import { type MappingRequest, requestOrder } from './mapping-request.ts';
import type { ActualDomain, Serving } from './runcloud-domain.ts';

/** Why the last attempt for a domain did not succeed, and when the next one is due. */
export type FailureState = {
  readonly attempts: number;
  readonly dueAt: IsoTime;
  readonly why: string;
  readonly whatToDo: string;
  /** Place of the wish it happened under (`wishOrder`): a newer wish is tried at once. Empty without a wish. */
  readonly requestOrder: string;
};

/** That the network was told of a domain being live: in which of its rows, when, and whether it took it. */
export type WrittenBack = {
  readonly row: number;
  readonly at: IsoTime;
  readonly answer: 'accepted' | 'failed';
};

/** What the service itself must remember of a domain. Written only by the holder of the lease. */
export type DomainState = {
  /**
   * Present on owned domains only: this service added the domain object with this id, or was told to adopt it. An object
   * of the same name that somebody else made later has another id, and is not ours.
   */
  readonly owned?: { readonly id: number; readonly since: IsoTime; readonly by: 'added' | 'adopted' };
  /** The domain as RunCloud last showed it; absent when it was not there. */
  readonly seen?: ActualDomain;
  readonly failure?: FailureState;
  /** When a complete read of the network first lacked the domain: the beginning of its grace. */
  readonly missingSince?: IsoTime;
  /** Since when RunCloud's list has not shown an object that is ours. */
  readonly goneSince?: IsoTime;
  /** The wish (`wishOrder`) that the network's own records contradicted: it is carried out no more. */
  readonly refuted?: string;
  /** When this service last removed it. The brake counts these. */
  readonly removedAt?: IsoTime;
  /** What was seen of it from outside. */
  readonly probe?: ProbeState;
  /** What was asked for its own certificate. */
  readonly issuance?: IssuanceHistory;
  /** The rows of the network that were set to `done`, or were to be. */
  readonly writtenBack?: readonly WrittenBack[];
  /** A change of serving that was accepted but not yet seen in RunCloud's list: never asked for twice. */
  readonly requested?: Serving;
};

export type DomainRecord = {
  readonly domain: HostName;
  readonly request: MappingRequest | undefined;
  readonly state: DomainState;
};

/** Takes a domain's state and the object on RunCloud; returns whether that object is the one this service owns. */
export function isOurs(state: DomainState, actual: ActualDomain): boolean {
  return state.owned?.id === actual.id;
}

/** Takes a record; returns its trouble where that belongs to the wish that stands, undefined where a newer one came. */
export function standingFailure(record: DomainRecord): FailureState | undefined {
  const { failure } = record.state;
  return failure?.requestOrder === (record.request ? requestOrder(record.request) : '') ? failure : undefined;
}

/**
 * Takes a domain's record; returns its wish, or undefined where the network contradicted it once: its own records count, then and
 * later, also when they cannot be read. A newer event is another wish.
 */
export function standingRequest({ request, state }: DomainRecord): MappingRequest | undefined {
  return request && state.refuted !== requestOrder(request) ? request : undefined;
}

/** What the ledger is to remember of a domain because of what the network said. */
export type RecordUpdate = { readonly domain: HostName } & (
  | { readonly kind: 'missing'; readonly since: IsoTime }
  | { readonly kind: 'not missing' }
  /** The network contradicts this wish (`wishOrder`). */
  | { readonly kind: 'refuted'; readonly request: string }
);
