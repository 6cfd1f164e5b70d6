import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { beforeAll, describe } from 'vitest';
import { dynamoLedger } from '../../lib/ledger/dynamo.ts';
import { describeLedger } from '../ledger/contract.ts';
import { fillTable010 } from '../ledger/table-0.1.0.ts';
import { describeUpgrades } from '../ledger/upgrade-contract.ts';
import { simulatedClock } from '../support/clock.ts';
import { HAS_NO_MOTO, useMoto } from './start-moto.ts';

let tables = 0;

describe.skipIf(HAS_NO_MOTO)('against moto', () => {
  const moto = useMoto();
  const credentials = { accessKeyId: 'testing', secretAccessKey: 'testing' };
  let client: DynamoDBClient;
  beforeAll(() => {
    client = new DynamoDBClient({ endpoint: moto.url, region: 'eu-central-1', credentials });
  });
  const createTable = async (): Promise<string> => {
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
    return TableName;
  };
  describeLedger('ledger in DynamoDB', async () => dynamoLedger(client, await createTable(), simulatedClock()));
  describeUpgrades('ledger in DynamoDB', async () => fillTable010(client, await createTable()));
});
