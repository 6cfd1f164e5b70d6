import type { ServerAddresses } from '../probe/dns-verdict.ts';
import type { ProbeState } from '../probe/result.ts';
import { type IsoTime, iso } from '../values/time.ts';
import type { CertificateMode } from './mode.ts';
import type { IssuanceHistory, OrderKind } from './requests.ts';

/** One domain of the application, whether it has a certificate of its own or shares one. */
export type CertificateCase = {
  readonly domain: string;
  /** Every name the certificate must hold; the domain first, where it is one of them. */
  readonly names: readonly string[];
  readonly probe: ProbeState | undefined;
  readonly issuance: IssuanceHistory | undefined;
  /** When this service added it. Undefined: it was adopted, so the server has known it for long. */
  readonly addedAt: IsoTime | undefined;
  /** Time of the newest mapping request. */
  readonly requestedAt: IsoTime | undefined;
};

export type CertificateContext = {
  /** Undefined: RunCloud does not say. */
  readonly mode: CertificateMode | undefined;
  /** Undefined: RunCloud did not tell the server's address. */
  readonly server: ServerAddresses | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
};

/** Hold codes about certificates. In mode `basic` the domain itself waits for some of them. */
export const WAIT_CAUSES = [
  'unasked',
  'moved-away',
  'dns',
  'proxied',
  'caa',
  'renewal',
  'no-mode',
  'auto-ssl',
  'settling',
  'certificate-requested',
  'certificate-failed',
  'foreign-certificate',
  'limit',
  'spoilt',
  'too-many-names',
  'uncertifiable',
] as const;
export type WaitCause = (typeof WAIT_CAUSES)[number];

export type CertificateDecision =
  | { readonly kind: 'well' }
  | { readonly kind: 'ask'; readonly why: string; readonly order: OrderKind }
  | {
      readonly kind: 'wait';
      readonly cause: WaitCause;
      readonly why: string;
      readonly whatToDo: string;
      /** When this cause ends by itself. Undefined: nobody knows. */
      readonly until?: IsoTime;
    };
export type CertificateWait = Extract<CertificateDecision, { kind: 'wait' }>;

/** `until` in milliseconds since 1970. */
export function wait(cause: WaitCause, why: string, whatToDo: string, until?: number): CertificateWait {
  return { kind: 'wait', cause, why, whatToDo, ...(until !== undefined && { until: iso(until) }) };
}
