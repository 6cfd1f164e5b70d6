import { backOff } from '../values/backoff.ts';
import { type HostName, registeredDomain } from '../values/host-name.ts';
import { DAY, epoch, type IsoTime, iso, MINUTE } from '../values/time.ts';
import { blamedIn } from './blamed-name.ts';

/** `renewal`: there has been a certificate for these names. Let's Encrypt counts it towards fewer limits. */
export type OrderKind = 'new' | 'renewal';

/** A request to RunCloud. It may have become an order at Let's Encrypt or not. */
export type CertificateRequest = {
  readonly at: IsoTime;
  readonly names: readonly string[];
  readonly order: OrderKind;
  /** `open`: accepted, or not answered. Neither proves that a certificate comes. */
  readonly answer: 'open' | 'refused';
  /** A limit shared with other names that Let's Encrypt called used up: its key in `IssuanceLimiter`, and the date it named. */
  readonly spent?: { readonly key: string; readonly until: IsoTime };
};

/** What the ledger keeps of requests for one domain's certificate, or for the shared one of the application. */
export type IssuanceHistory = {
  /** Of the last week, oldest first: Let's Encrypt's limits reach back no further. */
  readonly requests: readonly CertificateRequest[];
  /** Requests since a probe last showed a valid certificate. */
  readonly attempts: number;
  /** RunCloud's answer, where it refused the last request. */
  readonly says?: string;
  /** The date that Let's Encrypt named for the next request. */
  readonly notBefore?: IsoTime;
  /** Why the last request that was due was not sent. */
  readonly obstacle?: Obstacle;
  /** Names that a refusal blamed, oldest first. Kept after a success without them, so that none of them spoils the next one. */
  readonly blamed?: readonly BlamedName[];
};

/** A refusal named this name alone of all that were asked for. */
export type BlamedName = { readonly name: string; readonly at: IsoTime; readonly says: string };

export type Obstacle =
  /** RunCloud did not show the installed certificate, `times` times in a row. */
  | { readonly kind: 'unread'; readonly at: IsoTime; readonly times: number; readonly why: string }
  /** Something in between answered the request in RunCloud's place, `times` times in a row. */
  | { readonly kind: 'in-between'; readonly at: IsoTime; readonly times: number; readonly why: string }
  /** The installed certificate is not of Let's Encrypt. `method` is RunCloud's word for how it came there. */
  | { readonly kind: 'foreign'; readonly at: IsoTime; readonly method: string };

export const WEEK = 7 * DAY;
// Each of them is a mapping that somebody has to look at.
const BLAMED_AT_MOST = 20;

/** `says` is what RunCloud answered when it refused the request; undefined: it accepted it, or did not answer. */
export function afterRequest(
  before: IssuanceHistory | undefined,
  request: CertificateRequest,
  says: string | undefined,
): IssuanceHistory {
  const now = epoch(request.at);
  const notBefore = limitEnd(says, now);
  const key = sharedLimitIn(says, request.names);
  const sent = notBefore && key !== undefined ? { ...request, spent: { key, until: notBefore } } : request;
  const blamed = says === undefined || key !== undefined ? undefined : blamedIn(says, request.names);
  const others = before?.blamed?.filter(({ name }) => name !== blamed) ?? [];
  const all = blamed === undefined || says === undefined ? others : [...others, { name: blamed, at: request.at, says }];
  return {
    requests: [...(before ? recentRequests(before, now) : []), sent],
    attempts: (before?.attempts ?? 0) + 1,
    ...(says !== undefined && { says }),
    ...(notBefore && { notBefore }),
    ...(all.length > 0 && { blamed: all.slice(-BLAMED_AT_MOST) }),
  };
}

/** RunCloud did not show the installed certificate, so no request was sent. */
export function afterUnread(before: IssuanceHistory | undefined, why: string, now: number): IssuanceHistory {
  return withObstacle(before, 'unread', why, now);
}

/**
 * Something in between answered the request. Hardly any such page hides a request that was carried out, so it is no attempt of
 * RunCloud's and counts towards no weekly limit. The pause keeps within the hourly one for failed validations all the same.
 */
export function afterInBetween(before: IssuanceHistory | undefined, why: string, now: number): IssuanceHistory {
  return withObstacle(before, 'in-between', why, now);
}

function withObstacle(
  before: IssuanceHistory | undefined,
  kind: 'unread' | 'in-between',
  why: string,
  now: number,
): IssuanceHistory {
  const times = before?.obstacle?.kind === kind ? before.obstacle.times + 1 : 1;
  return { ...(before ?? { requests: [], attempts: 0 }), obstacle: { kind, at: iso(now), times, why } };
}

/** The installed certificate is not of Let's Encrypt, so no request was sent. */
export function afterForeign(before: IssuanceHistory | undefined, method: string, now: number): IssuanceHistory {
  return { ...(before ?? { requests: [], attempts: 0 }), obstacle: { kind: 'foreign', at: iso(now), method } };
}

// Four an hour: Let's Encrypt refuses a name after five failed validations within one.
const IN_BETWEEN_MS = 15 * MINUTE;

/** When to ask RunCloud again (epoch ms). Whether somebody removed a certificate is worth one request a day. */
export function obstacleEnd(obstacle: Obstacle): number {
  const at = epoch(obstacle.at);
  switch (obstacle.kind) {
    case 'foreign':
      return at + DAY;
    case 'unread':
      return at + backOff(obstacle.times);
    case 'in-between':
      return at + Math.max(IN_BETWEEN_MS, backOff(obstacle.times));
  }
}

/** A probe showed a valid certificate: the count begins anew. The week's requests go on counting towards the limits. */
export function afterSuccess(issuance: IssuanceHistory, now: number): IssuanceHistory | undefined {
  const requests = recentRequests(issuance, now);
  // What the issued certificate holds is to blame no more.
  const issued = issuance.requests.at(-1)?.names ?? [];
  const blamed = issuance.blamed?.filter(({ name }) => !issued.includes(name)) ?? [];
  if (requests.length === 0 && blamed.length === 0) return undefined;
  const isSame =
    issuance.attempts === 0 &&
    !issuance.obstacle &&
    requests.length === issuance.requests.length &&
    blamed.length === (issuance.blamed?.length ?? 0);
  return isSame ? issuance : { requests, attempts: 0, ...(blamed.length > 0 && { blamed }) };
}

/** The requests that still count towards a limit. */
export function recentRequests({ requests }: IssuanceHistory, now: number): readonly CertificateRequest[] {
  return requests.filter(({ at }) => epoch(at) > now - WEEK);
}

/**
 * Let's Encrypt writes `retry after 2026-11-25 08:00:00 UTC`, and formerly `retry after 2026-11-25T08:00:00Z`. RunCloud may pass
 * that on.
 */
function limitEnd(says: string | undefined, now: number): IsoTime | undefined {
  const found = says?.match(/retry after (\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)/i);
  const end = Date.parse(`${found?.[1]}T${found?.[2]}Z`);
  // No limit lasts longer than a week. A date beyond two is a misunderstanding.
  return Number.isNaN(end) || end > now + 2 * WEEK ? undefined : iso(end);
}

/**
 * The limit that RunCloud's answer speaks of, where other names share it. Boulder writes `too many new orders (300) from this
 * account` and `too many certificates (50) already issued for "shop.example"`, and adds a link with an anchor; RunCloud may cut
 * the text.
 */
function sharedLimitIn(says: string | undefined, names: readonly string[]): string | undefined {
  if (says === undefined) return undefined;
  const words = says.toLowerCase();
  if (/too many new orders|#new-orders-per-account/.test(words)) return 'orders';
  const spent = /already issued for[\s:\\"']*([a-z\d.-]+\.[a-z\d-]+)/.exec(words)?.[1];
  const domain = registeredDomains(names).find((each) => each === spent);
  return domain === undefined ? undefined : `registered ${domain}`;
}

/** Let's Encrypt counts a public suffix, which has no registered domain above it, as itself. */
export function registeredDomains(names: readonly string[]): readonly string[] {
  return [...new Set(names.map((name) => registeredDomain(name as HostName) ?? name))];
}

// RunCloud may answer before there is a certificate, and takes a while to put one on the server. Until then a request has not
// failed, and a second one would order the same certificate twice.
export const ANSWER_WITHIN_MS = 10 * MINUTE;

/**
 * Waits after the n-th request in a row that brought no certificate (ms). Let's Encrypt's integration guide advises 1 min, 10 min,
 * 100 min, then a day; whether a request failed shows only after the first of these. At one request a day Let's Encrypt never
 * pauses a name: it does so after 1,152 failures in a row and forgives one a day.
 */
const PAUSES_MS = [ANSWER_WITHIN_MS, 100 * MINUTE, DAY] as const;

/** Earliest time (epoch ms) for the next request by this domain's own history; 0: at once. Limits shared with others come on top. */
export function nextAttemptAt({ requests, attempts, notBefore }: IssuanceHistory): number {
  const last = requests.at(-1);
  // Without attempts there is no pause at index -1.
  const pause = PAUSES_MS[Math.min(attempts, PAUSES_MS.length) - 1];
  const pauseEnd = last && pause !== undefined ? epoch(last.at) + pause : 0;
  return Math.max(pauseEnd, notBefore ? epoch(notBefore) : 0);
}
