/**
 * A domain whose `www.` name is served by an object of its own.
 *
 *   on RunCloud, ours            public DNS                                     outcome
 *   ───────────────────────────  ─────────────────────────────────────────────  ──────────────────────────────────────────────────
 *   nothing, named `www.`        www here, the bare name elsewhere              add `www.x` by itself (apply/execute.ts asks)
 *   x, named `www.`, no          the same for an hour                           x gives `www.` up; then add `www.x` beside it
 *     valid certificate
 *   x, named `www.`, without     www here, the bare name elsewhere              keep; add `www.x` beside it once that has been so for an
 *     its `www.` name                                                             hour: `www.` with a redirection would send visitors away
 *   `www.x` by itself, certified the bare name here                             add x beside it: no change costs its certificate
 *   the same, no certificate     the bare name here, www elsewhere              the same: none will come
 *   `www.x` by itself, named     any                                            add x beside it: it is what is mapped
 *     by its bare name
 *   x and `www.x`                any                                            keep; a certificate for each
 *
 * What was adopted stays as it was found: where only `www.x` was, and x is mapped, rows.ts holds the add under WWW=auto.
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

/** The same the other way round. Where nobody maps the `www.` name, its certificate is nobody's loss. */
export function isBareAloneHere(bare: DnsResult, www: DnsResult): boolean {
  return isWwwAloneHere(www, bare);
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
    const isOnItsWay = state.owned?.id !== actual.id && isYoung(state.owned, now);
    if (isOnItsWay) return { kind: 'keep', target: actual };
    if (namedAs === 'bare') {
      return { kind: 'add', www: 'no', why: `mapped, and only www.${domain} is on RunCloud` };
    }
    const isBareHere = probe?.dns?.verdict.kind === 'pointing' && probe.dnsUnasked === undefined;
    if (!isAdded || !isBareHere || !isSettled(probe)) return { kind: 'keep', target: actual };
    return { kind: 'add', www: 'no', why: `points here by now, and only www.${domain} is on RunCloud` };
  }
  if (isBesideOurs(state, beside, now)) {
    const target = probe?.certificateOf === 'www' ? beside : actual;
    return { kind: 'keep', target: target === 'unknown' ? undefined : target };
  }
  // An object of another type (`redirect`) was made by hand for a purpose.
  const isAlias = actual.type === undefined || actual.type === 'alias';
  if (namedAs !== 'www' || !isAdded || !isAlias || !probe?.dns || !probe.www) return TOGETHER;
  const { dns, www } = probe;
  if (!isWwwAloneHere(dns.verdict, www.verdict)) return TOGETHER;
  const isAsked = probe.dnsUnasked === undefined && probe.wwwUnasked === undefined;
  const isLong = isAsked && now - epoch(dns.since) >= LONG_MS && now - epoch(www.since) >= LONG_MS;
  if (actual.www !== false) return isLong && isUncertified(probe) ? { kind: 'give-up' } : TOGETHER;
  if (beside === undefined && isLong)
    return { kind: 'add', www: 'alone', why: `only www.${domain} points here, and ${domain} leads elsewhere` };
  // The next whole list says whether somebody has made that one by hand.
  return beside === undefined || beside === 'unknown' ? { kind: 'keep', target: actual } : TOGETHER;
}

/** Whether `www.` has its certificate, or surely gets none because it leads elsewhere: it is not to be changed any more. */
function isSettled({ certificate, certificateUnasked, www, wwwUnasked }: ProbeState): boolean {
  if (certificate?.verdict.kind === 'valid') return certificateUnasked === undefined;
  return www !== undefined && wwwUnasked === undefined && www.verdict.kind !== 'pointing';
}

/** Nothing right is lost. A certificate that could not be seen may be valid. */
function isUncertified({ certificate, certificateUnasked }: ProbeState): boolean {
  return certificate !== undefined && certificateUnasked === undefined && certificate.verdict.kind !== 'valid';
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
