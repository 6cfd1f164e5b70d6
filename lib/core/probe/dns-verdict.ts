/** Where a name points, by what all public resolvers say of it. */
import type { AddressAnswer, CaaAnswer, CaaRecord } from './dns-answer.ts';
import { proxyOf } from './proxies.ts';

/** The addresses that are the server's: the one RunCloud names, and what else is known to lead there. */
export type ServerAddresses = { readonly main: string; readonly others: readonly string[] };

export type DnsVerdict =
  /** Every resolver has the server's addresses, and none but those. */
  | { readonly kind: 'pointing' }
  /** No resolver has an address. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'elsewhere'; readonly addresses: readonly string[] }
  /** All addresses are those of a service that stands in front of servers. */
  | { readonly kind: 'proxied'; readonly by: string; readonly addresses: readonly string[] }
  /** Some addresses are the server's; these are not. */
  | { readonly kind: 'partly'; readonly foreign: readonly string[] }
  /** The resolvers say different things: a change is on its way through DNS. */
  | { readonly kind: 'disagreed' }
  /** It points here, and a CAA record keeps Let's Encrypt from issuing. */
  | { readonly kind: 'blocked'; readonly record: string };

/** What one looking gave: a verdict, or that nobody could be asked, which says nothing about the name. */
export type DnsResult = DnsVerdict | { readonly kind: 'could-not-ask'; readonly why: string };

/**
 * Takes what each resolver said about a name's addresses, and the server's; returns where it points. Anything less than
 * all resolvers agreeing on the server alone is not pointing here: Let's Encrypt may ask any of these addresses, and
 * prefers IPv6.
 */
export function judgeAddresses(answers: readonly AddressAnswer[], server: ServerAddresses): DnsResult {
  const views: string[][] = [];
  for (const answer of answers) {
    if (answer.kind === 'could-not-ask') return answer;
    views.push([...answer.ipv4, ...answer.ipv6]);
  }
  if (views.length === 0) return { kind: 'could-not-ask', why: 'there is no resolver to ask' };
  const here = new Set([server.main, ...server.others]);
  const sides = new Set(views.map((addresses) => sideOf(addresses, here)));
  if (sides.size > 1) return { kind: 'disagreed' };
  const foreign = [...new Set(views.flat())].filter((address) => !here.has(address)).sort();
  switch ([...sides][0]) {
    case 'here':
      return { kind: 'pointing' };
    case 'none':
      return { kind: 'absent' };
    case 'both':
      return { kind: 'partly', foreign };
    default: {
      const by = proxyOf(foreign);
      return by === undefined ? { kind: 'elsewhere', addresses: foreign } : { kind: 'proxied', by, addresses: foreign };
    }
  }
}

function sideOf(addresses: readonly string[], here: ReadonlySet<string>): 'none' | 'here' | 'elsewhere' | 'both' {
  if (addresses.length === 0) return 'none';
  if (addresses.every((address) => here.has(address))) return 'here';
  return addresses.some((address) => here.has(address)) ? 'both' : 'elsewhere';
}

/** As its CAA records name it: https://letsencrypt.org/docs/caa/. */
const AUTHORITY = 'letsencrypt.org';
const METHOD = 'http-01';
const KNOWN_TAGS: ReadonlySet<string> = new Set([
  'issue',
  'issuewild',
  'issuemail',
  'iodef',
  'contactemail',
  'contactphone',
]);

/**
 * Takes what each resolver said about the CAA records of a name that points here; returns whether Let's Encrypt may issue
 * for it (RFC 8659 section 4; the parameter `validationmethods` is RFC 8657 section 4). Which account RunCloud uses is not
 * known, so `accounturi` is taken to allow it.
 */
export function judgeCaa(answers: readonly CaaAnswer[]): DnsResult {
  const blocking: CaaRecord[] = [];
  for (const answer of answers) {
    // An authority that gets no answer about CAA does not issue either.
    if (answer.kind === 'could-not-ask') {
      return { kind: 'could-not-ask', why: `whether its CAA records allow a certificate: ${answer.why}` };
    }
    blocking.push(...blockedBy(answer.records));
  }
  const [first] = blocking;
  return first ? { kind: 'blocked', record: `${first.tag} "${first.value}"` } : { kind: 'pointing' };
}

/** The records that forbid it, that which others must understand and do not first. */
function blockedBy(records: readonly CaaRecord[]): readonly CaaRecord[] {
  const strange = records.filter((record) => record.isCritical && !KNOWN_TAGS.has(record.tag));
  const issuers = records.filter((record) => record.tag === 'issue');
  return issuers.some(({ value }) => allows(value)) ? strange : [...strange, ...issuers];
}

function allows(value: string): boolean {
  const [issuer = '', ...parameters] = value.split(';').map((part) => part.trim());
  if (issuer.toLowerCase() !== AUTHORITY) return false;
  const methods = parameters.find((parameter) => /^validationmethods\s*=/i.test(parameter));
  return (
    methods === undefined ||
    methods
      .split(/[=,]/)
      .slice(1)
      .some((method) => method.trim() === METHOD)
  );
}
