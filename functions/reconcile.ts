/** Lambda function `reconcile`: the schedule, and an operator in the AWS console, to the console's actions. */
import { type Answer, answer } from '../lib/console.ts';
import type { World } from '../lib/loop/world.ts';
import { RESERVE_MS } from './sync.ts';

export type ReconcileHandler = (event: unknown, context: { getRemainingTimeInMillis(): number }) => Promise<Answer>;

/** Takes the world; returns the handler. What the schedule sends is `{"action":"reconcile"}`, as a person would. */
export function reconcileHandler(world: World): ReconcileHandler {
  return async (event, context) =>
    answer(world, event, world.clock.now() + context.getRemainingTimeInMillis() - RESERVE_MS);
}
