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
  const type = server.main.includes(':') ? 'AAAA' : 'A';
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
  if (record.type === 'A' && (verdict.kind === 'elsewhere' || verdict.kind === 'partly')) {
    return byFamily(verdict, record, server);
  }
  const shown = { ...record, now: nowOf(verdict, server), ok: isHere(verdict) || verdict.kind === 'proxied' };
  if (verdict.kind !== 'blocked') return [shown];
  const caa = { type: 'CAA', name: record.name, value: '0 issue "letsencrypt.org"', now: verdict.record } as const;
  return [shown, { ...caa, ok: false }];
}

/** An IPv6 address that is not the server's has to go: browsers and Let's Encrypt prefer it. */
function byFamily(
  verdict: Extract<DnsVerdict, { kind: 'elsewhere' | 'partly' }>,
  record: ToSet,
  { main }: ServerAddresses,
): DnsRecord[] {
  const foreign = verdict.kind === 'partly' ? verdict.foreign : verdict.addresses;
  const [ipv4, ipv6] = [foreign.filter((each) => !each.includes(':')), foreign.filter((each) => each.includes(':'))];
  const here = verdict.kind === 'partly' ? [main] : [];
  const [shown, isRight] = [[...here, ...ipv4], verdict.kind === 'partly' && ipv4.length === 0];
  const own = { ...record, now: shown.length === 0 ? 'none' : listOf(shown), ok: isRight };
  if (ipv6.length === 0) return [own];
  return [own, { type: 'AAAA', name: record.name, value: 'none', now: listOf(ipv6), ok: false }];
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
