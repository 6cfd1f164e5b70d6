import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Longest first, so that none of them begins when all others have ended. The first one makes SST's platform in a fresh clone. */
const LONGEST = [
  'infra/deployment',
  'local/serve',
  'aws/whole-path',
  'loop/runs/certificates',
  'docs/readme',
  'aws/secrets-manager',
  'ledger/dynamo',
  'functions/packages',
  'slow/',
  'wordpress/',
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
