export type Address =
  | { readonly kind: 'signed' }
  | { readonly kind: 'plugin'; readonly token: string }
  | { readonly kind: 'queries' }
  | { readonly kind: 'page' | 'page-check'; readonly token: string }
  | { readonly kind: 'elsewhere' };

/**
 * `/webhooks`, `/webhooks/ultimate-multisite/{token}`, `/queries`, `/domains/{token}` or `/domains/{token}/check`, with or without a
 * slash at the end. Anything may stand in front: API Gateway leaves the names of stages and the base paths of domains in the path, and so
 * do many proxies. But below `/domains/` of this service itself there are pages alone: a proxy that lets only those through lets nothing
 * else through.
 */
export function parseAddress(path: string): Address {
  const parts = path.split('/').filter((part) => part !== '');
  if (parts[0] === 'domains') return parsePage(parts);
  const [way, between, last] = parts.slice(-3);
  if (way === 'webhooks' && between === 'ultimate-multisite' && last !== undefined)
    return { kind: 'plugin', token: last };
  if (parts.at(-1) === 'webhooks') return { kind: 'signed' };
  if (parts.at(-1) === 'queries') return { kind: 'queries' };
  return parsePage(parts.slice(Math.max(0, parts.lastIndexOf('domains'))));
}

function parsePage([domains, token, check, ...more]: readonly string[]): Address {
  if (domains !== 'domains' || token === undefined || more.length > 0) return { kind: 'elsewhere' };
  if (check === undefined) return { kind: 'page', token };
  return check === 'check' ? { kind: 'page-check', token } : { kind: 'elsewhere' };
}
