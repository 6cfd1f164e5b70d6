import { describe, expect, it } from 'vitest';
import { axesOf, describeStep, isLive } from '../../../lib/core/report/axes.ts';

const LIVE = { mapping: 'on RunCloud', owned: true, dns: 'pointing', certificate: 'valid' } as const;

describe('the axes of a domain', () => {
  it.each([
    [LIVE, true],
    [{ ...LIVE, dns: 'proxied', certificate: 'expiring' }, true],
    [{ ...LIVE, mapping: 'not on RunCloud' } as const, false],
    [{ ...LIVE, dns: 'pending' }, false],
    [{ ...LIVE, certificate: 'waiting' }, false],
  ])('%j is live: %s', (stands, live) => {
    expect(isLive(stands)).toBe(live);
  });

  it('are well, or not, or not known', () => {
    expect(axesOf(LIVE).map(({ isWell }) => isWell)).toEqual([true, true, true]);
    expect(axesOf({ ...LIVE, dns: 'proxied', certificate: 'expiring' }).map(({ isWell }) => isWell)).toEqual([
      true,
      true,
      true,
    ]);
    const bad = { mapping: 'not on RunCloud', owned: false, dns: 'moved away', certificate: 'none' } as const;
    expect(axesOf(bad)).toEqual([
      { axis: 'RunCloud', found: 'not there', isWell: false },
      { axis: 'DNS', found: 'moved away', isWell: false },
      { axis: 'certificate', found: 'none', isWell: false },
    ]);
    expect(axesOf({ ...LIVE, dns: 'unknown', certificate: 'unknown' }).map(({ isWell }) => isWell)).toEqual([
      true,
      undefined,
      undefined,
    ]);
  });

  it('say whose the object on RunCloud is', () => {
    expect(axesOf(LIVE)[0]?.found).toMatch(/added or adopted by this service/);
    expect(axesOf({ ...LIVE, owned: false })[0]?.found).toMatch(/not ours/);
  });

  it('what a step does is said in words, and one that is not known by its name', () => {
    expect([describeStep('issue'), describeStep('fly')]).toEqual(['its certificate is requested', 'fly']);
  });
});
