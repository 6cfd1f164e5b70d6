import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../lib/core/values/time.ts';
import { pageLimits } from '../../lib/intake/page-limits.ts';

const NOW = Date.parse('2026-11-28T08:00:00.000Z');

describe('limits of customers\u2019 pages', () => {
  const admitted = (admit: () => boolean) => {
    let count = 0;
    while (count < 1_000 && admit()) count += 1;
    return count;
  };

  it('let sixty pages of a domain through at once, and then two a second, whatever others ask for', () => {
    const limits = pageLimits();
    const ask = (domain: string, now: number) => admitted(() => limits.admitPage(domain, now));
    expect(ask('a.example', NOW)).toBe(60);
    expect(ask('b.example', NOW)).toBe(60);
    expect(ask('a.example', NOW + SECOND)).toBe(2);
    expect(ask('a.example', NOW + MINUTE)).toBe(60);
  });

  it('let a hundred links that do not count through, and then twenty a second', () => {
    const limits = pageLimits();
    expect(admitted(() => limits.admitGuess(NOW))).toBe(100);
    expect(admitted(() => limits.admitGuess(NOW + SECOND))).toBe(20);
    expect(limits.admitPage('a.example', NOW)).toBe(true);
  });

  it('let nobody through for a clock that is set back', () => {
    const limits = pageLimits();
    admitted(() => limits.admitGuess(NOW));
    expect(limits.admitGuess(NOW - MINUTE)).toBe(false);
    expect(admitted(() => limits.admitGuess(NOW - MINUTE + SECOND))).toBe(20);
  });

  it('let one look a minute through for each domain', () => {
    const limits = pageLimits();
    expect(limits.admitCheck('a.example', NOW)).toBe(true);
    expect(limits.admitCheck('a.example', NOW + MINUTE - 1)).toBe(false);
    expect(limits.admitCheck('b.example', NOW)).toBe(true);
    expect(limits.admitCheck('a.example', NOW + MINUTE)).toBe(true);
    expect(limits.admitCheck('a.example', NOW - MINUTE)).toBe(true);
  });

  it('remember a thousand domains at most', () => {
    const limits = pageLimits();
    for (let index = 0; index < 1_000; index += 1) limits.admitCheck(`${index}.example`, NOW);
    expect(limits.admitCheck('0.example', NOW)).toBe(false);
    expect(limits.admitCheck('one-more.example', NOW)).toBe(true);
    expect(limits.admitCheck('0.example', NOW)).toBe(true);
  });
});
