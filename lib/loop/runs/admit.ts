import type { MappingEvent } from '../../core/domain/mapping-request.ts';
import { type Admission, admitEvents, type EventNetworks, explainOther } from '../../core/network/event-networks.ts';
import type { NetworkName } from '../../core/values/network-name.ts';
import type { ApplicationState, Ledger } from '../../ledger/ledger.ts';
import type { Clock } from '../../util/clock.ts';
import type { Log } from '../../util/log.ts';
import type { Dependencies } from '../dependencies.ts';
import { readPresentApplication } from '../present.ts';

/**
 * Keeps events of other networks from being recorded: the newest event about a domain wins, and a copy's would win over the
 * network's own. Where no event names its network, it costs the ledger nothing.
 */
export async function admit(
  { ledger, clock, log }: { readonly ledger: Ledger; readonly clock: Clock; readonly log: Log },
  configured: NetworkName | undefined,
  events: readonly MappingEvent[],
): Promise<Admission> {
  const isNamed = events.some(({ network }) => network !== undefined);
  const remembered = isNamed ? (await readPresentApplication({ ledger, clock })).eventNetworks : undefined;
  const admission = admitEvents(events, configured, remembered, clock.now());
  for (const { network, domain, kind } of admission.refused) {
    log.error('An event of another network was refused', {
      domain,
      kind,
      why: explainOther(network, admission.onRecord),
    });
  }
  return admission;
}

/** What is remembered, as the settings want it. */
export function eventNetworksOf(
  { eventsFrom }: Pick<Dependencies, 'eventsFrom'>,
  { eventNetworks }: ApplicationState,
): EventNetworks {
  return { ...eventNetworks, ...(eventsFrom && { onRecord: eventsFrom }) };
}
