import type { Dns } from '../../lib/dns/dns.ts';

/** Takes names and their addresses; returns a DNS that knows no others, as two resolvers that agree. */
export function standInDns(addresses: ReadonlyMap<string, readonly string[]>): Dns {
  return {
    addressesOf: async (name) => {
      const found = addresses.get(name);
      const answer = found ? ({ kind: 'addresses', addresses: found } as const) : ({ kind: 'none' } as const);
      return [answer, answer];
    },
  };
}
