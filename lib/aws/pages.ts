/** Customers' pages on AWS: whose links count is in the secret of webhooks, what they show in DynamoDB, and looks are asked for by the queue. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { HostName } from '../core/values/host-name.ts';
import { recallCustomer } from '../customer.ts';
import { pageLimits } from '../intake/page-limits.ts';
import { receivePage } from '../intake/receive-page.ts';
import type { HttpRequest } from '../intake/request.ts';
import { dynamoLedger } from '../ledger/dynamo.ts';
import type { PageResponse } from '../pages/document.ts';
import { CLIENT } from './client.ts';
import { resourceName } from './environment.ts';
import type { LambdaEnvironment } from './lambda.ts';
import { signersOnAws } from './signers.ts';

/**
 * The environment has to hold WEBHOOK_SECRET_ID, LEDGER_TABLE and SYNC_QUEUE_URL.
 * @throws Error if it lacks one of them
 */
export function pagesOnAws(
  environment: NodeJS.ProcessEnv,
  { clock, log }: Pick<LambdaEnvironment, 'clock' | 'log'>,
): (request: HttpRequest) => Promise<PageResponse> {
  const ledger = dynamoLedger(new DynamoDBClient(CLIENT), resourceName(environment, 'LEDGER_TABLE'), clock);
  const queueUrl = resourceName(environment, 'SYNC_QUEUE_URL');
  const deps = {
    open: signersOnAws(environment, { clock, log }),
    view: async (domain: HostName) => recallCustomer({ ledger, clock }, domain),
    // Its client takes long to load, and few ask for a look.
    check: async (domain: HostName) => (await import('./queue.ts')).sendCheck(queueUrl, clock, domain),
    limits: pageLimits(),
    clock,
    log,
  };
  return async (request) => receivePage(request, deps);
}
