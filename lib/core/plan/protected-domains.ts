import { matchesPattern } from '../values/host-name.ts';

/**
 * Whether PROTECTED_DOMAINS covers any of the names: the domain's, the mapped one, the one on RunCloud. A listed
 * `www.shop.example` protects `shop.example` too, and the other way round, because they are one mapping.
 */
export function isProtected(listed: readonly string[], names: readonly (string | undefined)[]): boolean {
  return names.some(
    (name) =>
      name !== undefined &&
      listed.some((pattern) => matchesPattern(pattern, name) || withoutWww(pattern) === withoutWww(name)),
  );
}

function withoutWww(name: string): string {
  return name.startsWith('www.') ? name.slice(4) : name;
}
