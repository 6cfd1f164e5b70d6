import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import LongestFirst from './test/sequencer.ts';

// Node keeps what it compiled, for the workers and for the programs that tests start: a third of a second for each.
process.env['NODE_COMPILE_CACHE'] ??= resolve('.cache/compiled');

/** Pure code and texts: no socket, no process, no clock of this machine. */
const UNIT = [
  'test/core/**/*.test.ts',
  'test/intake/{event,signature}.test.ts',
  'test/runcloud/rate-limit.test.ts',
  'test/settings.test.ts',
  'test/util/**/*.test.ts',
  'test/pages/{html,texts,languages,link,operator}.test.ts',
  'test/infra/{limits,options}.test.ts',
  'test/cli/init/{arguments,env-text,questions,wp-config}.test.ts',
  'test/layout.test.ts',
  'test/docs/{guides,links,reference}.test.ts',
];
/** They set this process's environment, which the AWS SDK reads once and remembers, or mock a module of Node. */
const ISOLATED = [
  'test/aws/{adapters,functions,notify,secrets-manager,whole-path}.test.ts',
  'test/local/health.test.ts',
  'test/cli/init/{stores,target,wizard}.test.ts',
];
/**
 * What takes long because it starts programs, plays the whole demonstration, or evaluates the deployment with SST's platform, which a fresh
 * clone has to fetch first.
 */
const PROGRAMS = [
  'test/docs/{deploy-policy,readme}.test.ts',
  'test/functions/packages.test.ts',
  'test/infra/deployment.test.ts',
  'test/local/{killed,programs,serve,story}.test.ts',
];
const WORDPRESS = ['test/wordpress/**/*.test.ts'];
const BROWSER = ['test/browser/**/*.test.ts'];
/** The properties of other files once more, with twenty times as many runs. */
const SLOW = ['test/slow/**/*.test.ts'];

/**
 * `npm test` runs `unit`, `integration` and `isolated`, `npm run test:all` also `programs`, `wordpress`, `browser` and `slow`.
 * `npm run test:aws` runs `moto`, where that program is installed: it imitates more of AWS than the stand-ins do. `.ci/run`
 * runs all of it at once, for one count of all.
 */
export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: 'unit', include: UNIT, isolate: false, env: { COVERAGE: 'measured' } } },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/**/*.test.ts'],
          exclude: [...UNIT, ...ISOLATED, ...PROGRAMS, ...WORDPRESS, ...BROWSER, ...SLOW],
          // A worker reads the modules of lib once, and not for each of its files: half of the time of all tests.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'isolated', include: ISOLATED } },
      { extends: true, test: { name: 'programs', include: PROGRAMS, isolate: false } },
      {
        extends: true,
        test: { name: 'wordpress', include: WORDPRESS, globalSetup: ['test/wordpress/setup.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: BROWSER,
          isolate: false,
          globalSetup: ['test/browser/setup.ts'],
          // axe looks at each page four times, on a machine where every other core is taken.
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'moto',
          include: ['test/aws/*.moto.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      { extends: true, test: { name: 'slow', include: SLOW, env: { PROPERTY_RUNS: '5000' } } },
    ],
    setupFiles: ['test/support/property-runs.ts'],
    sequence: { sequencer: LongestFirst },
    // One more than cores: many tests wait for sockets, timers and programs.
    maxWorkers: availableParallelism() + 1,
    // Properties and real processes on a busy machine: a test that hangs is told from one that is slow.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', './test/summary-reporter.ts'],
    coverage: {
      // V8, for the project `unit` alone.
      provider: 'custom',
      customProviderModule: resolve('test/support/unit-coverage.ts'),
      include: ['lib/core/**/*.ts', 'lib/runcloud/rate-limit.ts'],
      reporter: ['text'],
      // lib/core decides what happens to customers' domains: its own tests reach all of it, without the loop around it.
      thresholds: { lines: 100, branches: 100, functions: 100, statements: 100 },
    },
  },
});
