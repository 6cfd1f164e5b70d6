import { Resolver } from 'node:dns/promises';
import type { DnsAnswer } from '../core/www.ts';

/** Public DNS, as a visitor or a certificate authority sees it. */
export type Dns = {
  /** Takes a name; returns what each resolver says of its addresses (IPv4 and IPv6). Never throws. */
  addressesOf(name: string): Promise<readonly DnsAnswer[]>;
};

const TIMEOUT_MS = 3_000;
const TRIES = 2;

/** Takes the resolvers to ask (`ip` or `ip:port`), each on its own so that they can disagree; returns public DNS. */
export function publicDns(servers: readonly string[]): Dns {
  const resolvers = servers.map((server) => {
    const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
    resolver.setServers([server]);
    return resolver;
  });
  return {
    addressesOf: async (name) => Promise.all(resolvers.map(async (resolver) => ask(resolver, name))),
  };
}

async function ask(resolver: Resolver, name: string): Promise<DnsAnswer> {
  const [v4, v6] = await Promise.all([settled(resolver.resolve4(name)), settled(resolver.resolve6(name))]);
  if (!v4 || !v6) return { kind: 'could-not-ask' };
  const addresses = [...v4, ...v6];
  return addresses.length > 0 ? { kind: 'addresses', addresses } : { kind: 'none' };
}

/** ENODATA (no such record) and ENOTFOUND (no such name) are answers. All else (refused, time-out) is not having asked. */
async function settled(asked: Promise<string[]>): Promise<string[] | undefined> {
  try {
    return await asked;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENODATA' || code === 'ENOTFOUND' ? [] : undefined;
  }
}
