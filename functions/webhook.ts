/** Lambda function `webhook`: API Gateway's events (payload 2.0) to the way in, and its answers back. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { loadedWhenNeeded, onLambda } from '../lib/aws/lambda.ts';
import { type Door, receive } from '../lib/intake/receive.ts';

/** What is used of the event. */
export type WebhookEvent = Pick<APIGatewayProxyEventV2, 'rawPath' | 'headers' | 'body' | 'isBase64Encoded'> & {
  readonly requestContext: { readonly http: { readonly method: string } };
};
export type WebhookHandler = (event: WebhookEvent) => Promise<APIGatewayProxyStructuredResultV2>;

/** Takes the door; returns the handler. */
export function webhookHandler(door: Door): WebhookHandler {
  return async (event) => {
    const { status, headers, body } = await receive(
      {
        method: event.requestContext.http.method,
        path: event.rawPath,
        headers: event.headers,
        body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
      },
      door,
    );
    return { statusCode: status, headers: { ...headers }, body: JSON.stringify(body) };
  };
}

const surroundings = onLambda();
const open = loadedWhenNeeded(async () => {
  const { intakeOnAws } = await import('../lib/aws/receiver.ts');
  return intakeOnAws(process.env, surroundings);
});

/** What Lambda calls. */
export const handler: WebhookHandler = webhookHandler({ ...surroundings, open });
