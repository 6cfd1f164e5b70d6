import { describe, expect, it } from 'vitest';
import { dnsHostOf, keptNameServers, zonesFor } from '../../../lib/core/probe/dns-host.ts';
import type { HostName } from '../../../lib/core/values/host-name.ts';

describe('where the DNS of a domain is kept', () => {
  it.each([
    ['Cloudflare', ['ada.ns.cloudflare.com', 'ben.ns.cloudflare.com']],
    ['GoDaddy', ['ns01.domaincontrol.com']],
    ['Namecheap', ['dns1.registrar-servers.com', 'dns2.registrar-servers.com']],
    ['Hostinger', ['lunar.dns-parking.com', 'solar.dns-parking.com']],
    ['DigitalOcean', ['ns1.digitalocean.com']],
    ['Amazon Route 53', ['ns-1024.awsdns-00.org', 'ns-1536.awsdns-00.co.uk', 'ns-0.awsdns-00.com']],
    ['Porkbun', ['maceio.ns.porkbun.com']],
    ['IONOS', ['ns1045.ui-dns.biz', 'ns1098.ui-dns.de']],
  ])('is %s by its name servers', (provider, nameServers) => {
    expect(dnsHostOf(nameServers)?.provider).toBe(provider);
  });

  it('has a page of its own at some of them', () => {
    expect(dnsHostOf(['ada.ns.cloudflare.com'])?.help).toMatch(/^https:\/\/developers\.cloudflare\.com\//);
    expect(dnsHostOf(['maceio.ns.porkbun.com'])?.help).toBeUndefined();
  });

  it.each([
    ['nobody known', ['ns1.elsewhere.example']],
    ['two of them', ['ada.ns.cloudflare.com', 'ns01.domaincontrol.com']],
    ['one of them and somebody else', ['ada.ns.cloudflare.com', 'ns1.elsewhere.example']],
    ['a name that only ends alike', ['ns1.mydomaincontrol.com']],
    ['a name that only begins alike', ['ns-1.awsdns-1.com.elsewhere.example', 'x.ns-1.awsdns-1.com']],
    ['no name servers at all', []],
  ])('is not known for %s', (_, nameServers) => {
    expect(dnsHostOf(nameServers)).toBeUndefined();
  });

  it('is one of the zones from the domain to what was registered', () => {
    expect(zonesFor('fr.shop.co.uk' as HostName)).toEqual(['fr.shop.co.uk', 'shop.co.uk']);
    expect(zonesFor('shop.example' as HostName)).toEqual(['shop.example']);
    expect(zonesFor('co.uk' as HostName)).toEqual(['co.uk']);
  });

  it('is kept in one order and one spelling, as a few names', () => {
    expect(keptNameServers(['NS2.x.example.', 'ns1.x.example', 'ns2.x.example'])).toEqual([
      'ns1.x.example',
      'ns2.x.example',
    ]);
    expect(keptNameServers(Array.from({ length: 20 }, (_, index) => `ns${index}.x.example`))).toHaveLength(6);
  });
});
