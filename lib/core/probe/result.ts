import { epoch, type IsoTime, iso, MINUTE } from '../values/time.ts';
import { aged, type CertificateLook, type CertificateVerdict } from './certificate-verdict.ts';
import type { DnsLook, DnsVerdict } from './dns-verdict.ts';

/** A verdict and since when it has been the same. */
export type Since<V> = { readonly verdict: V; readonly since: IsoTime };

/** What is remembered of looking. Where nobody could be asked, what was known before stands, with the reason beside it. */
export type Look = {
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
export type Glance = {
  readonly dns: DnsLook;
  /** Of the `www.` name, where it matters. */
  readonly www: DnsLook | undefined;
  /** Why its CAA records could not be asked for, where that mattered. */
  readonly caaUnasked: string | undefined;
  /** Undefined: it is not on RunCloud, so the server has nothing to show. */
  readonly certificate: CertificateLook | undefined;
};

// A look that changes nothing is put on record only when the one there is older than this.
const WORTH_RECORDING_MS = 30 * MINUTE;

/**
 * Takes what is remembered of looking, what was seen now, and the time (ms); returns what to remember: the very same object
 * where it is nothing new.
 */
export function withGlance(before: Look | undefined, glance: Glance, now: number): Look {
  const at = iso(now);
  const dns = next(before?.dns, glance.dns, at);
  const www = glance.www && next(before?.www, glance.www, at);
  const certificate = glance.certificate && next(withAge(before?.certificate, now), glance.certificate, at);
  const dnsUnasked = glance.dns.kind === 'could-not-ask' ? glance.dns.why : glance.caaUnasked;
  const leftAt = leftSince(before, glance.dns, at);
  const wwwUnasked = glance.www?.kind === 'could-not-ask' ? glance.www.why : undefined;
  const isUnasked = dnsUnasked !== undefined || glance.certificate?.kind === 'could-not-ask';
  const after: Look = {
    at,
    ...(dns && { dns }),
    ...(www && { www }),
    ...(certificate && { certificate }),
    ...(leftAt && { leftAt }),
    ...(dnsUnasked !== undefined && { dnsUnasked }),
    ...(wwwUnasked !== undefined && { wwwUnasked }),
    ...(glance.certificate?.kind === 'could-not-ask' && { certificateUnasked: glance.certificate.why }),
    ...(isUnasked && { unaskedSince: before?.unaskedSince ?? at }),
  };
  if (!before || now - epoch(before.at) >= WORTH_RECORDING_MS) return after;
  return gist(after) === gist(before) ? before : after;
}

/** What is news: since when and until when, and not which addresses a balancer of loads hands out this time. */
function gist({ at: _, dns, www, ...rest }: Look): string {
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

function leftSince(before: Look | undefined, seen: DnsLook, at: IsoTime): IsoTime | undefined {
  if (seen.kind === 'could-not-ask') return before?.leftAt;
  if (isHere(seen)) return undefined;
  return before?.leftAt ?? (before?.dns && isHere(before.dns.verdict) ? at : undefined);
}

/** Takes what is remembered, after RunCloud was changed; returns it without the certificate, which the next run looks at anew. */
export function withoutCertificate({ certificate: _, ...rest }: Look): Look {
  return { ...rest, certificateUnasked: 'RunCloud was changed since the last look' };
}

/** Takes a verdict; returns whether the addresses are the server's alone, whatever CAA says. */
export function isHere({ kind }: DnsLook): boolean {
  return kind === 'pointing' || kind === 'blocked';
}

/** Takes what is remembered; returns whether the domain pointed here once and now surely does not. */
export function hasMovedAway({ dns, leftAt }: Look): boolean {
  const kind = dns?.verdict.kind;
  return leftAt !== undefined && (kind === 'elsewhere' || kind === 'absent');
}

/** Takes what is remembered; returns whether nothing is wanting: it points here, and its certificate is valid. */
export function isLive({ dns, certificate }: Look): boolean {
  const shown = certificate?.verdict.kind;
  return dns !== undefined && isHere(dns.verdict) && (shown === 'valid' || shown === 'expiring');
}

/** Takes what is remembered, the domain and its names; returns why public DNS could not be asked about them this time, or undefined. */
export function whyUnasked(look: Look, domain: string, names: readonly string[]): string | undefined {
  return look.dnsUnasked ?? (names.includes(`www.${domain}`) ? look.wwwUnasked : undefined);
}

/** How a domain's DNS stands, in one word. */
export type DnsAxis = 'unknown' | 'pending' | 'pointing' | 'proxied' | 'moved away';

/** Takes what is remembered of looking; returns how DNS stands. */
export function dnsAxis(look: Look | undefined): DnsAxis {
  if (!look?.dns) return 'unknown';
  if (isHere(look.dns.verdict)) return 'pointing';
  if (hasMovedAway(look)) return 'moved away';
  return look.dns.verdict.kind === 'proxied' ? 'proxied' : 'pending';
}
