import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';
import { WordPress } from './network.ts';
import { missingParts } from './parts.ts';
import { reset } from './world.ts';

/**
 * Takes what is tested, and tests that ask for the network once it stands: one for all of them, which takes seconds to
 * stand, and is as good as new before each. Left out where the machine lacks a part; setup.ts says so.
 */
export function describeInNetwork(name: string, tests: (network: () => WordPress) => void): void {
  describe.skipIf(missingParts() !== undefined)(name, () => {
    let wordpress: WordPress;
    beforeAll(async () => {
      wordpress = await WordPress.start();
    }, 120_000);
    afterAll(() => wordpress?.stop());
    beforeEach(() => reset(wordpress));
    afterEach(() => {
      // Warnings and notices of PHP that the bridge caused.
      expect(wordpress.takeLog()).not.toMatch(/runcloud/i);
    });
    tests(() => wordpress);
  });
}
