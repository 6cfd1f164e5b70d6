import { expect, it } from 'vitest';
import { demonstrationStory, withStory } from '../../docs/scripts/demonstration.ts';
import { textOf } from './pages.ts';

const LONGEST_LINES = 150;

it(`README.md has at most ${LONGEST_LINES} lines`, () => {
  expect(textOf('README.md').split('\n').length - 1).toBeLessThanOrEqual(LONGEST_LINES);
});

it('README.md shows what the demonstration prints (npm run docs writes it)', async () => {
  const readme = textOf('README.md');
  expect(readme).toBe(withStory(readme, await demonstrationStory()));
});
