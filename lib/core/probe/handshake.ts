import type { IsoTime } from '../values/time.ts';

/** What the server shows to a client that asks for a name over TLS. */
export type Handshake =
  | {
      readonly kind: 'certificate';
      readonly notBefore: IsoTime;
      readonly notAfter: IsoTime;
      /** The host names in the certificate, in lower case. */
      readonly names: readonly string[];
      readonly fits: 'fits' | 'other-name';
      /** Whether browsers trust the issuer. Dates are left out here, so that an expired certificate is called expired. */
      readonly trust: 'trusted' | { readonly untrusted: string };
    }
  /** The server answers and shows no certificate: it refuses the connection or the handshake. */
  | { readonly kind: 'none'; readonly why: string }
  | { readonly kind: 'could-not-ask'; readonly why: string };
