import { listOf } from '../values/text.ts';
import type { DnsRecord } from './dns-records.ts';
import type { DnsVerdict, ServerAddresses } from './dns-verdict.ts';
import { isHere, type ProbeState, type Since } from './result.ts';

/** What `now` says while a change is on its way. */
export const NOW_DISAGREED = 'different answers by different resolvers';

type ToSet = Pick<DnsRecord, 'type' | 'name' | 'value'>;

/** The records of `recordsOf`, as far as the last probe tells: nobody is asked. Empty before the first one. */
export function rememberedRecords(
  domain: string,
  { dns, www, servedAs }: Pick<ProbeState, 'dns' | 'www' | 'servedAs'>,
  server: ServerAddresses,
): DnsRecord[] {
  const type = isIpv6(server.main) ? 'AAAA' : 'A';
  // The bare name may lead wherever its owner likes.
  if (servedAs) return ofName(www, { type, name: `www.${domain}`, value: server.main }, server);
  return [
    ...ofName(dns, { type, name: domain, value: server.main }, server),
    ...ofName(www, { type: 'CNAME', name: `www.${domain}`, value: domain }, server),
  ];
}

function ofName(probed: Since<DnsVerdict> | undefined, record: ToSet, server: ServerAddresses): DnsRecord[] {
  if (!probed) return [];
  const { verdict } = probed;
  if (record.type !== 'CNAME' && (verdict.kind === 'elsewhere' || verdict.kind === 'partly')) {
    return byFamily(verdict, record, server);
  }
  const shown = { ...record, now: nowOf(verdict, server), ok: isHere(verdict) || verdict.kind === 'proxied' };
  if (verdict.kind !== 'blocked') return [shown];
  const caa = { type: 'CAA', name: record.name, value: '0 issue "letsencrypt.org"', now: verdict.record } as const;
  return [shown, { ...caa, ok: false }];
}

/**
 * Addresses of the other family have to go, and so do those beside the server's: browsers and Let's Encrypt may take any of them. One that
 * stands in the server's place is replaced.
 */
function byFamily(
  verdict: Extract<DnsVerdict, { kind: 'elsewhere' | 'partly' }>,
  record: ToSet,
  { main }: ServerAddresses,
): DnsRecord[] {
  const foreign = verdict.kind === 'partly' ? verdict.foreign : verdict.addresses;
  const own = foreign.filter((each) => isIpv6(each) === isIpv6(main));
  const other = foreign.filter((each) => isIpv6(each) !== isIpv6(main));
  const gone = (type: DnsRecord['type'], addresses: readonly string[]): DnsRecord[] =>
    addresses.length === 0 ? [] : [{ type, name: record.name, value: 'none', now: listOf(addresses), ok: false }];
  const beside = gone(isIpv6(main) ? 'A' : 'AAAA', other);
  if (verdict.kind === 'partly') return [{ ...record, now: main, ok: true }, ...gone(record.type, own), ...beside];
  return [{ ...record, now: own.length === 0 ? 'none' : listOf(own), ok: false }, ...beside];
}

function isIpv6(address: string): boolean {
  return address.includes(':');
}

function nowOf(verdict: DnsVerdict, { main }: ServerAddresses): string {
  switch (verdict.kind) {
    case 'pointing':
    case 'blocked':
      return main;
    case 'absent':
      return 'none';
    case 'elsewhere':
    case 'proxied':
      return listOf(verdict.addresses);
    case 'partly':
      return listOf([main, ...verdict.foreign]);
    case 'disagreed':
      return NOW_DISAGREED;
  }
}
