/** The operator's page: asks as `query` does, and shows the answers. What may see it, the server says. */
import type * as z from 'zod';
import { type AnyAnswer, SCHEMAS } from '../lib/console/schemas.ts';
import type { Answer } from '../lib/console.ts';
import { NOT_LIVE } from '../lib/core/report/state-names.ts';
import type { Spoken } from '../lib/core/values/commands.ts';
import type { PageResponse } from '../lib/pages/document.ts';
import { type Choice, ROWS_ON_A_PAGE, readAddress } from '../lib/pages/operator/address.ts';
import { domainPage } from '../lib/pages/operator/domain.ts';
import { notice } from '../lib/pages/operator/frame.ts';
import { overviewPage } from '../lib/pages/operator/overview.ts';
import { sentences } from '../lib/pages/operator/words.ts';
import { type Log, messageOf } from '../lib/util/log.ts';

export type OperatorPage = (request: PageRequest) => Promise<PageResponse>;

export type PageRequest = {
  readonly method: string;
  readonly query: URLSearchParams;
  /** Such as `127.0.0.1:8787`: commands on the page ask there. */
  readonly host: string;
};

type Dependencies = { readonly ask: (query: unknown) => Promise<Answer>; readonly log: Log };

/** Where `mrc` asks by itself. */
const DEFAULT_PORT = ':8787';

export function operatorPage({ ask, log }: Dependencies): OperatorPage {
  /** @throws RefusedError with the words of the service */
  const insist = async <Schema extends z.ZodType<AnyAnswer>>(
    query: object,
    schema: Schema,
  ): Promise<z.infer<Schema>> => {
    const answer = await ask(query);
    const parsed = schema.safeParse(answer);
    if (parsed.success) return parsed.data;
    throw new RefusedError(answer.summary);
  };
  const unlessRefused = async <T>(asked: Promise<T>): Promise<T | undefined> =>
    asked.catch((error: unknown) => {
      if (error instanceof RefusedError) return undefined;
      throw error;
    });

  const overview = async (choice: Choice, spoken: Spoken): Promise<PageResponse> => {
    const status = await insist({ action: 'status', ...filterOf(choice) }, SCHEMAS.status);
    const quota = await unlessRefused(insist({ action: 'quota' }, SCHEMAS.quota));
    return overviewPage({ status, quota, choice, spoken });
  };
  const domain = async (name: string, spoken: Spoken): Promise<PageResponse> => {
    const answer = await insist({ action: 'domain', domain: name }, SCHEMAS.domain);
    const events = await unlessRefused(insist({ action: 'events', domain: name }, SCHEMAS.events));
    return domainPage({ answer, events, run: answer.run === 'at work' ? 'at work' : undefined, spoken });
  };

  return async ({ method, query, host }) => {
    if (method !== 'GET' && method !== 'HEAD')
      return notice(405, 'Not allowed', 'This page can only be read.', { allow: 'GET, HEAD' });
    const asked = readAddress(query);
    const spoken = spokenAt(host);
    try {
      switch (asked.kind) {
        case 'fault':
          return notice(400, 'Not understood', asked.why);
        case 'domain':
          return await domain(asked.domain, spoken);
        case 'overview':
          return await overview(asked.choice, spoken);
      }
    } catch (error) {
      if (error instanceof RefusedError)
        return notice(503, 'Nothing to show', sentences(error.message, spoken), { 'retry-after': '60' });
      log.error('The page of the operator failed', { why: messageOf(error) });
      return notice(503, 'Nothing to show', 'The service failed. Its log says why.', { 'retry-after': '60' });
    }
  };
}

class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

function filterOf({ state, search, from }: Choice): object {
  return {
    ...(state !== 'all' && { state: state === undefined ? NOT_LIVE : [state] }),
    ...(search !== '' && { search }),
    from,
    limit: ROWS_ON_A_PAGE,
  };
}

function spokenAt(host: string): Spoken {
  return { program: 'npx mrc', options: host.endsWith(DEFAULT_PORT) ? '' : ` --url http://${host}` };
}
