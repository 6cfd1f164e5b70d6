import type { DomainRecord } from '../../core/domain/record.ts';
import type { HostName } from '../../core/values/host-name.ts';
import type { Records } from '../../ledger/ledger.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Lease } from '../lease.ts';
import { type ProbeTarget, probeTargets } from './probe.ts';
import type { ServerInfo } from './remembered-server.ts';
import { readServerInfoBriefly } from './server-info.ts';

export type ProbedSome = {
  /** All of them, with what is new. */
  readonly records: Records;
  /** Those that were probed: on RunCloud, or about to be added once they point here. */
  readonly probed: ReadonlySet<HostName>;
  readonly serverInfo: ServerInfo;
};

/** Probes these domains, due or not, because somebody asks about them now. */
export async function probeSome(
  deps: Dependencies,
  records: Records,
  lease: Lease,
  deadline: number,
): Promise<ProbedSome> {
  const options = lease.requestOptions(deadline);
  const serverInfo = await readServerInfoBriefly(deps, options, lease.application);
  lease.stageApplication(serverInfo.changes);
  const targets = [...records.values()]
    .map((record): ProbeTarget => ({ record, actual: record.state.seen }))
    .filter(({ actual }) => actual !== undefined || serverInfo.mode === 'basic')
    .filter(({ record }) => record.request?.kind !== 'unmapped');
  const after = new Map(records);
  for (const [domain, state] of await probeTargets(deps, targets, serverInfo, options)) {
    const record = records.get(domain) as DomainRecord;
    lease.stageState(record, state);
    after.set(domain, { ...record, state });
  }
  const probed = new Set(serverInfo.server ? targets.map(({ record }) => record.domain) : []);
  return { records: after, probed, serverInfo };
}
