/** One public resolver's answer about the addresses of a name. IPv6 is in canonical form (RFC 5952), so text compares. */
export type AddressAnswer =
  | {
      readonly kind: 'answered';
      readonly ipv4: readonly string[];
      readonly ipv6: readonly string[];
      /** Only for display: the addresses decide. */
      readonly cname: string | undefined;
      /** Why one of the two families, which is empty here, could not be asked. The other one has addresses. */
      readonly unasked?: string;
    }
  | { readonly kind: 'could-not-ask'; readonly why: string };

/** One CAA record (RFC 8659). */
export type CaaRecord = { readonly isCritical: boolean; readonly tag: string; readonly value: string };

/** One public resolver's answer about the CAA records of the nearest ancestor that has any (RFC 8659 section 3). */
export type CaaAnswer =
  | { readonly kind: 'answered'; readonly records: readonly CaaRecord[] }
  | { readonly kind: 'could-not-ask'; readonly why: string };
