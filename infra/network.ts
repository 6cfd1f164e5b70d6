/** The address that requests to RunCloud leave from: any one of AWS, or a fixed one for RunCloud's allow-list. */
import type { Options } from './options.ts';

export type Network =
  | { readonly kind: 'any' }
  | { readonly kind: 'fixed'; readonly vpc: sst.aws.Vpc; readonly address: $util.Output<string> };

/**
 * One availability zone with one NAT gateway: each zone would have a gateway, an address and a price of its own. While
 * that zone is down, RunCloud cannot be asked.
 */
export function createNetwork({ outgoingAddress }: Options): Network {
  if (outgoingAddress === 'any') return { kind: 'any' };
  const vpc = new sst.aws.Vpc('Network', { az: 1, nat: 'managed' });
  // The endpoint is free. The NAT gateway costs by the gigabyte, so the ledger's traffic does not pass it.
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
