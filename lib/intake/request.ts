/** HTTP requests of whoever may be anybody: their form, and who signed them. */
import type { Clock } from '../util/clock.ts';
import { type SigningKey, type Verdict, verifySignature } from './signature.ts';

/** From API Gateway or from the local server. The names of headers are in lower case. */
export type HttpRequest = {
  readonly method: string;
  readonly path: string;
  /** What follows the question mark, as it came. */
  readonly query?: string | undefined;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Unchanged bytes: the signature is over these. */
  readonly body: Uint8Array;
};

/** Who may sign. */
export type Signers = {
  readonly keys: readonly SigningKey[];
  /** Called if none of `keys` fits: newer keys, and those from before the last change of the settings. */
  readonly moreKeys?: () => Promise<readonly SigningKey[]>;
};

/** An answer that needs nothing but the request. */
export type Refusal = {
  readonly status: number;
  readonly why: string;
  readonly headers: Readonly<Record<string, string>>;
};

export const LONGEST_BODY_BYTES = 64 * 1024;

/** Seconds. For answers that say to come again later. */
export const RETRY_AFTER = { 'retry-after': '30' } as const;

export function refusalByForm({ method, headers, body }: HttpRequest): Refusal | undefined {
  if (method !== 'POST') return { status: 405, why: 'Only POST is understood here.', headers: { allow: 'POST' } };
  if (body.length > LONGEST_BODY_BYTES) {
    return { status: 413, why: `The body is longer than ${LONGEST_BODY_BYTES} bytes.`, headers: {} };
  }
  if (!/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')) {
    return { status: 415, why: 'The content type must be application/json.', headers: {} };
  }
  return undefined;
}

/** More keys cost a request to Secrets Manager, so they are read only if none of those at hand fits. */
export async function byAnyKey<V extends { readonly kind: string }>(
  { keys, moreKeys }: Signers,
  verify: (keys: readonly SigningKey[]) => V,
): Promise<V> {
  const verdict = verify(keys);
  return verdict.kind === 'unknown-key' && moreKeys ? verify(await moreKeys()) : verdict;
}

export async function verifyRequest({ headers, body }: HttpRequest, signers: Signers, clock: Clock): Promise<Verdict> {
  const signed = {
    id: headers['webhook-id'],
    timestamp: headers['webhook-timestamp'],
    signature: headers['webhook-signature'],
  };
  const now = clock.now();
  return byAnyKey(signers, (keys) => verifySignature(signed, body, keys, now));
}

export const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' } as const;
