import type { IssuanceHistory } from '../../core/certificates/requests.ts';
import type { Outcome } from '../../core/domain/transitions.ts';
import type { Hold, RunAbort } from '../../core/plan/hold.ts';
import type { Step } from '../../core/plan/step.ts';
import type { HostName } from '../../core/values/host-name.ts';
import { SECOND } from '../../core/values/time.ts';
import type { UnknownCause } from '../../runcloud/answer.ts';
import type { CertificateReader, CertificateWriter } from '../../runcloud/certificates.ts';
import type { RunCloudReader, RunCloudWriter } from '../../runcloud/domains.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Lease } from '../lease.ts';
import type { Observation } from '../observe/observation.ts';

/** Must be left when the last request to RunCloud is sent (ms): its time-out of 30 s, and 10 s to record the outcome. */
export const RESERVE_MS = 40 * SECOND;

/** Passed from the plan down to each request. */
export type ApplyContext = {
  readonly deps: Dependencies;
  readonly reader: RunCloudReader;
  readonly writer: RunCloudWriter;
  readonly certificates: { readonly reader: CertificateReader; readonly writer: CertificateWriter };
  readonly lease: Lease;
  readonly observation: Observation;
};

/** What the steps of a run came to, as the console shows it. */
export type Applied = {
  readonly done: readonly Done[];
  readonly held: readonly Hold[];
  readonly failed: readonly Failed[];
  /** Requests sent that may have changed RunCloud. */
  readonly writes: number;
  /** Why the run ended early, where it did. */
  readonly abort: RunAbort | undefined;
};

/** A first import may take hours, in runs that each do as much as their time or RunCloud's limit allows. */
export function hasProgress({ writes, done }: Applied): boolean {
  return writes > 0 && done.length > 0;
}

/** Whether it ended for want of time or at RunCloud's limit, and got on: the next run goes on with the rest. */
export function goesOn(applied: Applied): boolean {
  return applied.abort?.passes === true && hasProgress(applied);
}

export type Done = { readonly domain: HostName; readonly action: Step['action']; readonly why: string };

export type Failed = Done & { readonly whatToDo: string; readonly dueAt: string };

export const NOTHING: Applied = { done: [], held: [], failed: [], writes: 0, abort: undefined };

/** What one attempt at one step came to. */
export type Attempt =
  | { readonly kind: 'finished'; readonly outcome: Outcome }
  | { readonly kind: 'held'; readonly hold: Hold }
  | CertificateSent
  | CertificateRefused
  | UnclearAttempt
  | AttemptAborted;

export type AttemptAborted = {
  readonly kind: 'abort';
  /** The steps that are worth no attempt in the rest of this run. */
  readonly actions: readonly Step['action'][] | 'all';
  readonly abort: RunAbort;
  /** Of this step: what RunCloud answers may be about its domain alone, and the next run must not begin with it again. */
  readonly failure?: StepFailure;
};

export type StepFailure = Extract<Outcome, { kind: 'failed' }>;

/** RunCloud must be asked what became of it. */
export type UnclearAttempt =
  /** Sent and not answered, or not answered in a way that can be understood. */
  | { readonly kind: 'lost'; readonly cause: UnknownCause; readonly says: string }
  /** Refused in a way that may mean that it is done already. */
  | { readonly kind: 'disputed'; readonly says: string };

/** The request is in the ledger. Whether a certificate comes shows on the server, minutes later. */
export type CertificateSent = { readonly kind: 'sent' };

export type CertificateRefused = {
  readonly kind: 'refused';
  readonly says: string;
  readonly issuance: IssuanceHistory;
  /** Set where RunCloud would refuse every other certificate of this run too. */
  readonly abort: RunAbort | undefined;
};
