/**
 * Reads the network: its lists, proven whole, and single domains.
 *
 * Every request asks for both generations of the plugin's paging: `page` and `per_page` (with totals), `number` and
 * `offset` (without). The order is by ascending id, because by default the newest come first and a new row would shift
 * all pages. A list counts if its ids rise from page to page and as many rows came as were announced.
 */
import { domainToUnicode } from 'node:url';
import * as z from 'zod';
import type { NetworkDomain, NetworkSite } from '../core/network/mappings.ts';
import { type HostName, parseMapping } from '../core/values/host-name.ts';
import { MINUTE } from '../core/values/time.ts';
import type { RequestOptions } from '../util/request-options.ts';
import { allInOrder } from '../util/settled.ts';
import type { NetworkAnswer } from './answer.ts';
import type { NetworkApi } from './api.ts';
import { NetworkError } from './error.ts';
import { domainSchema, siteSchema } from './rows.ts';

export type NetworkLists = { readonly domains: readonly NetworkDomain[]; readonly sites: readonly NetworkSite[] };

/**
 * Reads only.
 * @throws NetworkError from each method
 */
export type NetworkReader = {
  /** Both lists, proven whole. */
  readLists(): Promise<NetworkLists>;
  /** The rows of a domain: with and without `www.`, in punycode and in Unicode. */
  findDomains(domain: HostName): Promise<readonly NetworkDomain[]>;
  /** The sites whose own address is this host name, with or without `www.`. */
  findSites(host: HostName): Promise<readonly NetworkSite[]>;
  /** Undefined if the network has no site of this id. */
  findSite(id: number): Promise<NetworkSite | undefined>;
  /** Proves the key. */
  authenticate(): Promise<Authenticated>;
};

export type Authenticated = {
  /** What the network calls itself. */
  readonly label: string;
  /** How far the network's clock is ahead of this one (ms). Undefined if its answer has no date. */
  readonly clockAheadMs: number | undefined;
};

const PER_PAGE = 100;
const MOST_PAGES = 2_000;
// A cache that keeps answers longer shows the network as it was.
const OLDEST_ANSWER_MS = 5 * MINUTE;

const authSchema = z.object({ success: z.literal(true), label: z.string() });

type Page<Row> = { readonly rows: readonly Row[]; readonly total: number | undefined };

export function createNetworkReader(api: NetworkApi, options: RequestOptions): NetworkReader {
  /** Of all answers that this reader knows of: another run that begins meanwhile has those of `api` begin anew. */
  let latestMs = Number.NEGATIVE_INFINITY;
  const ask = async (path: string): Promise<NetworkAnswer> => {
    const answer = await api.read(path, options);
    latestMs = Math.max(latestMs, answer.clockAheadMs ?? latestMs, api.clockReadings.latestAheadMs ?? latestMs);
    return answer;
  };
  /** Of `/auth`, which nobody waits for: an answer that comes before it is judged after it. */
  let authenticating: Promise<unknown> | undefined;
  const read = async (path: string): Promise<NetworkAnswer> => {
    const answer = await ask(path);
    await authenticating;
    // An answer dated long before another one comes from a cache, even without a header `Age`.
    const isBehind = answer.clockAheadMs !== undefined && answer.clockAheadMs < latestMs - OLDEST_ANSWER_MS;
    if (isBehind || (answer.ageMs ?? 0) > OLDEST_ANSWER_MS) {
      throw incomplete(path.split('?', 1)[0] ?? '', 'the answer comes from a cache and may be out of date');
    }
    return answer;
  };

  const readPage = async <Row>(route: string, schema: z.ZodType<Row>, offset: number): Promise<Page<Row>> => {
    const page = offset / PER_PAGE + 1;
    const paging = `page=${page}&per_page=${PER_PAGE}&number=${PER_PAGE}&offset=${offset}&orderby=id&order=ASC`;
    const { body, total } = await read(`${route}?${paging}`);
    return { rows: parseRows(schema, body, route), total };
  };

  const readList = async <Row extends { readonly id: number }>(
    route: string,
    schema: z.ZodType<Row>,
  ): Promise<readonly Row[]> => {
    const all: Row[] = [];
    let announced: number | undefined;
    for (let page = 0; page < MOST_PAGES; page++) {
      const { rows, total } = await readPage(route, schema, page * PER_PAGE);
      if (page > 0 && total !== announced) throw incomplete(route, `its total went from ${announced} to ${total}`);
      announced = total;
      for (const row of rows) {
        // A row without a number is one of those that are counted, and no more is known of it.
        const last = all.findLast(({ id }) => id > 0)?.id ?? 0;
        if (row.id > 0 && row.id <= last) throw incomplete(route, `id ${row.id} comes after id ${last}`);
        all.push(row);
      }
      if (announced === undefined) {
        if (rows.length === PER_PAGE) continue;
        // Without a total, the newest row must be the last one, and a second pass must show the same rows.
        await proveLast(route, schema, all.at(-1)?.id);
        await proveSame(route, schema, all);
        return all;
      }
      if (all.length === announced) return all;
      if (all.length > announced) throw incomplete(route, `${announced} rows were announced and ${all.length} came`);
      if (rows.length < PER_PAGE) throw incomplete(route, `page ${page + 1} has ${rows.length} of ${PER_PAGE} rows`);
    }
    throw incomplete(route, `it has more than ${MOST_PAGES} pages`);
  };

  /** A list that was cut looks whole. In descending order its newest row comes first, whatever was cut. */
  const proveLast = async <Row extends { readonly id: number }>(
    route: string,
    schema: z.ZodType<Row>,
    lastId: number | undefined,
  ): Promise<void> => {
    const newest = await readNewest(route, schema);
    if (newest !== lastId)
      throw incomplete(route, `it ends with id ${lastId ?? 'none'}, and its newest row has id ${newest ?? 'none'}`);
  };

  const readNewest = async <Row extends { readonly id: number }>(
    route: string,
    schema: z.ZodType<Row>,
  ): Promise<number | undefined> => {
    const { body } = await read(`${route}?page=1&per_page=1&number=1&offset=0&orderby=id&order=DESC`);
    return parseRows(schema, body, route).at(0)?.id;
  };

  /**
   * A network that does not know the filter ignores it and answers with any rows. Those prove nothing about the name.
   */
  const findByName = async <Row>(
    route: string,
    schema: z.ZodType<Row>,
    name: string,
    matches: (row: Row) => boolean,
  ): Promise<readonly Row[]> => {
    const { body } = await read(`${route}?domain=${encodeURIComponent(name)}&per_page=10&number=10`);
    const rows = parseRows(schema, body, route);
    if (rows.every(matches)) return rows;
    throw incomplete(route, 'the answer has other names than the one that was asked for');
  };

  const proveSame = async <Row extends { readonly id: number }>(
    route: string,
    schema: z.ZodType<Row>,
    all: readonly Row[],
  ): Promise<void> => {
    for (let offset = 0; offset < all.length; offset += PER_PAGE) {
      const { rows } = await readPage(route, schema, offset);
      const expected = all.slice(offset, offset + PER_PAGE);
      if (rows.length !== expected.length || rows.some((row, index) => row.id !== expected[index]?.id)) {
        throw incomplete(route, 'two readings of it differ');
      }
    }
  };

  return {
    async readLists() {
      const domains = await readList('/domain', domainSchema);
      const sites = await readList('/site', siteSchema);
      return { domains, sites };
    },
    async findDomains(domain) {
      const asked = spellingsOf(domain).map(async (name) =>
        findByName('/domain', domainSchema, name, (row) => isOf(domain, row.name)),
      );
      return (await allInOrder(asked)).flat();
    },
    async findSites(host) {
      const asked = spellingsOf(host).map(async (name) =>
        findByName('/site', siteSchema, name, (site) => isOf(host, site.host)),
      );
      return (await allInOrder(asked)).flat();
    },
    async findSite(siteId) {
      try {
        const { body } = await read(`/site/${siteId}`);
        const site = parseOne(siteSchema, body, '/site');
        if (site.id === siteId || site.id === 0) return site;
        throw incomplete('/site', `asked for site ${siteId}, it answered with site ${site.id}`);
      } catch (error) {
        if (error instanceof NetworkError && error.fault === 'no-item') return undefined;
        throw error;
      }
    },
    async authenticate() {
      const asked = ask('/auth');
      authenticating = asked.catch(() => undefined);
      const { body, clockAheadMs } = await asked;
      return { label: api.clean(parseOne(authSchema, body, '/auth').label), clockAheadMs };
    },
  };
}

/** The plugin keeps a name as it was typed, in punycode or in Unicode. */
function spellingsOf(domain: HostName): string[] {
  const names = [domain, domainToUnicode(domain)];
  return [...new Set([...names, ...names.map((name) => `www.${name}`)])];
}

function isOf(domain: HostName, name: string): boolean {
  const parsed = parseMapping(name);
  return parsed.ok && parsed.domain === domain;
}

function parseRows<Row>(schema: z.ZodType<Row>, body: unknown, route: string): readonly Row[] {
  return parseOne(z.array(schema), body, route);
}

/** @throws NetworkError if the body has another form than the known one */
export function parseOne<T>(schema: z.ZodType<T>, body: unknown, route: string): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new NetworkError(
    'unreadable',
    `The network's answer for ${route} does not have the form that is known (${where === '' ? 'at the top' : `at ${where}`}).`,
    'If it stays, the plugin may have changed its API: look for a newer version of this service.',
  );
}

function incomplete(route: string, why: string): NetworkError {
  return new NetworkError(
    'incomplete',
    `The network's list ${route} could not be read whole: ${why}.`,
    'Nothing, if somebody was changing mappings just then: the next run reads it again.',
  );
}
