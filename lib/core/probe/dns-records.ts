/** The DNS records a domain should have, and what they are now: a table that can be sent to a customer. */

import type { AddressAnswer, CaaAnswer } from './dns-answer.ts';
import { judgeAddresses, judgeCaa, type ServerAddresses } from './dns-verdict.ts';

export type DnsRecord = {
  readonly type: 'A' | 'AAAA' | 'CNAME' | 'CAA';
  readonly name: string;
  /** What it should be; `none`: there should be no such record. */
  readonly value: string;
  /** What public DNS has now; `none`, or why nobody could be asked. */
  readonly now: string;
  readonly ok: boolean;
};

/** What was asked about one domain just now, resolver by resolver. `www` and `caa`: where they matter. */
export type DnsAnswers = {
  readonly bare: readonly AddressAnswer[];
  readonly www: readonly AddressAnswer[] | undefined;
  readonly caa: readonly CaaAnswer[];
};

/** Takes a domain, what was asked about it and the server's addresses; returns its records, those that are wrong and those that are right. */
export function recordsOf(domain: string, { bare, www, caa }: DnsAnswers, server: ServerAddresses): DnsRecord[] {
  const isIpv6 = server.main.includes(':');
  const foreign = addressesIn(bare, 'ipv6').filter((each) => each !== server.main && !server.others.includes(each));
  const records: DnsRecord[] = [
    {
      type: isIpv6 ? 'AAAA' : 'A',
      name: domain,
      value: server.main,
      now: sayAddresses(bare, isIpv6 ? 'ipv6' : 'ipv4'),
      ok: isRight(bare, isIpv6 ? 'ipv6' : 'ipv4', server),
    },
  ];
  if (!isIpv6 && foreign.length > 0) {
    records.push({ type: 'AAAA', name: domain, value: 'none', now: foreign.join(', '), ok: false });
  }
  if (www) {
    const verdict = judgeAddresses(www, server);
    const alias = www.flatMap((answer) => (answer.kind === 'answered' ? (answer.cname ?? []) : [])).at(0);
    const now = alias ?? sayAddresses(www, 'both');
    records.push({ type: 'CNAME', name: `www.${domain}`, value: domain, now, ok: verdict.kind === 'pointing' });
  }
  const blocked = judgeCaa(caa);
  if (blocked.kind === 'blocked') {
    records.push({ type: 'CAA', name: domain, value: '0 issue "letsencrypt.org"', now: blocked.record, ok: false });
  }
  return records;
}

function isRight(answers: readonly AddressAnswer[], family: 'ipv4' | 'ipv6', server: ServerAddresses): boolean {
  const right = new Set([server.main, ...server.others]);
  return (
    answers.length > 0 &&
    answers.every(
      (answer) =>
        answer.kind === 'answered' &&
        answer[family].length > 0 &&
        answer[family].every((address) => right.has(address)),
    )
  );
}

function addressesIn(answers: readonly AddressAnswer[], family: 'ipv4' | 'ipv6' | 'both'): string[] {
  const all = answers.flatMap((answer) => {
    if (answer.kind !== 'answered') return [];
    return family === 'both' ? [...answer.ipv4, ...answer.ipv6] : answer[family];
  });
  return [...new Set(all)].sort();
}

function sayAddresses(answers: readonly AddressAnswer[], family: 'ipv4' | 'ipv6' | 'both'): string {
  const addresses = addressesIn(answers, family);
  if (addresses.length > 0) return addresses.join(', ');
  const silent = answers.find((answer) => answer.kind === 'could-not-ask');
  return silent ? `not known: ${silent.why}` : 'none';
}
