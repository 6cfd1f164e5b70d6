/**
 * Standard Webhooks: who may speak to this service, and that nobody changed the words.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { MINUTE } from '../core/values/time.ts';
import { Secret } from '../util/secret.ts';

/** A decoded key, kept as base64 within a Secret so that it never prints. */
export type SigningKey = { readonly base64: Secret };

export type SignedHeaders = {
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
};

export type Verdict =
  | { readonly kind: 'genuine'; readonly id: string; readonly sentAt: number }
  /**
   * `why` is meant for the sender and says nothing that helps to forge. `unknown-key`: none of these keys made the
   * signature; another one may have.
   */
  | { readonly kind: 'refused' | 'unknown-key'; readonly why: string };

const PREFIX = 'whsec_';
// The specification asks for 24 to 64 random bytes.
const SHORTEST_KEY_BYTES = 24;
const LEAST_DIFFERENT_BYTES = 12;
/** How far the sender's clock, or a delayed message, may be off in either direction (ms). */
export const TOLERANCE_MS = 5 * MINUTE;
const LONGEST_ID = 256;

/** Takes a key as operators hold it (`whsec_` and base64); returns it, or what is wrong with it without repeating it. */
export function decodeKey(text: string): SigningKey | string {
  if (!text.startsWith(PREFIX)) return `a key begins with ${PREFIX}`;
  const base64 = text.slice(PREFIX.length);
  const bytes = strictBase64(base64);
  if (!bytes) return `what follows ${PREFIX} is not base64`;
  if (bytes.length < SHORTEST_KEY_BYTES) return `a key has at least ${SHORTEST_KEY_BYTES} bytes, not ${bytes.length}`;
  return { base64: new Secret(base64) };
}

/**
 * Takes a key; returns whether it was surely not made by chance: bytes that could all be typed, or few different ones. Of a
 * billion keys made by chance not one looks like that.
 */
export function isGuessable({ base64 }: SigningKey): boolean {
  const bytes = Buffer.from(base64.reveal(), 'base64');
  return bytes.every((byte) => byte >= 0x20 && byte < 0x7f) || new Set(bytes).size < LEAST_DIFFERENT_BYTES;
}

/**
 * Takes the three headers, the body's raw bytes, the keys and the time (ms); returns whether one of the keys signed
 * exactly these bytes, lately. Takes the same time for a wrong signature as for a right one.
 */
export function verifySignature(
  headers: SignedHeaders,
  body: Uint8Array,
  keys: readonly SigningKey[],
  now: number,
): Verdict {
  const { id, timestamp, signature } = headers;
  if (!id || !timestamp || !signature) {
    return refused('the headers webhook-id, webhook-timestamp and webhook-signature are needed');
  }
  if (id.length > LONGEST_ID) return refused(`webhook-id is longer than ${LONGEST_ID} characters`);
  if (!/^\d{1,12}$/.test(timestamp)) return refused('webhook-timestamp is not a number of seconds');
  const sentAt = Number(timestamp) * 1_000;
  const given = signature
    .split(' ')
    .flatMap((part) => (part.startsWith('v1,') ? (strictBase64(part.slice(3)) ?? []) : []));
  const expected = keys.map((key) => sign(key, id, timestamp, body));
  // Every pair is compared, so that the time taken tells nothing about which one was near.
  const matches = given.flatMap((each) =>
    expected.map((right) => each.length === right.length && timingSafeEqual(each, right)),
  );
  if (!matches.includes(true)) {
    return { kind: 'unknown-key', why: 'the signature does not fit: another key, or a changed body' };
  }
  // Said only to who holds the key: a stranger learns nothing about the clock.
  if (Math.abs(now - sentAt) > TOLERANCE_MS) {
    return refused(`the message is from ${new Date(sentAt).toISOString()}, more than 5 minutes off this clock`);
  }
  return { kind: 'genuine', id, sentAt };
}

/** Takes a key and what is to be signed; returns the value of the header `webhook-signature`. */
export function signatureHeader(key: SigningKey, id: string, timestamp: string, body: Uint8Array): string {
  return `v1,${sign(key, id, timestamp, body).toString('base64')}`;
}

function sign(key: SigningKey, id: string, timestamp: string, body: Uint8Array): Buffer {
  return createHmac('sha256', Buffer.from(key.base64.reveal(), 'base64'))
    .update(`${id}.${timestamp}.`)
    .update(body)
    .digest();
}

/** `Buffer.from` skips what is not base64 in silence; a key or signature with anything extra in it is not one. */
function strictBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length > 0 && bytes.toString('base64') === text ? bytes : undefined;
}

function refused(why: string): Verdict {
  return { kind: 'refused', why };
}
