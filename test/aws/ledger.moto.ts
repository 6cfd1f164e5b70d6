import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, inject } from 'vitest';
import { dynamoLedger } from '../../lib/ledger/dynamo.ts';
import { describeLedger } from '../ledger/contract.ts';
import { simulatedClock } from '../support/clock.ts';

const moto = inject('moto');
let tables = 0;

describe.skipIf('missing' in moto)('against moto', () => {
  if ('missing' in moto) return;
  const credentials = { accessKeyId: 'testing', secretAccessKey: 'testing' };
  const client = new DynamoDBClient({ endpoint: moto.url, region: 'eu-central-1', credentials });
  describeLedger('ledger in DynamoDB', async () => {
    tables += 1;
    const TableName = `ledger-${tables}`;
    await client.send(
      new CreateTableCommand({
        TableName,
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    return dynamoLedger(client, TableName, simulatedClock());
  });
});
