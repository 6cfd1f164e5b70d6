/** Lambda function `query`: answers from the ledger, to signed requests of API Gateway, to customers with a link, and to whoever may invoke it. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type HttpEvent, isHttpEvent, requestOf } from '../lib/aws/invocation.ts';
import { lambdaEnvironment, loadedWhenNeeded } from '../lib/aws/lambda.ts';
import { withinPayload } from '../lib/aws/payload.ts';
import type { Answer } from '../lib/console.ts';
import { parseAddress } from '../lib/intake/address.ts';
import { type QueryDependencies, receiveQuery } from '../lib/intake/receive-query.ts';
import type { HttpRequest } from '../lib/intake/request.ts';
import type { PageResponse } from '../lib/pages/document.ts';

export type Queries = {
  /** `POST /queries`, and the pages of customers. */
  readonly answerHttp: (event: HttpEvent) => Promise<APIGatewayProxyStructuredResultV2>;
  /** Whoever may invoke the function needs no signature. */
  readonly answerInvocation: (event: unknown) => Promise<Answer>;
};

export type ShowPage = (request: HttpRequest) => Promise<PageResponse>;

// Within Lambda's answer to API Gateway the body is text, so each of its quotation marks takes two bytes.
const LONGEST_BODY_BYTES = 4_000_000;

/** `showPage` answers customers. */
export function queries(deps: QueryDependencies, showPage: ShowPage): Queries {
  const ask = async (query: unknown): Promise<Answer> => withinPayload(await deps.ask(query), LONGEST_BODY_BYTES);
  return {
    answerHttp: async (event) => {
      const request = requestOf(event);
      if (isPage(request.path)) {
        const { status, headers, body } = await showPage(request);
        return { statusCode: status, headers: { ...headers }, body };
      }
      const { status, headers, body } = await receiveQuery(request, { ...deps, ask });
      return { statusCode: status, headers: { ...headers }, body: JSON.stringify(body) };
    },
    answerInvocation: async (event) => withinPayload(await deps.ask(event)),
  };
}

function isPage(path: string): boolean {
  const { kind } = parseAddress(path);
  return kind === 'page' || kind === 'page-check';
}

const environment = lambdaEnvironment();
const onAws = loadedWhenNeeded(async () => {
  const { queriesOnAws } = await import('../lib/aws/queries.ts');
  const opened = queriesOnAws(process.env, environment);
  return async () => opened;
});

// Most requests are either queries or for pages, and each loads the other's code for nothing.
const showPage = loadedWhenNeeded(async () => {
  const { pagesOnAws } = await import('../lib/aws/pages.ts');
  const show = pagesOnAws(process.env, environment);
  return async () => show;
});

const { answerHttp, answerInvocation } = queries(
  {
    ...environment,
    open: async () => (await onAws()).open(),
    ask: async (query) => (await onAws()).ask(query),
  },
  async (request) => (await showPage())(request),
);

export const handler = async (event: unknown): Promise<APIGatewayProxyStructuredResultV2 | Answer> =>
  isHttpEvent(event) ? answerHttp(event) : answerInvocation(event);
