import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../lib/core/values/time.ts';
import { pageLimits } from '../../lib/intake/page-limits.ts';

const NOW = Date.parse('2026-11-28T08:00:00.000Z');

describe('limits of customers\u2019 pages', () => {
  const admitted = (limits: ReturnType<typeof pageLimits>, now: number) => {
    let count = 0;
    while (count < 1_000 && limits.admitPage(now)) count += 1;
    return count;
  };

  it('let a hundred through at once, and then twenty a second', () => {
    const limits = pageLimits();
    expect(admitted(limits, NOW)).toBe(100);
    expect(admitted(limits, NOW + SECOND)).toBe(20);
    expect(admitted(limits, NOW + MINUTE)).toBe(100);
  });

  it('let nobody through for a clock that is set back', () => {
    const limits = pageLimits();
    admitted(limits, NOW);
    expect(limits.admitPage(NOW - MINUTE)).toBe(false);
    expect(admitted(limits, NOW - MINUTE + SECOND)).toBe(20);
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
