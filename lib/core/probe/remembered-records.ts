import { listOf } from '../values/text.ts';
import type { DnsRecord } from './dns-records.ts';
import type { DnsVerdict, ServerAddresses } from './dns-verdict.ts';
import { isHere, type ProbeState, type Since } from './result.ts';

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

function ofName(
  probed: Since<DnsVerdict> | undefined,
  record: Pick<DnsRecord, 'type' | 'name' | 'value'>,
  server: ServerAddresses,
): DnsRecord[] {
  if (!probed) return [];
  const { verdict } = probed;
  const shown = { ...record, now: nowOf(verdict, server), ok: isHere(verdict) || verdict.kind === 'proxied' };
  if (verdict.kind !== 'blocked') return [shown];
  const caa = {
    type: 'CAA',
    name: record.name,
    value: '0 issue "letsencrypt.org"',
    now: verdict.record,
    ok: false,
  } as const;
  return [shown, caa];
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
      return 'different answers by different resolvers';
  }
}
