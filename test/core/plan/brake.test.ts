import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brake, brakeUnlisted, brakeUpdates } from '../../../lib/core/plan/brake.ts';

const SETTINGS = { count: 3, percent: 20 };

function verdict(planned: number, owned: number, removedLastDay = 0, settings = SETTINGS): string {
  return brake(planned, { owned, removedLastDay, present: 500 }, settings).kind;
}

describe('brake', () => {
  it.each([
    { planned: 3, owned: 4, done: 0, kind: 'free', rule: 'up to the count is always free' },
    { planned: 4, owned: 4, done: 0, kind: 'held', rule: 'more than the count is held where the share is less' },
    { planned: 20, owned: 100, done: 0, kind: 'free', rule: 'up to the share is free where the share is more' },
    { planned: 21, owned: 100, done: 0, kind: 'held', rule: 'more than the share is held' },
    { planned: 4, owned: 24, done: 0, kind: 'free', rule: 'a share is rounded down (4.8)' },
    { planned: 5, owned: 24, done: 0, kind: 'held', rule: 'and not up' },
    { planned: 1, owned: 10, done: 3, kind: 'held', rule: 'what was done within the day counts too' },
    { planned: 10, owned: 90, done: 10, kind: 'free', rule: 'the share is of those owned when the day began' },
    { planned: 11, owned: 90, done: 10, kind: 'held', rule: 'and of no more than those' },
    { planned: 0, owned: 10, done: 9, kind: 'free', rule: 'nothing planned is nothing to hold' },
  ])('$rule: $planned planned, $done done, $owned owned is $kind', ({ planned, owned, done, kind }) => {
    expect(verdict(planned, owned, done)).toBe(kind);
  });

  it('says what was counted and what is allowed', () => {
    const held = brake(30, { owned: 90, removedLastDay: 10, present: 500 }, SETTINGS);
    expect(held).toHaveProperty(
      'numbers',
      expect.stringContaining('40 removals within 24 hours (30 planned, 10 done)'),
    );
    expect(held).toHaveProperty(
      'numbers',
      expect.stringContaining('the 20 that the brake allows for 100 owned domains'),
    );
    expect(held).toHaveProperty('numbers', expect.stringContaining('the greater of 3 and 20 %'));
  });

  const sizes = fc.record({ owned: fc.nat(300), count: fc.nat(10), percent: fc.nat(100) });

  it('never lets through more than allowed, whether removals come in one plan or one by one', () => {
    fc.assert(
      fc.property(sizes, fc.array(fc.integer({ min: 1, max: 20 })), ({ owned, count, percent }, plans) => {
        const allowed = Math.max(count, Math.floor((owned * percent) / 100));
        let done = 0;
        for (const planned of plans) {
          if (planned > owned - done) break;
          const kind = verdict(planned, owned - done, done, { count, percent });
          expect(kind).toBe(done + planned <= allowed ? 'free' : 'held');
          if (kind === 'free') done += planned;
        }
        expect(done).toBeLessThanOrEqual(allowed);
      }),
    );
  });

  it('holds every larger plan where it holds a smaller one', () => {
    fc.assert(
      fc.property(sizes, fc.nat(50), fc.nat(50), fc.nat(50), ({ owned, count, percent }, done, a, b) => {
        const settings = { count, percent };
        const [fewer, more] = [Math.min(a, b), Math.max(a, b)];
        if (verdict(fewer, owned, done, settings) === 'held') {
          expect(verdict(more, owned, done, settings)).toBe('held');
        }
      }),
    );
  });
});

describe('the brake on what nobody unmapped', () => {
  it.each([
    { planned: 0, others: 9, owned: 9, kind: 'free', rule: 'nothing unlisted is nothing to hold' },
    { planned: 1, others: 0, owned: 2, kind: 'free', rule: 'one of two may go' },
    { planned: 2, others: 0, owned: 4, kind: 'free', rule: 'two may go, also where they are half' },
    { planned: 3, others: 0, owned: 6, kind: 'held', rule: 'three are held where they are half' },
    { planned: 3, others: 0, owned: 7, kind: 'free', rule: 'and go where they are less' },
    { planned: 1, others: 0, owned: 1, kind: 'held', rule: 'the last one is held' },
    { planned: 1, others: 1, owned: 2, kind: 'held', rule: 'also where others go because somebody unmapped them' },
    { planned: 2, others: 0, owned: 2, kind: 'held', rule: 'two of two leave none' },
    { planned: 1, others: 0, owned: 4, done: 2, kind: 'held', rule: 'what went within the day counts too' },
    { planned: 1, others: 0, owned: 6, done: 2, kind: 'free', rule: 'of those owned when the day began' },
  ])(
    '$rule: $planned unlisted, $others unmapped, $owned owned is $kind',
    ({ planned, others, owned, done = 0, kind }) => {
      expect(brakeUnlisted(planned, others, { owned, removedLastDay: done, present: 500 }).kind).toBe(kind);
    },
  );

  it('says what the list lacks and what would come of it', () => {
    const said = (planned: number, owned: number) =>
      brakeUnlisted(planned, 0, { owned, removedLastDay: 0, present: 500 });
    expect(said(3, 3)).toHaveProperty('numbers', expect.stringMatching(/lacks 3 of 3 owned domains.*leave none/));
    expect(said(3, 6)).toHaveProperty('numbers', expect.stringMatching(/lacks 3 of 6 owned domains.*half of them/));
  });
});

describe('the brake on changes of www and redirection', () => {
  it.each([
    [10, 0, 'free'],
    [11, 0, 'held'],
    [10, 100, 'free'],
    [11, 100, 'held'],
    [11, 110, 'free'],
    [36, 365, 'free'],
    [37, 365, 'held'],
    [0, 0, 'free'],
  ])('%i at once of %i owned are %s', (planned, owned, kind) => {
    expect(brakeUpdates(planned, { owned, removedLastDay: 0, present: owned }).kind).toBe(kind);
  });

  it('says what was counted and what is allowed', () => {
    expect(brakeUpdates(349, { owned: 365, removedLastDay: 0, present: 366 })).toEqual({
      kind: 'held',
      numbers:
        '349 such changes at once are more than the 36 that the brake allows for 365 owned domains (the greater of 10 and 10 %).',
    });
  });
});
