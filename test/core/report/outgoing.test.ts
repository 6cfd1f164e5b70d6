import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApplicationEvent, DomainEvent, DomainEventType, DomainView } from '../../../lib/core/domain/event.ts';
import { messagesOf, type NamedEvent } from '../../../lib/core/report/outgoing.ts';
import type { HostName } from '../../../lib/core/values/host-name.ts';
import { ago } from '../builders.ts';

const BEFORE: DomainView = { mapping: 'not on RunCloud', dns: 'unknown', certificate: 'unknown' };
const AFTER: DomainView = { mapping: 'on RunCloud', dns: 'unknown', certificate: 'waiting' };

function named(domain: string, number: number, more: Partial<DomainEvent> = {}): NamedEvent {
  const event = { number, run: 'r1', type: 'domain.added', at: ago(0), before: BEFORE, after: AFTER, ...more } as const;
  return { domain: domain as HostName, event };
}

const many = (count: number, from = 1, more: Partial<DomainEvent> = {}) =>
  Array.from({ length: count }, (_, index) => named(`shop-${index}.example`, from + index, more));

const QUOTA: ApplicationEvent = {
  number: 50,
  run: 'r1',
  at: ago(0),
  type: 'quota.low',
  before: { used: 0, percent: 0 },
  after: { used: 8_000, percent: 80, resetAt: ago(0) },
  reason: 'few are left',
  whatToDo: 'buy more',
};
const HELD: ApplicationEvent = {
  number: 51,
  run: 'r1',
  at: ago(0),
  type: 'removals.held',
  domains: ['a.example', 'b.example'],
  before: { held: 0 },
  after: { held: 7 },
};

describe('events that go out', () => {
  it('have an id, a domain, a time, and how it was and is', () => {
    const told = messagesOf([named('shop.example', 4, { reason: 'so', whatToDo: 'this' })], []);
    expect(told).toEqual([
      {
        upTo: 4,
        messages: [
          {
            type: 'domain.added',
            detail: {
              id: 'r1.4',
              sequence: 4,
              domain: 'shop.example',
              at: ago(0),
              before: BEFORE,
              after: AFTER,
              reason: 'so',
              whatToDo: 'this',
            },
          },
        ],
      },
    ]);
  });

  it('are one of ten or more of a kind in one run, and nine of nine', () => {
    expect(messagesOf(many(9), [])[0]?.messages).toHaveLength(9);
    const [run] = messagesOf(many(10, 1, { reason: 'so' }), []);
    expect(run?.messages).toEqual([
      {
        type: 'domain.added',
        detail: {
          id: 'r1.1.domain.added',
          sequence: 10,
          domains: many(10).map(({ domain }) => domain),
          count: 10,
          leftOut: 0,
          at: ago(0),
          before: BEFORE,
          after: AFTER,
          reason: 'so',
        },
      },
    ]);
    const runs = messagesOf([...many(9), ...many(9, 10, { run: 'r2' })], []);
    expect(runs.map(({ messages }) => messages.length)).toEqual([9, 9]);
  });

  it('say together what is true of all of them', () => {
    const odd = named('odd.example', 99, { after: { ...AFTER, certificate: 'valid' }, reason: 'odd' });
    const detail = messagesOf([...many(10), odd], [])[0]?.messages[0]?.detail;
    expect(detail).toMatchObject({ count: 11, before: BEFORE, after: { mapping: 'on RunCloud', dns: 'unknown' } });
    expect(detail?.after).not.toHaveProperty('certificate');
    expect(detail).not.toHaveProperty('reason');
  });

  it('are within what the bus takes, however many and long their names', () => {
    const long = `${'a'.repeat(60)}.`.repeat(4).slice(0, 245);
    const events = Array.from({ length: 2_000 }, (_, index) =>
      named(`${long}${String(index).padStart(8, '0')}`, index),
    );
    const [message] = messagesOf(events, [])[0]?.messages ?? [];
    expect(JSON.stringify(message).length).toBeLessThan(256_000 / 2);
    expect(message?.detail).toMatchObject({ count: 2_000, leftOut: 2_000 - Math.floor(100_000 / 252) });
  });

  it('of the application come last, and those that are held say how many more there are', () => {
    const [run] = messagesOf([named('shop.example', 52)], [QUOTA, HELD]);
    const { number: _, run: __, type, domains: ___, ...held } = HELD;
    expect(run).toMatchObject({ upTo: 52, messages: [{ type: 'domain.added' }, { type: 'quota.low' }, { type }] });
    expect(run?.messages[1]?.detail).toEqual({
      id: 'r1.50',
      sequence: 51,
      at: ago(0),
      before: QUOTA.before,
      after: QUOTA.after,
      reason: 'few are left',
      whatToDo: 'buy more',
    });
    expect(run?.messages[2]?.detail).toEqual({
      id: 'r1.51',
      sequence: 52,
      ...held,
      domains: HELD.domains,
      count: 7,
      leftOut: 5,
    });
    expect(messagesOf([], [HELD]).map(({ upTo }) => upTo)).toEqual([51]);
    expect(messagesOf([], [])).toEqual([]);
  });

  it('have a place by which a bundle comes before what happened to one of its domains later', () => {
    const [first, ...others] = many(10);
    if (!first) throw new Error('there are ten');
    const later = named(first.domain, 11, { type: 'domain.live' });
    const among = [
      first,
      { ...later, event: { ...later.event, number: 2 } },
      ...others.map(({ domain }, index) => named(domain, index + 3)),
    ];
    const [run] = messagesOf(among, []);
    expect(run?.messages.map(({ type, detail }) => [type, 'sequence' in detail && detail.sequence])).toEqual([
      ['domain.added', 10],
      ['domain.live', 11],
    ]);
  });

  it('keep the order of each domain, leave none out, and are the same when they are told again', () => {
    const types = fc.constantFrom<DomainEventType>('domain.added', 'domain.removed', 'dns.lost', 'dns.restored');
    const events = fc.array(fc.record({ index: fc.nat(30), run: fc.nat(2), type: types }), { maxLength: 120 });
    fc.assert(
      fc.property(events, fc.infiniteStream(fc.nat()), (drawn, chance) => {
        const inOrder = drawn
          .toSorted((a, b) => a.run - b.run)
          .map(({ index, run, type }, at) => named(`shop-${index}.example`, at + 1, { run: `r${run}`, type }));
        const runs = messagesOf(inOrder, []);
        const told = runs.flatMap(({ messages }) =>
          messages.flatMap(({ type, detail }) =>
            ('domains' in detail ? detail.domains : 'domain' in detail ? [detail.domain] : []).map((domain) => ({
              domain,
              type,
            })),
          ),
        );
        const of = (list: readonly { domain: string; type: string }[], domain: string) =>
          list.filter((each) => each.domain === domain).map(({ type }) => type);
        const made = inOrder.map(({ domain, event: { type } }) => ({ domain, type }));
        for (const { domain } of made) expect(of(told, domain)).toEqual(of(made, domain));
        expect(told).toHaveLength(made.length);
        const ids = runs.flatMap(({ messages }) => messages.map(({ detail }) => detail.id));
        expect(new Set(ids).size).toBe(ids.length);
        let before = 0;
        for (const { upTo, messages } of runs) {
          for (const { detail } of messages) {
            const { sequence } = detail as { readonly sequence: number };
            expect(sequence, 'places grow, over all runs').toBeGreaterThan(before);
            before = sequence;
          }
          expect(before, 'and none is beyond what its run has').toBe(upTo);
        }
        const shuffled = inOrder.toSorted(() => (chance.next().value % 2 === 0 ? 1 : -1));
        expect(messagesOf(shuffled, [])).toEqual(runs);
      }),
    );
  });
});
