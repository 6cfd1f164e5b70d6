import { describe, expect, it } from 'vitest';
import { ClockReadings } from '../../lib/util/clock-readings.ts';

describe('the readings of a clock', () => {
  it('are those since somebody began to follow them, each one once', () => {
    const readings = new ClockReadings();
    readings.add(1);
    const heard = readings.follow();
    expect(heard()).toEqual([]);
    readings.add(2);
    readings.add(3);
    expect(heard()).toEqual([2, 3]);
    expect(heard()).toEqual([]);
  });

  it('are all heard by each follower, whatever another one does', () => {
    const readings = new ClockReadings();
    const first = readings.follow();
    readings.add(1);
    const second = readings.follow();
    readings.add(2);
    expect([second(), first(), second()]).toEqual([[2], [1, 2], []]);
  });

  it('have the latest date since a run began, and followers go on hearing all of them', () => {
    const readings = new ClockReadings();
    const heard = readings.follow();
    expect(readings.latestAheadMs).toBeUndefined();
    for (const aheadMs of [1, 3, 2]) readings.add(aheadMs);
    expect(readings.latestAheadMs).toBe(3);
    readings.beginAnew();
    expect(readings.latestAheadMs).toBeUndefined();
    readings.add(-2);
    expect(readings.latestAheadMs).toBe(-2);
    expect(heard()).toEqual([1, 3, 2, -2]);
  });
});
