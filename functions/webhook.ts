/** Lambda function `webhook`: receives webhooks from API Gateway (payload format 2.0). */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { explainHttp, type HttpEvent, isHttpEvent, requestOf } from '../lib/aws/invocation.ts';
import { lambdaEnvironment, loadedWhenNeeded } from '../lib/aws/lambda.ts';
import { type ReceiverDependencies, receive } from '../lib/intake/receive.ts';

export type WebhookHandler = (event: HttpEvent) => Promise<APIGatewayProxyStructuredResultV2>;

export function webhookHandler(deps: ReceiverDependencies): WebhookHandler {
  return async (event) => {
    if (!isHttpEvent(event))
      return { statusCode: 400, body: JSON.stringify({ accepted: false, why: explainHttp(event) }) };
    const { status, headers, body } = await receive(requestOf(event), deps);
    return { statusCode: status, headers: { ...headers }, body: JSON.stringify(body) };
  };
}

const environment = lambdaEnvironment();
const open = loadedWhenNeeded(async () => {
  const { receiverOnAws } = await import('../lib/aws/receiver.ts');
  return receiverOnAws(process.env, environment);
});

export const handler: WebhookHandler = webhookHandler({ ...environment, open });
