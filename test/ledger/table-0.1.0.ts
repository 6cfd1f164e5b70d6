import { type DynamoDBClient, PutItemCommand, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { dynamoLedger } from '../../lib/ledger/dynamo.ts';
import { simulatedClock } from '../support/clock.ts';
import { items010 } from '../support/ledger-0.1.0.ts';
import type { Stored } from './upgrade-contract.ts';

/** Puts the items that 0.1.0 wrote into an empty table. */
export async function fillTable010(client: DynamoDBClient, TableName: string): Promise<Stored> {
  for (const Item of items010) await client.send(new PutItemCommand({ TableName, Item }));
  return {
    open: () => dynamoLedger(client, TableName, simulatedClock()),
    content: async () => {
      const { Items = [] } = await client.send(new ScanCommand({ TableName, ConsistentRead: true }));
      return Items.toSorted((a, b) => ((a['id']?.S ?? '') < (b['id']?.S ?? '') ? -1 : 1));
    },
    claim: async (schema, readBy) => {
      const change = {
        UpdateExpression: `SET #schema = :schema ${readBy === undefined ? 'REMOVE #readBy' : ', #readBy = :readBy'}`,
        ExpressionAttributeNames: { '#schema': 'schema', '#readBy': 'readBy' },
        ExpressionAttributeValues: {
          ':schema': { N: String(schema) },
          ...(readBy !== undefined && { ':readBy': { S: JSON.stringify(readBy) } }),
        },
      };
      await client.send(new UpdateItemCommand({ TableName, Key: { id: { S: 'application' } }, ...change }));
    },
  };
}
