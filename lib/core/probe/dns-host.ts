/** Where the DNS of a domain is kept, by the names of its name servers. It is only shown: nothing is decided by it. */
import { type HostName, registeredDomain } from '../values/host-name.ts';

export type DnsHost = {
  readonly provider: string;
  /** The provider's own page on how to set records. */
  readonly help?: string;
};

/** A few are enough to know their provider by. */
const MOST_KEPT = 6;

const PROVIDERS: readonly (DnsHost & { readonly below: readonly string[] })[] = [
  {
    provider: 'Cloudflare',
    below: ['ns.cloudflare.com'],
    help: 'https://developers.cloudflare.com/dns/manage-dns-records/how-to/create-dns-records/',
  },
  {
    provider: 'GoDaddy',
    below: ['domaincontrol.com'],
    help: 'https://www.godaddy.com/help/add-an-a-record-19238',
  },
  {
    provider: 'Namecheap',
    below: ['registrar-servers.com'],
    help: 'https://www.namecheap.com/support/knowledgebase/article.aspx/319/2237/how-can-i-set-up-an-a-address-record-for-my-domain/',
  },
  {
    provider: 'Hostinger',
    below: ['dns-parking.com'],
    help: 'https://support.hostinger.com/en/articles/1583249-how-to-manage-dns-records-at-hostinger',
  },
  {
    provider: 'DigitalOcean',
    below: ['digitalocean.com'],
    help: 'https://docs.digitalocean.com/products/networking/dns/how-to/manage-records/',
  },
  { provider: 'Porkbun', below: ['ns.porkbun.com'] },
  { provider: 'Wix', below: ['wixdns.net'] },
  { provider: 'Squarespace', below: ['squarespacedns.com'] },
  { provider: 'Vercel', below: ['vercel-dns.com'] },
  { provider: 'IONOS', below: ['ui-dns.com', 'ui-dns.org', 'ui-dns.de', 'ui-dns.biz'] },
  { provider: 'OVHcloud', below: ['ovh.net', 'ovh.ca'] },
  { provider: 'Gandi', below: ['gandi.net'] },
  { provider: 'Azure', below: ['azure-dns.com', 'azure-dns.net', 'azure-dns.org', 'azure-dns.info'] },
  { provider: 'DNSimple', below: ['dnsimple.com'] },
];

/** Such as `ns-1024.awsdns-00.org`: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html */
const ROUTE_53: DnsHost & { readonly names: RegExp } = {
  provider: 'Amazon Route 53',
  names: /^ns-\d+\.awsdns-\d+\.(?:com|net|org|co\.uk)$/,
  help: 'https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-creating.html',
};

/** Undefined where they are of nobody known, or of two. */
export function dnsHostOf(nameServers: readonly string[]): DnsHost | undefined {
  const hosts = new Set(nameServers.map(hostOf));
  const [host] = hosts;
  return hosts.size === 1 ? host : undefined;
}

function hostOf(nameServer: string): DnsHost | undefined {
  if (ROUTE_53.names.test(nameServer)) return ROUTE_53;
  return PROVIDERS.find(({ below }) => below.some((name) => nameServer.endsWith(`.${name}`)));
}

/** The zones that may hold the domain's records, the nearest first: from the domain to what was registered. */
export function zonesFor(domain: HostName): readonly string[] {
  const registered = registeredDomain(domain) ?? domain;
  const labels = domain.split('.');
  const count = labels.length - registered.split('.').length + 1;
  return labels.slice(0, count).map((_, index) => labels.slice(index).join('.'));
}

/** As it is kept: in one order and one spelling, so that what DNS shuffles is no news. */
export function keptNameServers(names: readonly string[]): readonly string[] {
  return [...new Set(names.map((name) => name.toLowerCase().replace(/\.$/, '')))].sort().slice(0, MOST_KEPT);
}
