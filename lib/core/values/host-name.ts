/**
 * Host names: the one place that decides what a domain is called.
 *
 * `Bücher.example`, `BÜCHER.EXAMPLE.` and `xn--bcher-kva.example` are one domain, and so are `shop.example` and
 * `www.shop.example`: the plugin serves both with one mapping and RunCloud serves both with one domain object.
 */
import { domainToASCII, domainToUnicode } from 'node:url';
import { getDomain, parse as parseSuffix } from 'tldts';

/** A host name in the only spelling used inside: lower case, punycode, no trailing dot, checked. */
export type HostName = string & { readonly brand: 'HostName' };

/** Whether a mapping was asked for as `shop.example` or as `www.shop.example`. */
export type NamedAs = 'bare' | 'www';

export type ParsedMapping =
  | { readonly ok: true; readonly domain: HostName; readonly namedAs: NamedAs }
  | { readonly ok: false; readonly why: string };

type ParsedHostName = { readonly ok: true; readonly name: HostName } | { readonly ok: false; readonly why: string };

// RFC 1035 section 2.3.4: 63 octets a label, 255 for a name on the wire, which leaves 253 in text.
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const NAME_OCTETS = 253;

// The private part of the Public Suffix List counts too. What the library could check of a name is checked by then.
const CHECKED = { allowPrivateDomains: true, extractHostname: false, validateHostname: false, detectIp: false };

/**
 * Takes a host name as people write it; returns it in its one spelling, or the reason why it is none.
 * Only white space around it is forgiven, and one dot behind it.
 */
export function parseHostName(input: string): ParsedHostName {
  const text = input.trim();
  const refuse = (why: string): ParsedHostName => ({ ok: false, why: `${quote(text)} ${why}` });
  if (text === '') return { ok: false, why: 'the domain is empty' };
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return refuse('has a scheme: give the host name alone');
  if (/[/?#\\]/.test(text)) return refuse('has a path: give the host name alone');
  if (/^[0-9.]+$/.test(text) || /^\[.*\]$/.test(text) || /^[0-9a-f:.]*:[0-9a-f:.]*:/i.test(text)) {
    return refuse('is an IP address, not a host name');
  }
  if (text.includes(':')) return refuse('has a port: give the host name alone');
  if (/\s/.test(text)) return refuse('has a space in it');
  // The URL parser behind domainToASCII would decode percent signs and cut at "@": neither belongs in a host name.
  if (/[%@]/.test(text)) return refuse('has a character that no host name has');

  const name = domainToASCII(text).replace(/\.$/, '');
  if (name === '') return refuse('is not a valid international name');
  const labels = name.split('.');
  // WHATWG URL, host parser: a name that ends in a number is an IPv4 address (`0x7f.1` became 127.0.0.1 above).
  if (/^\d+$/.test(labels.at(-1) as string)) return refuse('is an IP address, not a host name');
  if (labels.length === 1) return refuse('is a single label: a domain has at least one dot');
  if (name.length > NAME_OCTETS) return refuse(`has ${name.length} octets: ${NAME_OCTETS} is the longest`);
  for (const label of labels) {
    if (label.length > 63) return refuse(`has a label of ${label.length} octets: 63 is the longest`);
    if (!LABEL.test(label)) return refuse(`has a label that is not made of letters, digits and inner hyphens`);
    if (label.startsWith('xn--') && !isSoundInternational(label)) {
      return refuse('is not a valid international name, or mixes scripts within one label');
    }
  }
  const suffix = parseSuffix(name, CHECKED);
  if (suffix.publicSuffix === name && (suffix.isIcann || suffix.isPrivate)) {
    return refuse('is a public suffix: others register their domains below it');
  }
  return { ok: true, name: name as HostName };
}

/**
 * Takes a domain as it was mapped; returns the one domain it stands for and whether it was named with `www.`,
 * or the reason why it cannot be mapped.
 */
export function parseMapping(input: string): ParsedMapping {
  const parsed = parseHostName(input);
  if (!parsed.ok) return parsed;
  const withoutWww = parsed.name.startsWith('www.') ? parseHostName(parsed.name.slice(4)) : undefined;
  // `www.co.uk` is a domain of its own: what is left without `www.` is nobody's.
  if (!withoutWww?.ok) return { ok: true, domain: parsed.name, namedAs: 'bare' };
  if (withoutWww.name.startsWith('www.')) return { ok: false, why: `${quote(parsed.name)} begins with www. twice` };
  return { ok: true, domain: withoutWww.name, namedAs: 'www' };
}

/** Takes a host name; returns the domain that is registered above it or is itself (`shop.co.uk`), or undefined. */
export function registeredDomain(name: HostName): string | undefined {
  return getDomain(name, CHECKED) ?? undefined;
}

/** Takes a host name; returns whether it is one that is registered, right below a public suffix (`shop.co.uk`). */
export function isRegistrable(name: HostName): boolean {
  return registeredDomain(name) === name;
}

/** Takes a name and the network's own host; returns whether it is below that, as the sites of a subdomain network are. */
export function isSubdomain(name: HostName, host: HostName): boolean {
  return name.endsWith(`.${host}`);
}

/** Takes a pattern (`shop.example`, or `*.shop.example` for every name below it) and a name; returns whether it fits. */
export function matchesPattern(pattern: string, name: string): boolean {
  return pattern.startsWith('*.') ? name.endsWith(pattern.slice(1)) : pattern === name;
}

/**
 * Takes a name and the suffixes of wildcard domains (`network.example` for `*.network.example`); returns whether one
 * of them serves it. As in DNS and in certificates (RFC 6125 section 6.4.3) a star stands for exactly one label.
 */
export function isCovered(name: string, wildcardSuffixes: ReadonlySet<string>): boolean {
  return wildcardSuffixes.size > 0 && wildcardSuffixes.has(name.slice(name.indexOf('.') + 1));
}

/** Takes a host name; returns it as a person reads it, with the punycode behind it where that differs. */
export function formatHostName(name: string): string {
  const readable = name.includes('xn--') ? domainToUnicode(name) : '';
  return readable === '' || readable === name ? name : `${readable} (${name})`;
}

/** Input from outside may be long or hold control characters: shown cut and escaped. */
function quote(text: string): string {
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  // Marks that turn the direction of text around would disguise a name in a log.
  return JSON.stringify(shown.replace(/\p{Cf}/gu, '�'));
}

/** UTS #46 turns what it cannot decode into itself, so a sound label is one that changes and comes back the same. */
function isSoundInternational(label: string): boolean {
  const readable = domainToUnicode(label);
  return readable !== label && domainToASCII(readable) === label && scriptMixes().some((mix) => mix.test(readable));
}

/**
 * Which scripts may stand together in one label: the "Highly Restrictive" level of UTS #39 section 5.2, with the
 * scripts that UAX #31 recommends. It keeps out look-alikes such as a Cyrillic letter within a Latin word.
 */
const SCRIPTS = [
  ['Latin', 'Han', 'Hiragana', 'Katakana'],
  ['Latin', 'Han', 'Bopomofo'],
  ['Latin', 'Han', 'Hangul'],
  ...'Arabic Armenian Bengali Cyrillic Devanagari Ethiopic Georgian Greek Gujarati Gurmukhi Hebrew Kannada Khmer Lao Malayalam Myanmar Oriya Sinhala Tamil Telugu Thaana Thai Tibetan'
    .split(' ')
    .map((script) => [script]),
];

let compiled: readonly RegExp[] | undefined;

/** Compiled on first need: most names are ASCII, and start-up time counts in a function. */
function scriptMixes(): readonly RegExp[] {
  compiled ??= SCRIPTS.map((mix) => {
    const classes = [...mix, 'Common', 'Inherited'].map((script) => `\\p{Script=${script}}`).join('');
    return new RegExp(`^[${classes}]+$`, 'u');
  });
  return compiled;
}
