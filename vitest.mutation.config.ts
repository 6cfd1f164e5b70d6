import { defineConfig } from 'vitest/config';

/** For `npm run mutation`: only the tests of what is mutated, so that a mutant costs a moment and not a whole run. */
export default defineConfig({
  test: { include: ['test/core/**/*.test.ts', 'test/runcloud/rate-limit.test.ts', 'test/intake/signature.test.ts'] },
});
