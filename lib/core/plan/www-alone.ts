/**
 * A domain whose `www.` name is served by an object of its own.
 *
 *   on RunCloud, ours            public DNS                                     outcome
 *   ───────────────────────────  ─────────────────────────────────────────────  ──────────────────────────────────────────────────
 *   nothing, named `www.`        www here, the bare name elsewhere              add `www.x` by itself (apply/execute.ts asks)
 *   x, named `www.`, no          the same for an hour                           x gives `www.` up; then add `www.x` beside it
 *     valid certificate
 *   `www.x` by itself, certified the bare name here                             add x beside it: no change costs its certificate
 *   x and `www.x`                any                                            keep; a certificate for each
 *
 * What was adopted stays as it was found.
 */
import { LATEST_LIST_MS } from '../domain/application.ts';
import { isOurs, ownershipOf } from '../domain/ownership.ts';
import type { DomainRecord, DomainState, Ownership } from '../domain/record.ts';
import { type ActualDomain, isWwwAlone } from '../domain/runcloud-domain.ts';
import type { DnsResult } from '../probe/dns-verdict.ts';
import type { ProbeState } from '../probe/result.ts';
import type { NamedAs } from '../values/host-name.ts';
import { epoch, HOUR } from '../values/time.ts';
import type { WwwWhenAdded } from './www.ts';

// Time for a change to get through DNS.
const LONG_MS = HOUR;

/**
 * Whether `www.` is to be served by itself: it points here, and the bare name surely leads elsewhere, as to a registrar's redirect
 * service. One certificate for both names would never come, and a redirection to the bare name would send visitors away.
 */
export function isWwwAloneHere(bare: DnsResult, www: DnsResult): boolean {
  return www.kind === 'pointing' && (bare.kind === 'elsewhere' || bare.kind === 'absent' || bare.kind === 'proxied');
}

export type Apart =
  /** One object serves the domain, or both of its names. */
  | { readonly kind: 'together' }
  /** `target` is the object whose certificate is wanting. Undefined: it is not known here. */
  | { readonly kind: 'keep'; readonly target: ActualDomain | undefined }
  /** The domain's object is to serve `www.` no longer. */
  | { readonly kind: 'give-up' }
  | { readonly kind: 'add'; readonly www: 'no' | 'alone'; readonly why: string };

export const TOGETHER: Apart = { kind: 'together' };

/** `actual` is ours. `beside` is the separate `www.` object; unknown: only a few domains are known. */
export function judgeApart(
  { domain, state }: DomainRecord,
  namedAs: NamedAs,
  actual: ActualDomain,
  beside: ActualDomain | 'unknown' | undefined,
  now: number,
): Apart {
  const { probe } = state;
  const isAdded = ownershipOf(state, actual)?.by === 'added';
  if (isWwwAlone(actual, domain)) {
    const isBareHere = probe?.dns?.verdict.kind === 'pointing' && probe.dnsUnasked === undefined;
    const isCertified = probe?.certificate?.verdict.kind === 'valid' && probe.certificateUnasked === undefined;
    const isOnItsWay = state.owned?.id !== actual.id && isYoung(state.owned, now);
    if (!isAdded || !isBareHere || !isCertified || isOnItsWay) return { kind: 'keep', target: actual };
    return { kind: 'add', www: 'no', why: `points here by now, and only www.${domain} is on RunCloud` };
  }
  if (isBesideOurs(state, beside, now)) {
    const target = probe?.certificateOf === 'www' ? beside : actual;
    return { kind: 'keep', target: target === 'unknown' ? undefined : target };
  }
  // An object of another type (`redirect`) was made by hand for a purpose.
  const isAlias = actual.type === undefined || actual.type === 'alias';
  if (namedAs !== 'www' || !isAdded || !isAlias || !isLeftAlone(probe, now)) return TOGETHER;
  if (actual.www !== false) return { kind: 'give-up' };
  if (beside === undefined)
    return { kind: 'add', www: 'alone', why: `only www.${domain} points here, and ${domain} leads elsewhere` };
  // The next whole list says whether somebody has made that one by hand.
  return beside === 'unknown' ? { kind: 'keep', target: actual } : TOGETHER;
}

function isBesideOurs(state: DomainState, beside: ActualDomain | 'unknown' | undefined, now: number): boolean {
  if (beside === 'unknown') return state.ownedWww !== undefined;
  return beside ? isOurs(state, beside) : isYoung(state.ownedWww, now);
}

/**
 * How a domain is added that the list lacks. DNS may have changed since what is ours was added a moment ago, and RunCloud's list may not
 * show that yet: then the same name is asked for, and no second object made.
 */
export function formAgain({ owned, ownedWww }: DomainState, wanted: WwwWhenAdded, now: number): WwwWhenAdded {
  if (isYoung(ownedWww, now)) return 'alone';
  return wanted === 'named' && isYoung(owned, now) ? 'yes' : wanted;
}

/** RunCloud's list may not show it yet. */
function isYoung(owned: Ownership | undefined, now: number): boolean {
  return owned !== undefined && now - epoch(owned.since) < LATEST_LIST_MS;
}

/** For an hour, and without a valid certificate: nothing right is lost. */
function isLeftAlone(probe: ProbeState | undefined, now: number): boolean {
  if (!probe?.dns || !probe.www || probe.dnsUnasked !== undefined || probe.wwwUnasked !== undefined) return false;
  if (!probe.certificate || probe.certificateUnasked !== undefined) return false;
  if (probe.certificate.verdict.kind === 'valid') return false;
  const isLong = now - epoch(probe.dns.since) >= LONG_MS && now - epoch(probe.www.since) >= LONG_MS;
  return isLong && isWwwAloneHere(probe.dns.verdict, probe.www.verdict);
}
