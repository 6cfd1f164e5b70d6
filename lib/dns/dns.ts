/** Public DNS, as visitors and certificate authorities see it. */
import { Resolver } from 'node:dns/promises';
import type { AddressAnswer, CaaAnswer, CaaRecord } from '../core/probe/dns-answer.ts';

/** One answer for each resolver, because resolvers may disagree. A fault is an answer: nothing here throws. */
export type Dns = {
  addressesOf(name: string): Promise<readonly AddressAnswer[]>;
  /** The CAA records that govern a name: its own, or those of its nearest ancestor that has any. */
  caaOf(name: string): Promise<readonly CaaAnswer[]>;
  /** Of the first of these zones that has any. It is only shown, so the first resolver that answers is enough. Undefined: none did. */
  nameServersOf(zones: readonly string[]): Promise<readonly string[] | undefined>;
};

// The second try waits up to twice as long: nine seconds in all. Everything about a name is asked at once.
const TIMEOUT_MS = 3_000;
const TRIES = 2;

/** Asks every server (`ip` or `ip:port`) on its own. `timeoutMs` is for one try. */
export function publicDns(servers: readonly string[], timeoutMs = TIMEOUT_MS): Dns {
  const resolvers = servers.map((server) => {
    const resolver = new Resolver({ timeout: timeoutMs, tries: TRIES });
    resolver.setServers([server]);
    return { server, resolver };
  });
  return {
    addressesOf: async (name) => Promise.all(resolvers.map(async (each) => askAddresses(each, name))),
    caaOf: async (name) => Promise.all(resolvers.map(async (each) => askCaa(each, name))),
    nameServersOf: async (zones) => {
      for (const each of resolvers) {
        const names = await askNameServers(each, zones);
        if (names !== undefined) return names;
      }
      return undefined;
    },
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
  // Resolvers follow an alias by themselves, and so does Let's Encrypt. It is only shown.
  const shown = { cname: 'kind' in cname ? undefined : cname[0]?.toLowerCase() };
  if (!('kind' in ipv4)) {
    if (!('kind' in ipv6)) return { kind: 'answered', ipv4, ipv6, ...shown };
    return ipv4.length > 0 ? { kind: 'answered', ipv4, ipv6: [], ...shown, unasked: ipv6.why } : ipv6;
  }
  return 'kind' in ipv6 || ipv6.length === 0 ? ipv4 : { kind: 'answered', ipv4: [], ipv6, ...shown, unasked: ipv4.why };
}

/**
 * Asks for the name and all its ancestors at once, so that a deep name takes no longer. Resolvers follow aliases, as
 * RFC 8659 demands.
 */
async function askCaa({ server, resolver }: Asked, name: string): Promise<CaaAnswer> {
  const labels = name.split('.');
  const ancestors = labels.map((_, index) => labels.slice(index).join('.'));
  const answers = await Promise.all(
    ancestors.map(async (each) => recordsOr<object>(server, resolver.resolveCaa(each))),
  );
  // The nearest records govern. If a nearer question has no answer, nobody knows which those are.
  const nearest = answers.find((answer) => 'kind' in answer || answer.length > 0) ?? [];
  return 'kind' in nearest ? nearest : { kind: 'answered', records: nearest.map(caaRecord) };
}

async function askNameServers({ server, resolver }: Asked, zones: readonly string[]) {
  const answers = await Promise.all(zones.map(async (zone) => recordsOr(server, resolver.resolveNs(zone))));
  // If a nearer question has no answer, nobody knows which zone it is.
  const nearest = answers.find((answer) => 'kind' in answer || answer.length > 0) ?? [];
  return 'kind' in nearest ? undefined : nearest;
}

/** Node's record is `{ critical: 128, issue: 'ca.example' }`: the flags, and the tag as a key of its own. */
function caaRecord(record: object): CaaRecord {
  const fields: Record<string, unknown> = { ...record };
  const tag = Object.keys(fields).find((key) => key !== 'critical' && key !== 'type') ?? '';
  // Only the highest bit of the flags has a meaning (RFC 8659 section 4.1).
  const isCritical = (Number(fields['critical']) & 0b1000_0000) !== 0;
  return { isCritical, tag: tag.toLowerCase(), value: String(fields[tag] ?? '') };
}

/** ENODATA (no such record) and ENOTFOUND (no such name) are answers. After any other error nothing is known. */
async function recordsOr<T>(server: string, asked: Promise<readonly T[]>): Promise<readonly T[] | CouldNotAsk> {
  try {
    return await asked;
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    if (code === 'ENODATA' || code === 'ENOTFOUND') return [];
    return { kind: 'could-not-ask', why: `the resolver ${server} ${REASONS[code] ?? `gave no answer (${code})`}` };
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ETIMEOUT: 'did not answer in time',
  ECONNREFUSED: 'cannot be reached',
  EREFUSED: 'refused to answer',
  // The domain's name servers do not answer, or its DNSSEC does not verify.
  ESERVFAIL: "could not find out (the domain's own name servers may be out of order)",
  EBADNAME: 'was not asked: DNS can have no such name',
};
