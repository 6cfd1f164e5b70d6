/**
 * What tells networks apart: the address of the main site, as in `network.example` or `network.example:8080/blogs`.
 *
 * Protocol, `www.`, the usual ports and a slash at the end do not count, because they change while the network stays the same.
 * Another host, port or path is another network: copies are made on all three. Unlike a domain that can be mapped, the host
 * may be a single label or an IP address, because a copy may be on `localhost`.
 */

/** Only `parseNetworkName` makes one. */
export type NetworkName = string & { readonly brand: 'NetworkName' };

const LONGEST = 512;

/** @example parseNetworkName('https://www.Network.example/') is `network.example`; 'net work', 'a@b' and '' are none. */
export function parseNetworkName(input: string): NetworkName | undefined {
  const text = input.trim().replace(/^https?:\/\//i, '');
  if (text.length > LONGEST || !/^[^\s?#@\\/]+(\/[^\s?#@\\]*)?$/.test(text) || !URL.canParse(`http://${text}`)) {
    return undefined;
  }
  const { hostname, port, pathname } = new URL(`http://${text}`);
  const host = hostname.replace(/^www\.(?=.)/, '').replace(/\.$/, '');
  const path = pathname.replace(/\/+$/, '').toLowerCase();
  const name = `${host}${port === '' || port === '443' ? '' : `:${port}`}${path}`;
  if (host === '' || name.length > LONGEST) return undefined;
  // What is left may be an address in another spelling ("www.443"). A name is one that is read back as it is.
  return name === input ? (name as NetworkName) : parseNetworkName(name);
}

/** Its host alone, without port and path. */
export function hostOf(network: NetworkName): string {
  return new URL(`http://${network}`).hostname;
}
