/**
 * How the receivers of events are, in an item of the ledger's table. It says when it may be dropped, as the item of a dropped domain does:
 * so every reader of the ledger passes it over, of every version. What notify may do, it may do with this item alone (infra/functions.ts).
 */
import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { presentState, type ReceiverState } from '../core/report/delivery.ts';
import { DAY, SECOND } from '../core/values/time.ts';
import type { Receiver } from '../notify/settings.ts';
import type { Clock } from '../util/clock.ts';
import { parseJson } from '../util/json.ts';

// A single label is no host name, so no domain can have this key.
export const RECEIVERS_ITEM = 'notify';
/** Since the last event. */
const KEPT_MS = 90 * DAY;

type Stored = Readonly<Record<string, { readonly fingerprint: string; readonly state: ReceiverState }>>;
export type ReceiverStates = ReadonlyMap<Receiver['name'], ReceiverState>;

export type ReceiverStateStore = {
  /** Of these receivers: of one that was set anew nothing is known. */
  read(receivers: readonly Receiver[]): Promise<ReceiverStates>;
  /** Forgets all others. */
  write(receivers: readonly Receiver[], states: ReceiverStates): Promise<void>;
};

export function receiverStates(client: DynamoDBClient, table: string, clock: Clock): ReceiverStateStore {
  const target = { TableName: table, Key: { id: { S: RECEIVERS_ITEM } } };
  return {
    read: async (receivers) => {
      const { Item } = await client.send(new GetItemCommand({ ...target, ConsistentRead: true }));
      const stored = (parseJson(Item?.['receivers']?.S ?? '{}') ?? {}) as Stored;
      return new Map(
        receivers.map(({ name, fingerprint }) => {
          const known = stored[name];
          return [name, known?.fingerprint === fingerprint ? presentState(known.state, clock.now()) : {}];
        }),
      );
    },
    write: async (receivers, states) => {
      const stored: Stored = Object.fromEntries(
        receivers.map(({ name, fingerprint }) => [name, { fingerprint, state: states.get(name) ?? {} }]),
      );
      const values = {
        ':receivers': { S: JSON.stringify(stored) },
        ':expiresAt': { N: String(Math.floor((clock.now() + KEPT_MS) / SECOND)) },
      };
      await client.send(
        new UpdateItemCommand({
          ...target,
          UpdateExpression: 'SET receivers = :receivers, expiresAt = :expiresAt',
          ExpressionAttributeValues: values,
        }),
      );
    },
  };
}
