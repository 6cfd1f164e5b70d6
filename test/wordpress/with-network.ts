import { afterEach, beforeAll, beforeEach, describe, expect, inject } from 'vitest';
import { type Installed, WordPress } from './network.ts';
import { missingParts } from './parts.ts';
import { reset } from './world.ts';

/**
 * Takes what is tested, and tests that ask for the network once it stands: a copy of the run's one installation for each
 * file, which is as good as new before each test. Left out where the machine lacks a part; setup.ts says so.
 */
export function describeInNetwork(name: string, tests: (network: () => WordPress) => void): void {
  describe.skipIf(missingParts() !== undefined)(name, () => {
    let wordpress: WordPress;
    beforeAll(async () => {
      wordpress = await WordPress.open(await installed());
    }, 120_000);
    beforeEach(() => reset(wordpress));
    afterEach(() => {
      // Warnings and notices of PHP that the bridge caused.
      expect(wordpress.takeLog()).not.toMatch(/runcloud/i);
    });
    tests(() => wordpress);
  });
}

/** Asks setup.ts, which installs WordPress where nobody has asked before. */
async function installed(): Promise<Installed> {
  const answer = await fetch(inject('wordpress') as string);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`WordPress could not be installed: ${text}`);
  return JSON.parse(text) as Installed;
}
