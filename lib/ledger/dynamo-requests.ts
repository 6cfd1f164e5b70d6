/** Changes of DynamoDB items as expressions, and repeating what was refused for a reason that passes. */
import {
  type AttributeValue,
  TransactionCanceledException,
  TransactionConflictException,
  TransactionInProgressException,
} from '@aws-sdk/client-dynamodb';
import type { Clock } from '../util/clock.ts';
import { retry } from '../util/retry.ts';
import type { Item } from './dynamo-items.ts';

/** What a transaction may be refused for that passes by itself; the SDK repeats none of them. */
const PASSING: ReadonlySet<string> = new Set([
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);
// 6.4 s together: DynamoDB wants 5 s before it says what became of a transaction that is sent again.
const PASSING_ATTEMPTS = 9;
export const FIRST_PAUSE_MS = 25;

/** A change of one item. Every attribute goes by a placeholder, because many plain words are reserved in expressions. */
export type Change = {
  readonly set?: Item;
  /** Lists that are made longer. */
  readonly append?: Item;
  readonly remove?: readonly string[];
  readonly condition?: string;
  /** Values that only the condition names. */
  readonly values?: Item;
};

export function expressions({ set = {}, append = {}, remove = [], condition, values = {} }: Change) {
  const assigned = Object.keys(set).map((name) => `#${name} = :${name}`);
  const appended = Object.keys(append).map(
    (name) => `#${name} = list_append(if_not_exists(#${name}, :none), :${name})`,
  );
  const sets = [...assigned, ...appended];
  const clauses = [
    ...(sets.length > 0 ? [`SET ${sets.join(', ')}`] : []),
    ...(remove.length > 0 ? [`REMOVE ${remove.map((name) => `#${name}`).join(', ')}`] : []),
  ];
  const conditional = [...(condition ?? '').matchAll(/#(\w+)/g)].map(([, name = '']) => name);
  const all = [...Object.keys(set), ...Object.keys(append), ...remove, ...conditional];
  const given: Record<string, AttributeValue> = { ...values };
  for (const [name, value] of Object.entries({ ...set, ...append })) given[`:${name}`] = value;
  if (appended.length > 0) given[':none'] = { L: [] };
  return {
    UpdateExpression: clauses.length > 0 ? clauses.join(' ') : undefined,
    ConditionExpression: condition,
    ExpressionAttributeNames: Object.fromEntries(all.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: Object.keys(given).length > 0 ? given : undefined,
  };
}

/**
 * A request that meets a transaction on the same item is refused, although neither is wrong: an event is recorded by one function
 * while the other gives back the lease. Such a request is repeated; any other fault is thrown at once.
 */
export async function retryPassing<T>(work: () => Promise<T>, clock: Clock): Promise<T> {
  const attempt = async () =>
    work().then(
      (value) => ({ kind: 'done', value }) as const,
      (error: unknown) => {
        if (!isPassing(error)) throw error;
        return { kind: 'passing', error } as const;
      },
    );
  const outcome = await retry(attempt, {
    attempts: PASSING_ATTEMPTS,
    isPassing: (each) => each.kind === 'passing',
    pauses: { clock, firstMs: FIRST_PAUSE_MS },
  });
  if (outcome.kind === 'passing') throw outcome.error;
  return outcome.value;
}

function isPassing(error: unknown): boolean {
  return (
    error instanceof TransactionConflictException ||
    error instanceof TransactionInProgressException ||
    reasonsOf(error).some((reason) => PASSING.has(reason ?? ''))
  );
}

/** Why a transaction was refused, item by item. Empty for any other error. */
export function reasonsOf(error: unknown): readonly (string | undefined)[] {
  return error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []).map(({ Code }) => Code) : [];
}
