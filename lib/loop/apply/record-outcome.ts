import type { DomainState } from '../../core/domain/record.ts';
import { applyOutcome, type Outcome } from '../../core/domain/transitions.ts';
import type { Step } from '../../core/plan/step.ts';
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
