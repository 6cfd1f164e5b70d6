/** How the process is, for `GET /health`, and for the doctor and `status` of the console. */
import { type Problem, problemsOfProcess, problemsOfRuns } from '../lib/core/report/health.ts';

import { workOf } from '../lib/core/report/progress.ts';

import { problemsOfReceivers, type ReceiverStanding } from '../lib/core/report/receivers.ts';

import type { ApplicationState, Ledger } from '../lib/ledger/ledger.ts';
import { readPresentApplication } from '../lib/loop/present.ts';
import type { Clock } from '../lib/util/clock.ts';
import { messageOf } from '../lib/util/log.ts';
import type { Storage, StorageFault } from './database.ts';
import type { Pump } from './pump.ts';
import type { Queue } from './queue.ts';

/** Everybody who reaches the port sees it, so it names no domain and gives no reason. */
export type HealthAnswer = {
  readonly ok: boolean;
  readonly problems: readonly (Problem['kind'] | 'dead-letters')[];
  readonly queue?: ReturnType<Queue['count']>;
  readonly lastReconcile?: ApplicationState['lastReconcile'];
  /** When a run ended early. */
  readonly stoppedAt?: string;
  /** Steps of the work that a run is at, or that the next run goes on with. */
  readonly progress?: { readonly done: number; readonly of: number };
};

export type Health = {
  /** After each scheduled run: why it came to nothing, or undefined. */
  noteRun(fault: StorageFault | undefined): void;
  /** What is not well about the process. What the runs left behind is in the ledger, and has checks of its own. */
  problems(): readonly Problem[];
  /** Never throws: what cannot be read is a problem. */
  report(): Promise<HealthAnswer>;
};

export type Watched = {
  readonly ledger: Ledger;
  readonly queue: Pick<Queue, 'count'>;
  readonly pump: () => Pick<Pump, 'error'> | undefined;
  readonly receivers: () => readonly ReceiverStanding[];
  readonly storage: Pick<Storage, 'freeBytes' | 'check' | 'noticed'>;
  readonly clock: Clock;
  readonly reconcileEveryMs: number | undefined;
};

export function watchHealth({ ledger, queue, pump, receivers, storage, clock, reconcileEveryMs }: Watched): Health {
  const startedAt = clock.now();
  let runFault: StorageFault | undefined;

  const count = (): { readonly counts?: ReturnType<Queue['count']>; readonly error?: string } => {
    try {
      return { counts: queue.count() };
    } catch (error) {
      return { error: messageOf(error) };
    }
  };

  const problems = (): readonly Problem[] => {
    const { counts, error } = count();
    return problemsOfProcess({
      noticed: storage.noticed?.kind === 'ledger gone' ? storage.noticed : undefined,
      runFault,
      queueError: error ?? pump()?.error(),
      failingMessages: counts?.failing ?? 0,
      freeBytes: storage.freeBytes(),
    });
  };

  const readReceivers = (): readonly ReceiverStanding[] => {
    try {
      return receivers();
    } catch {
      // The ledger is in the same database.
      return [];
    }
  };

  const readLedger = async () => {
    try {
      const application = await readPresentApplication({ ledger, clock });
      return { application, ...workOf(application, await ledger.leaseUntil(), clock.now()) };
    } catch {
      return undefined;
    }
  };

  return {
    noteRun: (fault) => {
      runFault = fault;
    },
    problems,
    report: async () => {
      if (storage.check()) return { ok: false, problems: ['storage'] };
      const { application, progress } = (await readLedger()) ?? {};
      const ofRuns = application
        ? problemsOfRuns(application, { now: clock.now(), reconcileEveryMs }, startedAt).map(({ kind }) => kind)
        : (['ledger'] as const);
      const { counts } = count();
      const dead = counts && counts.dead > 0 ? (['dead-letters'] as const) : [];
      const ofReceivers = problemsOfReceivers(readReceivers(), clock.now()).map(({ kind }) => kind);
      const kinds = [...problems().map(({ kind }) => kind), ...dead, ...ofReceivers, ...ofRuns];
      return {
        ok: kinds.length === 0,
        problems: [...new Set(kinds)],
        ...(counts && { queue: counts }),
        ...(application?.lastReconcile && { lastReconcile: application.lastReconcile }),
        ...(application?.abort && !application.abort.progress && { stoppedAt: application.abort.at }),
        ...(progress && { progress: { done: progress.done, of: progress.of } }),
      };
    },
  };
}
