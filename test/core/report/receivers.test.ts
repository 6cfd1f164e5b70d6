import { describe, expect, it } from 'vitest';
import type { ReceiverState } from '../../../lib/core/report/delivery.ts';
import {
  describeWell,
  faultsOf,
  problemsOfReceivers,
  type ReceiverStanding,
} from '../../../lib/core/report/receivers.ts';
import { HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';
import { START } from '../../support/clock.ts';

const NOW = START + 3 * HOUR;

function standing(state: ReceiverState, more: Partial<ReceiverStanding> = {}): ReceiverStanding {
  return { name: 'webhook', host: 'hooks.example', state, undelivered: { count: 0, last: undefined }, ...more };
}

function failing(since: number): ReceiverState {
  const nextAt = iso(NOW + MINUTE);
  return { failing: { since: iso(since), times: 3, why: 'it answered 500', nextAt } };
}

const last = { at: iso(START), why: 'it answered 500' };

describe('what people are told of a receiver', () => {
  it('is when it took the last event, where it is well', () => {
    expect(describeWell(standing({ deliveredAt: iso(START) }))).toBe(
      `NOTIFY_URL (hooks.example) took the last event at ${iso(START)}.`,
    );
    expect(describeWell(standing({}, { name: 'slack' }))).toBe(
      'SLACK_WEBHOOK_URL (hooks.example) was told nothing yet.',
    );
    expect(faultsOf(standing({ deliveredAt: iso(START) }))).toEqual([]);
  });

  it('is since when it fails, why, and when it is tried again', () => {
    expect(faultsOf(standing(failing(START)))).toEqual([
      {
        found: `NOTIFY_URL (hooks.example) has not taken an event since ${iso(START)}: it answered 500. It never took one.`,
        whatToDo: `Mend that. It is tried again at ${iso(NOW + MINUTE)}, and each event for a day.`,
      },
    ]);
  });

  it('is which event it refuses and why, in other words than of a receiver that fails', () => {
    const refused = { id: 'r.8', since: iso(START), why: 'it answered 400 (invalid)', nextAt: iso(NOW + MINUTE) };
    const refusing = standing({ deliveredAt: iso(NOW), refused });
    expect(faultsOf(refusing)).toEqual([
      {
        found:
          'NOTIFY_URL (hooks.example) does not take the event r.8: it answered 400 (invalid). Other events do not wait for it.',
        whatToDo: `Look at the receiver for why it refuses that event. It is tried again at ${iso(NOW + MINUTE)}, and given up after a day.`,
      },
    ]);
    expect(problemsOfReceivers([refusing], NOW)).toHaveLength(1);
    expect(problemsOfReceivers([refusing], START + MINUTE)).toEqual([]);
    const off = { at: iso(NOW), why: 'it answered 410' };
    expect(faultsOf(standing({ refused, off }))).toHaveLength(1);
  });

  it('is that it is switched off, since when, and how it is switched on', () => {
    const [fault] = faultsOf(standing({ deliveredAt: iso(START), off: { at: iso(NOW), why: 'it answered 410' } }));
    expect(fault?.found).toMatch(/switched off since .*410: nobody wants .* took the last event at/);
    expect(fault?.whatToDo).toMatch(/^Set NOTIFY_URL to the address that is right now, or take it out/);
  });

  it('is how many events were given up, until they are deleted', () => {
    const [one] = faultsOf(standing({}, { undelivered: { count: 1, last } }));
    expect(one?.found).toMatch(/^1 event for NOTIFY_URL \(hooks\.example\) could not be delivered and was given up/);
    const [many] = faultsOf(standing({}, { undelivered: { count: 7, last } }));
    expect(many?.found).toMatch(/^7 events .* and were given up, the last at .*, because it answered 500\.$/);
  });

  it('is on AWS, where nobody looks at the dead letters, that one was given up, until an event is taken', () => {
    const givenUp: ReceiverState = { ...failing(START), givenUp: last };
    expect(faultsOf(standing(givenUp, { undelivered: undefined })).map(({ found }) => found)).toContain(
      `The last event for NOTIFY_URL (hooks.example) was given up at ${iso(START)}, because it answered 500.`,
    );
    const afterOne = standing({ deliveredAt: iso(START - MINUTE), givenUp: last }, { undelivered: undefined });
    expect(problemsOfReceivers([afterOne], NOW)).toHaveLength(1);
    expect(faultsOf(standing({ deliveredAt: iso(NOW), givenUp: last }, { undelivered: undefined }))).toEqual([]);
  });

  it('needs a person where it fails for an hour, is switched off, or has dead letters', () => {
    const kinds = (each: ReceiverStanding) => problemsOfReceivers([each], NOW).map(({ kind }) => kind);
    expect(kinds(standing(failing(NOW - HOUR + 1)))).toEqual([]);
    expect(kinds(standing(failing(NOW - HOUR)))).toEqual(['notify']);
    expect(kinds(standing({ off: { at: iso(NOW), why: 'it answered 410' } }))).toEqual(['notify']);
    expect(kinds(standing({}, { undelivered: { count: 1, last } }))).toEqual(['notify']);
    expect(kinds(standing({ deliveredAt: iso(NOW) }))).toEqual([]);
  });
});
