import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countStates } from '../../../lib/core/report/domain-states.ts';
import { LIVE } from '../builders.ts';

describe('domains by state', () => {
  it.each([
    ['DomainsLive', {}],
    ['DomainsLive', { certificate: 'expiring' }],
    ['DomainsLive', { dns: 'proxied' }],
    ['DomainsWithoutCertificate', { certificate: 'unknown' }],
    ['DomainsWithoutCertificate', { certificate: 'failed' }],
    ['DomainsNotPointing', { dns: 'pending', certificate: 'waiting' }],
    ['DomainsNotPointing', { dns: 'unknown' }],
    ['DomainsNotPointing', { dns: 'moved away' }],
    ['DomainsNotOurs', { owned: false, dns: 'pending' }],
    ['DomainsNotOnRunCloud', { mapping: 'not on RunCloud', owned: false }],
  ] as const)('counts as %s what is %j', (state, changes) => {
    const none = countStates([]);
    expect(countStates([{ ...LIVE, ...changes }])).toEqual({ ...none, [state]: 1 });
  });

  it('counts each domain once', () => {
    const rows = fc.array(
      fc.record({
        domain: fc.constant('shop.example'),
        mapping: fc.constantFrom('on RunCloud', 'not on RunCloud'),
        dns: fc.constantFrom('unknown', 'pending', 'pointing', 'proxied', 'moved away'),
        certificate: fc.constantFrom('unknown', 'none', 'waiting', 'requested', 'valid', 'expiring', 'failed'),
        owned: fc.boolean(),
        next: fc.constant(''),
      }),
    );
    fc.assert(
      fc.property(rows, (all) => {
        const sum = Object.values(countStates(all)).reduce((total, count) => total + count, 0);
        expect(sum).toBe(all.length);
      }),
    );
  });
});
