/**
 * V8's coverage, measured in the project `unit` alone (vitest.config.ts sets COVERAGE there). V8 slows down all code of a process that it
 * measures, not only what is included: the tests of the loop took half as long again.
 */
import v8 from '@vitest/coverage-v8';
import type { CoverageProviderModule } from 'vitest/node';

const isMeasured = (): boolean => process.env['COVERAGE'] === 'measured';

const coverage: CoverageProviderModule = {
  getProvider: () => v8.getProvider(),
  startCoverage: async (options) => (isMeasured() ? v8.startCoverage?.(options) : undefined),
  takeCoverage: async (options) => (isMeasured() ? v8.takeCoverage?.(options) : undefined),
  stopCoverage: async (options) => (isMeasured() ? v8.stopCoverage?.(options) : undefined),
};

export default coverage;
