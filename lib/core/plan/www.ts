import { whyUncertifiable } from '../certificates/uncertifiable.ts';
import type { ActualDomain, Redirection, Serving } from '../domain/runcloud-domain.ts';
import { isHere, type ProbeState } from '../probe/result.ts';
import type { NamedAs } from '../values/host-name.ts';
import { epoch, HOUR } from '../values/time.ts';

/** `auto`: serve the `www.` name where the domain is registrable and that name points to the server. */
export type WwwSetting = 'auto' | 'always' | 'never';

/**
 * `auto` is decided by DNS in the moment of adding. `named` too: the mapping names `www.`, which is served beside the bare name, or by
 * itself where only `www.` points here. `alone`: by itself.
 */
export type WwwWhenAdded = 'yes' | 'no' | 'auto' | 'named' | 'alone';

/** A mapping named `www.shop.example` needs its `www.` name whatever the setting: without it nothing is served. */
export function wwwWhenAdded(domain: string, namedAs: NamedAs, setting: WwwSetting): WwwWhenAdded {
  if (namedAs === 'www') return 'named';
  // It would keep the certificate from the domain itself.
  if (whyUncertifiable(`www.${domain}`) !== undefined) return 'no';
  if (setting === 'always') return 'yes';
  return setting === 'auto' ? 'auto' : 'no';
}

/** Visitors end at the bare name, which is the one customers type. */
export function redirectionFor(www: boolean): Redirection {
  return www ? 'non-www' : 'none';
}

/** What DNS says of the `www.` name: `here`, serve it; `gone`, serve it no longer; `open`, leave it as it is. */
export type WwwSeen = 'here' | 'gone' | 'open';

// Time for a change to get through DNS, and for a name server to recover.
const GONE_AFTER_MS = HOUR;

/**
 * The `www.` name is served once it points here as its domain does. It is given up when it has pointed away for an hour *and* the
 * domain needs a certificate, which could not be issued with it.
 */
export function wwwSeen(probe: ProbeState | undefined, now: number): WwwSeen {
  if (!probe?.www || probe.dnsUnasked !== undefined || probe.wwwUnasked !== undefined) return 'open';
  const { verdict, since } = probe.www;
  if (verdict.kind === 'pointing') return probe.dns && isHere(probe.dns.verdict) ? 'here' : 'open';
  // A certificate that could not be probed may be valid.
  if (!probe.certificate || probe.certificateUnasked !== undefined) return 'open';
  const isValid = probe.certificate.verdict.kind === 'valid';
  const isSure = verdict.kind === 'absent' || verdict.kind === 'elsewhere' || verdict.kind === 'proxied';
  return !isValid && isSure && now - epoch(since) >= GONE_AFTER_MS ? 'gone' : 'open';
}

/**
 * How the domain should be served, where that differs from how it is. A value that RunCloud does not show is not compared: early
 * API v2 shows neither. A separate `www.` object has no `www.` name of its own.
 */
export function servingDiffers(
  actual: ActualDomain,
  namedAs: NamedAs,
  setting: WwwSetting,
  seen: WwwSeen,
): Serving | undefined {
  // An object of another type (`redirect`) was made by hand for a purpose, and an update would turn it into an alias.
  if (actual.name.startsWith('www.') || (actual.type !== undefined && actual.type !== 'alias')) return undefined;
  const www = desiredWww(actual, namedAs, setting, seen);
  if (www === undefined) return undefined;
  const redirection = redirectionFor(www);
  const wwwDiffers = actual.www !== undefined && actual.www !== www;
  const redirectionDiffers = actual.redirection !== undefined && actual.redirection !== redirection;
  return wwwDiffers || redirectionDiffers ? { www, redirection } : undefined;
}

function desiredWww(actual: ActualDomain, namedAs: NamedAs, setting: WwwSetting, seen: WwwSeen): boolean | undefined {
  if (namedAs === 'www') return true;
  if (setting === 'never') return false;
  // Not asked for, and left where somebody else did.
  if (whyUncertifiable(`www.${actual.name}`) !== undefined) return actual.www;
  if (setting === 'always') return true;
  if (actual.www === undefined || seen === 'open') return actual.www;
  return seen === 'here';
}
