/** Tells how far the steps of a run have got: the ledger with what is saved anyway, and the log now and then. */
import type { PlanInput } from '../../core/plan/input.ts';
import { describeProgress, progressAtStart, type RunProgress, workToGoOnWith } from '../../core/report/progress.ts';
import { iso, SECOND } from '../../core/values/time.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Lease } from '../lease.ts';

// Whoever reads the log of a run that takes minutes sees it go on, and a short run tells only its end.
const LOG_EVERY_MS = 30 * SECOND;
// A sync of fewer is over before anybody asks.
const LEAST_STEPS_OF_SYNC = 10;

type Told = Pick<Dependencies, 'clock' | 'log'>;

export type Teller = {
  /** Of the steps of this run, so many are done, and so many will not be: they failed, or are held. */
  tell(done: number, left: number): void;
  /** The steps are over. What becomes of the work of a run over all domains shows once that ends. */
  end(): void;
};

/** `steps`: how many this run has before it. */
export function startTelling(deps: Told, lease: Lease, scope: PlanInput['scope'], steps: number): Teller {
  const { clock, log } = deps;
  const { application } = lease;
  if (steps === 0 || (scope === 'some' && (steps < LEAST_STEPS_OF_SYNC || application.abort?.progress))) return SILENT;
  const before = scope === 'some' ? undefined : workToGoOnWith(application, clock.now());
  const start = progressAtStart(before, steps, clock.now());
  let loggedAt = clock.now();
  lease.stageBesides({ progress: start });
  return {
    tell: (done, left) => {
      const now = clock.now();
      const progress: RunProgress = { ...start, at: iso(now), done: start.done + done, of: start.of - left };
      lease.stageBesides({ progress });
      if (now - loggedAt < LOG_EVERY_MS) return;
      loggedAt = now;
      log.info('A run is at work', { progress: describeProgress(progress, now) });
    },
    end: () => {
      if (scope === 'some') endTelling(lease);
    },
  };
}

/** For a sync of a few, also in the midst of an import: how far that has got stays. */
const SILENT: Teller = { tell: () => {}, end: () => {} };

/** A run is over, and no other one goes on with its work. */
export function endTelling(lease: Lease): void {
  if (lease.application.progress !== null) lease.stageBesides({ progress: null });
}
