import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchorsOf, linksOf, pages, ROOT } from './pages.ts';

describe('the pages for people', () => {
  it.each(pages())('%s: every link leads to a file and a heading that are there', (page) => {
    const broken = linksOf(page).filter(({ leadsTo }) => {
      if (leadsTo === 'outside') return false;
      const { file, anchor } = leadsTo;
      if (!existsSync(join(ROOT, file))) return true;
      return anchor !== undefined && !anchorsOf(file).has(anchor);
    });
    expect(broken.map(({ target }) => target)).toEqual([]);
  });

  it.each(pages())('%s: every link to elsewhere is an https address', (page) => {
    const outside = linksOf(page).filter(({ leadsTo }) => leadsTo === 'outside');
    const wrong = outside.filter(({ target }) => !URL.canParse(target) || new URL(target).protocol !== 'https:');
    expect(wrong.map(({ target }) => target)).toEqual([]);
  });

  it('are all reached from README.md', () => {
    const reached = new Set(['README.md']);
    for (const page of reached) {
      for (const { leadsTo } of linksOf(page)) {
        if (leadsTo !== 'outside' && leadsTo.file.endsWith('.md')) reached.add(leadsTo.file);
      }
    }
    expect([...reached].sort()).toEqual(pages());
  });
});
