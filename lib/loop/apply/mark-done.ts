/** Sets the network's records of live domains to `done`, after everything else of a run (core/network/mark-done.ts says why and which). */

import type { DomainState, WrittenBack } from '../../core/domain/record.ts';
import { applyProbe } from '../../core/domain/transitions.ts';
import { isLiveAs, type RowToWrite, rowsToWrite, withWrittenBack } from '../../core/network/mark-done.ts';
import { isReadOnly } from '../../core/plan/policy.ts';
import type { HostName } from '../../core/values/host-name.ts';
import { iso } from '../../core/values/time.ts';
import { LeaseLostError } from '../../ledger/ledger.ts';
import { NetworkError, type NetworkFault } from '../../multisite/error.ts';
import { createNetworkWriter, type NetworkWriter } from '../../multisite/writer.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Lease } from '../lease.ts';
import type { NetworkRead } from '../observe/desired.ts';
import type { Observation } from '../observe/observation.ts';
import { Prober } from '../observe/probe.ts';
import { timeForAges } from '../run-clock.ts';

// Each takes a probe and a request that WordPress answers in about a second, and other runs wait for the lease meanwhile.
const MOST_A_RUN = 50;

export type AppliedRun = {
  readonly network: NetworkRead;
  readonly observation: Observation;
  /** Domains whose state the run changed after it observed them. */
  readonly changed: ReadonlySet<HostName>;
};

/**
 * No domain depends on it, so a fault is logged and the row waits for another day.
 * @throws if the ledger fails.
 */
export async function markLiveDomainsDone(
  deps: Dependencies,
  { network, observation, changed }: AppliedRun,
  lease: Lease,
  deadline: number,
): Promise<void> {
  const writer = writerOf(deps, lease, deadline);
  const { server } = observation.input.certificates;
  if (!writer || network.kind !== 'read' || !server) return;
  const restraint = { changed, refusedAt: lease.application.writeBackRefusedAt };
  const rows = rowsToWrite(network.reading, observation.input, restraint).slice(0, MOST_A_RUN);
  const prober = new Prober(deps, server);
  for (const row of rows) {
    if (deps.clock.now() > deadline) return;
    if (!(await commitAndRenew(lease))) return;
    if ((await markDone(row, { deps, prober, writer, lease })) === 'stop') return;
  }
}

/** Under `observe`, and unless WRITE_BACK allows it, no writer is made. */
function writerOf({ network, writeBack, settings }: Dependencies, lease: Lease, deadline: number) {
  if (!network || !writeBack || isReadOnly(settings.policy)) return undefined;
  return createNetworkWriter(network, lease.requestOptions(deadline));
}

/**
 * A probe may take half a minute, and there are many. So what the run did is committed before, and the lease must outlast each probe.
 * False: another run has the lease.
 */
async function commitAndRenew(lease: Lease): Promise<boolean> {
  try {
    await lease.commit();
    await lease.ensure();
    return true;
  } catch (error) {
    if (!(error instanceof LeaseLostError)) throw error;
    return false;
  }
}

type Tools = {
  readonly deps: Dependencies;
  readonly prober: Prober;
  readonly writer: NetworkWriter;
  readonly lease: Lease;
};

async function markDone({ row, forms, record, actual, apart }: RowToWrite, tools: Tools): Promise<'go on' | 'stop'> {
  const { deps, prober, writer, lease } = tools;
  const { domain } = record;
  // A row is set once and for good, so the last run's probe is not enough: it may be hours old and of other names.
  const namedAs = forms.includes('www') ? 'www' : 'bare';
  const result = await prober.probe({ record, actual, apart, namedAs });
  const state = applyProbe(record.state, result, deps.clock.now(), timeForAges(deps));
  const stage = (answer?: WrittenBack['answer']): void => {
    const at = iso(deps.clock.now());
    const after: DomainState = answer
      ? { ...state, writtenBack: withWrittenBack(state.writtenBack, { row, at, answer }) }
      : state;
    if (after !== record.state) lease.stageState(record, after);
  };
  if (!isLiveAs(state.probe, forms)) {
    stage();
    return 'go on';
  }
  try {
    await writer.markDone(row);
    stage('accepted');
    deps.log.info('The network’s record of a live domain is set to done', { domain, row });
    return 'go on';
  } catch (error) {
    if (!(error instanceof NetworkError || error instanceof LeaseLostError)) throw error;
    const { message: why, whatToDo } = error;
    deps.log.warn('The network’s record of a live domain could not be set to done', { domain, row, why, whatToDo });
    const effect = error instanceof NetworkError ? effectOf(error.fault) : 'ends the run';
    if (effect === 'concerns all') lease.stageApplication({ writeBackRefusedAt: iso(deps.clock.now()) });
    stage(effect === 'ends the run' ? undefined : 'failed');
    return effect === 'concerns this row' ? 'go on' : 'stop';
  }
}

/** What a fault says about the rows that follow. The lists were read a moment ago, so the key is right and the network answers. */
function effectOf(fault: NetworkFault): 'concerns this row' | 'concerns all' | 'unsure' | 'ends the run' {
  switch (fault) {
    case 'unauthorized':
    case 'blocked':
    case 'redirected':
    case 'certificate':
      return 'concerns all';
    case 'unavailable':
      return 'unsure';
    case 'no-time-left':
      return 'ends the run';
    default:
      return 'concerns this row';
  }
}
