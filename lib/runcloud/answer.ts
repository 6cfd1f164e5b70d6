/** What RunCloud's answers mean, one by one: by status, by form, and in words for a person. */
import { parseJson } from '../util/json.ts';
import { messageOf } from '../util/log.ts';
import { RunCloudError } from './error.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** An answer that says something about what was asked: 2xx, or one of the codes that judge the request. */
export type ApiAnswer =
  /** Sent by our clock, answered by RunCloud's own (ms since 1970), and how long that took by ours (ms). */
  | {
      readonly kind: 'ok';
      readonly status: number;
      readonly body: unknown;
      readonly sentAt: number;
      readonly answeredAt: number;
      readonly tookMs: number;
    }
  | { readonly kind: 'refused'; readonly status: number; readonly says: string }
  /**
   * Of a write only: it was sent then (ms since 1970), and may or may not have been carried out. Undefined: there was no
   * connection, so it surely was not.
   */
  | { readonly kind: 'unknown'; readonly why: string; readonly sentAt: number | undefined };

/** An answer as it came, with the two clocks: sent by ours, answered by RunCloud's (ms since 1970). */
export type Received = {
  readonly status: number;
  readonly text: string;
  readonly sentAt: number;
  readonly answeredAt: number;
  readonly tookMs: number;
};

/**
 * Takes a request and its answer; returns what it means for who asked. Throws RunCloudError where it ends the run.
 */
export function judge(method: Method, path: string, { status, text, sentAt, answeredAt, tookMs }: Received): ApiAnswer {
  if (status >= 500) return { kind: 'unknown', why: `it answered ${status} to ${method} ${path}`, sentAt };
  if (status >= 300 && status < 400) {
    throw new RunCloudError(
      'redirected',
      `RunCloud answered ${method} ${path} with a redirect (${status}), which is not followed: the token would go along.`,
      'Check RUNCLOUD_API_URL: it names the API itself, as in https://manage.runcloud.io/api/v3.',
    );
  }
  if (status === 401) {
    throw new RunCloudError(
      'unauthorized',
      'RunCloud did not accept the credentials (401). Either they are wrong, or this address is not on the allow-list of the API.',
      'In RunCloud, Settings > API Management: compare the token, and look whether the API is limited to listed addresses.',
    );
  }
  const body = parseJson(text);
  if (status >= 200 && status < 300) {
    // Some changes are answered with an empty body; of a read only 204 says that there is nothing to say.
    if (body !== undefined || (text.trim() === '' && (method !== 'GET' || status === 204)))
      return { kind: 'ok', status, body: body === undefined ? {} : body, sentAt, answeredAt, tookMs };
    if (method !== 'GET')
      return { kind: 'unknown', why: `it answered ${method} ${path} with something that is not JSON`, sentAt };
    throw new RunCloudError(
      'unreadable',
      `RunCloud answered GET ${path} with ${status} and something that is not JSON (${text.trimStart().startsWith('<') ? 'a page for people' : 'cut or malformed'}).`,
      'If RunCloud is under maintenance, wait. Otherwise check RUNCLOUD_API_URL.',
    );
  }
  return { kind: 'refused', status, says: messageIn(body) };
}

/** Takes the refusal of a read that has no meaning where it was asked; returns it as the end of the run. */
export function unexpected(path: string, { status, says }: ApiAnswer & { kind: 'refused' }): RunCloudError {
  if (status === 403) {
    return new RunCloudError(
      'forbidden',
      `RunCloud refuses to show ${path} (403)${says && `: ${says}`}.`,
      'API access belongs to the plans Business and Enterprise, and the token must belong to the workspace of the server.',
    );
  }
  return new RunCloudError(
    'unexpected',
    `RunCloud answered GET ${path} with ${status}${says && `: ${says}`}.`,
    'Try again later; if it stays, compare RUNCLOUD_API_URL with the documentation of the API.',
  );
}

// A message of Let's Encrypt that RunCloud hands on ends with the date that counts, and has some 250 letters.
const LONGEST_WORDS = 600;

/**
 * Takes a body; returns its words: `message`, and `errors` as one text, a list or an object of either. Nothing else of a
 * body is ever shown.
 */
export function messageIn(body: unknown): string {
  if (typeof body !== 'object' || body === null) return '';
  const { message, errors } = body as { message?: unknown; errors?: unknown };
  const words = [message, ...detailsOf(errors)].filter((each) => typeof each === 'string');
  return (
    withoutKeys([...new Set(words)].join(' '))
      // Control characters could forge lines in a log.
      .replace(/\p{Cc}+/gu, ' ')
      .slice(0, LONGEST_WORDS)
  );
}

/** Takes a body; returns what stands under `errors`, which may be one text, a list or an object of either. */
export function detailsOf(errors: unknown): unknown[] {
  if (typeof errors === 'string') return errors === '' ? [] : [errors];
  return typeof errors === 'object' && errors !== null ? Object.values(errors).flat() : [];
}

/**
 * Takes words; returns them without what could be key material: PEM blocks, even cut ones, and long runs as base64 and hex
 * make them. Long addresses and host names stay, as they are lower-case.
 */
function withoutKeys(words: string): string {
  return words
    .replace(/-----BEGIN[\s\S]*?(?:-----END[^-]*-----|$)/g, REMOVED)
    .replace(/[\w+/=-]{40,}/g, (run) =>
      /^[\da-f]+$/i.test(run) || (/[A-Z]/.test(run) && /[a-z]/.test(run)) ? REMOVED : run,
    );
}

const REMOVED = '[removed]';

/** Errors of name resolution and of connecting (Node's `errno` names, and undici's). */
const NO_CONNECTION = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
];

/** Takes an error of the connection; returns whether nothing can have been sent. */
export function neverConnected(error: unknown): boolean {
  return NO_CONNECTION.includes(String((error as { code?: unknown }).code));
}

/** Takes an error of the connection; returns it in words that stand in a sentence. */
export function describeTransport(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  if (error instanceof Error && error.name === 'TimeoutError') return 'it did not answer in time';
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT' || code === 'UND_ERR_CONNECT_TIMEOUT') {
    return 'it did not answer in time';
  }
  return `the connection failed (${typeof code === 'string' ? code : messageOf(error)})`;
}
