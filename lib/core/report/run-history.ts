/** The last runs over all domains, newest first: what each came to, and how long it took. */
import { shorten } from '../values/text.ts';
import type { IsoTime } from '../values/time.ts';

export type EndedRun = {
  /** When it ended. */
  readonly at: IsoTime;
  readonly tookMs: number;
  /** Steps, and domains that were held or left alone. */
  readonly done: number;
  readonly held: number;
  readonly failed: number;
  /** Absent: it came to its end. `progress`: it got on, and the next one goes on. */
  readonly aborted?: { readonly why: string; readonly progress?: true };
};

/** They share one item with the lease, which DynamoDB bills by its size: some 2 KB. */
const RUNS_KEPT = 20;
/** What went wrong for the last run is kept whole elsewhere. */
const LONGEST_WHY = 200;

export function withRun(runs: readonly EndedRun[] | undefined, { aborted, ...run }: EndedRun): readonly EndedRun[] {
  const shown = aborted && { ...aborted, why: shorten(aborted.why, LONGEST_WHY) };
  return [{ ...run, ...(shown && { aborted: shown }) }, ...(runs ?? [])].slice(0, RUNS_KEPT);
}

/** As the console answers it, so in snake case. */
export type ListedRun = {
  readonly at: IsoTime;
  readonly took_ms: number;
  readonly done: number;
  readonly held: number;
  readonly failed: number;
  /** Why it ended before its end. */
  readonly aborted?: string;
  /** The next run went on with its work. */
  readonly progress?: true;
};

/** A ledger from before version 0.3.0 has none. */
export function listRuns(runs: readonly EndedRun[] | undefined): readonly ListedRun[] {
  return (runs ?? []).map(({ tookMs, aborted, ...run }) => ({
    ...run,
    took_ms: tookMs,
    ...(aborted && { aborted: aborted.why }),
    ...(aborted?.progress && { progress: true }),
  }));
}
