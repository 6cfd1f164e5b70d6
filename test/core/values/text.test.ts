import { describe, expect, it } from 'vitest';
import { listOf, printable, quantity, shorten } from '../../../lib/core/values/text.ts';

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${index + 1}`);
}

describe('quantity', () => {
  it.each([
    [0, '0 domains'],
    [1, '1 domain'],
    [2, '2 domains'],
  ])('%i', (count, words) => {
    expect(quantity(count, 'domain')).toBe(words);
  });
});

describe('listOf', () => {
  it.each([
    [0, ''],
    [1, '1'],
    [5, '1, 2, 3, 4, 5'],
    [6, '1, 2, 3, 4, 5 and 1 more'],
    [1_004, '1, 2, 3, 4, 5 and 999 more'],
    [1_005, '1, 2, 3, 4, 5 and 1,000 more'],
    [1_500, '1, 2, 3, 4, 5 and 1,495 more'],
  ])('of %i', (count, words) => {
    expect(listOf(numbers(count))).toBe(words);
  });

  it('groups the digits of a count of millions', () => {
    expect(listOf(new Array<string>(1_234_569).fill('x'), 2)).toBe('x, x and 1,234,567 more');
  });

  it('shows as many as it is told', () => {
    expect(listOf(numbers(4), 2)).toBe('1, 2 and 2 more');
    expect(listOf(numbers(2), 2)).toBe('1, 2');
  });
});

describe('printable', () => {
  it.each([
    ['C0', 'a\u0000\u001b[31mb', 'a [31mb'],
    ['DEL', 'a\u007fb', 'a b'],
    ['the first of C1', 'a\u0080b', 'a b'],
    ['CSI of C1, which begins a command', 'a\u009b31mb', 'a 31mb'],
    ['the last of C1', 'a\u009fb', 'a b'],
    ['line ends', 'a\r\nb\u2028c\u2029d\u0085e', 'a b c d e'],
    ['what turns text around', 'a\u202eb\u2066c', 'a b c'],
    ['tags beyond the first plane', 'a\u{e0041}b', 'a b'],
    ['a soft hyphen and a byte order mark', 'a\u00adb\ufeffc', 'a b c'],
  ])('replaces %s', (_, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it.each([
    ['a space that does not break', 'a\u00a0b'],
    ['joiners, which Persian needs', 'نامه\u200cای \u200d'],
    ['other scripts and pictures', 'bücher 例え 🛒'],
  ])('keeps %s', (_, text) => {
    expect(printable(text)).toBe(text);
  });
});

describe('shorten', () => {
  it.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'abc…'],
    ['\u009babc', 4, ' abc'],
    ['ab🛒', 3, 'ab\ufffd…'],
    ['ab🛒', 4, 'ab🛒'],
  ])('%j to %i', (text, most, shown) => {
    expect(shorten(text, most)).toBe(shown);
  });
});
