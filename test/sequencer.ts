import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Longest first, so that none of them begins when all others have ended. Those that make SST's platform in a fresh clone are among the
 * first.
 */
const LONGEST = [
  'aws/operations.moto',
  'browser/operator',
  'slow/networks',
  'browser/customer',
  'slow/',
  'wordpress/news',
  'infra/deployment',
  'docs/deploy-policy',
  'local/health',
  'ledger/dynamo',
  'runcloud/api',
  'local/',
  'loop/runs/certificates',
  'aws/',
  'docs/readme',
  'functions/packages',
  'wordpress/',
  'loop/',
  'simulation/',
];

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONGEST.findIndex((name) => moduleId.includes(`/test/${name}`));
      return at < 0 ? LONGEST.length : at;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}
