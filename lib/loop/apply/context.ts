/** What the steps of a plan are carried out with, and what one attempt at a step may come to. */
import type { IssuanceHistory } from '../../core/certificates/requests.ts';
import type { Outcome } from '../../core/domain/transitions.ts';
import type { Hold, RunAbort } from '../../core/plan/hold.ts';
import type { Step } from '../../core/plan/step.ts';
import type { HostName } from '../../core/values/host-name.ts';
import { SECOND } from '../../core/values/time.ts';
import type { CertificateReader, CertificateWriter } from '../../runcloud/certificates.ts';
import type { RunCloudReader, RunCloudWriter } from '../../runcloud/domains.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Lease } from '../lease.ts';
import type { Observation } from '../observe/observe.ts';

export type Done = { readonly domain: HostName; readonly action: Step['action']; readonly why: string };

export type Failed = Done & { readonly whatToDo: string; readonly dueAt: string };

export type Applied = {
  readonly done: readonly Done[];
  readonly held: readonly Hold[];
  readonly failed: readonly Failed[];
  /** Requests sent that may have changed RunCloud. */
  readonly writes: number;
  /** Why the run ended before its plan did, where it did. */
  readonly abort: RunAbort | undefined;
};

export type ApplyContext = {
  readonly deps: Dependencies;
  readonly reader: RunCloudReader;
  readonly writer: RunCloudWriter;
  readonly certificates: CertificateAccess;
  readonly lease: Lease;
  readonly observation: Observation;
};

/** What one attempt at a step came to. */
export type Attempt =
  | { readonly kind: 'settled'; readonly outcome: Outcome }
  | { readonly kind: 'held'; readonly hold: Hold }
  /** Of a certificate, which is on record by then. */
  | { readonly kind: 'sent' }
  /** Of a certificate. `abort`: no other certificate is worth asking for in this run. */
  | {
      readonly kind: 'refused';
      readonly says: string;
      readonly issuance: IssuanceHistory;
      readonly abort: RunAbort | undefined;
    }
  /** `lost`: sent, no answer. `disputed`: RunCloud refused it in a way that may mean that it is done already. */
  | { readonly kind: 'lost'; readonly says: string }
  | { readonly kind: 'disputed'; readonly says: string }
  | { readonly kind: 'abort'; readonly actions: readonly Step['action'][] | 'all'; readonly abort: RunAbort };

/** An attempt whose outcome RunCloud has to be asked about. */
export type UnclearAttempt = Extract<Attempt, { kind: 'lost' | 'disputed' }>;

/** Time that must be left when the last request to RunCloud is sent (ms): its time-out (30 s), and 10 s to write things down. */
export const RESERVE_MS = 40 * SECOND;

/** What came of a run that did nothing. */
export const NOTHING: Applied = { done: [], held: [], failed: [], writes: 0, abort: undefined };

export type CertificateAccess = { readonly reader: CertificateReader; readonly writer: CertificateWriter };
