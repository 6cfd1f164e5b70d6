import { describeDeadLetters } from '../core/doctor/service.ts';
import { describeRefused } from '../core/network/event-networks.ts';
import type { ApplicationState } from '../ledger/ledger.ts';
import type { Dependencies } from '../loop/dependencies.ts';
import { networkKnowledge } from '../loop/runs/admit.ts';

/** Events that nothing came of although they were answered 202: of another network than the one on record, or not understood. */
export function lostEvents(
  { clock, deadLetters, eventsFrom }: Pick<Dependencies, 'clock' | 'deadLetters' | 'eventsFrom'>,
  application: ApplicationState,
) {
  const refused = describeRefused(networkKnowledge(eventsFrom, application), clock.now());
  const dead = deadLetters && describeDeadLetters(deadLetters());
  return [...(refused ? [{ ...refused, kind: 'events' }] : []), ...(dead ? [{ ...dead, kind: 'dead-letters' }] : [])];
}
