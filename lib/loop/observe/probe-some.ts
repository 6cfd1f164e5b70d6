import type { DomainRecord } from '../../core/domain/record.ts';
import type { ProbeOccasion } from '../../core/probe/result.ts';
import type { HostName } from '../../core/values/host-name.ts';
import type { Records } from '../../ledger/ledger.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Lease } from '../lease.ts';
import { type ProbeTarget, probeTargets } from './probe.ts';
import type { ServerInfo } from './remembered-server.ts';

export type SomeToProbe = {
  readonly records: Records;
  readonly serverInfo: ServerInfo;
  readonly occasion: ProbeOccasion;
};

/** Probes these domains, due or not, because somebody asks about them now. Returns all of them, with what is new. */
export async function probeSome(
  deps: Dependencies,
  { records, serverInfo, occasion }: SomeToProbe,
  lease: Lease,
  deadline: number,
): Promise<Records> {
  const targets = [...records.values()]
    .map((record): ProbeTarget => ({ record, actual: record.state.seen }))
    .filter(({ actual }) => actual !== undefined || serverInfo.mode === 'basic')
    .filter(({ record }) => record.request?.kind !== 'unmapped');
  const after = new Map<HostName, DomainRecord>(records);
  for (const [domain, state] of await probeTargets(
    deps,
    targets,
    serverInfo,
    lease.requestOptions(deadline),
    occasion,
  )) {
    const record = records.get(domain) as DomainRecord;
    lease.stageState(record, state);
    after.set(domain, { ...record, state });
  }
  return after;
}
