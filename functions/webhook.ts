/** Lambda function `webhook`: API Gateway's events (payload 2.0) to the way in, and its answers back. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type Intake, receive } from '../lib/intake/receive.ts';

/** What is used of the event. */
export type WebhookEvent = Pick<APIGatewayProxyEventV2, 'rawPath' | 'headers' | 'body' | 'isBase64Encoded'> & {
  readonly requestContext: { readonly http: { readonly method: string } };
};
export type WebhookHandler = (event: WebhookEvent) => Promise<APIGatewayProxyStructuredResultV2>;

/** Takes what the way in needs; returns the handler. */
export function webhookHandler(intake: Intake): WebhookHandler {
  return async (event) => {
    const { status, headers, body } = await receive(
      {
        method: event.requestContext.http.method,
        path: event.rawPath,
        headers: event.headers,
        body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
      },
      intake,
    );
    return { statusCode: status, headers: { ...headers }, body: JSON.stringify(body) };
  };
}
