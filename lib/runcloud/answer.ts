/** What one answer of RunCloud means: judged by its status and its form, and explained to a person. */
import { parseJson } from '../util/json.ts';
import { messageOf } from '../util/log.ts';
import { RunCloudError } from './error.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export type ApiAnswer =
  /**
   * 2xx. `sentAt` and `tookMs` are measured by this clock, `answeredAt` is RunCloud's (epoch ms; its header `Date`).
   */
  | {
      readonly kind: 'ok';
      readonly status: number;
      readonly body: unknown;
      readonly sentAt: number;
      readonly answeredAt: number;
      readonly tookMs: number;
    }
  | { readonly kind: 'refused'; readonly status: number; readonly message: string }
  | UnknownAnswer;

/**
 * No answer that tells. A write that was sent at `sentAt` (epoch ms) may have been carried out. If `sentAt` is
 * undefined, there was no connection and nothing was carried out.
 */
export type UnknownAnswer = {
  readonly kind: 'unknown';
  readonly cause: UnknownCause;
  /** Follows "RunCloud could not be asked:" in a sentence. */
  readonly why: string;
  readonly sentAt: number | undefined;
};

/** `in-between`: a page of a firewall or a proxy stands in the place of RunCloud's answer. */
export type UnknownCause = 'unanswered' | 'in-between';

export const REMEDIES: Readonly<Record<UnknownCause, string>> = {
  unanswered:
    'Nothing has to be done if RunCloud has an outage: the next run asks again. See https://status.runcloud.io.',
  'in-between':
    'It is asked again soon. If it stays, look at what stands between this machine and RunCloud, such as a firewall or a proxy, and compare RUNCLOUD_API_URL. A firewall of RunCloud itself is for its support.',
};

/** An answer as it came. The times are those of `ApiAnswer`. */
export type Received = {
  readonly status: number;
  readonly text: string;
  readonly sentAt: number;
  readonly answeredAt: number;
  readonly tookMs: number;
  /** Whether a header says when to ask again. */
  readonly isPauseNamed: boolean;
};

// The request did not come through to RunCloud: too slow, on a connection for another host, or too early to be trusted.
const NOT_JUDGED: readonly number[] = [408, 421, 425];

/**
 * 4xx with JSON judges the request and is an outcome, 401 apart. 4xx without JSON is nobody's judgement: RunCloud answers in
 * JSON alone. 5xx says nothing about a write. A write that is redirected, as by a firewall's challenge, may concern its domain alone.
 * @throws RunCloudError for an answer that ends the run: 401 with JSON; to a read also a redirect, or what is not JSON
 */
export function judge(
  method: Method,
  path: string,
  { status, text, sentAt, answeredAt, tookMs }: Received,
  clean: Clean,
): ApiAnswer {
  const unanswered = (why: string): ApiAnswer => ({ kind: 'unknown', cause: 'unanswered', why, sentAt });
  if (status >= 500 || NOT_JUDGED.includes(status)) return unanswered(`it answered ${status} to ${method} ${path}`);
  const inBetween = (): ApiAnswer => {
    const why = `something in between answered ${method} ${path} with ${status} and ${formOf(text)}`;
    return { kind: 'unknown', cause: 'in-between', why, sentAt };
  };
  if (status >= 300 && status < 400) {
    if (method !== 'GET') return inBetween();
    throw new RunCloudError(
      'redirected',
      `RunCloud answered ${method} ${path} with a redirect (${status}). It was not followed: that would send the token to another address.`,
      'Check RUNCLOUD_API_URL. It names the API itself, such as https://manage.runcloud.io/api/v3.',
    );
  }
  const body = parseJson(text);
  const isJson = isJsonObject(text);
  if (status === 401) {
    if (!isJson && method !== 'GET') return inBetween();
    const proxy = isJson ? '' : ` It came with ${formOf(text)}, so a proxy in between may want credentials of its own.`;
    throw new RunCloudError(
      isJson ? 'unauthorized' : 'unreadable',
      `RunCloud did not accept the credentials (401). Either they are wrong, or the address of this machine is not on the allow-list of the API.${proxy}`,
      'In RunCloud, under Settings > API Management, compare the token and see whether the API admits only listed addresses.',
    );
  }
  if (status >= 200 && status < 300) {
    // RunCloud answers some changes with an empty body. A read may have one with 204 alone: else it was cut.
    if (body !== undefined || (text.trim() === '' && (method !== 'GET' || status === 204)))
      return { kind: 'ok', status, body: body === undefined ? {} : body, sentAt, answeredAt, tookMs };
    if (method !== 'GET') return unanswered(`it answered ${method} ${path} with ${formOf(text)}`);
    throw new RunCloudError(
      'unreadable',
      `RunCloud answered GET ${path} with ${status} and ${formOf(text)}.`,
      'If RunCloud is under maintenance, wait. Otherwise check RUNCLOUD_API_URL.',
    );
  }
  return isJson ? { kind: 'refused', status, message: messageIn(body, clean) } : inBetween();
}

/** Whether RunCloud may have said it: every refusal of RunCloud is one. */
export function isJsonObject(text: string): boolean {
  const body = parseJson(text);
  return typeof body === 'object' && body !== null;
}

function formOf(text: string): string {
  if (text.trim() === '') return 'an empty body';
  return text.trimStart().startsWith('<') ? 'an HTML page' : 'something that is not JSON (cut or malformed)';
}

/** The refusal of a read, for callers to whom no refusal is an outcome: it ends the run. */
export function unexpected(path: string, { status, message }: ApiAnswer & { kind: 'refused' }): RunCloudError {
  if (status === 403) {
    return new RunCloudError(
      'forbidden',
      `RunCloud refuses to show ${path} (403)${message && `: ${message}`}.`,
      'RunCloud gives API access to the plans Business and Enterprise. The token must belong to the workspace of the server.',
    );
  }
  return new RunCloudError(
    'unexpected',
    `RunCloud answered GET ${path} with ${status}${message && `: ${message}`}.`,
    'Try again later. If it stays, compare RUNCLOUD_API_URL with the documentation of the API.',
  );
}

/** Makes a text of RunCloud's safe to show: outside-text.ts, with the secrets that are known. */
export type Clean = (text: string) => string;

/** What a body explains, under `message` and `errors`. Nothing else of a body is ever shown: it may hold keys. */
export function messageIn(body: unknown, clean: Clean): string {
  if (typeof body !== 'object' || body === null) return '';
  const { message, errors } = body as { message?: unknown; errors?: unknown };
  const parts = [message, ...detailsOf(errors)].filter((each) => typeof each === 'string');
  return clean([...new Set(parts)].join(' '));
}

/** What stands under `errors`: Laravel sends an object of lists, other routes a list or a single text. */
export function detailsOf(errors: unknown): unknown[] {
  if (typeof errors === 'string') return errors === '' ? [] : [errors];
  return typeof errors === 'object' && errors !== null ? Object.values(errors).flat() : [];
}

/** Errors of name resolution and of connecting (Node's `errno` names, and undici's). */
const NO_CONNECTION = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
];

/** Whether an error came before the connection stood, so that nothing was sent. */
export function neverConnected(error: unknown): boolean {
  return NO_CONNECTION.includes(String((error as { code?: unknown }).code));
}

/** An error of the connection, to stand in a sentence after "RunCloud could not be asked:". */
export function describeTransport(error: unknown, clean: Clean): string {
  const code = (error as { code?: unknown }).code;
  if (error instanceof Error && error.name === 'TimeoutError') return 'it did not answer in time';
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT' || code === 'UND_ERR_CONNECT_TIMEOUT') {
    return 'it did not answer in time';
  }
  return `the connection failed (${clean(typeof code === 'string' ? code : messageOf(error))})`;
}
