/**
 * How far a deployment may go. Nothing else compares POLICY with a value.
 *
 *   POLICY       planned                            carried out
 *   ───────────  ─────────────────────────────────  ─────────────────────────
 *   observe      everything                         adopt, forget (ledger only)
 *   create-only  add, issue, adopt, forget;         what is planned
 *                update and remove are held
 *   sync         everything                         everything
 *
 * Adopt and forget change nothing outside the ledger, so every policy lets them through.
 */
import type { Step } from './step.ts';

export type Policy = 'observe' | 'create-only' | 'sync';

type Action = Step['action'];
const ALL: readonly Action[] = ['adopt', 'forget', 'issue', 'add', 'update', 'remove'];
const ADDING: readonly Action[] = ['adopt', 'forget', 'issue', 'add'];
const LEDGER_ONLY: readonly Action[] = ['adopt', 'forget'];

const PLANNED: Readonly<Record<Policy, readonly Action[]>> = { observe: ALL, 'create-only': ADDING, sync: ALL };
const CARRIED_OUT: Readonly<Record<Policy, readonly Action[]>> = {
  observe: LEDGER_ONLY,
  'create-only': ADDING,
  sync: ALL,
};

/** Whether a plan contains such a step; otherwise it contains a hold. Under `observe` the plan shows what `sync` would do. */
export function isPlanned(policy: Policy, action: Action): boolean {
  return PLANNED[policy].includes(action);
}

export function isCarriedOut(policy: Policy, action: Action): boolean {
  return CARRIED_OUT[policy].includes(action);
}

/** Whether nothing outside the ledger is ever written. Then no writer is made at all, which is safer than a flag. */
export function isReadOnly(policy: Policy): boolean {
  return CARRIED_OUT[policy] === LEDGER_ONLY;
}
