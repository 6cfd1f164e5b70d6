import type { DomainState } from '../../core/domain/record.ts';
import { applyOutcome, applyUpdate, type Outcome } from '../../core/domain/transitions.ts';
import type { Plan } from '../../core/plan/plan.ts';
import type { Step } from '../../core/plan/step.ts';
import type { Lease } from '../lease.ts';
import type { Observation } from '../observe/observe.ts';
import type { ApplyContext } from './context.ts';

/** Takes a step and what came of it; keeps that, and returns the state that is to be remembered. */
export function recordOutcome(
  { deps, lease, observation }: Pick<ApplyContext, 'deps' | 'lease' | 'observation'>,
  { domain }: Step,
  outcome: Outcome,
): DomainState {
  const record = observation.input.ledger.get(domain) ?? { domain, request: undefined, state: {} };
  const state = applyOutcome(record, outcome, deps.clock.now());
  lease.stageState(record, state);
  return state;
}

/** Takes a plan; keeps what it marks, and returns the observation with that in it, for what is settled later in the run. */
export function stageUpdates<O extends Observation>(lease: Lease, { updates }: Plan, observation: O): O {
  const ledger = new Map(observation.input.ledger);
  for (const each of updates) {
    const record = ledger.get(each.domain) ?? { domain: each.domain, request: undefined, state: {} };
    const state = applyUpdate(record.state, each);
    lease.stageState(record, state);
    ledger.set(each.domain, { ...record, state });
  }
  return { ...observation, input: { ...observation.input, ledger } };
}
