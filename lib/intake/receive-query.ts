/**
 * Receives queries over HTTP: `POST /queries`, signed as a webhook is. It may be sent again within the five minutes of its signature,
 * which tells nobody more than the first time.
 */
import * as z from 'zod/mini';
import { EVENT_FILTER, LIST_FILTER } from '../console/filters.ts';
import type { Clock } from '../util/clock.ts';
import { parseJson } from '../util/json.ts';
import { explain, type Log } from '../util/log.ts';
import { parseAddress } from './address.ts';
import { type HttpRequest, JSON_TYPE, RETRY_AFTER, refusalByForm, type Signers, verifyRequest } from './request.ts';

export type QueryResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly ok: boolean; readonly summary: string; readonly [more: string]: unknown };
};

export type QueryDependencies = {
  /** Throws if the settings cannot be read. */
  readonly open: () => Promise<Signers>;
  /** Answers what is asked, in the console's form. Throws if the ledger cannot be read. */
  readonly ask: (query: unknown) => Promise<QueryResponse['body']>;
  readonly clock: Clock;
  readonly log: Log;
};

const bodySchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('status'), data: z.optional(z.object(LIST_FILTER)) }),
  z.object({ type: z.literal('domain'), data: z.object({ domain: z.string() }) }),
  z.object({ type: z.literal('events'), data: z.optional(z.object(EVENT_FILTER)) }),
  z.object({ type: z.literal('quota') }),
]);

const EXPLAIN_QUERY =
  'Send {"type":"status"}, with "data" of state, search, from and limit where you like, {"type":"domain","data":{"domain":"shop.example"}}, {"type":"events","data":{"domain":"shop.example"}} or {"type":"quota"}.';

/** Nothing that a sender does makes it throw. */
export async function receiveQuery(request: HttpRequest, deps: QueryDependencies): Promise<QueryResponse> {
  const { log } = deps;
  const refuse = (status: number, why: string, headers: Readonly<Record<string, string>> = {}): QueryResponse => {
    log.warn('A query was refused', { status, why });
    return respond(status, { ok: false, summary: why }, headers);
  };
  if (parseAddress(request.path).kind !== 'queries') return refuse(404, 'There is nothing at this address.');
  const refusal = refusalByForm(request);
  if (refusal) return refuse(refusal.status, refusal.why, refusal.headers);
  try {
    const verdict = await verifyRequest(request, await deps.open(), deps.clock);
    if (verdict.kind !== 'genuine') return refuse(401, `Not accepted: ${verdict.why}.`);
    const parsed = bodySchema.safeParse(parseJson(request.body));
    if (!parsed.success) {
      return refuse(400, EXPLAIN_QUERY);
    }
    const { type, ...more } = parsed.data;
    return respond(200, await deps.ask({ action: type, ...('data' in more && more.data) }));
  } catch (error) {
    log.error('A query cannot be answered', { why: explain(error) });
    return respond(503, { ok: false, summary: 'The service is not ready. Ask again later.' }, RETRY_AFTER);
  }
}

function respond(
  status: number,
  body: QueryResponse['body'],
  headers: Readonly<Record<string, string>> = {},
): QueryResponse {
  return { status, headers: { ...JSON_TYPE, ...headers }, body };
}
