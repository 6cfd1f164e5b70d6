import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAhead, type TimeRules, withoutAhead } from '../../../lib/core/values/present.ts';
import { CLOCK_TOLERANCE_MS, DAY, HOUR, type IsoTime, iso } from '../../../lib/core/values/time.ts';
import { NOW } from '../builders.ts';

type Sample = {
  readonly name: string;
  readonly count: number;
  readonly due?: IsoTime;
  readonly read: IsoTime;
  readonly told?: IsoTime | null;
  readonly inner?: { readonly at: IsoTime; readonly text: string } | null;
  readonly list?: readonly { readonly at: IsoTime; readonly more?: { readonly until: IsoTime } }[];
  readonly either?: { readonly kind: 'a' } | { readonly kind: 'b'; readonly since: IsoTime };
};
const RULES: TimeRules<Sample> = {
  due: ['now', DAY],
  read: 'long ago',
  told: 'as told',
  inner: { at: 'whole' },
  list: { at: 'now', more: { until: 'whole' } },
  either: { since: 'nothing' },
};

const LATEST = NOW + CLOCK_TOLERANCE_MS;
const AHEAD = iso(LATEST + 1);
const sample: Sample = { name: 'a', count: 1, read: iso(LATEST) };

function left(changes: Partial<Sample>): Sample {
  return withoutAhead({ ...sample, ...changes }, RULES, NOW);
}

describe('isAhead', () => {
  it.each([
    [LATEST, 0, false],
    [LATEST + 1, 0, true],
    [LATEST + HOUR, HOUR, false],
    [LATEST + HOUR + 1, HOUR, true],
    [0, 0, false],
  ])('of %d, which may lie %d ms ahead, is %s', (time, longest, expected) => {
    expect(isAhead(iso(time), NOW, longest)).toBe(expected);
    if (longest === 0) expect(isAhead(iso(time), NOW)).toBe(expected);
  });
});

describe('withoutAhead', () => {
  it('gives the very same object where no time is ahead, to the millisecond', () => {
    const value: Sample = {
      ...sample,
      due: iso(LATEST + DAY),
      told: AHEAD,
      inner: { at: iso(LATEST), text: '' },
      list: [{ at: iso(LATEST), more: { until: iso(LATEST) } }],
      either: { kind: 'b', since: iso(LATEST) },
    };
    expect(withoutAhead(value, RULES, NOW)).toBe(value);
  });

  it.each<[string, Partial<Sample>, Partial<Sample>]>([
    ['what may lie ahead for a while, from then on', { due: iso(LATEST + DAY + 1) }, { due: iso(NOW) }],
    ['what counts as long ago', { read: AHEAD }, { read: iso(NOW - 30 * DAY) }],
    ['what somebody else says', { told: AHEAD }, { told: AHEAD }],
    ['what is null', { told: null, inner: null }, { told: null, inner: null }],
    ['a time that counts as now, in a list', { list: [{ at: AHEAD }] }, { list: [{ at: iso(NOW) }] }],
    ['a field of one kind of an object', { either: { kind: 'b', since: AHEAD } }, { either: { kind: 'b' } as never }],
    ['another kind of that object', { either: { kind: 'a' } }, { either: { kind: 'a' } }],
  ])('corrects %s', (_, changes, expected) => {
    expect(left(changes)).toEqual({ ...sample, ...expected });
  });

  it('leaves out an object that is ahead as a whole, and an item of a list', () => {
    expect(left({ inner: { at: AHEAD, text: 'b' } })).toStrictEqual(sample);
    const kept = { at: iso(NOW) };
    expect(left({ list: [{ ...kept, more: { until: AHEAD } }, kept] })).toStrictEqual({
      ...sample,
      list: [kept, kept],
    });
    const rules: TimeRules<{ readonly all: readonly { readonly at: IsoTime }[] }> = { all: { at: 'whole' } };
    expect(withoutAhead({ all: [{ at: AHEAD }, kept] }, rules, NOW)).toStrictEqual({ all: [kept] });
    expect(withoutAhead({ all: [kept, kept] }, rules, NOW)).toStrictEqual({ all: [kept, kept] });
  });

  it('leaves out of a list what is ahead as a whole', () => {
    const kept = { at: iso(LATEST) };
    expect(withoutAhead([{ at: AHEAD }, kept], { at: 'whole' } as TimeRules<{ readonly at: IsoTime }[]>, NOW)).toEqual([
      kept,
    ]);
  });

  it('does not change what it is given', () => {
    const value = Object.freeze({ ...sample, list: Object.freeze([Object.freeze({ at: AHEAD })]) });
    expect(withoutAhead(value, RULES, NOW)).not.toBe(value);
  });

  it('comes to an end: what is corrected needs no correction, now or later', () => {
    const times = fc.integer({ min: NOW - DAY, max: NOW + 400 * DAY }).map(iso);
    const values = fc.record({
      name: fc.string(),
      count: fc.nat(),
      read: times,
      due: times,
      list: fc.array(fc.record({ at: times })),
    });
    fc.assert(
      fc.property(values, fc.nat(DAY), (value, later) => {
        const once = withoutAhead<Sample>(value, RULES, NOW);
        expect(withoutAhead(once, RULES, NOW + later)).toBe(once);
      }),
    );
  });

  it('wants a rule for every time, and for nothing else', () => {
    type Small = { readonly at: IsoTime; readonly name: string; readonly of?: { readonly end: IsoTime } };
    const good: TimeRules<Small> = { at: 'now', of: { end: 'whole' } };
    // @ts-expect-error: a time has no rule
    const missing: TimeRules<Small> = { at: 'now' };
    // @ts-expect-error: a time deeper down has no rule
    const missingBelow: TimeRules<Small> = { at: 'now', of: {} };
    // @ts-expect-error: a text is no time
    const more: TimeRules<Small> = { at: 'now', of: { end: 'whole' }, name: 'now' };
    expect([good, missing, missingBelow, more]).toHaveLength(4);
  });
});
