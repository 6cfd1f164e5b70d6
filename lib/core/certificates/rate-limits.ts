import { epoch, HOUR, type IsoTime, iso } from '../values/time.ts';
import { type CertificateRequest, type OrderKind, registeredDomains, WEEK } from './requests.ts';

/**
 * Let's Encrypt's limits (https://letsencrypt.org/docs/rate-limits/), less a reserve for what this service cannot count: RunCloud's
 * own renewals, other applications of the account, other owners of the registered domain.
 */
const LIMITS = {
  /** 300 new orders an account. */
  orders: { most: 240, withinMs: 3 * HOUR, whose: 'of all domains' },
  /** 50 certificates a registered domain. */
  registered: { most: 40, withinMs: WEEK, whose: 'below one registered domain' },
  /** 5 certificates for exactly the same names. */
  set: { most: 4, withinMs: WEEK, whose: 'for exactly these names' },
  /** 5 failed validations of a name. Any request may be one. */
  name: { most: 4, withinMs: HOUR, whose: 'for this name' },
} as const;

export type Limit = keyof typeof LIMITS;

export type LimitResult =
  | { readonly kind: 'allowed' }
  /** `why` follows "because" in a sentence. */
  | { readonly kind: 'limited'; readonly limit: Limit; readonly until: IsoTime; readonly why: string };

/** Counts the requests of the last week towards every limit they may use up. */
export class IssuanceLimiter {
  readonly #now: number;
  readonly #times = new Map<string, number[]>();
  /** Limits that Let's Encrypt called used up, and the date it named. */
  readonly #spent = new Map<string, IsoTime>();

  /** `requests` in any order, `now` in milliseconds. */
  constructor(requests: Iterable<CertificateRequest>, now: number) {
    this.#now = now;
    const week = [...requests].filter(({ at }) => epoch(at) > now - WEEK);
    for (const request of week.sort((a, b) => epoch(a.at) - epoch(b.at))) this.add(request);
  }

  /** The request must not be older than those counted before. */
  add(request: CertificateRequest): void {
    this.#count(request, epoch(request.at));
    const { spent } = request;
    if (spent && epoch(spent.until) > this.#now) this.#spent.set(spent.key, spent.until);
  }

  /** Whether a certificate for these names may be requested now. If so, the request counts from here on. */
  reserve(names: readonly string[], order: OrderKind): LimitResult {
    const reached = keysOf(names, order, 'open').flatMap(([limit, key]) => this.#reached(limit, key, names));
    const latest = reached.sort((a, b) => (a.until < b.until ? 1 : -1)).at(0);
    if (latest) return latest;
    this.#count({ names, order, answer: 'open' }, this.#now);
    return { kind: 'allowed' };
  }

  #reached(limit: Limit, key: string, names: readonly string[]): (LimitResult & { kind: 'limited' })[] {
    const { most, withinMs, whose } = LIMITS[limit];
    const what = limit === 'registered' ? `below ${key.slice('registered '.length)}` : whose;
    const spentUntil = this.#spent.get(key);
    if (spentUntil) {
      const why = `Let's Encrypt's limit for certificates ${what} is used up, also by others, until the date it named`;
      return [{ kind: 'limited', limit, until: spentUntil, why }];
    }
    const within = (this.#times.get(key) ?? []).filter((time) => time > this.#now - withinMs);
    const oldest = within.at(-most);
    if (oldest === undefined) return [];
    const many = names.length > 1 && limit === 'set' ? ` (${names.length} names)` : '';
    const hours = withinMs / HOUR;
    const span = hours < 48 ? `${hours} h` : `${hours / 24} days`;
    const why = `it asked for ${within.length} certificates ${what}${many} within ${span}, and Let's Encrypt allows few more`;
    return [{ kind: 'limited', limit, until: iso(oldest + withinMs), why }];
  }

  #count({ names, order, answer }: Omit<CertificateRequest, 'at'>, at: number): void {
    for (const [, key] of keysOf(names, order, answer)) {
      const times = this.#times.get(key);
      if (times) times.push(at);
      else this.#times.set(key, [at]);
    }
  }
}

/**
 * The limits a request counts towards. A refused one brought no certificate; it may still have been an order and a failed
 * validation. Let's Encrypt exempts renewals from the limit of the registered domain.
 */
function keysOf(
  names: readonly string[],
  order: OrderKind,
  answer: CertificateRequest['answer'],
): (readonly [Limit, string])[] {
  const keys: (readonly [Limit, string])[] = [['orders', 'orders']];
  for (const name of names) keys.push(['name', `name ${name}`]);
  if (answer === 'refused') return keys;
  keys.push(['set', `set ${names.toSorted().join(' ')}`]);
  if (order === 'renewal') return keys;
  for (const domain of registeredDomains(names)) keys.push(['registered', `registered ${domain}`]);
  return keys;
}
