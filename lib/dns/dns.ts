/** Public DNS, as a visitor or a certificate authority sees it. */
import { Resolver } from 'node:dns/promises';
import type { AddressAnswer, CaaAnswer, CaaRecord } from '../core/probe/dns-answer.ts';

/** One answer for each resolver, so that they can disagree. Neither ever throws. */
export type Dns = {
  /** Takes a name; returns what each resolver says of its addresses. */
  addressesOf(name: string): Promise<readonly AddressAnswer[]>;
  /** Takes a name; returns what each resolver says of the CAA records that govern it. */
  caaOf(name: string): Promise<readonly CaaAnswer[]>;
};

// Twice, with the second pause up to twice as long: nine seconds at most, whatever is asked, since all of it is asked at once.
const TIMEOUT_MS = 3_000;
const TRIES = 2;

/** Takes the resolvers to ask (`ip` or `ip:port`), each on its own, and their time for one try (ms); returns public DNS. */
export function publicDns(servers: readonly string[], timeoutMs = TIMEOUT_MS): Dns {
  const resolvers = servers.map((server) => {
    const resolver = new Resolver({ timeout: timeoutMs, tries: TRIES });
    resolver.setServers([server]);
    return { server, resolver };
  });
  return {
    addressesOf: async (name) => Promise.all(resolvers.map(async (each) => askAddresses(each, name))),
    caaOf: async (name) => Promise.all(resolvers.map(async (each) => askCaa(each, name))),
  };
}

type Asked = { readonly server: string; readonly resolver: Resolver };
type CouldNotAsk = { readonly kind: 'could-not-ask'; readonly why: string };

async function askAddresses({ server, resolver }: Asked, name: string): Promise<AddressAnswer> {
  const [ipv4, ipv6, cname] = await Promise.all([
    recordsOr(server, resolver.resolve4(name)),
    recordsOr(server, resolver.resolve6(name)),
    recordsOr(server, resolver.resolveCname(name)),
  ]);
  // Half an answer could be the half that leads elsewhere.
  if ('kind' in ipv4) return ipv4;
  if ('kind' in ipv6) return ipv6;
  if ('kind' in cname) return cname;
  return { kind: 'answered', ipv4, ipv6, cname: cname[0]?.toLowerCase() };
}

/**
 * The name and all that is above it are asked at once rather than one after the other, so that a deep name takes no
 * longer. Resolvers follow aliases by themselves, as RFC 8659 wants it.
 */
async function askCaa({ server, resolver }: Asked, name: string): Promise<CaaAnswer> {
  const labels = name.split('.');
  const ancestors = labels.map((_, index) => labels.slice(index).join('.'));
  const answers = await Promise.all(
    ancestors.map(async (each) => recordsOr<object>(server, resolver.resolveCaa(each))),
  );
  // What comes before the first answer that counts decides, so a question without answer there leaves all open.
  const nearest = answers.find((answer) => 'kind' in answer || answer.length > 0) ?? [];
  return 'kind' in nearest ? nearest : { kind: 'answered', records: nearest.map(caaRecord) };
}

/** Node gives a record as `{ critical: 128, issue: 'ca.example' }`: the flags, and its tag as a key of its own. */
function caaRecord(record: object): CaaRecord {
  const fields: Record<string, unknown> = { ...record };
  const tag = Object.keys(fields).find((key) => key !== 'critical' && key !== 'type') ?? '';
  // Of the flags only the highest bit has a meaning (RFC 8659 section 4.1).
  const isCritical = (Number(fields['critical']) & 0b1000_0000) !== 0;
  return { isCritical, tag: tag.toLowerCase(), value: String(fields[tag] ?? '') };
}

/** ENODATA (no such record) and ENOTFOUND (no such name) are answers. All else is not having asked. */
async function recordsOr<T>(server: string, asked: Promise<readonly T[]>): Promise<readonly T[] | CouldNotAsk> {
  try {
    return await asked;
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    if (code === 'ENODATA' || code === 'ENOTFOUND') return [];
    return { kind: 'could-not-ask', why: `the resolver ${server} ${WORDS[code] ?? `gave no answer (${code})`}` };
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ETIMEOUT: 'did not answer in time',
  ECONNREFUSED: 'cannot be reached',
  EREFUSED: 'refused to answer',
  // Behind it are name servers of the domain that do not answer, or DNSSEC that does not verify.
  ESERVFAIL: "could not find out (the domain's own name servers may be out of order)",
  EBADNAME: 'was not asked: this is no name that DNS can have',
};
