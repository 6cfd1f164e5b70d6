import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** So that no long file begins when all others have ended. The first one makes SST's platform in a fresh clone. */
const FIRST = ['infra/deployment', 'local/serve', 'slow/simulations', 'aws/whole-path', 'wordpress/'];
/** It waits for the platform. */
const LAST = ['functions/packages'];

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      if (LAST.some((name) => moduleId.includes(`/test/${name}`))) return FIRST.length + 1;
      const at = FIRST.findIndex((name) => moduleId.includes(`/test/${name}`));
      return at < 0 ? FIRST.length : at;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}
