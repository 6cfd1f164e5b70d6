/**
 * A stand-in for RunCloud's API, in process and stateful: what is documented of its domains, with the oddities that are
 * documented or were seen, and the faults a client must survive. It answers real HTTP on loopback, or in memory.
 */
import type { Dispatcher } from 'undici';
import { MINUTE } from '../../lib/core/values/time.ts';
import type { Clock } from '../../lib/util/clock.ts';
import { Endpoint, type EndpointReply, type EndpointRequest } from './endpoint.ts';
import { type StandInAnswer, type StandInDomain, show } from './runcloud-domain.ts';
import { type SslOptions, StandInSsl } from './runcloud-ssl.ts';
import type { ServerCertificate } from './tls.ts';

/** What goes wrong with one request. `carriedOut`: the change is made all the same. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly carriedOut: boolean }
  | { readonly kind: 'no-answer'; readonly carriedOut: boolean }
  | { readonly kind: 'text'; readonly status: number; readonly contentType: string; readonly text: string };

export type Call = { readonly at: number; readonly method: string; readonly path: string; status: number };

export type StandInOptions = {
  readonly clock: Clock;
  /** What the header `Authorization` must be. */
  readonly authorization: string;
  readonly version?: 'v2' | 'v3';
  /** The server's address in answers. For real handshakes it has to be one of this machine. */
  readonly address?: string;
  /** Both forms of paging were seen. */
  readonly paging?: 'pagination' | 'lastPage';
  /** PHP turns an empty object into an empty list now and then. */
  readonly emptyLinks?: object;
  readonly createdStatus?: 200 | 201;
  /** The answer to the add of a name that is there. Both are possible. */
  readonly onDuplicate?: 'refuse' | 'old-object';
  /** With the two documented headers, and perhaps Laravel's on a 429. */
  readonly limit?: {
    /** Requests a window, from the first one on. */
    readonly requests: number;
    /** By default a minute. */
    readonly windowMs?: number;
    readonly retryAfter: boolean;
    readonly headers: boolean;
  };
  /** A new domain shows in the list only after so many milliseconds. */
  readonly listLagMs?: number;
  /** How certificates are kept. By default in advanced mode. */
  readonly ssl?: Partial<SslOptions>;
  /** Asked before each request. */
  readonly fault?: (call: Pick<Call, 'method' | 'path'> & { readonly body: string }) => Fault | undefined;
};

const SERVER_ID = 7;
const APP_ID = 12;
const MOST_PER_PAGE = 40;

export class StandInRunCloud {
  /** Address of the server, from a range for documentation. */
  static readonly address = '203.0.113.10';
  static readonly serverId = SERVER_ID;
  static readonly appId = APP_ID;

  /** Names of another application on the server. */
  readonly takenElsewhere = new Set<string>();
  readonly calls: Call[] = [];
  options: StandInOptions;
  readonly ssl: StandInSsl;
  readonly #domains = new Map<number, StandInDomain>();
  readonly #endpoint = new Endpoint((request) => this.#serve(request));
  #nextId = 101;
  #window = { start: Number.NEGATIVE_INFINITY, used: 0 };

  constructor(options: StandInOptions) {
    this.options = options;
    const host = { clock: options.clock, domains: () => this.domains };
    this.ssl = new StandInSsl(host, { mode: 'advanced', ...options.ssl });
    this.addByHand('network.example', { type: 'primary' });
  }

  /** Path of the API at its address, as in `/api/v3`. */
  get basePath(): string {
    return `/api/${this.options.version ?? 'v3'}`;
  }

  /** Listens on loopback. Returns the address to use as RUNCLOUD_API_URL. */
  async listen(): Promise<string> {
    return `${await this.#endpoint.listen()}${this.basePath}`;
  }

  /** Answers in memory, for a client that takes a dispatcher. */
  dispatcher(): Dispatcher {
    return this.#endpoint.dispatcher();
  }

  /** Ends the listener and all connections. */
  async close(): Promise<void> {
    await this.#endpoint.close();
  }

  get domains(): readonly StandInDomain[] {
    return [...this.#domains.values()];
  }

  /** The names of all domain objects, sorted. */
  get names(): string[] {
    return this.domains.map((domain) => domain.name).sort();
  }

  find(name: string): StandInDomain | undefined {
    return this.domains.find((domain) => domain.name === name);
  }

  /** Requests that may have changed something. */
  get writes(): Call[] {
    return this.calls.filter((call) => call.method !== 'GET');
  }

  get listCalls(): Call[] {
    return this.calls.filter((call) => call.method === 'GET' && /\/domains\?/.test(call.path));
  }

  /** Somebody adds a domain in the panel. */
  addByHand(name: string, properties: Partial<Omit<StandInDomain, 'id' | 'name'>> = {}): StandInDomain {
    const domain: StandInDomain = {
      id: this.#nextId++,
      name,
      type: 'alias',
      www: false,
      redirection: 'none',
      wildcard: false,
      createdAt: this.options.clock.now(),
      listedAt: Number.NEGATIVE_INFINITY,
      ...properties,
    };
    this.#domains.set(domain.id, domain);
    this.ssl.added(domain);
    return domain;
  }

  /** Somebody deletes a domain in the panel. */
  removeByHand(name: string): void {
    const domain = this.find(name);
    if (domain) this.#remove(domain);
  }

  certificateFor(name: string): ServerCertificate | undefined {
    return this.ssl.certificateFor(name);
  }

  #remove(domain: StandInDomain): void {
    this.#domains.delete(domain.id);
    this.ssl.removed(domain);
  }

  #serve(request: EndpointRequest): EndpointReply {
    const { method, body } = request;
    const path = request.path.replace(/^\/api\/v\d/, '');
    const call: Call = { at: this.options.clock.now(), method, path, status: 0 };
    this.calls.push(call);
    // In whole seconds, as every web server sends it.
    const date = new Date(this.options.clock.now()).toUTCString();
    const fault = this.options.fault?.({ ...call, body });
    if (fault?.kind === 'text') {
      call.status = fault.status;
      const headers = { date, 'content-type': fault.contentType, location: 'https://elsewhere.example/login' };
      return { status: fault.status, headers, text: fault.text };
    }
    const isCarriedOut = fault === undefined || fault.carriedOut;
    const answer = isCarriedOut ? this.#answer(request, path) : undefined;
    if (fault?.kind === 'no-answer') return 'no-answer';
    call.status = fault?.status ?? answer?.status ?? 0;
    const headers = { date, 'content-type': 'application/json', ...answer?.headers };
    const shown = fault ? { message: 'Server Error' } : answer?.body;
    return { status: call.status, headers, text: shown === undefined ? '' : JSON.stringify(shown) };
  }

  #answer(request: EndpointRequest, path: string): StandInAnswer {
    const limited = this.#countRequest();
    if (limited.status === 429) return limited;
    const answer = this.#route(request, path);
    return { ...answer, headers: { ...limited.headers, ...answer.headers } };
  }

  /** Laravel's limiter: a window begins with its first request. */
  #countRequest(): StandInAnswer {
    const { limit, clock } = this.options;
    if (!limit) return { status: 200, body: {} };
    const { windowMs = MINUTE } = limit;
    if (clock.now() >= this.#window.start + windowMs) this.#window = { start: clock.now(), used: 0 };
    this.#window.used += 1;
    const announced = {
      'x-ratelimit-limit': String(limit.requests),
      'x-ratelimit-remaining': String(Math.max(0, limit.requests - this.#window.used)),
    };
    const headers: Record<string, string> = limit.headers ? announced : {};
    if (this.#window.used <= limit.requests) return { status: 200, body: {}, headers };
    const wait = Math.ceil((this.#window.start + windowMs - clock.now()) / 1_000);
    if (limit.retryAfter) headers['retry-after'] = String(wait);
    return { status: 429, body: { message: 'Too Many Attempts.' }, headers };
  }

  #route({ method, headers, body: text }: EndpointRequest, path: string): StandInAnswer {
    const { authorization, accept } = headers;
    if (authorization !== this.options.authorization) return { status: 401, body: { message: 'Unauthenticated.' } };
    if (!accept?.includes('application/json')) return { status: 302, body: '', headers: { location: '/login' } };
    const url = new URL(path, 'http://stand-in');
    const app = `/servers/${SERVER_ID}/webapps/${APP_ID}`;
    if (url.pathname === '/servers') return { status: 200, body: { data: [{ id: SERVER_ID, name: 'web1' }] } };
    if (url.pathname === `/servers/${SERVER_ID}/webapps`) {
      return { status: 200, body: { data: [{ id: APP_ID, name: 'network' }] } };
    }
    if (url.pathname === '/ping') return { status: 200, body: { message: 'pong' } };
    if (url.pathname === `/servers/${SERVER_ID}`) {
      return {
        status: 200,
        body: {
          id: SERVER_ID,
          name: 'web1',
          ipAddress: this.options.address ?? StandInRunCloud.address,
          connected: true,
        },
      };
    }
    if (url.pathname === app) {
      const secrets = { pullKey1: 'MARKED-PULL-KEY-1', pullKey2: 'MARKED-PULL-KEY-2' };
      return { status: 200, body: { id: APP_ID, name: 'network', ...secrets } };
    }
    if (url.pathname === `${app}/domains`) {
      if (method === 'GET') return this.#list(url.searchParams);
      if (method === 'POST') return this.#add(text);
    }
    const ssl = url.pathname.startsWith(`${app}/`)
      ? this.ssl.answer(method, url.pathname.slice(app.length), text)
      : undefined;
    if (ssl) return ssl;
    const [, id, meta] = new RegExp(`^${app}/domains/(\\d+)(/meta)?$`).exec(url.pathname) ?? [];
    const domain = this.#domains.get(Number(id));
    if (!domain) return { status: 404, body: { message: 'Not found.' } };
    if (meta && method === 'PATCH' && this.options.version !== 'v2') return change(domain, text);
    if (meta) return { status: 404, body: { message: 'Not found.' } };
    if (method === 'GET') return { status: 200, body: this.#show(domain) };
    if (method !== 'DELETE') return { status: 405, body: { message: 'Method not allowed.' } };
    this.#remove(domain);
    return { status: 200, body: this.#show(domain) };
  }

  #show(domain: StandInDomain): object {
    return show(domain);
  }

  #list(query: URLSearchParams): StandInAnswer {
    const { clock, paging = 'pagination', emptyLinks = {} } = this.options;
    const page = Number(query.get('page') ?? 1);
    const perPage = Math.min(MOST_PER_PAGE, Number(query.get('perPage') ?? 20));
    const shown = this.domains.filter((domain) => domain.listedAt <= clock.now());
    const data = shown.slice((page - 1) * perPage, page * perPage).map((domain) => this.#show(domain));
    const pages = Math.max(1, Math.ceil(shown.length / perPage));
    if (paging === 'lastPage') return { status: 200, body: { data, meta: { lastPage: pages, total: shown.length } } };
    const links = page < pages ? { next: `https://manage.runcloud.io/?page=${page + 1}` } : emptyLinks;
    const pagination = {
      total: shown.length,
      count: data.length,
      per_page: perPage,
      current_page: page,
      total_pages: pages,
      links,
    };
    return { status: 200, body: { data, meta: { pagination } } };
  }

  #add(text: string): StandInAnswer {
    const { name, www = false, redirection = 'none', type } = JSON.parse(text);
    if (typeof name !== 'string' || name === '') return invalid('The name field is required.');
    if (redirection === 'www' && !www) return invalid('The redirection needs www.');
    const existing = this.domains.find(
      (domain) => domain.name === name || (domain.www && `www.${domain.name}` === name),
    );
    if (existing && this.options.onDuplicate === 'old-object') return { status: 200, body: this.#show(existing) };
    if (existing || this.takenElsewhere.has(name)) return invalid('The name has already been taken.');
    const listedAt = this.options.clock.now() + (this.options.listLagMs ?? 0);
    const domain = this.addByHand(name, { www, redirection, type, listedAt });
    return { status: this.options.createdStatus ?? 200, body: this.#show(domain) };
  }
}

function change(domain: StandInDomain, text: string): StandInAnswer {
  const { www, redirection } = JSON.parse(text);
  Object.assign(domain, { www, redirection });
  return { status: 200, body: { message: 'Domain settings have been successfully updated.' } };
}

function invalid(why: string): StandInAnswer {
  return { status: 422, body: { message: 'The given data was invalid.', errors: { name: [why] } } };
}
