/** `npm run test:aws`: the same against moto, which imitates more of AWS than the stand-ins do, where that program is installed. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/aws/*.moto.ts'],
    globalSetup: ['test/aws/start-moto.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // One moto for all files, and each begins with an empty one.
    fileParallelism: false,
    reporters: ['default', './test/summary-reporter.ts'],
  },
});
