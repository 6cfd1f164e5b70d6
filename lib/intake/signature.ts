/**
 * Signatures of webhooks, by Standard Webhooks.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { isEventId } from '../core/domain/mapping-request.ts';
import { CLOCK_TOLERANCE_MS } from '../core/values/time.ts';

/**
 * Made once for each key: signing with it takes a fifth of the time that signing with its bytes takes. Node keeps the
 * bytes outside of JavaScript, so that no template, JSON, `inspect` or log shows them.
 */
export type SigningKey = KeyObject;

export type SignedHeaders = {
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
};

export type Verdict =
  | { readonly kind: 'genuine'; readonly id: string; readonly sentAt: number }
  /**
   * The sender sees `why`: it helps nobody to forge. `unknown-key`: another key than these may have made the signature.
   */
  | { readonly kind: 'refused' | 'unknown-key'; readonly why: string };

const PREFIX = 'whsec_';
// The specification asks for 24 to 64 random bytes.
const SHORTEST_KEY_BYTES = 24;
const LEAST_DIFFERENT_BYTES = 12;

/**
 * Decodes a key in the form that operators keep: `whsec_` and base64. A string says what is wrong, and repeats no key.
 */
export function decodeKey(text: string): SigningKey | string {
  if (!text.startsWith(PREFIX)) return `a key begins with ${PREFIX}`;
  const base64 = text.slice(PREFIX.length);
  const bytes = strictBase64(base64);
  if (!bytes) return `what follows ${PREFIX} is not base64`;
  if (bytes.length < SHORTEST_KEY_BYTES) return `a key has at least ${SHORTEST_KEY_BYTES} bytes, not ${bytes.length}`;
  return createSecretKey(bytes);
}

/**
 * Whether a person made the key up: all its bytes can be typed, or few of them differ. Of a billion random keys not one
 * looks like that.
 */
export function isGuessable(key: SigningKey): boolean {
  const bytes = key.export();
  return bytes.every((byte) => byte >= 0x20 && byte < 0x7f) || new Set(bytes).size < LEAST_DIFFERENT_BYTES;
}

/**
 * Whether one of the keys signed exactly these bytes, within `CLOCK_TOLERANCE_MS` of `now`. A wrong signature takes as long
 * as a right one, so that the time tells nothing about it.
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
  if (!isEventId(id)) return refused('webhook-id is not of 1 to 256 printable ASCII characters');
  if (!/^\d{1,12}$/.test(timestamp)) return refused('webhook-timestamp is not a number of seconds');
  const sentAt = Number(timestamp) * 1_000;
  // As texts: whatever else decodes to the right bytes is no signature.
  const signatures = signature.split(' ').map((each) => Buffer.from(each));
  const expected = keys.map((key) => Buffer.from(signatureHeader(key, id, timestamp, body)));
  // Every pair is compared, so that the time does not tell which key came near.
  const matches = signatures.flatMap((each) =>
    expected.map((right) => each.length === right.length && timingSafeEqual(each, right)),
  );
  if (!matches.includes(true)) {
    return { kind: 'unknown-key', why: 'the signature does not fit: another key, or a changed body' };
  }
  // Only who holds the key learns how this clock runs.
  if (Math.abs(now - sentAt) > CLOCK_TOLERANCE_MS) {
    return refused(`the message is from ${new Date(sentAt).toISOString()}, more than 5 minutes off this clock`);
  }
  return { kind: 'genuine', id, sentAt };
}

/** The value of the header `webhook-signature`. `timestamp` is in epoch seconds, as in its header. */
export function signatureHeader(key: SigningKey, id: string, timestamp: string, body: Uint8Array): string {
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`;
}

/** `Buffer.from` silently skips what is not base64. A key with anything else in it is refused. */
function strictBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length > 0 && bytes.toString('base64') === text ? bytes : undefined;
}

function refused(why: string): Verdict {
  return { kind: 'refused', why };
}
