import type { RunAbort } from '../core/plan/hold.ts';
import { LeaseLostError } from '../ledger/ledger.ts';
import { RunCloudError } from '../runcloud/error.ts';
import { messageOf } from '../util/log.ts';

/** Takes what was thrown; returns what ends a run in words. Anything unforeseen is thrown on: a fault of this program. */
export function asAbort(error: unknown): RunAbort {
  if (error instanceof RunCloudError || error instanceof LeaseLostError) {
    return { why: messageOf(error), whatToDo: error.whatToDo };
  }
  throw error;
}
