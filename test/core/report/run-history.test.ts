import { describe, expect, it } from 'vitest';
import { type EndedRun, listRuns, withRun } from '../../../lib/core/report/run-history.ts';
import { iso } from '../../../lib/core/values/time.ts';

const run = (minute: number, more: Partial<EndedRun> = {}): EndedRun => ({
  at: iso(minute * 60_000),
  tookMs: 1_500,
  done: 1,
  held: 2,
  failed: 0,
  ...more,
});

describe('the history of runs', () => {
  it('begins with the newest, and keeps twenty', () => {
    const runs = Array.from({ length: 25 }, (_, minute) => run(minute)).reduce<readonly EndedRun[]>(withRun, []);
    expect(runs).toHaveLength(20);
    expect([runs.at(0), runs.at(-1)]).toEqual([run(24), run(5)]);
    expect(withRun(undefined, run(1))).toEqual([run(1)]);
  });

  it('keeps the beginning of a long reason', () => {
    const [kept] = withRun([], run(1, { aborted: { why: 'x'.repeat(900), progress: true } }));
    expect(kept?.aborted).toEqual({ why: `${'x'.repeat(200)}…`, progress: true });
  });

  it('is listed in the words of the console, and is empty in a ledger that has none', () => {
    const aborted = run(3, { aborted: { why: 'RunCloud is down.' } });
    const goesOn = run(2, { aborted: { why: 'No time was left.', progress: true } });
    const shown = { took_ms: 1_500, done: 1, held: 2, failed: 0 };
    expect(listRuns([aborted, goesOn, run(1)])).toEqual([
      { at: aborted.at, ...shown, aborted: 'RunCloud is down.' },
      { at: goesOn.at, ...shown, aborted: 'No time was left.', progress: true },
      { at: run(1).at, ...shown },
    ]);
    expect(listRuns(undefined)).toEqual([]);
  });
});
