import { describe, expect, it } from 'vitest';
import {
  describeEnd,
  describeProgress,
  describeWork,
  progressAtStart,
  type RunProgress,
  reportWork,
  timeLeft,
  type Work,
  workOf,
  workToGoOnWith,
} from '../../../lib/core/report/progress.ts';
import { DAY, HOUR, iso, MINUTE, SECOND } from '../../../lib/core/values/time.ts';

const NOW = Date.parse('2026-11-22T08:00:00.000Z');
const ago = (ms: number) => iso(NOW - ms);
const progress: RunProgress = { startedAt: ago(5 * MINUTE), at: ago(SECOND), done: 134, of: 388 };
const GOT_ON = { progress: true } as const;
const STUCK = {};

describe('workOf', () => {
  const held = iso(NOW + 2 * MINUTE);

  it.each<[string, Parameters<typeof workOf>, Work['kind'], RunProgress | undefined]>([
    ['a run holds the lease', [{ progress }, held, NOW], 'at work', progress],
    ['it has not come to its steps yet', [{ progress: null }, held, NOW], 'at work', undefined],
    ['it goes on with what the last one left', [{ progress, abort: GOT_ON }, held, NOW], 'at work', progress],
    ['nothing was ever done', [{}, undefined, NOW], 'none', undefined],
    ['the lease ran out', [{ progress }, iso(NOW), NOW], 'none', undefined],
    ['a run died and left this behind', [{ progress }, undefined, NOW], 'none', undefined],
    ['a clock took the lease that was ahead', [{ progress }, iso(NOW + HOUR), NOW], 'none', undefined],
    ['the last run got on', [{ progress, abort: GOT_ON }, undefined, NOW], 'goes on', progress],
    ['it got on, and a version before this one wrote', [{ abort: GOT_ON }, undefined, NOW], 'goes on', undefined],
    ['the last run did not get on', [{ progress: null, abort: STUCK }, undefined, NOW], 'none', undefined],
  ])('where %s', (_, given, kind, expected) => {
    expect(workOf(...given)).toStrictEqual({ kind, ...(expected && { progress: expected }) });
  });

  it('does not call a run of another work as far as one that died a quarter of an hour ago', () => {
    const left = { ...progress, at: ago(15 * MINUTE) };
    expect(workOf({ progress: left }, held, NOW).progress).toEqual(left);
    expect(workOf({ progress: { ...left, at: ago(15 * MINUTE + 1) } }, held, NOW)).toStrictEqual({ kind: 'at work' });
  });
});

describe('the work that a run goes on with', () => {
  it('is that of a run which got on, however long ago', () => {
    const before = { ...progress, at: ago(DAY) };
    expect(workToGoOnWith({ progress: before, abort: GOT_ON }, NOW)).toBe(before);
  });

  it('is that of a run which died within a quarter of an hour', () => {
    const before = { ...progress, at: ago(15 * MINUTE) };
    expect(workToGoOnWith({ progress: before, abort: null }, NOW)).toBe(before);
    expect(workToGoOnWith({ progress: { ...before, at: ago(15 * MINUTE + 1) } }, NOW)).toBeUndefined();
  });

  it('is none where there is none', () => {
    expect(workToGoOnWith({}, NOW)).toBeUndefined();
    expect(workToGoOnWith({ progress: null, abort: GOT_ON }, NOW)).toBeFalsy();
  });

  it('is told on as one', () => {
    expect(progressAtStart(undefined, 388, NOW)).toEqual({ startedAt: iso(NOW), at: iso(NOW), done: 0, of: 388 });
    expect(progressAtStart(progress, 254, NOW)).toEqual({ ...progress, at: iso(NOW), done: 134, of: 388 });
  });
});

describe('the time that is left', () => {
  it('is that of the other steps at the pace so far', () => {
    expect(timeLeft({ ...progress, done: 100, of: 300 }, NOW)).toBe(10 * MINUTE);
    expect(timeLeft({ ...progress, done: 299, of: 300 }, NOW)).toBeCloseTo((5 * MINUTE) / 299);
  });

  it('is not told while too little is known', () => {
    expect(timeLeft({ ...progress, done: 10, startedAt: ago(2 * MINUTE) }, NOW)).toBeDefined();
    expect(timeLeft({ ...progress, done: 9 }, NOW)).toBeUndefined();
    expect(timeLeft({ ...progress, startedAt: ago(2 * MINUTE - 1) }, NOW)).toBeUndefined();
  });

  it('is none where nothing is left', () => {
    expect(timeLeft({ ...progress, done: 388 }, NOW)).toBeUndefined();
  });
});

describe('in words', () => {
  it('it is said how many steps are done, and how long the others take', () => {
    expect(describeProgress(progress, NOW)).toBe('134 of 388 steps done, about 9 minutes left');
    expect(describeProgress({ ...progress, done: 0, of: 1 }, NOW)).toBe('0 of 1 step done');
  });

  it('it is said whether a run is at work or the next one goes on', () => {
    const told = (work: Work) => describeWork(work, NOW);
    expect(told({ kind: 'none' })).toBe('');
    expect(told({ kind: 'at work' })).toBe('A run is at work.');
    expect(told({ kind: 'at work', progress })).toBe('A run is at work: 134 of 388 steps done, about 9 minutes left.');
    expect(told({ kind: 'goes on' })).toBe('The next run goes on.');
    expect(told({ kind: 'goes on', progress })).toBe(
      '134 of 388 steps done, about 9 minutes left; the next run goes on.',
    );
  });

  it('only a run that did not get on ended early', () => {
    const abort = { at: ago(MINUTE), why: 'No time.', whatToDo: 'Wait.' };
    const told = (ended: Parameters<typeof describeEnd>[0], work: Work) => describeEnd(ended, work, NOW);
    expect(told(null, { kind: 'none' })).toBe('');
    expect(told(undefined, { kind: 'at work' })).toBe('');
    expect(told(abort, { kind: 'at work' })).toBe(`A run ended early at ${ago(MINUTE)}. No time. Wait.`);
    expect(told({ ...abort, ...GOT_ON }, { kind: 'goes on', progress })).toBe(
      '134 of 388 steps done, about 9 minutes left; the next run goes on. No time.',
    );
    expect(told({ ...abort, ...GOT_ON }, { kind: 'at work', progress })).toBe('');
  });
});

describe('for programs', () => {
  it('there is nothing where nothing is going on', () => {
    expect(reportWork({ kind: 'none' }, NOW)).toStrictEqual({});
  });

  it('it says that a run is at work, and how far', () => {
    expect(reportWork({ kind: 'at work' }, NOW)).toStrictEqual({ run: 'at work' });
    const told = { done: 134, of: 388, started_at: ago(5 * MINUTE), seconds_left: 569 };
    expect(reportWork({ kind: 'at work', progress }, NOW)).toStrictEqual({ run: 'at work', progress: told });
    expect(reportWork({ kind: 'goes on', progress }, NOW)).toStrictEqual({ progress: told });
    const { seconds_left: _, ...few } = { ...told, done: 9 };
    expect(reportWork({ kind: 'goes on', progress: { ...progress, done: 9 } }, NOW)).toStrictEqual({ progress: few });
  });
});
