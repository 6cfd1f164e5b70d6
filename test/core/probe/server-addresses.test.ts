import { describe, expect, it } from 'vitest';
import type { AddressAnswer } from '../../../lib/core/probe/dns-answer.ts';
import type { Handshake } from '../../../lib/core/probe/handshake.ts';
import {
  addressesIn,
  handshakeAddress,
  leadsToServer,
  proxyInFront,
  serverAddresses,
} from '../../../lib/core/probe/server-addresses.ts';
import { iso } from '../../../lib/core/values/time.ts';

const RUNCLOUD = '203.0.113.10';
const FLOATING = '198.51.100.20';
const OTHER = '198.51.100.21';
const IPV6 = '2001:db8::10';

const SILENT: AddressAnswer = { kind: 'could-not-ask', why: 'time-out' };

function has(...addresses: string[]): Extract<AddressAnswer, { kind: 'answered' }> {
  const ipv6 = addresses.filter((each) => each.includes(':'));
  return { kind: 'answered', ipv4: addresses.filter((each) => !each.includes(':')), ipv6, cname: undefined };
}

describe('serverAddresses', () => {
  const known = (...host: string[]) => ({
    main: RUNCLOUD,
    others: host.filter((address) => address !== RUNCLOUD),
    host,
  });

  it.each([
    ['RunCloud’s alone', [], known(), RUNCLOUD, []],
    ['RunCloud’s, which the host has', [], known(RUNCLOUD), RUNCLOUD, []],
    ['and IPv6 beside it', [], known(RUNCLOUD, IPV6), RUNCLOUD, [IPV6]],
    ['the host’s, where RunCloud names another', [], known(FLOATING), FLOATING, [RUNCLOUD]],
    ['the first of them', [], known(IPV6, FLOATING, OTHER), FLOATING, [RUNCLOUD, IPV6, OTHER]],
    ['RunCloud’s, where it is one of several', [], known(FLOATING, RUNCLOUD), RUNCLOUD, [FLOATING]],
    ['RunCloud’s, where the host has IPv6 alone', [], known(IPV6), RUNCLOUD, [IPV6]],
    ['what is listed, first, and nothing of the host’s', [OTHER, IPV6], known(FLOATING), OTHER, [IPV6, RUNCLOUD]],
    ['RunCloud’s alone, where nothing else is listed', [RUNCLOUD], known(FLOATING, IPV6), RUNCLOUD, []],
    ['what is listed, each once', [RUNCLOUD, FLOATING, FLOATING], known(FLOATING), RUNCLOUD, [FLOATING]],
    ['what is listed, without a word of RunCloud’s', [OTHER], undefined, OTHER, []],
  ])('customers are told %s', (_, listed, all, main, others) => {
    expect(serverAddresses(listed, all)).toEqual({ main, others });
  });

  it.each([
    ['the host’s', [], '10.0.0.5', ['10.0.0.5', FLOATING], FLOATING],
    ['the host’s IPv6, where that is all', [], '10.0.0.5', [IPV6], IPV6],
    ['RunCloud’s, where the host’s is the private one', [], RUNCLOUD, ['10.0.0.5'], RUNCLOUD],
    ['the first of those listed that is public', ['10.0.0.5', OTHER], RUNCLOUD, [], OTHER],
    ['what is there, where nothing else is', [], '10.0.0.5', [], '10.0.0.5'],
    ['what is listed, where nothing else is', ['10.0.0.6'], '10.0.0.5', [], '10.0.0.6'],
  ])('customers are told no private address where a public one is known: %s', (_, listed, main, host, told) => {
    const others = host.filter((address) => address !== main);
    expect(serverAddresses(listed, { main, others, host })?.main).toBe(told);
  });

  it.each([
    ...['0.0.0.1', '10.255.0.1', '127.0.0.1', '169.254.1.1', '192.168.0.1', '172.16.0.1', '172.29.0.1', '172.31.0.1'],
    ...[
      '100.64.0.1',
      '100.79.0.1',
      '100.101.0.1',
      '100.127.0.1',
      '::',
      '::1',
      'fc00::1',
      'FD12::1',
      'fe80::1',
      'febf::1',
    ],
  ])('%s is private', (address) => {
    expect(serverAddresses([address, OTHER], undefined)?.main).toBe(OTHER);
  });

  it.each([
    ...['1.0.0.1', '100.63.0.1', '100.128.0.1', '172.15.0.1', '172.32.0.1', '192.167.0.1', '110.0.0.1', '8.10.0.1'],
    ...['2001:db8::1', 'fec0::1', '2a00::fc00'],
  ])('%s is not', (address) => {
    expect(serverAddresses([address, OTHER], undefined)?.main).toBe(address);
  });

  it('what was read before hosts counted is as it was', () => {
    expect(serverAddresses([], { main: RUNCLOUD, others: [IPV6] })).toEqual({ main: RUNCLOUD, others: [IPV6] });
  });

  it('none is known where nobody told any', () => {
    expect(serverAddresses([], undefined)).toBeUndefined();
  });
});

describe('addressesIn', () => {
  const half = (...addresses: string[]): AddressAnswer => ({ ...has(...addresses), unasked: 'SERVFAIL' });

  it.each<[string, AddressAnswer[], string[], string[] | undefined]>([
    ['of one resolver, IPv4 first', [has(IPV6, OTHER, FLOATING)], [], [FLOATING, OTHER, IPV6]],
    ['of all resolvers, each once', [has(OTHER, IPV6), has(FLOATING, OTHER)], [], [FLOATING, OTHER, IPV6]],
    ['of the one that answers', [SILENT, has(FLOATING)], [OTHER], [FLOATING]],
    ['none, where all say so', [has(), has()], [OTHER, IPV6], []],
    ['one family, and the other as it was', [half(FLOATING)], [OTHER, IPV6], [FLOATING, IPV6]],
    ['the other family, and IPv4 as it was', [half(IPV6)], [OTHER], [OTHER, IPV6]],
    ['a family that one resolver knows', [half(FLOATING), has(FLOATING)], [IPV6], [FLOATING]],
    ['nobody knows', [SILENT, SILENT], [OTHER], undefined],
    ['nobody is asked', [], [OTHER], undefined],
  ])('%s', (_, answers, before, addresses) => {
    expect(addressesIn(answers, before)).toEqual(addresses);
  });
});

describe('leadsToServer', () => {
  const SHOWN: Handshake = {
    kind: 'certificate',
    notBefore: iso(0),
    notAfter: iso(1),
    names: ['a.example', 'b.example'],
    fits: 'fits',
    trust: 'trusted',
  };
  const NONE: Handshake = { kind: 'none', why: 'refused' };
  const UNASKED: Handshake = { kind: 'could-not-ask', why: 'time-out' };

  it.each<[string, Handshake, Handshake[], boolean | undefined]>([
    ['the same certificate', SHOWN, [{ ...SHOWN, fits: 'other-name' }], true],
    ['the same at one of several', SHOWN, [UNASKED, NONE, SHOWN], true],
    ['an older one', SHOWN, [{ ...SHOWN, notBefore: iso(-1) }], false],
    ['one for longer', SHOWN, [{ ...SHOWN, notAfter: iso(2) }], false],
    ['one of other names', SHOWN, [{ ...SHOWN, names: ['a.example'] }], false],
    ['none there', SHOWN, [NONE], false],
    ['another one at one, and no answer at the other', SHOWN, [NONE, UNASKED], undefined],
    ['nobody could be asked there', SHOWN, [UNASKED], undefined],
    ['nobody could be asked at RunCloud’s address', UNASKED, [SHOWN], undefined],
    ['none anywhere', NONE, [NONE], undefined],
  ])('%s', (_, atMain, shown, leads) => {
    expect(leadsToServer(RUNCLOUD, atMain, shown)).toBe(leads);
  });

  it('a private address of RunCloud’s says nothing against the host’s, unless it is the server that answers there', () => {
    for (const atMain of [UNASKED, NONE, { ...SHOWN, fits: 'other-name' } as const]) {
      expect(leadsToServer('10.0.0.5', atMain, [SHOWN])).toBe(true);
    }
    expect(leadsToServer('10.0.0.5', SHOWN, [{ ...SHOWN, notAfter: iso(2) }])).toBe(false);
    expect(leadsToServer('10.0.0.5', SHOWN, [SHOWN])).toBe(true);
  });
});

describe('proxyInFront', () => {
  it.each<[string, AddressAnswer[], string | undefined]>([
    ['a server', [has(RUNCLOUD, IPV6)], undefined],
    ['nobody answers', [SILENT], undefined],
    ['a proxy', [has('104.16.0.1')], 'Cloudflare'],
    ['a proxy, by the second resolver alone', [SILENT, has('104.16.0.1')], 'Cloudflare'],
    ['a proxy for IPv6 alone', [has(RUNCLOUD, '2606:4700::1')], 'Cloudflare'],
    ['an alias of a proxy', [{ ...has(FLOATING), cname: 'd111111abcdef8.cloudfront.net' }], 'CloudFront'],
    ['an alias of a load balancer', [{ ...has(FLOATING), cname: 'shop-1.eu.elb.amazonaws.com' }], undefined],
    ['another alias, and a proxy', [{ ...has('151.101.1.1'), cname: 'network.example' }], 'Fastly'],
  ])('%s', (_, answers, proxy) => {
    expect(proxyInFront(answers)).toBe(proxy);
  });
});

describe('handshakeAddress', () => {
  const SERVER = { main: RUNCLOUD, others: [FLOATING, IPV6] };

  it.each<[string, AddressAnswer[], string]>([
    ['the one that the name has', [has(FLOATING)], FLOATING],
    ['the one for all, where it has several', [has(FLOATING, RUNCLOUD)], RUNCLOUD],
    ['IPv4 before IPv6', [has(IPV6, FLOATING)], FLOATING],
    ['IPv6, where it has no other', [has(IPV6)], IPV6],
    ['of the second resolver', [SILENT, has(FLOATING)], FLOATING],
    ['the one for all, where the name is elsewhere', [has('192.0.2.1')], RUNCLOUD],
    ['the one for all, where it is nowhere', [has()], RUNCLOUD],
    ['the one for all, where nobody answers', [SILENT], RUNCLOUD],
    ['the one for all, where nobody was asked', [], RUNCLOUD],
  ])('%s', (_, answers, address) => {
    expect(handshakeAddress(answers, SERVER)).toBe(address);
  });
});
