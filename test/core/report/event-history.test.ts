import { describe, expect, it } from 'vitest';
import type { ApplicationEvent, DomainEvent } from '../../../lib/core/domain/event.ts';
import { describeEvents, listEvents } from '../../../lib/core/report/event-history.ts';
import { DAY } from '../../../lib/core/values/time.ts';
import { ago, host, NOW, record, SHOP } from '../builders.ts';

const VIEW = { mapping: 'on RunCloud', dns: 'pointing', certificate: 'valid' } as const;
const event = (number: number, daysAgo = 0, more: Partial<DomainEvent> = {}): DomainEvent => ({
  number,
  run: 'r',
  type: 'domain.live',
  at: ago(daysAgo * DAY),
  before: VIEW,
  after: VIEW,
  ...more,
});
const HELD: ApplicationEvent = {
  number: 3,
  run: 'r',
  at: ago(0),
  type: 'removals.held',
  domains: ['a.example'],
  before: { held: 0 },
  after: { held: 1 },
  whatToDo: 'look',
};

describe('the history of events', () => {
  const records = [
    record(SHOP, undefined, { events: [event(1, 91), event(2, 89, { reason: 'so' }), event(4)] }),
    record(host('other.example'), undefined, { events: [event(5)] }),
    record(host('quiet.example')),
  ];

  it('is of the last 90 days, newest first, with those of the application', () => {
    const listed = listEvents({ records, ofApplication: [HELD], toldUpTo: 9, limit: 9, now: NOW });
    expect(listed.matching).toBe(4);
    expect(listed.events.map(({ id, domain }) => [id, domain])).toEqual([
      ['r.5', 'other.example'],
      ['r.4', 'shop.example'],
      ['r.3', undefined],
      ['r.2', 'shop.example'],
    ]);
    expect(listed.events[2]).toEqual({
      id: 'r.3',
      type: 'removals.held',
      domains: ['a.example'],
      at: ago(0),
      before: { held: 0 },
      after: { held: 1 },
      what_to_do: 'look',
    });
    expect(listed.events[3]).toMatchObject({ reason: 'so' });
    expect(describeEvents(listed, undefined)).toBe(
      `4 events within the last 90 days, the newest at ${ago(0)}: domain.live of other.example.`,
    );
  });

  it('says how many nobody took yet', () => {
    const listed = listEvents({ records, ofApplication: [HELD], toldUpTo: 3, limit: 9, now: NOW });
    expect(listed.untold).toBe(2);
    expect(describeEvents(listed, undefined)).toMatch(
      /other\.example\. Nobody was told of 2 of them yet: the next run over all domains tells them\.$/,
    );
  });

  it('says that there is more, and that there is none', () => {
    const listed = listEvents({ records, ofApplication: [], toldUpTo: 9, limit: 1, now: NOW });
    expect(describeEvents(listed, undefined)).toMatch(/^3 events .* of other\.example\. Shown are the newest 1\.$/);
    const own = listEvents({ records: records.slice(0, 1), ofApplication: [], toldUpTo: 9, limit: 9, now: NOW });
    expect(describeEvents(own, SHOP)).toBe(
      `2 events of shop.example within the last 90 days, the newest at ${ago(0)}: domain.live.`,
    );
    const none = listEvents({ records: [], ofApplication: [], toldUpTo: 9, limit: 9, now: NOW });
    expect(describeEvents(none, SHOP)).toBe('No event of shop.example within the last 90 days.');
    expect(describeEvents(none, undefined)).toBe('No event within the last 90 days.');
    expect(
      describeEvents(listEvents({ records: [], ofApplication: [HELD], toldUpTo: 9, limit: 9, now: NOW }), undefined),
    ).toMatch(/removals\.held\.$/);
  });
});
