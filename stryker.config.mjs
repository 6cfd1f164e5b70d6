/** `npm run mutation`: changes lib/core and the signature check in many places, and counts which changes the tests notice. */
export default {
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutation.config.ts' },
  mutate: ['lib/core/**/*.ts', 'lib/runcloud/rate-limit.ts', 'lib/intake/signature.ts'],
  // What is computed once at the start of a file cannot be switched per test; the tests of its users cover it.
  ignoreStatic: true,
  // Stryker would rewrite tsconfig.json with an API that TypeScript 7 does not have; the tests do not need it.
  tsconfigFile: 'none',
  reporters: ['clear-text', 'progress'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  timeoutMS: 20_000,
  // Copied into the sandboxes it would be 300 MB each.
  ignorePatterns: ['.sst', '.cache'],
  tempDirName: '.stryker-tmp',
  thresholds: { high: 95, low: 90, break: 90 },
};
