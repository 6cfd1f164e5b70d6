export type Address =
  | { readonly kind: 'signed' }
  | { readonly kind: 'plugin'; readonly token: string }
  | { readonly kind: 'queries' }
  | { readonly kind: 'elsewhere' };

/**
 * `/webhooks`, `/webhooks/ultimate-multisite/{token}` or `/queries`, with or without a slash at the end. Anything may stand in front:
 * API Gateway leaves the names of stages and the base paths of domains in the path, and so do many proxies.
 */
export function parseAddress(path: string): Address {
  const parts = path.split('/').filter((part) => part !== '');
  const [way, plugin, token] = parts.slice(-3);
  if (way === 'webhooks' && plugin === 'ultimate-multisite' && token !== undefined) return { kind: 'plugin', token };
  switch (parts.at(-1)) {
    case 'webhooks':
      return { kind: 'signed' };
    case 'queries':
      return { kind: 'queries' };
    default:
      return { kind: 'elsewhere' };
  }
}
