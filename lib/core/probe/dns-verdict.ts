import { shorten } from '../values/text.ts';
import type { AddressAnswer, CaaAnswer, CaaRecord } from './dns-answer.ts';
import { proxyOf } from './proxies.ts';

/** `main` is the address that customers are told to set. `others` lead to the same server (server-addresses.ts). */
export type ServerAddresses = { readonly main: string; readonly others: readonly string[] };

export type DnsVerdict =
  /** Every resolver has the server's addresses, and none but those. */
  | { readonly kind: 'pointing' }
  /** No resolver has an address. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'elsewhere'; readonly addresses: readonly string[] }
  /** All addresses belong to one service that stands in front of servers, such as Cloudflare. */
  | { readonly kind: 'proxied'; readonly by: string; readonly addresses: readonly string[] }
  /** Some addresses are the server's; these are not. */
  | { readonly kind: 'partly'; readonly foreign: readonly string[] }
  /** The resolvers give different answers: a change is on its way through DNS. */
  | { readonly kind: 'disagreed' }
  /** It points here, and a CAA record keeps Let's Encrypt from issuing. */
  | { readonly kind: 'blocked'; readonly record: string };

/**
 * `could-not-ask` says nothing about the name: the verdict of the last probe stands. `half` is the verdict where one family of
 * addresses could be asked.
 */
export type DnsResult =
  | DnsVerdict
  | { readonly kind: 'could-not-ask'; readonly why: string; readonly half?: DnsVerdict };

/**
 * Where a name points. It takes all resolvers and the server's addresses alone to be `pointing`: Let's Encrypt may ask any
 * address of the name, and prefers IPv6. One resolver that could not be asked makes the whole answer `could-not-ask`, and one that
 * could not be asked about one family makes it half an answer: the missing half could be the one that leads elsewhere.
 */
export function judgeAddresses(answers: readonly AddressAnswer[], server: ServerAddresses): DnsResult {
  const answered: string[][] = [];
  let unasked: string | undefined;
  for (const answer of answers) {
    if (answer.kind === 'could-not-ask') return answer;
    answered.push([...answer.ipv4, ...answer.ipv6]);
    unasked ??= answer.unasked;
  }
  if (answered.length === 0) return { kind: 'could-not-ask', why: 'there is no resolver to ask' };
  const verdict = judge(answered, server);
  return unasked === undefined ? verdict : { kind: 'could-not-ask', why: unasked, half: verdict };
}

/** `answered` are the addresses that each resolver gave. */
function judge(answered: readonly (readonly string[])[], server: ServerAddresses): DnsVerdict {
  const here = new Set([server.main, ...server.others]);
  const sides = new Set(answered.map((addresses) => sideOf(addresses, here)));
  if (sides.size > 1) return { kind: 'disagreed' };
  const foreign = [...new Set(answered.flat())].filter((address) => !here.has(address)).sort();
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

/** Whether the name points here, as far as it could be asked: then CAA decides whether a certificate may come. */
export function seemsHere(result: DnsResult): boolean {
  return (result.kind === 'could-not-ask' ? result.half?.kind : result.kind) === 'pointing';
}

/** `caa` is what `judgeCaa` says of a name that seems to point here. */
export function withCaa(addresses: DnsResult, caa: DnsVerdict): DnsResult {
  return addresses.kind === 'could-not-ask' ? { ...addresses, half: caa } : caa;
}

function sideOf(addresses: readonly string[], here: ReadonlySet<string>): 'none' | 'here' | 'elsewhere' | 'both' {
  if (addresses.length === 0) return 'none';
  if (addresses.every((address) => here.has(address))) return 'here';
  if (addresses.some((address) => here.has(address))) return 'both';
  // Stryker disable next-line StringLiteral: what is none of the others is elsewhere, whatever it is called.
  return 'elsewhere';
}

/** Let's Encrypt's name and way of proof in CAA records: https://letsencrypt.org/docs/caa/. */
const AUTHORITY = 'letsencrypt.org';
const METHOD = 'http-01';
// A value may have 65 KB. What it says of an authority stands at its beginning.
const LONGEST_RECORD = 120;
const KNOWN_TAGS: ReadonlySet<string> = new Set([
  'issue',
  'issuewild',
  'issuemail',
  'iodef',
  'contactemail',
  'contactphone',
]);

/**
 * Whether Let's Encrypt may issue for a name that points here: RFC 8659 section 4, and RFC 8657 section 4 for the parameter
 * `validationmethods`. RunCloud does not tell its account at Let's Encrypt, so `accounturi` counts as allowing it.
 */
export function judgeCaa(answers: readonly CaaAnswer[]): DnsResult {
  const blocking: CaaRecord[] = [];
  for (const answer of answers) {
    // An authority that gets no answer about CAA must not issue (RFC 8659 section 3).
    if (answer.kind === 'could-not-ask') {
      return { kind: 'could-not-ask', why: `whether its CAA records allow a certificate: ${answer.why}` };
    }
    blocking.push(...blockedBy(answer.records));
  }
  const [first] = blocking;
  return first
    ? { kind: 'blocked', record: shorten(`${first.tag} "${first.value}"`, LONGEST_RECORD) }
    : { kind: 'pointing' };
}

/** Records that forbid it: critical ones with an unknown tag, then `issue` records if none of them allows Let's Encrypt. */
function blockedBy(records: readonly CaaRecord[]): readonly CaaRecord[] {
  const unknown = records.filter((record) => record.isCritical && !KNOWN_TAGS.has(record.tag));
  const issuers = records.filter((record) => record.tag === 'issue');
  return issuers.some(({ value }) => allows(value)) ? unknown : [...unknown, ...issuers];
}

function allows(value: string): boolean {
  const [issuer, ...parameters] = value.split(';').map((part) => part.trim());
  if (`${issuer}`.toLowerCase() !== AUTHORITY) return false;
  const methods = parameters.find((parameter) => /^validationmethods\s*=/i.test(parameter));
  return methods === undefined || methods.split(/[=,]/).some((method) => method.trim() === METHOD);
}
