/**
 * Addresses of services that answer in place of a server. Behind them a certificate authority does not reach the server, and
 * a visitor sees the service's certificate.
 *
 * Sources: https://www.cloudflare.com/ips/, https://api.fastly.com/public-ip-list, and the lists of addresses that Sucuri and
 * Imperva ask their customers to allow. If a range is missing here, a name counts as pointing elsewhere, which is true as well.
 */
import ipaddr from 'ipaddr.js';

const RANGES: Readonly<Record<string, readonly string[]>> = {
  Cloudflare: [
    '173.245.48.0/20',
    '103.21.244.0/22',
    '103.22.200.0/22',
    '103.31.4.0/22',
    '141.101.64.0/18',
    '108.162.192.0/18',
    '190.93.240.0/20',
    '188.114.96.0/20',
    '197.234.240.0/22',
    '198.41.128.0/17',
    '162.158.0.0/15',
    '104.16.0.0/13',
    '104.24.0.0/14',
    '172.64.0.0/13',
    '131.0.72.0/22',
    '2400:cb00::/32',
    '2606:4700::/32',
    '2803:f800::/32',
    '2405:b500::/32',
    '2405:8100::/32',
    '2a06:98c0::/29',
    '2c0f:f248::/32',
  ],
  Fastly: ['151.101.0.0/16', '199.232.0.0/16', '146.75.0.0/17', '2a04:4e40::/32', '2a04:4e42::/32'],
  Sucuri: ['192.88.134.0/23', '185.93.228.0/22', '66.248.200.0/22', '208.109.0.0/22', '2a02:fe80::/29'],
  Imperva: [
    '199.83.128.0/21',
    '198.143.32.0/19',
    '149.126.72.0/21',
    '103.28.248.0/22',
    '192.230.64.0/18',
    '107.154.0.0/16',
    '45.60.0.0/16',
    '45.223.0.0/16',
    '2a02:e980::/29',
  ],
};

const PROXIES = Object.entries(RANGES).map(([name, ranges]) => ({
  name,
  ranges: ranges.map((each) => ipaddr.parseCIDR(each)),
}));

/** Names that such a service hands out, for its customers to make an alias of. Their addresses are in no list that is kept here. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  Cloudflare: ['cdn.cloudflare.net'],
  Fastly: ['fastly.net', 'fastlylb.net'],
  Sucuri: ['sucuri.net'],
  Imperva: ['incapdns.net', 'impervadns.net'],
  Akamai: ['akamaiedge.net', 'edgekey.net', 'edgesuite.net', 'akamaized.net'],
  CloudFront: ['cloudfront.net'],
  Azure: ['azureedge.net', 'azurefd.net'],
  bunny: ['b-cdn.net'],
};

/** @example proxyOfAlias('d111111abcdef8.cloudfront.net') is `CloudFront`. */
export function proxyOfAlias(alias: string): string | undefined {
  return Object.entries(ALIASES).find(([, names]) => names.some((name) => alias.endsWith(`.${name}`)))?.[0];
}

/** The service that one address belongs to. */
export function proxyOfAddress(address: string): string | undefined {
  return proxyOf([address]);
}

/** The one service that all addresses belong to. Addresses of two services, or one foreign address, are no proxy. */
export function proxyOf(addresses: readonly string[]): string | undefined {
  if (addresses.length === 0) return undefined;
  const parsed = addresses.map((address) => ipaddr.parse(address));
  const proxy = PROXIES.find(({ ranges }) =>
    parsed.every((address) =>
      ranges.some(([network, bits]) => address.kind() === network.kind() && address.match(network, bits)),
    ),
  );
  return proxy?.name;
}
