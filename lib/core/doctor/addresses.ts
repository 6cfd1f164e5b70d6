import { type Check, type CheckFailure, check } from './check.ts';
import type { AddressFinding, Findings } from './findings.ts';

/** Whether RunCloud's word for the server and public DNS of the network's own host come to the same. */
export function addressCheck({ addresses }: Findings): Check {
  return check('server-addresses', addresses, describe);
}

function describe({ runcloud, listed, host, found, proxy, inUse }: AddressFinding): string | CheckFailure {
  const says = listed.length === 0 ? '' : `, and SERVER_ADDRESSES lists ${listed.join(', ')}`;
  const named = `RunCloud names ${runcloud} for the server${says}.`;
  if (proxy !== undefined) {
    return `${named} ${host} is behind ${proxy}, whose addresses are everybody's, so they do not count as the server's.`;
  }
  if (found.length === 0) return `${named} Public DNS has no IPv4 address of ${host} to compare it with.`;
  const shown = `${named} ${host} has ${found.join(', ')} in public DNS`;
  const other = found.filter((address) => address !== runcloud && !listed.includes(address));
  if (other.length === 0) return `${shown}.`;
  if (listed.length > 0)
    return `${shown}, which does not count: SERVER_ADDRESSES says which addresses lead to the server.`;
  const counts = other.every((address) => inUse.includes(address))
    ? `Both count as the server's, and customers are told to set ${inUse[0]}`
    : "It does not count as the server's, because nothing shows that it leads there: RunCloud's address does not show the same certificate";
  const lead = other.length === 1 ? 'leads' : 'lead';
  return {
    found: `${shown}, which is another address. ${counts}.`,
    whatToDo: `If ${other.join(', ')} ${lead} to this server (a floating address, a load balancer, NAT), set SERVER_ADDRESSES=${other.join(',')}. If not (a CDN, another server), set SERVER_ADDRESSES=${runcloud}: then no other address counts. Or correct the DNS of ${host}, or WU_RUNCLOUD_SERVER_ID.`,
  };
}
