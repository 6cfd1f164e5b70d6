/** A process of version 0.1.0 at the same table, as far as it writes: its very requests. */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { MappingEvent } from '../../../lib/core/domain/mapping-request.ts';
import { requestOrder } from '../../../lib/core/domain/mapping-request.ts';

const DOMAIN_NAMES = { '#wish': 'wish', '#wishOrder': 'wishOrder', '#expiresAt': 'expiresAt' };

export class Process010 {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #holder: string;

  constructor(client: DynamoDBClient, table: string, holder: string) {
    this.#client = client;
    this.#table = table;
    this.#holder = holder;
  }

  /** Whether it has the lease now. */
  async acquire(now: number, ttlMs: number): Promise<boolean> {
    const command = new UpdateItemCommand({
      ...this.#target('application'),
      UpdateExpression:
        'SET #holder = :holder, #until = :until, #doubts = list_append(if_not_exists(#doubts, :none), :doubts)',
      ConditionExpression: 'attribute_not_exists(#until) OR #until <= :now OR #holder = :holder',
      ExpressionAttributeNames: { '#holder': 'holder', '#until': 'until', '#doubts': 'doubts' },
      ExpressionAttributeValues: {
        ':holder': { S: this.#holder },
        ':until': { N: String(now + ttlMs) },
        ':doubts': { L: [] },
        ':none': { L: [] },
        ':now': { N: String(now) },
      },
    });
    return this.#isDone(async () => this.#client.send(command));
  }

  /** Saves a state (as JSON) and a note under the lease, and gives that back. Returns whether it still had it. */
  async release(domain: string, state: string, note: readonly [name: string, value: string]): Promise<boolean> {
    const command = new TransactWriteItemsCommand({
      TransactItems: [
        {
          Update: {
            ...this.#target('application'),
            UpdateExpression: 'SET #note = :note, #holder = :nobody, #until = :zero',
            ConditionExpression: '#holder = :me',
            ExpressionAttributeNames: { '#note': note[0], '#holder': 'holder', '#until': 'until' },
            ExpressionAttributeValues: {
              ':note': { S: note[1] },
              ':nobody': { S: '' },
              ':zero': { N: '0' },
              ':me': { S: this.#holder },
            },
          },
        },
        {
          Update: {
            ...this.#target(domain),
            UpdateExpression: 'SET #state = :state REMOVE #expiresAt',
            ExpressionAttributeNames: { '#state': 'state', '#expiresAt': 'expiresAt' },
            ExpressionAttributeValues: { ':state': { S: state } },
          },
        },
      ],
    });
    return this.#isDone(async () => this.#client.send(command));
  }

  /** Any process may, at any time. Returns whether it is the newest request that 0.1.0 knows of. */
  async record({ domain, request }: MappingEvent): Promise<boolean> {
    const command = new UpdateItemCommand({
      ...this.#target(domain),
      UpdateExpression: 'SET #wish = :wish, #wishOrder = :wishOrder REMOVE #expiresAt',
      ConditionExpression: 'attribute_not_exists(#wishOrder) OR #wishOrder < :wishOrder',
      ExpressionAttributeNames: DOMAIN_NAMES,
      ExpressionAttributeValues: {
        ':wish': { S: JSON.stringify(request) },
        ':wishOrder': { S: requestOrder(request) },
      },
    });
    return this.#isDone(async () => this.#client.send(command));
  }

  /** The request it knows of, as JSON. */
  async wish(domain: string): Promise<string | undefined> {
    const { Item } = await this.#client.send(new GetItemCommand({ ...this.#target(domain), ConsistentRead: true }));
    return Item?.['wish']?.S;
  }

  /** The notes as it reads them: whatever it does not know is one, and JSON where it is a text. */
  async notes(): Promise<Readonly<Record<string, unknown>>> {
    const target = this.#target('application');
    const { Item = {} } = await this.#client.send(new GetItemCommand({ ...target, ConsistentRead: true }));
    const named = Object.entries(Item).filter(([name]) => !['id', 'holder', 'until', 'doubts'].includes(name));
    return Object.fromEntries(named.map(([name, value]) => [name, JSON.parse(value.S ?? 'null')]));
  }

  async #isDone(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      const isRefused =
        error instanceof ConditionalCheckFailedException || error instanceof TransactionCanceledException;
      if (!isRefused) throw error;
      return false;
    }
  }

  #target(id: string) {
    return { TableName: this.#table, Key: { id: { S: id } } };
  }
}
