/**
 * Links to a customer's page. Whoever has one sees one domain, until it expires; no list of links is kept.
 *
 * A token is `{domain}.{expires}.{mac}`: the host name, seconds since 1970, and 32 hexadecimal digits, so nothing in it is lost where
 * a mail program finds the end of an address. The WordPress bridge makes the same ones (class-customer-link.php).
 */
import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';
import { type HostName, parseMapping } from '../core/values/host-name.ts';
import { DAY, SECOND } from '../core/values/time.ts';

export const LINK_DAYS = 30;
export const MOST_LINK_DAYS = 365;

/** 128 bits: a forger would need as many requests. */
const MAC_DIGITS = 32;
const TOKEN = new RegExp(
  `^(?<signed>(?<domain>[a-z0-9.-]{1,253})\\.(?<expires>[1-9]\\d{0,10}))\\.(?<mac>[0-9a-f]{${MAC_DIGITS}})$`,
);
const PURPOSE = 'multisite-runcloud/customer-link';
const KEY_BYTES = 32;

export type CustomerLink = {
  readonly domain: HostName;
  /** Epoch ms. */
  readonly expiresAt: number;
};

/** `unknown-key`: another key than these may have signed it. Nobody is told which of the two it was. */
export type ReadToken = ({ readonly kind: 'valid' } & CustomerLink) | { readonly kind: 'refused' | 'unknown-key' };

export function customerToken({ domain, expiresAt }: CustomerLink, key: KeyObject): string {
  const signed = `${domain}.${Math.floor(expiresAt / SECOND)}`;
  return `${signed}.${macOf(signed, key).toString('hex')}`;
}

export function readToken(token: string, keys: readonly KeyObject[], now: number): ReadToken {
  const { signed, domain, expires, mac } = TOKEN.exec(token)?.groups ?? {};
  if (signed === undefined || domain === undefined || mac === undefined) return { kind: 'refused' };
  const given = Buffer.from(mac, 'hex');
  if (!keys.some((key) => timingSafeEqual(macOf(signed, key), given))) return { kind: 'unknown-key' };
  const expiresAt = Number(expires) * SECOND;
  const parsed = parseMapping(domain);
  return parsed.ok && now < expiresAt ? { kind: 'valid', domain: parsed.domain, expiresAt } : { kind: 'refused' };
}

/** `base`: where customers reach the service, with or without a slash at its end. */
export function customerUrl(base: string, link: CustomerLink, key: KeyObject): string {
  return `${base.replace(/\/+$/, '')}/domains/${customerToken(link, key)}`;
}

/** When a link that is made now expires. To the second, as a token has it. */
export function expiryAfter(days: number, now: number): number {
  return Math.floor((now + days * DAY) / SECOND) * SECOND;
}

/** A key of its own, so that no signature of a webhook is one of a link. */
function macOf(signed: string, key: KeyObject): Buffer {
  const derived = createSecretKey(Buffer.from(hkdfSync('sha256', key, '', PURPOSE, KEY_BYTES)));
  return createHmac('sha256', derived)
    .update(signed)
    .digest()
    .subarray(0, MAC_DIGITS / 2);
}
