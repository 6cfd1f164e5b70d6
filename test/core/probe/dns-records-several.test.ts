import { describe, expect, it } from 'vitest';
import type { AddressAnswer } from '../../../lib/core/probe/dns-answer.ts';
import { recordsOf } from '../../../lib/core/probe/dns-records.ts';

const SERVER = { main: '203.0.113.10', others: ['2001:db8::10'] };

describe('recordsOf, where a name has several addresses', () => {
  const rows = (ipv4: string[], ipv6: string[] = []) => {
    const bare: AddressAnswer[] = [{ kind: 'answered', ipv4, ipv6, cname: undefined }];
    return recordsOf('shop.example', { bare, www: undefined, caa: [] }, SERVER);
  };

  it('one that is not the server’s is one too many', () => {
    expect(rows(['203.0.113.10', '198.51.100.1'])).toEqual([
      { type: 'A', name: 'shop.example', value: '203.0.113.10', now: '198.51.100.1, 203.0.113.10', ok: false },
    ]);
  });

  it('all IPv6 addresses that are not the server’s are named', () => {
    expect(rows(['203.0.113.10'], ['2001:db8::10', '2001:db8::2', '2001:db8::1'])).toEqual([
      { type: 'A', name: 'shop.example', value: '203.0.113.10', now: '203.0.113.10', ok: true },
      { type: 'AAAA', name: 'shop.example', value: 'none', now: '2001:db8::1, 2001:db8::2', ok: false },
    ]);
  });
});
