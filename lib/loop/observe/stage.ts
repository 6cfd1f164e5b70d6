import type { DomainRecord, RecordUpdate } from '../../core/domain/record.ts';
import { applyUpdate } from '../../core/domain/transitions.ts';
import type { Records } from '../../ledger/ledger.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Lease } from '../lease.ts';
import { type Present, redate } from '../present.ts';
import type { Observation, WholeObservation } from './observation.ts';

/** Stages the record updates of a plan, and returns the observation with them: later in the run the records must have them. */
export function stageUpdates<O extends Observation>(lease: Lease, updates: readonly RecordUpdate[], observation: O): O {
  const ledger = new Map(observation.input.ledger);
  for (const each of updates) {
    const record = ledger.get(each.domain) ?? { domain: each.domain, request: undefined, state: {} };
    const state = applyUpdate(record.state, each);
    lease.stageState(record, state);
    ledger.set(each.domain, { ...record, state });
  }
  return { ...observation, input: { ...observation.input, ledger } };
}

export async function stageObservation(lease: Lease, fresh: WholeObservation): Promise<void> {
  lease.stageCountedStates(fresh.changedStates, fresh.removals, fresh.stored.records);
  lease.stageApplication({ snapshot: fresh.snapshot, ...fresh.applicationChanges });
  await lease.drop(fresh.disposable);
}

/** A time that a clock wrote which was ahead counts as now once, and not in each run anew. */
export async function stagePresent({ ledger }: Dependencies, stored: Present, lease: Lease): Promise<Records> {
  await redate(ledger, stored);
  for (const before of stored.changed) {
    const after = stored.records.get(before.domain) as DomainRecord;
    if (after.state !== before.state) lease.stageState(before, after.state);
  }
  return stored.records;
}
