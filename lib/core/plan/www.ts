import type { ActualDomain, Redirection, Serving } from '../domain/runcloud-domain.ts';
import { isHere, type ProbeState } from '../probe/result.ts';
import type { NamedAs } from '../values/host-name.ts';
import { epoch, HOUR } from '../values/time.ts';

/** `auto`: where the domain is a registrable one and its `www.` name resolves to the server. */
export type WwwSetting = 'auto' | 'always' | 'never';

/** What to ask for when a domain is added: known beforehand, or decided in that moment by the name and by DNS. */
export type WwwWhenAdded = 'yes' | 'no' | 'auto';

/**
 * Takes how a domain was named and the setting; returns what to ask for when it is added. A mapping named
 * `www.shop.example` asks for `www` by its name, whatever the setting: without it nothing is served.
 */
export function wwwWhenAdded(namedAs: NamedAs, setting: WwwSetting): WwwWhenAdded {
  if (namedAs === 'www' || setting === 'always') return 'yes';
  return setting === 'auto' ? 'auto' : 'no';
}

/** Takes whether `www.` is served; returns the redirection: the bare name is the one customers type and see. */
export function redirectionFor(www: boolean): Redirection {
  return www ? 'non-www' : 'none';
}

/** What DNS says of the `www.` name: `here` to serve it, `gone` to serve it no longer, `open` to leave it as it is. */
export type WwwSeen = 'here' | 'gone' | 'open';

// A change on its way through DNS, or a name server that is out of order, is over by then.
const GONE_AFTER_MS = HOUR;

/**
 * Takes what is remembered of looking at a domain, and the time (ms); returns what follows for its `www.` name, which is
 * looked at only where it may be served: it comes when it points here, as its domain does, and goes when it has surely not for
 * an hour *and* a certificate is wanted, which it would spoil.
 */
export function wwwSeen(probe: ProbeState | undefined, now: number): WwwSeen {
  if (!probe?.www || probe.dnsUnasked !== undefined || probe.wwwUnasked !== undefined) return 'open';
  const { verdict, since } = probe.www;
  if (verdict.kind === 'pointing') return probe.dns && isHere(probe.dns.verdict) ? 'here' : 'open';
  // A certificate that nobody could look at may be as good as ever.
  if (!probe.certificate || probe.certificateUnasked !== undefined) return 'open';
  const isValid = probe.certificate.verdict.kind === 'valid';
  const isSure = verdict.kind === 'absent' || verdict.kind === 'elsewhere' || verdict.kind === 'proxied';
  return !isValid && isSure && now - epoch(since) >= GONE_AFTER_MS ? 'gone' : 'open';
}

/**
 * Takes a domain on RunCloud, how it was named, the setting and what DNS says of its `www.` name; returns how it should be
 * served where that differs from how it is, else undefined. A value that RunCloud does not show (early API v2 shows neither)
 * is not compared. A separate `www.` object has no www of its own.
 */
export function servingDiffers(
  actual: ActualDomain,
  namedAs: NamedAs,
  setting: WwwSetting,
  seen: WwwSeen,
): Serving | undefined {
  // Other types (`redirect`) were made by hand for a purpose, and a change would turn them into an alias.
  if (actual.name.startsWith('www.') || (actual.type !== undefined && actual.type !== 'alias')) return undefined;
  const www = wantedWww(actual, namedAs, setting, seen);
  if (www === undefined) return undefined;
  const redirection = redirectionFor(www);
  const wwwDiffers = actual.www !== undefined && actual.www !== www;
  const redirectionDiffers = actual.redirection !== undefined && actual.redirection !== redirection;
  return wwwDiffers || redirectionDiffers ? { www, redirection } : undefined;
}

function wantedWww(actual: ActualDomain, namedAs: NamedAs, setting: WwwSetting, seen: WwwSeen): boolean | undefined {
  if (namedAs === 'www' || setting === 'always') return true;
  if (setting === 'never') return false;
  if (actual.www === undefined || seen === 'open') return actual.www;
  return seen === 'here';
}
