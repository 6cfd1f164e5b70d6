/**
 * A look at domains whose customers ask for one: DNS and certificate, no list. What has changed is worked on at once, as after a recheck;
 * what has not costs RunCloud nothing, however often somebody asks.
 */
import type { DomainRecord } from '../../core/domain/record.ts';
import type { ProbeState } from '../../core/probe/result.ts';
import { isCheckDue } from '../../core/report/customer.ts';
import type { HostName } from '../../core/values/host-name.ts';
import { iso, SECOND } from '../../core/values/time.ts';
import type { Records } from '../../ledger/ledger.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Lease } from '../lease.ts';
import { withRunDns } from '../observe/cached-dns.ts';
import { type ProbedSome, probeSome } from '../observe/probe-some.ts';
import { stagePresent } from '../observe/stage.ts';
import { readPresent } from '../present.ts';
import { withRunClock } from '../run-clock.ts';
import { withLease } from '../with-lease.ts';
import { syncDomains } from './sync.ts';

// The run that is at work may be done in a moment.
const WHEN_BUSY_MS = 5 * SECOND;

/** `deadline` in epoch ms. @throws if the ledger fails */
export async function checkDomains(
  dependencies: Dependencies,
  domains: readonly HostName[],
  deadline: number,
): Promise<void> {
  const deps = withRunDns(withRunClock(dependencies, deadline));
  // Somebody may have asked ten times, or a run may have looked meanwhile.
  const due = await dueAmong(deps, [...new Set(domains)]);
  if (due.length === 0) return;
  const ran = await withLease(deps, [], async (lease) => {
    const records = await stagePresent(deps, await readPresent(deps, due), lease);
    return stageLook(deps, records, await probeSome(deps, records, lease, deadline), lease);
  });
  if (ran.kind === 'busy') return deps.recheck(due, WHEN_BUSY_MS, 1);
  if (ran.result.length > 0) await syncDomains(dependencies, new Map(ran.result.map((each) => [each, 0])), deadline);
}

async function dueAmong(deps: Dependencies, domains: readonly HostName[]): Promise<readonly HostName[]> {
  const { records } = await readPresent(deps, domains);
  return [...records.values()]
    .filter(({ state }) => isCheckDue(state.probe?.at, deps.clock.now()))
    .map(({ domain }) => domain);
}

/** Saves when each was looked at, also where nothing is new: its customer waits for that. Returns those that changed. */
function stageLook(
  { clock }: Dependencies,
  before: Records,
  { records, probed }: ProbedSome,
  lease: Lease,
): readonly HostName[] {
  const at = iso(clock.now());
  const changed: HostName[] = [];
  for (const domain of probed) {
    const record = records.get(domain) as DomainRecord;
    const { probe } = record.state;
    // The run's time was over before.
    if (probe === undefined) continue;
    lease.stageState(record, { ...record.state, probe: { ...probe, at } });
    const was = (before.get(domain) as DomainRecord).state.probe;
    if (verdictsOf(was) !== verdictsOf(probe)) changed.push(domain);
  }
  return changed;
}

function verdictsOf(probe: ProbeState | undefined): string {
  return [probe?.dns, probe?.www, probe?.certificate].map((each) => each?.verdict.kind ?? '').join(' ');
}
