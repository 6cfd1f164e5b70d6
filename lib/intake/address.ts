export type Address =
  | { readonly kind: 'signed' }
  | { readonly kind: 'plugin'; readonly token: string }
  | { readonly kind: 'queries' }
  | { readonly kind: 'page' | 'page-check'; readonly token: string }
  | { readonly kind: 'elsewhere' };

/**
 * `/webhooks`, `/webhooks/ultimate-multisite/{token}`, `/queries`, `/domains/{token}` or `/domains/{token}/check`, with or without a
 * slash at the end. Anything may stand in front: API Gateway leaves the names of stages and the base paths of domains in the path, and so
 * do many proxies.
 */
export function parseAddress(path: string): Address {
  const parts = path.split('/').filter((part) => part !== '');
  const [way, between, last] = parts.slice(-3);
  if (way === 'webhooks' && between === 'ultimate-multisite' && last !== undefined)
    return { kind: 'plugin', token: last };
  if (way === 'domains' && between !== undefined && last === 'check') return { kind: 'page-check', token: between };
  const end = parts.at(-1);
  if (end === 'webhooks') return { kind: 'signed' };
  if (end === 'queries') return { kind: 'queries' };
  return parts.at(-2) === 'domains' && end !== undefined ? { kind: 'page', token: end } : { kind: 'elsewhere' };
}
