/** What public DNS said, resolver by resolver. What follows from it is decided elsewhere. */

/** What one public resolver said about the addresses of a name. IPv6 in its canonical form (RFC 5952). */
export type AddressAnswer =
  | {
      readonly kind: 'answered';
      readonly ipv4: readonly string[];
      readonly ipv6: readonly string[];
      /** The name that it is an alias of, if it is one. */
      readonly cname: string | undefined;
    }
  | { readonly kind: 'could-not-ask'; readonly why: string };

/** One CAA record (RFC 8659). */
export type CaaRecord = { readonly isCritical: boolean; readonly tag: string; readonly value: string };

/**
 * What one public resolver said about the CAA records that govern a name: those of the nearest ancestor that has any (RFC
 * 8659 section 3).
 */
export type CaaAnswer =
  | { readonly kind: 'answered'; readonly records: readonly CaaRecord[] }
  | { readonly kind: 'could-not-ask'; readonly why: string };
