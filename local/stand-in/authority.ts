/**
 * A stand-in for Let's Encrypt as RunCloud uses it. It checks DNS as the http-01 challenge does, has the real limits,
 * and the real sentences of refusals (letsencrypt/boulder, ratelimits/transaction.go and limiter.go).
 */
import { isIPv6 } from 'node:net';
import { getDomain } from 'tldts';
import type { CaaRecord } from '../../lib/core/probe/dns-answer.ts';
import { DAY, HOUR, iso } from '../../lib/core/values/time.ts';
import type { Clock } from '../../lib/util/clock.ts';
import type { StandInDns } from './dns.ts';

/** Dates in epoch ms. */
export type OrderAnswer =
  | {
      readonly kind: 'issued';
      readonly names: readonly string[];
      readonly notBefore: number;
      readonly notAfter: number;
    }
  | { readonly kind: 'refused'; readonly why: string };

export type Order = {
  readonly at: number;
  readonly account: string;
  readonly names: readonly string[];
  readonly answer: OrderAnswer;
};

export type AuthorityOptions = {
  readonly clock: Clock;
  readonly dns: StandInDns;
  /** The server's addresses, IPv4 and IPv6. */
  readonly addresses: readonly string[];
  /** Lifetime of its certificates (ms). */
  readonly lifetimeMs?: number;
};

type Limit = {
  readonly most: number;
  readonly withinMs: number;
  /** `withinMs` as Go writes a duration. */
  readonly within: string;
  readonly anchor: string;
};

/** Token buckets: full at first, refilled evenly. https://letsencrypt.org/docs/rate-limits/ */
const LIMITS = {
  orders: { most: 300, withinMs: 3 * HOUR, within: '3h0m0s', anchor: 'new-orders-per-account' },
  domain: { most: 50, withinMs: 7 * DAY, within: '168h0m0s', anchor: 'new-certificates-per-registered-domain' },
  exactSet: { most: 5, withinMs: 7 * DAY, within: '168h0m0s', anchor: 'new-certificates-per-exact-set-of-identifiers' },
  failures: { most: 5, withinMs: HOUR, within: '1h0m0s', anchor: 'authorization-failures-per-identifier-per-account' },
} as const satisfies Record<string, Limit>;

const MOST_NAMES = 100;
const ITSELF = 'letsencrypt.org';

export class StandInAuthority {
  /** Every order, oldest first. */
  readonly orders: Order[] = [];
  readonly options: AuthorityOptions;
  readonly #buckets = new Map<string, { level: number; at: number }>();
  readonly #issuedSets = new Set<string>();

  constructor(options: AuthorityOptions) {
    this.options = options;
  }

  /** Orders that ended in a certificate. */
  get issued(): Order[] {
    return this.orders.filter(({ answer }) => answer.kind === 'issued');
  }

  /** Orders one certificate for these names. */
  order(requested: readonly string[], account: string, at = this.options.clock.now()): OrderAnswer {
    const names = [...new Set(requested)].sort();
    const answer = this.#decide(names, account, at);
    this.orders.push({ at, account, names, answer });
    return answer;
  }

  /** Why the http-01 challenge of a name would fail now. Counts against no limit. */
  whyInvalid(name: string): string | undefined {
    const { dns, addresses } = this.options;
    const { ipv4, ipv6, caa } = dns.recordsOf(name);
    const found = [...ipv6, ...ipv4];
    if (found.length === 0)
      return `DNS problem: NXDOMAIN looking up A for ${name} - check that a DNS record exists for this domain`;
    const elsewhere = found.find((each) => !addresses.includes(each));
    if (elsewhere !== undefined) {
      const shown = isIPv6(elsewhere) ? `[${elsewhere}]` : elsewhere;
      return `${shown}: Invalid response from http://${name}/.well-known/acme-challenge/6xYk: 404`;
    }
    return mayIssue(caa) ? undefined : `CAA record for ${name} prevents issuance`;
  }

  #decide(names: readonly string[], account: string, at: number): OrderAnswer {
    if (names.length > MOST_NAMES)
      return refused(`Error creating new order :: Order cannot contain more than ${MOST_NAMES} identifiers`);
    const uncertifiable = names.map(whyUncertifiable).find((why) => why !== undefined);
    if (uncertifiable !== undefined) return refused(`Error creating new order :: ${uncertifiable}`);
    const set = names.join(',');
    const domains = [...new Set(names.map((name) => getDomain(name, { allowPrivateDomains: true }) ?? name))];
    // The same set again is a renewal, which is exempt from these two limits.
    const isRenewal = this.#issuedSets.has(set);
    const orders = isRenewal ? [] : [bucket(LIMITS.orders, account, 'too many new orders', 'from this account')];
    const certificates = [
      ...(isRenewal
        ? []
        : domains.map((each) => bucket(LIMITS.domain, each, 'too many certificates', `already issued for "${each}"`))),
      bucket(LIMITS.exactSet, set, 'too many certificates', 'already issued for this exact set of identifiers'),
    ];
    const failures = names.map((name) =>
      bucket(LIMITS.failures, `${account} ${name}`, 'too many failed authorizations', `for "${name}"`),
    );
    const limited = this.#whyLimited([...orders, ...certificates, ...failures], at);
    if (limited !== undefined) return refused(limited);
    for (const each of orders) this.#spend(each, at);
    const invalid = names.map((name) => this.whyInvalid(name));
    for (const [index, each] of failures.entries()) if (invalid[index] !== undefined) this.#spend(each, at);
    const first = invalid.find((why) => why !== undefined);
    if (first !== undefined) return refused(first);
    for (const each of certificates) this.#spend(each, at);
    this.#issuedSets.add(set);
    return { kind: 'issued', names, notBefore: at, notAfter: at + (this.options.lifetimeMs ?? 90 * DAY) };
  }

  /** Let's Encrypt names the limit that ends last. */
  #whyLimited(buckets: readonly Bucket[], at: number): string | undefined {
    const waits = buckets
      .map((each) => ({ ...each, until: at + this.#wait(each, at) }))
      .filter(({ until }) => until > at)
      .sort((a, b) => b.until - a.until);
    const [last] = waits;
    if (!last) return undefined;
    const { limit, what, whose, until } = last;
    const date = iso(until).slice(0, 19).replace('T', ' ');
    return `Error creating new order :: ${what} (${limit.most}) ${whose} in the last ${limit.within}, retry after ${date} UTC: see https://letsencrypt.org/docs/rate-limits/#${limit.anchor}`;
  }

  /** Time until the next token (ms), in whole seconds like the date of the refusal. */
  #wait({ key, limit }: Bucket, at: number): number {
    const level = this.#level(key, limit, at);
    return level >= 1 ? 0 : Math.ceil(((1 - level) * limit.withinMs) / limit.most / 1_000) * 1_000;
  }

  #spend({ key, limit }: Bucket, at: number): void {
    this.#buckets.set(key, { level: this.#level(key, limit, at) - 1, at });
  }

  #level(key: string, { most, withinMs }: Limit, at: number): number {
    const known = this.#buckets.get(key);
    return known ? Math.min(most, known.level + ((at - known.at) / withinMs) * most) : most;
  }
}

/** Of the rules in policy/pa.go those that hold for any name of a test: `.example` has no place in the Public Suffix List. */
function whyUncertifiable(name: string): string | undefined {
  const labels = name.split('.');
  const cannot = `Cannot issue for "${name}": Domain name`;
  if (name.length > 230) return `${cannot} is longer than 230 bytes`;
  if (labels.length > 10) return `${cannot} has more than 10 labels (parts)`;
  const isReserved = labels.some((label) => /^..--/.test(label) && !label.startsWith('xn--'));
  return isReserved ? `${cannot} contains an invalid label in a reserved format (R-LDH: '??--')` : undefined;
}

type Bucket = { readonly key: string; readonly limit: Limit; readonly what: string; readonly whose: string };

function bucket(limit: Limit, whom: string, what: string, whose: string): Bucket {
  return { key: `${limit.anchor} ${whom}`, limit, what, whose };
}

function refused(why: string): OrderAnswer {
  return { kind: 'refused', why };
}

/** RFC 8659 section 4: without an `issue` record everybody may issue. An unknown critical record forbids it. */
function mayIssue(records: readonly CaaRecord[]): boolean {
  const isKnown = (tag: string): boolean =>
    ['issue', 'issuewild', 'iodef', 'contactemail', 'contactphone'].includes(tag);
  if (records.some(({ isCritical, tag }) => isCritical && !isKnown(tag))) return false;
  const issuers = records
    .filter(({ tag }) => tag === 'issue')
    .map(({ value }) => value.split(';')[0]?.trim().toLowerCase());
  return issuers.length === 0 || issuers.includes(ITSELF);
}
