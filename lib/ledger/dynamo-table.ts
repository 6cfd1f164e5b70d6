/**
 * The table under the ledger: its requests one by one, and what is known of its schema.
 *
 * Whatever is read of the application's item says on its way whether a newer version of the software has taken over the table.
 */
import { randomUUID } from 'node:crypto';
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { MINUTE } from '../core/values/time.ts';
import type { Clock } from '../util/clock.ts';
import { APPLICATION, type Item, insistOnKnownItem, schemaOf, TODAYS } from './dynamo-items.ts';
import { type Change, expressions, reasonsOf, retryPassing } from './dynamo-requests.ts';
import { LeaseLostError } from './ledger.ts';
import { SCHEMA } from './schema.ts';

/**
 * Recording a request reads nothing of the application's item, so what was read there last counts for a while. A newer version
 * that took over meanwhile reads what this one goes on recording.
 */
const SCHEMA_KNOWN_FOR_MS = MINUTE;

export class DynamoTable {
  readonly client: DynamoDBClient;
  readonly name: string;
  readonly clock: Clock;
  #schema = SCHEMA;
  #knownUntil = 0;

  constructor(client: DynamoDBClient, name: string, clock: Clock) {
    this.client = client;
    this.name = name;
    this.clock = clock;
  }

  /** Changes an item, and returns it as it was or is; undefined where the condition does not hold. */
  async update(id: string, change: Change, ReturnValues: 'ALL_OLD' | 'ALL_NEW'): Promise<Item | undefined> {
    const command = new UpdateItemCommand({ ...this.#target(id), ...expressions(change), ReturnValues });
    try {
      const { Attributes = {} } = await retryPassing(async () => this.client.send(command), this.clock);
      return Attributes;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  }

  /** @throws NewerLedgerError */
  async readApplication(): Promise<Item> {
    const key = this.#target(APPLICATION);
    const { Item = {} } = await this.client.send(new GetItemCommand({ ...key, ConsistentRead: true }));
    this.noteSchema(Item);
    return Item;
  }

  /** `application` is the item as it was read just now. @throws NewerLedgerError */
  noteSchema(application: Item): void {
    insistOnKnownItem(application);
    this.#schema = schemaOf(application);
    this.#knownUntil = this.clock.now() + SCHEMA_KNOWN_FOR_MS;
  }

  /** The form of the table, as it is or was a moment ago. @throws NewerLedgerError */
  async schema(): Promise<number> {
    if (this.#knownUntil <= this.clock.now()) await this.readApplication();
    return this.#schema;
  }

  /**
   * Writes all or nothing, if the lease is held: the item of the application comes first.
   * @throws LeaseLostError and NewerLedgerError
   */
  async transact(application: Change, rest: readonly TransactWriteItem[], holder: string): Promise<void> {
    const guarded = expressions({
      ...application,
      condition: '#holder = :me AND #schema = :schema',
      values: { ':me': { S: holder }, ':schema': TODAYS.schema },
    });
    const item = { ...this.#target(APPLICATION), ...guarded };
    const first: TransactWriteItem = guarded.UpdateExpression ? { Update: item } : { ConditionCheck: item };
    // By its token DynamoDB knows a transaction that is sent again after a lost answer, and carries it out once.
    let token = randomUUID();
    try {
      await retryPassing(async () => {
        try {
          await this.client.send(
            new TransactWriteItemsCommand({ TransactItems: [first, ...rest], ClientRequestToken: token }),
          );
        } catch (error) {
          if (error instanceof TransactionCanceledException) token = randomUUID();
          throw error;
        }
      }, this.clock);
    } catch (error) {
      if (reasonsOf(error)[0] !== 'ConditionalCheckFailed') throw error;
      await this.readApplication();
      throw new LeaseLostError();
    }
  }

  /** A change of an item, to be a part of a transaction. */
  part(id: string, change: Change): TransactWriteItem {
    return { Update: { ...this.#target(id), ...expressions(change) } };
  }

  #target(id: string) {
    return { TableName: this.name, Key: { id: { S: id } } };
  }
}
