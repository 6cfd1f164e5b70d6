import { epoch, type IsoTime, iso, MINUTE } from '../values/time.ts';
import { aged, type CertificateResult, type CertificateVerdict } from './certificate-verdict.ts';
import type { DnsResult, DnsVerdict } from './dns-verdict.ts';

/** A verdict and since when it has been the same. */
export type Since<V> = { readonly verdict: V; readonly since: IsoTime };

/** What is remembered of looking. Where nobody could be asked, what was known before stands, with the reason beside it. */
export type ProbeState = {
  readonly at: IsoTime;
  readonly dns?: Since<DnsVerdict>;
  /** Of the `www.` name, where it matters. */
  readonly www?: Since<DnsVerdict>;
  /** The worst of what is shown for the names that are served. */
  readonly certificate?: Since<CertificateVerdict>;
  /** When it was first seen not to point here any more, after it had. */
  readonly leftAt?: IsoTime;
  /** Why DNS (of the domain, of its `www.` name), or the server, could not be asked this time. */
  readonly dnsUnasked?: string;
  readonly wwwUnasked?: string;
  readonly certificateUnasked?: string;
  readonly unaskedSince?: IsoTime;
};

/** What one looking gave. */
export type ProbeResult = {
  readonly dns: DnsResult;
  /** Of the `www.` name, where it matters. */
  readonly www: DnsResult | undefined;
  /** Why its CAA records could not be asked for, where that mattered. */
  readonly caaUnasked: string | undefined;
  /** Undefined: it is not on RunCloud, so the server has nothing to show. */
  readonly certificate: CertificateResult | undefined;
};

// A look that changes nothing is put on record only when the one there is older than this.
const WORTH_RECORDING_MS = 30 * MINUTE;

/**
 * Takes what is remembered of looking, what was seen now, and the time (ms); returns what to remember: the very same object
 * where it is nothing new.
 */
export function updateProbeState(before: ProbeState | undefined, result: ProbeResult, now: number): ProbeState {
  const at = iso(now);
  const dns = next(before?.dns, result.dns, at);
  const www = result.www && next(before?.www, result.www, at);
  const certificate = result.certificate && next(withAge(before?.certificate, now), result.certificate, at);
  const dnsUnasked = result.dns.kind === 'could-not-ask' ? result.dns.why : result.caaUnasked;
  const leftAt = leftSince(before, result.dns, at);
  const wwwUnasked = result.www?.kind === 'could-not-ask' ? result.www.why : undefined;
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
  };
  if (!before || now - epoch(before.at) >= WORTH_RECORDING_MS) return after;
  return essence(after) === essence(before) ? before : after;
}

/** What is news: since when and until when, and not which addresses a balancer of loads hands out this time. */
function essence({ at: _, dns, www, ...rest }: ProbeState): string {
  return JSON.stringify([dns?.verdict.kind, dns?.since, www?.verdict.kind, www?.since, rest]);
}

type Unasked = { readonly kind: 'could-not-ask'; readonly why: string };

/** `since` is when the kind of verdict began: other addresses elsewhere are no news. */
function next<V extends { readonly kind: string }>(
  before: Since<V> | undefined,
  seen: V | Unasked,
  at: IsoTime,
): Since<V> | undefined {
  if (seen.kind === 'could-not-ask') return before;
  const verdict = seen as V;
  return { verdict, since: before?.verdict.kind === verdict.kind ? before.since : at };
}

/** While nobody can ask, a certificate goes on running out. */
function withAge(before: Since<CertificateVerdict> | undefined, now: number): Since<CertificateVerdict> | undefined {
  if (!before) return undefined;
  const verdict = aged(before.verdict, now);
  return verdict.kind === before.verdict.kind ? before : { verdict, since: iso(now) };
}

function leftSince(before: ProbeState | undefined, seen: DnsResult, at: IsoTime): IsoTime | undefined {
  if (seen.kind === 'could-not-ask') return before?.leftAt;
  if (isHere(seen)) return undefined;
  return before?.leftAt ?? (before?.dns && isHere(before.dns.verdict) ? at : undefined);
}

/** Takes what is remembered, after RunCloud was changed; returns it without the certificate, which the next run looks at anew. */
export function withoutCertificate({ certificate: _, ...rest }: ProbeState): ProbeState {
  return { ...rest, certificateUnasked: 'RunCloud was changed since the last look' };
}

/** Takes a verdict; returns whether the addresses are the server's alone, whatever CAA says. */
export function isHere({ kind }: DnsResult): boolean {
  return kind === 'pointing' || kind === 'blocked';
}

/** Takes what is remembered; returns whether the domain pointed here once and now surely does not. */
export function hasMovedAway({ dns, leftAt }: ProbeState): boolean {
  const kind = dns?.verdict.kind;
  return leftAt !== undefined && (kind === 'elsewhere' || kind === 'absent');
}

/** Takes what is remembered; returns whether nothing is wanting: it points here, and its certificate is valid. */
export function isLive({ dns, certificate }: ProbeState): boolean {
  const shown = certificate?.verdict.kind;
  return dns !== undefined && isHere(dns.verdict) && (shown === 'valid' || shown === 'expiring');
}

/** Takes what is remembered, the domain and its names; returns why public DNS could not be asked about them this time, or undefined. */
export function whyUnasked(probe: ProbeState, domain: string, names: readonly string[]): string | undefined {
  return probe.dnsUnasked ?? (names.includes(`www.${domain}`) ? probe.wwwUnasked : undefined);
}

/** How a domain's DNS stands, in one word. */
export type DnsAxis = 'unknown' | 'pending' | 'pointing' | 'proxied' | 'moved away';

/** Takes what is remembered of looking; returns how DNS stands. */
export function dnsAxis(probe: ProbeState | undefined): DnsAxis {
  if (!probe?.dns) return 'unknown';
  if (isHere(probe.dns.verdict)) return 'pointing';
  if (hasMovedAway(probe)) return 'moved away';
  return probe.dns.verdict.kind === 'proxied' ? 'proxied' : 'pending';
}
