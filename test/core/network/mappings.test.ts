import { describe, expect, it } from 'vitest';
import { ownHostOf, wantedBy } from '../../../lib/core/network/mappings.ts';

describe('wantedBy', () => {
  it('of a network whose sites are all gone nothing is wanted', () => {
    const gone = { id: 1, host: 'localhost', isGone: true };
    expect(wantedBy([], [gone], undefined).mappings).toEqual([]);
  });
});

describe('ownHostOf', () => {
  it('is the host of the site with the lowest id, wherever that stands', () => {
    const sites = [3, 1, 2].map((id) => ({ id, host: `n${id}.example`, isGone: false }));
    expect(ownHostOf('brand.example', sites)).toBe('n1.example');
    expect(ownHostOf('brand.example', sites.toReversed())).toBe('n1.example');
  });

  it('is the host in the address where that of the main site is no host name', () => {
    expect(ownHostOf('brand.example', [{ id: 1, host: '127.0.0.1', isGone: false }])).toBe('brand.example');
  });
});
