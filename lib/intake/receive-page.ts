/**
 * Shows customers their pages:
 *
 *   GET  /domains/{token}        the page
 *   POST /domains/{token}/check  asks for a look, and leads back to the page
 *
 * Whoever has no token that counts gets one answer, whatever is wrong with it, before the ledger is read: it tells nothing about any
 * domain. The log never has a token: it is the key to a page.
 */
import { type CustomerView, isCheckDue } from '../core/report/customer.ts';
import type { HostName } from '../core/values/host-name.ts';
import { epoch, MINUTE, SECOND } from '../core/values/time.ts';
import { type CheckNotice, customerPage, textPage } from '../pages/customer/page.ts';
import type { PageResponse } from '../pages/document.ts';
import { type CustomerLink, readToken } from '../pages/link.ts';
import { chooseLanguage } from '../pages/texts/languages.ts';
import type { Texts } from '../pages/texts/texts.ts';
import type { Clock } from '../util/clock.ts';
import { explain, type Log } from '../util/log.ts';
import { parseAddress } from './address.ts';
import type { PageLimits } from './page-limits.ts';
import { byAnyKey, type HttpRequest, RETRY_AFTER, type Signers } from './request.ts';
import { isLoopback } from './settings.ts';

/** Whose links count, and where the page is reached. Undefined: as the request says. */
export type PageSettings = Signers & { readonly publicUrl: string | undefined };

export type PageDependencies = {
  /** Throws if the settings cannot be read. */
  readonly open: () => Promise<PageSettings>;
  /** From the ledger alone. Throws if it cannot be read. */
  readonly view: (domain: HostName) => Promise<CustomerView>;
  /** Asks for a look. Throws if nobody takes the request. */
  readonly check: (domain: HostName) => Promise<void>;
  readonly limits: PageLimits;
  readonly clock: Clock;
  readonly log: Log;
};

/** Nothing that a reader does makes it throw. */
export async function receivePage(request: HttpRequest, deps: PageDependencies): Promise<PageResponse> {
  const query = new URLSearchParams(request.query ?? '');
  const texts = chooseLanguage({ asked: query.get('lang') ?? undefined, accept: request.headers['accept-language'] });
  const answer = await respond(request, query, texts, deps);
  return request.method === 'HEAD' ? { ...answer, body: '' } : answer;
}

async function respond(
  request: HttpRequest,
  query: URLSearchParams,
  texts: Texts,
  deps: PageDependencies,
): Promise<PageResponse> {
  const address = parseAddress(request.path);
  if (address.kind !== 'page' && address.kind !== 'page-check') return textPage('badLink', texts, 404);
  const allowed = address.kind === 'page' ? ['GET', 'HEAD'] : ['POST'];
  if (!allowed.includes(request.method)) return textPage('badLink', texts, 405, { allow: allowed.join(', ') });
  const { limits, clock } = deps;
  try {
    const settings = await deps.open();
    const link = await verifyToken(address.token, settings, deps.clock.now());
    const busy = textPage('busy', texts, 429, RETRY_AFTER);
    if (link === undefined) return limits.admitGuess(clock.now()) ? textPage('badLink', texts, 404) : busy;
    if (!limits.admitPage(link.domain, clock.now())) return busy;
    if (address.kind === 'page-check') return await askForLook(link, request, texts, deps);
    const view = await deps.view(link.domain);
    const notice = noticeOf(query, view, deps.clock.now());
    const { token } = address;
    const checkPath = request.path.endsWith('/') ? 'check' : `${token}/check`;
    const url = settings.publicUrl === undefined ? addressOf(request) : `${settings.publicUrl}/domains/${token}`;
    return customerPage({ link, view, texts, url, checkPath, notice });
  } catch (error) {
    deps.log.error('A page cannot be shown', { why: explain(error) });
    return textPage('busy', texts, 503, RETRY_AFTER);
  }
}

async function verifyToken(token: string, signers: Signers, now: number): Promise<CustomerLink | undefined> {
  const read = await byAnyKey(signers, (keys) => readToken(token, keys, now));
  return read.kind === 'valid' ? read : undefined;
}

async function askForLook(
  { domain }: CustomerLink,
  { path }: HttpRequest,
  { lang }: Texts,
  { view, check, limits, clock, log }: PageDependencies,
): Promise<PageResponse> {
  const back = (notice: CheckNotice): PageResponse => {
    // Relative, so that it holds behind every proxy.
    const up = path.endsWith('/') ? '../..' : '..';
    const token = path
      .split('/')
      .filter((part) => part !== '')
      .at(-2);
    const location = `${up}/${token}?lang=${lang}&${notice}=${Math.floor(clock.now() / SECOND)}`;
    return {
      status: 303,
      headers: { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
      body: '',
    };
  };
  const { lookedAt, look } = await view(domain);
  if (look === 'of no use' || !isCheckDue(lookedAt, clock.now()) || !limits.admitCheck(domain, clock.now())) {
    return back('wait');
  }
  try {
    await check(domain);
  } catch (error) {
    log.error('A look that a customer asked for was not taken', { domain, why: explain(error) });
    return back('failed');
  }
  log.info('A customer asked for a look', { domain });
  return back('asked');
}

const NOTICES: readonly CheckNotice[] = ['asked', 'wait', 'failed'];
// A look takes seconds. Behind a run over all domains it may take longer, and then nobody sits and waits.
const NOTICE_MS = 2 * MINUTE;

/** What became of "check again" stands in the address, which may be opened again later: then it is over. */
function noticeOf(query: URLSearchParams, { lookedAt }: CustomerView, now: number): CheckNotice | undefined {
  const notice = NOTICES.find((each) => query.has(each));
  if (notice === undefined) return undefined;
  const askedAt = Number(query.get(notice)) * SECOND;
  const isRecent = Math.abs(now - askedAt) <= NOTICE_MS;
  const isAnswered = notice === 'asked' && lookedAt !== undefined && epoch(lookedAt) >= askedAt;
  return isRecent && !isAnswered ? notice : undefined;
}

/** As the reader has it. Not every proxy tells by which scheme, and what customers reach is https. */
function addressOf({ path, headers }: HttpRequest): string {
  const { host, 'x-forwarded-proto': told } = headers;
  const url = host === undefined ? null : URL.parse(`http://${host}${path}`);
  if (url === null) return path;
  const isPlain = told === undefined ? isLoopback(url) : told === 'http';
  return isPlain ? url.href : url.href.replace(/^http/, 'https');
}
