/**
 * Host names and their one spelling. Everything from outside is parsed here before it is compared or stored.
 *
 * `Bücher.example`, `BÜCHER.EXAMPLE.` and `xn--bcher-kva.example` are one domain. So are `shop.example` and
 * `www.shop.example`: the plugin serves both with one mapping, and RunCloud serves both with one domain object.
 */
import { domainToASCII, domainToUnicode } from 'node:url';
import { getDomain, getPublicSuffix } from 'tldts';

/** Lower case, punycode, no trailing dot, at most 253 octets, two labels or more. Only `parseHostName` makes one. */
export type HostName = string & { readonly brand: 'HostName' };

/** The form in which a mapping names its domain: `shop.example` or `www.shop.example`. */
export type NamedAs = 'bare' | 'www';

export type ParsedMapping =
  | { readonly ok: true; readonly domain: HostName; readonly namedAs: NamedAs }
  | { readonly ok: false; readonly why: string };

type ParsedHostName = { readonly ok: true; readonly name: HostName } | { readonly ok: false; readonly why: string };

// RFC 1035 section 2.3.4: 63 octets a label, 255 for a name on the wire, which leaves 253 in text.
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const NAME_OCTETS = 253;

// The private part of the Public Suffix List counts too: `github.io`. The other checks are done before the library is asked.
const SUFFIX_OPTIONS = { allowPrivateDomains: true, extractHostname: false, validateHostname: false, detectIp: false };

/**
 * Parses a host name as people write it. Only white space around it and one dot behind it are forgiven. The reason of a
 * refusal quotes the input, cut and escaped, so it can be shown and logged.
 *
 * @example parseHostName('BÜCHER.example.') is `xn--bcher-kva.example`; 'https://shop.example' is refused, not trimmed.
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
      return refuse('is not a valid international name');
    }
  }
  // Where the list has no rule, the last label counts as the suffix, and the name has one more.
  if (getPublicSuffix(name, SUFFIX_OPTIONS) === name) {
    return refuse('is a public suffix: others register their domains below it');
  }
  return { ok: true, name: name as HostName };
}

/**
 * Parses the name of a mapping into its domain and the form it names.
 *
 * @example 'www.shop.example' is the domain `shop.example`, named `www`. 'www.co.uk' is a domain of its own, named `bare`:
 * what is left without `www.` is a public suffix.
 */
export function parseMapping(input: string): ParsedMapping {
  const parsed = parseHostName(input);
  if (!parsed.ok) return parsed;
  const withoutWww = parsed.name.startsWith('www.') ? parseHostName(parsed.name.slice(4)) : undefined;
  if (!withoutWww?.ok) return { ok: true, domain: parsed.name, namedAs: 'bare' };
  if (withoutWww.name.startsWith('www.')) return { ok: false, why: `${quote(parsed.name)} begins with www. twice` };
  return { ok: true, domain: withoutWww.name, namedAs: 'www' };
}

/** The label below the public suffix and that suffix: `shop.co.uk` for `fr.shop.co.uk`. Undefined for a public suffix. */
export function registeredDomain(name: HostName): string | undefined {
  return getDomain(name, SUFFIX_OPTIONS) ?? undefined;
}

/** Whether the name stands right below a public suffix, as `shop.co.uk` does and `fr.shop.co.uk` does not. */
export function isRegistrable(name: HostName): boolean {
  return registeredDomain(name) === name;
}

/** Whether the name is below the network's own host, at any depth. The host itself is not. */
export function isSubdomain(name: HostName, host: HostName): boolean {
  return name.endsWith(`.${host}`);
}

/** `*.shop.example` matches names of any depth below it and not `shop.example`. Other patterns match one name. */
export function matchesPattern(pattern: string, name: string): boolean {
  return pattern.startsWith('*.') ? name.endsWith(pattern.slice(1)) : pattern === name;
}

/**
 * Whether a wildcard domain serves the name. The set holds suffixes: `network.example` for `*.network.example`.
 * A star stands for exactly one label, as in certificates (RFC 6125 section 6.4.3).
 */
export function isCovered(name: string, wildcardSuffixes: ReadonlySet<string>): boolean {
  return wildcardSuffixes.has(name.slice(name.indexOf('.') + 1));
}

/** @example formatHostName('xn--bcher-kva.example') is `bücher.example (xn--bcher-kva.example)`. */
export function formatHostName(name: string): string {
  const readable = name.includes('xn--') ? domainToUnicode(name) : '';
  return readable === '' || readable === name ? name : `${readable} (${name})`;
}

/** Input from outside may be long or hold control characters: it is cut and escaped. */
export function quote(text: string): string {
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  // Format characters can turn the direction of text around, which would disguise a name in a log. JSON escapes none of these.
  return JSON.stringify(shown.replace(/[\p{Cf}\p{Zl}\p{Zp}\u007F-\u009F]/gu, '�'));
}

/** UTS #46 leaves a label that it cannot decode as it is. A sound label decodes to something else and back to itself. */
function isSoundInternational(label: string): boolean {
  const readable = domainToUnicode(label);
  return readable !== label && domainToASCII(readable) === label;
}
