import { defineConfig } from 'vitest/config';

/** For `npm run mutation`: only the tests of what is mutated, so that a mutant costs a moment and not a whole run. */
export default defineConfig({
  test: {
    include: ['test/core/**/*.test.ts', 'test/runcloud/rate-limit.test.ts', 'test/intake/signature.test.ts'],
    setupFiles: ['test/support/property-runs.ts'],
    // Thousands of mutants run these properties: what few runs miss, the examples beside them are there for.
    env: { PROPERTY_RUNS: '200' },
    // As in vitest.config.ts: with all that counts what a mutant reaches, some properties take longer than the usual 5 s.
    testTimeout: 60_000,
  },
});
