/** What RunCloud's limit on requests may be: its kind is not documented. Each one counts the same way and is otherwise its own. */

/** Laravel's; one that begins on the full minute, say; and one that looks back from each request. */
export const WINDOWS = ['from the first request', 'by the clock', 'sliding'] as const;

export type LimiterOptions = {
  readonly kind: (typeof WINDOWS)[number];
  /** Requests a window. */
  readonly limit: number;
  /** Of a window (ms). */
  readonly length: number;
  /** When a window by the clock begins (ms). */
  readonly phase: number;
};

/** Is asked at the time (epoch ms) at which a request arrives. One that is refused does not count. */
export function limiter({ kind, limit, length, phase }: LimiterOptions) {
  let start = Number.NEGATIVE_INFINITY;
  let counted: number[] = [];
  return (now: number): { readonly status: number; readonly remaining: number } => {
    if (kind === 'sliding') start = now - length;
    else if (now >= start + length) start = kind === 'by the clock' ? now - ((now - phase) % length) : now;
    counted = counted.filter((time) => (kind === 'sliding' ? time > start : time >= start));
    if (counted.length >= limit) return { status: 429, remaining: 0 };
    counted.push(now);
    return { status: 200, remaining: limit - counted.length };
  };
}
