import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { OutgoingEvent } from '../../lib/core/report/outgoing.ts';
import { iso } from '../../lib/core/values/time.ts';
import { openOutbox } from '../../local/outbox.ts';
import { START } from '../support/clock.ts';

function low(id: string): OutgoingEvent {
  return { type: 'quota.low', detail: { id, sequence: 1, at: iso(START), before: {}, after: {} } };
}

describe('the outbox of one machine', () => {
  it('hands events out in their order, until they are done', () => {
    const outbox = openOutbox(new DatabaseSync(':memory:'), () => {});
    outbox.put([low('1'), low('2'), low('3')]);
    const taken = outbox.take(2);
    expect(taken.map(({ event }) => event)).toEqual([low('1'), low('2')]);
    expect(outbox.take(1)).toEqual(taken.slice(0, 1));
    outbox.done(taken.at(-1)?.position ?? 0);
    expect(outbox.take(9).map(({ event }) => event.detail.id)).toEqual(['3']);
  });

  it('keeps an event once that is put again while it waits', () => {
    const outbox = openOutbox(new DatabaseSync(':memory:'), () => {});
    outbox.put([low('1')]);
    outbox.put([low('1'), low('2')]);
    expect(outbox.take(9).map(({ event }) => event.detail.id)).toEqual(['1', '2']);
  });

  it('gives the oldest up where nobody takes any', () => {
    const given: string[] = [];
    const outbox = openOutbox(
      new DatabaseSync(':memory:'),
      (events) => given.push(...events.map(({ detail }) => detail.id)),
      3,
    );
    for (let id = 1; id <= 5; id++) outbox.put([low(String(id))]);
    expect(outbox.take(9).map(({ event }) => event.detail.id)).toEqual(['3', '4', '5']);
    expect(given).toEqual(['1', '2']);
  });
});
