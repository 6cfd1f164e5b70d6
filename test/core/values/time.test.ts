import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DAY,
  epoch,
  formatDuration,
  HOUR,
  iso,
  MINUTE,
  parseDuration,
  parseTime,
  SECOND,
} from '../../../lib/core/values/time.ts';

const YEAR_9999 = Date.parse('9999-12-31T23:59:59.999Z');
const instants = fc.integer({ min: 0, max: YEAR_9999 });

describe('iso and epoch', () => {
  it('are each the way back of the other', () => {
    fc.assert(
      fc.property(instants, (ms) => {
        expect(epoch(iso(ms))).toBe(ms);
      }),
    );
  });

  it('give text whose order is the order of time', () => {
    fc.assert(
      fc.property(instants, instants, (a, b) => {
        expect(iso(a) < iso(b)).toBe(a < b);
      }),
    );
  });

  it('refuse a time that no date has', () => {
    expect(() => iso(Number.NaN)).toThrow(RangeError);
  });
});

describe('parseTime', () => {
  it.each([
    ['1970-01-01T01:00:00+01:00', '1970-01-01T00:00:00.000Z'],
    ['2026-11-22T08:00:00.1239Z', '2026-11-22T08:00:00.123Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ])('reads %s', (text, time) => {
    expect(parseTime(text)).toBe(time);
  });

  it.each([
    '0000-01-01T00:00:00+01:00',
    '1969-12-31T23:59:59.999Z',
    '1970-01-01T00:59:59.999+01:00',
    '9999-12-31T23:59:59.999-00:01',
    '+010000-01-01T00:00:00.000Z',
    'tomorrow',
    '',
  ])('refuses %j, which could not be stored in the one form', (text) => {
    expect(parseTime(text)).toBeUndefined();
  });

  it('reads again what it has read', () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), (date) => {
        const time = parseTime(date.toISOString());
        if (time !== undefined) expect(parseTime(time)).toBe(time);
        expect(time !== undefined).toBe(/^(19[7-9]|[2-9])\d+-/.test(date.toISOString()));
      }),
    );
  });
});

describe('parseDuration', () => {
  it.each([
    ['30s', 30 * SECOND],
    ['5m', 5 * MINUTE],
    ['1h', HOUR],
    ['2d', 2 * DAY],
    ['0s', 0],
    ['999999d', 999_999 * DAY],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '5', 'm', '5 m', ' 5m', '5m ', '-5m', '+5m', '1.5h', '5M', '5w', '1h30m', '1000000s', 'a5m'])(
    'refuses %j',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  it('is the same for 60 seconds and a minute, 60 minutes and an hour, 24 hours and a day', () => {
    expect(parseDuration('60s')).toBe(parseDuration('1m'));
    expect(parseDuration('60m')).toBe(parseDuration('1h'));
    expect(parseDuration('24h')).toBe(parseDuration('1d'));
    expect(parseDuration('1s')).toBe(1_000);
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '1 second'],
    [400, '1 second'],
    [SECOND, '1 second'],
    [2 * SECOND, '2 seconds'],
    [90 * SECOND, '90 seconds'],
    [2 * MINUTE - 1, '120 seconds'],
    [2 * MINUTE, '2 minutes'],
    [HOUR, '60 minutes'],
    [2 * HOUR, '2 hours'],
    [36 * HOUR, '36 hours'],
    [2 * DAY, '2 days'],
    [30 * DAY, '30 days'],
  ])('writes %d ms as %j', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('is never more than a third off, from a second up', () => {
    const units = { second: SECOND, minute: MINUTE, hour: HOUR, day: DAY };
    fc.assert(
      fc.property(fc.integer({ min: SECOND, max: 365 * DAY }), (ms) => {
        const [, amount, unit] = /^(\d+) (second|minute|hour|day)s?$/.exec(formatDuration(ms)) ?? [];
        const written = Number(amount) * units[unit as keyof typeof units];
        expect(Math.abs(written - ms) / ms).toBeLessThanOrEqual(1 / 3);
      }),
    );
  });
});
