/**
 * The network as the loop sees it: its lists, proven whole, and single domains.
 *
 * Two generations of paging are asked for at once (`page`/`per_page` with totals, and `number`/`offset` without), in
 * ascending order of ids, because by default the newest come first and an insert would shift the pages. A list counts
 * only if its ids rise from page to page without a gap in the numbers that were announced.
 */
import { domainToUnicode } from 'node:url';
import * as z from 'zod';
import type { NetworkDomain, NetworkSite } from '../core/network/mappings.ts';
import { type HostName, parseMapping } from '../core/values/host-name.ts';
import { MINUTE } from '../core/values/time.ts';
import type { RequestOptions } from '../util/request-options.ts';
import type { NetworkAnswer, NetworkApi } from './api.ts';
import { NetworkError } from './error.ts';

/** Both lists, read whole. */
export type NetworkLists = { readonly domains: readonly NetworkDomain[]; readonly sites: readonly NetworkSite[] };

export type NetworkReader = {
  /** Reads both lists. Throws NetworkError where they cannot be proven whole. */
  readLists(): Promise<NetworkLists>;
  /** Takes a domain; returns its rows, under all spellings and with and without `www.`. Throws NetworkError. */
  findDomains(domain: HostName): Promise<readonly NetworkDomain[]>;
  /** Takes a site's id; returns it, or undefined where the network has none. Throws NetworkError. */
  findSite(id: number): Promise<NetworkSite | undefined>;
  /** Returns what the network calls itself, and how its clock runs. Throws NetworkError. */
  authenticate(): Promise<Authenticated>;
};

export type Authenticated = {
  readonly label: string;
  /** How far the network's clock is ahead of this one (ms), where it can be told. */
  readonly clockAheadMs: number | undefined;
};

const PER_PAGE = 100;
const MOST_PAGES = 2_000;
const OLDEST_ANSWER_MS = 5 * MINUTE;

const id = z.coerce.number().int().positive();
// In lists flags are "0" and "1"; in answers to a change numbers and booleans.
const flag = z
  .union([z.boolean(), z.number(), z.enum(['0', '1', 'true', 'false', ''])])
  .transform((value) => value === true || value === 1 || value === '1' || value === 'true');

/** A row of the list, or of an answer to a change. */
export const domainSchema = z
  .object({ id, domain: z.string(), blog_id: id, active: flag, stage: z.string(), secure: flag.catch(false) })
  .transform(
    (row): NetworkDomain => ({
      id: row.id,
      name: row.domain,
      siteId: row.blog_id,
      isActive: row.active,
      stage: row.stage,
      isSecure: row.secure,
    }),
  );

const siteSchema = z
  .object({ blog_id: id, domain: z.string(), archived: flag, spam: flag, deleted: flag })
  .transform(
    (row): NetworkSite => ({ id: row.blog_id, host: row.domain, isGone: row.archived || row.spam || row.deleted }),
  );

const authSchema = z.object({ success: z.literal(true), label: z.string() });

type Page<Row> = { readonly rows: readonly Row[]; readonly total: number | undefined };

/** Takes the API and how long its requests may take; returns what reads. Nothing in it can change anything. */
export function createNetworkReader(api: NetworkApi, options: RequestOptions): NetworkReader {
  /** A cache in between would show the network as it was. */
  let clockAheadMs: number | undefined;
  const read = async (path: string): Promise<NetworkAnswer> => {
    const answer = await api.read(path, options);
    const isBehind =
      clockAheadMs !== undefined &&
      answer.clockAheadMs !== undefined &&
      answer.clockAheadMs < clockAheadMs - OLDEST_ANSWER_MS;
    if (isBehind || (answer.ageMs ?? 0) > OLDEST_ANSWER_MS) {
      throw incomplete(path.split('?', 1)[0] ?? '', 'it comes from a cache, and may be out of date');
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
        const last = all.at(-1)?.id ?? 0;
        if (row.id <= last) throw incomplete(route, `id ${row.id} comes after id ${last}`);
        all.push(row);
      }
      if (announced === undefined) {
        if (rows.length === PER_PAGE) continue;
        // Without a total the newest row must be the last one, and a second pass must show the same.
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

  /** A list that was cut looks like one that ends there, so its other end is asked for: the newest row comes first then. */
  const proveLast = async <Row extends { readonly id: number }>(
    route: string,
    schema: z.ZodType<Row>,
    lastId: number | undefined,
  ): Promise<void> => {
    const newest = await readNewest(route, schema);
    if (newest !== lastId)
      throw incomplete(route, `it ends with id ${lastId ?? 'none'}, and its newest is ${newest ?? 'none'}`);
  };

  const readNewest = async <Row extends { readonly id: number }>(
    route: string,
    schema: z.ZodType<Row>,
  ): Promise<number | undefined> => {
    const { body } = await read(`${route}?page=1&per_page=1&number=1&offset=0&orderby=id&order=DESC`);
    return parseRows(schema, body, route).at(0)?.id;
  };

  /** By a filter; a network that does not know it would ignore it, and then its rows say nothing of what was asked. */
  const ask = async <Row>(
    route: string,
    schema: z.ZodType<Row>,
    name: string,
    isMeant: (row: Row) => boolean,
  ): Promise<readonly Row[]> => {
    const { body } = await read(`${route}?domain=${encodeURIComponent(name)}&per_page=10&number=10`);
    const rows = parseRows(schema, body, route);
    if (rows.every(isMeant)) return rows;
    throw incomplete(route, 'it answers with other names than the one that was asked for');
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
      const found: NetworkDomain[] = [];
      for (const name of spellingsOf(domain)) {
        found.push(...(await ask('/domain', domainSchema, name, (row) => isOf(domain, row.name))));
      }
      return found;
    },
    async findSite(siteId) {
      try {
        const { body } = await read(`/site/${siteId}`);
        return parseOne(siteSchema, body, '/site');
      } catch (error) {
        if (error instanceof NetworkError && error.fault === 'no-item') return undefined;
        throw error;
      }
    },
    async authenticate() {
      const { body, clockAheadMs: ahead } = await api.read('/auth', options);
      clockAheadMs = ahead;
      return { label: parseOne(authSchema, body, '/auth').label, clockAheadMs };
    },
  };
}

/** The plugin keeps a name as it was typed: in punycode or not. */
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

/** Takes a schema, the body of an answer and its route; returns what it holds. Throws NetworkError. */
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
