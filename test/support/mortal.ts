/** A process that can be killed at any of its calls to the ledger. */
import type { Ledger } from '../../lib/ledger/ledger.ts';

export class Died extends Error {}

/** How many more calls a process makes before it dies. */
export class Lifetime {
  calls = Number.POSITIVE_INFINITY;
}

/**
 * The ledger of a process that dies after some calls. From then on each call throws Died, also the one that gives the
 * lease back.
 */
export function mortal(ledger: Ledger, lifetime: Lifetime): Ledger {
  let dead = false;
  const wrapped = Object.entries(ledger).map(([name, method]) => [
    name,
    async (...parameters: unknown[]) => {
      if (!dead && name !== 'readApplication') dead = --lifetime.calls <= 0;
      if (dead) throw new Died(`at ${name}`);
      return (method as (...all: unknown[]) => unknown)(...parameters);
    },
  ]);
  return Object.fromEntries(wrapped);
}
