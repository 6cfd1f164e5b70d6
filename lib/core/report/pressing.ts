import type { Hold, HoldCode } from '../plan/hold.ts';
import type { Subdomains } from '../plan/input.ts';
import { quantity } from '../values/text.ts';

/** Holds that a person has to see to. The others pass by themselves, or are meant to be. */
const PRESSING: ReadonlySet<HoldCode> = new Set([
  'brake',
  'incomplete',
  'last-domain',
  'not-taken',
  'quota',
  'as-found',
  'changed',
  'stopped',
  'unreadable',
  'certificate-failed',
  'spoilt',
  'too-many-names',
  'uncertifiable',
  'foreign-certificate',
  'no-mode',
]);

/** A hold may say so itself. With SUBDOMAINS=wildcard a wildcard domain serves the subdomains. Nothing serves one that is held. */
export function isPressing({ code, pressing }: Hold, subdomains: Subdomains): boolean {
  return pressing ?? (PRESSING.has(code) || (code === 'subdomain' && subdomains === 'wildcard'));
}

/** Also a step that failed and waits for its next attempt. */
export function countsAsNeed(hold: Hold, subdomains: Subdomains): boolean {
  return hold.code === 'waiting' || isPressing(hold, subdomains);
}

/** How many domains need a person, by the code of their hold. */
export type NeedsPerson = Readonly<Record<string, number>>;

/** With the steps that failed and wait for their next attempt. Undefined: nobody is needed. */
export function countPressing(holds: readonly Hold[], subdomains: Subdomains): NeedsPerson | undefined {
  const pressing = holds.filter((hold) => countsAsNeed(hold, subdomains));
  if (pressing.length === 0) return undefined;
  const kinds = [...Map.groupBy(pressing, ({ code }) => code)];
  return Object.fromEntries(kinds.map(([code, each]) => [code, each.length]));
}

/** @example `A person is needed for 91 domains: brake 90, certificate-failed 1.` */
export function describePressing(needs: NeedsPerson): string {
  const counts = Object.entries(needs);
  const domains = counts.reduce((sum, [, count]) => sum + count, 0);
  return `A person is needed for ${quantity(domains, 'domain')}: ${counts.map(([code, count]) => `${code} ${count}`).join(', ')}.`;
}
