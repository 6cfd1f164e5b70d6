import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/infra/setup.ts', 'test/wordpress/setup.ts'],
    // Properties and real processes on a busy machine: a test that hangs is told from one that is slow.
    testTimeout: 60_000,
    reporters: ['default', './test/summary-reporter.ts'],
    coverage: {
      provider: 'v8',
      include: ['lib/core/**/*.ts', 'lib/runcloud/rate-limit.ts'],
      reporter: ['text'],
      // lib/core decides what happens to customers' domains: nothing in it goes untested.
      thresholds: { lines: 100, branches: 100, functions: 100, statements: 100 },
    },
  },
});
