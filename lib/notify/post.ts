/**
 * One POST to an address that somebody set. Node's own client: it follows no redirect, and of its package nothing has to be loaded by the
 * function on AWS. An address is checked in the look-up of the connection itself, so what was checked is what is connected to.
 */
import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { SendResult } from '../core/report/delivery.ts';
import { epoch, parseTime, SECOND } from '../core/values/time.ts';
import { cleanText } from '../util/outside-text.ts';
import type { Secret } from '../util/secret.ts';
import { whyForbidden } from './addresses.ts';
import type { Message } from './message.ts';
import type { Reach } from './settings.ts';

/** For look-up, connection, request and answer together. */
export const LONGEST_MS = 10 * SECOND;
/** Of what says why not. Of an answer that says yes nothing is read. */
const LONGEST_ANSWER_BYTES = 2_048;
const LONGEST_SAID = 200;

export type PostOptions = {
  readonly reach: Reach;
  /** Removed from whatever is answered. */
  readonly secrets: readonly Secret[];
  /** Of this machine: for a date in `Retry-After` (epoch ms). */
  readonly now: number;
  /** Ends it before its time. */
  readonly signal?: AbortSignal | undefined;
  readonly longestMs?: number;
  readonly resolve?: Resolve;
};

/** Node's look-up of names, with all addresses. */
export type Resolve = (
  host: string,
  options: LookupOptions & { readonly all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Never throws: whatever happens is a result. */
export async function post(url: URL, { headers, body }: Message, options: PostOptions): Promise<SendResult> {
  const { reach, secrets, longestMs = LONGEST_MS } = options;
  if (reach === 'public' && url.protocol !== 'https:') return failed('its address is not https');
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  const forbidden = reach === 'public' && isIP(literal) !== 0 ? whyForbidden(literal, ownAddresses()) : undefined;
  if (forbidden !== undefined) return failed(whyRefused(forbidden));
  const timeout = AbortSignal.timeout(longestMs);
  const signal = options.signal ? AbortSignal.any([timeout, options.signal]) : timeout;
  try {
    const response = await answerTo(url, { headers, body }, guardedLookup(options), signal);
    const status = response.statusCode ?? 0;
    const isYes = status >= 200 && status < 300;
    const says = isYes ? '' : cleanText((await beginOf(response)).trim(), secrets, LONGEST_SAID);
    response.destroy();
    const retryAfterMs = retryAfterOf(response.headers['retry-after'], options.now);
    return { kind: 'answered', status, says, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  } catch (error) {
    if (timeout.aborted) return failed(`it did not answer within ${longestMs / SECOND} seconds`);
    return failed(cleanText(explained(error), secrets));
  }
}

function failed(why: string): SendResult {
  return { kind: 'failed', why };
}

function whyRefused(forbidden: string): string {
  return `its address ${forbidden}, and nothing is sent there without NOTIFY_ALLOW_PRIVATE=true`;
}

async function answerTo(
  url: URL,
  { headers, body }: Message,
  look: LookupFunction,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: 'POST',
      // A connection of its own, that ends with it.
      agent: false,
      lookup: look,
      signal,
      headers: {
        'content-type': 'application/json',
        'content-length': body.length,
        'user-agent': 'multisite-runcloud',
        ...headers,
      },
    });
    // What Node tells of a request may never come. The end of the time does.
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    sent.once('response', resolve);
    // Node tells of 101 here alone, and hands the connection over.
    sent.once('upgrade', (_response, socket) => {
      socket.destroy();
      reject(new OtherProtocolError('it answered 101: it wants to speak another protocol than HTTP'));
    });
    // Also after the answer, where the rest of it breaks off.
    sent.on('error', reject);
    sent.once('close', () => reject(Object.assign(new Error('closed without an answer'), { code: 'ECONNRESET' })));
    sent.end(body);
  });
}

/** So much of the answer as tells a person something. Where it breaks off, that has to do. */
async function beginOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of response) {
      parts.push(part as Buffer);
      size += (part as Buffer).length;
      if (size >= LONGEST_ANSWER_BYTES) break;
    }
  } catch {
    // The status is what counts, and it is here.
  }
  return Buffer.concat(parts).subarray(0, LONGEST_ANSWER_BYTES).toString('utf8');
}

class ForbiddenAddressError extends Error {}
class OtherProtocolError extends Error {}

function guardedLookup({ reach, resolve = lookup }: PostOptions): LookupFunction {
  return (host, options, done) => {
    resolve(host, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, []);
      const own = reach === 'public' ? ownAddresses() : [];
      // One that is private among public ones is no accident either.
      const why =
        reach === 'public' ? addresses.flatMap(({ address }) => whyForbidden(address, own) ?? [])[0] : undefined;
      if (why !== undefined) return done(new ForbiddenAddressError(whyRefused(why)), []);
      const [first] = addresses;
      if (options.all || !first) return done(null, addresses);
      done(null, first.address, first.family);
    });
  };
}

function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address));
}

function explained(error: unknown): string {
  if (error instanceof ForbiddenAddressError || error instanceof OtherProtocolError) return error.message;
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  const known = typeof code === 'string' ? WORDS[code] : undefined;
  if (known !== undefined) return known;
  if (typeof code === 'string' && code.startsWith('HPE_')) return `it does not speak HTTP (${code})`;
  if (typeof code === 'string' && /CERT|SSL|TLS/.test(code)) return `its certificate is not trusted (${code})`;
  return `it could not be asked (${typeof code === 'string' ? code : String(message)})`;
}

const WORDS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name is not in DNS',
  EAI_AGAIN: 'DNS could not be asked for its name',
  ECONNREFUSED: 'it refused the connection',
  ECONNRESET: 'it broke off the connection',
  EPIPE: 'it broke off the connection',
  ETIMEDOUT: 'it could not be reached',
  EHOSTUNREACH: 'it could not be reached',
  ENETUNREACH: 'it could not be reached',
  HPE_HEADER_OVERFLOW: 'the head of its answer is too long',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not trusted (its chain is not whole)',
};

/** Seconds, or a date: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfterOf(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * SECOND;
  const at = parseTime(text);
  return at === undefined ? undefined : Math.max(0, epoch(at) - now);
}
