import { listOf, shorten } from '../values/text.ts';
import type { AddressAnswer, CaaAnswer } from './dns-answer.ts';
import { judgeAddresses, judgeCaa, type ServerAddresses, seemsHere } from './dns-verdict.ts';

/** A row of a table that can be sent to a customer: the record to set, and what is there. */
export type DnsRecord = {
  readonly type: 'A' | 'AAAA' | 'CNAME' | 'CAA';
  readonly name: string;
  /** What to set. `none`: there must be no such record. */
  readonly value: string;
  /** What public DNS has: addresses, `none`, or `not known` and why. */
  readonly now: string;
  readonly ok: boolean;
};

/** Answers about one domain, one per resolver. `www` is undefined where it does not matter where that name points. */
export type DnsAnswers = {
  readonly bare: readonly AddressAnswer[];
  readonly www: readonly AddressAnswer[] | undefined;
  readonly caa: readonly CaaAnswer[];
  readonly wwwCaa?: readonly CaaAnswer[] | undefined;
};

// The longest host name.
const LONGEST_ALIAS = 253;

/**
 * The records that point the domain to the server, right ones included, and what else stands in the way. A record that is only
 * superfluous shows where it does harm: an address of the other family that is not the server's, or a CAA record that keeps Let's Encrypt out. Where the
 * `www.` name is served by itself, only its records count.
 */
export function recordsOf(
  domain: string,
  { bare, www, caa, wwwCaa }: DnsAnswers,
  server: ServerAddresses,
  servedAs?: 'www',
): DnsRecord[] {
  // The bare name may lead wherever its owner likes.
  if (servedAs) return recordsOf(`www.${domain}`, { bare: www ?? [], www: undefined, caa: wwwCaa ?? [] }, server);
  const isIpv6 = server.main.includes(':');
  const foreign = addressesIn(bare, isIpv6 ? 'ipv4' : 'ipv6').filter((each) => !server.others.includes(each));
  const records: DnsRecord[] = [
    {
      type: isIpv6 ? 'AAAA' : 'A',
      name: domain,
      value: server.main,
      now: formatAddresses(bare, isIpv6 ? 'ipv6' : 'ipv4'),
      ok: isRight(bare, isIpv6 ? 'ipv6' : 'ipv4', server),
    },
  ];
  if (foreign.length > 0) {
    records.push({ type: isIpv6 ? 'A' : 'AAAA', name: domain, value: 'none', now: listOf(foreign), ok: false });
  }
  if (www) {
    const alias = www.flatMap((answer) => (answer.kind === 'answered' ? (answer.cname ?? []) : [])).at(0);
    const now = alias === undefined ? formatAddresses(www, 'both') : shorten(alias, LONGEST_ALIAS);
    records.push({
      type: 'CNAME',
      name: `www.${domain}`,
      value: domain,
      now,
      ok: seemsHere(judgeAddresses(www, server)),
    });
  }
  const blocked = blockedBy(domain, caa);
  const ofWww = blockedBy(`www.${domain}`, wwwCaa ?? []);
  // Without records of its own it has those of the domain, which are mended there.
  const isOwn = ofWww && ofWww.now !== blocked?.now;
  return [...records, ...(blocked ? [blocked] : []), ...(isOwn ? [ofWww] : [])];
}

function blockedBy(name: string, caa: readonly CaaAnswer[]): DnsRecord | undefined {
  const verdict = judgeCaa(caa);
  if (verdict.kind !== 'blocked') return undefined;
  return { type: 'CAA', name, value: '0 issue "letsencrypt.org"', now: verdict.record, ok: false };
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

function formatAddresses(answers: readonly AddressAnswer[], family: 'ipv4' | 'ipv6' | 'both'): string {
  const addresses = addressesIn(answers, family);
  if (addresses.length > 0) return listOf(addresses);
  const [why] = answers.flatMap((answer) => (answer.kind === 'could-not-ask' ? answer.why : (answer.unasked ?? [])));
  return why === undefined ? 'none' : `not known: ${why}`;
}
