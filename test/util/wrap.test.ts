import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wrap } from '../../lib/util/wrap.ts';

describe('text for people', () => {
  it('is wrapped at words, below where its text begins', () => {
    expect(wrap('one two three four', 9)).toBe('one two\nthree\nfour');
    expect(wrap('  - one two three\n3. four five six', 11)).toBe('  - one two\n    three\n3. four\n   five six');
  });

  it('keeps a word whole that is longer than a line', () => {
    expect(wrap('at https://network.example/wp-admin', 10)).toBe('at\nhttps://network.example/wp-admin');
  });

  it('leaves short lines as they are, empty ones and gaps too', () => {
    expect(wrap('a  b \n\n   c', 80)).toBe('a  b \n\n   c');
  });

  it('never loses a word, and no line of several words is too long', () => {
    const word = fc.stringMatching(/^[a-z.:/]{1,12}$/);
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 5, max: 80 }),
        (words, columns) => {
          const wrapped = wrap(words.join(' '), columns);
          expect(wrapped.split(/\s+/)).toEqual(words);
          for (const line of wrapped.split('\n'))
            if (line.includes(' ')) expect(line.length).toBeLessThanOrEqual(columns);
        },
      ),
    );
  });
});
