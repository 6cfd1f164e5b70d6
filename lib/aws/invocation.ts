/** What starts the functions, and what is said where it is something else: by hand from the console, or by another trigger. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { HttpRequest } from '../intake/request.ts';

/** The part of API Gateway's event that is used. */
export type HttpEvent = Pick<APIGatewayProxyEventV2, 'rawPath' | 'headers' | 'body' | 'isBase64Encoded'> &
  Partial<Pick<APIGatewayProxyEventV2, 'rawQueryString'>> & {
    readonly requestContext: { readonly http: { readonly method: string } };
  };

/** What API Gateway sends as payload format 2.0: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
export function isHttpEvent(event: unknown): event is HttpEvent {
  const { rawPath, headers, requestContext } = fieldsOf(event);
  return typeof rawPath === 'string' && headers !== undefined && fieldsOf(requestContext)['http'] !== undefined;
}

export function requestOf({
  requestContext,
  rawPath,
  rawQueryString,
  headers,
  body,
  isBase64Encoded,
}: HttpEvent): HttpRequest {
  return {
    method: requestContext.http.method,
    path: rawPath,
    query: rawQueryString,
    headers,
    body: Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8'),
  };
}

export function isSqsEvent(event: unknown): boolean {
  const { Records } = fieldsOf(event);
  return Array.isArray(Records) && Records.every((record) => typeof fieldsOf(record)['body'] === 'string');
}

export function explainHttp(event: unknown): string {
  const isOlder = 'httpMethod' in fieldsOf(event);
  const sent = isOlder
    ? 'This is a request of a REST API, or of an HTTP API with payload format 1.0.'
    : 'This is no request of an HTTP API.';
  return `${sent} The function "webhook" takes requests in payload format 2.0. To try it, send a webhook to the address "webhookUrl" of the deployment.`;
}

export const EXPLAIN_SQS =
  'This is no batch of messages from SQS. The function "sync" takes those of its own queue. To map a domain by hand, invoke "reconcile" with {"action":"map","domain":"shop.example"}.';

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
