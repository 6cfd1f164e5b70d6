/** Counts requests until the ledger has them: a run writes them with what it writes anyway. */
import { addCalls, type CallKind, type CallsByDay, withCall, withoutCalls } from '../core/quota/calls.ts';
import type { Method } from './answer.ts';

export class CallMeter {
  #uncounted: CallsByDay = {};
  #sent = 0;

  /** `now`: epoch ms. */
  count(method: Method, path: string, now: number): void {
    this.#sent += 1;
    this.#uncounted = withCall(this.#uncounted, kindOf(method, path), now);
  }

  /** Requests since this process began, repeated ones too. */
  get sent(): number {
    return this.#sent;
  }

  /** Requests that no ledger has yet. */
  get uncounted(): CallsByDay {
    return this.#uncounted;
  }

  /** The ledger has these now. */
  settle(counted: CallsByDay): void {
    this.#uncounted = withoutCalls(this.#uncounted, counted);
  }

  /** The ledger's counts with those that it lacks. */
  on(calls: CallsByDay): CallsByDay {
    return addCalls(calls, this.#uncounted);
  }
}

export function kindOf(method: Method, path: string): CallKind {
  if (/\/ssl(\/|\?|$)/.test(path)) return 'certificates';
  if (method !== 'GET') return 'changes';
  return /\/domains\?/.test(path) ? 'lists' : 'looks';
}
