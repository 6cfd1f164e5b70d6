import type { IsoTime } from '../values/time.ts';

/** What the server shows to a visitor who asks for a name over TLS. */
export type Handshake =
  | {
      readonly kind: 'certificate';
      readonly notBefore: IsoTime;
      readonly notAfter: IsoTime;
      /** The host names it was issued for, in lower case. */
      readonly names: readonly string[];
      readonly fits: 'fits' | 'other-name';
      /** Whether browsers trust who issued it. Its own dates have no part in this. */
      readonly trust: 'trusted' | { readonly untrusted: string };
    }
  /** The server answers, and has no certificate to show: nobody listens on the port, or the handshake is refused. */
  | { readonly kind: 'none'; readonly why: string }
  | { readonly kind: 'could-not-ask'; readonly why: string };
