import { describe, expect, it } from 'vitest';
import {
  describeLast,
  type LastRuns,
  overdueSince,
  type ProcessState,
  problemsOfProcess,
  problemsOfRuns,
} from '../../../lib/core/report/health.ts';
import { LONG_AGO_MS } from '../../../lib/core/values/present.ts';
import { DAY, HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';
import { ago, NOW } from '../builders.ts';

const SCHEDULE = { now: NOW, reconcileEveryMs: 5 * MINUTE };
const LAST = { at: ago(MINUTE), done: 0, held: 0, failed: 0 };

function ofRuns(runs: LastRuns, startedAt = NOW - DAY) {
  return problemsOfRuns(runs, SCHEDULE, startedAt);
}

describe('problemsOfRuns', () => {
  it('finds none after a run that ended well, also where domains wait', () => {
    expect(ofRuns({ lastReconcile: LAST })).toEqual([]);
    expect(ofRuns({ lastReconcile: { ...LAST, held: 7 } as typeof LAST, abort: null })).toEqual([]);
  });

  it('says what a person is needed for', () => {
    expect(ofRuns({ lastReconcile: { ...LAST, needsPerson: { brake: 90, 'certificate-failed': 1 } } })).toEqual([
      {
        kind: 'held',
        found: 'A person is needed for 91 domains: brake 90, certificate-failed 1.',
        whatToDo: 'Read {"action":"plan"}: each hold says what to do.',
      },
    ]);
  });

  it.each([
    [1, 'In the last reconcile 1 step failed.'],
    [2, 'In the last reconcile 2 steps failed.'],
  ])('counts %i that failed', (failed, found) => {
    const whatToDo = 'Read {"action":"plan"}: each hold says what to do.';
    expect(ofRuns({ lastReconcile: { ...LAST, failed } })).toEqual([{ kind: 'failed', found, whatToDo }]);
  });

  it('passes on why a run ended early', () => {
    expect(ofRuns({ lastReconcile: LAST, abort: { at: ago(HOUR), why: 'Down.', whatToDo: 'Wait.' } })).toEqual([
      { kind: 'stopped', found: `A run ended early at ${ago(HOUR)}. Down.`, whatToDo: 'Wait.' },
    ]);
  });

  it('a run that got on and goes on is no problem, until it does not go on', () => {
    const progress = { why: 'No time.', whatToDo: 'Nothing.', progress: true } as const;
    expect(ofRuns({ abort: { ...progress, at: ago(30 * MINUTE) } }, NOW - DAY)).toEqual([]);
    expect(ofRuns({ lastReconcile: { ...LAST, at: ago(DAY) }, abort: { ...progress, at: ago(30 * MINUTE) } })).toEqual(
      [],
    );
    expect(ofRuns({ lastReconcile: LAST, abort: { ...progress, at: ago(31 * MINUTE) } })).toMatchObject([
      { kind: 'overdue', found: expect.stringContaining('31 minutes ago') },
    ]);
  });

  it('names the network where its lists are not believed', () => {
    expect(ofRuns({ lastReconcile: { ...LAST, network: 'doubted' } })).toEqual([
      {
        kind: 'network',
        found: "The last reconcile could not read the network's lists whole, or doubts them.",
        whatToDo: '{"action":"doctor"} says why.',
      },
    ]);
  });

  it('calls a run overdue, by the last one that ended, or by the start of the process', () => {
    const whatToDo = 'Check that the schedule is on, and read the log of reconcile.';
    expect(ofRuns({ lastReconcile: { ...LAST, at: ago(31 * MINUTE) } }, NOW)).toEqual([
      {
        kind: 'overdue',
        found: `The last reconcile ended at ${ago(31 * MINUTE)}, 31 minutes ago. No difference has been mended since.`,
        whatToDo,
      },
    ]);
    expect(ofRuns({}, NOW - 30 * MINUTE)).toEqual([]);
    expect(ofRuns({}, NOW - 30 * MINUTE - 1)).toEqual([
      {
        kind: 'overdue',
        found:
          'No reconcile has ended yet, and the service started 30 minutes ago. No difference has been mended since.',
        whatToDo,
      },
    ]);
  });

  it('lists all of them', () => {
    const all = ofRuns({
      lastReconcile: { at: ago(DAY), failed: 1, needsPerson: { brake: 1 }, network: 'doubted' },
      abort: { at: ago(DAY), why: '', whatToDo: '' },
    });
    expect(all.map(({ kind }) => kind)).toEqual(['stopped', 'overdue', 'held', 'failed', 'network']);
  });
});

describe('overdueSince', () => {
  it.each([
    [5 * MINUTE, 30 * MINUTE],
    [12 * MINUTE, 30 * MINUTE],
    [20 * HOUR, 50 * HOUR],
  ])('allows half an hour, or two and a half intervals: every %i ms', (reconcileEveryMs, tolerance) => {
    const schedule = { now: NOW, reconcileEveryMs };
    expect(overdueSince(NOW - tolerance, schedule)).toBeUndefined();
    expect(overdueSince(NOW - tolerance - 1, schedule)).toMatch(/ ago$/);
    expect(overdueSince(NOW + tolerance, schedule)).toBeUndefined();
    expect(overdueSince(NOW + tolerance + 1, schedule)).toMatch(/ ahead of this clock$/);
  });

  it('knows no overdue run where none is scheduled', () => {
    expect(overdueSince(NOW - 99 * DAY, { now: NOW, reconcileEveryMs: undefined })).toBeUndefined();
  });

  it('says how long in words', () => {
    expect(overdueSince(NOW - 3 * DAY, SCHEDULE)).toBe('3 days ago');
    expect(overdueSince(NOW + 3 * DAY, SCHEDULE)).toBe('3 days ahead of this clock');
    expect(iso(NOW)).toBe('2026-11-22T08:00:00.000Z');
  });
});

describe('problemsOfProcess', () => {
  const WELL: ProcessState = {
    noticed: undefined,
    runFault: undefined,
    queueError: undefined,
    failingMessages: 0,
    freeBytes: undefined,
  };
  const MB = 1024 ** 2;
  const LOG = 'Read the log: it says why at each attempt. None of them is given up.';

  it('finds none where nothing is known, or all is well', () => {
    expect(problemsOfProcess(WELL)).toEqual([]);
    expect(problemsOfProcess({ ...WELL, freeBytes: 16 * MB })).toEqual([]);
  });

  it('names a disk that is nearly full', () => {
    expect(problemsOfProcess({ ...WELL, freeBytes: 16 * MB - 1 })).toEqual([
      {
        kind: 'disk',
        found:
          'The disk of DATA_DIR has room for 15 MB. On a full disk this service takes no webhook and no run ends well.',
        whatToDo: 'Make room: at least 16 MB.',
      },
    ]);
    expect(problemsOfProcess({ ...WELL, freeBytes: 0 })[0]?.found).toMatch(/room for 0 MB/);
  });

  it('names a run that came to nothing', () => {
    expect(
      problemsOfProcess({ ...WELL, runFault: { why: 'database or disk is full', whatToDo: 'Make room.' } }),
    ).toEqual([
      {
        kind: 'run',
        found: 'The last scheduled run failed: database or disk is full',
        whatToDo: 'Make room. The next run tries again.',
      },
    ]);
  });

  it.each([
    [{ failingMessages: 1 }, 'Of the queue 1 message has failed and comes back.'],
    [{ failingMessages: 2 }, 'Of the queue 2 messages have failed and come back.'],
    [{ queueError: 'disk I/O error', failingMessages: 2 }, 'The queue cannot be read or written: disk I/O error'],
    [{ queueError: 'disk I/O error' }, 'The queue cannot be read or written: disk I/O error'],
  ])('names messages that are not worked off: %j', (changes, found) => {
    expect(problemsOfProcess({ ...WELL, ...changes })).toEqual([{ kind: 'messages', found, whatToDo: LOG }]);
  });

  it('lists all of them', () => {
    const all = problemsOfProcess({
      noticed: { why: 'v', whatToDo: 'w' },
      runFault: { why: 'x', whatToDo: 'z' },
      queueError: 'y',
      failingMessages: 1,
      freeBytes: 0,
    });
    expect(all.map(({ kind }) => kind)).toEqual(['storage', 'disk', 'run', 'messages']);
    expect(all[0]).toEqual({ kind: 'storage', found: 'v', whatToDo: 'w' });
  });
});

describe('describeLast', () => {
  const schedule = { now: NOW, reconcileEveryMs: 10 * MINUTE };

  it.each<[string, number, string, boolean]>([
    ['lately', NOW - MINUTE, `The last reconcile ended at ${iso(NOW - MINUTE)}`, false],
    ['long ago', NOW - DAY, `The last reconcile ended at ${iso(NOW - DAY)}, 24 hours ago`, true],
    [
      'almost long ago',
      NOW - LONG_AGO_MS + 1,
      `The last reconcile ended at ${iso(NOW - LONG_AGO_MS + 1)}, 30 days ago`,
      true,
    ],
    ['by a clock ahead', NOW - LONG_AGO_MS, 'The last reconcile ended long ago, or by a clock that was ahead', true],
  ])('says when it was: %s', (_, at, text, isOverdue) => {
    expect(describeLast(iso(at), schedule)).toEqual({ text, isOverdue });
  });
});
