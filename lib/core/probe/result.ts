import { epoch, HOUR, type IsoTime, iso, MINUTE } from '../values/time.ts';
import { aged, type CertificateResult, type CertificateVerdict } from './certificate-verdict.ts';
import type { DnsResult, DnsVerdict } from './dns-verdict.ts';

/** `since` is when this kind of verdict began. Other addresses of the same kind do not begin it anew. */
export type Since<V> = { readonly verdict: V; readonly since: IsoTime };

/** What the ledger keeps of probes. Where nobody could be asked, the older verdict stands, with the reason beside it. */
export type ProbeState = {
  /** Time of the last probe that was recorded: at most half an hour before the last probe. */
  readonly at: IsoTime;
  readonly dns?: Since<DnsVerdict>;
  /** Of the `www.` name, where that is served or may come to be. */
  readonly www?: Since<DnsVerdict>;
  /** The worst over all names that are served. */
  readonly certificate?: Since<CertificateVerdict>;
  /** When a domain that had pointed here first did not any more. */
  readonly leftAt?: IsoTime;
  /** Why the last probe could not ask public DNS about the domain, about its `www.` name, or the server. */
  readonly dnsUnasked?: string;
  readonly wwwUnasked?: string;
  readonly certificateUnasked?: string;
  readonly unaskedSince?: IsoTime;
  /** Since when one family of addresses could not be asked, of the domain and of its `www.` name. */
  readonly dnsHalfSince?: IsoTime;
  /** RunCloud serves the `www.` name by itself: where that one points counts for the domain. */
  readonly servedAs?: 'www';
  /** The certificate is that of the separate `www.` object, and the domain's own is valid. */
  readonly certificateOf?: 'www';
  readonly wwwHalfSince?: IsoTime;
  /** Of the zone that the domain is in, as long as something is to be set there. */
  readonly nameServers?: readonly string[];
};

export type ProbeResult = {
  readonly dns: DnsResult;
  readonly www: DnsResult | undefined;
  /** Why nobody could be asked about CAA records, of the domain and of its `www.` name, where they matter. */
  readonly caaUnasked: string | undefined;
  readonly wwwCaaUnasked?: string | undefined;
  /** Undefined: the domain is not on RunCloud, so the server has nothing to show. */
  readonly certificate: CertificateResult | undefined;
  readonly servedAs?: 'www' | undefined;
  readonly certificateOf?: 'www' | undefined;
  /** Undefined: nothing is to be set, or nobody could be asked. */
  readonly nameServers?: readonly string[];
};

/**
 * For so long half an answer counts as none (ms): a name server may recover, and its other half lead elsewhere. After that it counts.
 * Let's Encrypt does not mind which of A and AAAA answers, and a domain whose name servers stay broken would wait for ever.
 */
export const HALF_COUNTS_AFTER_MS = HOUR;

// A probe without news is recorded only if the recorded one is older than this: every write to the ledger costs.
const RECORD_EVERY_MS = 30 * MINUTE;

/** `look`: somebody waits for its result, so it is kept with all it saw. Else only news is, and one without news each half hour. */
export type ProbeOccasion = 'run' | 'look';

/** Returns the very same object where a probe of a run brings no news, so that nothing is written. */
export function updateProbeState(
  before: ProbeState | undefined,
  result: ProbeResult,
  now: number,
  occasion: ProbeOccasion = 'run',
): ProbeState {
  const at = iso(now);
  const ofDomain = weighHalf(result.dns, before?.dnsHalfSince, at);
  const ofWww = result.www && weighHalf(result.www, before?.wwwHalfSince, at);
  const dns = next(before?.dns, ofDomain.result, at);
  const www = ofWww && next(before?.www, ofWww.result, at);
  const certificate = result.certificate && next(withAge(before?.certificate, now), result.certificate, at);
  const dnsUnasked = ofDomain.result.kind === 'could-not-ask' ? ofDomain.result.why : result.caaUnasked;
  const leftAt = leftSince(before, result.servedAs === 'www' && ofWww ? ofWww.result : ofDomain.result, at);
  const wwwUnasked = ofWww?.result.kind === 'could-not-ask' ? ofWww.result.why : result.wwwCaaUnasked;
  const nameServers = result.nameServers ?? (isSet(ofDomain.result, ofWww?.result) ? undefined : before?.nameServers);
  const isUnasked = dnsUnasked !== undefined || result.certificate?.kind === 'could-not-ask';
  const after: ProbeState = {
    at,
    ...(dns && { dns }),
    ...(www && { www }),
    ...(certificate && { certificate }),
    ...(leftAt && { leftAt }),
    ...(dnsUnasked !== undefined && { dnsUnasked }),
    ...(wwwUnasked !== undefined && { wwwUnasked }),
    ...(result.certificate?.kind === 'could-not-ask' && { certificateUnasked: result.certificate.why }),
    ...(isUnasked && { unaskedSince: before?.unaskedSince ?? at }),
    ...(ofDomain.since && { dnsHalfSince: ofDomain.since }),
    ...(ofWww?.since && { wwwHalfSince: ofWww.since }),
    ...(nameServers && { nameServers }),
    ...(result.servedAs && { servedAs: result.servedAs }),
    ...(result.certificateOf && { certificateOf: result.certificateOf }),
  };
  if (!before || occasion === 'look' || now - epoch(before.at) >= RECORD_EVERY_MS) return after;
  return newsOf(after) === newsOf(before) ? before : after;
}

/** The kind of each verdict and its dates. Addresses are left out: a load balancer hands out others every time. */
function newsOf({ at: _, dns, www, ...rest }: ProbeState): string {
  return JSON.stringify([dns?.verdict.kind, dns?.since, www?.verdict.kind, www?.since, rest]);
}

/** `since` is when half answers began. A time ahead was written by a clock that was wrong: they begin now. */
function weighHalf(
  result: DnsResult,
  before: IsoTime | undefined,
  at: IsoTime,
): { readonly result: DnsVerdict | Unasked; readonly since?: IsoTime } {
  if (result.kind !== 'could-not-ask') return { result };
  const unasked = { kind: result.kind, why: result.why };
  if (!result.half) return { result: unasked };
  const since = before !== undefined && before <= at ? before : at;
  return { result: epoch(at) - epoch(since) >= HALF_COUNTS_AFTER_MS ? result.half : unasked, since };
}

/** Whether all names point here, so that nobody asks where their records are kept. */
function isSet(...results: readonly (DnsVerdict | Unasked | undefined)[]): boolean {
  return results.every((each) => each === undefined || each.kind === 'pointing');
}

type Unasked = { readonly kind: 'could-not-ask'; readonly why: string };

function next<V extends { readonly kind: string }>(
  before: Since<V> | undefined,
  result: V | Unasked,
  at: IsoTime,
): Since<V> | undefined {
  if (result.kind === 'could-not-ask') return before;
  const verdict = result as V;
  return { verdict, since: before?.verdict.kind === verdict.kind ? before.since : at };
}

/** A certificate runs out also while the server cannot be asked. */
function withAge(before: Since<CertificateVerdict> | undefined, now: number): Since<CertificateVerdict> | undefined {
  if (!before) return undefined;
  const verdict = aged(before.verdict, now);
  return verdict.kind === before.verdict.kind ? before : { verdict, since: iso(now) };
}

function leftSince(before: ProbeState | undefined, result: DnsResult, at: IsoTime): IsoTime | undefined {
  if (result.kind === 'could-not-ask') return before?.leftAt;
  if (isHere(result)) return undefined;
  const known = before && servedDns(before);
  return before?.leftAt ?? (known && isHere(known.verdict) ? at : undefined);
}

/** Of the name under which visitors reach the domain. */
export function servedDns({ dns, www, servedAs }: ProbeState): ProbeState['dns'] {
  return servedAs === 'www' ? www : dns;
}

/** After a change on RunCloud: the certificate counts as not asked, so the next run probes it whatever is due. */
export function withoutCertificate({ certificate: _, ...rest }: ProbeState): ProbeState {
  return { ...rest, certificateUnasked: 'RunCloud was changed since the last probe' };
}

/** Whether the addresses are the server's alone. A CAA record keeps the certificate away, not the visitors. */
export function isHere({ kind }: DnsResult): boolean {
  return kind === 'pointing' || kind === 'blocked';
}

/** Whether the domain pointed here once and does not now. A proxy, or resolvers that disagree, prove no such thing. */
export function hasMovedAway(probe: ProbeState): boolean {
  const { leftAt } = probe;
  const kind = servedDns(probe)?.verdict.kind;
  return leftAt !== undefined && (kind === 'elsewhere' || kind === 'absent');
}

/** Whether visitors reach the domain without a warning, by the last verdicts. */
export function isLive(probe: ProbeState): boolean {
  const dns = servedDns(probe);
  return dns !== undefined && isHere(dns.verdict) && hasValidCertificate(probe);
}

/** An expiring certificate still is valid. */
export function hasValidCertificate({ certificate }: ProbeState): boolean {
  const kind = certificate?.verdict.kind;
  return kind === 'valid' || kind === 'expiring';
}

// A restart or a repair of the server is over by then.
const LONG_UNASKED_MS = 6 * HOUR;

/** Whether nobody has reached the server for hours, so that an older verdict says nothing of what visitors meet. */
export function isUnreached({ certificateUnasked, unaskedSince }: ProbeState, now: number): boolean {
  return certificateUnasked !== undefined && unaskedSince !== undefined && now - epoch(unaskedSince) >= LONG_UNASKED_MS;
}

/** Why the last probe could not ask public DNS about these names. The `www.` name counts only where it is one of them. */
export function whyUnasked(probe: ProbeState, domain: string, names: readonly string[]): string | undefined {
  return probe.dnsUnasked ?? (names.includes(`www.${domain}`) ? probe.wwwUnasked : undefined);
}

/** DNS of a domain as `status` shows it. `unknown`: never probed, or nobody could be asked. */
export type DnsAxis = 'unknown' | 'pending' | 'pointing' | 'proxied' | 'moved away';

export function dnsAxis(probe: ProbeState | undefined): DnsAxis {
  const dns = probe && servedDns(probe);
  if (!dns) return 'unknown';
  if (isHere(dns.verdict)) return 'pointing';
  if (hasMovedAway(probe)) return 'moved away';
  return dns.verdict.kind === 'proxied' ? 'proxied' : 'pending';
}
