/** The domains of the web application. RunCloud's answers vary in form; what leaves this file does not. */
import * as z from 'zod';
import type { ActualDomain, Serving } from '../core/domain/runcloud-domain.ts';
import { type HostName, parseHostName } from '../core/values/host-name.ts';
import { cleanWord } from '../util/outside-text.ts';
import type { RequestOptions } from '../util/request-options.ts';
import { retry } from '../util/retry.ts';
import type { UnknownAnswer } from './answer.ts';
import type { ReadAnswer, RunCloudApi } from './api.ts';
import { RunCloudError } from './error.ts';
import { flag, id, positive } from './fields.ts';
import { parseAs } from './parse.ts';

/** Reads only. */
export type RunCloudReader = {
  /**
   * The list of domains, proven whole: every page was read, no row came twice, and as many rows came as were announced.
   * @throws RunCloudError
   */
  listDomains(): Promise<ActualDomain[]>;
  /** Undefined if RunCloud has no domain object of this id. @throws RunCloudError */
  getDomain(id: number): Promise<ActualDomain | undefined>;
  /** IPv4 or IPv6 address of the server. @throws RunCloudError */
  serverAddress(): Promise<string>;
};

/** After `unknown` read back before sending it again. */
export type AddAnswer = { readonly kind: 'added'; readonly domain: ActualDomain } | WriteRefused | UnknownAnswer;
export type ChangeAnswer = { readonly kind: 'done' } | WriteRefused | UnknownAnswer;
type WriteRefused = { readonly kind: 'refused'; readonly status: number; readonly message: string };

/** A refusal, to stand in brackets: `status 422: The name has already been taken.` */
export function formatRefusal({ status, message }: WriteRefused): string {
  return message === '' ? `status ${status}` : `status ${status}: ${message}`;
}

/**
 * Changes domains. Only runs that may write have one. Each call is sent at most once.
 * @throws RunCloudError from each method
 */
export type RunCloudWriter = {
  addDomain(name: HostName, serving: Serving): Promise<AddAnswer>;
  updateDomain(id: number, serving: Serving): Promise<ChangeAnswer>;
  removeDomain(id: number): Promise<ChangeAnswer>;
};

// The documented maximum. RunCloud may clamp or refuse more.
const PER_PAGE = 40;
const MOST_PAGES = 1_000;
const LIST_ATTEMPTS = 3;

const word = z.string().transform(cleanWord);

/** Flags are 0 and 1 in answers, booleans in requests, and missing in early versions of API v2. */
const domainSchema = z
  .object({
    id,
    name: z.string().min(1),
    type: word.optional().catch(undefined),
    www: flag.optional().catch(undefined),
    redirection: word.optional().catch(undefined),
    wildcard: flag.catch(false),
  })
  .transform(
    ({ id, name, type, www, redirection, wildcard }): ActualDomain => ({
      id,
      name: spelling(name),
      type,
      www,
      redirection,
      wildcard,
    }),
  );

const count = z.coerce.number().int().nonnegative().optional().catch(undefined);

/** Paging comes in two forms: `meta.pagination.total_pages` is documented, `meta.lastPage` was reported. */
const pageSchema = z.object({
  data: z.array(domainSchema),
  meta: z
    .object({
      lastPage: count,
      total: count,
      pagination: z.object({ total: count, total_pages: count }).optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
});

const serverSchema = z.object({ ipAddress: z.union([z.ipv4(), z.ipv6()]) });

export function createReader(api: RunCloudApi, options: RequestOptions): RunCloudReader {
  const read = async (path: string): Promise<ReadAnswer> => api.read(path, options);

  const readPage = async (page: number): Promise<z.infer<typeof pageSchema>> => {
    const answer = await read(`${api.appPath}/domains?page=${page}&perPage=${PER_PAGE}`);
    if (answer.kind === 'refused') throw applicationNotFound(api);
    return parseAs(pageSchema, answer.body, 'the list of domains');
  };

  /** One pass over all pages. A string says why the list cannot be whole. */
  const readList = async (): Promise<ActualDomain[] | string> => {
    const byId = new Map<number, ActualDomain>();
    let collected = 0;
    let announced: number | undefined;
    for (let page = 1; page <= MOST_PAGES; page++) {
      const { data, meta } = await readPage(page);
      const total = meta?.pagination?.total ?? meta?.total;
      if (page > 1 && total !== announced) return `the total went from ${announced} to ${total} between two pages`;
      announced = total;
      for (const domain of data) byId.set(domain.id, domain);
      collected += data.length;
      if (byId.size !== collected) return `page ${page} repeats domains of an earlier page`;
      const lastPage = meta?.pagination?.total_pages ?? meta?.lastPage;
      if (data.length === 0 && lastPage !== undefined && page < lastPage) return `page ${page} of ${lastPage} is empty`;
      // If no number of pages is announced, only an empty page is the end.
      if (data.length === 0 || (lastPage !== undefined && page >= lastPage)) {
        // Every application has at least its primary domain.
        if (collected === 0) return 'it is empty, and no application is without a domain';
        if (announced === undefined || announced === collected) return [...byId.values()];
        return `${announced} domains were announced and ${collected} came`;
      }
    }
    return `it has more than ${MOST_PAGES} pages`;
  };

  return {
    async listDomains() {
      const list = await retry(readList, {
        attempts: LIST_ATTEMPTS,
        isPassing: (outcome) => typeof outcome === 'string',
      });
      if (typeof list !== 'string') return list;
      throw new RunCloudError(
        'unstable-list',
        `RunCloud's list of domains could not be read whole in ${LIST_ATTEMPTS} attempts: ${list}. Nothing is done on half a list.`,
        'Nothing, if somebody is changing many domains right now: the next run reads it again.',
      );
    },

    async getDomain(id) {
      const answer = await read(`${api.appPath}/domains/${positive(id)}`);
      return answer.kind === 'refused' ? undefined : parseAs(domainSchema, answer.body, `domain ${id}`);
    },

    async serverAddress() {
      const answer = await read(api.serverPath);
      if (answer.kind === 'refused') throw applicationNotFound(api);
      return parseAs(serverSchema, answer.body, 'the server').ipAddress;
    },
  };
}

export function createWriter(api: RunCloudApi, options: RequestOptions): RunCloudWriter {
  const change = async (...request: readonly ['PATCH' | 'DELETE', string, object?]): Promise<ChangeAnswer> => {
    const answer = await api.write(request[0], request[1], request[2], options);
    return answer.kind === 'ok' ? { kind: 'done' } : answer;
  };
  return {
    async addDomain(name, { www, redirection }) {
      const body = { name, www, redirection, type: 'alias' };
      const answer = await api.write('POST', `${api.appPath}/domains`, body, options);
      // A 404 too: whether RunCloud knows the application at all shows when its list is read.
      if (answer.kind !== 'ok') return answer;
      const domain = domainSchema.safeParse(answer.body);
      // By the documentation any 2xx is a success. Without an id and a name in it, the new object cannot be told.
      if (!domain.success || ![name, `www.${name}`].includes(domain.data.name)) {
        const why = 'it accepted the domain and did not show it';
        return { kind: 'unknown', cause: 'unanswered', why, sentAt: answer.sentAt };
      }
      return { kind: 'added', domain: domain.data };
    },
    updateDomain: async (id, { www, redirection }) =>
      change('PATCH', `${api.appPath}/domains/${positive(id)}/meta`, { type: 'alias', redirection, www }),
    removeDomain: async (id) => change('DELETE', `${api.appPath}/domains/${positive(id)}`),
  };
}

function spelling(name: string): string {
  const parsed = parseHostName(name);
  return parsed.ok ? parsed.name : cleanWord(name.trim().toLowerCase());
}

function applicationNotFound(api: RunCloudApi): RunCloudError {
  return new RunCloudError(
    'application-not-found',
    `RunCloud knows no web application under ${api.appPath} (404).`,
    'Check WU_RUNCLOUD_SERVER_ID and WU_RUNCLOUD_APP_ID. Both stand in the address of the application in the panel. The token must belong to its workspace.',
  );
}
