/** A plan whose removals are proven: what the network's list lacks is asked for by name before it goes (core/plan/confirm.ts). */
import { withAnswers } from '../../core/plan/confirm.ts';
import { type Plan, plan } from '../../core/plan/plan.ts';
import { type DueRemoval, isUnproven } from '../../core/plan/step.ts';
import type { RequestOptions } from '../../util/request-options.ts';
import type { Dependencies } from '../dependencies.ts';
import { askByName, type NameQuestion } from '../observe/desired.ts';
import type { Observation } from '../observe/observation.ts';

export type Planned<O extends Observation> = {
  readonly plan: Plan;
  /** With the network's answers by name. */
  readonly observation: O;
};

/**
 * Asks only for what would go, so the brake bounds the questions. What it holds is asked for where an operator releases it: `released`.
 * @throws what `beforeSend` throws
 */
export async function planConfirmed<O extends Observation>(
  deps: Dependencies,
  observation: O,
  options: RequestOptions,
  released: 'braked' | 'none' = 'none',
): Promise<Planned<O>> {
  const planned = plan(observation.input);
  if (planned.remark !== undefined) deps.log.warn('Rows of the network are not understood', { why: planned.remark });
  const due: DueRemoval[] = [...planned.unproven, ...(released === 'braked' ? planned.braked : [])];
  const toAsk = due.filter(isUnproven).map(({ domain }): NameQuestion => ({ domain, likely: 'without a mapping' }));
  if (toAsk.length === 0 || !deps.network) return { plan: planned, observation };
  // Removals take their time too, and what is not asked for now is asked for by the next run.
  const now = deps.clock.now();
  const half = { ...options, deadline: now + (options.deadline - now) / 2 };
  const answers = await askByName(deps, deps.network, toAsk, half);
  const desired = withAnswers(observation.input.desired, answers);
  if (desired.from === 'network' && desired.doubt !== undefined) {
    deps.log.warn('The network’s list contradicts its answers by name', { why: desired.doubt });
  }
  const confirmed = { ...observation, input: { ...observation.input, desired } };
  return { plan: plan(confirmed.input), observation: confirmed };
}
