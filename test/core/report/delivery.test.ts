import { describe, expect, it } from 'vitest';
import {
  afterAttempt,
  LONGEST_PAUSE_MS,
  presentState,
  type ReceiverState,
  type SendResult,
  stateAfter,
} from '../../../lib/core/report/delivery.ts';
import { DAY, epoch, HOUR, iso, MINUTE, SECOND } from '../../../lib/core/values/time.ts';
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
    state = stateAfter(state, next, now);
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
      failing: { since: iso(START), times: 3, why: 'x', concerns: 'receiver', nextAt: iso(START) },
    };
    expect(after(answered(500), { now, state })).toMatchObject({ kind: 'given-up', concerns: 'receiver' });
    expect(after(answered(400), { now })).toMatchObject({ kind: 'given-up', concerns: 'event' });
  });
});

describe('the state of a receiver', () => {
  const now = START + HOUR;

  it('says since when and why it fails, and how often in a row', () => {
    const once = stateAfter({}, { kind: 'again', at: START + SECOND, why: 'first', concerns: 'receiver' }, START);
    const twice = stateAfter(once, { kind: 'again', at: now + MINUTE, why: 'second', concerns: 'event' }, now);
    expect(twice).toEqual({
      failing: { since: iso(START), times: 2, why: 'second', concerns: 'event', nextAt: iso(now + MINUTE) },
    });
    expect(stateAfter(twice, { kind: 'delivered' }, now)).toEqual({ deliveredAt: iso(now) });
  });

  it('keeps when it was switched off, and why, and what it last took', () => {
    const state = stateAfter({ deliveredAt: iso(START) }, { kind: 'off', why: 'it answered 410' }, now);
    expect(state).toEqual({ deliveredAt: iso(START), off: { at: iso(now), why: 'it answered 410' } });
  });

  it('pauses after an event was given up because the receiver fails, and goes on at once where only that event was refused', () => {
    const givenUp = { kind: 'given-up', why: 'x' } as const;
    const [receiver, event] = (['receiver', 'event'] as const).map(
      (concerns) => stateAfter({}, { ...givenUp, concerns }, now).failing?.nextAt ?? iso(0),
    );
    expect([receiver, event].map((at) => epoch(at ?? iso(0)) - now)).toEqual([2 * HOUR, 0]);
    expect(stateAfter({}, { ...givenUp, concerns: 'event' }, now).givenUp).toEqual({ at: iso(now), why: 'x' });
  });

  it('does not believe a time that a clock wrote which was ahead', () => {
    const ahead = iso(START + 30 * DAY);
    const state: ReceiverState = {
      deliveredAt: ahead,
      failing: { since: ahead, times: 1, why: 'x', concerns: 'receiver', nextAt: ahead },
    };
    expect(presentState(state, START)).toEqual({
      failing: { since: iso(START), times: 1, why: 'x', concerns: 'receiver', nextAt: iso(START) },
    });
  });
});
