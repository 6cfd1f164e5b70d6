/** Queries on AWS: whose signatures count is in the secret of webhooks, and the answers are in DynamoDB. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { QueryDependencies } from '../intake/receive-query.ts';
import { dynamoLedger } from '../ledger/dynamo.ts';
import { answerQuery } from '../query.ts';
import { CLIENT } from './client.ts';
import { resourceName } from './environment.ts';
import type { LambdaEnvironment } from './lambda.ts';
import { signersOnAws } from './signers.ts';

/**
 * The environment has to hold WEBHOOK_SECRET_ID and LEDGER_TABLE.
 * @throws Error if it lacks one of them
 */
export function queriesOnAws(
  environment: NodeJS.ProcessEnv,
  { clock, log }: Pick<LambdaEnvironment, 'clock' | 'log'>,
): Pick<QueryDependencies, 'open' | 'ask'> {
  const ledger = dynamoLedger(new DynamoDBClient(CLIENT), resourceName(environment, 'LEDGER_TABLE'), clock);
  return {
    open: signersOnAws(environment, { clock, log }),
    ask: async (query) => answerQuery({ ledger, clock }, query),
  };
}
