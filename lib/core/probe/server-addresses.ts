/**
 * The addresses that lead to the server. RunCloud names one, and a floating address, a load balancer or NAT may be another. So what the
 * operator lists counts too. Where nothing is listed, so does what the network's own host has in public DNS: somebody set that up with care.
 */
import type { AddressAnswer } from './dns-answer.ts';
import type { ServerAddresses } from './dns-verdict.ts';
import type { Handshake } from './handshake.ts';
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
 * Whoever sets SERVER_ADDRESSES says which addresses lead to the server, so the host's own count no more.
 *
 * Customers are told to set the first address of SERVER_ADDRESSES; else what the network's own host has, because that works; else
 * RunCloud's. A private address leads no visitor anywhere, so it comes last of all. Undefined: none is known.
 */
export function serverAddresses(
  listed: readonly string[],
  known: KnownAddresses | undefined,
): ServerAddresses | undefined {
  const first = listed.find(isPublic) ?? listed[0];
  if (first !== undefined) return withoutTwice(first, known ? [...listed, known.main] : listed);
  if (!known) return undefined;
  const { main, others, host = [] } = known;
  const ipv4 = host.find((address) => isIpv4(address) && isPublic(address));
  const best =
    host.includes(main) && isPublic(main) ? main : (ipv4 ?? [main, ...host, ...others].find(isPublic) ?? main);
  return withoutTwice(best, [main, ...others]);
}

// RFC 1918, 6598 (carriers' NAT), 3927 and 1122; RFC 4193 and 4291 for IPv6.
const PRIVATE =
  /^(?:0|10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.|^(?:f[cd]|fe[89ab])|^::1?$/i;

/** Whether visitors can reach it from everywhere. */
function isPublic(address: string): boolean {
  return !PRIVATE.test(address);
}

function withoutTwice(main: string, all: readonly string[]): ServerAddresses {
  const others = new Set(all);
  others.delete(main);
  return { main, others: [...others] };
}

/**
 * What all resolvers together name for a host. A family of addresses of which none of them knows stays as it was: a name server that does
 * not answer takes nothing away. Undefined: none of them could be asked.
 */
export function addressesIn(
  answers: readonly AddressAnswer[],
  before: readonly string[],
): readonly string[] | undefined {
  const answered = answers.flatMap((answer) => (answer.kind === 'answered' ? answer : []));
  if (answered.length === 0) return undefined;
  const ofFamily = (family: 'ipv4' | 'ipv6', kept: readonly string[]): readonly string[] => {
    const known = answered.filter((answer) => answer.unasked === undefined || answer[family].length > 0);
    return known.length === 0 ? kept : [...new Set(known.flatMap((answer) => answer[family]))].toSorted();
  };
  return [
    ...ofFamily('ipv4', before.filter(isIpv4)),
    ...ofFamily(
      'ipv6',
      before.filter((address) => !isIpv4(address)),
    ),
  ];
}

/**
 * Whether other addresses lead to the server, by handshakes under the host's name: one of them shows the very certificate that RunCloud's
 * address shows (`atMain`). A content delivery network shows its own. Undefined: nobody knows. An address of RunCloud's that cannot be
 * reached from here is no proof either: a firewall may let in nothing but such a network.
 */
export function leadsToServer(main: string, atMain: Handshake, shown: readonly Handshake[]): boolean | undefined {
  // A private address is another machine's in each network. That the host has a public one is all there is to go by.
  if (!isPublic(main) && (atMain.kind !== 'certificate' || atMain.fits === 'other-name')) return true;
  if (atMain.kind !== 'certificate') return undefined;
  if (shown.some((each) => isSameCertificate(each, atMain))) return true;
  return shown.some(({ kind }) => kind === 'could-not-ask') ? undefined : false;
}

function isSameCertificate(a: Handshake, b: Handshake & { readonly kind: 'certificate' }): boolean {
  return (
    a.kind === 'certificate' &&
    a.notBefore === b.notBefore &&
    a.notAfter === b.notAfter &&
    a.names.join() === b.names.join()
  );
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
