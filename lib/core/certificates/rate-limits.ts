/** Let's Encrypt's limits, and how much of them is left. */
import { epoch, HOUR, type IsoTime, iso } from '../values/time.ts';
import { type CertificateRequest, type OrderKind, registeredDomains, WEEK } from './requests.ts';

/**
 * Let's Encrypt's limits, less a reserve for what others spend: RunCloud's own renewals, other applications of the account,
 * other owners of the registered domain. https://letsencrypt.org/docs/rate-limits/
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
  | { readonly kind: 'room' }
  /** `why` stands in a sentence after "because". */
  | { readonly kind: 'full'; readonly limit: Limit; readonly until: IsoTime; readonly why: string };

/** All requests of the last week, by what they are counted for. */
export class IssuanceLimiter {
  readonly #now: number;
  readonly #times = new Map<string, number[]>();
  /** Until when Let's Encrypt said that a limit is spent. */
  readonly #spent = new Map<string, IsoTime>();

  /** Takes the requests in any order, and the time (ms). */
  constructor(requests: Iterable<CertificateRequest>, now: number) {
    this.#now = now;
    const week = [...requests].filter(({ at }) => epoch(at) > now - WEEK);
    for (const request of week.sort((a, b) => epoch(a.at) - epoch(b.at))) this.add(request);
  }

  /** Takes a request of now, or later than all others; counts it. */
  add(request: CertificateRequest): void {
    this.#count(request, epoch(request.at));
    const { spent } = request;
    if (spent && epoch(spent.until) > this.#now) this.#spent.set(spent.key, spent.until);
  }

  /** Takes the names of a certificate; returns whether it may be ordered now, and counts it if so. */
  order(names: readonly string[], order: OrderKind): LimitResult {
    const fulls = keysOf(names, order, 'open').flatMap(([limit, key]) => this.#full(limit, key, names));
    const latest = fulls.sort((a, b) => (a.until < b.until ? 1 : -1)).at(0);
    if (latest) return latest;
    this.#count({ names, order, answer: 'open' }, this.#now);
    return { kind: 'room' };
  }

  #full(limit: Limit, key: string, names: readonly string[]): (LimitResult & { kind: 'full' })[] {
    const { most, withinMs, whose } = LIMITS[limit];
    const what = limit === 'registered' ? `below ${key.slice('registered '.length)}` : whose;
    const spentUntil = this.#spent.get(key);
    if (spentUntil) {
      const why = `Let's Encrypt said that what it allows ${what} is spent, also by others, and named the date`;
      return [{ kind: 'full', limit, until: spentUntil, why }];
    }
    const within = (this.#times.get(key) ?? []).filter((time) => time > this.#now - withinMs);
    const oldest = within.at(-most);
    if (oldest === undefined) return [];
    const many = names.length > 1 && limit === 'set' ? ` (${names.length} names)` : '';
    const hours = withinMs / HOUR;
    const span = hours < 48 ? `${hours} h` : `${hours / 24} days`;
    const why = `${within.length} certificates ${what}${many} were asked for within ${span}, and Let's Encrypt allows few more`;
    return [{ kind: 'full', limit, until: iso(oldest + withinMs), why }];
  }

  #count({ names, order, answer }: Omit<CertificateRequest, 'at'>, at: number): void {
    for (const [, key] of keysOf(names, order, answer)) {
      const times = this.#times.get(key);
      if (times) times.push(at);
      else this.#times.set(key, [at]);
    }
  }
}

/** What a request counts for. One that was refused brought no certificate, and may have been an order and a failure. */
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
