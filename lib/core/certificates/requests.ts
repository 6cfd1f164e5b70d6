/** Requests for certificates: what is remembered of them, when the next one may be sent, and what that may cost. */
import { backOff } from '../values/backoff.ts';
import { type HostName, registeredDomain } from '../values/host-name.ts';
import { DAY, epoch, type IsoTime, iso, MINUTE } from '../values/time.ts';

/** `renewal`: of a certificate that is there for these names; Let's Encrypt counts it less. */
export type OrderKind = 'new' | 'renewal';

/** One request to RunCloud that may have become an order at Let's Encrypt. */
export type CertificateRequest = {
  readonly at: IsoTime;
  readonly names: readonly string[];
  readonly order: OrderKind;
  /** `open`: accepted, or not answered; both prove nothing. */
  readonly answer: 'open' | 'refused';
  /** A limit that Let's Encrypt said is spent, and others share: what it is counted for, and until when. */
  readonly spent?: { readonly key: string; readonly until: IsoTime };
};

/** What is remembered of asking for the certificate of one domain, or of the whole application. */
export type IssuanceHistory = {
  /** Those of the last week, oldest first. */
  readonly requests: readonly CertificateRequest[];
  /** How many were sent since a valid certificate was last seen. */
  readonly attempts: number;
  /** What RunCloud said when it refused the last one. */
  readonly says?: string;
  /** Let's Encrypt's own word on when to ask again. */
  readonly notBefore?: IsoTime;
  /** What kept the next request from being sent when its turn had come. */
  readonly obstacle?: Obstacle;
};

/** Since when a request is kept from being sent, and by what. */
export type Obstacle =
  /** RunCloud would not show the certificate that is installed: how often in a row, and why. */
  | { readonly kind: 'unread'; readonly at: IsoTime; readonly times: number; readonly why: string }
  /** The one that is installed was not issued by Let's Encrypt: how it came there. */
  | { readonly kind: 'foreign'; readonly at: IsoTime; readonly method: string };

export const WEEK = 7 * DAY;

/** Takes what is remembered and a request that was just sent; returns what to remember. */
export function afterRequest(
  before: IssuanceHistory | undefined,
  request: CertificateRequest,
  says: string | undefined,
): IssuanceHistory {
  const now = epoch(request.at);
  const notBefore = says === undefined ? undefined : limitEnd(says, now);
  const key = says === undefined ? undefined : sharedLimitIn(says, request.names);
  const told = notBefore && key !== undefined ? { ...request, spent: { key, until: notBefore } } : request;
  return {
    requests: [...(before ? recentRequests(before, now) : []), told],
    attempts: (before?.attempts ?? 0) + 1,
    ...(says !== undefined && { says }),
    ...(notBefore && { notBefore }),
  };
}

/** Takes what is remembered, that RunCloud would not show what is installed, why, and the time (ms); returns what to remember. */
export function afterUnread(before: IssuanceHistory | undefined, why: string, now: number): IssuanceHistory {
  const times = before?.obstacle?.kind === 'unread' ? before.obstacle.times + 1 : 1;
  return { ...(before ?? { requests: [], attempts: 0 }), obstacle: { kind: 'unread', at: iso(now), times, why } };
}

/** Takes what is remembered, how the certificate that is installed came there, and the time (ms); returns what to remember. */
export function afterForeign(before: IssuanceHistory | undefined, method: string, now: number): IssuanceHistory {
  return { ...(before ?? { requests: [], attempts: 0 }), obstacle: { kind: 'foreign', at: iso(now), method } };
}

/** Takes an obstacle; returns when to try again (ms). Whether somebody removed a certificate is worth a question a day. */
export function obstacleEnd(obstacle: Obstacle): number {
  return epoch(obstacle.at) + (obstacle.kind === 'foreign' ? DAY : backOff(obstacle.times));
}

/** Takes what is remembered, after a valid certificate was seen; returns what counts on: only the week's requests. */
export function afterSuccess(issuance: IssuanceHistory, now: number): IssuanceHistory | undefined {
  const requests = recentRequests(issuance, now);
  if (requests.length === 0) return undefined;
  const isSame = issuance.attempts === 0 && !issuance.obstacle && requests.length === issuance.requests.length;
  return isSame ? issuance : { requests, attempts: 0 };
}

/** Takes what is remembered, and the time (ms); returns the requests that still count. */
export function recentRequests({ requests }: IssuanceHistory, now: number): readonly CertificateRequest[] {
  return requests.filter(({ at }) => epoch(at) > now - WEEK);
}

/**
 * Let's Encrypt words the end of a limit as `retry after 2026-11-25 08:00:00 UTC`, older texts as
 * `retry after 2026-11-25T08:00:00Z`. RunCloud may pass that on.
 */
function limitEnd(says: string, now: number): IsoTime | undefined {
  const [, day, time] = /retry after (\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)/i.exec(says) ?? [];
  const end = Date.parse(`${day}T${time}Z`);
  // No limit is longer than a week: anything beyond is no end of one.
  return Number.isNaN(end) || end > now + 2 * WEEK ? undefined : iso(end);
}

/**
 * Takes what was said and the names that were asked for; returns the limit it speaks of where that holds for other names too.
 * Boulder words the two as `too many new orders (300) from this account` and `too many certificates (50) already issued for
 * "shop.example"`; the anchor of its page comes along, unless the text was cut.
 */
function sharedLimitIn(says: string, names: readonly string[]): string | undefined {
  if (/too many new orders|#new-orders-per-account/i.test(says)) return 'orders';
  const [, spent] = /already issued for[\s:\\"']*([a-z\d.-]+\.[a-z\d-]+)/i.exec(says) ?? [];
  const domain = registeredDomains(names).find((each) => each === spent?.toLowerCase());
  return domain === undefined ? undefined : `registered ${domain}`;
}

export function registeredDomains(names: readonly string[]): readonly string[] {
  return [...new Set(names.map((name) => registeredDomain(name as HostName) ?? name))];
}

// A request may be answered before there is a certificate, and RunCloud needs a while to put one on the server. Before that
// time is over its silence is no failure: asking again would order the same twice.
export const ANSWER_WITHIN_MS = 10 * MINUTE;

/**
 * How long to wait after the n-th request in a row that brought no certificate (ms). Let's Encrypt advises 1 min, 10 min,
 * 100 min, then once a day (integration guide); the first of these is over before it can be told that a request failed. At once a
 * day a name that fails for ever never comes to be paused (1,152 failures in a row, less one a day).
 */
const PAUSES_MS = [ANSWER_WITHIN_MS, 100 * MINUTE, DAY] as const;

/** Takes what is remembered; returns when the next request may be sent, as far as this name's own failures go (ms; 0: at once). */
export function nextAttemptAt({ requests, attempts, notBefore }: IssuanceHistory): number {
  const last = requests.at(-1);
  const pause = last && attempts > 0 ? PAUSES_MS[Math.min(attempts, PAUSES_MS.length) - 1] : undefined;
  const rested = last && pause !== undefined ? epoch(last.at) + pause : 0;
  return Math.max(rested, notBefore ? epoch(notBefore) : 0);
}
