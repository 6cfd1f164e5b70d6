import { type Check, type CheckFailure, check } from './check.ts';
import type { AddressFinding, Findings } from './findings.ts';

/** Whether RunCloud's word for the server and public DNS of the network's own host come to the same. */
export function addressCheck({ addresses }: Findings): Check {
  return check('server-addresses', addresses, describe);
}

function describe({ runcloud, listed, host, found, proxy }: AddressFinding): string | CheckFailure {
  const says = listed.length === 0 ? '' : `, and SERVER_ADDRESSES lists ${listed.join(', ')}`;
  const named = `RunCloud names ${runcloud} for the server${says}.`;
  if (proxy !== undefined) {
    return `${named} ${host} is behind ${proxy}, whose addresses are everybody's, so they do not count as the server's.`;
  }
  if (found.length === 0) return `${named} Public DNS has no IPv4 address of ${host} to compare it with.`;
  const shown = found.join(', ');
  const other = found.filter((address) => address !== runcloud && !listed.includes(address));
  if (other.length === 0) return `${named} ${host} has ${shown} in public DNS.`;
  return {
    found: `${named} ${host} has ${shown} in public DNS, which is another address. Both count as the server's, and customers are told to set ${listed[0] ?? other[0]}.`,
    whatToDo: `If ${other.join(', ')} leads to this server (a floating address, a load balancer, NAT), set SERVER_ADDRESSES=${[...listed, ...other].join(',')}. Otherwise correct the DNS of ${host}, or WU_RUNCLOUD_SERVER_ID.`,
  };
}
