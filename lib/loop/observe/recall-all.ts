import { knownToAll } from '../../core/domain/application.ts';
import { ActualIndex } from '../../core/domain/runcloud-domain.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Lease } from '../lease.ts';
import { readAllPresent, redate } from '../present.ts';
import type { NetworkRead } from './desired.ts';
import { changedIn, complete, type WholeObservation } from './observation.ts';
import { readServerInfo } from './server-info.ts';
import { stageObservation } from './stage.ts';

/**
 * All domains, from what the ledger remembers of RunCloud's last list, where one was read. It is right as long as nobody changed anything by
 * hand since. Stages what is new.
 * @throws LeaseLostError
 */
export async function recallAll(
  deps: Dependencies,
  network: NetworkRead,
  lease: Lease,
  deadline: number,
): Promise<WholeObservation | undefined> {
  const { application } = lease;
  const { snapshot } = application;
  if (!snapshot) return undefined;
  const options = lease.requestOptions(deadline);
  const serverInfo = await readServerInfo(deps, options, application);
  const stored = await readAllPresent(deps);
  const seen = [...stored.records.values()].flatMap(({ state }) => state.seen ?? []);
  const actual = [...new Map([...seen, ...knownToAll(snapshot)].map((object) => [object.id, object])).values()];
  const known = {
    from: 'remembered',
    snapshot,
    serverInfo,
    stored,
    actual,
    index: new ActualIndex(actual),
    current: new Map(stored.records),
    changedStates: changedIn(stored),
    disposable: [],
  } as const;
  const whole = await complete(deps, known, network, application, { scope: 'all', options });
  await lease.ensure();
  await redate(deps.ledger, stored);
  await stageObservation(lease, whole);
  return whole;
}
