/** How far the steps of a run have got: for the ledger with what is saved anyway, and for the log now and then. */
import type { PlanInput } from '../../core/plan/input.ts';
import { describeProgress, progressAtStart, type RunProgress, workToGoOnWith } from '../../core/report/progress.ts';
import { iso, SECOND } from '../../core/values/time.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Lease } from '../lease.ts';

// Whoever reads the log of a run that takes minutes sees it go on, and a short run tells only its end.
const LOG_EVERY_MS = 30 * SECOND;
// A sync of fewer is over before anybody asks.
const LEAST_STEPS_OF_SYNC = 10;

type Reported = Pick<Dependencies, 'clock' | 'log'>;

export type ProgressReporter = {
  /** Of the steps of this run, so many are done, and so many will not be: they failed, or are held. */
  report(done: number, left: number): void;
  /** The steps are over. What becomes of the work of a run over all domains shows once that ends. */
  end(): void;
};

/** `steps`: how many this run has before it. */
export function startProgress(
  deps: Reported,
  lease: Lease,
  scope: PlanInput['scope'],
  steps: number,
): ProgressReporter {
  const { clock, log } = deps;
  const { application } = lease;
  if (steps === 0 || (scope === 'some' && (steps < LEAST_STEPS_OF_SYNC || application.abort?.progress)))
    return NO_PROGRESS;
  const before = scope === 'some' ? undefined : workToGoOnWith(application, clock.now());
  const start = progressAtStart(before, steps, clock.now());
  let loggedAt = clock.now();
  lease.stageBesides({ progress: start });
  return {
    report: (done, left) => {
      const now = clock.now();
      const progress: RunProgress = { ...start, at: iso(now), done: start.done + done, of: start.of - left };
      lease.stageBesides({ progress });
      if (now - loggedAt < LOG_EVERY_MS) return;
      loggedAt = now;
      log.info('A run is at work', { progress: describeProgress(progress, now) });
    },
    end: () => {
      if (scope === 'some') endProgress(lease);
    },
  };
}

/** For a sync of a few, also in the midst of an import: how far that has got stays. */
const NO_PROGRESS: ProgressReporter = { report: () => {}, end: () => {} };

/** A run is over, and no other one goes on with its work. */
export function endProgress(lease: Lease): void {
  if (lease.application.progress !== null) lease.stageBesides({ progress: null });
}
