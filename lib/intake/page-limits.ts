import { CHECK_EVERY_MS } from '../core/report/customer.ts';
import { SECOND } from '../core/values/time.ts';

/** As API Gateway has it (infra/triggers.ts), for where there is none. */
const PAGES_A_SECOND = 20;
const BURST = 100;

/** As many domains were asked for within a minute only if somebody plays. */
const MOST_REMEMBERED = 1_000;

/** How often pages are shown, and looks asked for. Each process counts for itself; what it lets through costs little. */
export type PageLimits = {
  /** Whether one more page may be shown now (epoch ms). */
  readonly admitPage: (now: number) => boolean;
  /** Whether one more look at the domain may be asked for now (epoch ms): once a minute. */
  readonly admitCheck: (domain: string, now: number) => boolean;
};

export function pageLimits(): PageLimits {
  let [tokens, filledAt] = [BURST, 0];
  const askedAt = new Map<string, number>();
  return {
    admitPage: (now) => {
      // A clock that is set back fills nothing.
      tokens = Math.min(BURST, tokens + (Math.max(0, now - filledAt) / SECOND) * PAGES_A_SECOND);
      filledAt = now;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
    admitCheck: (domain, now) => {
      const last = askedAt.get(domain);
      if (last !== undefined && Math.abs(now - last) < CHECK_EVERY_MS) return false;
      if (askedAt.size >= MOST_REMEMBERED) askedAt.clear();
      askedAt.set(domain, now);
      return true;
    },
  };
}
