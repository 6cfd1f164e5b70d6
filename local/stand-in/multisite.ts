/**
 * A stand-in for the REST API of a WordPress network with Ultimate Multisite, in process and stateful, in both of its
 * generations: pages with totals (2.5 and later), and `number`/`offset` without any (before). It answers real HTTP on
 * loopback, or in memory.
 */
import type { Dispatcher } from 'undici';
import { type Clock, systemClock } from '../../lib/util/clock.ts';
import { Endpoint, type EndpointReply, type EndpointRequest } from './endpoint.ts';

export type StandInMapping = {
  id: number;
  domain: string;
  siteId: number;
  active: boolean;
  stage: string;
  secure: boolean;
  /** The address of its site. */
  primary: boolean;
};

export type StandInSite = { id: number; host: string; state: 'alive' | 'archived' | 'spam' | 'deleted' };

export type StandInLists = { readonly mappings: readonly StandInMapping[]; readonly sites: readonly StandInSite[] };

/** What is answered in the place of the right answer. */
export type NetworkReply = {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or text as it is. */
  readonly body: unknown;
};

export type MultisiteOptions = {
  /** Host of the network's main site. */
  readonly host: string;
  readonly key: string;
  readonly secret: string;
  readonly label?: string;
  /** What its answers are dated by; undefined: by "clock" of the stand-in. */
  readonly clock?: Clock;
  readonly paging?: 'totals' | 'offsets';
  /** Of rows of sites: numbers since 2.9, texts before. */
  readonly ids?: 'numbers' | 'texts';
  /** `forbidden`: a filter on the network lets nobody change anything over REST. */
  readonly changes?: 'allowed' | 'forbidden';
  /** `ignored`: every list has all rows, whatever the filter. */
  readonly filters?: 'known' | 'ignored';
  /** What whole lists show, where a replica lags behind. Undefined: what is so now. Questions for one name are answered right. */
  readonly lists?: StandInLists;
  /** A wrong answer in the place of the right one. Undefined: the right one. */
  readonly spoil?: (
    request: { readonly method: string; readonly path: string },
    right: NetworkReply,
  ) => NetworkReply | undefined;
};

const MAIN_SITE = 1;
const MOST_PER_PAGE = 100;
/** Names that the plugin's API takes. Rows made in another way may have others: `map` takes any. */
const NAME = /^(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z\d]{1,63}$/i;

export class StandInMultisite {
  clock: Clock = systemClock;
  options: MultisiteOptions;
  /** Method, path and body of each request, in order. */
  readonly calls: { readonly method: string; readonly path: string; readonly body: string }[] = [];
  readonly mappings: StandInMapping[] = [];
  readonly sites: StandInSite[] = [];
  readonly #endpoint = new Endpoint((request) => this.#serve(request));
  #nextId = 1;

  constructor(options: MultisiteOptions) {
    this.options = options;
    this.sites.push({ id: MAIN_SITE, host: options.host, state: 'alive' });
  }

  /** Listens on loopback. Returns the address for MULTISITE_URL. */
  async listen(): Promise<string> {
    return this.#endpoint.listen();
  }

  /** Answers in memory, for a client that takes a dispatcher. */
  dispatcher(): Dispatcher {
    return this.#endpoint.dispatcher();
  }

  async close(): Promise<void> {
    await this.#endpoint.close();
  }

  /** Somebody makes a site; returns it. */
  addSite(host = this.options.host): StandInSite {
    const site: StandInSite = { id: this.sites.length + 1, host, state: 'alive' };
    this.sites.push(site);
    return site;
  }

  /** Somebody maps a domain to a site (a new one, where none is named); returns the mapping. */
  map(domain: string, siteId = this.addSite().id): StandInMapping {
    const mapping = {
      id: this.#nextId++,
      domain,
      siteId,
      active: true,
      stage: 'checking-dns',
      secure: false,
      primary: false,
    };
    this.mappings.push(mapping);
    return mapping;
  }

  /** Somebody unmaps a domain. */
  unmap(domain: string): void {
    const at = this.mappings.findIndex((mapping) => mapping.domain === domain);
    if (at >= 0) this.mappings.splice(at, 1);
  }

  /** The lists as they are now. */
  lists(): StandInLists {
    return structuredClone({ mappings: this.mappings, sites: this.sites });
  }

  #serve(request: EndpointRequest): EndpointReply {
    const { method, body: sent } = request;
    const path = request.path.replace('/wp-json/wu/v2', '');
    this.calls.push({ method, path, body: sent });
    const right = this.#answer(request, new URL(path, 'http://network'));
    const { status = 200, headers = {}, body } = this.options.spoil?.({ method, path }, right) ?? right;
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const type = typeof body === 'string' ? 'text/html' : 'application/json; charset=UTF-8';
    const { clock = this.clock } = this.options;
    const date = new Date(clock.now()).toUTCString();
    return { status, headers: { 'content-type': type, date, ...headers }, text };
  }

  #answer({ method, headers, body: text }: EndpointRequest, { pathname, searchParams }: URL): NetworkReply {
    const { key, secret, label = 'Net' } = this.options;
    if (headers['authorization'] !== `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`) {
      return { status: 401, body: { code: 'rest_forbidden', message: 'Sorry, you are not allowed to do that.' } };
    }
    const [, route = '', id] = pathname.split('/');
    if (route === 'auth') return { body: { success: true, label, message: 'Welcome to our API' } };
    if (route !== 'domain' && route !== 'site') {
      return { status: 404, body: { code: 'rest_no_route', message: 'No route was found.' } };
    }
    if (id !== undefined) return this.#answerOne(method, route, Number(id), text);
    if (route === 'domain' && method === 'POST') return this.#create(text);
    const { mappings, sites } = (!searchParams.has('domain') && this.options.lists) || this;
    const rows = route === 'domain' ? mappings.map(domainRow) : sites.map((site) => this.#siteRow(site));
    const filter = this.options.filters === 'ignored' ? null : searchParams.get('domain');
    const found: { readonly id: unknown; readonly domain: string }[] =
      filter === null ? rows : rows.filter((row) => row.domain === filter);
    found.sort((a, b) => Number(a.id) - Number(b.id));
    // By default the newest come first.
    if (searchParams.get('order') !== 'ASC') found.reverse();
    return this.#page(found, searchParams);
  }

  #create(text: string): NetworkReply {
    const { domain, blog_id: siteId } = JSON.parse(text) as { domain: string; blog_id?: number };
    const refused = this.#refuseName(domain);
    return refused ?? { body: typed(this.map(domain, siteId)) };
  }

  #refuseName(domain: string, id?: number): NetworkReply | undefined {
    if (!NAME.test(domain)) return refusal('domain', 'The Domain is not valid');
    const isTaken = this.mappings.some((mapping) => mapping.domain === domain && mapping.id !== id);
    return isTaken ? refusal('domain', 'The Domain has been used') : undefined;
  }

  #update(mapping: StandInMapping, text: string): NetworkReply {
    if (this.options.changes === 'forbidden') {
      return { status: 401, body: { code: 'rest_forbidden', message: 'Sorry, you are not allowed to do that.' } };
    }
    const after = { ...mapping };
    change(after, JSON.parse(text) as Record<string, unknown>);
    // The plugin checks the whole record, not only what is sent: an odd name refuses every change of its row.
    const refused = this.#refuseName(after.domain, mapping.id);
    if (refused) return refused;
    if (JSON.stringify(after) === JSON.stringify(mapping)) {
      return refusal('wu_rest_domain', 'Something went wrong (Code 2).');
    }
    const isDone = after.stage === 'done' && mapping.stage !== 'done';
    Object.assign(mapping, after);
    if (isDone) this.#promote(mapping);
    return { body: typed(mapping) };
  }

  /** Since 2.7.1 a domain that is done becomes the address of its site, unless another domain of a customer is that. */
  #promote(mapping: StandInMapping): void {
    const others = this.mappings.filter(({ id, siteId }) => siteId === mapping.siteId && id !== mapping.id);
    if (others.some(({ primary, domain }) => primary && !domain.endsWith(`.${this.options.host}`))) return;
    for (const other of others) other.primary = false;
    mapping.primary = true;
  }

  #page(rows: readonly object[], query: URLSearchParams): NetworkReply {
    if (this.options.paging === 'offsets') {
      const [number, offset] = [Number(query.get('number') ?? 100), Number(query.get('offset') ?? 0)];
      return { body: rows.slice(offset, offset + number) };
    }
    const perPage = Number(query.get('per_page') ?? 10);
    if (perPage > MOST_PER_PAGE) return { status: 400, body: { code: 'rest_invalid_param', message: 'per_page' } };
    const offset = (Number(query.get('page') ?? 1) - 1) * perPage;
    return {
      headers: {
        'x-wp-total': String(rows.length),
        'x-wp-totalpages': String(Math.ceil(rows.length / perPage)),
      },
      body: rows.slice(offset, offset + perPage),
    };
  }

  #siteRow(site: StandInSite) {
    const row = siteRow(site);
    return this.options.ids === 'texts' ? row : { ...row, id: site.id, blog_id: site.id, site_id: 1 };
  }

  #answerOne(method: string, route: 'domain' | 'site', id: number, text: string): NetworkReply {
    const missing = { status: 404, body: { code: `wu_rest_${route}_invalid_id`, message: 'Item not found.' } };
    if (route === 'site') {
      const site = this.sites.find((each) => each.id === id);
      return site ? { body: this.#siteRow(site) } : missing;
    }
    const mapping = this.mappings.find((each) => each.id === id);
    if (!mapping) return missing;
    if (method === 'PUT') return this.#update(mapping, text);
    return { body: domainRow(mapping) };
  }
}

/** The plugin changes every field that is sent. */
function change(mapping: StandInMapping, { stage, secure, active, domain, blog_id: siteId }: Record<string, unknown>) {
  const isOn = (value: unknown): boolean => ['1', 'true', 1, true].includes(value as string);
  if (stage !== undefined) mapping.stage = String(stage);
  if (secure !== undefined) mapping.secure = isOn(secure);
  if (active !== undefined) mapping.active = isOn(active);
  if (domain !== undefined) mapping.domain = String(domain);
  if (siteId !== undefined) mapping.siteId = Number(siteId);
}

/** The plugin's errors of a save have no status, so WordPress answers 500. */
function refusal(code: string, message: string): NetworkReply {
  return { status: 500, body: { code, message, data: null } };
}

/** The answer to a change has numbers and booleans. */
function typed(mapping: StandInMapping) {
  const { id, siteId, active, secure, primary } = mapping;
  return { ...domainRow(mapping), id, blog_id: siteId, active, primary_domain: primary, secure };
}

/** Values are strings in lists, as they come from the database. */
function domainRow({ id, domain, siteId, active, stage, secure, primary }: StandInMapping) {
  const bit = (value: boolean): string => (value ? '1' : '0');
  return {
    id: String(id),
    model: 'domain',
    slug: '',
    date_created: '2026-11-22 06:16:40',
    blog_id: String(siteId),
    domain,
    active: bit(active),
    primary_domain: bit(primary),
    secure: bit(secure),
    stage,
  };
}

function siteRow({ id, host, state }: StandInSite) {
  const bit = (name: StandInSite['state']): string => (state === name ? '1' : '0');
  return {
    id: String(id),
    title: `Site ${id}`,
    blog_id: String(id),
    site_id: '1',
    domain: host,
    path: '/',
    public: '1',
    archived: bit('archived'),
    spam: bit('spam'),
    deleted: bit('deleted'),
  };
}
