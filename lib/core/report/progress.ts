/**
 * How far the work of a run has got. Runs over all domains that end for want of time or at RunCloud's limit, and got on, are one work: the
 * next one goes on with it.
 */
import { isAhead } from '../values/present.ts';
import { epoch, formatDuration, type IsoTime, iso, MINUTE, SECOND } from '../values/time.ts';
import type { EndedEarly } from './health.ts';

export type RunProgress = {
  /** When the first step of the work began, in whichever run. */
  readonly startedAt: IsoTime;
  /** When this was true. */
  readonly at: IsoTime;
  /** Steps. */
  readonly done: number;
  /** Those done and those still to do. It falls by what fails or is held meanwhile. */
  readonly of: number;
};

/** What is going on, by what the ledger says. */
export type Work =
  /** No run holds the lease, and none left a rest to the next one. */
  | { readonly kind: 'none'; readonly progress?: never }
  /** A run holds the lease. Without `progress` it has not come to its steps yet, or they are few. */
  | { readonly kind: 'at work'; readonly progress?: RunProgress }
  /** Between two runs of one work. */
  | { readonly kind: 'goes on'; readonly progress?: RunProgress };

/** What the ledger has of the last runs. */
type Stored = {
  readonly progress?: RunProgress | null;
  readonly abort?: Pick<EndedEarly, 'progress'> | null;
};

// No run takes longer on AWS, so what is older was left behind by one that died. Nor is a lease taken for so long.
const LONGEST_RUN_MS = 15 * MINUTE;

/** `leaseUntil` as the ledger has it. A lease that a clock took which was ahead says nothing of a run. */
export function workOf(stored: Stored, leaseUntil: IsoTime | undefined, now: number): Work {
  const { progress, abort } = stored;
  if (leaseUntil !== undefined && epoch(leaseUntil) > now && !isAhead(leaseUntil, now, LONGEST_RUN_MS)) {
    return { kind: 'at work', ...(progress && isOfLateRun(progress, now) && { progress }) };
  }
  return abort?.progress ? { kind: 'goes on', ...(progress && { progress }) } : { kind: 'none' };
}

/** The work that a run over all domains goes on with: of one that got on, or of one that died just now. */
export function workToGoOnWith({ progress, abort }: Stored, now: number): RunProgress | undefined {
  return progress && (abort?.progress || isOfLateRun(progress, now)) ? progress : undefined;
}

/** Of a run that has so many steps before it. */
export function progressAtStart(before: RunProgress | undefined, steps: number, now: number): RunProgress {
  const done = before?.done ?? 0;
  return { startedAt: before?.startedAt ?? iso(now), at: iso(now), done, of: done + steps };
}

function isOfLateRun({ at }: RunProgress, now: number): boolean {
  return now - epoch(at) <= LONGEST_RUN_MS;
}

// RunCloud allows so many requests in a window of a minute, and they go out at its beginning: over less than two windows their pace says
// nothing.
const LEAST_ELAPSED_MS = 2 * MINUTE;
const LEAST_DONE = 10;

/** How long the rest takes at the pace so far (ms). Undefined: too little is known, or nothing is left. */
export function timeLeft({ startedAt, done, of }: RunProgress, now: number): number | undefined {
  const elapsed = now - epoch(startedAt);
  if (done < LEAST_DONE || elapsed < LEAST_ELAPSED_MS || of <= done) return undefined;
  return (elapsed / done) * (of - done);
}

/** @example `134 of 388 steps done, about 9 minutes left` */
export function describeProgress(progress: RunProgress, now: number): string {
  const leftMs = timeLeft(progress, now);
  const left = leftMs === undefined ? '' : `, about ${formatDuration(leftMs)} left`;
  return `${progress.done} of ${progress.of} ${progress.of === 1 ? 'step' : 'steps'} done${left}`;
}

/** In sentences. Empty where nothing is going on. */
export function describeWork(work: Work, now: number): string {
  const progress = work.progress && describeProgress(work.progress, now);
  switch (work.kind) {
    case 'none':
      return '';
    case 'at work':
      return progress === undefined ? 'A run is at work.' : `A run is at work: ${progress}.`;
    case 'goes on':
      return progress === undefined ? 'The next run goes on.' : `${progress}; the next run goes on.`;
  }
}

/** How the last run ended that did not come to its end. Empty where it did, or where another one goes on with its work now. */
export function describeEnd(abort: EndedEarly | null | undefined, work: Work, now: number): string {
  if (!abort) return '';
  if (!abort.progress) return `A run ended early at ${abort.at}. ${abort.why} ${abort.whatToDo}`;
  return work.kind === 'at work' ? '' : `${describeWork(work, now)} ${abort.why}`;
}

export type ProgressReport = {
  readonly done: number;
  readonly of: number;
  readonly started_at: IsoTime;
  readonly seconds_left?: number;
};

/** For programs. */
export function reportProgress(progress: RunProgress, now: number): ProgressReport {
  const { done, of, startedAt } = progress;
  const leftMs = timeLeft(progress, now);
  return {
    done,
    of,
    started_at: startedAt,
    ...(leftMs !== undefined && { seconds_left: Math.round(leftMs / SECOND) }),
  };
}

/** For programs: the fields that an answer has while there is something to say. */
export function reportWork(work: Work, now: number): { readonly run?: 'at work'; readonly progress?: ProgressReport } {
  return {
    ...(work.kind === 'at work' && { run: work.kind }),
    ...(work.progress && { progress: reportProgress(work.progress, now) }),
  };
}
