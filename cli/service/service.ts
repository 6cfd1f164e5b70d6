/** The service as `mrc` reaches it: on one machine, or as functions on AWS. */
import { ExplainedError } from '../../lib/util/explained-error.ts';

/** `query` answers from the ledger and changes nothing; `reconcile` is the console. */
export type FunctionName = 'query' | 'reconcile';

export type Service = {
  /** For people: where it is. */
  readonly place: string;
  /** How often progress may be asked for (ms). */
  readonly pollEveryMs: number;
  /** The answer, whatever it is. `signal` ends the wait for it, and nothing else. @throws CouldNotAskError */
  invoke(name: FunctionName, payload: object, signal?: AbortSignal): Promise<unknown>;
  close(): Promise<void>;
};

/** There is no answer. That says nothing about what was asked for. */
export class CouldNotAskError extends ExplainedError<'could-not-ask'> {
  override readonly name = 'CouldNotAskError';

  constructor(message: string, whatToDo: string, options?: ErrorOptions) {
    super('could-not-ask', message, whatToDo, options);
  }
}

/** A run ends within a quarter of an hour on AWS, and within six minutes on one machine (ms). */
export const LONGEST_ANSWER_MS = 16 * 60_000;
