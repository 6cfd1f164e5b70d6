import { describe, expect, it } from 'vitest';
import {
  afterAttempt,
  LONGEST_PAUSE_MS,
  pauseOf,
  presentState,
  type ReceiverState,
  resumed,
  type SendResult,
  stateAfter,
  untried,
} from '../../../lib/core/report/delivery.ts';
import { DAY, HOUR, iso, MINUTE, SECOND } from '../../../lib/core/values/time.ts';
import { START } from '../../support/clock.ts';

function answered(status: number, retryAfterMs?: number): SendResult {
  return { kind: 'answered', status, says: '', ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

function after(result: SendResult, changes: Partial<Parameters<typeof afterAttempt>[1]> = {}) {
  return afterAttempt(result, { attempts: 1, since: START, state: {}, now: START, ...changes });
}

/** Attempts at one event at one receiver that always answers this, until it is given up: when each was, after the first (ms). */
function attemptsAt(result: SendResult) {
  const times: number[] = [];
  let state: ReceiverState = {};
  for (let now = START; ; ) {
    times.push(now - START);
    const next = afterAttempt(result, { attempts: times.length, since: START, state, now });
    state = stateAfter(state, next, { id: 'r.1', now });
    if (next.kind !== 'again') return { times, next, state };
    now = next.at;
  }
}

describe('after an attempt to deliver an event', () => {
  it.each([200, 202, 204, 299])('it is delivered where the answer is %i', (status) => {
    expect(after(answered(status))).toEqual({ kind: 'delivered' });
  });

  it('the receiver is switched off where the answer is 410', () => {
    const next = after({ kind: 'answered', status: 410, says: 'gone for good' });
    expect(next).toEqual({ kind: 'off', why: 'it answered 410 (gone for good)' });
  });

  it.each([400, 413, 415, 422])('only this event is tried again where the answer is %i', (status) => {
    expect(after(answered(status))).toMatchObject({ kind: 'again', concerns: 'event' });
  });

  it.each([401, 403, 404, 408, 429, 500, 503])('the receiver fails where the answer is %i', (status) => {
    expect(after(answered(status))).toMatchObject({ concerns: 'receiver', why: `it answered ${status}` });
  });

  it('a redirection is a failure, which says that it is not followed', () => {
    expect(after(answered(302))).toMatchObject({
      kind: 'again',
      concerns: 'receiver',
      why: 'it answered 302, a redirection, and redirections are not followed',
    });
  });

  it.each(['event', 'receiver'])(
    'it is tried again after growing pauses for a day, then given up: where the %s fails',
    (concerned) => {
      const { times, next } = attemptsAt(concerned === 'event' ? answered(400) : { kind: 'failed', why: 'no answer' });
      expect(times.slice(0, 6)).toEqual([0, 5, 65, 365, 2_165, 2_165 + 7_200].map((seconds) => seconds * SECOND));
      expect(times.at(-1)).toBe(DAY);
      expect(times).toHaveLength(17);
      expect(next).toMatchObject({ kind: 'given-up', concerns: concerned });
    },
  );

  it('the wait that the receiver asks for counts where it is longer, up to six hours', () => {
    expect(after(answered(429, HOUR))).toMatchObject({ at: START + HOUR });
    expect(after(answered(503, SECOND))).toMatchObject({ at: START + 5 * SECOND });
    expect(after(answered(503, 30 * DAY))).toMatchObject({ at: START + LONGEST_PAUSE_MS });
  });

  it('what waited for two days while the service was stopped is tried for a day all the same', () => {
    const now = START + 2 * DAY;
    expect(after(answered(500), { now })).toMatchObject({ kind: 'again' });
    const state: ReceiverState = {
      failing: { since: iso(START), times: 3, why: 'x', nextAt: iso(START) },
    };
    expect(after(answered(500), { now, state })).toMatchObject({ kind: 'given-up', concerns: 'receiver' });
    expect(after(answered(400), { now })).toMatchObject({ kind: 'given-up', concerns: 'event' });
  });
});

describe('while a receiver pauses', () => {
  const failing = { since: iso(START), times: 3, why: 'it answered 503', nextAt: iso(START + 5 * MINUTE) };

  it('an event is not sent, and waits for the end of the pause without counting', () => {
    const waits = untried({ since: START, state: { failing }, now: START + MINUTE });
    expect(waits).toEqual({ kind: 'waits', until: START + 5 * MINUTE });
    expect(waits && stateAfter({ failing }, waits, { id: 'r.1', now: START })).toEqual({ failing });
    expect(pauseOf({ failing }, START + MINUTE)).toEqual(failing);
  });

  it('an event is given up that waited for a day while the receiver failed, and only that', () => {
    const now = START + DAY;
    const state = { failing: { ...failing, nextAt: iso(now + HOUR) } };
    const expired = untried({ since: START, state, now });
    expect(expired).toEqual({ kind: 'expired', why: 'it answered 503' });
    expect(expired && stateAfter(state, expired, { id: 'r.1', now })).toEqual({
      ...state,
      givenUp: { at: iso(now), why: 'it answered 503' },
    });
    expect(untried({ since: START + 1, state, now })).toEqual({ kind: 'waits', until: now + HOUR });
    const late = { failing: { ...state.failing, since: iso(now) } };
    expect(untried({ since: START - DAY, state: late, now })).toMatchObject({ kind: 'waits' });
  });

  it('can be ended, and its failures still count', () => {
    const now = START + MINUTE;
    expect(resumed({ failing }, now)).toEqual({ failing: { ...failing, nextAt: iso(now) } });
    const well = { deliveredAt: iso(START) };
    expect(resumed(well, now)).toBe(well);
  });

  it('ends, and then an event is sent', () => {
    const now = START + 5 * MINUTE;
    expect(untried({ since: START, state: { failing }, now })).toBeUndefined();
    expect(untried({ since: START, state: {}, now })).toBeUndefined();
    expect(pauseOf({ failing }, now)).toBeUndefined();
  });
});

describe('the state of a receiver', () => {
  const now = START + HOUR;

  it('says since when and why it fails, and how often in a row', () => {
    const again = { kind: 'again', concerns: 'receiver' } as const;
    const once = stateAfter({}, { ...again, at: START + SECOND, why: 'first' }, { id: 'r.1', now: START });
    const twice = stateAfter(once, { ...again, at: now + MINUTE, why: 'second' }, { id: 'r.1', now });
    expect(twice).toEqual({ failing: { since: iso(START), times: 2, why: 'second', nextAt: iso(now + MINUTE) } });
    expect(stateAfter(twice, { kind: 'delivered' }, { id: 'r.1', now })).toEqual({ deliveredAt: iso(now) });
  });

  it('does not count an event that was refused for a failure of the receiver', () => {
    let state: ReceiverState = {};
    for (let attempts = 1; attempts <= 5; attempts++) {
      state = stateAfter(state, after(answered(400), { attempts, state }), { id: 'odd', now: START });
    }
    expect(after({ kind: 'failed', why: 'it broke off the connection' }, { state })).toMatchObject({
      at: START + 5 * SECOND,
    });
  });

  it('has the last event that was refused, since the first one was, until it is taken or given up', () => {
    const again = { kind: 'again', at: now + MINUTE, why: 'it answered 400', concerns: 'event' } as const;
    const failing = { since: iso(START), times: 1, why: 'it answered 503', nextAt: iso(START) };
    const first = stateAfter({ failing }, again, { id: 'r.1', now: START });
    const refused = { id: 'r.2', since: iso(START), why: 'it answered 400', nextAt: iso(now + MINUTE) };
    const second = stateAfter(first, again, { id: 'r.2', now });
    expect(second).toEqual({ refused });
    expect(stateAfter(second, { kind: 'delivered' }, { id: 'r.3', now })).toEqual({ refused, deliveredAt: iso(now) });
    expect(stateAfter(second, { kind: 'delivered' }, { id: 'r.2', now })).toEqual({ deliveredAt: iso(now) });
    const givenUp = stateAfter(second, { kind: 'given-up', why: 'x', concerns: 'event' }, { id: 'r.2', now });
    expect(givenUp).toEqual({ givenUp: { at: iso(now), why: 'x' } });
  });

  it('keeps when it was switched off, and why, and what it last took', () => {
    const state = stateAfter({ deliveredAt: iso(START) }, { kind: 'off', why: 'it answered 410' }, { id: 'r.1', now });
    expect(state).toEqual({ deliveredAt: iso(START), off: { at: iso(now), why: 'it answered 410' } });
  });

  it('pauses after an event was given up because the receiver fails, and goes on at once where only that event was refused', () => {
    const givenUp = { kind: 'given-up', why: 'x' } as const;
    const [receiver, event] = (['receiver', 'event'] as const).map((concerns) =>
      stateAfter({}, { ...givenUp, concerns }, { id: 'r.1', now }),
    );
    expect(receiver).toEqual({
      failing: { since: iso(now), times: 1, why: 'x', nextAt: iso(now + 2 * HOUR) },
      givenUp: { at: iso(now), why: 'x' },
    });
    expect(event).toEqual({ givenUp: { at: iso(now), why: 'x' } });
  });

  it('does not believe a time that a clock wrote which was ahead', () => {
    const ahead = iso(START + 30 * DAY);
    const state: ReceiverState = {
      deliveredAt: ahead,
      failing: { since: ahead, times: 1, why: 'x', nextAt: ahead },
      refused: { id: 'r.1', since: ahead, why: 'x', nextAt: ahead },
    };
    expect(presentState(state, START)).toEqual({
      failing: { since: iso(START), times: 1, why: 'x', nextAt: iso(START) },
      refused: { id: 'r.1', since: iso(START), why: 'x', nextAt: iso(START) },
    });
  });
});
