/** Telling the network which of its domains are live, after everything else was done. */

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
import type { Observation } from '../observe/observe.ts';
import { Prober } from '../observe/probe.ts';

// Each takes a handshake and a request that WordPress answers in about a second, and the lease is held meanwhile.
const MOST_A_RUN = 50;

/** What a run knows once its plan was applied. */
export type Aftermath = {
  readonly network: NetworkRead;
  readonly observation: Observation;
  /** Domains whose state the run changed after it looked. */
  readonly changed: ReadonlySet<HostName>;
};

/**
 * Takes what the run knows and the moment (ms) to end by; sets the records of domains that are live to `done`, and remembers for
 * which. What fails is logged and left for another day: no domain depends on it. Throws only where the ledger fails.
 */
export async function markLiveDomainsDone(
  deps: Dependencies,
  aftermath: Aftermath,
  lease: Lease,
  deadline: number,
): Promise<void> {
  const writer = writerOf(deps, lease, deadline);
  const { network, observation, changed } = aftermath;
  const { server } = observation.input.certificates;
  if (!writer || network.kind !== 'read' || !server) return;
  const restraint = { changed, refusedAt: lease.application.writeBackRefusedAt };
  const rows = rowsToWrite(network.reading, observation.input, restraint).slice(0, MOST_A_RUN);
  const prober = new Prober(deps, server);
  for (const row of rows) {
    if (deps.clock.now() > deadline) return;
    if (!(await isHeld(lease))) return;
    if ((await writeRow(row, { deps, prober, writer, lease })) === 'stop') return;
  }
}

/**
 * A glance may take half a minute, and there are many: what the run did must be on record before, and the lease must outlast each.
 * Returns whether it does.
 */
async function isHeld(lease: Lease): Promise<boolean> {
  try {
    await lease.commit();
    await lease.ensure();
    return true;
  } catch (error) {
    if (!(error instanceof LeaseLostError)) throw error;
    return false;
  }
}

/** Under `observe`, and unless WRITE_BACK says so, nothing exists that could write. */
function writerOf({ network, writeBack: isWanted, settings }: Dependencies, lease: Lease, deadline: number) {
  if (!network || !isWanted || isReadOnly(settings.policy)) return undefined;
  return createNetworkWriter(network, lease.requestOptions(deadline));
}

type Tools = {
  readonly deps: Dependencies;
  readonly prober: Prober;
  readonly writer: NetworkWriter;
  readonly lease: Lease;
};

async function writeRow({ row, namedAs, record, actual }: RowToWrite, tools: Tools): Promise<'go on' | 'stop'> {
  const { deps, prober, writer, lease } = tools;
  const { domain } = record;
  // It is written once and for good: what was seen hours ago, perhaps under other names, is no ground for that.
  const state = applyProbe(record.state, await prober.probe({ record, actual }), deps.clock.now());
  const remember = (answer?: WrittenBack['answer']): void => {
    const at = iso(deps.clock.now());
    const after: DomainState = answer
      ? { ...state, writtenBack: withWrittenBack(state.writtenBack, { row, at, answer }) }
      : state;
    if (after !== record.state) lease.stageState(record, after);
  };
  if (!isLiveAs(state.probe, namedAs)) {
    remember();
    return 'go on';
  }
  try {
    await writer.markDone(row);
    remember('accepted');
    deps.log.info('The network was told that a domain is live', { domain, row });
    return 'go on';
  } catch (error) {
    if (!(error instanceof NetworkError || error instanceof LeaseLostError)) throw error;
    const { message: why, whatToDo } = error;
    deps.log.warn('The network was not told that a domain is live', { domain, row, why, whatToDo });
    const effect = error instanceof NetworkError ? effectOf(error.fault) : 'ends the run';
    if (effect === 'concerns all') lease.stageNotes({ writeBackRefusedAt: iso(deps.clock.now()) });
    remember(effect === 'ends the run' ? undefined : 'failed');
    return effect === 'concerns this row' ? 'go on' : 'stop';
  }
}

/** What a fault says of the rows that come next. The lists were read a moment ago, so the key is right and the network is up. */
function effectOf(fault: NetworkFault): 'concerns this row' | 'concerns all' | 'unsure' | 'ends the run' {
  switch (fault) {
    case 'unauthorized':
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
