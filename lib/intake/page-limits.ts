import { CHECK_EVERY_MS } from '../core/report/customer.ts';
import { SECOND } from '../core/values/time.ts';

/** Of each domain. An open page asks twice a minute, and several people may look at once. */
const PAGES_A_SECOND = 2;
const BURST = 60;
/** Of all links that do not count. Who tries them out locks out nobody who has one. */
const GUESSES_A_SECOND = 20;
const GUESS_BURST = 100;

/** Of so many domains at once only somebody who plays asks. */
const MOST_REMEMBERED = 1_000;

/** How often pages are shown, and looks asked for. Each process counts for itself; what it lets through costs little. */
export type PageLimits = {
  /** Whether the page of the domain may be shown once more now (epoch ms). */
  readonly admitPage: (domain: string, now: number) => boolean;
  /** Whether one more link that does not count is answered as such. */
  readonly admitGuess: (now: number) => boolean;
  /** Whether one more look at the domain may be asked for: once a minute. */
  readonly admitCheck: (domain: string, now: number) => boolean;
};

export function pageLimits(): PageLimits {
  const guesses = bucket(GUESS_BURST, GUESSES_A_SECOND);
  const pages = new Map<string, (now: number) => boolean>();
  const askedAt = new Map<string, number>();
  return {
    admitGuess: guesses,
    admitPage: (domain, now) => {
      const known = pages.get(domain) ?? bucket(BURST, PAGES_A_SECOND);
      remember(pages, domain, known);
      return known(now);
    },
    admitCheck: (domain, now) => {
      const last = askedAt.get(domain);
      if (last !== undefined && Math.abs(now - last) < CHECK_EVERY_MS) return false;
      remember(askedAt, domain, now);
      return true;
    },
  };
}

function remember<T>(known: Map<string, T>, domain: string, value: T): void {
  if (known.size >= MOST_REMEMBERED && !known.has(domain)) known.clear();
  known.set(domain, value);
}

function bucket(burst: number, aSecond: number): (now: number) => boolean {
  let [tokens, filledAt] = [burst, 0];
  return (now) => {
    // A clock that is set back fills nothing.
    tokens = Math.min(burst, tokens + (Math.max(0, now - filledAt) / SECOND) * aSecond);
    filledAt = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
