/**
 * A look at domains whose customers ask for one: DNS and certificate, no list. What has changed is worked on at once, as after a recheck;
 * what has not costs RunCloud nothing, however often somebody asks.
 */
import { isCheckable, isCheckDue } from '../../core/report/customer.ts';
import type { HostName } from '../../core/values/host-name.ts';
import type { Records } from '../../ledger/ledger.ts';
import type { Dependencies } from '../dependencies.ts';
import { withRunDns } from '../observe/cached-dns.ts';
import { probeSome } from '../observe/probe-some.ts';
import { rememberedServerInfo } from '../observe/remembered-server.ts';
import { stagePresent } from '../observe/stage.ts';
import { readPresent } from '../present.ts';
import { withRunClock } from '../run-clock.ts';
import { withLease } from '../with-lease.ts';
import { syncDomains, TooEarlyError } from './sync.ts';

/**
 * `deadline` in epoch ms. @throws TooEarlyError while another run is at work: it may look by itself; and if the ledger fails
 */
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
    // RunCloud is asked for none of it.
    const serverInfo = rememberedServerInfo(lease.application, deps);
    const probed = await probeSome(deps, { records, serverInfo, occasion: 'look' }, lease, deadline);
    return due.filter((domain) => verdictsOf(records, domain) !== verdictsOf(probed, domain));
  });
  if (ran.kind === 'busy')
    throw new TooEarlyError('A look that a customer asked for waits until the other run has ended.');
  if (ran.result.length > 0) await syncDomains(dependencies, new Map(ran.result.map((each) => [each, 0])), deadline);
}

/** What is not on RunCloud and was never probed is none of those that a look probes. */
async function dueAmong(deps: Dependencies, domains: readonly HostName[]): Promise<readonly HostName[]> {
  const { records } = await readPresent(deps, domains);
  return [...records.values()]
    .filter(({ state }) => isCheckable(state) && isCheckDue(state.probe?.at, deps.clock.now()))
    .map(({ domain }) => domain);
}

function verdictsOf(records: Records, domain: HostName): string {
  const probe = records.get(domain)?.state.probe;
  return [probe?.dns, probe?.www, probe?.certificate].map((each) => each?.verdict.kind ?? '').join(' ');
}
