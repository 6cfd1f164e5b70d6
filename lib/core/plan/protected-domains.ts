/** Names that an operator listed in PROTECTED_DOMAINS: never added, changed or removed. */
import { matchesPattern } from '../values/host-name.ts';

/**
 * Takes the listed names and patterns, and every name by which a domain is spoken of (its own, the one that was mapped, the
 * one on RunCloud); returns whether any of them is protected. A listed `www.shop.example` protects `shop.example` too, and
 * the other way round: they are one mapping.
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
