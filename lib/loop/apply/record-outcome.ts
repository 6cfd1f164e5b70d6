import type { DomainState } from '../../core/domain/record.ts';
import { type Outcome, settle } from '../../core/domain/transitions.ts';
import type { Step } from '../../core/plan/step.ts';
import type { Hands } from './context.ts';

/** Takes a step and what came of it; keeps that, and returns the state that is to be remembered. */
export function keep(
  { world, lease, observation }: Pick<Hands, 'world' | 'lease' | 'observation'>,
  { domain }: Step,
  outcome: Outcome,
): DomainState {
  const record = observation.input.ledger.get(domain) ?? { domain, wish: undefined, state: {} };
  const state = settle(record, outcome, world.clock.now());
  lease.keep(record, state);
  return state;
}
