import { describe, expect, it } from 'vitest';
import { proxyOf, proxyOfAddress, proxyOfAlias } from '../../../lib/core/probe/proxies.ts';

describe('proxyOf', () => {
  it.each([
    ['Cloudflare', ['104.16.0.1', '172.67.3.4', '2606:4700:3030::1']],
    ['Fastly', ['151.101.1.1', '2a04:4e42::1']],
    ['Sucuri', ['192.88.134.1', '2a02:fe80::1']],
    ['Imperva', ['45.60.3.3', '2a02:e980::1']],
  ])('%s', (name, addresses) => {
    for (const address of addresses) expect(proxyOf([address])).toBe(name);
    expect(proxyOf(addresses)).toBe(name);
  });

  it('the ends of a range belong to it, and what is beside them does not', () => {
    expect(proxyOf(['104.16.0.0'])).toBe('Cloudflare');
    expect(proxyOf(['104.23.255.255'])).toBe('Cloudflare');
    expect(proxyOf(['104.15.255.255'])).toBeUndefined();
    // The next range of Cloudflare's begins right behind it and ends there.
    expect(proxyOf(['104.27.255.255'])).toBe('Cloudflare');
    expect(proxyOf(['104.28.0.0'])).toBeUndefined();
    expect(proxyOf(['2606:4700:ffff:ffff:ffff:ffff:ffff:ffff'])).toBe('Cloudflare');
    expect(proxyOf(['2606:4701::'])).toBeUndefined();
  });

  it('one address that is another’s is enough for it to be no proxy', () => {
    expect(proxyOf(['104.16.0.1', '198.51.100.7'])).toBeUndefined();
    expect(proxyOf(['104.16.0.1', '2001:db8::1'])).toBeUndefined();
  });

  it('addresses of two services are neither’s', () => {
    expect(proxyOf(['104.16.0.1', '151.101.1.1'])).toBeUndefined();
  });

  it('one address belongs to one service', () => {
    expect(proxyOfAddress('104.16.0.1')).toBe('Cloudflare');
    expect(proxyOfAddress('198.51.100.7')).toBeUndefined();
  });

  it('no address is no proxy', () => {
    expect(proxyOf([])).toBeUndefined();
  });
});

describe('proxyOfAlias', () => {
  it.each([
    ['shop.example.cdn.cloudflare.net', 'Cloudflare'],
    ['dualstack.j.sni.global.fastly.net', 'Fastly'],
    ['shop.fastlylb.net', 'Fastly'],
    ['shop.sucuri.net', 'Sucuri'],
    ['abc123.x.incapdns.net', 'Imperva'],
    ['abc123.impervadns.net', 'Imperva'],
    ['e1.a.akamaiedge.net', 'Akamai'],
    ['shop.example.edgekey.net', 'Akamai'],
    ['shop.example.edgesuite.net', 'Akamai'],
    ['shop.akamaized.net', 'Akamai'],
    ['d111111abcdef8.cloudfront.net', 'CloudFront'],
    ['shop.azureedge.net', 'Azure'],
    ['shop.azurefd.net', 'Azure'],
    ['shop.b-cdn.net', 'bunny'],
  ])('%s is of %s', (alias, service) => {
    expect(proxyOfAlias(alias)).toBe(service);
  });

  it.each(['shop-1.eu.elb.amazonaws.com', 'network.example', 'mycloudfront.net', 'cloudfront.net.example'])(
    '%s leads to a server or a load balancer',
    (alias) => {
      expect(proxyOfAlias(alias)).toBeUndefined();
    },
  );
});
