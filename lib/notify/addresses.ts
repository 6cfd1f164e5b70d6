/** To which addresses events may be sent: whoever sets a receiver must not reach into the network that the service runs in. */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * Why nothing may be sent there, after `its address`. Undefined: it may. `own`: the addresses of this machine.
 *
 * Whatever is not everybody's to reach: private, loopback, link-local (where clouds have their metadata), reserved, and IPv6 that stands for
 * such IPv4.
 */
export function whyForbidden(address: string, own: readonly string[]): string | undefined {
  if (isIP(address) === 0) return `${address} is none`;
  const parsed = ipaddr.process(address);
  const range = parsed.range();
  if (range !== 'unicast') return `${address} is not public (${RANGES[range] ?? range})`;
  const isOwn = own.some((each) => isIP(each) !== 0 && ipaddr.process(each).toString() === parsed.toString());
  return isOwn ? `${address} is one of this machine's own` : undefined;
}

const RANGES: Readonly<Record<string, string>> = {
  private: 'private',
  uniqueLocal: 'private',
  loopback: 'loopback',
  linkLocal: 'link-local',
  carrierGradeNat: "carriers' NAT",
  unspecified: 'unspecified',
};
