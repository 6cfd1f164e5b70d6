import { epoch, HOUR, type IsoTime, iso } from '../values/time.ts';
import { type CertificateRequest, type OrderKind, registeredDomains, WEEK } from './requests.ts';

/**
 * Let's Encrypt's limits (https://letsencrypt.org/docs/rate-limits/), less a reserve for what this service cannot count: RunCloud's
 * own renewals, other applications of the account, other owners of the registered domain.
 */
const LIMITS = {
  /** 300 new orders an account. */
  orders: { most: 240, withinMs: 3 * HOUR, span: '3 h', whose: 'of all domains' },
  /** 50 certificates a registered domain. */
  registered: { most: 40, withinMs: WEEK, span: '7 days', whose: 'below one registered domain' },
  /** 5 certificates for exactly the same names. */
  set: { most: 4, withinMs: WEEK, span: '7 days', whose: 'for exactly these names' },
  /** 5 failed validations of a name. Any request may be one. */
  name: { most: 4, withinMs: HOUR, span: '1 h', whose: 'for this name' },
} as const;

export type Limit = keyof typeof LIMITS;

export type LimitResult =
  | { readonly kind: 'allowed' }
  /** `why` follows "because" in a sentence. */
  | { readonly kind: 'limited'; readonly limit: Limit; readonly until: IsoTime; readonly why: string };

/** Counts requests towards every limit they may use up. */
export class IssuanceLimiter {
  readonly #now: number;
  readonly #times = new Map<string, number[]>();
  /** Limits that Let's Encrypt called used up, and the date it named. */
  readonly #spent = new Map<string, IsoTime>();

  /** `requests` in any order, `now` in milliseconds. */
  constructor(requests: Iterable<CertificateRequest>, now: number) {
    this.#now = now;
    for (const request of [...requests].sort((a, b) => epoch(a.at) - epoch(b.at))) this.add(request);
  }

  /** The request must not be older than those counted before. */
  add({ at, names, order, answer, spent }: CertificateRequest): void {
    this.#count(answer === 'refused' ? attemptKeys(names) : keysOf(names, order), epoch(at));
    if (spent && epoch(spent.until) > this.#now) this.#spent.set(spent.key, spent.until);
  }

  /** Whether a certificate for these names may be requested now. If so, the request counts from here on. */
  reserve(names: readonly string[], order: OrderKind): LimitResult {
    const keys = keysOf(names, order);
    const reached = keys.flatMap(([limit, key]) => this.#reached(limit, key, names));
    const latest = reached.sort((a, b) => a.until.localeCompare(b.until)).at(-1);
    if (latest) return latest;
    this.#count(keys, this.#now);
    return { kind: 'allowed' };
  }

  #reached(limit: Limit, key: string, names: readonly string[]): (LimitResult & { kind: 'limited' })[] {
    const { most, withinMs, span, whose } = LIMITS[limit];
    const what = limit === 'registered' ? `below ${key.slice('registered '.length)}` : whose;
    const spentUntil = this.#spent.get(key);
    if (spentUntil) {
      const why = `Let's Encrypt's limit for certificates ${what} is used up, also by others, until the date it named`;
      return [{ kind: 'limited', limit, until: spentUntil, why }];
    }
    // Stryker disable next-line ArrayDeclaration: what is no time is in no window.
    const within = (this.#times.get(key) ?? []).filter((time) => time > this.#now - withinMs);
    const oldest = within.at(-most);
    if (oldest === undefined) return [];
    const many = names.length > 1 && limit === 'set' ? ` (${names.length} names)` : '';
    const why = `it asked for ${within.length} certificates ${what}${many} within ${span}, and Let's Encrypt allows few more`;
    return [{ kind: 'limited', limit, until: iso(oldest + withinMs), why }];
  }

  #count(keys: readonly LimitKey[], at: number): void {
    for (const [, key] of keys) {
      const times = this.#times.get(key);
      if (times) times.push(at);
      else this.#times.set(key, [at]);
    }
  }
}

type LimitKey = readonly [Limit, string];

/** What also a refused request counts towards: it brought no certificate, and may have been an order and a failed validation. */
function attemptKeys(names: readonly string[]): LimitKey[] {
  return [['orders', 'orders'], ...names.map((name): LimitKey => ['name', `name ${name}`])];
}

/** The limits that a request counts towards. Let's Encrypt exempts renewals from the limit of the registered domain. */
function keysOf(names: readonly string[], order: OrderKind): LimitKey[] {
  const keys: LimitKey[] = [...attemptKeys(names), ['set', `set ${names.toSorted().join(' ')}`]];
  if (order === 'renewal') return keys;
  for (const domain of registeredDomains(names)) keys.push(['registered', `registered ${domain}`]);
  return keys;
}
