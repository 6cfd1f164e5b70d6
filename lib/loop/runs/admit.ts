import type { MappingEvent } from '../../core/domain/mapping-request.ts';
import {
  type Admission,
  admitEvents,
  explainRefusal,
  type NetworkKnowledge,
} from '../../core/network/event-networks.ts';
import type { NetworkName } from '../../core/values/network-name.ts';
import type { ApplicationState, Ledger } from '../../ledger/ledger.ts';
import type { Clock } from '../../util/clock.ts';
import type { Log } from '../../util/log.ts';
import { NO_CORRECTION, readPresentApplication, recordPresent } from '../present.ts';

type Recording = { readonly ledger: Ledger; readonly clock: Clock; readonly log: Log };

/**
 * Keeps events of other networks from being recorded: the newest event about a domain wins, and a copy's would win over the
 * network's own. An event that names no network costs no request to the ledger here.
 */
export async function admit(
  { ledger, clock, log }: Recording,
  configured: NetworkName | undefined,
  events: readonly MappingEvent[],
): Promise<Admission> {
  const isNamed = events.some(({ network }) => network !== undefined);
  const known = networkKnowledge(configured, isNamed ? await readPresentApplication({ ledger, clock }) : {});
  const admission = admitEvents(events, known, clock.now());
  const expected = admission.onRecord ?? known.listedHost;
  for (const { network, domain, kind } of admission.refused) {
    log.error('An event of another network was refused', { domain, kind, why: explainRefusal(network, expected) });
  }
  return admission;
}

/**
 * Records events while there are no settings. Those it returns have to be delivered again: the settings may name a network, so
 * none is put on record without them, and none is refused for good. And RunCloud cannot be asked whether this clock is right, so
 * what one decides that is ahead is left to the first run.
 */
export async function recordWithoutSettings(
  deps: Recording,
  events: readonly MappingEvent[],
): Promise<readonly MappingEvent[]> {
  const { admitted, isNew } = await admit(deps, undefined, events);
  const sure = new Set(isNew ? admitted.filter(({ network }) => network === undefined) : admitted);
  if (sure.size === 0) return events;
  const { undecided } = await recordPresent({ ...deps, runClock: NO_CORRECTION }, [...sure]);
  return events.filter((event) => !sure.has(event) || undecided.includes(event));
}

export function networkKnowledge(
  configured: NetworkName | undefined,
  { eventNetworks, network }: ApplicationState,
): NetworkKnowledge {
  return { configured, remembered: eventNetworks, listedHost: network?.host };
}
