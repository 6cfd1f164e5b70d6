/** Where requests to RunCloud leave from: any address of AWS, or one that stays the same. */
import type { Options } from './options.ts';

export type Network =
  | { readonly kind: 'any' }
  | { readonly kind: 'fixed'; readonly vpc: sst.aws.Vpc; readonly address: $util.Output<string> };

/**
 * Takes the options; makes a network with one NAT gateway where one address is asked for. One availability zone, because
 * every zone would have a gateway, and so an address and a price, of its own: while that zone is down, reconcile waits.
 */
export function createNetwork({ outgoingAddress }: Options): Network {
  if (outgoingAddress === 'any') return { kind: 'any' };
  const vpc = new sst.aws.Vpc('Network', { az: 1, nat: 'managed' });
  // Free of charge, and keeps the ledger's traffic off the NAT gateway, which is paid by the gigabyte.
  new aws.ec2.VpcEndpoint('LedgerEndpoint', {
    vpcId: vpc.id,
    serviceName: $interpolate`com.amazonaws.${aws.getRegionOutput().region}.dynamodb`,
    vpcEndpointType: 'Gateway',
    routeTableIds: vpc.nodes.privateRouteTables.apply((tables) => tables.map(({ id }) => id)),
  });
  const address = vpc.nodes.elasticIps.apply(([only]) => {
    if (only === undefined) throw new Error('The network has no outgoing address: SST made no NAT gateway.');
    return only.publicIp;
  });
  return { kind: 'fixed', vpc, address };
}
