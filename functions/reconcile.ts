/** Lambda function `reconcile`: carries out the console's actions, for the schedule and for operators. */
import { lambdaEnvironment, loadedWhenNeeded } from '../lib/aws/lambda.ts';
import { withinPayload } from '../lib/aws/payload.ts';
import { type Answer, answer, answerUnready } from '../lib/console.ts';
import { SECOND } from '../lib/core/values/time.ts';
import { RESERVE_MS } from '../lib/loop/apply/context.ts';
import type { Startup } from '../lib/loop/dependencies.ts';
import type { Log } from '../lib/util/log.ts';

export type ReconcileHandler = (event: unknown, context: { getRemainingTimeInMillis(): number }) => Promise<Answer>;

// Mostly `sync` holds the lease, for a moment. The AWS CLI waits for an answer for 60 s.
const LONGEST_WAIT_MS = 40 * SECOND;
const PAUSE_MS = 4 * SECOND;

/** The schedule sends `{"action":"reconcile","by":"schedule"}`. */
export function reconcileHandler(open: () => Promise<Startup>, log: Log): ReconcileHandler {
  return async (event, context) => {
    const startup = await open();
    if (startup.kind === 'unready') {
      log.error('There are no settings to work with', { why: startup.why });
      return answerUnready(event, startup.why);
    }
    const { deps } = startup;
    const { clock } = deps;
    const deadline = clock.now() + context.getRemainingTimeInMillis() - RESERVE_MS;
    const waitUntil = Math.min(deadline, clock.now() + LONGEST_WAIT_MS);
    for (;;) {
      const answered = await answer(deps, event, deadline);
      // `busy` with `ok` is a request on record: it needs no second attempt.
      if (answered['busy'] !== true || answered.ok || clock.now() + PAUSE_MS > waitUntil) {
        (answered.ok ? log.info : log.warn)('Answered', { summary: answered.summary });
        return withinPayload(answered);
      }
      await clock.sleep(PAUSE_MS);
    }
  };
}

const environment = lambdaEnvironment();
const open = loadedWhenNeeded(async () => {
  const { dependenciesOnAws } = await import('../lib/aws/dependencies.ts');
  return dependenciesOnAws(process.env, environment);
});

export const handler: ReconcileHandler = reconcileHandler(open, environment.log);
