/**
 * The addresses that lead to the server. RunCloud names one, and a floating address, a load balancer or NAT may be another. So what the
 * operator lists counts too, and what the network's own host has in public DNS: somebody set that up with care.
 */
import type { AddressAnswer } from './dns-answer.ts';
import type { ServerAddresses } from './dns-verdict.ts';
import { proxyOfAddress, proxyOfAlias } from './proxies.ts';

/** What is known beside SERVER_ADDRESSES. */
export type KnownAddresses = {
  /** RunCloud's word. */
  readonly main: string;
  /** Those of the network's own host, but for `main`. */
  readonly others: readonly string[];
  /** All of those. Undefined: they were read before version 0.3.0, which left IPv4 out. */
  readonly host?: readonly string[];
};

/**
 * Customers are told to set the first address of SERVER_ADDRESSES; else what the network's own host has, because that works; else
 * RunCloud's. Undefined: none is known.
 */
export function serverAddresses(
  listed: readonly string[],
  known: KnownAddresses | undefined,
): ServerAddresses | undefined {
  const host = known?.host ?? [];
  const told = known && !host.includes(known.main) ? (host.find(isIpv4) ?? known.main) : known?.main;
  const main = listed[0] ?? told;
  if (main === undefined) return undefined;
  const all = new Set([...listed, ...(known ? [known.main, ...known.others] : [])]);
  all.delete(main);
  return { main, others: [...all] };
}

/** Why the addresses of a host are not the server's alone. Undefined: nothing speaks against it. */
export function proxyInFront(answers: readonly AddressAnswer[]): string | undefined {
  for (const answer of answers) {
    if (answer.kind === 'could-not-ask') continue;
    const by = answer.cname === undefined ? undefined : proxyOfAlias(answer.cname);
    const found = by ?? [...answer.ipv4, ...answer.ipv6].map(proxyOfAddress).find((each) => each !== undefined);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Where to shake hands under a name: at an address that it has and that is the server's, because a visitor ends there. IPv4 first, because
 * this service may run where there is no IPv6.
 */
export function handshakeAddress(answers: readonly AddressAnswer[], { main, others }: ServerAddresses): string {
  const here = [main, ...others];
  const found = answers.flatMap((answer) => (answer.kind === 'answered' ? [...answer.ipv4, ...answer.ipv6] : []));
  const shared = here.filter((address) => found.includes(address));
  return shared.find(isIpv4) ?? shared[0] ?? main;
}

function isIpv4(address: string): boolean {
  return !address.includes(':');
}
