import { describe, expect, it } from 'vitest';
import type { DnsVerdict } from '../../../lib/core/probe/dns-verdict.ts';
import { rememberedRecords } from '../../../lib/core/probe/remembered-records.ts';
import { iso } from '../../../lib/core/values/time.ts';

const SERVER = { main: '203.0.113.10', others: [] };
const since = (verdict: DnsVerdict) => ({ verdict, since: iso(0) });
const A = { type: 'A', name: 'shop.example', value: '203.0.113.10' };

describe('the records of the last probe', () => {
  it.each<[string, DnsVerdict, string, boolean]>([
    ['the server where it points there', { kind: 'pointing' }, '203.0.113.10', true],
    ['none where there is none', { kind: 'absent' }, 'none', false],
    ['where else it leads', { kind: 'elsewhere', addresses: ['198.51.100.7'] }, '198.51.100.7', false],
    ['a proxy as it is', { kind: 'proxied', by: 'Cloudflare', addresses: ['104.16.0.1'] }, '104.16.0.1', true],
    ['a change on its way', { kind: 'disagreed' }, 'different answers by different resolvers', false],
  ])('show %s', (_, verdict, now, ok) => {
    expect(rememberedRecords('shop.example', { dns: since(verdict) }, SERVER)).toEqual([{ ...A, now, ok }]);
  });

  it.each<[string, DnsVerdict, string, boolean]>([
    ['beside the server', { kind: 'partly', foreign: ['2001:db8::1'] }, '203.0.113.10', true],
    ['and nothing else', { kind: 'elsewhere', addresses: ['2001:db8::1'] }, 'none', false],
    ['beside another address', { kind: 'elsewhere', addresses: ['192.0.2.1', '2001:db8::1'] }, '192.0.2.1', false],
  ])('say that an IPv6 address %s has to go', (_, verdict, now, ok) => {
    expect(rememberedRecords('shop.example', { dns: since(verdict) }, SERVER)).toEqual([
      { ...A, now, ok },
      { type: 'AAAA', name: 'shop.example', value: 'none', now: '2001:db8::1', ok: false },
    ]);
  });

  it('say that what stands beside the server has to go', () => {
    const dns = since({ kind: 'partly', foreign: ['192.0.2.1', '2001:db8::1'] });
    const own = { type: 'A', name: 'shop.example', now: '203.0.113.10', ok: true };
    expect(rememberedRecords('shop.example', { dns }, SERVER)).toMatchObject([
      own,
      { type: 'A', value: 'none', now: '192.0.2.1', ok: false },
      { type: 'AAAA', value: 'none', now: '2001:db8::1', ok: false },
    ]);
  });

  it('say the same of IPv4 addresses where the server has IPv6 alone', () => {
    const server = { main: '2001:db8::10', others: [] };
    const set = (verdict: DnsVerdict) => rememberedRecords('shop.example', { dns: since(verdict) }, server);
    expect(set({ kind: 'partly', foreign: ['192.0.2.1'] })).toMatchObject([
      { type: 'AAAA', value: '2001:db8::10', now: '2001:db8::10', ok: true },
      { type: 'A', value: 'none', now: '192.0.2.1', ok: false },
    ]);
    expect(set({ kind: 'elsewhere', addresses: ['192.0.2.1'] })).toMatchObject([
      { type: 'AAAA', value: '2001:db8::10', now: 'none', ok: false },
      { type: 'A', value: 'none', now: '192.0.2.1', ok: false },
    ]);
  });

  it('show in one row where the www. name leads', () => {
    const elsewhere = since({ kind: 'elsewhere', addresses: ['192.0.2.1', '2001:db8::1'] });
    const partly = since({ kind: 'partly', foreign: ['2001:db8::1'] });
    expect(rememberedRecords('shop.example', { www: elsewhere }, SERVER)).toMatchObject([
      { type: 'CNAME', now: '192.0.2.1, 2001:db8::1', ok: false },
    ]);
    expect(rememberedRecords('shop.example', { www: partly }, SERVER)).toMatchObject([
      { type: 'CNAME', now: '203.0.113.10, 2001:db8::1', ok: false },
    ]);
  });

  it('name the CAA record that keeps the certificate away', () => {
    const dns = since({ kind: 'blocked', record: '0 issue "other.example"' });
    expect(rememberedRecords('shop.example', { dns }, SERVER)).toEqual([
      { ...A, now: '203.0.113.10', ok: true },
      {
        type: 'CAA',
        name: 'shop.example',
        value: '0 issue "letsencrypt.org"',
        now: '0 issue "other.example"',
        ok: false,
      },
    ]);
  });

  it('are those of the www. name where that one is served by itself', () => {
    const probe = { dns: since({ kind: 'absent' }), www: since({ kind: 'pointing' }), servedAs: 'www' } as const;
    expect(rememberedRecords('shop.example', probe, SERVER)).toEqual([
      { ...A, name: 'www.shop.example', now: '203.0.113.10', ok: true },
    ]);
  });

  it('have both names, an IPv6 server, and nothing before the first probe', () => {
    const server = { main: '2001:db8::10', others: [] };
    const probe = { dns: since({ kind: 'pointing' }), www: since({ kind: 'absent' }) };
    expect(rememberedRecords('shop.example', probe, server)).toEqual([
      { type: 'AAAA', name: 'shop.example', value: '2001:db8::10', now: '2001:db8::10', ok: true },
      { type: 'CNAME', name: 'www.shop.example', value: 'shop.example', now: 'none', ok: false },
    ]);
    expect(rememberedRecords('shop.example', {}, server)).toEqual([]);
  });
});
