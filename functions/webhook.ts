/** Lambda function `webhook`: receives webhooks from API Gateway (payload format 2.0). */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { explainHttp, isHttpEvent } from '../lib/aws/invocation.ts';
import { lambdaEnvironment, loadedWhenNeeded } from '../lib/aws/lambda.ts';
import { type ReceiverDependencies, receive } from '../lib/intake/receive.ts';

/** The part of API Gateway's event that is used. */
export type WebhookEvent = Pick<APIGatewayProxyEventV2, 'rawPath' | 'headers' | 'body' | 'isBase64Encoded'> & {
  readonly requestContext: { readonly http: { readonly method: string } };
};
export type WebhookHandler = (event: WebhookEvent) => Promise<APIGatewayProxyStructuredResultV2>;

export function webhookHandler(deps: ReceiverDependencies): WebhookHandler {
  return async (event) => {
    if (!isHttpEvent(event))
      return { statusCode: 400, body: JSON.stringify({ accepted: false, why: explainHttp(event) }) };
    const { status, headers, body } = await receive(
      {
        method: event.requestContext.http.method,
        path: event.rawPath,
        headers: event.headers,
        body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
      },
      deps,
    );
    return { statusCode: status, headers: { ...headers }, body: JSON.stringify(body) };
  };
}

const environment = lambdaEnvironment();
const open = loadedWhenNeeded(async () => {
  const { receiverOnAws } = await import('../lib/aws/receiver.ts');
  return receiverOnAws(process.env, environment);
});

export const handler: WebhookHandler = webhookHandler({ ...environment, open });
