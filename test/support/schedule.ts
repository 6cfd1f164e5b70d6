/** Months of scheduled runs, and the calls to RunCloud that they may use. */

import type { Answer } from '../../lib/console.ts';
import { dayOf } from '../../lib/core/quota/calls.ts';
import { MINUTE } from '../../lib/core/values/time.ts';
import type { TestWorld } from './world.ts';

/** What the schedule sends. It goes by what the ledger remembers of RunCloud's list, until that is due. */
export const SCHEDULE = { action: 'reconcile', by: 'schedule' } as const;

/** Runs of the schedule over so long, ten minutes apart. Returns their answers. */
export async function pass(world: TestWorld, ms: number): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  for (const end = world.clock.now() + ms; world.clock.now() < end; ) {
    world.clock.advance(10 * MINUTE);
    answers.push(await world.ask(SCHEDULE));
  }
  return answers;
}

/** As if so many calls had been sent today. */
export async function useCalls({ ledger, clock }: TestWorld, used: number): Promise<void> {
  const { calls = {} } = await ledger.readApplication();
  await ledger.acquire({ holder: 'a', now: clock.now(), ttlMs: 1_000, pendingAdds: [] });
  await ledger.release('a', [], { application: { calls: { ...calls, [dayOf(clock.now())]: { looks: used } } } });
}
