/** Lambda function `query`: answers from the ledger, to signed requests of API Gateway and to whoever may invoke it. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type HttpEvent, isHttpEvent, requestOf } from '../lib/aws/invocation.ts';
import { lambdaEnvironment, loadedWhenNeeded } from '../lib/aws/lambda.ts';
import { withinPayload } from '../lib/aws/payload.ts';
import type { Answer } from '../lib/console.ts';
import { type QueryDependencies, receiveQuery } from '../lib/intake/receive-query.ts';

export type Queries = {
  /** `POST /queries`. */
  readonly answerHttp: (event: HttpEvent) => Promise<APIGatewayProxyStructuredResultV2>;
  /** Whoever may invoke the function needs no signature. */
  readonly answerInvocation: (event: unknown) => Promise<Answer>;
};

// Within Lambda's answer to API Gateway the body is text, so each of its quotation marks takes two bytes.
const LONGEST_BODY_BYTES = 4_000_000;

export function queries(deps: QueryDependencies): Queries {
  const ask = async (query: unknown): Promise<Answer> => withinPayload(await deps.ask(query), LONGEST_BODY_BYTES);
  return {
    answerHttp: async (event) => {
      const { status, headers, body } = await receiveQuery(requestOf(event), { ...deps, ask });
      return { statusCode: status, headers: { ...headers }, body: JSON.stringify(body) };
    },
    answerInvocation: async (event) => withinPayload(await deps.ask(event)),
  };
}

const environment = lambdaEnvironment();
const onAws = loadedWhenNeeded(async () => {
  const { queriesOnAws } = await import('../lib/aws/queries.ts');
  const opened = queriesOnAws(process.env, environment);
  return async () => opened;
});

const { answerHttp, answerInvocation } = queries({
  ...environment,
  open: async () => (await onAws()).open(),
  ask: async (query) => (await onAws()).ask(query),
});

export const handler = async (event: unknown): Promise<APIGatewayProxyStructuredResultV2 | Answer> =>
  isHttpEvent(event) ? answerHttp(event) : answerInvocation(event);
